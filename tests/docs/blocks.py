"""Pages of the documentation -> the blocks in them that are run; and whether a program prints what a page shows.

Run are fenced blocks of these languages:

    console   ``$ command`` lines (``> `` or a backslash continues one) with what they print; ``>>> `` lines after
              a ``$ sregistry shell`` are typed into it
    pycon     ``>>> `` and ``... `` lines, typed into the page's ``sregistry shell``
    python    a whole program; a ``text`` block right behind it is what it prints
    sh        a script, likewise

A block of any language behind a ``file`` comment is the text of that file. Other comments before a block say what it
needs; CONTRIBUTING.md lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

_PART = re.compile(
    r"<!-- *(?P<note>before|needs|sick|file|install|not run): *(?P<value>.*?) *-->"
    r"|^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_OUTPUT = re.compile(r"\s*^( *)```text\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_LANGUAGES = frozenset({"console", "pycon", "python", "sh"})
_TABLE_COMMAND = re.compile(r"`((?:sregistry|apptainer) [^`]+)`")
ELLIPSIS = "…"


@dataclass(frozen=True)
class Typed:
    """A command with what the page shows of its output.

    Attributes:
        prompt: ``$`` or ``>>>``, the language of a script, or ``file`` and its name.
        text: what is typed.
        shown: lines of output; None where the page shows none.
        line: of the page.
    """

    prompt: str
    text: str
    shown: list[str] | None
    line: int


@dataclass(frozen=True)
class Block:
    """What is run together, and the comments in front of it as pairs of kind and text."""

    line: int
    typed: list[Typed]
    notes: list[tuple[str, str]] = field(default_factory=list)

    def of(self, kind: str) -> list[str]:
        """The texts of the notes of one kind."""
        return [text for note, text in self.notes if note == kind]


def blocks(page: str) -> Iterator[Block]:
    """Every block of a page that is to be run, in order."""
    notes: list[tuple[str, str]] = []
    for part in _PART.finditer(page):
        if part["note"]:
            notes.append((part["note"], part["value"]))
        elif part["language"] in _LANGUAGES or any(kind == "file" for kind, _ in notes):
            line = page.count("\n", 0, part.start()) + 1
            yield Block(line, _typed(page, part, line, notes), notes)
            notes = []


def table_commands(page: str) -> list[Typed]:
    """The commands in the tables of a page."""
    return [
        Typed("$", command.replace("\\|", "|"), None, number)
        for number, line in enumerate(page.splitlines(), 1)
        if line.startswith("|")
        for command in _TABLE_COMMAND.findall(line)
    ]


def _typed(page: str, part: re.Match[str], line: int, notes: Sequence[tuple[str, str]]) -> list[Typed]:
    lines = [text.removeprefix(part["indent"]) for text in part["text"].splitlines()]
    if files := [name for kind, name in notes if kind == "file"]:
        return [Typed(f"file {files[0]}", "\n".join(lines) + "\n", None, line)]
    if part["language"] in ("python", "sh"):
        output = _OUTPUT.match(page, part.end())
        shown = [text.removeprefix(output[1]) for text in output[2].splitlines()] if output else None
        return [Typed(part["language"], "\n".join(lines), shown, line)]
    return list(_conversation(lines, line + 1))


def _conversation(lines: Sequence[str], first: int) -> Iterator[Typed]:
    """Prompts with what is typed at them, and the output in between."""
    number = 0
    while number < len(lines):
        prompt, _, text = lines[number].partition(" ")
        assert prompt in ("$", ">>>"), f"line {first + number}: a block begins with a prompt"
        start, typed = number, [text]
        number += 1
        while number < len(lines) and (typed[-1].endswith("\\") or _continues(prompt, lines[number])):
            typed.append(re.sub(r"^(?:>|\.\.\.) ?", "", lines[number]))
            number += 1
        shown = []
        while number < len(lines) and not re.match(r"(?:\$|>>>)(?: |$)", lines[number]):
            shown.append(lines[number])
            number += 1
        yield Typed(prompt, "\n".join(typed), shown or None, first + start)


def _continues(prompt: str, line: str) -> bool:
    return re.match(r">(?: |$)" if prompt == "$" else r"\.\.\.(?: |$)", line) is not None


#: What differs from run to run, and what stands for it in a comparison: pages show real values.
_VARYING = (
    (re.compile(r"\b[0-9a-f]{12,128}\b"), "HEX"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:[kMG]?B/s)"), "SPEED"),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|s|seconds?)\b"), "DURATION"),
    (re.compile(r"\b20[2-9]\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)?)?"), "TIME"),
    (re.compile(r"\b127\.0\.0\.\d+:\d+"), "ADDRESS"),
    (re.compile(r"\b\d+(?:\.\d+)? [MGT]B free \(\w+\)"), "FREE"),
)


def steady(line: str) -> str:
    """A line without what differs from run to run: digests, times, speeds, ports, free space."""
    for pattern, word in _VARYING:
        line = pattern.sub(word, line)
    return line


def agrees(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether `printed` is what is `shown`, apart from what differs from run to run.

    ``…`` is any text in a line, and as a line of its own any lines.
    """

    @cache
    def rest(i: int, j: int) -> bool:
        if i == len(shown):
            return j == len(printed)
        if shown[i].strip() == ELLIPSIS and rest(i + 1, j):
            return True
        if j == len(printed):
            return False
        if shown[i].strip() == ELLIPSIS:
            return rest(i, j + 1)
        return _line_agrees(shown[i], printed[j]) and rest(i + 1, j + 1)

    return rest(0, 0)


def _line_agrees(shown: str, printed: str) -> bool:
    pairs = ((shown, printed), (steady(shown), steady(printed)))
    return any(re.fullmatch(_pattern(one), other.rstrip()) for one, other in pairs)


def _pattern(shown: str) -> str:
    return ".*".join(re.escape(part) for part in shown.rstrip().split(ELLIPSIS))


def filled(shown: Sequence[str], printed: Sequence[str]) -> list[str] | None:
    """`shown` with the real text wherever ``…`` stands in a line; None unless `agrees`."""
    if not shown:
        return [] if not printed else None
    if shown[0].strip() == ELLIPSIS:
        for skipped in range(len(printed) + 1):
            rest = filled(shown[1:], printed[skipped:])
            if rest is not None:
                return [shown[0], *rest]
        return None
    if not printed or not _line_agrees(shown[0], printed[0]):
        return None
    rest = filled(shown[1:], printed[1:])
    return None if rest is None else [printed[0].rstrip() if ELLIPSIS in shown[0] else shown[0], *rest]
