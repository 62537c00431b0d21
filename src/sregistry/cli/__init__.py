"""The command line: thin commands over `sregistry.operations`, one file per verb.

Importing this package imports no verb; a verb's module is loaded when it is called, so that
``sregistry get NAME`` does not pay for what ``pull`` needs.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the ``sregistry`` command; exits with the code of the outcome."""
    from sregistry.cli.isolation import isolate

    isolate()
    from sregistry.cli.output import WRITE_FAILED, end_output, open_streams

    open_streams()
    if sys.argv[1:] in (["--help"], ["-h"]):
        from sregistry.cli.verbs import help_text

        sys.exit(0 if end_output(help_text()) else WRITE_FAILED)
    from sregistry.cli.last_words import last_words

    try:
        from sregistry.cli.group import cli
        from sregistry.cli.outcome import run
    except Exception as error:  # noqa: BLE001 - without memory anything may fail in any way
        sys.exit(last_words(error))
    run(cli)
