from __future__ import annotations

import re

import pytest

from sregistry.codes import every
from sregistry.diagnosis.pages import page
from tests.support.pulling import User


def test_the_page_of_a_code_is_printed_without_network(user: User) -> None:
    done = user.sregistry("explain", "tag-unknown")
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode()
    assert said.startswith("tag-unknown\n\nThe repository has no such tag.\n")
    assert "\n      do       sregistry pull docker://" in said
    assert not re.search(r"[`*]|\.md|\x1b", said)
    assert max(map(len, said.splitlines())) <= 100


def test_without_a_code_all_are_listed(user: User) -> None:
    listed = re.findall(r"^- ([a-z0-9-]+): ", user.sregistry("explain").stdout.decode(), re.MULTILINE)
    assert sorted(listed) == [code.name for code in every()]


def test_every_code_has_a_page_without_marks_of_the_generator() -> None:
    for code in every():
        text = page(code.name)
        assert text is not None
        assert "<!--" not in text


@pytest.mark.parametrize("code", ["tag-unknwon", "../settings", "index.md", "a" * 300, ""])
def test_what_is_no_code_is_a_mistake_of_usage(user: User, code: str) -> None:
    done = user.sregistry("explain", code)
    if code:
        assert done.returncode == 2
        assert b"There is no code" in done.stderr
    else:
        assert done.stdout == user.sregistry("explain").stdout
