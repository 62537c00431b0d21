"""Other sources of files on the web: what takes the place of an address, and what does not."""

from __future__ import annotations

import pytest

from sregistry.operations.context import Context
from sregistry.references import WebReference, parse, sources
from sregistry.settings import load
from sregistry.settings.errors import SettingError
from sregistry.settings.values import KNOWN_SOURCES
from tests.references.test_parse import HEX

DEPOT = "https://depot.galaxyproject.org/singularity/samtools:1.9--h91753b0_8"
INSTEAD = "docker://quay.io/biocontainers/samtools:1.9--h91753b0_8"


def web(text: str) -> WebReference:
    reference = parse(text)
    assert isinstance(reference, WebReference)
    return reference


def context(**given: object) -> Context:
    return Context(load({"HOME": "/nowhere"}, command_line=given))


@pytest.mark.parametrize(
    ("address", "pattern", "instead", "found"),
    [
        (DEPOT, *sources.KNOWN["galaxy"], INSTEAD),
        ("https://depot.galaxyproject.org/singularity/samtools", *sources.KNOWN["galaxy"], None),
        (f"{DEPOT}#sha256={HEX}", *sources.KNOWN["galaxy"], None),
        ("https://a.example/x/y.sif", "https://a.example/", "https://b.example/z/", "https://b.example/z/x/y.sif"),
        ("https://a.example.org/y.sif", "https://a.example/", "https://b.example/", None),
        ("https://a.example/x/y.sif", "https://a.example/{one}/{two}.sif", "docker://r.example/{two}:{one}",
         "docker://r.example/y:x"),
        ("https://a.example/x/z/y.sif", "https://a.example/{one}/{two}.sif", "docker://r.example/{two}:{one}", None),
    ],
)  # fmt: skip
def test_what_takes_the_place_of_an_address(address: str, pattern: str, instead: str, found: str | None) -> None:
    assert sources.mapped(web(address), [(pattern, instead)]) == found


def test_the_first_that_fits_counts() -> None:
    pairs = [("https://a.example/x/", "https://b.example/"), ("https://a.example/", "https://c.example/")]
    assert sources.mapped(web("https://a.example/x/y.sif"), pairs) == "https://b.example/y.sif"
    assert sources.mapped(web("https://a.example/y.sif"), pairs) == "https://c.example/y.sif"


def test_the_names_of_settings_are_those_that_are_known() -> None:
    assert set(KNOWN_SOURCES) == set(sources.KNOWN)
    assert sources.by_name(web(DEPOT)) == ("galaxy", INSTEAD)
    assert sources.by_name(web("https://a.example/y.sif")) is None


def test_nothing_is_taken_from_elsewhere_unless_the_settings_say_so() -> None:
    assert context().parse(DEPOT).uri == DEPOT


@pytest.mark.parametrize(
    "given",
    [
        "galaxy",
        ["galaxy"],
        "https://a.example/=https://b.example/ galaxy",
        {"https://depot.galaxyproject.org/singularity/{n}:{t}": "docker://quay.io/biocontainers/{n}:{t}"},
    ],
)
def test_an_address_is_taken_from_where_the_settings_say(given: object) -> None:
    reference = context(web_sources=given).parse(DEPOT)
    assert reference.uri == INSTEAD
    assert reference.source == DEPOT
    assert reference.notes == (f"taken from {INSTEAD}, by the setting web_sources",)
    assert context(web_sources=given).parse("https://c.example/y.sif").uri == "https://c.example/y.sif"


def test_what_is_shown_reads_back() -> None:
    settings = context(web_sources="galaxy https://a.example/=https://b.example/").settings
    shown = settings.shown("web_sources")
    assert context(web_sources=shown).settings.web_sources == settings.web_sources


@pytest.mark.parametrize(
    "given",
    [
        "galaxie", "https://a.example/=", "https://a.example/", "a.example/=docker://b", "https://a.example/{x}=b:{y}",
        "https://a.example/{x}{x}=b:{x}", 7, "", ["galaxy", 7],
    ],
)  # fmt: skip
def test_what_is_no_source_is_refused(given: object) -> None:
    with pytest.raises(SettingError) as caught:
        context(web_sources=given)
    assert caught.value.code == "setting-invalid"
