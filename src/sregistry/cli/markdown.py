"""Markdown of the documentation as text for a person, on a terminal or in a pipe."""

from __future__ import annotations

import re
import shutil

import click

#: Lines longer than this are hard to read, however wide the terminal is.
_WIDEST = 100
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^()\[\]\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^(#|- |\||>|\s*$)")


def show(text: str) -> None:
    """Print the Markdown `text` on standard output: laid out for the width of the terminal, in bold where it is one.

    A link to the page of a code becomes the command that shows it; one to another page, its name.
    """
    from sregistry.cli.table import stdout_is_terminal

    terminal = stdout_is_terminal()
    width = min(shutil.get_terminal_size().columns, _WIDEST) if terminal else _WIDEST
    for line in lines(text, width, bold=click.style("\0", bold=True).split("\0") if terminal else ["", ""]):
        click.echo(line)


def lines(text: str, width: int, bold: list[str]) -> list[str]:
    """The lines of `text` in `width` columns; `bold` is what switches it on and off."""
    laid: list[str] = []
    position = 0
    for fence in _FENCE.finditer(text):
        laid += _prose(text[position : fence.start()], width, bold)
        laid += [f"    {line}".rstrip() for line in fence[0].splitlines()[1:-1]]
        position = fence.end()
    laid += _prose(text[position:], width, bold)
    first = next((number for number, line in enumerate(laid) if line), 0)
    return laid[first:]


def _prose(text: str, width: int, bold: list[str]) -> list[str]:
    import textwrap

    laid: list[str] = []
    for paragraph in _paragraphs(text):
        plain = _inline(paragraph.lstrip("# ") if paragraph.startswith("#") else paragraph)
        if paragraph.startswith("#"):
            laid.append(f"{bold[0]}{plain}{bold[1]}")
        elif paragraph.startswith("|"):
            laid.append(plain)
        else:
            indent = "  " if paragraph.startswith("- ") else ""
            laid += textwrap.wrap(
                plain, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            ) or [""]
    return laid


def _paragraphs(text: str) -> list[str]:
    """Paragraphs, headings, list items and rows of tables, each on one line; a blank line is an empty one."""
    found: list[str] = []
    for line in text.strip("\n").splitlines():
        if found and found[-1] and not _BLOCK.match(line) and not found[-1].startswith(("#", "|")):
            found[-1] += " " + line.strip()
        else:
            found.append(line.rstrip())
    return ["", *found, ""] if found else [""]


def _inline(text: str) -> str:
    text = _LINK.sub(_link, text)
    return re.sub(r"\*\*([^*]+)\*\*|`([^`]+)`", lambda found: found[1] or found[2], text).replace("\\_", "_")


def _link(found: re.Match[str]) -> str:
    label, target = found[1], found[2].partition("#")[0]
    name = target.rpartition("/")[2].removesuffix(".md")
    if label.strip("`") == name or not target.endswith(".md"):
        return label
    return f"{label} (sregistry explain {name})" if "/" not in target else f"{label} (page {name} of the documentation)"
