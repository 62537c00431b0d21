"""Indexes: the manifest for a platform, by Docker's rules for variants; and what is in their entries."""

from __future__ import annotations

from typing import Any

import pytest

from sregistry.references import Platform
from sregistry.registry import index, manifests
from sregistry.registry.manifests import Manifest
from tests.registry.scripted import Contents, Server, tiny
from tests.registry.sessions import AMD64, fails, session
from tests.support import images

ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}


def entry(platform: str | None = None, number: int = 0, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"mediaType": images.OCI_MANIFEST, "digest": f"sha256:{number:064x}", "size": 1, **more}
    if platform:
        made["platform"] = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
    return made


def listing(*entries: dict[str, Any]) -> Manifest:
    return manifests.parse(images.encode({"schemaVersion": 2, "manifests": list(entries)}))


class Fetched(Exception):  # noqa: N818 - an outcome
    """The entry that was chosen."""

    def __init__(self, entry: index.Entry) -> None:
        self.number = int(entry.descriptor.digest.hex, 16)


def chosen(wanted: str, *entries: dict[str, Any]) -> int:
    """The number of the entry that is chosen for a platform."""

    def fetch(one: index.Entry) -> Manifest:
        raise Fetched(one)

    with pytest.raises(Fetched) as caught:
        index.choose(listing(*entries), Platform.parse(wanted), fetch, depth=4)
    return caught.value.number


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
        ("linux/riscv64", ["linux/riscv64/rva23"]),
    ],
)
def test_where_none_fits_it_is_said_which_exist(wanted: str, offered: list[str]) -> None:
    entries = [entry(platform, place) for place, platform in enumerate(offered)]
    listed = listing(*entries, entry("unknown/unknown", 9, annotations=ATTESTATION))
    error = fails("image-no-platform", lambda: index.choose(listed, Platform.parse(wanted), lambda _: listed, depth=4))
    assert error.facts["platforms"] == offered
    assert error.facts["attestations"] == 1


def test_attestations_are_passed_over() -> None:
    first = entry("unknown/unknown", 1, annotations=ATTESTATION)
    second = entry("linux/amd64", 2, annotations=ATTESTATION)
    assert chosen("linux/amd64", first, second, entry("linux/amd64", 3)) == 3


def test_the_version_of_windows_counts_by_its_beginning() -> None:
    wanted = Platform.make("windows", "amd64", None, "10.0.17763")
    for offered, rank in (("10.0.17763.1234", 0), ("10.0.20348.1", None)):
        assert index.rank(wanted, Platform.make("windows", "amd64", None, offered)) == rank


def test_a_single_entry_without_platform_is_taken_and_of_several_none() -> None:
    assert chosen("linux/amd64", entry(None, 4)) == 4
    listed = listing(entry(None, 1), entry(None, 2))
    fails("image-no-platform", lambda: index.choose(listed, AMD64, lambda _: listed, depth=4))


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
    fails("manifest-nested", lambda: index.choose(listed, AMD64, lambda _: listed, depth=4))
    many = listing(*(entry(None, number, mediaType=images.OCI_INDEX) for number in range(100)))
    calls: list[index.Entry] = []

    def fetch(one: index.Entry) -> Manifest:
        calls.append(one)
        return listing()

    fails("manifest-nested", lambda: index.choose(many, AMD64, fetch, depth=4))
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
