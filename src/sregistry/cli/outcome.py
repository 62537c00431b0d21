"""The one place where an outcome becomes an exit code and a failure becomes words.

No error reaches a person as a traceback: ours are explained, interrupts are named, anything else is a
bug of this program, told in three lines with a report file.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from sregistry.cli.output import end_output
from sregistry.errors import SregistryError


class Terminated(BaseException):
    """SIGTERM or SIGHUP arrived; unwinds like KeyboardInterrupt so that everything is cleaned up."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def run(command: click.Command) -> NoReturn:
    """Run `command` on the process's arguments and exit with its code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    code = _run(command, sys.argv[1:])
    end_output()
    sys.exit(code)


def _terminate(number: int, _: FrameType | None) -> None:
    raise Terminated(number)


def _run(command: click.Command, arguments: list[str]) -> int:
    try:
        result = command.main(arguments, prog_name="sregistry", standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        return _usage(error)
    except (KeyboardInterrupt, click.Abort, Terminated) as error:
        number = error.number if isinstance(error, Terminated) else signal.SIGINT
        click.echo(f"sregistry: stopped by {signal.Signals(number).name}; nothing half-done was left", err=True)
        return 128 + number
    except BrokenPipeError:
        return 128 + signal.SIGPIPE
    except Exception as error:  # noqa: BLE001 - the border to the person: everything is explained here
        return fail(error, command, arguments)
    return result if isinstance(result, int) else 0


def _usage(error: click.ClickException) -> int:
    error.show()
    return error.exit_code


def fail(error: Exception, command: click.Command, arguments: list[str]) -> int:
    """Explain `error` on stderr (on stdout as JSON if ``--json`` was asked for); return the exit code."""
    from sregistry.cli.repeated import repeated_options
    from sregistry.diagnosis import explain, write_bug_report
    from sregistry.diagnosis.render import render_json, render_terminal

    if isinstance(error, SregistryError):
        error.with_facts(options=repeated_options(command, arguments))
    diagnosis = explain(error)
    if not isinstance(error, SregistryError | OSError):
        diagnosis = write_bug_report(error, arguments, os.environ)
    if "--json" in arguments:
        click.echo(render_json(diagnosis), nl=False)
    click.echo(render_terminal(diagnosis, stream=sys.stderr, environ=os.environ), err=True, nl=False)
    return diagnosis.exit_code
