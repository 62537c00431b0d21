"""Tar archives written entry by entry, for layers of test images.

Every function gives a pair of header and data for `archive`. Owner, mode, times and PAX records are keyword arguments
named as `tarfile.TarInfo` names them; xattrs go in as full names to bytes.
"""

from __future__ import annotations

import io
import tarfile
from typing import Any

Member = tuple[tarfile.TarInfo, bytes]

MTIME = 1_520_000_000


def archive(*members: Member, dialect: int = tarfile.PAX_FORMAT) -> bytes:
    """A whole tar archive in one of tarfile's three formats."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=dialect, encoding="utf-8", errors="surrogateescape") as tar:
        for header, data in members:
            tar.addfile(header, io.BytesIO(data) if header.isreg() else None)
    return buffer.getvalue()


def file(name: str, data: bytes = b"", mode: int = 0o644, **fields: Any) -> Member:
    """A regular file."""
    return member(name, tarfile.REGTYPE, mode, size=len(data), **fields)[0], data


def directory(name: str, mode: int = 0o755, **fields: Any) -> Member:
    """A directory."""
    return member(name, tarfile.DIRTYPE, mode, **fields)


def symlink(name: str, target: str, **fields: Any) -> Member:
    """A symbolic link."""
    return member(name, tarfile.SYMTYPE, 0o777, linkname=target, **fields)


def hardlink(name: str, target: str, **fields: Any) -> Member:
    """A further name of an entry that is already there."""
    return member(name, tarfile.LNKTYPE, 0o644, linkname=target, **fields)


def device(name: str, major: int, minor: int, *, block: bool = False, mode: int = 0o660, **fields: Any) -> Member:
    """A character or block device."""
    return member(name, tarfile.BLKTYPE if block else tarfile.CHRTYPE, mode, devmajor=major, devminor=minor, **fields)


def fifo(name: str, mode: int = 0o644, **fields: Any) -> Member:
    """A named pipe."""
    return member(name, tarfile.FIFOTYPE, mode, **fields)


def whiteout(path: str) -> Member:
    """The mark that removes `path` of lower layers."""
    folder, _, name = path.rpartition("/")
    return file(f"{folder}/.wh.{name}" if folder else f".wh.{name}")


def opaque(folder: str) -> Member:
    """The mark that empties a directory of lower layers."""
    return file(f"{folder}/.wh..wh..opq")


def member(name: str, kind: bytes, mode: int, xattrs: dict[str, bytes] | None = None, **fields: Any) -> Member:
    """A header without data."""
    header = tarfile.TarInfo(name)
    header.type, header.mode, header.mtime = kind, mode, MTIME
    for field, value in fields.items():
        setattr(header, field, value)
    header.pax_headers = {
        f"SCHILY.xattr.{xattr}": value.decode("utf-8", "surrogateescape") for xattr, value in (xattrs or {}).items()
    }
    return header, b""
