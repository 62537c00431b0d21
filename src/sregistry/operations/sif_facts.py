"""What a SIF file says about its own image: labels, platform, config, and where it came from.

Any SIF will do: Apptainer's and SingularityCE's keep the labels in ``inspect-metadata.json``, older ones in the
root file system; only ours name the manifest that they were made from.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sregistry.digests import Digest, DigestError
from sregistry.errors import SregistryError
from sregistry.references import Reference, parse
from sregistry.sif.descriptors import DataType, Descriptor
from sregistry.sif.reader import Sif, open_sif
from sregistry.squashfs.errors import SquashfsError
from sregistry.squashfs.reader import open_image
from sregistry.store.errors import DiskError, disk_error

#: Texts are read up to this size; a file that has longer ones was made to do harm.
LIMIT = 16 << 20
_LABELS = b".singularity.d/labels.json"
_NAME = "org.opencontainers.image.base.name"
_DIGEST = "org.opencontainers.image.base.digest"
_OURS = "org.label-schema.usage.sregistry.version"


@dataclass(frozen=True, slots=True)
class Origin:
    """The image that a SIF of ours was made from, and the digest of its manifest."""

    reference: Reference
    manifest_digest: Digest


@dataclass(frozen=True, slots=True)
class SifFacts:
    """What is written in a SIF; empty where it says nothing.

    Attributes:
        platform: ``linux/ARCHITECTURE``.
        labels: of the image.
        config: an OCI config document as far as it is known.
        origin: None for a file that was not made by a pull of this program.
    """

    platform: str
    labels: Mapping[str, str]
    config: Mapping[str, Any]
    origin: Origin | None


def read_sif(path: Path) -> SifFacts:
    """Read the SIF file at `path`.

    Texts in it that cannot be read count as absent. Raises SifError if it is none, or holds no image; DiskError
    ``disk-no-such-file`` and others.
    """
    try:
        with path.open("rb") as file:
            return _facts(file)
    except FileNotFoundError as error:
        raise DiskError("disk-no-such-file", f"there is no file {path}", path=str(path)) from error
    except IsADirectoryError as error:
        raise DiskError("disk-no-such-file", f"{path} is a folder, not a file", path=str(path)) from error
    except OSError as error:
        raise disk_error(error, path, "read") from error
    except SregistryError as error:
        raise error.with_facts(file=str(path)) from error.__cause__


def _facts(file: BinaryIO) -> SifFacts:
    sif = open_sif(file)
    primary = sif.primary()
    assert primary.partition is not None
    architecture = primary.partition.architecture
    platform = "" if architecture == "unknown" else f"linux/{architecture}"
    labels = _labels(sif, file, primary)
    inner = _document(sif, sif.find(DataType.JSON, "oci-config.json"))
    config = {"os": "linux", "architecture": architecture, "config": inner} if inner else {}
    return SifFacts(platform, labels, config, _origin(sif, labels))


def _labels(sif: Sif, file: BinaryIO, primary: Descriptor) -> dict[str, str]:
    attributes = _document(sif, sif.find(DataType.JSON, "inspect-metadata.json"))
    for step in ("data", "attributes", "labels"):
        attributes = attributes.get(step) or {}
        if not isinstance(attributes, dict):
            break
    found = attributes or _document(sif, sif.find(DataType.LABELS)) or _labels_inside(sif, file, primary)
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _labels_inside(sif: Sif, file: BinaryIO, primary: Descriptor) -> dict[str, Any]:
    """The labels in the root file system, where it is one that can be read here."""
    try:
        sif.squashfs()
        image = open_image(file, primary.offset, primary.size)
        found = image.lookup(_LABELS)
        return _parsed(image.read(found, LIMIT)) if found else {}
    except SregistryError as error:
        if isinstance(error, SquashfsError) or error.code in ("sif-encrypted", "sif-filesystem"):
            return {}
        raise


def _origin(sif: Sif, labels: Mapping[str, str]) -> Origin | None:
    """The pull that made the file. An image built from one of ours inherits its labels, but not its kind of id."""
    if _OURS not in labels or uuid.UUID(bytes=sif.header.id).version != 5:
        return None
    try:
        return Origin(parse(labels.get(_NAME, "")), Digest.parse(labels.get(_DIGEST, "")))
    except (SregistryError, DigestError):
        return None


def _document(sif: Sif, descriptor: Descriptor | None) -> dict[str, Any]:
    if descriptor is None or descriptor.size > LIMIT:
        return {}
    return _parsed(sif.read(descriptor, LIMIT))


def _parsed(data: bytes) -> dict[str, Any]:
    """The JSON object that `data` is; an empty one for anything else."""
    try:
        document = json.loads(data.rstrip(b"\0"))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
