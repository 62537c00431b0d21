"""One quoted word means the same text to dash and bash; Apptainer's interpreter is asked in tests/interop."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.assembly.shellquote import postamble, preamble, quote

SHELLS = ("/bin/dash", "/bin/bash")
TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from("'\"\\$`\r\n\x80\x81 !#{}()")
)


def spoken(shell: str, words: list[str]) -> list[str]:
    """What the shell makes of quoted words."""
    script = preamble(*words) + "exec /usr/bin/printf '%s\\0' " + " ".join(map(quote, words))
    done = subprocess.run([shell, "-c", script], capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("shell", SHELLS)
@settings(deadline=None, max_examples=60)
@given(words=st.lists(TEXT, min_size=1))
def test_any_text_keeps_its_characters_and_boundaries(shell: str, words: list[str]) -> None:
    assert spoken(shell, words) == words


@pytest.mark.parametrize("shell", SHELLS)
def test_every_character_of_the_first_thousand_arrives(shell: str) -> None:
    words = [chr(number) for number in range(1, 1000)]
    assert spoken(shell, words) == words


def test_a_quote_is_written_without_a_backslash() -> None:
    assert quote("a'b") == "'a'\"'\"'b'"


@settings(max_examples=200)
@given(text=TEXT)
def test_what_the_runtime_s_interpreter_misreads_never_stands_in_a_script(text: str) -> None:
    assert not any(misread in quote(text) for misread in ("\r\n", "\x80", "\x81"))


def test_variables_are_set_only_when_needed_and_forgotten_again() -> None:
    assert (preamble("a\r", "b\n"), postamble("a\r", "b\n")) == ("", "")
    assert preamble("\x81\r\n") == "__sregistry_cr=\"$(printf '\\r')\"\n__sregistry_81=\"$(printf '\\302\\201')\"\n"
    assert postamble("\x81\r\n") == "unset __sregistry_cr __sregistry_81\n"
