"""Make this machine ready: `python3 -m tools.setup [venv|demo|docs|test]`.

`venv` is what the checks need, `test` that and the real programs; `docs` takes what makes the site; `demo` a registry
and, as root, Apptainer to run the image with.
Everything is kept between runs: the virtual environment in `.venv`, the rest in `.cache` (or `SREGISTRY_DEV_CACHE`).
"""

from __future__ import annotations

import shutil
import sys

from tools import apt, sid_tree, virtual_environment
from tools.machine import IS_ROOT, SetupError, say

DEMO_PACKAGES = ("busybox-static", "docker-registry")
TEST_PACKAGES = (
    *DEMO_PACKAGES, "attr", "buildah", "debootstrap", "git", "libcap2-bin", "mmdebstrap", "openssl", "postgresql",
    "skopeo", "squashfs-tools", "squashfs-tools-ng", "squashfuse", "strace", "tmux", "uidmap", "umoci", "zstd",
)  # fmt: skip
NEEDS_ROOT = ("Apptainer (a Debian sid tree by debootstrap)", "kernel mounts, device nodes, changing owners")


def main(goal: str) -> int:
    """Do the set-up for a goal; say on standard error what is done and what can't be."""
    try:
        virtual_environment.ensure(*((goal,) if goal in ("demo", "docs") else ("demo", "docs", "dev")))
        if goal in ("demo", "test"):
            install(DEMO_PACKAGES if goal == "demo" else TEST_PACKAGES)
        if goal == "demo" and IS_ROOT and not shutil.which("apptainer"):
            fetch_apptainer()
        if goal == "test" and not sid_tree.ensure():
            for what in NEEDS_ROOT:
                say(f"not without root: {what}; tests that need it are skipped and say so")
    except SetupError as error:
        print(f"set-up failed: {error}", file=sys.stderr)
        return 1
    return 0


def fetch_apptainer() -> None:
    """Get Apptainer as the tests do; without it the demonstration ends with the command that would run the image."""
    install(("debootstrap",))
    try:
        sid_tree.ensure()
    except SetupError as error:
        say(f"Apptainer could not be had, so the image is not run: {error}")


def install(packages: tuple[str, ...]) -> None:
    """Get the Debian packages and say which could not be had."""
    if not apt.available():
        say(f"this is not Debian: wanted on PATH are the programs of {', '.join(packages)}")
        return
    if lacking := apt.ensure(packages):
        how = "apt-get refused them" if IS_ROOT else f"root can: apt-get install {' '.join(lacking)}"
        say(f"could not get {', '.join(lacking)} ({how})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "venv"))
