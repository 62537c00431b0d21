"""A command run by a user whom this machine does not know: no entry in passwd, no rights.

Tests run as root may lie where nobody else can read them. So the user keeps one thing of root's: to read everything.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.tools import lack

STRANGER = 48_111
_READS = "-all,+dac_read_search"


def run_as_stranger(
    *arguments: str | Path, environ: dict[str, str], folder: Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[str]:
    """Run `sregistry ARGUMENTS` in `folder` with just this environment; tests that use it are for root."""
    if not Path("/usr/bin/setpriv").exists():
        lack("the program setpriv", "it is part of util-linux")
    become = ["/usr/bin/setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
    rights = [f"--inh-caps={_READS}", f"--ambient-caps={_READS}", f"--bounding-set={_READS}"]
    done = subprocess.run(
        [*become, *rights, sys.executable, "-m", "sregistry", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={"PATH": os.environ["PATH"], **environ},
        cwd=folder,
        timeout=120,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )
