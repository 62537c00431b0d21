"""What an image is called here: ``collection/name:tag``, and where its file therefore lies.

The collection is the repository's path without its last part; images of a registry's top level are
in the collection ``library``, as Docker Hub calls its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sregistry.digests import Digest
from sregistry.store.errors import StoreError

if TYPE_CHECKING:
    from sregistry.references import Reference

DEFAULT_COLLECTION = "library"
DEFAULT_TAG = "latest"
SUFFIX = ".sif"
#: Hex digits of the file's digest in its name: enough to tell contents apart, short enough to read.
DIGITS = 12
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,254}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}")
_LIMIT = 512
_FILE = re.compile(rf"(?P<tag>{_TAG.pattern})?@(?P<digits>[0-9a-f]{{{DIGITS}}}){re.escape(SUFFIX)}")


@dataclass(frozen=True, slots=True, order=True)
class ImageName:
    """The name of an image in the local registry; `tag` is empty for one pulled by digest alone.

    Names that differ only in case are different names.
    """

    collection: str
    name: str
    tag: str

    @classmethod
    def of(cls, reference: Reference) -> ImageName:
        """Return the name under which the image `reference` is kept."""
        collection, _, name = reference.repository.rpartition("/")
        return cls(collection or DEFAULT_COLLECTION, name, reference.tag or "")

    @classmethod
    def parse(cls, text: str) -> ImageName:
        """Read ``[COLLECTION/]NAME[:TAG]``; raise StoreError ``store-name-malformed``."""
        path, colon, tag = text.partition(":")
        *folders, name = path.split("/")
        fits = len(path) <= _LIMIT and all(_PART.fullmatch(part) for part in [*folders, name])
        if not fits or not _TAG.fullmatch(tag if colon else DEFAULT_TAG):
            raise StoreError(
                "store-name-malformed", f"{text!r} is not a name of the form COLLECTION/NAME:TAG", source=text
            )
        return cls("/".join(folders) or DEFAULT_COLLECTION, name, tag if colon else DEFAULT_TAG)

    def file_name(self, content: Digest) -> str:
        """The image's file below the image folder; a file name never has a colon, nor two contents."""
        return f"{self.collection}/{self.name}/{self.tag}@{content.hex[:DIGITS]}{SUFFIX}"

    def __str__(self) -> str:
        return f"{self.collection}/{self.name}" + (f":{self.tag}" if self.tag else "")


def read_file_name(path: str) -> tuple[ImageName, str] | None:
    """Read what `file_name` wrote: the name and the first digits of the content's digest; None for other files."""
    folder, _, file = path.rpartition("/")
    collection, _, name = folder.rpartition("/")
    match = _FILE.fullmatch(file)
    if not match or not collection or not name:
        return None
    return ImageName(collection, name, match["tag"] or ""), match["digits"]
