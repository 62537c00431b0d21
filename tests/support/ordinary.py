"""An ordinary user of real Apptainer: another user than root, who has no entries in /etc/subuid.

`MACHINES` are what Apptainer finds there. With FUSE it mounts images by squashfuse; without squashfuse it unpacks each
image at each start. (A machine with setuid mounts by the kernel: what root does in other tests.)
"""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.apptainer import Apptainer
from tools.sid_tree import TREE

USER = 4242
MACHINES = ("squashfuse", "no squashfuse")
_FUSE = (10, 229)
_PROGRAMS = ("squashfuse", "squashfuse_ll", "fuse-overlayfs")


class OrdinaryUser(Apptainer):
    """Apptainer as user 4242, `ada`; use as a context manager."""

    machine = MACHINES[0]

    def __enter__(self) -> OrdinaryUser:
        super().__enter__()
        os.chown(self.home, USER, USER)
        self.home.chmod(0o755)
        self.temporary = self._folder("tmp")
        system = self._folder("system")
        tables = {"passwd": f"ada:x:{USER}:{USER}::{self.home}:/bin/sh\n", "group": f"ada:x:{USER}:\n"}
        mounts = []
        for name, line in tables.items():
            (system / name).write_text((TREE / "etc" / name).read_text() + line)
            mounts.append((system / name, f"/etc/{name}"))
        if self.machine == MACHINES[0]:
            os.mknod(system / "fuse", 0o666 | stat.S_IFCHR, os.makedev(*_FUSE))
            (system / "fuse").chmod(0o666)
            mounts.append((system / "fuse", "/dev/fuse"))
        else:
            (system / "nothing").touch(mode=0o644)
            mounts += [(system / "nothing", f"/usr/bin/{name}") for name in _PROGRAMS]
        for source, place in mounts:
            subprocess.run([*self._inside(), "mount", "--bind", str(source), place], check=True)
        return self

    def _folder(self, name: str) -> Path:
        folder = self.home / name
        folder.mkdir()
        os.chown(folder, USER, USER)
        return folder

    def launch(self, *arguments: str | Path, env: dict[str, str] | None = None) -> tuple[list[str], dict[str, str]]:
        """The same, as the user."""
        _, environment = super().launch(*arguments, env=env)
        who = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        argv = [*self._inside(), *who, "apptainer", *map(str, arguments)]
        return argv, {**environment, "TMPDIR": str(self.temporary), **(env or {})}

    def _inside(self) -> list[str]:
        place = f"/proc/{self.holder.pid}"
        return ["nsenter", f"--mount={place}/ns/mnt", f"--root={place}/root", f"--wd={place}/root"]

    @contextmanager
    def new(self, name: str) -> Iterator[Path]:
        """A path that is the user's to make; what is made there is removed."""
        path = self.home / name
        try:
            yield path
        finally:
            subprocess.run(["rm", "-rf", str(path)], check=True)


class WithoutSquashfuse(OrdinaryUser):
    """The same where Apptainer cannot mount an image."""

    machine = MACHINES[1]
