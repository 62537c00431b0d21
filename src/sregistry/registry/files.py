"""Files on the web: what is at an address, and its bytes, resumed where a connection broke off.

One request with a range tells all before anything large is fetched: size, version and the first bytes. What is resumed
is the same version of the file: ``If-Range`` is sent, and as some servers ignore it, what comes is compared as well.
No login is sent to such hosts, and no netrc is read.

Source: RFC 9110, sections 8.8 (validators), 13.1.5 (If-Range) and 14 (ranges).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from sregistry.answers import facts as reading
from sregistry.digests import Digest, DigestError, Hasher, mismatch
from sregistry.errors import RegistryError, SregistryError
from sregistry.http import redirects
from sregistry.http.retry import persist
from sregistry.http.transport import Request, Response
from sregistry.http.waits import OnWait
from sregistry.oci.descriptors import Descriptor
from sregistry.registry.blobs import Download
from sregistry.registry.session import Session

#: So much of the beginning is looked at.
HEAD = 4096
#: The algorithm of a digest that is not one of content: a hash of what the server says about the version of a file.
ETAG = "etag"
_SIF = "application/vnd.sylabs.sif.layer.v1.sif"
_CONTENT_RANGE = re.compile(r"\s*bytes\s+(?:(\d+)-\d+|\*)/(\d+|\*)\s*", re.IGNORECASE)
_CODES = {401: "web-denied", 403: "web-denied", 404: "web-not-found", 410: "web-not-found", 429: "web-limited"}
_WORDS = {
    "web-denied": "refuses the file",
    "web-not-found": "has no such file",
    "web-limited": "wants fewer requests",
    "web-failed": "fails",
    "web-refused": "does not give the file",
}
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Version:
    """What a server says by which one version of a file can be told from another; fields are empty where it does not.

    Attributes:
        etag: as it came.
        modified: the field Last-Modified.
        size: of the whole file; None where it is not told.
    """

    etag: str
    modified: str
    size: int | None

    @classmethod
    def of(cls, response: Response) -> Version:
        """What an answer with the file, or with a part of it, says."""
        headers = response.headers
        return cls(headers.get("etag", "").strip(), headers.get("last-modified", "").strip(), _total(response))

    @property
    def digest(self) -> Digest | None:
        """A hash of it, ``etag:HEX``; None where nothing tells one version from another.

        Whether an ETag is weak does not matter: both are to change with the content.
        """
        told = f"etag {self.etag.removeprefix('W/')}" if self.etag else f"modified {self.modified}"
        if not self.etag and not self.modified:
            return None
        return Digest(ETAG, Digest.of(f"{told}\nsize {self.size}".encode()).hex)

    def fits(self, other: Version) -> bool:
        """Whether `other`, by a further answer, is of the same version; a size that is not told fits any."""
        sizes = {self.size, other.size} - {None}
        told = [version.etag.removeprefix("W/") or version.modified for version in (self, other)]
        return len(sizes) < 2 and told[0] == told[1]

    @property
    def condition(self) -> Mapping[str, str]:
        """The header that asks for the rest of this version only; a weak ETag must not be used there."""
        strong = self.etag if not self.etag.startswith("W/") else ""
        value = strong or self.modified
        return {"if-range": value} if value else {}


@dataclass(frozen=True, slots=True)
class Seen:
    """What is at an address.

    Attributes:
        version: of the file.
        head: its first bytes, `HEAD` at most.
        facts: of the answer.
    """

    version: Version
    head: bytes
    facts: Mapping[str, Any]


def look(session: Session, address: str, *, head: int = HEAD) -> Seen:
    """Look at the first `head` bytes at `address`, by one request.

    Raises:
        RegistryError: ``web-denied``, ``web-not-found``, ``web-limited``, ``web-failed``, ``web-refused``, and what
            `redirects.follow` raises.
    """
    patience = session.patience()

    def once() -> Seen:
        response = _ask(session, address, {"range": f"bytes=0-{head - 1}"}, patience.deadline())
        with response:
            version = Version.of(response)
            if response.status == 416 and version.size != 0:
                raise _refusal(response)
            body = response.beginning(head, session.options.timeouts.read) if response.status != 416 else b""
            known = response.facts()
            if encoding := response.headers.get("content-encoding"):
                known["content_encoding"] = encoding
            elif len(body) < min(head, version.size or 0):
                message = f"{response.host} ended its answer before the end of the first {head} bytes"
                raise RegistryError("network-truncated", message, **known)
            return Seen(version, body, known)

    return persist(once, patience)


def _ask(session: Session, address: str, headers: Mapping[str, str], deadline: float) -> Response:
    """The answer to a GET, redirects followed; status 200, 206 or 416."""
    transport = session.transport
    transport.scrubber.add_url(address)
    response = redirects.follow(
        transport,
        Request("GET", address, headers, deadline=deadline),
        limit=session.options.limits.redirects,
        secret_headers=(),
        insecure=session.conf.is_insecure,
    )
    if response.status not in {200, 206, 416}:
        raise _refusal(response)
    return response


def _refusal(response: Response) -> RegistryError:
    """The error for a status that is no success."""
    body = response.beginning(HEAD, 2.0)
    code = "web-failed" if response.status >= 500 or response.status == 408 else "web-refused"
    code = _CODES.get(response.status, code)
    told = reading.of_body(body, response.headers.get("content-type"))
    message = f"{response.host} {_WORDS[code]}: it answers {response.status}"
    return RegistryError(code, message, **{**response.facts(), **told})


def _total(response: Response) -> int | None:
    match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if response.status in {206, 416}:
        return int(match[2]) if match and match[2] != "*" else None
    return response.length


def changed(facts: Mapping[str, Any]) -> RegistryError:
    """The error for a file that is another one by now; `facts` are those of the answer."""
    return RegistryError("web-changed", "the file at this address is another one now", **facts)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A version of the file at an address, as a source of a download; a digest makes every version the right one."""

    session: Session
    address: str
    version: Version
    digest: Digest | None

    def open(self, offset: int, deadline: float) -> Response:
        """Ask for the bytes from `offset` on.

        Raises:
            RegistryError: ``web-changed``, ``network-truncated`` where it cannot be known whether the rest belongs to
                what is here, and those of `look`.
        """
        sure = self.digest is not None or self.version.digest is not None
        if offset and not sure:
            message = "the connection broke off, and the server says nothing by which the rest could be known"
            host = urlsplit(self.address).netloc
            raise RegistryError("network-truncated", message, retryable=False, host=host)
        headers = {"range": f"bytes={offset}-", **self.version.condition} if offset else {}
        response = _ask(self.session, self.address, headers, deadline)
        if response.status != 416 and not self.version.fits(Version.of(response)):
            response.close()
            raise changed(response.facts())
        return response

    def explain(self, error: SregistryError) -> SregistryError:
        """Nothing to add."""
        return error


class FileStream:
    """The bytes of a file; verified once `read` has returned b"": by the digest where there is one, else by the size.

    Args:
        source: where from.
        kept: a file whose content, from its beginning to its end, is the beginning already; it is verified, too, but
            not returned.
        on_wait: told of pauses.
    """

    def __init__(self, source: FileSource, kept: BinaryIO | None = None, on_wait: OnWait | None = None) -> None:
        self._source = source
        self._digest = source.digest
        self._size = source.version.size
        self._hasher: Hasher | None = self._digest.hasher() if self._digest else None
        self._position = self._take(kept) if kept else 0
        self._download = self._begin(on_wait)
        source.session.end_with(self)

    def _take(self, kept: BinaryIO) -> int:
        """Count the bytes that are here, and hash them."""
        kept.seek(0)
        count = 0
        while data := kept.read(_PIECE):
            count += len(data)
            if self._hasher:
                self._hasher.update(data)
        return count

    def _begin(self, on_wait: OnWait | None) -> Download | _Unsized:
        session, patience = self._source.session, self._source.session.patience(on_wait)
        if self._size is None:
            return _Unsized(self._source, patience.deadline())
        named = self._digest or self._source.version.digest or Digest.of(self._source.address.encode())
        promise = Descriptor(_SIF, named, self._size)
        download = Download([self._source], promise, session.options, patience, "file")
        download.go_on_after(self._position)
        return download

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes (all for -1); b"" at the verified end.

        Raises:
            DigestError: ``digest-mismatch``, ``size-long``.
            RegistryError: those of `FileSource.open`, and ``network-…``.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(_PIECE), b""))
        try:
            data = b"" if self._position == self._size else self._download.read(size)
        except SregistryError as error:
            for name in ("file", "media_type"):  # it has no digest, and no type
                error.facts.pop(name, None)
            raise
        self._position += len(data)
        if self._hasher:
            self._hasher.update(data)
        if not data or (self._size is not None and self._position > self._size):
            self._verify()
        return data

    def _verify(self) -> None:
        if self._size is not None and self._position != self._size:
            message = f"the file has {self._position} bytes, {self._size} were announced"
            code = "size-long" if self._position > self._size else "size-short"
            raise DigestError(
                code, message, retryable=True, what="file", expected_size=self._size, actual_size=self._position
            )
        if self._digest and self._hasher and self._hasher.hexdigest() != self._digest.hex:
            actual = f"{self._digest.algorithm}:{self._hasher.hexdigest()}"
            raise mismatch("file", self._digest, actual, self._size, self._position)

    def abort(self) -> None:
        """End a `read` that another thread waits in."""
        self._download.abort()

    def close(self) -> None:
        """Break the connection, if it is still open."""
        self._download.close()

    def __enter__(self) -> FileStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Unsized:
    """A file whose size the server does not tell: it comes by one connection, and ends where that ends it."""

    def __init__(self, source: FileSource, deadline: float) -> None:
        self._source = source
        self._deadline = deadline
        self._response: Response | None = None

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, b"" at the end."""
        with self._source.session.waits.acting():
            if self._response is None:
                self._response = self._source.open(0, self._deadline)
            return self._response.read(size)

    def abort(self) -> None:
        if self._response:
            self._response.abort()

    def close(self) -> None:
        if self._response:
            self._response.close()
