"""What ``skopeo copy … dir:FOLDER`` writes: ``manifest.json``, ``version``, each blob by its hex.

Manifests that an index lists are ``HEX.manifest.json``. There is one image, which has no name.

Source: containers-transports(5), "dir"; containers/image, "directory_transport.go" (``layerPath``, ``manifestPath``).
"""

from __future__ import annotations

from dataclasses import replace

from sregistry.digests import Digest
from sregistry.endpoints.layouts.errors import LayoutError
from sregistry.endpoints.layouts.place import Place, as_digest, subject_of
from sregistry.errors import SregistryError
from sregistry.oci import schema1
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest

MANIFEST = "manifest.json"
VERSION_FILE = "version"
#: How the file that says the version begins; what follows is a number.
VERSION_BEGINS = b"Directory Transport Version: "
VERSION = VERSION_BEGINS + b"1.1\n"
_VERSION_LIMIT = 1 << 12
_CHILD = ".manifest.json"


class DirFolder(Place):
    """The repository of such a folder."""

    def named(self, name: str) -> Manifest:
        """See `Place`; the only image has no name."""
        self._check_version()
        if name:
            raise self.unknown(name, [])
        found = self._root()
        if found is None:
            raise self.other(MANIFEST)
        return found

    def by_digest(self, digest: Digest, media_type: str | None = None) -> Manifest:
        """See `Place`; ``manifest.json`` itself, or one that it lists."""
        root = self._root()
        if root is not None and _is_of(digest, root):
            return replace(root, digest=digest)
        return super().by_digest(digest, media_type)

    def is_root(self, digest: Digest) -> bool:
        """Whether this is the digest of the one image; False where there is none."""
        try:
            root = self._root()
        except SregistryError:
            return False
        return root is not None and _is_of(digest, root)

    def referrers(self, subject: Digest) -> list[Descriptor]:
        """See `base.Refers`."""
        with self.told():
            found = [self.by_digest(digest) for digest in self._children()]
            return [
                Descriptor(one.media_type, one.digest, len(one.raw)) for one in found if subject_of(one) == str(subject)
            ]

    def _children(self) -> list[Digest]:
        """The digests of all manifests but that of the image."""
        names = [path.name.removesuffix(_CHILD) for path in self.files.path.glob(f"*{_CHILD}")]
        texts = [name.replace("-", ":") if "-" in name else f"sha256:{name}" for name in sorted(names)]
        return [digest for text in texts if (digest := as_digest(text))]

    def blob_name(self, digest: Digest) -> str:
        """See `Place`."""
        return digest.hex if digest.algorithm == "sha256" else f"{digest.algorithm}-{digest.hex}"

    def manifest_name(self, digest: Digest) -> str:
        """See `Place`."""
        return f"{self.blob_name(digest)}{_CHILD}"

    def _root(self) -> Manifest | None:
        raw = self.document(MANIFEST, self.settings.max_manifest_size, "max_manifest_size")
        return self.parsed(raw, None, MANIFEST) if raw is not None else None

    def _check_version(self) -> None:
        """Folders of before 2018 have no such file."""
        raw = self.document(VERSION_FILE, _VERSION_LIMIT, "max_manifest_size")
        if raw is None:
            return
        text = raw.removeprefix(VERSION_BEGINS).strip().decode("ascii", "replace")
        if not raw.startswith(VERSION_BEGINS) or text.partition(".")[0] != "1":
            message = f"the folder has the version {text[:20]!r}, and only 1.1 is known"
            raise LayoutError("layout-version", message, version=text[:20], known=["1.1"])


def _is_of(digest: Digest, manifest: Manifest) -> bool:
    hasher = digest.hasher()
    hasher.update(schema1.payload(manifest.raw) if manifest.is_schema1 else manifest.raw)
    return hasher.hexdigest() == digest.hex
