"""Content digests, and a reader that lets no unverified byte count as success.

Source: OCI Image Format Specification, descriptor.md, section "Digests".
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from sregistry.errors import SregistryError

HEX_LENGTH = {"sha256": 64, "sha384": 96, "sha512": 128}
_DIGEST = re.compile(r"([a-z0-9]+(?:[+._-][a-z0-9]+)*):([0-9a-fA-F]{32,})")


class DigestError(SregistryError):
    """A digest is malformed, or bytes do not have the digest or size that was promised."""


class Readable(Protocol):
    """The part of a binary stream that readers here need."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; b"" at the end."""
        ...


class Hasher(Protocol):
    """The part of a hashlib object that readers here need."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""
        ...

    def hexdigest(self) -> str:
        """The digest so far, in lowercase hex."""
        ...


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """`algorithm:hex`, e.g. ``sha256:44136f…``; compares and hashes by value, and equals the text that spells it."""

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Return the digest that `text` spells; raise DigestError ``digest-malformed`` otherwise."""
        match = _DIGEST.fullmatch(text)
        if not match or len(match[2]) != HEX_LENGTH.get(match[1], len(match[2])):
            raise DigestError("digest-malformed", f"{text!r} is not a digest", text=text)
        if match[2] != match[2].lower():
            raise DigestError("digest-malformed", f"the hex digits of {text!r} must be lowercase", text=text)
        return cls(match[1], match[2])

    @classmethod
    def of(cls, data: bytes) -> Digest:
        """Return the sha256 digest of `data`."""
        return cls("sha256", hashlib.sha256(data).hexdigest())

    def hasher(self) -> Hasher:
        """Return a fresh hash object; raise DigestError ``digest-unsupported`` for unknown algorithms."""
        if self.algorithm not in HEX_LENGTH:
            raise DigestError(
                "digest-unsupported", f"digest algorithm {self.algorithm!r} is not supported", algorithm=self.algorithm
            )
        hasher: Hasher = hashlib.new(self.algorithm)
        return hasher

    def verify(self, data: bytes, *, what: str = "content") -> None:
        """Raise DigestError ``digest-mismatch`` unless `data` has this digest."""
        hasher = self.hasher()
        hasher.update(data)
        if hasher.hexdigest() != self.hex:
            raise mismatch(what, self, f"{self.algorithm}:{hasher.hexdigest()}", len(data), len(data))

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return str(self) == other
        return isinstance(other, Digest) and (self.algorithm, self.hex) == (other.algorithm, other.hex)

    def __hash__(self) -> int:
        return hash(str(self))


def mismatch(what: str, expected: Digest, actual: str, expected_size: int | None, actual_size: int) -> DigestError:
    """The error for bytes that are not the ones promised; repeating the download may help."""
    return DigestError(
        "digest-mismatch",
        f"the digest of the {what} does not match",
        retryable=True,
        what=what,
        expected=str(expected),
        actual=actual,
        expected_size=expected_size,
        actual_size=actual_size,
    )


def vouched(stream: Readable, digest: Digest, size: int | None, *, what: str = "content") -> Readable:
    """`stream` if it vouches for these bytes itself (by its ``vouches``), else a `VerifiedReader` of it."""
    if getattr(stream, "vouches", None) == (digest, size):
        return stream
    return VerifiedReader(stream, digest, size, what=what)


class VerifiedReader:
    """Reads a stream once and vouches for it at the end.

    `read` returns at most the promised number of bytes. At the end of the stream the digest and the
    exact size are checked, one byte beyond the promised size included; only then is b"" returned.

    Raises DigestError ``digest-mismatch``, ``size-short`` or ``size-long``; the same one at each further `read`.
    """

    def __init__(self, stream: Readable, digest: Digest, size: int | None, *, what: str = "content") -> None:
        self._stream = stream
        self._digest = digest
        self._size = size
        self._what = what
        self._hasher = digest.hasher()
        self._read = 0
        self._done = False
        self._failed: DigestError | None = None

    @property
    def vouches(self) -> tuple[Digest, int | None]:
        """What is vouched for: digest and size."""
        return self._digest, self._size

    @property
    def position(self) -> int:
        """Bytes handed out so far."""
        return self._read

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes (all for -1); b"" only once everything has been verified."""
        if size < 0:
            pieces = []
            while piece := self.read(1 << 20):
                pieces.append(piece)
            return b"".join(pieces)
        if self._failed:
            raise self._failed
        if self._done or size == 0:
            return b""
        try:
            return self._verified(size)
        except DigestError as error:
            self._failed = error
            raise

    def _verified(self, size: int) -> bytes:
        data = self._stream.read(size)
        if not data:
            self._finish()
            return b""
        self._read += len(data)
        if self._size is not None and self._read > self._size:
            message = f"the {self._what} is longer than the {self._size} bytes promised"
            raise self._error("size-long", message)
        self._hasher.update(data)
        return data

    def _finish(self) -> None:
        if self._size is not None and self._read < self._size:
            raise self._error("size-short", f"the {self._what} ended after {self._read} of {self._size} bytes")
        if self._hasher.hexdigest() != self._digest.hex:
            actual = f"{self._digest.algorithm}:{self._hasher.hexdigest()}"
            raise mismatch(self._what, self._digest, actual, self._size, self._read)
        self._done = True

    def _error(self, code: str, message: str) -> DigestError:
        """The error for a wrong size; repeating the download may help."""
        return DigestError(
            code,
            message,
            retryable=True,
            what=self._what,
            expected=str(self._digest),
            expected_size=self._size,
            actual_size=self._read,
        )
