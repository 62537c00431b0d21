"""One member of a layer's tar, already decoded: what the archive says, not yet what it means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from sregistry.layers.errors import LayerError

WHITEOUT_PREFIX = b".wh."
OPAQUE_NAME = b".wh..wh..opq"
WHITEOUT_META_PREFIX = b".wh..wh."
MAX_NAME = 255


class Kind(IntEnum):
    """What an entry is; 1 to 7 are squashfs' basic inode types, the rest exist in layers only."""

    DIRECTORY = 1
    FILE = 2
    SYMLINK = 3
    BLOCK = 4
    CHARACTER = 5
    FIFO = 6
    SOCKET = 7
    HARDLINK = 8
    WHITEOUT = 9
    OPAQUE = 10


@dataclass(slots=True)
class Entry:
    """A tar member.

    Attributes:
        path: normalised, without leading or trailing slash; b"" is the root. For a whiteout the path
            that it hides, for an opaque marker the directory that it empties.
        mode: permission bits with setuid, setgid and sticky (07777).
        mtime: Unix seconds, fractions cut off; may be negative.
        size: length of a file's content in bytes, holes included.
        target: a symlink's text as it is; a hard link's normalised path.
        major, minor: device numbers.
        xattrs: (full name, value), sorted by name.
        segments: data extents (offset, length) of a sparse file; None for an ordinary one.
    """

    path: bytes
    kind: Kind
    mode: int = 0
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    size: int = 0
    target: bytes = b""
    major: int = 0
    minor: int = 0
    xattrs: tuple[tuple[bytes, bytes], ...] = ()
    segments: tuple[tuple[int, int], ...] | None = None


def normalise(raw: bytes, *, what: str = "an entry") -> bytes:
    """Return `raw` as a path inside the root: no empty, ``.`` or ``..`` parts, no outer slashes.

    Raises LayerError ``layer-escape`` where ``..`` leads above the root, ``layer-name-invalid`` for NUL
    or a part of more than 255 bytes.
    """
    if b"\0" in raw:
        raise LayerError("layer-name-invalid", f"the name of {what} holds a NUL byte", path=_text(raw))
    if raw.endswith(b"/"):
        raw = raw[:-1]
    if (
        b"//" not in raw
        and b"/." not in raw
        and raw[:1] not in (b"/", b".")
        and raw[-1:] != b"/"
        and len(raw) <= MAX_NAME
    ):
        return raw
    parts: list[bytes] = []
    for part in raw.split(b"/"):
        if part in (b"", b"."):
            continue
        if part == b"..":
            if not parts:
                raise LayerError("layer-escape", f"the path of {what} leads outside the image", path=_text(raw))
            parts.pop()
            continue
        if len(part) > MAX_NAME:
            raise LayerError(
                "layer-name-invalid", f"a part of the path of {what} is longer than 255 bytes", path=_text(raw[:300])
            )
        parts.append(part)
    return b"/".join(parts)


def as_whiteout(entry: Entry) -> Entry | None:
    """Return `entry` with whiteout names given their meaning; None for names that mean nothing.

    Source: OCI Image Layer Specification, section "Whiteouts"; AUFS' other ``.wh..wh.`` names are
    book-keeping and are skipped, as Docker does.
    """
    parent, _, name = entry.path.rpartition(b"/")
    if not name.startswith(WHITEOUT_PREFIX):
        return entry
    if name == OPAQUE_NAME:
        return Entry(parent, Kind.OPAQUE)
    if name.startswith(WHITEOUT_META_PREFIX):
        return None
    hidden = name[len(WHITEOUT_PREFIX) :]
    if hidden == b"..":
        raise LayerError("layer-escape", "a whiteout would delete a parent directory", path=_text(entry.path))
    if hidden in (b"", b"."):
        raise LayerError("layer-whiteout-invalid", "a whiteout names nothing to hide", path=_text(entry.path))
    return Entry(parent + b"/" + hidden if parent else hidden, Kind.WHITEOUT)


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
