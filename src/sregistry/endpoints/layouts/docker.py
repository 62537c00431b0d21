"""What ``docker save``, ``podman save`` and ``nerdctl save`` write: a tar archive with ``manifest.json``.

Docker 25 and later, containerd and nerdctl put an OCI layout beside it, whose manifests and digests are used where it
has the image. Archives of older programs know no digests: their manifest is made here, as skopeo makes it (which calls
every layer compressed), and each layer is verified by its diff_id. A layer that is stored compressed is read through
once for its digest.

Sources: moby, "image/spec/spec.md" (v1.2, "Combined Image JSON + Filesystem Changeset Format");
containers/image, "docker/internal/tarfile".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sregistry import gojson
from sregistry.digests import Digest
from sregistry.endpoints.layouts.errors import LayoutError
from sregistry.endpoints.layouts.oci import INDEX, MARK, OciLayout
from sregistry.endpoints.layouts.place import Place, as_digest, same_image, source_index
from sregistry.layers.compression import CHUNK, compression_of
from sregistry.oci import configs, media_types

if TYPE_CHECKING:
    from collections.abc import Callable

    from sregistry.endpoints.layouts.files import Files, Window
    from sregistry.oci.manifests import Manifest
    from sregistry.references import PathReference
    from sregistry.settings import Settings

MANIFEST = "manifest.json"
_IMAGES = gojson.List(gojson.struct("Config", RepoTags=gojson.List(), Layers=gojson.List()))
_TAR_LAYER = "application/vnd.docker.image.rootfs.diff.tar"


@dataclass(frozen=True, slots=True)
class _Saved:
    """One image of ``manifest.json``: the names of its files, and its own."""

    config: str
    layers: tuple[str, ...]
    tags: tuple[str, ...]


class DockerArchive(Place):
    """The repository of such an archive."""

    def __init__(self, reference: PathReference, settings: Settings, files: Callable[[], Files]) -> None:
        super().__init__(reference, settings, files)
        self._layout = OciLayout(reference, settings, files)
        self._saved: list[_Saved] | None = None
        self._made: dict[Digest, Manifest] = {}
        self._members: dict[Digest, str] = {}

    @property
    def saved(self) -> list[_Saved]:
        """The images of ``manifest.json``. Raises LayoutError ``layout-other``, ``layout-invalid``."""
        if self._saved is None:
            raw = self.document(MANIFEST, self.settings.max_manifest_size, "max_manifest_size")
            if raw is None:
                raise self.other(MANIFEST)
            self._saved = self._read(raw)
        return self._saved

    def _has(self, name: str) -> bool:
        window = self.files.open(name)
        if window is None:
            return False
        window.close()
        return True

    @cached_property
    def has_layout(self) -> bool:
        """Whether there is an OCI layout as well."""
        return self._has(MARK) and self._has(INDEX)

    @cached_property
    def is_layout(self) -> bool:
        """Whether there is an OCI layout alone, as nerdctl writes it for an image of another platform."""
        return self.has_layout and not self._has(MANIFEST)

    def images(self) -> list[str]:
        """The names of all images; ``@NUMBER`` for one that has none."""
        with self.told():
            if self.is_layout:
                return self._layout.images()
            names = [name for number, one in enumerate(self.saved) for name in one.tags or (f"@{number}",)]
            return list(dict.fromkeys(names))

    def named(self, name: str) -> Manifest:
        """See `Place`; a name is one of an image as Docker reads it, or ``@NUMBER``."""
        if self.is_layout:
            return self._layout.named(name)
        found = self._called(name)
        if self.has_layout and (inside := self._in_layout(name, found)):
            return inside
        if not found:
            raise self.unknown(name, self.images())
        return self._manifest_of(found[0])

    def by_digest(self, digest: Digest, media_type: str | None = None) -> Manifest:
        """See `Place`; one of the OCI layout, or one that is made here."""
        if digest not in self._made and not self.is_layout:
            for one in self.saved:
                self._manifest_of(one)
        return self._made[digest] if digest in self._made else self._layout.by_digest(digest, media_type)

    def blob_name(self, digest: Digest) -> str:
        """See `Place`."""
        return self._members.get(digest) or super().blob_name(digest)

    def _called(self, name: str) -> list[_Saved]:
        """The images called `name`; raises LayoutError ``layout-several``."""
        number = source_index(name)
        if number is not None:
            return self.saved[number : number + 1]
        found = [one for one in self.saved if not name or any(same_image(name, tag) for tag in one.tags)]
        if len(found) > 1:
            raise self.several(name, self.images())
        return found

    def _in_layout(self, name: str, found: list[_Saved]) -> Manifest | None:
        """The manifest of the OCI layout for what is wanted; None if it does not have it."""
        wanted = {name} if name and source_index(name) is None else {tag for one in found for tag in one.tags}
        digests = {
            one.descriptor.digest: one
            for one in self._layout.listed()
            if any(same_image(tag, own) for tag in wanted for own in one.names)
        }
        candidates = list(digests.values())
        if not candidates and found and len(self.saved) == 1:
            candidates = [one for one in self._layout.listed() if not one.is_about_another]
        if len(candidates) != 1:
            return None
        return self._layout.by_digest(candidates[0].descriptor.digest, candidates[0].descriptor.media_type)

    def _read(self, raw: bytes) -> list[_Saved]:
        try:
            document = gojson.read(raw, _IMAGES)
        except gojson.JsonError as error:
            raise self.invalid(MANIFEST, f"it is not JSON ({error.reason})") from error
        if not isinstance(document, list) or not document:
            raise self.invalid(MANIFEST, "it is no list of images")
        return [self._image(item) for item in document]

    def _image(self, item: Any) -> _Saved:
        if not isinstance(item, dict) or not isinstance(item.get("Config"), str):
            raise self.invalid(MANIFEST, "an image has no Config")
        layers, tags = item.get("Layers") or [], item.get("RepoTags") or []
        if not all(
            isinstance(names, list) and all(isinstance(name, str) for name in names) for names in (layers, tags)
        ):
            raise self.invalid(MANIFEST, "Layers and RepoTags have to be lists of names")
        return _Saved(item["Config"], tuple(layers), tuple(tags))

    def _manifest_of(self, saved: _Saved) -> Manifest:
        """The manifest of an image that has none."""
        raw = self.document(saved.config, self.settings.max_config_size, "max_config_size")
        if raw is None:
            raise self._lacking(saved.config, "config")
        diff_ids = self._diff_ids(raw, saved)
        config = Digest.of(raw)
        self._members[config] = saved.config
        made = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": media_types.DOCKER_MANIFEST,
                "config": {"mediaType": media_types.DOCKER_CONFIG, "size": len(raw), "digest": str(config)},
                "layers": [self._layer(*pair) for pair in zip(saved.layers, diff_ids, strict=True)],
            },
            separators=(",", ":"),
        )
        manifest = self.parsed(made.encode(), media_types.DOCKER_MANIFEST, MANIFEST)
        return self._made.setdefault(manifest.digest, manifest)

    def _diff_ids(self, raw: bytes, saved: _Saved) -> list[Digest]:
        rootfs = configs.read(raw)[0].get("rootfs")
        texts = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
        found = [as_digest(text) for text in texts if isinstance(text, str)] if isinstance(texts, list) else []
        digests = [digest for digest in found if digest]
        if len(digests) != len(saved.layers):
            detail = f"it lists {len(saved.layers)} layers, and the config of the image {len(digests)}"
            raise self.invalid(MANIFEST, detail)
        return digests

    def _layer(self, name: str, diff_id: Digest) -> dict[str, Any]:
        """The descriptor of a layer; a compressed one has the digest of what is stored."""
        window = self.files.open(name)
        if window is None:
            raise self._lacking(name, "layer")
        with window:
            head = window.read(6)
            compression = compression_of(head)
            digest = diff_id if compression == "none" else _digest(head, window)
            kind = _TAR_LAYER if compression == "none" else f"{_TAR_LAYER}.{compression}"
            self._members[digest] = name
            return {"mediaType": kind, "size": window.size, "digest": str(digest)}

    def _lacking(self, name: str, what: str) -> LayoutError:
        message = f"the {what} {name} is not in {self.reference.path}"
        return LayoutError("layout-content-missing", message, what=what, member=name)


def _digest(head: bytes, window: Window) -> Digest:
    hasher = Digest.of(b"").hasher()
    hasher.update(head)
    while data := window.read(CHUNK):
        hasher.update(data)
    return Digest("sha256", hasher.hexdigest())
