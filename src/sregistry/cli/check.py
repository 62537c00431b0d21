"""``sregistry check``."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from sregistry.cli.options import debug_option, json_option, load_settings, make_context
from sregistry.cli.output import say_json
from sregistry.cli.progress import size_text, transient
from sregistry.printable import printable

if TYPE_CHECKING:
    from sregistry.operations.check import CheckResult, Problem
    from sregistry.operations.context import Context

#: Kind of problem -> what is said of its path.
_WORDS = {
    "missing": "the file is missing",
    "damaged": "the file is damaged",
    "unreadable": "the file cannot be read",
    "lost-row": "a file without an image",
    "unknown-file": "not a file of this program",
    "unfinished": "left half-written by a process that was killed",
    "unremoved": "of an image that was removed",
    "cached-layer": "a cached layer that cannot be used",
    "database": "the database is damaged",
}
#: What a repair needs no registry for.
_MENDED_HERE = frozenset(("lost-row", "unfinished", "unremoved", "cached-layer", "database"))
_FAILED = 12


@click.command("check")
@click.option("--repair", is_flag=True, help="Put in order what can be without loss.")
@click.option("--pull", is_flag=True, help="Repair, and pull images again whose files are missing or damaged.")
@click.option("--quick", is_flag=True, help="Compare sizes only; do not read the files.")
@json_option
@debug_option
def command(repair: bool, pull: bool, quick: bool, as_json: bool, debug: bool | None) -> int:
    """Verify image files and cached layers, and find what does not fit between files and database.

    Nothing is changed without --repair. A repair deletes only what killed processes left half-written, and cached
    layers that cannot be used. The exit code is 12 if something is left that needs you.
    """
    from sregistry.operations.check import check

    context = make_context(load_settings(debug=debug))
    try:
        result = check(context, repair=repair or pull, quick=quick, on_file=_tell)
    finally:
        transient("")
    if pull:
        result = replace(result, problems=[_pulled(context, problem) for problem in result.problems])
    if as_json:
        say_json(result.facts())
    else:
        click.echo("\n".join(_lines(result, repairing=repair or pull)))
    return _FAILED if result.left else 0


def _pulled(context: Context, problem: Problem) -> Problem:
    if problem.reference is None:
        return problem
    from sregistry.cli.progress import make_progress
    from sregistry.operations.check import pull_again

    progress = make_progress(quiet=False)
    try:
        return pull_again(replace(context, progress=progress), problem)
    finally:
        progress.close()


def _lines(result: CheckResult, *, repairing: bool) -> list[str]:
    lines = [line for problem in result.problems for line in _problem_lines(problem)]
    count = f"{result.images} image{'' if result.images == 1 else 's'}, {size_text(result.size)}"
    left, repaired = len(result.left), len(result.problems) - len(result.left)
    if not result.problems:
        how = "all files are there with their sizes" if result.quick else "every file is there and has its digest"
        return [f"{count}: {how}" if result.images else "No images, and nothing that does not fit."]
    mended = f"{repaired} repaired, " if repairing else ""
    lines += ["", f"{count}: {left + repaired} problem{'' if left + repaired == 1 else 's'}, {mended}{left} left"]
    kinds = {problem.kind for problem in result.left}
    # A missing file may be one that lies about under another name.
    if not repairing and (kinds & _MENDED_HERE or kinds >= {"missing", "unknown-file"}):
        lines.append("`sregistry check --repair` repairs what can be without loss.")
    if any(problem.reference for problem in result.left):
        lines.append("`sregistry check --pull` pulls images again whose files are missing or damaged.")
    return lines


def _problem_lines(problem: Problem) -> list[str]:
    """A mark and what it is about, then one indented line each: the file, what is the matter, what to do."""
    head, *more = [problem.image.uri, str(problem.path)] if problem.image else [str(problem.path)]
    more.append(_WORDS[problem.kind] + (f": {problem.detail}" if problem.detail else ""))
    more += _what_to_do(problem)
    # Files that nobody here named may be called anything.
    head, *more = [printable(line).replace("\n", " ") for line in (head, *more)]
    return [f"{_mark(good=bool(problem.repaired))} {head}", *(f"  {line}" for line in more)]


def _what_to_do(problem: Problem) -> list[str]:
    if problem.repaired:
        return [f"repaired: {problem.repaired}"]
    if problem.image and problem.reference:
        return [f"to have it again: sregistry pull --force --name {problem.image.name} {problem.reference}"]
    if problem.image and problem.kind != "unreadable":
        return [f"no registry is known to have it; to forget it: sregistry rm {problem.image.uri}"]
    if problem.kind == "unknown-file":
        return [f"to keep it: sregistry add {shlex.quote(str(problem.path))}, else remove it"]
    if problem.kind == "cached-layer":
        return ["nothing is lost: a pull that needs the layer fetches it again"]
    return []


def _mark(*, good: bool) -> str:
    if (sys.stdout.encoding or "").lower().startswith("utf"):
        return "✓" if good else "✗"
    return "+" if good else "x"


def _tell(number: int, total: int) -> None:
    transient(f"verifying {number} of {total}")
