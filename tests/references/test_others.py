"""Schemes of other packages are found by their entry points, and read by the grammar that they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sregistry.references import InvalidReference, PathReference, RegistryReference, has_scheme, others, parse
from tests.support.packages import SitePackages


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SitePackages]:
    yield SitePackages(tmp_path, monkeypatch)
    others.found.cache_clear()


def test_a_scheme_that_no_package_serves_has_no_grammar() -> None:
    assert "elsewhere" not in others.found()
    assert others.grammar("elsewhere") is None


@pytest.mark.parametrize(("body", "grammar"), [("pass", "registry"), ("grammar = 'own'", "own")])
def test_the_class_says_its_grammar(body: str, grammar: str, site_packages: SitePackages) -> None:
    site_packages.install("grammar_of_" + grammar, f"class Endpoint:\n    {body}\n", "elsewhere")
    assert others.grammar("elsewhere") == grammar


def test_names_are_read_by_the_grammar(site_packages: SitePackages) -> None:
    site_packages.install("like_a_registry", "class Endpoint:\n    grammar = 'registry'\n", "elsewhere")
    found = parse("elsewhere://h.example.org/team/tool:1")
    assert found == RegistryReference("elsewhere", "h.example.org", "team/tool", "1", None)
    assert str(found) == "elsewhere://h.example.org/team/tool:1"


@pytest.mark.parametrize("text", ["elsewhere:./folder:one", "elsewhere:/srv/folder", "elsewhere:/a@sha256:" + "0" * 64])
def test_a_path_follows_a_colon(text: str, site_packages: SitePackages) -> None:
    site_packages.install("in_folders", "class Endpoint:\n    grammar = 'path'\n", "elsewhere")
    found = parse(text)
    assert isinstance(found, PathReference)
    assert (found.scheme, found.uri) == ("elsewhere", text)
    assert has_scheme(text)
    assert parse("elsewhere://folder:one").uri == "elsewhere:./folder:one"
    assert parse("elsewhere:1.2") == parse("docker.io/library/elsewhere:1.2")


def test_a_grammar_that_is_not_here_reads_nothing(site_packages: SitePackages) -> None:
    site_packages.install("newer_than_this", "class Endpoint:\n    grammar = 'of-next-year'\n", "elsewhere")
    with pytest.raises(InvalidReference) as caught:
        parse("elsewhere://h.example.org/team/tool:1")
    assert caught.value.code == "reference-scheme"


def test_of_two_packages_for_one_scheme_the_first_on_the_path_serves_it(site_packages: SitePackages) -> None:
    site_packages.install("second", "class Endpoint: ...\n", "elsewhere", "second")
    site_packages.install("first", "class Endpoint: ...\n", "elsewhere")
    assert {scheme: point.module for scheme, point in others.found().items() if scheme in ("elsewhere", "second")} == {
        "elsewhere": "first",
        "second": "second",
    }
