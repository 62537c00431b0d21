"""Things in a registry that are no container images: recognised, and called by their names.

Decided by the artifact type, the config's and the layers' media types, most telling first. A signature
or an attestation has the config of an image, so layers are looked at before the config.
"""

from __future__ import annotations

import re
from typing import Any

from sregistry.errors import RegistryError
from sregistry.oci import media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest

#: Pattern of a media type -> (kind, what it is called).
_KINDS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), kind, name)
    for pattern, kind, name in (
        (r"application/vnd\.cncf\.helm\.", "helm", "a Helm chart"),
        (r"application/vnd\.dev\.cosign\.simplesigning\.", "cosign", "a signature made by cosign"),
        (r"application/vnd\.dev\.sigstore\.bundle", "cosign", "a Sigstore signature bundle"),
        (r"application/vnd\.cncf\.notary\.signature", "notary", "a Notary signature"),
        (r"application/(vnd\.in-toto(\.|\+)|vnd\.dsse\.envelope)", "attestation", "an attestation about an image"),
        (
            r"(application/(vnd\.cyclonedx|spdx)|text/spdx|application/vnd\.syft)",
            "sbom",
            "a software bill of materials",
        ),
        (r"(application/vnd\.sylabs\.sif\.|appliciation/vnd\.sylabs\.sif\.)", "sif", "a SIF file"),
        (r"application/(vnd\.(wasm|module\.wasm|bytecodealliance)\.|wasm\b)", "wasm", "a WebAssembly module"),
        (r"application/vnd\.docker\.plugin\.", "docker-plugin", "a Docker plugin"),
        (r"application/vnd\.(ollama\.image\.model|docker\.ai\.|cncf\.model\.)", "model", "a machine-learning model"),
        (r"application/vnd\.cncf\.flux\.", "flux", "a Flux configuration"),
        (r"application/vnd\.(cncf\.openpolicyagent|oci\.opa)\.", "opa", "an Open Policy Agent bundle"),
    )
)
#: Pattern of a layer's media type or of the name of one of its annotations -> (kind, what the layer is).
_FORMS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), kind, name)
    for pattern, kind, name in (
        (r"^application/vnd\.stacker\..*squashfs", "stacker", "squashfs file systems"),
        (r"^application/.*squashfs", "squashfs", "squashfs file systems"),
        (r"^application/.*erofs", "erofs", "EROFS file systems"),
        (r"nydus[.-](blob|bootstrap)", "nydus", "parts of a Nydus image"),
        (r"snapshot/overlaybd/", "overlaybd", "OverlayBD block devices"),
    )
)
_IMAGE_CONFIGS = media_types.CONFIGS | media_types.LOOSE_CONFIGS
_MAY_BE_TAR = re.compile(r"tar|octet-stream|gzip|zstd|^$")
_SUBJECT = re.compile(r"sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?")


def check(manifest: Manifest, config: Descriptor | None, layers: list[Descriptor], tag: str | None) -> None:
    """Return if this is a container image.

    Args:
        manifest: as it came.
        layers: its layers.
        config: None where the manifest has none (withdrawn artifact manifests).
        tag: may name what a signature is about.

    Raises:
        RegistryError: ``image-artifact`` (facts ``artifact``, ``artifact_type``, ``subject``) or
            ``image-encrypted``.
    """
    _check_layers(manifest, layers)
    encrypted = [layer for layer in layers if layer.media_type.endswith("+encrypted")]
    if encrypted:
        message = "the layers of this image are encrypted, and cannot be read without the key"
        raise RegistryError("image-encrypted", message, layer=str(encrypted[0].digest), **encrypted[0].facts())
    declared = manifest.document.get("artifactType")
    declared = declared if isinstance(declared, str) else ""
    types = [*(layer.media_type for layer in layers), declared, config.media_type if config else ""]
    for media_type in types:
        for pattern, kind, name in _KINDS:
            if pattern.match(media_type):
                raise _artifact(manifest, kind, name, media_type, tag)
    if config and config.media_type in _IMAGE_CONFIGS and not _is_foreign_content(layers):
        return
    if config and layers and not declared and all(media_types.is_tar_layer(layer.media_type) for layer in layers):
        return
    telling = declared or _unusual(config, layers)
    raise _artifact(manifest, "unknown", f"an artifact of the type {telling}", telling, tag)


def _check_layers(manifest: Manifest, layers: list[Descriptor]) -> None:
    """Return if no layer is known to be in a form that only a runtime of its own reads."""
    for layer in layers:
        told = [layer.media_type, *layer.annotations]
        for pattern, kind, name in _FORMS:
            telling = next((text for text in told if pattern.search(text)), None)
            if telling:
                message = f"the layers of this image are {name}, not tar archives"
                facts: dict[str, Any] = {"artifact": kind, "artifact_type": telling, "digest": str(manifest.digest)}
                raise RegistryError("image-artifact", message, layer=str(layer.digest), **facts)


def _is_foreign_content(layers: list[Descriptor]) -> bool:
    """Whether no layer can be a file system; octet-stream and no type may be anything, and their bytes will tell."""
    return bool(layers) and not any(
        media_types.is_tar_layer(layer.media_type) or _MAY_BE_TAR.search(layer.media_type) is not None
        for layer in layers
    )


def _unusual(config: Descriptor | None, layers: list[Descriptor]) -> str:
    if config and config.media_type not in media_types.CONFIGS | {media_types.OCI_EMPTY}:
        return config.media_type
    odd = [layer.media_type for layer in layers if not media_types.is_tar_layer(layer.media_type)]
    return odd[0] if odd else media_types.OCI_ARTIFACT


def _artifact(manifest: Manifest, kind: str, name: str, media_type: str, tag: str | None) -> RegistryError:
    facts: dict[str, Any] = {"artifact": kind, "artifact_type": media_type, "digest": str(manifest.digest)}
    subject = _subject(manifest, tag)
    if subject:
        facts["subject"] = subject
    return RegistryError("image-artifact", f"this is {name}, not a container image", **facts)


def _subject(manifest: Manifest, tag: str | None) -> str | None:
    """The digest of what this is about: the ``subject`` field, or cosign's way of naming tags."""
    subject = manifest.document.get("subject")
    if isinstance(subject, dict) and isinstance(subject.get("digest"), str):
        return str(subject["digest"])
    match = _SUBJECT.fullmatch(tag or "")
    return f"sha256:{match[1]}" if match else None
