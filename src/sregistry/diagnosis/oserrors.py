"""Errors of the operating system that no room has mapped: the code and facts they would have had."""

from __future__ import annotations

import errno
import os
from typing import Any

_CODES = {
    errno.ENOSPC: "disk-full",
    errno.EDQUOT: "disk-quota",
    errno.EACCES: "disk-permission",
    errno.EPERM: "disk-permission",
    errno.EROFS: "disk-read-only",
    errno.ENOENT: "disk-no-such-path",
    errno.ENOTDIR: "disk-no-such-path",
    errno.EISDIR: "disk-no-such-path",
    errno.ENAMETOOLONG: "disk-no-such-path",
    errno.ELOOP: "disk-no-such-path",
    errno.EIO: "disk-failed",
    errno.EFBIG: "disk-failed",
    errno.ESTALE: "disk-failed",
}


def translate(error: OSError) -> tuple[str, str, dict[str, Any]] | None:
    """(code, message, facts) for an error about a file; None for one that is not about a disk."""
    code = _CODES.get(error.errno or 0)
    if code is None:
        return None
    path = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else ""
    facts = {"path": path or None, "errno": error.errno, "detail": error.strerror}
    if not path and error.errno == errno.ENOENT and not _has_current_folder():
        return code, "the current folder has been removed", {**facts, "current_folder_removed": True}
    return code, f"the operating system reports: {error.strerror}" + (f" ({path})" if path else ""), facts


def _has_current_folder() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - the fact is whether there is one
    except OSError:
        return False
    return True
