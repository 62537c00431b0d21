"""Options that several commands share, under the names of their settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

if TYPE_CHECKING:
    from sregistry.operations.context import Context
    from sregistry.operations.progress import Progress
    from sregistry.settings import Settings

Command = Callable[..., Any]

#: Names that are looked through for a completion: more than anybody reads, and no wait.
_COMPLETIONS = 1000

#: Keys and tokens of many lines are smaller by far.
_LONGEST_PASSWORD = 1 << 20
#: Command -> the settings that name the folders it uses, where those are not only that of the images.
_PLACES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("pull", "push", "config", "doctor"), ("database", "cache_dir")),
    **dict.fromkeys(("list", "clean", "prune"), ("cache_dir",)),
    "search": (),
    "copy": ("cache_dir",),
}

#: One switch, one meaning, on every command that talks to a registry.
_REGISTRY: tuple[Callable[[Command], Command], ...] = (
    click.option("--plain-http/--no-plain-http", default=None, help="Speak http to the registry instead of https."),
    click.option("--tls-verify/--no-tls-verify", default=None, help="Check the registry's certificate (the default)."),
    click.option("--cacert", type=click.Path(path_type=Path), help="Trust the CA certificates in this file, too."),
    click.option("--offline/--no-offline", default=None, help="Ask no registry: what is here has to do."),
    click.option("--authfile", type=click.Path(path_type=Path), help="Read credentials from this file first."),
    click.option(
        "-u", "--username", metavar="USER", help="User name; the password comes from --password-stdin or is asked for."
    ),
    click.option("--password-stdin", is_flag=True, help="Read the password from standard input."),
)


class OutputFile(click.Path):
    """A file to write. A leading ``~/`` is the home folder: shells leave it as it is in ``--output=~/tool.sif``."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; fails for a folder, and for what can only be one."""
        text = os.fspath(value)
        if not text:
            self.fail("the name of the file is empty; is a variable not set?", param, ctx)
        if text.endswith(("/", "/.", "/..")) or Path(text).is_dir():
            self.fail(f"{text} is a folder; name the file in it, such as {os.path.join(text, 'image.sif')}", param, ctx)  # noqa: PTH118
        return super().convert(os.path.expanduser(text) if text.startswith("~/") else text, param, ctx)  # noqa: PTH111


def registry_options(command: Command) -> Command:
    """Add the options that decide how a registry is spoken to."""
    for option in reversed(_REGISTRY):
        command = option(command)
    return command


def debug_option(command: Command) -> Command:
    """Add ``--debug``."""
    return click.option(
        "-v", "--debug", is_flag=True, default=None, help="Print each exchange with the registry, without secrets."
    )(command)


def json_option(command: Command) -> Command:
    """Add ``--json`` as the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")(command)


def load_settings(**given: Any) -> Settings:
    """Settings from the environment, the configuration file and these options of the command line.

    Where this user has no home folder to write to, stderr tells what takes its place.
    """
    from sregistry.settings.load import load, near_misses
    from sregistry.settings.places import with_usable_places

    for strange, meant in near_misses(os.environ).items():
        click.echo(f"warning: {strange} is no setting; is {meant} meant?", err=True)
    context = click.get_current_context(silent=True)
    told = _PLACES.get(context.info_name or "", ("database",)) if context else ()
    if context and context.params.get("output"):
        told = ("cache_dir",)
    settings, note = with_usable_places(load(os.environ, command_line=given), os.environ, told)
    if note:
        click.echo(f"note: {note}", err=True)
    return settings


def make_context(
    settings: Settings, *, login: tuple[str, str] | None = None, progress: Progress | None = None
) -> Context:
    """What an operation of this command is given; `login` and `progress` as for `Context`."""
    from sregistry.cli.exchanges import exchange_printer
    from sregistry.operations.context import Context
    from sregistry.operations.progress import Silent

    printer = exchange_printer(settings)
    return Context(settings, os.environ, login, progress or Silent(), on_exchange=printer, collect=False)


def read_login(username: str | None, password_stdin: bool) -> tuple[str, str] | None:
    """The user name and password of the command line; None if there is no ``--username``."""
    if not username:
        if password_stdin:
            raise click.UsageError("--password-stdin goes with --username")
        return None
    if password_stdin:
        return username, _password(sys.stdin.buffer)
    if not _can_hide():
        raise click.UsageError("there is no terminal to ask for the password on; --password-stdin reads it")
    return username, ask("Password", hide=True)


def _password(stream: BinaryIO) -> str:
    """All of `stream`, less one final line feed and then one carriage return, as Docker has it; bytes by PEP 383."""
    data = stream.read(_LONGEST_PASSWORD + 1)
    if len(data) > _LONGEST_PASSWORD:
        raise click.UsageError(f"what comes on standard input has more than {_LONGEST_PASSWORD >> 10} KiB: no password")
    return data.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "surrogateescape")


def ask(question: str, *, hide: bool = False) -> str:
    """What a person types at the terminal."""
    try:
        answer: str = click.prompt(question, hide_input=hide, err=True)
    except UnicodeDecodeError:
        encoding = sys.stdin.encoding
        raise click.UsageError(
            f"what was typed is no text in the encoding of this terminal ({encoding}); --password-stdin takes any bytes"
        ) from None
    return answer


def can_ask() -> bool:
    """Whether a person sits at the terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _can_hide() -> bool:
    """Whether a password can be typed without being shown: on the terminal of this session, whatever stdin is."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return sys.stdin.isatty()
    return True


def confirmed(question: str) -> bool:
    """Ask on a terminal whether to go on; where nobody can be asked the answer is yes."""
    return not can_ask() or click.confirm(question, err=True)


def setting_names(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Names of settings, for completion in a shell."""
    from sregistry.settings import rows

    return [name for name in rows() if name.startswith(begun)]


def codes(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Codes of failures, for completion in a shell."""
    from sregistry.codes import every

    return [code.name for code in every() if code.name.startswith(begun)]


def compressions(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Values of ``--compression``, for completion in a shell: levels once a codec is typed."""
    from sregistry.codecs import CODECS, WRITTEN

    levels = [f"{name}:{level}" for name in WRITTEN for level in CODECS[name].levels if ":" in begun]
    return [value for value in (*WRITTEN, *levels) if value.startswith(begun)]


def platforms(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Frequent values of ``--platform``, for completion in a shell."""
    frequent = ("amd64", "arm64", "arm/v7", "386", "ppc64le", "riscv64", "s390x")
    return [value for name in frequent if (value := f"linux/{name}").startswith(begun)]


def image_names(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Names in the local registry that begin with what is typed, for completion in a shell; none if that fails."""
    from sregistry.errors import SregistryError
    from sregistry.operations.local import open_store
    from sregistry.settings.load import load

    try:
        found = open_store(load(os.environ)).reads.matching(begun, {}, "name", _COMPLETIONS)
    except SregistryError:
        return []
    return list(dict.fromkeys(name for row in found if (name := str(row.name)).startswith(begun)))


def images_and_files(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[Any]:
    """As `image_names`, for completion in a shell; files where no image is called so."""
    from click.shell_completion import CompletionItem

    return [*image_names(ctx, parameter, begun)] or [CompletionItem(begun, type="file")]
