"""What a SIF has beside the files of its image; nothing else may be added."""

from __future__ import annotations

from tests.support.trees import Tree

DIRECTORIES = {b"dev", b"proc", b"sys", b"root", b"home", b"etc", b"tmp", b"var", b"var/tmp"}
FILES = {b"etc/hosts", b"etc/resolv.conf", b"etc/passwd", b"etc/group"}
LINKS = {b"singularity", b"environment", b".run", b".exec", b".test", b".shell"}
METADATA = b".singularity.d"


def without_additions(actual: Tree, expected: Tree) -> Tree:
    """The tree of a SIF less what was added to that of its image."""
    return {path: entry for path, entry in actual.items() if path in expected or not is_addition(path)}


def is_addition(path: bytes) -> bool:
    """Whether a SIF may have this path although its image has not."""
    return path in DIRECTORIES | FILES | LINKS | {METADATA} or path.startswith(METADATA + b"/")
