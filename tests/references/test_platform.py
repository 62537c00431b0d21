"""Platforms are read in every common spelling and compare in one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.references import InvalidReference, Platform


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("amd64", "linux/amd64"),
        ("x86_64", "linux/amd64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/6", "linux/arm/v6"),
        ("armhf", "linux/arm/v7"),
        ("Windows/AMD64", "windows/amd64"),
        (" Linux / AMD64 ", "linux/amd64"),
        ("linux/amd64/v8", "linux/amd64"),
        ("linux/amd64/2", "linux/amd64/v2"),
        ("linux/386/sse2", "linux/386"),
        ("i486", "linux/386"),
        ("linux/arm64/v8.0", "linux/arm64"),
        ("linux/arm64/v9.0", "linux/arm64/v9"),
        ("linux/arm/v9", "linux/arm/v7"),
        ("linux/riscv64/rva22u64", "linux/riscv64/rva22u64"),
        ("macOS/arm64", "darwin/arm64"),
    ],
)
def test_reads_every_spelling(text: str, canonical: str) -> None:
    assert str(Platform.parse(text)) == canonical


@pytest.mark.parametrize("text", ["", "linux/", "/amd64", "a/b/c/d", " "])
def test_refuses_what_is_no_platform(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        Platform.parse(text)
    assert caught.value.code == "platform-malformed"


@settings(deadline=5000)
@given(st.text(max_size=30))
def test_law_what_is_written_is_read_again(text: str) -> None:
    try:
        platform = Platform.parse(text)
    except InvalidReference:
        return
    assert Platform.parse(str(platform)) == platform
