from __future__ import annotations

import gzip
from contextlib import closing
from pathlib import Path

import pytest

from sregistry.diagnosis import explain
from sregistry.endpoints.base import Lists
from sregistry.endpoints.catalog import open_endpoint
from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.copied import CopyResult, Failure
from sregistry.operations.copy_list import CopyList, _Reading, copy_list
from sregistry.references import InvalidReference, parse
from sregistry.settings import load
from tests.support import images, saved
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(load({"HOME": str(tmp_path)}))


def read(context: Context, text: str, place: str | None = None) -> list[tuple[str, str] | str]:
    """Source and target of each line, or why it cannot be used."""
    found = _Reading(context, CopyList(text, place)).lines()
    return [
        str(one.error.facts.get("reason") or one.error.code)
        if isinstance(one, Failure)
        else (one.source.uri, one.target.uri)
        for one in found
    ]


def test_pairs_comments_and_empty_lines(context: Context) -> None:
    text = "\ufeff# what we need\n\n  ghcr.io/a/b:1\tr.example/c:2   # for Ada\r\ndocker://ghcr.io/a/d r.example/d:3\n"
    assert read(context, text) == [
        ("docker://ghcr.io/a/b:1", "docker://r.example/c:2"),
        ("docker://ghcr.io/a/d:latest", "docker://r.example/d:3"),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ghcr.io/a/b:1", "it names no target"),
        ("a b c", "it has 3 words"),
        ("'a b", "a quotation mark has no partner"),
        ("ghcr.io/a/B:1 r.example/b:1", "name-uppercase"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(line: str, said: str, context: Context) -> None:
    assert read(context, line) == [said]


def test_one_place_for_all_that_name_none(context: Context) -> None:
    text = f"ghcr.io/a/b:1\nubuntu:24.04\nghcr.io/a/b@sha256:{'a' * 64}\nghcr.io/a/c:1 r.example/own:1"
    assert [target for _, target in read(context, text, "docker://r.example:5000/mirror/")] == [
        "docker://r.example:5000/mirror/a/b:1",
        "docker://r.example:5000/mirror/library/ubuntu:24.04",
        f"docker://r.example:5000/mirror/a/b@sha256:{'a' * 64}",
        "docker://r.example/own:1",
    ]


def test_two_lines_with_one_target_are_a_mistake(context: Context) -> None:
    found = read(context, "ghcr.io/a/b:1\nquay.io/a/b:1", "r.example")
    assert found[1] == "line 1 has the same target, r.example/a/b:1"


def test_what_stands_in_a_list_twice_is_copied_once(context: Context) -> None:
    assert len(read(context, "ghcr.io/a/b:1\nghcr.io/a/c:1\ndocker://ghcr.io/a/b:1", "r.example")) == 2


def test_a_place_that_is_none(context: Context) -> None:
    with pytest.raises(InvalidReference):
        copy_list(context, CopyList("ghcr.io/a/b:1", "docker://R example"))


def test_a_line_is_explained_with_its_file(context: Context) -> None:
    result = copy_list(context, CopyList("ghcr.io/a/b:1", file="images.txt"))
    diagnosis = explain(result.failed[0].error)
    assert diagnosis.title == "Line 1 of images.txt cannot be used"
    assert result.facts()["copies"][0]["error"]["code"] == "copy-list-line"


def test_no_line_is_no_copy(context: Context) -> None:
    assert copy_list(context, CopyList("# nothing\n")).facts() == {"copies": [], "failed": 0}


def test_what_fails_does_not_stop_the_rest(context: Context) -> None:
    seen: list[object] = []
    result = copy_list(
        context.adjusted(offline=True),
        CopyList("r.example/a:1 r.example/b:1\nnonsense!\nr.example/a:2 r.example/b:2"),
        on_result=seen.append,
    )
    assert [one.error.code for one in result.failed] == ["network-offline", "copy-list-line", "network-offline"]
    assert seen == list(result.results)
    assert all(isinstance(one.error, SregistryError) for one in result.failed)


def test_a_compressed_archive_is_unpacked_once_and_an_archive_written_in_few_goes(tmp_path: Path) -> None:
    named = {f"team/tool:{number}": images.image([archive(file("etc/a", b"%d" % number))]) for number in range(6)}
    packed = saved.archive(tmp_path / "from.tar", saved.before_25(named))
    packed.write_bytes(gzip.compress(packed.read_bytes()))
    settings = load({"HOME": str(tmp_path)})
    listed = CopyList("\n".join(f"docker-archive:{packed}:{name}" for name in named), f"oci-archive:{tmp_path}/to.tar")
    written = set[int]()

    def note(result: object) -> None:
        written.add((tmp_path / "to.tar").stat().st_ino)

    with closing(open_endpoint("oci-archive", Context(settings))) as endpoint:
        done = copy_list(Context(settings), listed, on_result=note)
        assert not done.failed
        assert isinstance(endpoint, Lists)
        found = endpoint.names(parse(f"oci-archive:{tmp_path}/to.tar"), None).names
    assert [name.rpartition("/")[2] for name in found] == [name.rpartition("/")[2] for name in named]
    assert len(written) < len(named)


def test_lines_between_registries_share_what_they_bring_and_wait_for_each_other(
    context: Context, docker_registry: DockerRegistry
) -> None:
    base = archive(file("base", b"b" * 100_000))
    here = docker_registry.address
    for number in range(8):
        layers = [base, archive(file("own", b"%d" % number))]
        docker_registry.push(f"from/{number}", "1", images.image(layers))
    lines = [f"{here}/from/{number}:1 {here}/to/many:{number}" for number in range(8)]
    lines.append(f"{here}/to/many:7 {here}/to/again:7")
    told: list[str] = []
    made = copy_list(context, CopyList("\n".join(lines)), on_result=lambda one: told.append(one.target))
    assert [one for one in made.results if isinstance(one, Failure)] == []
    assert told == [line.split()[1] for line in lines]
    counts = [one for one in made.results[:8] if isinstance(one, CopyResult)]
    assert sum(one.blobs + one.blobs_mounted for one in counts) == 1 + 8 + len({one.digest for one in counts})
