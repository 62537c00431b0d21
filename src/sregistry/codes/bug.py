"""What is nobody's fault but ours or the calling program's, and what the user wanted."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "calling-program",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "pull() got an unexpected keyword argument 'outptu'",
            {"exception": "TypeError", "file": "/home/ada/program.py", "line": 7},
        ),
        page=Page(
            meaning=(
                "`explain` was asked about an exception that does not come from sregistry: a wrong call (a "
                "misspelt argument), or one\n"
                "that a function of the program raised which the library was given to call, such as a method of a "
                "`Progress`."
            ),
            known="The exception's traceback: no code of sregistry raised it.",
            todo="Correct the program at the place that is shown.",
        ),
    ),
    Code(
        "bug",
        Kind.BUG,
        Who.SREGISTRY,
        sample=Sample(
            "list index out of range",
            {**SITE, "exception": "IndexError", "report": "sregistry-report-20261124T093000-4711.md"},
        ),
        page=Page(
            meaning="A fault in sregistry itself.",
            known="An exception came that no rule knows.",
            todo=(
                "Please report it with the file that is named; it holds versions and the place of the fault, and "
                "no secrets."
            ),
        ),
    ),
    Code(
        "interrupted",
        Kind.INTERRUPTED,
        Who.NOBODY,
        sample=Sample(
            "stopped by a signal",
            {**SITE, "signal": "SIGTERM", "elapsed": 1200.0, "stage": "layer 3 of 11 was downloaded"},
        ),
        page=Page(
            meaning="The command was stopped: by Ctrl-C, or by a signal of the system.",
            known="The signal arrived.",
            todo="Nothing half-done is left. The same command goes on with what is finished.",
        ),
    ),
)
