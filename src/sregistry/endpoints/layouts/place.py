"""What repositories in folders and archives have in common: documents within limits, blobs that verify themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from sregistry.digests import Digest, DigestError, VerifiedReader
from sregistry.endpoints.base import OnWait
from sregistry.endpoints.layouts.errors import LayoutError
from sregistry.endpoints.layouts.files import Files, Folder, Window
from sregistry.errors import RegistryError, SregistryError
from sregistry.kinds import Kind
from sregistry.oci import manifests
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest
from sregistry.references import InvalidReference, PathReference, RegistryReference, parse_registry

if TYPE_CHECKING:
    from sregistry.settings import Settings

#: What is wrong with a manifest, where the words of a registry's answer do not fit.
_DETAILS = {
    "manifest-empty": "it is empty",
    "manifest-truncated": "its JSON ends too early",
    "registry-web-page": "it is a web page (HTML)",
}
#: What `look.kind_of` has seen, in words.
_WORDS = {
    "oci": "an OCI layout",
    "docker-archive": "an archive of docker save",
    "dir": "a folder that skopeo has written",
    "old": "an archive of Docker before 1.10",
    "root": "the file system of a container, as docker export writes it",
}


class Blob:
    """The bytes of a blob, verified as they are read; errors say in which file they are."""

    def __init__(self, window: Window, descriptor: Descriptor, what: str, place: Place, member: str) -> None:
        self.window: Window = window
        self._reader = VerifiedReader(window, descriptor.digest, descriptor.size or None, what=what)
        self._place = place
        self._member = member

    @property
    def vouches(self) -> tuple[Digest, int | None]:
        """Digest and size, see `digests.vouched`."""
        return self._reader.vouches

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; b"" at the verified end. Raises DigestError, DiskError."""
        try:
            return self._reader.read(size)
        except DigestError as error:
            # A file that is too short here is no matter of a network.
            raise self._place.located(error, self._member).become(Kind.IMAGE) from error.__cause__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.window.close()


class Place:
    """A repository in a folder or archive.

    Args:
        reference: the place, and the image that is meant where no name is given.
        settings: in force; its limits count.
        files: opens the folder or archive; the same each time.
    """

    #: There is one copy of everything.
    places = 1

    def __init__(self, reference: PathReference, settings: Settings, files: Callable[[], Files]) -> None:
        self.reference: PathReference = reference
        self.settings: Settings = settings
        self._files = files

    @property
    def files(self) -> Files:
        """Its files; raises LayoutError, DiskError."""
        return self._files()

    def manifest(self, name: str) -> Manifest:
        """See `base.Repository`.

        Raises:
            LayoutError: ``layout-name-unknown``, ``layout-several`` (no name, and more than one image),
                ``layout-content-missing``, ``layout-invalid``, ``layout-too-large``, and what opening it raises.
            DigestError: it is not what its digest says.
        """
        with self.told():
            wanted = name or self.reference.identifier
            digest = as_digest(wanted)
            return self.by_digest(digest) if digest else self.named(wanted)

    def named(self, name: str) -> Manifest:
        """The manifest called `name`; of the only image for an empty one."""
        raise NotImplementedError

    def by_digest(self, digest: Digest, media_type: str | None = None) -> Manifest:
        """The verified manifest of this digest."""
        member = self.manifest_name(digest)
        raw = self.document(member, self.settings.max_manifest_size, "max_manifest_size")
        if raw is None:
            raise self.missing(digest, "manifest", member)
        try:
            digest.verify(raw, what="manifest")
        except DigestError as error:
            raise self.located(error, member) from error.__cause__
        return replace(self.parsed(raw, media_type, member), digest=digest)

    def blob(self, descriptor: Descriptor, on_wait: OnWait | None = None) -> Blob:
        """See `base.Repository`; nothing is waited for. Raises LayoutError ``layout-content-missing``."""
        with self.told():
            return self._blob(descriptor, "layer")

    def config(self, descriptor: Descriptor) -> bytes:
        """The verified bytes of an image's config."""
        limit = self.settings.max_config_size
        if descriptor.size > limit:
            raise self.too_large("the config of the image", descriptor.size, limit, "max_config_size")
        with self.told(), self._blob(descriptor, "config") as stream:
            if stream.window.size > limit:
                raise self.too_large("the config of the image", stream.window.size, limit, "max_config_size")
            return stream.read()

    def size(self, digest: Digest) -> int:
        """The size of a blob; raises LayoutError ``layout-content-missing``."""
        with self.told(), self._blob(Descriptor("", digest, 0), "layer") as stream:
            return stream.window.size

    def images(self) -> list[str]:
        """The names of all images; none where images have no names."""
        return []

    def _blob(self, descriptor: Descriptor, what: str) -> Blob:
        member = self.blob_name(descriptor.digest)
        window = self.files.open(member) if member else None
        if window is None:
            raise self.missing(descriptor.digest, what, member)
        return Blob(window, descriptor, what, self, member)

    def blob_name(self, digest: Digest) -> str:
        """The file of a blob; empty where none is known."""
        return f"blobs/{digest.algorithm}/{digest.hex}"

    def manifest_name(self, digest: Digest) -> str:
        """The file of a manifest that is named by its digest."""
        return self.blob_name(digest)

    def document(self, name: str, limit: int, setting: str) -> bytes | None:
        """The bytes of a small file; None if it is not there. Raises LayoutError ``layout-too-large``."""
        window = self.files.open(name) if name else None
        if window is None:
            return None
        with window:
            if window.size > limit:
                raise self.too_large(name, window.size, limit, setting)
            return window.read()

    def parsed(self, raw: bytes, media_type: str | None, member: str) -> Manifest:
        """The manifest that `raw` is; raises LayoutError ``layout-invalid``."""
        try:
            return manifests.parse(raw, media_type)
        except RegistryError as error:
            detail = _DETAILS.get(error.code) or error.message
            if error.facts.get("fault") == "json":
                detail = f"it is not JSON ({error.facts['reason']})"
            elif error.facts.get("reason"):
                detail = f"it has {error.facts['reason']}"
            raise self.invalid(member, detail) from error

    @contextmanager
    def told(self) -> Iterator[None]:
        """Let errors say which folder or archive they are about, and those of documents that it is here."""
        try:
            yield
        except RegistryError as error:
            if error.code not in ("manifest-malformed", "manifest-unsupported"):
                raise error.with_facts(**self.facts()) from error.__cause__
            raise self.located(LayoutError("layout-invalid", error.message, **error.facts)) from error
        except SregistryError as error:
            raise error.with_facts(**self.facts()) from error.__cause__

    def facts(self) -> dict[str, str]:
        """What errors say about this place."""
        return {"layout": self.reference.path, "scheme": self.reference.scheme, "identifier": self.reference.identifier}

    def located(self, error: SregistryError, member: str = "") -> SregistryError:
        """`error` with what is known of the place."""
        return error.with_facts(**self.facts(), **({"member": member} if member else {}))

    def invalid(self, member: str, detail: str, **facts: Any) -> LayoutError:
        """The error for a document that cannot be used."""
        message = f"{member} is not valid: {detail}"
        return LayoutError("layout-invalid", message, member=member, detail=detail, **facts)

    def other(self, missing: str) -> LayoutError:
        """The error where the file is not there without which it is not what the scheme names."""
        from sregistry.endpoints.layouts.look import kind_of, suggested

        folder = isinstance(self.files, Folder)
        facts: dict[str, Any] = {"missing": missing, "looks_like": _WORDS.get(kind_of(self.files, folder), "")}
        if suggestion := suggested(self.files, folder):
            facts["suggestion"] = suggestion
        return LayoutError("layout-other", f"there is no {missing} in {self.reference.path}", **facts)

    def missing(self, digest: Digest, what: str, member: str) -> LayoutError:
        """The error for what is listed and is not there."""
        message = f"the {what} {digest} is not in {self.reference.path}"
        return LayoutError("layout-content-missing", message, what=what, digest=str(digest), member=member)

    def unknown(self, name: str, images: list[str]) -> LayoutError:
        """The error for a name that nothing has."""
        message = f"there is no image called {name!r} in {self.reference.path}"
        return LayoutError("layout-name-unknown", message, identifier=name, known=images)

    def several(self, name: str, images: list[str]) -> LayoutError:
        """The error where more than one image could be meant."""
        called = f"called {name!r} " if name else ""
        message = f"there are {len(images)} images {called}in {self.reference.path}, and none of them was named"
        if name:
            message = f"there are {len(images)} images called {name!r} in {self.reference.path}"
        return LayoutError("layout-several", message, identifier=name, known=images)

    def too_large(self, what: str, size: int, limit: int, setting: str) -> LayoutError:
        """The error for a document beyond its limit."""
        message = f"{what} has {size} bytes, more than the {limit} allowed"
        return LayoutError("layout-too-large", message, actual_size=size, limit=limit, setting=setting)


def subject_of(manifest: Manifest) -> str | None:
    """The digest of what a manifest refers to; None if it refers to nothing."""
    subject = manifest.document.get("subject")
    return str(subject.get("digest")) if isinstance(subject, dict) else None


def as_digest(text: str) -> Digest | None:
    """The digest that `text` spells; None if it is a name."""
    try:
        return Digest.parse(text)
    except DigestError:
        return None


def as_image(text: str) -> RegistryReference | None:
    """What `text` is called in full, by Docker's rules; None if it is no name of an image."""
    try:
        return parse_registry(text)
    except InvalidReference:
        return None


def same_image(one: str, other: str) -> bool:
    """Whether two names of images are the same by Docker's rules: ``busybox``, ``docker.io/library/busybox:latest``."""
    first = as_image(one)
    return first is not None and first == as_image(other)


def source_index(name: str) -> int | None:
    """The number of an image in its list that ``@NUMBER`` means, as in skopeo; None if it is another name."""
    number = name.removeprefix("@")
    return int(number) if name.startswith("@") and number.isdecimal() and len(number) < 10 else None
