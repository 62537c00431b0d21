"""Where the members of a tar archive lie: one pass over its headers, which skips what is between them.

Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar's long names.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass

from sregistry.endpoints.layouts.errors import LayoutError
from sregistry.errors import SregistryError
from sregistry.layers import pax, tarheader
from sregistry.layers.tarheader import BLOCK

#: (offset, size) -> that many bytes, fewer at the end of the archive.
ReadAt = Callable[[int, int], bytes]

#: Headers of headers are held in memory; Go's reader has the same limit.
_MAX_SPECIAL = 1 << 20
_MAX_SIZE = 1 << 62
_SPECIAL = (b"x", b"g", b"L", b"K")
_FILES = (b"0", b"\0", b"7")
_HARD, _SYMBOLIC = b"1", b"2"
#: So many links lead to each other at most, as in Linux.
_LINKS = 40


@dataclass(frozen=True, slots=True)
class Member:
    """One file: where its bytes are, or the name that a link leads to. A `size` of -1 is of what is no plain file."""

    offset: int
    size: int
    link: str | None = None


@dataclass(slots=True)
class _Pending:
    """What extension headers said about the next member."""

    name: bytes | None = None
    link: bytes | None = None
    size: int | None = None
    sparse: bool = False


class TarIndex:
    """The members of one archive by name; of several with one name the last, as tar unpacks them."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}

    def find(self, name: str) -> Member | None:
        """The file called `name`, where links lead; None if there is none.

        Raises:
            LayoutError: ``layout-escape`` for a link that leads out of the archive, ``layout-invalid`` for links that
                lead to each other and for what is no plain file.
        """
        seen = name
        for _ in range(_LINKS):
            member = self.members.get(seen)
            if member is None or (member.link is None and member.size >= 0):
                return member
            if member.link is None:
                raise LayoutError("layout-invalid", f"{name} is no plain file", member=name, detail="no plain file")
            if leaves(member.link):
                message = f"{name} is a link that leads out of the archive"
                raise LayoutError("layout-escape", message, member=name, target=member.link)
            seen = member.link
        raise LayoutError("layout-invalid", f"{name} is a link that leads to itself", member=name, detail="links")


def inside(name: str) -> str:
    """`name` as a member is called here: ``./a//b`` is ``a/b``, and so is ``/a/b``, as tar unpacks it."""
    return posixpath.normpath(name).lstrip("/")


def leaves(name: str) -> bool:
    """Whether a path leads out of the archive."""
    plain = posixpath.normpath(name)
    return plain == ".." or plain.startswith(("../", "/"))


def scan(read_at: ReadAt, size: int, limit: int) -> TarIndex:
    """Read the headers of an archive of `size` bytes.

    Raises:
        LayoutError: ``layout-other`` (no tar archive), ``layout-archive-invalid``, ``layout-too-large`` beyond `limit`
            members.
    """
    return _Scan(read_at, size, limit).run()


class _Scan:
    """One pass."""

    def __init__(self, read_at: ReadAt, size: int, limit: int) -> None:
        self._read_at = read_at
        self._size = size
        self._limit = limit
        self._offset = 0
        self._index = TarIndex()

    def run(self) -> TarIndex:
        pending, count = _Pending(), 0
        while (header := self._header()) is not None:
            flag = header[156:157]
            length = self._number(header[124:136])
            if flag in _SPECIAL:
                self._special(flag, length, pending)
                continue
            count += 1
            if count > self._limit:
                message = f"the archive has more than {self._limit} members"
                raise LayoutError("layout-too-large", message, limit=self._limit, setting="max_archive_members")
            self._member(header, flag, length, pending)
            pending = _Pending()
        if count == 0:
            raise LayoutError("layout-archive-invalid", "the archive is empty", detail="it has no members")
        return self._index

    def _header(self) -> bytes | None:
        """The next header; None at the end of the archive."""
        if self._offset > self._size:
            raise self._truncated("its last member")
        header = self._read_at(self._offset, BLOCK)
        if not header or not header.strip(b"\0"):
            if not self._offset and len(header) < BLOCK:
                raise self._no_tar(header)
            return None
        if len(header) < BLOCK:
            raise self._truncated("a header") if self._offset else self._no_tar(header)
        try:
            sound = tarheader.is_sound(header) or tarheader.is_sound_with_signs(header)
        except ValueError:
            sound = False
        if not sound:
            if not self._offset:
                raise self._no_tar(header)
            raise self._invalid(f"the checksum of the header at byte {self._offset} is wrong")
        self._offset += BLOCK
        return header

    def _special(self, flag: bytes, length: int, pending: _Pending) -> None:
        if length > _MAX_SPECIAL:
            raise self._invalid(f"an extension header of {length} bytes")
        data = self._read_at(self._offset, length)
        if len(data) < length:
            raise self._truncated("an extension header")
        self._skip(length)
        if flag == b"L":
            pending.name = data.split(b"\0", 1)[0]
        elif flag == b"K":
            pending.link = data.split(b"\0", 1)[0]
        elif flag == b"x":
            self._records(data, pending)

    def _records(self, data: bytes, pending: _Pending) -> None:
        try:
            records, pairs = pax.parse(data)
            if b"size" in records:
                pending.size = pax.integer(records[b"size"], "size")
        except SregistryError as error:
            raise self._invalid(error.message) from error
        pending.name = records.get(b"path", pending.name)
        pending.link = records.get(b"linkpath", pending.link)
        pending.sparse = bool(pairs) or any(key.startswith(b"GNU.sparse.") for key in records)

    def _member(self, header: bytes, flag: bytes, length: int, pending: _Pending) -> None:
        raw = pending.name or tarheader.name(header)
        name = inside(raw.decode("utf-8", "surrogateescape"))
        link = (pending.link or header[157:257].split(b"\0", 1)[0]).decode("utf-8", "surrogateescape")
        if flag in _FILES:
            length = length if pending.size is None else pending.size
            if not 0 <= length <= _MAX_SIZE:
                raise self._invalid(f"a member of {length} bytes")
            if self._offset + length > self._size:
                raise self._truncated(name)
            self._index.members[name] = Member(self._offset, -1 if pending.sparse else length)
            self._skip(length)
        elif flag == _HARD:
            self._index.members[name] = Member(0, 0, inside(link))
        elif flag == _SYMBOLIC:
            self._index.members[name] = Member(0, 0, posixpath.normpath(posixpath.join(posixpath.dirname(name), link)))
        else:
            # Folders and devices have no bytes; of a kind that is not known, the header tells how many to pass over.
            self._index.members.setdefault(name, Member(0, -1))
            self._skip(0 if flag in (b"3", b"4", b"5", b"6") else max(0, length))

    def _skip(self, length: int) -> None:
        self._offset += length + -length % BLOCK

    def _number(self, field: bytes) -> int:
        try:
            found = tarheader.number(field)
        except ValueError as error:
            raise self._invalid(str(error)) from error
        if not 0 <= found <= _MAX_SIZE:
            raise self._invalid(f"a member of {found} bytes")
        return found

    def _no_tar(self, beginning: bytes) -> LayoutError:
        return LayoutError("layout-other", "it is not a tar archive", looks_like=looks_like(beginning))

    def _truncated(self, what: str) -> LayoutError:
        message = f"the archive ends in the middle of {what}"
        return LayoutError(
            "layout-archive-invalid", message, fault="truncated", member=what, actual_size=self._size, detail=message
        )

    def _invalid(self, detail: str) -> LayoutError:
        return LayoutError("layout-archive-invalid", f"the archive is damaged: {detail}", detail=detail)


#: What is given in the place of an archive, by its first bytes.
_LOOKS = (
    (b"#!", "a program or a SIF file"),
    (b"hsqs", "a squashfs file system"),
    (b"PK\x03\x04", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"<!doctype html", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"{", "JSON"),
    # What is compressed is unpacked before it is looked at.
    *((magic, "something compressed twice") for magic in (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh")),
)
_SIF_MAGIC_AT = 32


def looks_like(beginning: bytes) -> str:
    """What begins with these bytes, in words."""
    if not beginning:
        return "an empty file"
    if beginning[_SIF_MAGIC_AT : _SIF_MAGIC_AT + 9] == b"SIF_MAGIC":
        return "a SIF file"
    text = beginning.lstrip().lower()
    return next((words for magic, words in _LOOKS if beginning.startswith(magic) or text.startswith(magic)), "")
