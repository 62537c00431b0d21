"""What an installed command imports is what was installed with it: no PYTHONPATH, no packages of the user's own.

A module system's PYTHONPATH is meant for other programs, and its urllib3 is another one than ours. Python looks at
such places before the first line of ours is run, so a command that finds itself under their influence starts once
more without them (``python -I``). Everybody else pays for a look at the environment. Imports nothing.
"""

from __future__ import annotations

import os
import sys

#: Variables by which Python looks for modules elsewhere, or treats ours in another way.
_VARIABLES = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONPLATLIBDIR",
    "PYTHONCASEOK",
    "PYTHONOPTIMIZE",
    "PYTHONWARNINGS",
    "PYTHONDEVMODE",
    "PYTHONINSPECT",
)
_NAME = "sregistry"


def isolate() -> None:
    """Go on only with the modules that belong to this command; starts the program once more where that needs it.

    Nothing happens where another program has called us, or where this package itself is found by PYTHONPATH.
    """
    if sys.flags.isolated or not _is_own_process():
        return
    root = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))  # noqa: PTH118, PTH120
    _forget_script_folder(root)
    options = _options(root)
    if options and sys.executable:
        try:
            os.execv(sys.executable, [sys.executable, *options, *sys.orig_argv[1:]])  # noqa: S606 - this very program
        except OSError:
            return  # rather with what there is than not at all


def _is_own_process() -> bool:
    """Whether this process was started to run this command, by its script or by ``python -m``."""
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return bool(spec.name == f"{_NAME}.__main__")
    return os.path.basename(getattr(main, "__file__", None) or "") == _NAME  # noqa: PTH119


def _forget_script_folder(root: str) -> None:
    """Take out what Python puts in front: the folder of the script, or with ``-m`` the current one."""
    if not sys.flags.safe_path and sys.path and os.path.realpath(sys.path[0]) != root:
        script = os.path.dirname(os.path.realpath(sys.argv[0]))  # noqa: PTH120
        if os.path.realpath(sys.path[0]) in (script, _current_folder()):
            del sys.path[0]


def _current_folder() -> str:
    try:
        return os.path.realpath(os.getcwd())  # noqa: PTH109
    except OSError:
        return ""


def _options(root: str) -> list[str]:
    """Options for Python that take the influence away; none if there is none, or if this package lives by it."""
    site = sys.modules.get("site")
    user_site = site.getusersitepackages() if site and site.ENABLE_USER_SITE else ""
    by_user_site = user_site in sys.path
    by_variables = not sys.flags.ignore_environment and any(os.environ.get(name) for name in _VARIABLES)
    if site is None or not (by_user_site or by_variables):
        return []
    installed = root in map(os.path.realpath, site.getsitepackages())
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if not installed and root in map(os.path.realpath, filter(None, named)):
        return []
    if not installed and by_user_site and sys.prefix == sys.base_prefix:
        # Installed by and for this user (`pip install --user`), with the rest of what it needs.
        return ["-E", "-P", *_kept()] if by_variables else []
    return ["-I", *_kept()]


def _kept() -> list[str]:
    """What variables may say all the same: it changes no import."""
    kept = ["-B"] if sys.flags.dont_write_bytecode else []
    kept += ["-u"] if os.environ.get("PYTHONUNBUFFERED") else []
    return kept + (["-X", "utf8"] if os.environ.get("PYTHONUTF8") == "1" else [])
