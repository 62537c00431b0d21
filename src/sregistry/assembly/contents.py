"""A SIF file, whoever made it -> what it says about itself and its container. Nothing is run.

Apptainer and SingularityCE (since 3.6) and this package keep the texts of a container as one JSON object in
the SIF; files without it are asked for ``/.singularity.d`` in their root file system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from sregistry import gojson
from sregistry.assembly.changes import OBJECT, Changes
from sregistry.errors import SregistryError
from sregistry.sif.descriptors import DataType, Descriptor
from sregistry.sif.reader import Sif, open_sif
from sregistry.sif.signatures import Signature
from sregistry.squashfs.compressors import NAMES
from sregistry.squashfs.node import DIRECTORY, FILE
from sregistry.squashfs.reader import Image, open_image
from sregistry.squashfs.superblock import SIZE, Superblock
from sregistry.squashfs.window import Window

#: No text about a container is longer; what is, is no text.
_LIMIT = 4 << 20
_METADATA = "inspect-metadata.json"
_CONFIG = "oci-config.json"
_HOME = b".singularity.d/"
#: Text -> its file below ``/.singularity.d``.
_FILES = {
    "runscript": b"runscript",
    "startscript": b"startscript",
    "test": b"test",
    "helpfile": b"runscript.help",
    "deffile": b"Singularity",
}
#: Scripts that every image has and that set nothing of its own.
_ENVIRONMENT_OF_THE_RUNTIME = ("01-", "94-", "95-", "99-")


@dataclass(frozen=True, slots=True)
class Texts:
    """What a container says about itself; None and empty for what it does not have.

    Attributes:
        labels: name -> value.
        environment: path of a script -> its text.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    runscript: str | None = None
    startscript: str | None = None
    test: str | None = None
    helpfile: str | None = None
    deffile: str | None = None


@dataclass(frozen=True, slots=True)
class RootFilesystem:
    """The squashfs that runs: its codec by name, and counts from its superblock."""

    codec: str
    block_size: int
    inodes: int
    size: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a SIF file holds.

    Attributes:
        id: the 16 bytes of UUID in the header.
        architecture: of its container, by Go's name; ``unknown`` for others.
        created: when the file was made, in seconds since 1970.
        objects: type, name and size of every object, in the order of the file.
        signatures: unverified.
        root: the root file system; None if it is no squashfs, or encrypted.
        texts: of the container.
        changes: what was changed in the files of the image for it.
        config: the inner config of the OCI image that it was made from; None if it is not kept.
        unread: why the root file system, or the texts in it, cannot be read; None if all is well.
    """

    id: bytes
    architecture: str
    created: int
    objects: tuple[tuple[str, str, int], ...]
    signatures: tuple[Signature, ...]
    root: RootFilesystem | None
    texts: Texts
    changes: Changes
    config: Mapping[str, Any] | None
    unread: SregistryError | None


def read_contents(file: BinaryIO) -> Contents:
    """Read a SIF file, which must be seekable and stay open.

    Raises:
        SifError: the file is no SIF, or it is damaged.
        OSError: it cannot be read.
    """
    sif = open_sif(file)
    root, partition, unread = None, None, None
    try:
        partition = sif.squashfs()
        root = _root(file, partition)
    except SregistryError as error:
        unread = error
    texts = texts_of(_document(sif, _METADATA))
    if texts is None and partition and not unread:
        try:
            texts = _from_root(open_image(file, partition.offset, partition.size))
        except SregistryError as error:
            unread = error
    return Contents(
        sif.header.id,
        _architecture(sif),
        sif.header.created,
        tuple((_type(item), item.name.decode("utf-8", "replace"), item.size) for item in sif.descriptors),
        tuple(sif.signatures()),
        root,
        texts or _objects(sif),
        Changes.parse(_document(sif, OBJECT)),
        _document(sif, _CONFIG),
        unread,
    )


def _root(file: BinaryIO, partition: Descriptor) -> RootFilesystem:
    window = Window(file, partition.offset, partition.size)
    superblock = Superblock.unpack(window.read(0, min(SIZE, window.size)))
    codec = NAMES.get(superblock.compressor, f"codec {superblock.compressor}")
    return RootFilesystem(codec, superblock.block_size, superblock.inodes, partition.size)


def _architecture(sif: Sif) -> str:
    try:
        partition = sif.primary().partition
    except SregistryError:
        partition = None
    return partition.architecture if partition else "unknown"


def _type(descriptor: Descriptor) -> str:
    known = descriptor.type in list(DataType)
    return DataType(descriptor.type).name.lower().replace("_", "-") if known else f"type {descriptor.type}"


def texts_of(metadata: Mapping[str, Any] | None) -> Texts | None:
    """The texts in ``inspect-metadata.json``, whoever wrote it; None if it is not what it should be."""
    data = (metadata or {}).get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(attributes, dict):
        return None
    single = {name: text for name in _FILES if isinstance(text := attributes.get(name), str) and text}
    return Texts(_texts(attributes.get("labels")), _texts(attributes.get("environment")), **single)


def _objects(sif: Sif) -> Texts:
    """The texts that stand in the SIF as objects of their own: all there is where nothing else can be read."""
    labels = _parsed(_text(sif, sif.find(DataType.LABELS)) or "")
    return Texts(_texts(labels), deffile=_text(sif, sif.find(DataType.DEFFILE)))


def _document(sif: Sif, name: str) -> dict[str, Any] | None:
    """A JSON object in the SIF; None if there is none that can be read."""
    text = _text(sif, sif.find(DataType.JSON, name))
    return _parsed(text) if text else None


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        document = gojson.loads(text)
    except gojson.JsonError:
        return None
    return document if isinstance(document, dict) else None


def _text(sif: Sif, descriptor: Descriptor | None) -> str | None:
    """The text of an object; None if there is none, or more than a text can be."""
    if descriptor is None or descriptor.size > _LIMIT:
        return None
    return sif.read(descriptor, _LIMIT).rstrip(b"\0").decode("utf-8", "replace")


def _texts(value: Any) -> dict[str, str]:
    """The members of a JSON object that are texts, as they should be."""
    return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def _from_root(image: Image) -> Texts:
    """The texts in the files of ``/.singularity.d``."""
    single = {name: text for name, path in _FILES.items() if (text := _file(image, _HOME + path))}
    labels = _texts(_parsed(_file(image, _HOME + b"labels.json") or ""))
    return Texts(labels, _environment(image), **single)


def _environment(image: Image) -> dict[str, str]:
    folder = image.lookup(_HOME + b"env")
    if folder is None or folder.kind != DIRECTORY:
        return {}
    found = {}
    for name, inode in image.children(folder):
        text = name.decode("utf-8", "replace")
        if inode.kind == FILE and text.endswith(".sh") and not text.startswith(_ENVIRONMENT_OF_THE_RUNTIME):
            found[f"/.singularity.d/env/{text}"] = image.read(inode, _LIMIT).decode("utf-8", "replace")
    return found


def _file(image: Image, path: bytes) -> str | None:
    inode = image.lookup(path)
    if inode is None or inode.kind != FILE:
        return None
    return image.read(inode, _LIMIT).decode("utf-8", "replace")
