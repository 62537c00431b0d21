"""``sregistry copy``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

import click

from sregistry.cli.options import (
    debug_option,
    json_option,
    load_settings,
    make_context,
    platforms,
    read_login,
    registry_options,
)
from sregistry.cli.output import say, say_json

if TYPE_CHECKING:
    from sregistry.operations.context import Context
    from sregistry.operations.copied import CopyResult, Failure
    from sregistry.operations.copy import Choice


@click.command("copy")
@click.argument("words", metavar="SRC DST", nargs=-1)
@click.option(
    "--from-file",
    "listed",
    metavar="LIST",
    type=click.File(encoding="utf-8"),
    help="Copy what LIST (- is stdin) has: SRC DST on each line, or SRC alone, and DST here for all of them.",
)
@click.option(
    "--platform",
    metavar="OS/ARCH[/VARIANT]",
    shell_complete=platforms,
    help="Copy the image for this platform alone, without the index.",
)
@click.option("--with-referrers", "referrers", is_flag=True, help="Also signatures, attestations, SBOMs.")
@click.option("--every-blob", is_flag=True, help="Look for each blob at DST, even of images that are there.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@registry_options
@json_option
@debug_option
def command(
    words: tuple[str, ...],
    listed: TextIO | None,
    platform: str | None,
    referrers: bool,
    every_blob: bool,
    quiet: bool,
    username: str | None,
    password_stdin: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Copy the image SRC, for all its platforms, to DST: another registry, a layout or an archive.

    \b
    sregistry copy docker://ubuntu:24.04 oci-archive:ubuntu.tar
    sregistry copy oci-archive:ubuntu.tar docker://registry.example.org/ubuntu:24.04

    Every byte and digest stays as it is. What is at DST already is not sent. The login of -u is for the registry of
    DST, or for that of SRC where DST is none. The last line on standard output is DST with the digest.
    """  # noqa: D301 - click wants the character
    from sregistry.cli.progress import BLOBS, make_progress
    from sregistry.operations.copy import Choice
    from sregistry.references import Platform

    _check(words, listed)
    settings = load_settings(**given)
    choice = Choice(Platform.parse(platform) if platform else None, referrers, every_blob)
    progress = make_progress(quiet=quiet, things=BLOBS)
    login = read_login(username, password_stdin)
    context = make_context(settings, login=login, progress=progress)
    reads = make_context(settings, progress=progress) if login else None
    try:
        if listed is not None:
            return _list(context, reads, listed, words[0] if words else None, choice, as_json=as_json)
        return _one(context, reads, words, choice, as_json=as_json)
    finally:
        progress.close()


def _check(words: tuple[str, ...], listed: TextIO | None) -> None:
    """Raise UsageError unless there are as many words as are needed."""
    if listed is None and len(words) != 2:
        raise click.UsageError(f"A copy has a source and a target, SRC DST; {len(words)} of them are given.")
    if listed is not None and len(words) > 1:
        raise click.UsageError("With --from-file one DST at most is given, for all lines that have none.")


def _one(context: Context, reads: Context | None, words: tuple[str, ...], choice: Choice, *, as_json: bool) -> int:
    from sregistry.operations.copy import copy

    source, target = words
    result = copy(context, source, target, choice, reads=reads)
    context.progress.step(_done(result))
    context.progress.close()
    if as_json:
        say_json(result.facts())
    else:
        say(result.pinned)
    return 0


def _list(
    context: Context, reads: Context | None, listed: TextIO, place: str | None, choice: Choice, *, as_json: bool
) -> int:
    """Copy the lines of a list; return the exit code of the first that failed."""
    from sregistry.operations.copied import CopyResult
    from sregistry.operations.copy_list import CopyList, copy_list

    def tell(result: CopyResult | Failure) -> None:
        if isinstance(result, CopyResult):
            context.progress.step(f"{result.source}: {_done(result)}")
            if not as_json:
                say(result.pinned)
        else:
            context.progress.warning(f"{result.source}: {result.error.message}")

    name = "" if listed is sys.stdin else str(listed.name)
    copies = copy_list(context, CopyList(_text(listed), place, name), choice, reads=reads, on_result=tell)
    context.progress.close()
    for failure in copies.failed:
        _explain(failure)
    if as_json:
        say_json(copies.facts())
    failed = f", {len(copies.failed)} failed" if copies.failed else ""
    click.echo(f"{len(copies.done)} of {len(copies.results)} copied{failed}", err=True)
    return copies.failed[0].error.diagnosis.exit_code if copies.failed else 0


def _text(listed: TextIO) -> str:
    try:
        return listed.read()
    except UnicodeDecodeError:
        raise click.UsageError(f"{listed.name} is no text in UTF-8.") from None


def _explain(failure: Failure) -> None:
    """Say on stderr what failed and why, as of a single copy."""
    import os

    from sregistry.diagnosis.render import render_terminal
    from sregistry.printable import one_line

    ends = " ".join(filter(None, (failure.source, failure.target)))
    click.echo(one_line(ends), err=True)
    click.echo(render_terminal(failure.error.diagnosis, stream=sys.stderr, environ=os.environ), err=True, nl=False)


def _done(result: CopyResult) -> str:
    """What the copy came to, in one line."""
    from sregistry.cli.progress import size_text

    if result.unchanged:
        return "already there, unchanged"
    counted = {
        "sent": result.blobs,
        "mounted": result.blobs_mounted,
        "there already": result.blobs_there,
    }
    blobs = ", ".join(f"{count} {word}" for word, count in counted.items() if count) or "none to send"
    left = f"; {_count(len(result.foreign), 'layer')} kept elsewhere" if result.foreign else ""
    along = f"; {_count(result.referrers, 'referrer')}" if result.referrers else ""
    manifests = _count(result.manifests, "manifest")
    return f"{manifests}, blobs: {blobs}; {size_text(result.sent)} in {result.seconds:.1f} s{along}{left}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
