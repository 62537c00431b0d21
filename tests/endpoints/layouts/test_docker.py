"""What docker save of several ages, podman save, nerdctl save and others write."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.diagnosis import explain
from sregistry.diagnosis.render import terminal
from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.references import Platform, parse
from tests.endpoints.layouts.here import code, endpoint, found, layers, place, refused
from tests.endpoints.layouts.test_oci import assert_speaks_of_no_registry
from tests.support import saved, tars, tools
from tests.support.debian import skopeo_copy
from tests.support.images import Image, encode, image, index

BASE = tars.archive(tars.file("base", b"x" * 3000))


def made(text: str, platform: str = "linux/amd64") -> Image:
    return image([BASE, tars.archive(tars.file("etc/text", text.encode()))], {"Env": [f"A={text}"]}, platform=platform)


ONE, TWO, ARM = made("one"), made("two"), made("one", "linux/arm64")
NAMES = {"busybox:latest": ONE, "ghcr.io/acme/tool:2": TWO}
SHAPES = {"before 25": saved.before_25, "since 25": saved.since_25}


def plain(one: Image) -> list[bytes]:
    return [saved.layer_tar(layer.blob.data) for layer in one.layers]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("busybox", ONE), ("docker.io/library/busybox:latest", ONE), ("ghcr.io/acme/tool:2", TWO), ("@0", ONE),
        ("@1", TWO),
    ],
)  # fmt: skip
def test_one_of_several_images_is_chosen(tmp_path: Path, shape: str, name: str, meant: Image) -> None:
    path = saved.archive(tmp_path / "x.tar", SHAPES[shape](NAMES))
    reference = f"docker-archive:{path}:{name}"
    assert found(reference, tmp_path).image.config_digest == meant.config.digest
    assert layers(reference, tmp_path) == plain(meant)


@pytest.mark.parametrize("shape", SHAPES)
def test_without_a_name_several_are_named(tmp_path: Path, shape: str) -> None:
    reference = f"docker-archive:{saved.archive(tmp_path / 'x.tar', SHAPES[shape](NAMES))}"
    error = refused(reference, tmp_path)
    assert (error.code, error.facts["known"]) == ("layout-several", list(NAMES))
    unknown = refused(f"{reference}:busybox:1", tmp_path)
    assert (unknown.code, unknown.facts["known"]) == ("layout-name-unknown", list(NAMES))
    assert code(f"{reference}:@2", tmp_path) == "layout-name-unknown"
    with endpoint(reference, tmp_path) as opened:
        assert list(opened.names(parse(reference), None).names) == list(NAMES)  # type: ignore[attr-defined]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_only_image_needs_no_name(tmp_path: Path, shape: str) -> None:
    reference = f"docker-archive:{saved.archive(tmp_path / 'x.tar', SHAPES[shape]({'a:1': ONE}))}"
    first = found(reference, tmp_path).image
    assert first.config_digest == ONE.config.digest
    assert found(f"{reference}@{first.manifest_digest}", tmp_path).image.manifest_digest == first.manifest_digest
    with endpoint(reference, tmp_path) as opened:
        assert opened.version(parse(reference)) == first.manifest_digest


def test_the_digests_of_the_layout_are_kept_where_there_is_one(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", saved.since_25({"a:1": ONE}))
    one, other = (found(f"{scheme}:{path}", tmp_path).image for scheme in ("docker-archive", "oci-archive"))
    assert one.manifest.raw == other.manifest.raw
    assert one.manifest.media_type == "application/vnd.oci.image.manifest.v1+json"


def test_an_image_without_a_name_and_an_index_of_names(tmp_path: Path) -> None:
    members = saved.before_25({"": ONE})
    reference = f"docker-archive:{saved.archive(tmp_path / 'x.tar', members)}"
    with place(reference, tmp_path) as repository:
        assert repository.images() == ["@0"]
    assert layers(reference, tmp_path) == plain(ONE)


def test_the_manifest_is_the_one_that_skopeo_makes_of_compressed_layers(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", saved.before_25({"acme/tool:1": ONE}))
    raw = tools.require("skopeo", newest=True).run("inspect", "--raw", f"docker-archive:{path}").stdout
    ours = found(f"docker-archive:{path}", tmp_path).image.manifest.raw
    assert ours.replace(b"diff.tar", b"diff.tar.gzip") == raw


@pytest.mark.parametrize("scheme", ["docker-archive", "oci-archive", "dir", "oci"])
def test_what_skopeo_writes_is_read(tmp_path: Path, scheme: str) -> None:
    source = f"oci:{saved.write(tmp_path / 'from', saved.layout({'a': ONE}))}:a"
    target = f"{scheme}:{tmp_path}/place"
    skopeo_copy(source, target if scheme == "dir" else f"{target}:acme/tool:1")
    read = [saved.layer_tar(data) for data in layers(target, tmp_path)]
    assert read == plain(ONE)
    assert found(target, tmp_path).image.config_digest == ONE.config.digest


@pytest.mark.parametrize("kept", [[ONE], [ONE, ARM]])
def test_an_index_within_the_index(tmp_path: Path, kept: list[Image]) -> None:
    path = saved.archive(tmp_path / "x.tar", saved.by_containerd("ghcr.io/acme/tool:1", [ONE, ARM], kept))
    reference = f"docker-archive:{path}:ghcr.io/acme/tool:1"
    assert layers(reference, tmp_path) == [layer.blob.data for layer in ONE.layers]
    assert found(reference, tmp_path).image.index_digest == index([ONE, ARM]).digest
    arm = Platform.parse("linux/arm64")
    if ARM in kept:
        assert found(reference, tmp_path, arm).image.manifest_digest == ARM.manifest.digest
        return
    with pytest.raises(SregistryError) as caught:
        found(reference, tmp_path, arm)
    assert caught.value.code == "layout-content-missing"
    assert "without this platform" in terminal.render(explain(caught.value))


def test_a_layout_alone_is_read(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", saved.layout({"1": ONE}))
    assert layers(f"docker-archive:{path}", tmp_path) == [layer.blob.data for layer in ONE.layers]
    with place(f"docker-archive:{path}", tmp_path) as repository:
        assert repository.images() == ["1"]


def built(entries: list[dict[str, Any]] | Any, **files: bytes) -> list[tars.Member]:
    return [*(tars.file(name, data) for name, data in files.items()), tars.file("manifest.json", encode(entries))]


def config(*layers_: bytes) -> bytes:
    rootfs = {"type": "layers", "diff_ids": [str(Digest.of(layer)) for layer in layers_]}
    return encode({"os": "linux", "architecture": "amd64", "config": {}, "rootfs": rootfs})


def test_layers_that_are_stored_compressed_keep_their_bytes(tmp_path: Path) -> None:
    packed = gzip.compress(BASE)
    members = built([{"Config": "c", "RepoTags": None, "Layers": ["l"]}], c=config(BASE), l=packed)
    reference = f"docker-archive:{saved.archive(tmp_path / 'x.tar', members)}"
    (layer,) = found(reference, tmp_path).image.layers
    assert (layer.digest, layer.size, layer.diff_id) == (Digest.of(packed), len(packed), Digest.of(BASE))
    assert layer.media_type.endswith("gzip")
    assert layers(reference, tmp_path) == [packed]


WHOLE = [{"Config": "c", "RepoTags": ["a:1"], "Layers": ["l"]}]
BROKEN: list[tuple[list[tars.Member], str, str]] = [
    ([tars.file("manifest.json", b"nonsense")], "layout-invalid", "not JSON"),
    (built({}), "layout-invalid", "no list of images"),
    (built([]), "layout-invalid", "no list of images"),
    (built([1]), "layout-invalid", "no Config"),
    (built([{"Config": "c", "Layers": "l"}]), "layout-invalid", "lists of names"),
    (built([{"Config": "c", "RepoTags": [1]}]), "layout-invalid", "lists of names"),
    (built(WHOLE), "layout-content-missing", "config c"),
    (built(WHOLE, c=config(BASE)), "layout-content-missing", "layer l"),
    (built(WHOLE, c=config(), l=BASE), "layout-invalid", "lists 1 layers"),
    (built(WHOLE, c=b"{}", l=BASE), "layout-invalid", "lists 1 layers"),
    (built(WHOLE, c=b"nonsense", l=BASE), "image-config-invalid", "not valid JSON"),
    (built(WHOLE, c=config(BASE), l=BASE[:-1] + b"!"), "digest-mismatch", "does not match"),
    (built([{**WHOLE[0], "Config": "../../etc/passwd"}]), "layout-escape", "leads out"),
    (built([{**WHOLE[0], "Layers": ["/etc/passwd"]}], c=config(BASE)), "layout-escape", "leads out"),
    ([*built(WHOLE, c=config(BASE)), tars.symlink("l", "../../etc/passwd")], "layout-escape", "leads out"),
    ([*built(WHOLE, c=config(BASE)), tars.symlink("l", "l")], "layout-invalid", "leads to itself"),
    ([*built(WHOLE, c=config(BASE)), tars.directory("l")], "layout-invalid", "no plain file"),
    (built([], **{"etc/passwd": b"root"})[:1], "layout-other", "no manifest.json"),
    ([tars.file("repositories", b"{}")], "layout-other", "no manifest.json"),
]  # fmt: skip


@pytest.mark.parametrize(("members", "expected", "words"), BROKEN)
def test_archives_that_cannot_be_used(tmp_path: Path, members: list[tars.Member], expected: str, words: str) -> None:
    error = refused(f"docker-archive:{saved.archive(tmp_path / 'x.tar', members)}", tmp_path)
    assert (error.code, error.facts["layout"]) == (expected, str(tmp_path / "x.tar"))
    assert words in error.message
    assert_speaks_of_no_registry(error)


def test_what_docker_export_writes_is_called_that(tmp_path: Path) -> None:
    members = [tars.file("etc/passwd", b"root"), tars.file("bin/sh", b"x")]
    error = refused(f"docker-archive:{saved.archive(tmp_path / 'x.tar', members)}", tmp_path)
    assert "docker export" in terminal.render(explain(error), width=200)
    old = refused(f"docker-archive:{saved.archive(tmp_path / 'y.tar', [tars.file('repositories', b'{}')])}", tmp_path)
    assert "Docker before 1.10" in terminal.render(explain(old), width=200)


def test_a_config_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", built(WHOLE, c=config(BASE), l=BASE))
    error = refused(f"docker-archive:{path}", tmp_path, max_config_size=20)
    assert (error.code, error.facts["setting"]) == ("layout-too-large", "max_config_size")
    assert "SREGISTRY_MAX_CONFIG_SIZE" in terminal.render(explain(error), width=200)


NAMES_OF_FILES = st.sampled_from(["c", "l", "absent", "../x", "/x", "manifest.json", "", "c/", "."])
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "Config": NAMES_OF_FILES | st.none() | st.integers(),
        "RepoTags": st.none() | st.lists(st.sampled_from(["a:1", "A B", "", "a"]) | st.integers(), max_size=2),
        "Layers": st.none() | st.lists(NAMES_OF_FILES, max_size=2),
    },
)


@settings(max_examples=200, deadline=None)
@given(entries=st.lists(ENTRIES, max_size=3), name=st.sampled_from(["", ":a", ":@0", ":a:1"]))
def test_any_list_of_images_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Any], name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tar"
    saved.archive(path, built(json.loads(json.dumps(entries)), c=config(BASE), l=BASE))
    try:
        found(f"docker-archive:{path}{name}", path.parent)
    except SregistryError as error:
        terminal.render(explain(error))
