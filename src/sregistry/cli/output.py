"""The standard streams: closed ones, full ones, and readers that have gone."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Collection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
        sys.stdout = _replaced("__stdout__", _Scrubbed(sys.stdout))
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = _replaced("__stderr__", _Scrubbed(sys.stderr))


def _replaced(name: str, stream: _Scrubbed) -> _Scrubbed:
    """`stream`, also in the place where the library looks for the width of the terminal."""
    setattr(sys, name, stream)
    return stream


class _Scrubbed(io.TextIOWrapper):
    """A stream that takes the secrets known to this process out of all that is written, last of all."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        encoding, errors, by_line = stream.encoding, stream.errors, stream.line_buffering
        direct = stream.write_through
        super().__init__(stream.detach(), encoding, errors, line_buffering=by_line, write_through=direct)

    def write(self, text: str, /) -> int:
        """Write `text` without secrets."""
        super().write(_scrubbed(text))
        return len(text)

    def as_it_is(self, text: str) -> None:
        """Write what has no secret in it, or none that this would find."""
        super().write(text)


def _scrubbed(text: str) -> str:
    """`text` without the secrets of this process; nothing is loaded for it where there can be none."""
    scrubbing = sys.modules.get("sregistry.scrubbing")
    return scrubbing.PROCESS.text(text) if scrubbing and len(text) > 1 else text


def say(text: str) -> None:
    """Print what the user has named (a path) on standard output, whatever words it shares with a secret."""
    write = sys.stdout.as_it_is if isinstance(sys.stdout, _Scrubbed) else sys.stdout.write
    write(text + "\n")
    sys.stdout.flush()


def say_json(document: Any, *, named: Collection[str] = ()) -> None:
    """Print `document` as JSON, its texts without secrets; those at the top called `named` are the user's own."""
    import json

    scrubbing = sys.modules.get("sregistry.scrubbing")
    shown = scrubbing.fact(document) if scrubbing else document
    if isinstance(shown, dict):
        shown |= {name: document[name] for name in named}
    say(json.dumps(shown, indent=2, default=str))


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
