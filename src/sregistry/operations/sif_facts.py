"""What a SIF file says about its own image: labels, platform, config, and where it came from.

Any SIF will do; only ours name the manifest that they were made from.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sregistry.assembly.contents import Contents, read_contents
from sregistry.digests import Digest, DigestError
from sregistry.errors import SregistryError
from sregistry.references import Reference, has_scheme, parse
from sregistry.store.errors import DiskError, disk_error
from sregistry.store.files import other_kind
from sregistry.store.names import SUFFIX

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

    Texts in it that cannot be read count as absent. Raises as `read_file`, and SifError ``sif-no-primary``.
    """
    contents = read_file(path)
    if contents.unread and contents.unread.code == "sif-no-primary":
        raise contents.unread.with_facts(file=str(path))
    architecture = contents.architecture
    platform = "" if architecture == "unknown" else f"linux/{architecture}"
    inner = contents.config
    config = {"os": "linux", "architecture": architecture, "config": inner} if inner else {}
    return SifFacts(platform, contents.texts.labels, config, _origin(contents))


def is_file_name(text: str) -> bool:
    """Whether a text names a file, not an image of the local registry: it is there, or can only be a path."""
    if has_scheme(text):
        return False
    path = Path(text)
    only_a_path = text.endswith(SUFFIX) or text in (".", "..") or text.startswith(("/", "./", "../", "~/"))
    return only_a_path or (path.exists() and not path.is_dir())


def read_file(path: Path) -> Contents:
    """Read all that the SIF file at `path` says.

    Raises SifError if it is none; DiskError ``disk-no-such-file`` and others.
    """
    try:
        if other := other_kind(path.stat().st_mode):  # before a pipe is opened, which waits for who writes into it
            raise DiskError("disk-no-such-file", f"{path} is {other}, not a file", path=str(path))
        with path.open("rb") as file:
            return read_contents(file)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DiskError("disk-no-such-file", f"there is no file {path}", path=str(path)) from error
    except OSError as error:
        raise disk_error(error, path, "read") from error
    except SregistryError as error:
        raise error.with_facts(file=str(path)) from error.__cause__


def _origin(contents: Contents) -> Origin | None:
    """The pull that made the file. An image built from one of ours inherits its labels, but not its kind of id."""
    labels = contents.texts.labels
    if _OURS not in labels or uuid.UUID(bytes=contents.id).version != 5:
        return None
    try:
        return Origin(parse(labels.get(_NAME, "")), Digest.parse(labels.get(_DIGEST, "")))
    except (SregistryError, DigestError):
        return None
