"""Results are paths, have facts, and are shown in a line or as an escaped table."""

from __future__ import annotations

import html
import json
import os
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sregistry.client import Client
from sregistry.diagnosis import explain
from sregistry.digests import Digest
from sregistry.errors import SregistryError
from tests.operations.library import client, token_registry
from tests.registry.scripted import Contents, Server, tiny
from tests.support.sifs import foreign_sif

HOSTILE = "<script>alert(1)</script>\x1b[31m"


@pytest.fixture(scope="module")
def registry() -> Iterator[Server]:
    with token_registry() as server:
        yield server


@pytest.fixture
def results(registry: Server, tmp_path: Path) -> dict[str, Any]:
    """One of everything."""
    one, reference = client(tmp_path), str(registry.reference())
    pulled = one.pull(reference)
    added = one.add(foreign_sif(tmp_path / "other.sif"))
    found: dict[str, Any] = {
        "pull": pulled,
        "again": one.pull(reference),
        "add": added,
        "row": added.image,
        "listed": one.images("tool")[0],
        "images": one.images(),
        "inspected": one.inspect("team/tool:1"),
        "inspected remotely": one.inspect(f"docker://{reference}"),
        "manifest": one.manifest(reference),
        "image": one.image(reference),
        "layer": one.layers(reference)[0],
        "search": one.search(f"docker://{reference}"),
        "request": one.request(reference),
        "doctor": one.doctor(reference),
        "check": one.check(),
        "tags": one.session.tags(registry.reference()),
    }
    found["removed"] = one.rm("other")[0]
    one.close()
    return found


def test_an_image_is_a_path(results: dict[str, Any]) -> None:
    for name in ("pull", "again", "add", "row", "listed", "inspected"):
        path = Path(os.fspath(results[name]))
        if name not in ("add", "row"):  # removed by now
            assert path.is_file()
            with open(results[name], "rb") as opened:  # noqa: PTH123
                assert opened.read(5) == b"#!/us"
            assert subprocess.run(["test", "-s", results[name]]).returncode == 0
    assert str(results["pull"]) == str(results["pull"].path)
    assert f"{results['listed']}" == str(results["listed"].row.path)
    with pytest.raises(TypeError, match="pull it first"):
        os.fspath(results["inspected remotely"])


def test_it_is_shown_in_a_line(results: dict[str, Any]) -> None:
    for name, result in results.items():
        if name != "doctor":  # as a person reads it, a line a step
            assert len(repr(result)) < 400, name
            assert "\n" not in repr(result), name
            assert "b'" not in repr(result), name


def test_it_has_facts(results: dict[str, Any]) -> None:
    for name, result in results.items():
        if name != "images":
            assert json.loads(json.dumps(result.facts())) == result.facts(), name
    assert "Authorization" in results["request"].facts()["headers"]
    assert "Bearer" not in json.dumps(results["request"].facts())
    assert results["image"].facts()["layers"] == [layer.facts() for layer in results["image"].layers]


class Balanced(HTMLParser):
    """Checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen = set[str]()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(text: str) -> set[str]:
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    assert "\x1b" not in text
    return parser.seen


def test_a_notebook_shows_a_table(results: dict[str, Any]) -> None:
    for name, result in results.items():
        if name not in ("request", "tags", "check"):
            assert checked(result._repr_html_()) <= {"table", "tr", "th", "td", "pre"}, name
    assert "team/tool:1" in results["images"]._repr_html_()


def test_nothing_from_outside_gets_into_a_page_unescaped(tmp_path: Path) -> None:
    image = tiny(HOSTILE, size=100)
    image_with_label = Contents().add(image, "1")
    with token_registry() as server, client(tmp_path) as one:
        server.contents = image_with_label
        found = one.image(str(server.reference()))
        found.config["config"] = {"Labels": {"x": HOSTILE}}
        page = found._repr_html_()
        assert "<script" not in page
        assert html.escape("<script>alert(1)</script>") in page
        checked(page)
    diagnosis = explain(SregistryError("auth-denied", HOSTILE, errors=[{"code": "DENIED", "message": HOSTILE}]))
    assert "<script" not in diagnosis._repr_html_()
    checked(diagnosis._repr_html_())


def test_a_diagnosis_is_printed_as_the_command_line_shows_it() -> None:
    diagnosis = explain(SregistryError("tag-unknown", "there is no such tag"))
    assert str(diagnosis).startswith("✗ ")
    assert "sregistry explain tag-unknown" in str(diagnosis)
    assert repr(diagnosis) == f"<tag-unknown: {diagnosis.title}>"
    assert diagnosis.facts() == diagnosis.as_dict()


def test_a_digest_is_the_text_that_spells_it() -> None:
    digest = Digest.of(b"")
    assert digest == str(digest)
    assert str(digest) == digest
    assert digest != "sha256:0"
    assert digest != 7
    assert {digest, str(digest)} == {digest}
    assert {str(digest): 1}[digest] == 1
    assert sorted([Digest("sha256", "b"), Digest("sha256", "a")])[0].hex == "a"


def test_a_client_is_shown_without_what_it_knows(tmp_path: Path) -> None:
    assert repr(client(tmp_path, login=("ada", "correct horse"))) == "[client][docker]"
    assert isinstance(client(tmp_path), Client)
