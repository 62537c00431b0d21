"""Opens the prompt: IPython, else bpython, else Python's own; a script where standard input is no terminal."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from typing import Any

from sregistry.shell.client import ShellClient
from sregistry.version import __version__

Namespace = dict[str, Any]


def start(client: ShellClient) -> int:
    """Run the prompt until the person leaves it; return the exit code: 1 if a statement of a script failed."""
    namespace: Namespace = {"__name__": "__main__", "client": client, "names": client.names}
    with client:
        if not sys.stdin.isatty():
            from sregistry.shell.script import run_script

            return 0 if run_script(sys.stdin, namespace) else 1
        SHELLS[choose(client.settings.shell)](namespace, banner(client))
        return 0


def banner(client: ShellClient) -> str:
    """What stands above the first prompt."""
    python = sys.version.split()[0]
    return f"sregistry {__version__}, Python {python}. `client` is {client!r}; `help(client)` says what it can do."


def choose(wanted: str | None) -> str:
    """The shell to use: the one wanted if it is installed, else the first that is; says so if it is another."""
    installed = [name for name, module in MODULES.items() if importlib.util.find_spec(module)]
    if wanted in (None, *installed):
        return wanted or installed[0]
    sys.stderr.write(f"{wanted} is not installed here; this is {installed[0]}\n")
    return installed[0]


def _ipython(namespace: Namespace, text: str) -> None:
    from IPython.terminal.ipapp import TerminalIPythonApp
    from traitlets.config import Config

    from sregistry.errors import SregistryError
    from sregistry.shell.failures import show_failure

    config = Config()
    config.TerminalInteractiveShell.banner1 = text + "\n"
    app: Any = TerminalIPythonApp.instance(config=config, user_ns=namespace)
    app.initialize(argv=[])
    app.shell.set_custom_exc(
        (SregistryError,), lambda _shell, _kind, error, _trace, tb_offset=None: show_failure(error)
    )
    app.start()


def _bpython(namespace: Namespace, text: str) -> None:
    import bpython
    from bpython.curtsiesfrontend.interpreter import Interp

    from sregistry.errors import SregistryError
    from sregistry.shell.failures import show_failure

    show_traceback = Interp.showtraceback

    def explain_or_show(interpreter: Interp) -> None:
        error = sys.exception()
        if isinstance(error, SregistryError):
            show_failure(error)
        else:
            show_traceback(interpreter)

    # bpython makes its interpreter itself and has no other place for this.
    Interp.showtraceback = explain_or_show
    bpython.embed(namespace, banner=text)


def _python(namespace: Namespace, text: str) -> None:
    from sregistry.shell.console import Console

    Console(namespace).interact(text, exitmsg="")


MODULES = {"ipython": "IPython", "bpython": "bpython", "python": "code"}
SHELLS: dict[str, Callable[[Namespace, str], None]] = {"ipython": _ipython, "bpython": _bpython, "python": _python}
