"""Run real Apptainer out of the Debian sid tree.

Apptainer wants a root that is a mount of its own. One process is kept in a mount namespace whose root is the sid tree
(with this machine's /proc, /dev, /sys and the folders of the tests); each command enters it by nsenter. In a chroot
the namespace is entered anew, which leads to its own root: a root below a mount can neither be made private nor left.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import tools
from tools.sid_tree import TREE

CAP_SYS_RESOURCE = 24

ENTER = """
exec 3</
exec nsenter --mount=/proc/self/ns/mnt sh -c "$0" sh "$@"
"""

PREPARE = """
set -e
root=$(readlink /proc/self/fd/3); root=${root%/}
exec 3<&-
tree=$root$1; shift
mount --make-rprivate /
mount --bind "$tree" "$tree"
mount --rbind "$root/proc" "$tree/proc"
mount --rbind "$root/dev" "$tree/dev"
mount --rbind "$root/sys" "$tree/sys"
for folder in "$@"; do mkdir -p "$tree$folder"; mount --rbind "$root$folder" "$tree$folder"; done
cd "$tree"
mkdir -p .old-root
pivot_root . .old-root
cd /
umount -l /.old-root
echo ready
exec sleep infinity
"""


class NoNamespace(Exception):  # noqa: N818 - what it is, not that it is an error, is the point
    """Why no namespace for Apptainer can be made here, as the programs said it."""


@dataclass
class Apptainer:
    """Apptainer in its namespace; use as a context manager."""

    shared: tuple[Path, ...] = field(default_factory=lambda: (Path(tempfile.gettempdir()).resolve(),))

    def __enter__(self) -> Apptainer:
        folders = [str(folder) for folder in self.shared]
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "unchanged", "sh", "-c", ENTER, PREPARE, str(TREE), *folders],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self.holder.stdout is not None
        said = self.holder.stdout.readline()
        if said != b"ready\n":
            said += self.holder.communicate()[0]
            raise NoNamespace(said.decode(errors="replace").strip())
        self.home = Path(tempfile.mkdtemp(prefix="apptainer-home-", dir=self.shared[0]))
        return self

    def __exit__(self, *exc: object) -> None:
        self.holder.kill()
        self.holder.communicate()
        subprocess.run(["rm", "-rf", str(self.home)], check=True)

    def command(
        self, *arguments: str | Path, env: dict[str, str] | None = None, check: bool = False, timeout: float = 120
    ) -> subprocess.CompletedProcess[bytes]:
        """Run `apptainer ARGUMENTS` with an environment of its own plus `env`."""
        argv, environment = self.launch(*arguments, env=env)
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=timeout)
        if check and done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise AssertionError(f"apptainer {arguments}\nended with {done.returncode}:\n{said}")
        return done

    def launch(self, *arguments: str | Path, env: dict[str, str] | None = None) -> tuple[list[str], dict[str, str]]:
        """The command that enters the namespace and starts Apptainer there, and its environment."""
        place = f"/proc/{self.holder.pid}"
        enter = ["nsenter", f"--mount={place}/ns/mnt", f"--root={place}/root", f"--wd={place}/root"]
        base = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.home),
            "APPTAINER_CACHEDIR": str(self.home / "cache"),
            "TMPDIR": str(self.shared[0]),
            "LANG": "C.UTF-8",
        }
        return [*enter, "apptainer", *map(str, arguments)], {**base, **(env or {})}

    def run(
        self, sif: Path, *arguments: str, env: dict[str, str] | None = None, options: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        """`apptainer run`: what the image itself starts."""
        return self.command("--silent", "run", *launch_options(), *options, sif, *arguments, env=env)

    def exec(
        self, sif: Path, *arguments: str, env: dict[str, str] | None = None, options: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        """`apptainer exec`: a command of our choice in the image."""
        return self.command("--silent", "exec", *launch_options(), *options, sif, *arguments, env=env)

    def inspect(self, sif: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
        """`apptainer inspect`: what the image says about itself."""
        return self.command("inspect", *options, sif)


def launch_options() -> tuple[str, ...]:
    """`-u` (a user namespace) where root lacks the capability that Apptainer needs as root."""
    return () if has_capability(CAP_SYS_RESOURCE) else ("-u",)


def has_capability(number: int) -> bool:
    """Whether this process has a capability in effect."""
    lines = Path("/proc/self/status").read_text().splitlines()
    effective = next(line.split()[1] for line in lines if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> number & 1)


def is_there() -> bool:
    """Whether Apptainer can be run here."""
    return tools.IS_ROOT and (TREE / "usr/bin/apptainer").exists()


def require() -> None:
    """End the test unless Apptainer can be run here."""
    tools.require_root()
    if not is_there():
        tools.lack("Apptainer", f"none in {TREE}; `make setup` as root makes the tree")
