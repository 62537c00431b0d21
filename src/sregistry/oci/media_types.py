"""The media types of manifests, configs and layers, and what each means here.

Sources: OCI Image Specification, "media-types.md"; Docker "image manifest version 2, schema 2" and schema 1.
"""

from __future__ import annotations

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"
#: Withdrawn from the specification, still found in registries.
OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"

DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"

IMAGES = frozenset({DOCKER_MANIFEST, OCI_MANIFEST})
INDEXES = frozenset({DOCKER_LIST, OCI_INDEX})
SCHEMA1_TYPES = frozenset({SCHEMA1, SCHEMA1_SIGNED})
CONFIGS = frozenset({DOCKER_CONFIG, OCI_CONFIG})
#: What Docker of 2016 and some tools call the config of an image (moby, "distribution/registry.go", ``ImageTypes``).
LOOSE_CONFIGS = frozenset({"application/octet-stream", "application/json", "text/html", "text/plain", ""})

#: What a registry is asked for: everything that can be read, the preferred first.
ALL = (OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST, SCHEMA1_SIGNED, SCHEMA1)
KNOWN = frozenset(ALL) | {OCI_ARTIFACT}

DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_TAR_LAYERS = ("application/vnd.docker.image.rootfs.", "application/vnd.oci.image.layer.")
_FOREIGN = (".foreign.", ".nondistributable.")


def essence(value: str | None) -> str:
    """A media type without parameters, in lower case: ``a/b; charset=utf-8`` -> ``a/b``."""
    return (value or "").partition(";")[0].strip().lower()


def is_tar_layer(media_type: str) -> bool:
    """Whether this is a file system layer; how it is compressed is found out from its bytes."""
    return media_type.startswith(_TAR_LAYERS) and not media_type.endswith("+encrypted")


def is_foreign(media_type: str) -> bool:
    """Whether the layer is one that registries must not distribute."""
    return any(word in media_type for word in _FOREIGN)
