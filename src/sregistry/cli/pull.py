"""``sregistry pull``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sregistry.cli.options import (
    OutputFile,
    compressions,
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
    from sregistry.operations.pulled import PullResult

#: How archives of images are called.
_ARCHIVES = (".tar", ".tgz", ".tar.gz", ".tar.zst", ".tar.xz", ".tar.bz2")


@click.command("pull")
@click.argument("words", metavar="REF", nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE", type=OutputFile(), help="Write the SIF here.")
@click.option("-f", "--force", is_flag=True, help="Replace FILE, or the stored image, even if it is there.")
@click.option("--name", metavar="NAME", help="Name of the image here, COLLECTION/NAME:TAG, if not that of REF.")
@click.option(
    "--platform",
    metavar="OS/ARCH[/VARIANT]",
    shell_complete=platforms,
    help="Pull for this platform instead of this machine's.",
)
@click.option(
    "--compression",
    metavar="gzip|zstd|none[:LEVEL]",
    shell_complete=compressions,
    help="Compression of the image; every kernel mounts gzip.",
)
@click.option(
    "--exact/--no-exact",
    default=None,
    help="Keep what ordinary users cannot unpack: device nodes, a closed root folder.",
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Threads that convert layers.")
@click.option("--mode", metavar="MODE", help="Permissions of the image file, such as 0640; else the umask decides.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@registry_options
@json_option
@debug_option
def command(
    words: tuple[str, ...],
    output: Path | None,
    force: bool,
    name: str | None,
    quiet: bool,
    username: str | None,
    password_stdin: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Pull the image REF (docker://HOST/REPOSITORY:TAG, or without the scheme) into one SIF file.

    \b
    sregistry pull ubuntu:24.04                      keep it here; `sregistry get` finds it
    sregistry pull -o tool.sif ghcr.io/team/tool:1   write the file tool.sif

    Without -o the image goes into the local registry, which `sregistry images` lists. The last line on standard
    output is the path of the SIF; nothing else is printed there.
    """  # noqa: D301 - click wants the character
    from sregistry.cli.progress import make_progress
    from sregistry.operations.pull import pull

    reference, output, name = _meant(words, output, name)
    settings = load_settings(**given)
    progress = make_progress(quiet=quiet)
    try:
        context = make_context(settings, login=read_login(username, password_stdin), progress=progress)
        result = pull(context, reference, output=output, force=force, name=name)
        progress.step(_done(result))
    finally:
        progress.close()
    if as_json:
        say_json(result.facts(), named=("path",))
    else:
        say(str(result.path))


def _done(result: PullResult) -> str:
    """What the pull came to, in one line."""
    from sregistry.cli.progress import size_text

    if result.unchanged:
        return f"already here, unchanged ({size_text(result.size)})"
    facts = result.facts()
    here = sum(layer.cached for layer in result.layers)
    reused = f", {here} of {len(result.layers)} layers were here" if here else ""
    seconds = result.seconds.get("total", 0.0)
    return f"{size_text(result.size)} in {seconds:.1f} s; {size_text(facts['bytes_from_network'])} fetched{reused}"


def _meant(words: tuple[str, ...], output: Path | None, name: str | None) -> tuple[str, Path | None, str | None]:
    """Reference, output file and name, where a file may have been given as other programs take it."""
    *before, reference = words
    if is_output_first(words):
        if output is not None:
            raise click.UsageError(f"Two files are named: {before[0]} and, with -o, {output}.")
        output = Path(before[0])
    elif before:
        raise click.UsageError(_too_many(words))
    elif _is_file_name(reference) and "/" not in reference:
        raise click.UsageError(f"{reference!r} is the name of a file. Is `-o {shlex.quote(reference)} REF` meant?")
    elif _is_archive(reference):
        raise click.UsageError(f"{reference!r} is a file. {_archive(reference)}")
    if name and output is None and _is_file_name(name):
        click.echo(f"{name} is written as a file; a NAME in the local registry does not end so", err=True)
        output, name = Path(name), None
    if str(output) == "-":
        raise click.UsageError("A SIF cannot be written to standard output; name a file with -o FILE.")
    return reference, output, name


def _is_archive(text: str) -> bool:
    """Whether a file here is named that may be an archive of images."""
    return text.endswith(_ARCHIVES) and Path(text).is_file()


def _archive(path: str) -> str:
    """By what reference an archive of images is pulled, as far as that is seen at once."""
    quoted = shlex.quote(path)
    return f"Is `docker-archive:{quoted}` (of docker save or podman save) or `oci-archive:{quoted}` meant?"


def _too_many(words: tuple[str, ...]) -> str:
    """What to say of more words than one; a file after the image may be meant by ``-o``."""
    said = f"One image at a time is pulled; {words[1]!r} is one word too many."
    file = words[1] if len(words) == 2 and _is_file_name(words[1]) else ""
    return f"{said} Is `-o {shlex.quote(file)} {shlex.quote(words[0])}` meant?" if file else f"{said} Is -o FILE meant?"


def is_output_first(words: tuple[str, ...]) -> bool:
    """Whether a file comes before the image, as other programs have it."""
    return len(words) == 2 and _is_file_name(words[0])


def _is_file_name(text: str) -> bool:
    from sregistry.references import has_scheme

    return not has_scheme(text) and text.endswith((".sif", ".img", ".simg"))
