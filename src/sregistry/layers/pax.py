r"""PAX extended header records: ``LENGTH KEY=VALUE\n``, and the values that layers use.

Source: POSIX.1-2017, pax, "pax Extended Header"; extended attributes as written by star
(``SCHILY.xattr.``) and libarchive (``LIBARCHIVE.xattr.``).
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from sregistry.layers.errors import LayerError

#: At the beginning of a line only, so that no archive makes this take long.
_RECORD = re.compile(rb"^(\d{1,10}) ([^=\n]+)=([^\n]+)\n", re.MULTILINE)
_LENGTH = re.compile(rb"(\d{1,10}) ")
_INTEGER = re.compile(rb"[+-]?\d{1,20}")
_NEGATIVE = re.compile(rb"-(\d{1,20})(?:\.(\d*))?")
_SCHILY = b"SCHILY.xattr."
_LIBARCHIVE = b"LIBARCHIVE.xattr."
#: Of an extended attribute. Linux takes much shorter ones only, which is asked where they are written.
_LONGEST_NAME = 0xFFFF
#: Of nearly every record that is not an extended attribute.
_PLAIN = {b"path", b"linkpath", b"mtime", b"atime", b"ctime", b"uid", b"gid", b"size", b"uname", b"gname"}
_SPARSE_PAIR = (b"GNU.sparse.offset", b"GNU.sparse.numbytes")


def _bad(detail: str) -> LayerError:
    return LayerError("layer-tar-invalid", f"the layer is not a valid tar archive: {detail}", detail=detail)


def parse(data: bytes) -> tuple[dict[bytes, bytes], list[tuple[bytes, bytes]]]:
    """Return (records, repeated GNU.sparse.offset/numbytes records in order); an empty value deletes a key."""
    if (simple := _parse_simple(data)) is not None:
        return simple, []
    records: dict[bytes, bytes] = {}
    pairs: list[tuple[bytes, bytes]] = []
    position = 0
    while position < len(data):
        match = _LENGTH.match(data, position)
        if not match:
            if data[position:].strip(b"\0") == b"":
                break
            raise _bad("a PAX record without length")
        end = position + int(match[1])
        record = data[match.end() : end]
        key, equals, value = record[:-1].partition(b"=")
        if not equals or end > len(data) or record[-1:] != b"\n" or not key:
            raise _bad("a PAX record of the wrong length")
        if key in _SPARSE_PAIR:
            pairs.append((key, value))
        elif value or key.startswith((_SCHILY, _LIBARCHIVE)):
            records[key] = value
        else:
            records.pop(key, None)
        position = end
    return records, pairs


def _parse_simple(data: bytes) -> dict[bytes, bytes] | None:
    """What `parse` returns for records without surprises, in a third of the time; None for others."""
    found = _RECORD.findall(data)
    size = 0
    for length, key, value in found:
        actual = len(length) + len(key) + len(value) + 3
        if int(length) != actual:
            return None
        size += actual
    if size != len(data) or b"GNU.sparse." in data:
        return None
    return {key: value for _, key, value in found}


def integer(value: bytes, key: str) -> int:
    """Return a decimal value; raise LayerError ``layer-tar-invalid`` if it is none."""
    if not _INTEGER.fullmatch(value):
        raise _bad(f"{value[:20]!r} is not a number for {key}")
    return int(value)


def seconds(value: bytes) -> int:
    """Return a time in whole seconds, rounded down as a file system without fractions would."""
    whole, _, fraction = value.partition(b".")
    if whole.isdigit() and len(whole) <= 20 and (not fraction or fraction.isdigit()):
        return int(whole)
    match = _NEGATIVE.fullmatch(value)
    if not match:
        raise _bad(f"{value[:20]!r} is not a time")
    return -int(match[1]) - bool(match[2] and match[2].strip(b"0"))


def xattrs(records: dict[bytes, bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """Return the extended attributes among `records` as sorted (name, value) pairs."""
    found: dict[bytes, bytes] = {}
    if records.keys() <= _PLAIN:
        return ()
    for key, value in records.items():
        if key.startswith(_LIBARCHIVE):
            try:
                decoded = base64.b64decode(value + b"=" * (-len(value) % 4))
            except binascii.Error:
                raise _bad("an extended attribute that is not base64") from None
            found.setdefault(unquote_to_bytes(key[len(_LIBARCHIVE) :]), decoded)
    for key, value in records.items():
        if key.startswith(_SCHILY):
            found[key[len(_SCHILY) :]] = value
    if max(map(len, found), default=0) > _LONGEST_NAME:
        raise _bad("an extended attribute with a name of more than 64 KB")
    return tuple(sorted(found.items()))
