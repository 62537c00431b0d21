"""What ``skopeo copy … dir:FOLDER`` writes: ``manifest.json``, ``version``, each blob by its hex.

Manifests that an index lists are ``HEX.manifest.json``. There is one image, which has no name.

Source: containers-transports(5), "dir"; containers/image, "directory_transport.go" (``layerPath``, ``manifestPath``).
"""

from __future__ import annotations

from dataclasses import replace

from sregistry.digests import Digest
from sregistry.endpoints.layouts.errors import LayoutError
from sregistry.endpoints.layouts.place import Place
from sregistry.oci.manifests import Manifest

MANIFEST = "manifest.json"
VERSION_FILE = "version"
#: How the file that says the version begins; what follows is a number.
VERSION_BEGINS = b"Directory Transport Version: "
VERSION = VERSION_BEGINS + b"1.1\n"
_VERSION_LIMIT = 1 << 12


class DirFolder(Place):
    """The repository of such a folder."""

    def named(self, name: str) -> Manifest:
        """See `Place`; the only image has no name."""
        self._check_version()
        found = self._root()
        if found is None:
            raise self.other(MANIFEST)
        return found

    def by_digest(self, digest: Digest, media_type: str | None = None) -> Manifest:
        """See `Place`; ``manifest.json`` itself, or one that it lists."""
        root = self._root()
        if root is not None:
            hasher = digest.hasher()
            hasher.update(root.raw)
            if hasher.hexdigest() == digest.hex:
                return replace(root, digest=digest)
        return super().by_digest(digest, media_type)

    def blob_name(self, digest: Digest) -> str:
        """See `Place`."""
        return digest.hex if digest.algorithm == "sha256" else f"{digest.algorithm}-{digest.hex}"

    def manifest_name(self, digest: Digest) -> str:
        """See `Place`."""
        return f"{self.blob_name(digest)}.manifest.json"

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
