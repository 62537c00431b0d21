"""The one place where an outcome becomes an exit code and a failure becomes words.

No error reaches a person as a traceback: ours are explained, interrupts are named, anything else is a
bug of this program, told in three lines with a report file.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn, TextIO

import click

from sregistry.cli.last_words import last_words
from sregistry.cli.output import WRITE_FAILED, end_output, say_json
from sregistry.cli.verbs import verb_first
from sregistry.errors import SregistryError
from sregistry.resources.memory import be_frugal
from sregistry.store.waiting import listening

#: When this program began, as nearly as it matters.
_STARTED = time.monotonic()
#: The exit code where nobody read the output to its end, as shells have it.
_UNREAD = 128 + signal.SIGPIPE
#: The code of what nobody expected.
BUG = "bug"


class Terminated(BaseException):
    """SIGTERM or SIGHUP arrived; unwinds like KeyboardInterrupt so that everything is cleaned up."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def run(command: click.Command) -> NoReturn:
    """Run `command` on the process's arguments and exit with its code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    be_frugal()
    code = _run(command, verb_first(sys.argv[1:]))
    # Whoever is impatient while the rest is cleaned up has been heard already.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not end_output() and not code:
        _say("sregistry: the standard output could not be written: no space left, or a fault of the disk\n")
        code = WRITE_FAILED
    sys.exit(code)


def _terminate(number: int, _: FrameType | None) -> None:
    raise Terminated(number)


#: What is left for the next try, by verb.
_KEPT = {
    **dict.fromkeys(("pull", "get"), "; layers that were finished are kept for the next try"),
    **dict.fromkeys(("push", "copy"), " here; the same command goes on with what the other side has kept"),
}


def _run(command: click.Command, arguments: list[str]) -> int:
    output = sys.stdout
    try:
        # With `color` click writes what it is given; it would leave out escape sequences, also those of a path.
        with listening(_waiting):
            result = command.main(arguments, prog_name="sregistry", standalone_mode=False, color=True)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        return _usage(error)
    except (KeyboardInterrupt, click.Abort) as error:
        return _stopped(error, arguments)
    except Terminated as error:
        return _terminated(error.number, command, arguments)
    except BrokenPipeError:
        return _UNREAD
    except SystemExit as error:  # click ends so when nobody reads, and puts other streams in place
        return _UNREAD if sys.stdout is not output else int(error.code or 0)
    except Exception as error:  # noqa: BLE001 - the border to the person: everything is explained here
        return fail(error, command, arguments)
    return result if isinstance(result, int) else 0


def _waiting(reason: str, seconds: float) -> None:
    """What a command without progress waits for."""
    from sregistry.cli.progress import say_waiting

    say_waiting(reason, seconds)


def _usage(error: click.ClickException) -> int:
    if isinstance(error, click.NoSuchOption):
        from sregistry.cli.habits import unknown_option

        error = unknown_option(error)
    error.show()
    return error.exit_code


def _stopped(error: BaseException, arguments: list[str]) -> int:
    """The user pressed Ctrl-C, or a question could not be put to anybody."""
    unanswered = isinstance(error, click.Abort) and not isinstance(error.__cause__, KeyboardInterrupt)
    why = "a question was not answered" if unanswered else "stopped"
    _say(f"sregistry: {why}; nothing half-done was left{_KEPT.get(arguments[0], '') if arguments else ''}\n")
    return 128 + signal.SIGINT


def _terminated(number: int, command: click.Command, arguments: list[str]) -> int:
    """Another program wanted an end, and whoever reads its log wants to know that."""
    elapsed = time.monotonic() - _STARTED
    stage = f"running sregistry {arguments[0]}" if arguments else None
    name = signal.Signals(number).name
    error = SregistryError("interrupted", f"ended by {name}", signal=name, elapsed=elapsed, stage=stage)
    fail(error, command, arguments)
    return 128 + number


def fail(error: Exception, command: click.Command, arguments: list[str]) -> int:
    """Explain `error` on stderr (on stdout as JSON if ``--json`` was asked for); return the exit code."""
    try:
        return _explained(error, command, arguments)
    except Exception as second:  # noqa: BLE001 - there is too little left for an explanation
        return last_words(second)


def _explained(error: Exception, command: click.Command, arguments: list[str]) -> int:
    from sregistry.cli.repeated import repeated_options, wants_json
    from sregistry.diagnosis import explain, write_bug_report
    from sregistry.diagnosis.render import render_terminal

    if isinstance(error, SregistryError):
        error.with_facts(options=repeated_options(command, arguments))
    diagnosis = explain(error, called=False)
    if diagnosis.code == BUG:
        diagnosis = write_bug_report(error, arguments, os.environ)
    if wants_json(command, arguments):
        with contextlib.suppress(OSError):
            say_json(diagnosis.as_dict())
    _say(render_terminal(diagnosis, stream=sys.stderr, environ=os.environ))
    return diagnosis.exit_code


def _say(text: str, stream: TextIO | None = None) -> None:
    """Write to stderr; where that cannot be done either, the exit code has to do."""
    try:
        click.echo(text, file=stream or sys.stderr, nl=False)
    except OSError:
        return
