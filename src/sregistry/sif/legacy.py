"""Image files from before SIF: Singularity 2 wrote a bare file system, after a launch line or without one."""

from __future__ import annotations

#: Enough of a file to tell what it is.
HEAD = 2048

_LAUNCH_END = b" run-singularity\n"
_LONGEST_LAUNCH = 64
_SQUASHFS = b"hsqs"
_EXT_MAGIC = b"\x53\xef"
_EXT_MAGIC_AT = 1024 + 56


def legacy_format(head: bytes) -> str | None:
    """Say in words what older format the first HEAD bytes of a file are; None for anything else."""
    start = 0
    if head.startswith(b"#!"):
        end = head.find(_LAUNCH_END, 0, _LONGEST_LAUNCH)
        start = 0 if end < 0 else end + len(_LAUNCH_END)
    if head.startswith(_SQUASHFS, start):
        return "a bare squashfs image"
    if head.startswith(_EXT_MAGIC, start + _EXT_MAGIC_AT):
        return "a Singularity 2 image (ext3)"
    return None
