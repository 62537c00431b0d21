"""What a file is by its first bytes: a SIF, or one of the things that are found in its place."""

from __future__ import annotations

from enum import Enum

from sregistry.sif.header import MAGIC
from sregistry.sif.legacy import legacy_format

_MAGIC_AT = 32
_USTAR_AT = 257
_ENTRY_NAME = 100
_LFS = b"version https://git-lfs.github.com/spec/"
_COMPRESSED = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "zip"),
)
_OTHERS = ((b"\x7fELF", "a program (ELF)"), (b"%PDF-", "a PDF document"))
#: First entries of what `docker save` and its relatives write, which are OCI layouts since Docker 25.
_OF_IMAGES = ("oci-layout", "index.json", "blobs/", "./oci-layout", "./index.json", "./blobs/")
_OF_DOCKER = ("manifest.json", "repositories")


class Looks(Enum):
    """What the beginning of a file says about the whole; the value is its name in facts."""

    SIF = "sif"
    EMPTY = "empty"
    LEGACY = "legacy"
    OCI_ARCHIVE = "oci-archive"
    DOCKER_ARCHIVE = "docker-archive"
    TAR = "tar"
    COMPRESSED = "compressed"
    POINTER = "pointer"
    OTHER = "other"
    TEXT = "text"
    UNKNOWN = "unknown"


def looks_like(head: bytes) -> tuple[Looks, str]:
    """What a file that begins with `head` (at least 2 KiB, or all of it) is, and that in words: ``a tar archive``."""
    if head[_MAGIC_AT : _MAGIC_AT + len(MAGIC)] == MAGIC:
        return Looks.SIF, "a SIF file"
    if not head:
        return Looks.EMPTY, "empty"
    if legacy := legacy_format(head):
        return Looks.LEGACY, legacy
    if head[_USTAR_AT : _USTAR_AT + 5] == b"ustar":
        return _tar(head[:_ENTRY_NAME].rstrip(b"\0").decode("utf-8", "replace"))
    for magic, codec in _COMPRESSED:
        if head.startswith(magic):
            return Looks.COMPRESSED, "a zip archive" if codec == "zip" else f"compressed with {codec}"
    for magic, words in _OTHERS:
        if head.startswith(magic):
            return Looks.OTHER, words
    if head.startswith(_LFS):
        return Looks.POINTER, "a pointer of Git LFS"
    return (Looks.TEXT, "a text") if _is_text(head) else (Looks.UNKNOWN, "something else")


def _tar(first: str) -> tuple[Looks, str]:
    if first.startswith(_OF_IMAGES):
        return Looks.OCI_ARCHIVE, "an OCI archive"
    if first in _OF_DOCKER or (first.rstrip("/").isalnum() and len(first.rstrip("/")) == 64):
        return Looks.DOCKER_ARCHIVE, "an archive of docker save"
    return Looks.TAR, "a tar archive"


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4  # a letter that was cut
    return True
