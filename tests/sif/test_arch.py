"""Names and codes of architectures."""

from __future__ import annotations

import pytest

from sregistry.sif import arch

CODES = {"386": "01", "amd64": "02", "arm": "03", "arm64": "04", "ppc64le": "06", "s390x": "11", "loong64": "13"}


@pytest.mark.parametrize("name", CODES)
def test_every_name_has_its_code(name: str) -> None:
    assert arch.code(name) == CODES[name]
    assert arch.name(CODES[name]) == name


@pytest.mark.parametrize("text", ["", "00", "14", "99", "2", "xx", "²", "-1"])
def test_other_codes_are_unknown(text: str) -> None:
    assert arch.name(text) == "unknown"


def test_other_names_have_the_code_of_the_unknown() -> None:
    assert arch.code("vax") == "00"
