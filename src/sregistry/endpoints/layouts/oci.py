"""An OCI image layout: ``oci-layout``, ``index.json`` and ``blobs/ALGORITHM/HEX``, in a folder or an archive.

Source: OCI Image Specification 1.1, "image-layout.md" and "annotations.md".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sregistry import gojson
from sregistry.digests import Digest
from sregistry.endpoints.layouts.errors import LayoutError
from sregistry.endpoints.layouts.place import Place, same_image, source_index, subject_of
from sregistry.oci import index as indexes
from sregistry.oci import media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.index import Entry
from sregistry.oci.manifests import Manifest

MARK = "oci-layout"
INDEX = "index.json"
#: Of the layout; every 1.x can be read by who reads 1.0.0.
VERSION = "1.0.0"
REF_NAME = "org.opencontainers.image.ref.name"
#: The name in full, as Docker, containerd and nerdctl write it beside the tag alone.
IMAGE_NAME = "io.containerd.image.name"

#: How cosign calls what it puts beside an image, after the image's digest.
_BESIDE = re.compile(r"sha\d+-[0-9a-f]{40,}(\.\w+)?")
#: The file that says the version has some thirty bytes.
_MARK_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of ``index.json``: its place in the list, and what it is called, the name in full first."""

    number: int
    entry: Entry
    names: tuple[str, ...]

    @property
    def descriptor(self) -> Descriptor:
        """Of its manifest."""
        return self.entry.descriptor

    @property
    def shown(self) -> str:
        """How a reference names it."""
        return self.names[0] if self.names else f"@{self.number}"

    @property
    def is_about_another(self) -> bool:
        """Whether it is no image but what is attached to one: a signature, a list of packages."""
        if self.names:
            return self.entry.is_attestation or all(_BESIDE.fullmatch(name) for name in self.names)
        return self.entry.is_attestation or bool(self.descriptor.artifact_type)


class OciLayout(Place):
    """The repository of an OCI layout."""

    _index: Manifest | None = None

    @property
    def index(self) -> Manifest:
        """``index.json``, read once. Raises LayoutError ``layout-other``, ``layout-version``, ``layout-invalid``."""
        if self._index is None:
            self._check_mark()
            raw = self.document(INDEX, self.settings.max_manifest_size, "max_manifest_size")
            if raw is None:
                raise self.other(INDEX)
            found = self.parsed(raw, media_types.OCI_INDEX, INDEX)
            if not found.is_index:
                raise self.invalid(INDEX, "it does not list manifests")
            self._index = found
        return self._index

    def forget(self) -> None:
        """Read ``index.json`` anew the next time."""
        self._index = None

    def listed(self) -> list[Listed]:
        """The entries of ``index.json`` in order."""
        found = []
        for number, entry in enumerate(indexes.entries(self.index)):
            annotations = entry.descriptor.annotations
            names = tuple(dict.fromkeys(annotations[key] for key in (IMAGE_NAME, REF_NAME) if annotations.get(key)))
            found.append(Listed(number, entry, names))
        return found

    def images(self) -> list[str]:
        """The names of all images; ``@NUMBER`` for one that has none."""
        with self.told():
            shown = [one.shown for one in self.listed() if not one.is_about_another]
            return list(dict.fromkeys(shown))

    def referrers(self, subject: Digest) -> list[Descriptor]:
        """The descriptors of what is attached to a manifest: the entries of ``index.json`` whose subject it is."""
        with self.told():
            found = [(one.descriptor, self._manifest_of(one)) for one in self.listed()]
            return [descriptor for descriptor, manifest in found if subject_of(manifest) == str(subject)]

    def _manifest_of(self, one: Listed) -> Manifest:
        return self.by_digest(one.descriptor.digest, one.descriptor.media_type)

    def named(self, name: str) -> Manifest:
        """See `Place`. Without a name, an index of one image for several platforms is that image."""
        found = self.meant(name)
        return self.index if len({one.descriptor.digest for one in found}) > 1 else self._manifest_of(found[0])

    def meant(self, name: str) -> list[Listed]:
        """The entries of the image called `name`, of the only image for an empty name; at least one.

        They have one digest, or are the platforms of one image, which is all that is listed.
        """
        listed = self.listed()
        found = _called(name, listed) if name else [one for one in listed if not one.is_about_another]
        if not found:
            if name:
                raise self.unknown(name, self.images())
            raise LayoutError("layout-content-missing", f"there is no image in {self.reference.path}", what="image")
        if len({one.descriptor.digest for one in found}) == 1 or (len(found) == len(listed) and _is_one_image(found)):
            return found
        raise self.several(name, [one.shown for one in found])

    def by_digest(self, digest: Digest, media_type: str | None = None) -> Manifest:
        """See `Place`; ``index.json`` itself has a digest, too."""
        if self._index is not None and digest == self._index.digest:
            return replace(self._index, digest=digest)
        return super().by_digest(digest, media_type)

    def _check_mark(self) -> None:
        raw = self.document(MARK, _MARK_LIMIT, "max_manifest_size")
        if raw is None:
            raise self.other(MARK)
        try:
            document = gojson.loads(raw)
        except gojson.JsonError as error:
            raise self.invalid(MARK, f"it is not JSON ({error.reason})") from error
        version = document.get("imageLayoutVersion") if isinstance(document, dict) else None
        if not isinstance(version, str):
            raise self.invalid(MARK, "it has no imageLayoutVersion")
        if version.partition(".")[0] != VERSION.partition(".")[0]:
            message = f"the layout has the version {version[:20]!r}, and only {VERSION} is known"
            raise LayoutError("layout-version", message, version=version[:20], known=[VERSION])


def _called(name: str, listed: list[Listed]) -> list[Listed]:
    """Those called `name`: letter by letter, else by Docker's rules."""
    number = source_index(name)
    if number is not None:
        return listed[number : number + 1]
    exact = [one for one in listed if name in one.names]
    return exact or [one for one in listed if any(same_image(name, other) for other in one.names)]


def _is_one_image(found: list[Listed]) -> bool:
    """Whether these are the platforms of one image: each tells another one, and all have one name or none."""
    platforms = [one.entry.platform for one in found]
    return None not in platforms and len(set(platforms)) == len(found) and len({one.names for one in found}) == 1
