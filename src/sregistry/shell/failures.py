"""Failures at the prompt: ours are explained as on the command line, all others have their traceback."""

from __future__ import annotations

import os
import sys
import traceback

from sregistry.errors import SregistryError


def show_failure(error: BaseException) -> None:
    """Show `error` on standard error."""
    if isinstance(error, SregistryError):
        from sregistry.diagnosis import explain
        from sregistry.diagnosis.render import render_terminal

        sys.stderr.write(render_terminal(explain(error), stream=sys.stderr, environ=os.environ))
    elif isinstance(error, SyntaxError):
        sys.stderr.writelines(traceback.format_exception_only(error))
    else:
        # The first frame is that of the prompt itself.
        frames = error.__traceback__.tb_next if error.__traceback__ else None
        sys.stderr.writelines(traceback.format_exception(type(error), error, frames))
    sys.stderr.flush()
