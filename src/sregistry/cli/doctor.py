"""``sregistry doctor``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sregistry.cli.options import (
    OutputFile,
    debug_option,
    json_option,
    load_settings,
    make_context,
    platforms,
    read_login,
    registry_options,
)
from sregistry.cli.output import say_json

if TYPE_CHECKING:
    from sregistry.doctor.examination import Doctor


@click.command("doctor")
@click.argument("reference", metavar="REF")
@click.option(
    "--platform", metavar="OS/ARCH[/VARIANT]", shell_complete=platforms, help="Examine the image for this platform."
)
@click.option("-o", "--output", metavar="FILE", type=OutputFile(), help="The file that a pull would write.")
@click.option("--report", type=OutputFile(), help="Write all of it here, as Markdown.")
@registry_options
@json_option
@debug_option
def command(
    reference: str,
    output: Path | None,
    report: Path | None,
    username: str | None,
    password_stdin: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Walk the whole way of a pull of REF, step by step and without pulling; explain the first failure.

    The exit code is 0 if a pull should work, else that of the cause. A report has no secrets in it, and is what
    one attaches when asking others for help.
    """
    from sregistry.cli.progress import make_progress
    from sregistry.cli.repeated import words
    from sregistry.operations.doctor import make_doctor

    settings = load_settings(**given)
    login, progress = read_login(username, password_stdin), make_progress(quiet=as_json)
    context = make_context(settings, login=login, progress=progress)
    doctor = make_doctor(context, reference, output=output, repeated=words(click.get_current_context()))
    _walk(doctor, quiet=as_json)
    if report is not None:
        _write(report, doctor.report(sys.argv[1:]).encode())
    if as_json:
        say_json(_as_dict(reference, doctor))
    elif doctor.diagnosis:
        from sregistry.diagnosis.render import render_terminal

        click.echo("\n" + render_terminal(doctor.diagnosis, stream=sys.stdout, environ=os.environ), nl=False)
    return doctor.diagnosis.exit_code if doctor.diagnosis else 0


def _write(report: Path, text: bytes) -> None:
    """Write the report in one step; into a device or a pipe, such as ``/dev/stdout``, as it is. Raises OSError."""
    from sregistry.store.files import write_file

    if report.exists() and not report.is_file():
        report.write_bytes(text)
    else:
        write_file(Path(os.path.realpath(report)), text)


def _walk(doctor: Doctor, *, quiet: bool) -> None:
    """Take every step; show each as it comes unless `quiet`."""
    from sregistry.diagnosis.render import fitting
    from sregistry.doctor.render import render

    for line in render(doctor.walk(), **fitting(sys.stdout, os.environ)):
        if not quiet:
            click.echo(line)
            sys.stdout.flush()


def _as_dict(reference: str, doctor: Doctor) -> dict[str, Any]:
    diagnosis = doctor.diagnosis
    from sregistry.diagnosis.redaction import redact

    return {
        "reference": redact(reference),
        "healthy": diagnosis is None,
        "steps": [result.as_dict() for result in doctor.results],
        "diagnosis": diagnosis.as_dict() if diagnosis else None,
    }
