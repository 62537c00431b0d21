"""Blobs: streams that survive a dropped connection and vouch for every byte.

A `BlobStream` reads from the first of several sources (mirrors, the registry, the ``urls`` of a foreign
layer) that has the blob, follows redirects without credentials, and goes on where a connection broke
off: by ``Range``, or from the start with the bytes already handed out skipped where the server does not
do ranges. ``If-Range`` is not sent: the digest names the bytes, and another storage server, whose ``ETag``
differs, may well go on. Each attempt asks the registry again, because addresses in storage expire. Digest and
size are checked at the end, one byte beyond the promised size included; ``Content-Encoding`` is never undone,
since the digest is that of the bytes as stored.

Source: OCI Distribution Specification, "Pulling blobs"; RFC 9110, section 14.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sregistry.answers import facts as reading
from sregistry.digests import Digest, DigestError, VerifiedReader
from sregistry.errors import RegistryError, SregistryError
from sregistry.http import addresses, gate, redact, redirects
from sregistry.http.addresses import Address
from sregistry.http.options import Options
from sregistry.http.retry import Patience
from sregistry.http.transport import SENSIBLE, Request, Response, Transport
from sregistry.http.waits import BODY
from sregistry.oci.descriptors import Descriptor
from sregistry.registry.api import Api, Call

T = TypeVar("T")

_CONTENT_RANGE = re.compile(r"\s*bytes\s+(\d+)-(\d+)/(\d+|\*)\s*", re.IGNORECASE)
#: How much of the beginning is kept as evidence, should the bytes turn out to be something else.
_HEAD = 4096
_MAGIC_AT = 257
#: A blob of another size than promised is read if it is no larger, so as to know whether it is the right one.
_SMALL = 8 << 20
_CHUNK = 1 << 20


class BlobSource(Protocol):
    """A place that may have the blob."""

    def open(self, offset: int, deadline: float) -> Response:
        """One attempt to get the bytes from `offset` on; status 200, 206 or 416."""
        ...

    def explain(self, error: SregistryError) -> SregistryError:
        """Add what this source knows to an error."""
        ...


@dataclass(frozen=True, slots=True)
class RegistrySource:
    """A blob in a repository; `what` is ``layer`` or ``config``."""

    api: Api
    repository: str
    digest: Digest
    what: str

    def _call(self, offset: int = 0) -> Call:
        headers = {"range": f"bytes={offset}-"} if offset else {}
        purpose = "config" if self.what == "config" else "blob"
        place = path(self.repository, self.digest)
        return Call("GET", place, purpose, self.repository, None, headers, expect=(200, 206, 416))

    def open(self, offset: int, deadline: float) -> Response:
        """Ask the registry, which may send us on to its storage."""
        return self.api.once(self._call(offset), deadline)

    def explain(self, error: SregistryError) -> SregistryError:
        """Add the registry and the repository."""
        return self.api.scrub(error.with_facts(**self.api.facts(self._call())))


@dataclass(frozen=True, slots=True)
class ForeignSource:
    """One of the ``urls`` of a layer that registries must not hold; asked without credentials.

    `closed` are the places to which the registry must not send us; `insecure` says where plain http may be spoken.
    """

    transport: Transport
    options: Options
    url: str
    closed: frozenset[gate.Place] = frozenset()
    insecure: gate.IsInsecure = bool

    def open(self, offset: int, deadline: float) -> Response:
        """Ask the owner's server.

        Raises:
            RegistryError: ``blob-foreign``, with the facts of the failure.
        """
        headers = {"range": f"bytes={offset}-"} if offset else {}
        try:
            address = self._address()
            self.transport.scrubber.add_url(self.url)
            gate.check(address, self.closed, "the registry")
            response = redirects.follow(
                self.transport,
                Request("GET", address.url, headers, deadline=deadline, closed=self.closed),
                limit=self.options.limits.redirects,
                secret_headers=(),
                insecure=self.insecure,
            )
            if response.status not in {200, 206, 416}:
                with response:
                    message = f"{response.host}, where the layer is kept, answers with status {response.status}"
                    raise RegistryError("blob-foreign", message, retryable=response.status >= 500, **response.facts())
            return response
        except RegistryError as error:
            message = f"the layer is kept outside the registry, and could not be had there: {error.message}"
            raise RegistryError("blob-foreign", message, retryable=error.retryable, **error.facts) from error.__cause__

    def _address(self) -> Address:
        try:
            return addresses.read(self.url)
        except ValueError:
            message = "the address of a foreign layer is neither http nor https"
            raise RegistryError("blob-foreign", message, retryable=False) from None

    def explain(self, error: SregistryError) -> SregistryError:
        """Add the address."""
        return error.with_facts(urls=[redact.url(self.url)])


def path(repository: str, digest: Digest) -> str:
    """The path of a blob."""
    return f"/v2/{repository}/blobs/{digest}"


def _error_document(body: bytes) -> dict[str, Any]:
    """The facts of an error document that came with a status of success; empty for anything else."""
    found = reading.of_body(body, None) if body.lstrip()[:1] in (b"{", b"<") else {}
    return found if found.get("errors") else {}


def _refusal(what: str) -> str:
    return f"the registry sent an error message where the {what} should be, with a status that says success"


class BlobStream:
    """The bytes of one blob; verified once `read` has returned b"".

    Args:
        sources: where it may be had, in order; at least one.
        descriptor: what is promised.
        patience: for connecting and for getting on; not shared with anything else.
        what: ``layer`` or ``config``, for messages.
        on_bytes: told of every number of new bytes.
        on_damaged: told of the source whose bytes were not the promised ones.
    """

    def __init__(  # noqa: PLR0913 - a download knows what it is of, whence, and whom to tell
        self,
        sources: Sequence[BlobSource],
        descriptor: Descriptor,
        options: Options,
        patience: Patience,
        *,
        what: str = "layer",
        on_bytes: Callable[[int], None] | None = None,
        on_damaged: Callable[[BlobSource], None] | None = None,
    ) -> None:
        self._descriptor = descriptor
        self._what = what
        self._on_damaged = on_damaged
        self._download = Download(sources, descriptor, options, patience, what, on_bytes)
        self._reader = VerifiedReader(self._download, descriptor.digest, descriptor.size, what=what)

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes (all for -1); b"" at the verified end.

        Raises:
            DigestError: ``digest-mismatch``, ``size-long``.
            RegistryError: ``blob-unknown``, ``blob-wrong-size``, ``blob-storage-…``, ``blob-foreign``,
                ``registry-web-page``, ``network-…`` and all others of `Api.once`.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK), b""))
        try:
            return self._reader.read(size)
        except DigestError as error:
            if self._on_damaged:
                self._on_damaged(self._download.source)
            raise self._unverified(error) from error.__cause__

    @property
    def vouches(self) -> tuple[Digest, int | None]:
        """Digest and size, see `digests.vouched`."""
        return self._reader.vouches

    def _unverified(self, error: DigestError) -> SregistryError:
        """The error for wrong bytes; a web page among them is called that."""
        seen = {**self._download.facts, **self._promise()}
        refused = _error_document(self._download.head)
        if refused:
            facts = {**seen, **error.facts, **refused}
            return self._download.explain(RegistryError("blob-wrong-size", _refusal(self._what), **facts))
        if reading.is_html(self._download.head, None):
            return RegistryError(
                "registry-web-page",
                f"a web page (HTML) came where the {self._what} should be",
                **{**error.facts, **seen, **reading.of_body(self._download.head, None)},
            )
        return self._download.explain(error.with_facts(**seen))

    def _promise(self) -> dict[str, Any]:
        return {
            self._what: str(self._descriptor.digest),
            "media_type": self._descriptor.media_type,
            "size": self._descriptor.size,
        }

    def close(self) -> None:
        """Break the connection, if it is still open."""
        self._download.close()

    def abort(self) -> None:
        """End a `read` that another thread waits in."""
        self._download.abort()

    def __enter__(self) -> BlobStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Speed:
    """How fast a blob comes, by the time that is spent on the network.

    Args:
        window: seconds that are looked at together; more of them each time that they were slow.
    """

    def __init__(self, window: float) -> None:
        self._window = window
        self._seconds = 0.0
        self._count = 0
        self.latest = (0.0, 0)

    def is_slow(self, seconds: float, count: int) -> bool:
        """Count; whether a window has ended that was slow: `latest` has its seconds and bytes."""
        self._seconds += seconds
        self._count += count
        if self._seconds < self._window:
            return False
        self.latest = (self._seconds, self._count)
        slow = self._count < SENSIBLE * self._seconds
        self._window *= 4 if slow else 1
        self._seconds, self._count = 0.0, 0
        return slow


class Download:
    """The unverified bytes, from whichever connection; arguments as for `BlobStream`."""

    def __init__(
        self,
        sources: Sequence[BlobSource],
        descriptor: Descriptor,
        options: Options,
        patience: Patience,
        what: str,
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        self._sources = list(sources)
        self._descriptor = descriptor
        self._size = descriptor.size
        self._timeouts = options.timeouts
        self._resumes_left = options.retries.resumes
        self._patience = patience
        self._what = what
        self._on_bytes = on_bytes
        self._response: Response | None = None
        self._offset = 0
        self._skip = 0
        self._ranges = True
        self._slow_since = 0.0
        self._slow_bytes = 0
        self._speed = _Speed(options.timeouts.document if what == "config" else options.timeouts.slow)
        self._ended_at: list[int] = []
        self._closed = False
        self.head = b""
        self.facts: dict[str, Any] = {}

    def go_on_after(self, count: int) -> None:
        """Begin after so many bytes, which are here already."""
        self._offset = count

    def read(self, size: int = _CHUNK, /) -> bytes:
        """Return up to `size` bytes, b"" at the end; raise when every source has been given up."""
        while not self._closed:
            try:
                data = self._receive(size)
            except SregistryError as error:
                self._drop()
                if self._offset == self._size:
                    break
                self._recover(error)
                continue
            if data is None:
                continue
            if not data:
                break
            if len(self.head) < _HEAD:
                self.head += data[: _HEAD - len(self.head)]
            self._offset += len(data)
            self._ended_at.clear()
            if self._on_bytes:
                self._on_bytes(len(data))
            return data
        self.close()
        return b""

    @property
    def source(self) -> BlobSource:
        """Where the bytes come from at the moment."""
        return self._sources[0]

    def explain(self, error: SregistryError) -> SregistryError:
        """Add what the current source knows."""
        return self.source.explain(error)

    def close(self) -> None:
        """Break the connection, if it is still open."""
        self._closed = True
        self._drop()

    def abort(self) -> None:
        """End a `read` that another thread waits in."""
        response = self._response
        if response:
            response.abort()

    def _drop(self) -> None:
        response, self._response = self._response, None
        if response:
            response.close()

    def _receive(self, size: int) -> bytes | None:
        """The next bytes of the current connection; None if they were to be skipped."""
        if self._response is None:
            self._timed(self._connect)
        response = self._response
        assert response is not None
        # One byte more than promised is asked for at the end, so that a longer blob is noticed.
        wanted = size if self._skip else min(size, self._size - self._offset + 1)
        data = b""
        try:
            data, seconds = self._timed(lambda: response.read(wanted))
            self._account(seconds, len(data))
            if self._speed.is_slow(seconds, len(data)):
                self._tell(response)
            if not data and self._offset < self._size:
                raise self._ended(response)
        except RegistryError as error:
            raise self._broken_off(error, self._offset - self._skip + len(data)) from error.__cause__
        if not self._skip:
            return data
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        return data[skipped:] or None

    def _ended(self, response: Response) -> RegistryError:
        """An answer that ended early, by its own account: cut, or another one."""
        if refused := _error_document(self.head) if self._offset == len(self.head) else {}:
            return RegistryError("blob-wrong-size", _refusal(self._what), **{**response.facts(), **refused})
        message = f"{response.host} ended its answer before the end of the {self._what}"
        return RegistryError("network-truncated", message, **response.facts())

    def _broken_off(self, error: RegistryError, reached: int) -> SregistryError:
        """`error` with how far this attempt came, and those before it that brought no new bytes."""
        self._ended_at.append(reached)
        furthest = max(self._offset, reached)
        return error.with_facts(expected_size=self._size, actual_size=furthest, ended_at=[*self._ended_at])

    def _timed(self, action: Callable[[], T]) -> tuple[T, float]:
        """What `action` returns and its seconds; only those spent on the network count, whether or not it succeeds."""
        began, answered = time.monotonic(), False
        try:
            with self._patience.waits.acting():
                result = action()
            answered = True
        finally:
            seconds = time.monotonic() - began
            self._patience.spend(seconds, answered=answered)
        return result, seconds

    def _account(self, seconds: float, count: int) -> None:
        """Enough bytes are movement, enough new ones are progress; too few for too long end the attempt."""
        self._slow_since += seconds
        self._slow_bytes += count
        if self._slow_bytes >= self._timeouts.slow_bytes:
            if self._skip:
                self._patience.movement(self._slow_since)
            elif self._what != "config":  # which is to come within the time of a document
                self._patience.progress()
            self._slow_since, self._slow_bytes = 0.0, 0
        elif self._slow_since > self._timeouts.stall or self._patience.own <= 0:
            waited, got = self._slow_since, self._slow_bytes
            self._slow_since, self._slow_bytes = 0.0, 0
            assert self._response is not None
            message = f"{self._response.host} all but stopped sending: {got} bytes in {waited:.0f} seconds"
            setting = "timeout_stall" if waited > self._timeouts.stall else "patience"
            waiting = {"waited_for": BODY, "timeout": round(waited, 1), "setting": setting, "silent": not got}
            facts = {**self._response.facts(), **waiting}
            raise RegistryError("network-stalled", message, **facts)

    def _tell(self, response: Response) -> None:
        """A person should know that this will take long; a config must not."""
        took, got = self._speed.latest
        if self._what == "config":
            message = f"{response.host} sends too slowly: {got} bytes in {took:.0f} seconds"
            waited: dict[str, Any] = {"waited_for": BODY, "timeout": round(took, 1), "setting": "timeout_document"}
            raise RegistryError("network-stalled", message, **waited, **response.facts())
        left = max(0, self._size - self._offset)
        speed = f"{got / took / 1000:.1f} kB/s"
        minutes = max(1, round(left / max(got, 1) * took / 60))
        self._patience.tell(f"{response.host} sends slowly ({speed}); at that speed it takes {minutes:,} min more")

    def _connect(self) -> None:
        """Open a connection that continues at the offset."""
        offset = self._offset if self._ranges else 0
        response = self._sources[0].open(offset, self._patience.deadline())
        self._response = response
        encoding = response.headers.get("content-encoding")
        self.facts = {**response.facts(), **({"content_encoding": encoding} if encoding else {})}
        if response.status == 416:
            self._start_over(response)
        elif response.status == 206:
            self._check_range(response, offset)
        else:
            self._check_length(response, self._size)
            self._skip = self._offset

    def _start_over(self, response: Response) -> None:
        """The server refuses or misunderstands the range: get everything, and skip what we have."""
        if not self._ranges or not self._offset:
            raise RegistryError("registry-unexpected", f"{response.host} refuses to send the blob", **response.facts())
        self._ranges = False
        self._drop()
        self._connect()

    def _check_range(self, response: Response, offset: int) -> None:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        if not match or int(match[1]) != offset:
            self._start_over(response)
            return
        if match[3] != "*" and int(match[3]) != self._size:
            raise self._wrong_size(response, int(match[3]))
        self._check_length(response, self._size - offset)
        self._skip = 0

    def _check_length(self, response: Response, expected: int) -> None:
        if response.length is not None and response.length != expected:
            raise self._wrong_size(response, response.length + self._size - expected)

    def _wrong_size(self, response: Response, announced: int) -> RegistryError:
        """Something else is announced; a look at its beginning tells what."""
        limit = _SMALL if announced <= _SMALL else _HEAD
        body = response.beginning(limit, self._timeouts.read) if response.status == 200 else b""
        head = body[:_HEAD]
        facts = {**self.facts, self._what: str(self._descriptor.digest)}
        if reading.is_html(head, response.headers.get("content-type")):
            message = f"a web page (HTML) came where the {self._what} should be"
            return RegistryError("registry-web-page", message, **{**facts, **reading.of_body(head, "text/html")})
        promised = self._is_promised(body)
        refused = {} if promised or announced > _HEAD else _error_document(head)
        message = f"the {self._what} has {announced} bytes where the manifest promises {self._size}"
        return RegistryError(
            "blob-wrong-size",
            _refusal(self._what) if refused else message,
            expected_size=self._size,
            actual_size=announced,
            right_digest=promised,
            **{**facts, **refused, **({"looks_like": "tar"} if self._is_unpacked(head) else {})},
        )

    def _is_unpacked(self, head: bytes) -> bool:
        """Whether a tar archive came where a compressed one was promised (POSIX.1-1988, ustar: the field magic)."""
        compressed = self._descriptor.media_type.endswith(("gzip", "zstd"))
        return compressed and head[_MAGIC_AT : _MAGIC_AT + 5] == b"ustar"

    def _is_promised(self, body: bytes) -> bool:
        hasher = self._descriptor.digest.hasher()
        hasher.update(body)
        return hasher.hexdigest() == self._descriptor.digest.hex

    def _recover(self, error: SregistryError) -> None:
        """Wait for another attempt, go over to the next source, or raise."""
        if self._offset and error.code.startswith("network-"):
            error.with_facts(expected_size=self._size, actual_size=self._offset)
        error = self._sources[0].explain(error.with_facts(**{self._what: str(self._descriptor.digest)}))
        error.with_facts(media_type=self._descriptor.media_type, size=self._size)
        try:
            if self._offset:
                self._resumes_left -= 1
            if self._resumes_left < 0:
                raise error
            self._patience.pause(error)
        except SregistryError as shown:
            if "ended_at" in shown.facts:  # of an earlier attempt, perhaps
                shown.facts["ended_at"] = [*self._ended_at]
            if len(self._sources) == 1:
                raise
            del self._sources[0]
            self._patience.progress()
