"""``https://`` and ``http://``: a SIF file anywhere on the web.

The version of a file is a hash of its ETag (else of Last-Modified) and its size: ``etag:HEX``. It is no digest of
content, and tells only whether the file at the address is still the one that was fetched; see `registry.files.Version`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from sregistry.digests import Digest
from sregistry.endpoints.base import Network, OneFile, OnWait
from sregistry.errors import RegistryError, SregistryError
from sregistry.references import InvalidReference, Platform, Reference, WebReference
from sregistry.references.sources import KNOWN, mapped

if TYPE_CHECKING:
    from sregistry.registry.files import FileSource, FileStream, Seen
    from sregistry.registry.session import Session
    from sregistry.sif.looks import Looks


class Web:
    """The endpoint of files at addresses; its session has connections, patience and proxies, and sends no login."""

    grammar = "web"

    def __init__(self, network: Network) -> None:
        self._network = network

    @cached_property
    def session(self) -> Session:
        """Of the network."""
        return self._network.open_session()

    def find(self, reference: Reference, platform: Platform | None) -> OneFile:
        """The file, of which only the beginning has been looked at.

        Raises:
            InvalidReference: ``web-address-hidden``.
            RegistryError: ``web-page``, ``web-not-sif``, ``web-changed``, ``image-other-platform``, and those of
                `registry.files.look`.
        """
        from sregistry.registry.files import ETAG, FileSource, look

        place = _of_web(reference)
        address = _address(place)
        seen = look(self.session, address)
        _require_sif(seen)
        version = seen.version.digest
        if place.digest and place.digest.algorithm == ETAG and place.digest != version:
            from sregistry.registry.files import changed

            raise changed({**seen.facts, "expected": str(place.digest), "actual": str(version) if version else None})
        digest = place.digest if place.digest and place.digest.algorithm != ETAG else None
        source = FileSource(self.session, address, seen.version, digest)
        resumable = digest is not None or version is not None
        return OneFile(
            lambda on_wait: self._open(place, source, None, on_wait),
            size=seen.version.size,
            digest=digest,
            version=digest or version,
            platform=_platform(seen, platform),
            resume=(lambda kept, on_wait: self._open(place, source, kept, on_wait)) if resumable else None,
        )

    def version(self, reference: Reference) -> Digest | None:
        """By one request for a few bytes, which servers and signatures allow where HEAD is refused.

        None where it is refused: `find` will be, too, and says why.
        """
        from sregistry.registry.files import look

        try:
            return look(self.session, _address(_of_web(reference)), head=1).version.digest
        except SregistryError as error:
            if "status" not in error.facts:
                raise
            return None

    def explain(self, error: SregistryError) -> SregistryError:
        """Nothing more to ask: a file server has one answer."""
        return error

    def close(self) -> None:
        """End what the session waits for and close its connections."""
        if "session" in vars(self):
            self.session.close()

    def _open(
        self, place: WebReference, source: FileSource, kept: BinaryIO | None, on_wait: OnWait | None
    ) -> FileStream:
        from sregistry.registry.files import FileStream

        return FileStream(source, kept, _hinting(on_wait, mapped(place, KNOWN.values())) if on_wait else None)


def _hinting(on_wait: OnWait, other: str | None) -> OnWait:
    """`on_wait` that is told, when it is told of slowness, where else the image is published."""
    if other is None:
        return on_wait

    def tell(reason: str, seconds: float) -> None:
        on_wait(reason if seconds else f"{reason}; the same image is published as {other}", seconds)

    return tell


def _of_web(reference: Reference) -> WebReference:
    """`reference`, which its grammar has made an address."""
    assert isinstance(reference, WebReference)
    return reference


def _address(reference: WebReference) -> str:
    """What is to be fetched; raises InvalidReference ``web-address-hidden`` where that is not known any more."""
    if not reference.address:
        message = "the query of this address was a secret and has not been kept, so that it cannot be fetched again"
        raise InvalidReference("web-address-hidden", message, source=reference.uri)
    return reference.address


def _require_sif(seen: Seen) -> None:
    """Raise what says what it is where it is no SIF file."""
    from sregistry.answers import facts
    from sregistry.sif.looks import Looks, looks_like

    encoding = seen.facts.get("content_encoding")
    looks, words = looks_like(seen.head)
    if looks is Looks.SIF and not encoding:
        return
    known: dict[str, Any] = {**seen.facts, "size": seen.version.size}
    if looks in (Looks.TEXT, Looks.UNKNOWN, Looks.EMPTY) and facts.is_html(seen.head, _content_type(seen, looks)):
        found = facts.of_body(seen.head, "text/html")
        raise RegistryError("web-page", "a web page (HTML) came where a SIF file should be", **{**known, **found})
    if looks is Looks.TEXT:
        known |= facts.of_body(seen.head, None)
    raise _no_sif(looks, f"packed on the way ({encoding})" if looks is Looks.SIF else words, known)


def _content_type(seen: Seen, looks: Looks) -> str | None:
    """The type that was declared, where it can be believed: busybox calls every file it does not know a web page."""
    return seen.facts.get("content_type") if looks.value == "text" else None


def _no_sif(looks: Looks, words: str, known: dict[str, Any]) -> RegistryError:
    message = f"the file at this address is not a SIF file, it is {words}"
    return RegistryError("web-not-sif", message, **known, format=words, looks_like=looks.value)


def _platform(seen: Seen, platform: Platform | None) -> Platform | None:
    """The platform of the image by its header; raises RegistryError ``image-other-platform``."""
    from sregistry.oci.image import other_platform
    from sregistry.references.machine import wanted
    from sregistry.sif import arch
    from sregistry.sif.header import Header

    name = arch.name(Header.unpack(seen.head).arch)
    if name == "unknown":
        return None
    actual, will_do = Platform.make("linux", name), wanted(platform)
    if not will_do.takes(actual):
        raise other_platform(actual, will_do).with_facts(**seen.facts)
    return actual
