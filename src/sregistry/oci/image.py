"""From a reference to an image: the manifest for a platform, its config, its layers with their diff_ids.

Source: OCI Image Specification, "manifest.md" and "config.md".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sregistry.digests import Digest, DigestError
from sregistry.errors import RegistryError
from sregistry.notebook import Shown
from sregistry.oci import artifacts, configs, index, media_types, schema1
from sregistry.oci import descriptors as descriptor_rules
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.index import Entry
from sregistry.oci.manifests import Manifest
from sregistry.references import Platform, Reference, RegistryReference, machine
from sregistry.references.platform import Wanted


@dataclass(frozen=True, slots=True)
class Layer(Shown):
    """One layer; `diff_id` is the digest of its tar, None for schema 1."""

    descriptor: Descriptor
    diff_id: Digest | None

    @property
    def digest(self) -> Digest:
        """Of the layer as stored."""
        return self.descriptor.digest

    @property
    def size(self) -> int:
        """In bytes, as stored."""
        return self.descriptor.size

    @property
    def media_type(self) -> str:
        """As the manifest says."""
        return self.descriptor.media_type

    def facts(self) -> dict[str, Any]:
        """The layer in JSON's types."""
        return {**self.descriptor.facts(), "diff_id": str(self.diff_id) if self.diff_id else None}


@dataclass(frozen=True, slots=True)
class Image(Shown):
    """What is needed to build an image: everything but the layers' bytes.

    Attributes:
        reference: what was resolved.
        manifest: of the chosen platform.
        index_digest: of the index it was chosen from; None for a single manifest.
        platform: what the index says, else the config, else what was wanted.
        config: the config document (rebuilt for schema 1); `config_digest` its digest, None for schema 1.
        layers: bottom first.
        warnings: sentences about what was odd and did not matter.
    """

    reference: Reference
    manifest: Manifest
    manifest_digest: Digest
    index_digest: Digest | None
    platform: Platform
    config: dict[str, Any]
    config_digest: Digest | None
    layers: list[Layer]
    warnings: list[str]

    def facts(self) -> dict[str, Any]:
        """The image in JSON's types."""
        return {
            "reference": self.reference.uri,
            "platform": str(self.platform),
            "manifest_digest": str(self.manifest_digest),
            "index_digest": str(self.index_digest) if self.index_digest else None,
            "config_digest": str(self.config_digest) if self.config_digest else None,
            "layers": [layer.facts() for layer in self.layers],
            "config": self.config,
            "warnings": list(self.warnings),
        }

    def __repr__(self) -> str:
        """A short one: the documents alone are pages."""
        return f"<{self.reference} {self.platform}, {len(self.layers)} layers, {self.manifest_digest}>"


@dataclass(frozen=True, slots=True)
class Source:
    """How an image's parts are fetched; each raises RegistryError.

    Attributes:
        manifest: by tag or digest.
        config: the verified bytes of a config.
        size: of a blob that only its digest is known of.
    """

    manifest: Callable[[str], Manifest]
    config: Callable[[Descriptor], bytes]
    size: Callable[[Digest], int]


def resolve(source: Source, reference: Reference, platform: Platform | None, *, depth: int) -> Image:
    """Find the image that `reference` means on `platform` (this machine's for None).

    Raises:
        RegistryError: ``image-no-platform``, ``image-other-platform``, ``image-not-linux``,
            ``image-artifact``, ``image-encrypted``, ``image-no-layers``, ``image-config-invalid``,
            ``image-config-mismatch``, ``manifest-child-unknown``, and what `source` raises.
    """
    wanted = machine.wanted(platform)
    source = _asked_once(source)
    first = source.manifest(reference.identifier)
    chosen, indexed = chosen_of(source, first, wanted, depth)
    index_digest = first.digest if first.is_index else None
    warnings = [*first.warnings, *(chosen.warnings if chosen is not first else ())]
    if chosen.is_schema1:
        return _from_schema1(source, reference, wanted, chosen, index_digest, warnings)
    config, layers = _parts(chosen, reference.tag if isinstance(reference, RegistryReference) else None)
    config, *layers = [_sized(source, one) for one in (config, *layers)]
    raw = source.config(config)
    document, odd = configs.read(raw)
    warnings += odd
    actual, more = _platform(document, wanted, chosen, indexed)
    warnings += more
    made = _layers(document, layers)
    digest = config.digest
    return Image(reference, chosen, chosen.digest, index_digest, actual, document, digest, made, _once(warnings))


def select(source: Source, name: str, platform: Platform, *, depth: int) -> Manifest:
    """The manifest called `name`, of an index that for `platform`; it may be of anything, not only of an image.

    Raises:
        RegistryError: ``image-no-platform``; ``image-other-platform`` and ``image-not-linux`` where the config of a
            single image says another one; ``manifest-child-unknown``, and what `source` raises.
    """
    wanted = machine.wanted(platform)
    source = _asked_once(source)
    first = source.manifest(name)
    chosen, _ = chosen_of(source, first, wanted, depth)
    told = _told_by(source, chosen) if chosen is first else None
    if told and not wanted.takes(told):
        raise other_platform(told, wanted, digest=str(chosen.digest))
    return chosen


def _once(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _asked_once(source: Source) -> Source:
    """`source`, asked once for each manifest and config: those looked at to choose are not fetched again."""
    return Source(cache(source.manifest), _cached_by_digest(source.config), source.size)


def _cached_by_digest(fetch: Callable[[Descriptor], bytes]) -> Callable[[Descriptor], bytes]:
    held: dict[Digest, bytes] = {}

    def get(descriptor: Descriptor) -> bytes:
        if descriptor.digest not in held:
            held[descriptor.digest] = fetch(descriptor)
        return held[descriptor.digest]

    return get


def chosen_of(source: Source, first: Manifest, wanted: Wanted, depth: int) -> tuple[Manifest, Platform | None]:
    """The manifest of the image that is wanted, and its platform where an index tells it.

    Raises RegistryError ``image-no-platform``, ``manifest-child-unknown``, ``manifest-nested``; and as `source` does.
    """
    chosen, platform = first, None
    for left in range(depth, 0, -1):
        if not chosen.is_index:
            break
        entry = index.choose(
            chosen, wanted, lambda entry: _child(source, entry), lambda entry: _told(source, entry), depth=left
        )
        chosen = _child(source, entry)
        platform = entry.platform
    return chosen, platform


def _told(source: Source, entry: Entry) -> Platform | None:
    """The platform in the config of an index entry; None where there is none."""
    return _told_by(source, _child(source, entry))


def _told_by(source: Source, manifest: Manifest) -> Platform | None:
    """The platform in the config of a manifest; None where there is none."""
    try:
        if manifest.is_schema1:
            return index.platform_of(schema1.read(manifest.document).config)
        config = descriptor_rules.parse(manifest.document.get("config"), "config")
        return index.platform_of(configs.read(source.config(config))[0])
    except RegistryError as error:
        if error.code.startswith(("manifest-malformed", "image-")):
            return None
        raise


def _sized(source: Source, descriptor: Descriptor) -> Descriptor:
    """A descriptor with its size: the registry is asked where the manifest does not say it, which in Go is 0."""
    if descriptor.size or descriptor.digest.hex == descriptor.digest.hasher().hexdigest():
        return descriptor
    return replace(descriptor, size=source.size(descriptor.digest))


def _child(source: Source, entry: Entry) -> Manifest:
    try:
        return source.manifest(str(entry.descriptor.digest))
    except RegistryError as error:
        if error.code not in {"manifest-unknown", "repository-unknown"}:
            raise
        shown = f" for {entry.platform}" if entry.platform else ""
        raise RegistryError(
            "manifest-child-unknown",
            f"the index lists a manifest{shown} that the registry does not have",
            platform=str(entry.platform) if entry.platform else None,
            **error.facts,
        ) from error


def _parts(manifest: Manifest, tag: str | None) -> tuple[Descriptor, list[Descriptor]]:
    """Config and layers of what is known to be an image."""
    if manifest.is_index:
        message = "the index entry chosen is an index itself"
        raise RegistryError("manifest-nested", message, digest=str(manifest.digest), limit=1)
    if manifest.media_type == media_types.OCI_ARTIFACT:
        artifacts.check(manifest, None, [], tag)
    config = descriptor_rules.parse(manifest.document.get("config"), "config")
    layers = manifest.descriptors("layers")
    artifacts.check(manifest, config, layers, tag)
    if not layers:
        message = "the image has no layers, so there is nothing to run"
        raise RegistryError("image-no-layers", message, digest=str(manifest.digest))
    return config, layers


def _platform(
    document: dict[str, Any], wanted: Wanted, manifest: Manifest, indexed: Platform | None
) -> tuple[Platform, list[str]]:
    """The platform of the image, and what there is to be said about it.

    What the index says is believed rather than the config. A single image is taken by operating system and
    architecture; its variant may be more than was asked for, or than this processor has.
    """
    told = index.platform_of(document)
    if indexed:
        if told is None or told.alike(indexed):
            return indexed, _relative(indexed, wanted)
        message = f"the index says that this image is for {indexed}, its config says {told}; the index is believed"
        return indexed, [message, *_relative(indexed, wanted)]
    if told is None:
        return wanted.name, []
    if not wanted.takes(told):
        raise other_platform(told, wanted, digest=str(manifest.digest))
    features = index.features_of(document)
    needs = [f"the image needs a runtime with {', '.join(features)}, which is not known here"] if features else []
    return told, [*_relative(told, wanted), *_too_new(told, wanted), *needs]


def _relative(platform: Platform, wanted: Wanted) -> list[str]:
    if platform.alike(wanted.name):
        return []
    runs = "runs as well" if platform.architecture == "386" else "runs as well if its processor still has 32 bits"
    return [f"the image is for {platform}, which a machine of {wanted.name} {runs}"]


def _too_new(platform: Platform, wanted: Wanted) -> list[str]:
    if wanted.rank(platform) is not None:
        return []
    than = f"than {wanted.name}" if wanted.asked else "than this machine has"
    return [f"the image is made for {platform}, newer processors {than}: its programs may stop (illegal instruction)"]


def other_platform(actual: Platform, wanted: Wanted, **more: str) -> RegistryError:
    """The error for a single image that is for another platform; `more` are facts of it."""
    facts = {"platform": str(wanted.name), "actual": str(actual), "platforms": [str(actual)], **more}
    if actual.os != "linux" and wanted.name.os == "linux":
        message = f"this is not a Linux image: it is for {actual}"
        return RegistryError("image-not-linux", message, retryable=False, **facts)
    message = f"the image is built for {actual}, not for {wanted.name}"
    return RegistryError("image-other-platform", message, retryable=False, **facts)


def _layers(document: dict[str, Any], layers: list[Descriptor]) -> list[Layer]:
    rootfs = document.get("rootfs")
    ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if not isinstance(ids, list):
        raise configs.invalid("rootfs.diff_ids", "a list of digests", ids)
    if len(ids) != len(layers):
        raise RegistryError(
            "image-config-mismatch",
            f"the manifest has {len(layers)} layers, but the image's config describes {len(ids)}",
        )
    return [Layer(layer, _diff_id(text, number)) for number, (layer, text) in enumerate(zip(layers, ids, strict=True))]


def _diff_id(text: Any, number: int) -> Digest:
    try:
        if isinstance(text, str):
            return Digest.parse(text)
    except DigestError:
        pass
    raise configs.invalid(f"rootfs.diff_ids[{number}]", "a digest", text)


def _from_schema1(
    source: Source,
    reference: Reference,
    wanted: Wanted,
    manifest: Manifest,
    index_digest: Digest | None,
    warnings: list[str],
) -> Image:
    content = schema1.read(manifest.document)
    actual, more = _platform(content.config, wanted, manifest, None)
    layers = [
        Layer(Descriptor(media_types.DOCKER_LAYER, digest, source.size(digest)), None) for digest in content.layers
    ]
    if not layers:
        message = "the image has no layers, so there is nothing to run"
        raise RegistryError("image-no-layers", message, digest=str(manifest.digest))
    said = _once([*warnings, *more])
    return Image(reference, manifest, manifest.digest, index_digest, actual, content.config, None, layers, said)
