"""The steps of the doctor's walk as lines, each as it comes.

    ok    manifest    Docker schema 2, 586 bytes, sha256:8d7b94f7…
    fail  layers      1 layer of 12 cannot be had
                      sha256:e19ab6232969…   blob-unknown
    skip  download: not examined, as image failed

Steps that were left out for the same reason are one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sregistry.diagnosis.render import columns
from sregistry.doctor.steps.step import StepResult, Verdict
from sregistry.printable import ascii_only, printable

#: Columns of the verdict, and of verdict and name.
_VERDICT, _HEAD = 6, 18
_NARROWEST = 40
_STYLES = {Verdict.OK: "32", Verdict.NOTE: "36", Verdict.WARN: "33", Verdict.FAIL: "31;1", Verdict.SKIP: "2"}


def render(
    results: Iterable[StepResult], *, width: int | None = None, colour: bool = False, unicode: bool = True
) -> Iterator[str]:
    """Text for each result; those that were left out for the same reason are put together.

    Args:
        results: may come slowly.
        width: columns of the terminal; None breaks no line.
        colour: whether to use ANSI styles.
        unicode: False writes ASCII only.
    """
    left_out: list[StepResult] = []
    for result in results:
        if result.verdict is Verdict.SKIP and (not left_out or left_out[0].summary == result.summary):
            left_out.append(result)
            continue
        if left_out:
            yield _draw(_together(left_out), width, colour, unicode)
        left_out = [result] if result.verdict is Verdict.SKIP else []
        if not left_out:
            yield _draw(result, width, colour, unicode)
    if left_out:
        yield _draw(_together(left_out), width, colour, unicode)


def _together(results: list[StepResult]) -> StepResult:
    names = ", ".join(result.name for result in results)
    return StepResult("", Verdict.SKIP, f"{names}: {results[0].summary}")


def _draw(result: StepResult, width: int | None, colour: bool, unicode: bool) -> str:
    verdict = f"{result.verdict.value:<{_VERDICT}}"
    shown = f"\x1b[{_STYLES[result.verdict]}m{verdict}\x1b[0m" if colour else verdict
    head = f"{result.name:<{_HEAD - _VERDICT}}" if result.name else ""
    indent = _VERDICT + len(head)
    room = max(width, _NARROWEST) - indent if width else None
    first, *rest = [line for text in (result.summary, *result.details) for line in _wrapped(text, room, unicode)]
    return "\n".join([f"{shown}{head}{first}", *(" " * indent + line for line in rest)])


def _wrapped(text: str, room: int | None, unicode: bool) -> list[str]:
    """Lines that fit; what fits already keeps its spaces, which align tables."""
    text = printable(text).replace("\n", " ")
    text = text if unicode else ascii_only(text)
    return [text] if room is None or columns.width(text) <= room else columns.wrap(text, room)
