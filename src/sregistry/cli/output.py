"""The standard streams: closed ones, full ones, and readers that have gone."""

from __future__ import annotations

import codecs
import io
import os
import sys

#: The exit code where a result could not be written, that of faults of the disk.
WRITE_FAILED = 10
#: How stdout treats what its encoding cannot say.
_UNKNOWN = "sregistry-bytes-or-escapes"
#: Number, name and mode of each standard stream.
_STREAMS = ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w"))


def open_streams() -> None:
    """Give a stream that the caller has closed (``>&-``) to nobody, and let stdout take every text.

    Otherwise the next file that is opened would take the stream's number, and get what is meant for it.
    """
    for number, name, mode in _STREAMS:
        if getattr(sys, name) is None:
            nobody = os.open(os.devnull, os.O_RDWR)
            if nobody != number and not _is_open(number):
                os.dup2(nobody, number)
            setattr(sys, name, os.fdopen(nobody, mode, encoding="utf-8"))
    codecs.register_error(_UNKNOWN, _bytes_or_escapes)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_UNKNOWN)


def _bytes_or_escapes(error: UnicodeError) -> tuple[bytes, int]:
    """Bytes of a file name that are no text go out as they are; characters the encoding lacks as escapes."""
    assert isinstance(error, UnicodeEncodeError)
    letters = error.object[error.start : error.end]
    return b"".join(map(_byte_or_escape, letters)), error.end


def _byte_or_escape(letter: str) -> bytes:
    """Python keeps such a byte as a surrogate, see PEP 383."""
    code = ord(letter)
    return bytes([code - 0xDC00]) if 0xDC80 <= code <= 0xDCFF else letter.encode("ascii", "backslashreplace")


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def end_output(text: str = "") -> bool:
    """Write `text` and what is still in buffers; False if it could not be kept, as on a full disk.

    That nobody reads it any more is no failure and must not become a message.
    """
    kept = True
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        kept = isinstance(error, BrokenPipeError)
        _to_nobody(sys.stdout.fileno())
    try:
        sys.stderr.flush()
    except OSError:
        _to_nobody(sys.stderr.fileno())
    return kept


def _to_nobody(number: int) -> None:
    """What is left in the buffer of a stream goes nowhere, so that nothing is said at the interpreter's end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
