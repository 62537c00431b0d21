"""Indexes: the manifest for a platform, by Docker's rules for variants; and what is in their entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sregistry.oci import index, manifests
from sregistry.oci.manifests import Manifest
from sregistry.references import Platform
from sregistry.references.platform import Wanted
from tests.registry.scripted import Contents, Server, tiny
from tests.registry.sessions import AMD64, fails, session
from tests.support import images

ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}


def entry(platform: str | None = None, number: int = 0, /, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"mediaType": images.OCI_MANIFEST, "digest": f"sha256:{number:064x}", "size": 1, **more}
    if platform:
        made["platform"] = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
    return made


def listing(*entries: dict[str, Any]) -> Manifest:
    return manifests.parse(images.encode({"schemaVersion": 2, "manifests": list(entries)}))


def asked(platform: str) -> Wanted:
    return Wanted.by_name(Platform.parse(platform))


def choose(
    wanted: Wanted,
    listed: Manifest,
    fetch: index.Fetch = lambda _: listing(),
    configs: Mapping[int, str] | None = None,
) -> int:
    """The number of the entry that is chosen; `configs` says what the config of an entry says, by its number."""

    def told(one: index.Entry) -> Platform | None:
        text = (configs or {}).get(number(one))
        return Platform.parse(text) if text else None

    return number(index.choose(listed, wanted, fetch, told, depth=4))


def number(entry: index.Entry) -> int:
    return int(entry.descriptor.digest.hex, 16)


def chosen(wanted: Wanted | str, *entries: dict[str, Any], configs: Mapping[int, str] | None = None) -> int:
    """The number of the entry that is chosen for a platform."""
    return choose(asked(wanted) if isinstance(wanted, str) else wanted, listing(*entries), configs=configs)


@pytest.mark.parametrize(
    ("wanted", "offered", "number"),
    [
        ("linux/amd64", ["linux/arm64", "linux/amd64"], 1),
        ("linux/amd64", ["windows/amd64", "linux/amd64", "linux/amd64"], 1),
        ("linux/amd64", ["linux/amd64/v3", "linux/amd64"], 1),
        ("linux/amd64", ["linux/amd64/v1"], 0),
        ("linux/amd64/v3", ["linux/amd64", "linux/amd64/v2", "linux/amd64/v4"], 1),
        ("linux/arm64", ["linux/arm64/v8"], 0),
        ("linux/arm64/v8", ["linux/arm64"], 0),
        ("linux/arm/v7", ["linux/arm/v5", "linux/arm/v6"], 1),
        ("linux/arm/v7", ["linux/arm/v6", "linux/arm/v7"], 1),
        ("linux/arm/v6", ["linux/arm/v7", "linux/arm/v5"], 1),
        ("linux/arm", ["linux/arm/v7", "linux/arm/v6"], 0),
        ("linux/arm64/v9", ["linux/arm64"], 0),
        ("linux/x86_64", ["linux/amd64"], 0),
        ("linux/amd64", ["Linux/X86_64"], 0),
        ("linux/amd64", ["linux/amd64 "], 0),
        ("linux/amd64", ["linux/amd64/v8"], 0),
        ("linux/arm64/v9", ["linux/arm64/v9.2", "linux/arm64/v8.2", "linux/arm64"], 1),
        ("linux/386", ["linux/amd64", "linux/i386"], 1),
    ],
)
def test_which_one_is_taken(wanted: str, offered: list[str], number: int) -> None:
    assert chosen(wanted, *(entry(platform, place) for place, platform in enumerate(offered))) == number


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ("linux/amd64", ["linux/arm64", "windows/amd64"]),
        ("linux/arm/v6", ["linux/arm/v7"]),
        ("linux/amd64", ["linux/amd64/v2"]),
        ("linux/amd64", ["linux/386"]),
        ("linux/arm64", ["linux/arm/v7"]),
        ("linux/riscv64", ["linux/riscv64/rva23"]),
    ],
)
def test_where_none_fits_it_is_said_which_exist(wanted: str, offered: list[str]) -> None:
    entries = [entry(platform, place) for place, platform in enumerate(offered)]
    listed = listing(*entries, entry("unknown/unknown", 9, annotations=ATTESTATION))
    error = fails("image-no-platform", lambda: choose(asked(wanted), listed))
    assert error.facts["platforms"] == offered
    assert error.facts["attestations"] == 1


def test_attestations_are_passed_over() -> None:
    first = entry("unknown/unknown", 1, annotations=ATTESTATION)
    second = entry("linux/amd64", 2, annotations=ATTESTATION)
    assert chosen("linux/amd64", first, second, entry("linux/amd64", 3)) == 3


def test_the_version_of_windows_counts_by_its_beginning() -> None:
    wanted = Platform.make("windows", "amd64", None, "10.0.17763")
    for offered, rank in (("10.0.17763.1234", 0), ("10.0.20348.1", None)):
        assert Wanted.by_name(wanted).rank(Platform.make("windows", "amd64", None, offered)) == rank


@pytest.mark.parametrize(
    ("machine", "offered", "number"),
    [
        ("linux/amd64/v3", ["linux/amd64/v3", "linux/amd64"], 1),
        ("linux/amd64/v3", ["linux/amd64/v4", "linux/amd64/v3", "linux/amd64/v2"], 2),
        ("linux/amd64/v3", ["linux/386", "linux/amd64/v3"], 1),
        ("linux/amd64", ["linux/amd64/v2", "linux/386"], 1),
        ("linux/amd64", ["linux/arm64", "linux/i686"], 1),
        ("linux/arm64", ["linux/arm/v5", "linux/arm/v7", "linux/arm64"], 2),
        ("linux/arm64", ["linux/arm/v5", "linux/arm/v7", "linux/arm/v6"], 1),
        ("linux/arm/v7", ["linux/arm/v8", "linux/arm/v6"], 1),
    ],
)
def test_which_one_runs_on_a_machine(machine: str, offered: list[str], number: int) -> None:
    entries = [entry(platform, place) for place, platform in enumerate(offered)]
    assert chosen(Wanted.on(Platform.parse(machine)), *entries) == number


def test_an_entry_that_requires_features_is_for_others() -> None:
    needs = {"os": "linux", "architecture": "amd64", "os.features": ["nydus.remoteimage.v1"]}
    nydus, none = entry(None, 1, platform=needs), entry(None, 2, platform={**needs, "os.features": None})
    assert chosen("linux/amd64", nydus, none) == 2
    error = fails("image-no-platform", lambda: choose(asked("linux/amd64"), listing(nydus)))
    assert error.facts["os_features"] == ["nydus.remoteimage.v1"]


def test_an_artifact_beside_the_image_for_the_same_platform_is_passed_over() -> None:
    assert chosen("linux/amd64", entry("linux/amd64", 1, artifactType="a/b"), entry("linux/amd64", 2)) == 2


@pytest.mark.parametrize("platform", [None, {}, {"os": "linux"}, {"architecture": ""}])
def test_entries_without_a_platform_are_told_by_their_configs(platform: dict[str, str] | None) -> None:
    silent = [entry(None, number, platform=platform) for number in (1, 2, 3)]
    assert chosen("linux/amd64", *silent, configs={1: "linux/arm64", 2: "linux/amd64"}) == 2
    assert chosen("linux/amd64", *silent, configs={1: "linux/arm64"}) == 2
    assert chosen("linux/amd64", silent[0]) == 1
    assert chosen("linux/amd64", *silent, entry("linux/amd64", 9), configs={1: "linux/amd64"}) == 9
    told = {1: "linux/arm64", 2: "linux/s390x", 3: "linux/arm64"}
    error = fails("image-no-platform", lambda: chosen("linux/amd64", *silent, configs=told))
    assert error.facts["platforms"] == ["linux/arm64", "linux/s390x"]


def test_of_many_entries_without_a_platform_some_are_looked_at() -> None:
    looked = []

    def told(one: index.Entry) -> Platform:
        looked.append(one)
        return Platform.parse("linux/arm64")

    many = listing(*(entry(None, number) for number in range(500)))
    wanted = asked("linux/amd64")
    fails("image-no-platform", lambda: index.choose(many, wanted, lambda _: many, told, depth=4))
    assert len(looked) < 20


def test_configs_tell_which_image_it_is_and_are_fetched_once() -> None:
    both = [tiny("arm", platform="linux/arm64"), tiny("here")]
    document = {"schemaVersion": 2, "manifests": [one.manifest.descriptor for one in both]}
    held = Contents().add(both[0]).add(both[1]).add_manifest(images.encode(document), images.OCI_INDEX, "1")
    with Server(contents=held) as server, session() as one:
        image = one.resolve(server.reference(), AMD64)
        asked_for = server.paths()
    assert (str(image.manifest_digest), str(image.platform)) == (both[1].manifest.digest, "linux/amd64")
    assert len(asked_for) == len(set(asked_for))


def test_the_index_is_believed_rather_than_the_config() -> None:
    arm = tiny("arm", platform="linux/arm64")
    listed = {"schemaVersion": 2, "manifests": [{**arm.manifest.descriptor, "platform": tiny().platform}]}
    held = Contents().add(arm).add_manifest(images.encode(listed), images.OCI_INDEX, "1")
    with Server(contents=held) as server, session() as one:
        image = one.resolve(server.reference(), AMD64)
    assert str(image.platform) == "linux/amd64"
    assert "its config says linux/arm64" in image.warnings[0]


def test_an_entry_that_is_an_index_without_saying_so() -> None:
    inner_image = tiny("inner")
    inner = images.index([inner_image])
    bare = {name: value for name, value in inner.descriptor.items() if name != "mediaType"}
    held = Contents().add(inner_image).add_manifest(inner.data, inner.media_type)
    held.add_manifest(images.encode({"schemaVersion": 2, "manifests": [bare]}), images.OCI_INDEX, "1")
    with Server(contents=held) as server, session() as one:
        assert str(one.resolve(server.reference(), AMD64).manifest_digest) == inner_image.manifest.digest


def test_an_index_in_an_index() -> None:
    inner_image, outer_image = tiny("inner"), tiny("outer", platform="linux/arm64")
    inner = images.index([inner_image])
    outer = images.encode(
        {
            "schemaVersion": 2,
            "mediaType": images.OCI_INDEX,
            "manifests": [{**outer_image.manifest.descriptor, "platform": outer_image.platform}, inner.descriptor],
        }
    )
    held = Contents().add(inner_image).add_manifest(inner.data, inner.media_type)
    held.add_manifest(outer, images.OCI_INDEX, "1")
    with Server(contents=held) as server, session() as one:
        image = one.resolve(server.reference(), AMD64)
    assert str(image.manifest_digest) == inner_image.manifest.digest
    assert image.index_digest is not None


def test_an_index_that_leads_to_itself_ends() -> None:
    listed = listing(entry(None, 1, mediaType=images.OCI_INDEX))
    fails("manifest-nested", lambda: choose(asked("linux/amd64"), listed, lambda _: listed))
    many = listing(*(entry(None, number, mediaType=images.OCI_INDEX) for number in range(100)))
    calls: list[index.Entry] = []

    def fetch(one: index.Entry) -> Manifest:
        calls.append(one)
        return listing()

    fails("manifest-nested", lambda: choose(asked("linux/amd64"), many, fetch))
    assert len(calls) < 20


@pytest.mark.parametrize(
    "broken", [{"size": -1}, {"size": "1"}, {"size": 1e3}, {"digest": "x"}, {"digest": None}, {"mediaType": 1}]
)
def test_a_broken_entry_is_named(broken: dict[str, Any]) -> None:
    listed = listing(entry("linux/arm64", 1), {**entry("linux/amd64", 2), **broken})
    error = fails("manifest-malformed", lambda: index.entries(listed))
    assert error.facts["field"].startswith("manifests[1].")


def test_an_entry_whose_manifest_is_gone_is_not_taken_for_a_missing_tag() -> None:
    there, gone = tiny("there", platform="linux/arm64"), tiny("gone")
    listed = images.index([there, gone])
    held = Contents().add(there).add_manifest(listed.data, listed.media_type, "1")
    with Server(contents=held) as server, session() as one:
        error = fails("manifest-child-unknown", lambda: one.resolve(server.reference(), AMD64))
    assert error.facts["platform"] == "linux/amd64"
