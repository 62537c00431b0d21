"""``sregistry push``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sregistry.cli.options import (
    compressions,
    debug_option,
    images_and_files,
    json_option,
    load_settings,
    make_context,
    platforms,
    read_login,
    registry_options,
)
from sregistry.cli.output import say, say_json

if TYPE_CHECKING:
    from sregistry.operations.attach import Attached
    from sregistry.operations.push import PushResult


@click.command("push")
@click.argument("words", metavar="[IMAGE] REF", nargs=-1, shell_complete=images_and_files)
@click.option(
    "--attach",
    "attached",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Attach FILE, such as a list of packages, to the image that is at REF; no IMAGE is pushed.",
)
@click.option("--type", "media_type", metavar="MEDIA", help="The media type of FILE, such as application/spdx+json.")
@click.option(
    "-a",
    "--annotation",
    "annotations",
    metavar="KEY=VALUE",
    multiple=True,
    help="Write this into the manifest; with an empty VALUE leave out what the image would give.",
)
@click.option(
    "--compression",
    metavar="gzip|zstd|none[:LEVEL]",
    shell_complete=compressions,
    help="Compression of the layer, with docker://; every program reads gzip.",
)
@click.option(
    "--platform",
    metavar="OS/ARCH[/VARIANT]",
    shell_complete=platforms,
    help="Push the image for this platform, where several are here by one name.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@registry_options
@json_option
@debug_option
def command(
    words: tuple[str, ...],
    attached: Path | None,
    media_type: str | None,
    annotations: tuple[str, ...],
    quiet: bool,
    username: str | None,
    password_stdin: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Push IMAGE, a SIF file or an image that is here, to the registry that REF names.

    \b
    sregistry push tool.sif oras://ghcr.io/team/tool:1    the file tool.sif, for Apptainer
    sregistry push tool:1 oras://ghcr.io/team/tool:1      what `sregistry get tool:1` finds
    sregistry push tool.sif docker://ghcr.io/team/tool:1  an image of one layer, for Docker and podman
    sregistry push --attach sbom.json --type application/spdx+json oras://ghcr.io/team/tool:1

    What the registry has is not sent. A push that was broken off goes on where it was, when it is begun again. The
    last line on standard output is the digest by which the image can be had.
    """  # noqa: D301 - click wants the character
    from sregistry.cli.progress import make_progress
    from sregistry.cli.survivor import run_in_child
    from sregistry.operations.attach import attach
    from sregistry.operations.push import push

    chosen = _pairs(annotations)
    _check(words, attached, media_type)
    settings, login = load_settings(**given), read_login(username, password_stdin)
    run_in_child()
    progress = make_progress(quiet=quiet)
    result: PushResult | Attached
    try:
        context = make_context(settings, login=login, progress=progress)
        if attached and media_type:
            result = attach(context, attached, words[0], media_type=media_type, annotations=chosen)
            progress.step(f"{attached.name} is attached to {result.reference}, {result.subject}")
        else:
            result = push(context, *words, annotations=chosen)
            progress.step(_done(result))
    finally:
        progress.close()
    if as_json:
        say_json(result.facts())
    else:
        say(str(result.digest))


def _check(words: tuple[str, ...], attached: Path | None, media_type: str | None) -> None:
    """Raise UsageError unless there are as many words as are needed."""
    if attached is None and media_type is None:
        if len(words) != 2:
            raise click.UsageError(f"A push has an image and a place, IMAGE REF; {len(words)} of them are given.")
        return
    if attached is None or media_type is None:
        raise click.UsageError("--attach FILE and --type MEDIA go together")
    if len(words) != 1:
        raise click.UsageError("With --attach there is one REF and no IMAGE: that of the image that is there.")
    from sregistry.oci.attachments import is_media_type

    if not is_media_type(media_type):
        raise click.UsageError(f"--type wants a media type, such as application/spdx+json; {media_type!r} is none")


def _pairs(annotations: tuple[str, ...]) -> dict[str, str]:
    """The annotations as a mapping; raises UsageError for one without a name, or of bytes that are no text."""
    found = {}
    for text in annotations:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--annotation wants KEY=VALUE; {text!r} is none")
        if text.encode("utf-8", "replace").decode() != text:
            raise click.UsageError(f"--annotation wants UTF-8; {text!r} is none")
        found[name] = value
    return found


def _done(result: PushResult) -> str:
    """What the push came to, in one line."""
    from sregistry.cli.progress import size_text

    if not result.sent:
        return f"{result.reference} is {result.digest}; the registry had all of it"
    return f"{result.reference} is {result.digest}; {size_text(result.sent)} sent in {result.seconds:.1f} s"
