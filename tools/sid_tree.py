"""A small Debian sid tree beside the system, for programs that the stable release lacks or has too old.

Apptainer is in sid only; crane, oras, umoci and squashfs-tools there are current. The tree is made once by debootstrap
and kept in the cache folder; `tests/support` finds and runs the programs in it.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from tools import apt
from tools.machine import CACHE, IS_ROOT, only_one, run, say

TREE = CACHE / "sid"
PACKAGES = (
    "apptainer", "ca-certificates", "crane", "fuse-overlayfs", "oras", "skopeo", "squashfs-tools",
    "squashfs-tools-ng", "squashfuse", "uidmap", "umoci",
)  # fmt: skip
STAMP = Path(".made-from")


def ensure() -> bool:
    """Make the tree unless it is there; return whether it is there now (it takes root to make)."""
    wanted = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()
    with only_one("sid"):
        if (TREE / STAMP).is_file() and (TREE / STAMP).read_text() == wanted:
            return True
        if not IS_ROOT or not apt.available():
            return False
        partial = TREE.with_name("sid.partial")
        shutil.rmtree(partial, ignore_errors=True)
        bootstrap(partial)
        (partial / STAMP).write_text(wanted)
        shutil.rmtree(TREE, ignore_errors=True)
        partial.rename(TREE)
    return True


def bootstrap(tree: Path) -> None:
    """Fill an empty tree (about a minute)."""
    say(f"making a Debian sid tree with Apptainer in {TREE} (about a minute, once)")
    included = ",".join(PACKAGES)
    run(["debootstrap", "--variant=minbase", f"--include={included}", "sid", str(tree), apt.debian_mirror()])
    shutil.rmtree(tree / "var/cache/apt/archives", ignore_errors=True)
    (tree / "etc/hosts").write_text("127.0.0.1 localhost\n")  # Apptainer binds it into every container
