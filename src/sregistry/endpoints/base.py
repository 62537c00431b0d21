"""What an endpoint is: what every one can, and the abilities that only some places have.

Each ability is a small protocol; an endpoint has those methods that its place really offers, and `catalog.able` refuses
the others by name. The suite `tests/endpoints/suite.py` is the contract in the form of tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self, runtime_checkable

from sregistry.digests import Digest
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.image import Image
from sregistry.oci.manifests import Manifest
from sregistry.references import Platform, Reference

if TYPE_CHECKING:
    from sregistry.errors import SregistryError
    from sregistry.http.transport import OnExchange
    from sregistry.registry.session import Session
    from sregistry.settings import Settings

#: Called when a pause begins: why, and for how many seconds.
OnWait = Callable[[str, float], None]
#: Called with the number of bytes that have been sent or read since the last call.
OnBytes = Callable[[int], None]


class Network(Protocol):
    """What an endpoint is given to work with: the settings in force, and a way to registries."""

    @property
    def settings(self) -> Settings:
        """In force."""
        ...

    @property
    def on_exchange(self) -> OnExchange | None:
        """Told of every request."""
        ...

    def open_session(self) -> Session:
        """A session with registries, which the endpoint closes."""
        ...


class ByteStream(Protocol):
    """Bytes that verify themselves: `read` raises unless what ends is what was promised."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, b"" at the verified end."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Repository(Protocol):
    """Manifests and blobs: a registry's repository, a layout, an archive."""

    def manifest(self, name: str) -> Manifest:
        """The manifest called `name` (tag, name in a layout, digest); empty for the only one.

        Raises RegistryError ``manifest-…``, ``tag-unknown``.
        """
        ...

    def blob(self, descriptor: Descriptor, on_wait: OnWait | None = None) -> ByteStream:
        """A stream of a blob that verifies itself. `on_wait` is told of pauses."""
        ...

    @property
    def places(self) -> int:
        """From how many places a blob may be had; each is asked in turn while it arrives damaged."""
        ...


@runtime_checkable
class Writable(Repository, Protocol):
    """A repository that takes manifests and blobs, from any number of threads."""

    def has(self, descriptor: Descriptor) -> bool:
        """Whether the blob, or the manifest if it is of the media type of one, is there."""
        ...

    def mount(self, digest: Digest, source: Repository) -> bool:
        """Take a blob from another repository of the same place without sending it; False: it has to be sent."""
        ...

    def put_blob(self, descriptor: Descriptor, stream: ByteStream, on_bytes: OnBytes | None = None) -> None:
        """Store a blob; the same again changes nothing. What was interrupted is resumed where the place can.

        Raises DigestError where the stream is not what `descriptor` says; nothing is stored then.
        """
        ...

    def put_manifest(self, name: str, manifest: Manifest) -> Digest:
        """Store a manifest, after all that it names; `name` is a tag, a digest, or empty for its digest alone.

        One with a ``subject`` is listed among the referrers of that from then on.
        """
        ...


@runtime_checkable
class Refers(Protocol):
    """A repository that knows what refers to its manifests."""

    def referrers(self, digest: Digest) -> Sequence[Descriptor]:
        """The manifests whose ``subject`` is `digest`; none where nothing refers to it."""
        ...


@runtime_checkable
class Sizes(Protocol):
    """A repository that tells the size of a blob whose manifest does not, as those of schema 1."""

    def size(self, digest: Digest) -> int:
        """In bytes; raises RegistryError ``blob-unknown``."""
        ...


@dataclass(frozen=True, slots=True)
class Layered:
    """An image in layers, which have to be assembled; `repository` has their bytes."""

    repository: Repository
    image: Image


@dataclass(frozen=True, slots=True)
class OneFile:
    """An image that is one finished SIF file.

    Attributes:
        open: starts the download; takes a callback for pauses. The stream verifies what is known: digest or size.
        resume: the same after what is here already: takes a file whose content, to its end, is the beginning. The
            stream verifies that, too, and does not return it. None where the place cannot.
        size: in bytes; None where it is not told.
        digest: of the file; None where nobody says.
        version: what tells this file from another at the same place later, see `Endpoint.version`.
        platform: of the image, where the place says it.
        annotations: of the file's manifest or object.
        warnings: sentences.
    """

    open: Callable[[OnWait | None], ByteStream]
    size: int | None = None
    digest: Digest | None = None
    version: Digest | None = None
    platform: Platform | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    resume: Callable[[BinaryIO, OnWait | None], ByteStream] | None = None


class Endpoint(Protocol):
    """What every scheme can. Its class is made with a `Network` and opens what it needs when it is asked."""

    def find(self, reference: Reference, platform: Platform | None) -> Layered | OneFile:
        """The image that `reference` means on `platform` (this machine's for None); raises, never takes another."""
        ...

    def version(self, reference: Reference) -> Digest | None:
        """What `reference` means now, by one cheap request; None where that is not told, or nothing is there.

        Of an index it is the digest of the index.
        """
        ...

    def explain(self, error: SregistryError) -> SregistryError:
        """Its own second look: `error` with what a few more questions have found; never raises."""
        ...

    def close(self) -> None:
        """End everything; may be called more than once."""
        ...


@runtime_checkable
class Holds(Protocol):
    """A place of manifests and blobs, which can be copied as they are."""

    def repository(self, reference: Reference) -> Repository:
        """The repository of `reference`; nothing is asked yet."""
        ...


@dataclass(frozen=True, slots=True)
class Names:
    """What a place lists: `names` in its own order, ready to be put behind `prefix` to be references.

    `kind` says in one word (plural) what they are: ``tags``, ``repositories``, ``images``.
    """

    names: Sequence[str]
    kind: str
    prefix: str


@runtime_checkable
class Lists(Protocol):
    """A place that tells what it has."""

    def names(self, reference: Reference, limit: int | None) -> Names:
        """What is at `reference`, `limit` names at most."""
        ...


@dataclass(frozen=True, slots=True)
class About:
    """What is told with a pushed file.

    Attributes:
        annotations: of its manifest.
        platform: of the image; None where the file says it.
        title: what the file is called; empty for the name it has.
        origin: where it was pulled from, which may have all of it; None where that is not known.
    """

    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Platform | None = None
    title: str = ""
    origin: Reference | None = None


@runtime_checkable
class Pushes(Protocol):
    """A place that takes images."""

    def push(self, reference: Reference, sif: Path, about: About, on_bytes: OnBytes) -> Digest:
        """Store the SIF file under `reference`; return the digest by which it can be had from now on."""
        ...


@runtime_checkable
class Converts(Protocol):
    """A place that takes images in another form than SIF files, which takes a while to make of one.

    Meanwhile `Pushes.push` calls ``on_bytes(0)`` every now and then: it may raise, and so end the push.
    """

    @property
    def form(self) -> str:
        """The form, which completes "becomes …"."""
        ...


@runtime_checkable
class Tags(Protocol):
    """A place where an image can get another tag."""

    def tag(self, reference: Reference, new: str) -> Digest:
        """Let the tag `new` mean the image `reference`, with every byte of its manifest; return its digest."""
        ...


@runtime_checkable
class Deletes(Protocol):
    """A place where images can be removed."""

    def delete(self, reference: Reference) -> None:
        """Remove the tag or name that `reference` has and no other; of one with a digest, the image with all of them.

        Raises RegistryError ``registry-tag-bound`` where a tag cannot be deleted without the others.
        """
        ...


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reference means now: a `digest`, and the other tags or names that mean the same; None if not known."""

    digest: Digest
    others: Sequence[str] | None


@runtime_checkable
class Knows(Protocol):
    """A place that deletes, and tells beforehand what would go."""

    def meaning(self, reference: Reference, *, others: bool) -> Meaning:
        """Of `reference`, as it is where it would be deleted; raises where there is nothing.

        Without `others` these need not be looked for.
        """
        ...


@runtime_checkable
class Shares(Protocol):
    """A place that gives out addresses which open an image for a while."""

    def share(self, reference: Reference, seconds: int) -> str:
        """An address that anybody can use for `seconds`."""
        ...
