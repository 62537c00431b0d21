"""Every command in the documentation does what the page says, on real registries behind the names in the pages."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.blocks import Block, Typed, blocks, table_commands
from tests.docs.reader import Reader
from tests.support import tools
from tests.support.real_names import PASSWORD, USER
from tools.machine import REPOSITORY

#: The pages of `docs/errors` hold no commands to run: their examples are generated from the rules.
PAGES = sorted(
    path
    for path in (REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *REPOSITORY.glob("docs/**/*.md"))
    if "errors" not in path.parts
)
BLOCKS = {path.relative_to(REPOSITORY).as_posix(): list(blocks(path.read_text("utf-8"))) for path in PAGES}
#: What stands in tables for what the reader has.
WORDS = {
    "REPOSITORY@sha256:…": "ghcr.io/team/tool:1.2",
    "ubuntu@sha256:…": "ubuntu:24.04",
    "REF": "ghcr.io/team/tool:1.2",
    "HOST": "ghcr.io",
    "sregistry login ghcr.io": f"sregistry login ghcr.io --username {USER} --password-stdin <<< '{PASSWORD}'",
}
TABLES = ("README.md", "docs/getting-started.md")


def judge(page: str, reader: Reader) -> None:
    """Fail with everything that differs from the page."""
    if reader.complaints:
        pytest.fail("\n\n".join([page, *reader.complaints]), pytrace=False)


def fill(page: Path, reader: Reader) -> None:
    """Write what was printed where the page has dots in a line."""
    lines = page.read_text("utf-8").split("\n")
    for typed, real in reader.real:
        shown = typed.shown or []
        start = typed.line - 1
        while lines[start : start + len(shown)] != shown and start < len(lines):
            start += 1
        lines[start : start + len(shown)] = real
    page.write_text("\n".join(lines), "utf-8")


def to_run(found: list[Block]) -> list[Block]:
    return [block for block in found if not block.of("not run")]


@pytest.mark.parametrize("page", [page for page, found in BLOCKS.items() if to_run(found)])
def test_page(page: str, new_reader: Callable[[], Reader]) -> None:
    with new_reader() as reader:
        for block in to_run(BLOCKS[page]):
            reader.run(block)
    judge(page, reader)
    if os.environ.get("SREGISTRY_FILL_PAGES"):
        fill(REPOSITORY / page, reader)
    if reader.lacks:
        tools.lack(", ".join(reader.lacks), f"none; some blocks of {page} have not run")


@pytest.mark.parametrize("page", TABLES)
def test_commands_in_tables(page: str, new_reader: Callable[[], Reader]) -> None:
    commands = table_commands((REPOSITORY / page).read_text("utf-8"))
    assert commands
    with new_reader() as reader:
        for command in commands:
            text = command.text
            for word, meaning in WORDS.items():
                text = text.replace(word, meaning)
            reader.type(Typed("$", text, None, command.line))
    judge(page, reader)


def test_few_blocks_are_not_run_and_each_has_a_reason() -> None:
    found = [block for page in BLOCKS.values() for block in page]
    idle = [block for block in found if block.of("not run")]
    assert all(reason for block in idle for reason in block.of("not run"))
    assert len(idle) <= 6


def test_the_endpoint_that_the_documentation_builds_is_short() -> None:
    typed = [one for block in BLOCKS["docs/writing-an-endpoint.md"] for one in block.typed]
    (module,) = [one.text for one in typed if one.prompt == "file sregistry_shelf.py"]
    assert len(module.splitlines()) < 60
