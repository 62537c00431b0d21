"""What an image is called here: ``collection/name:tag``, and where its file therefore lies.

The collection is the repository's path without its last part; images of a registry's top level are
in the collection ``library``, as Docker Hub calls its own.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sregistry.digests import Digest
from sregistry.store.errors import StoreError

if TYPE_CHECKING:
    from sregistry.references import PathReference, Reference

DEFAULT_COLLECTION = "library"
DEFAULT_TAG = "latest"
SUFFIX = ".sif"
_SUFFIXES = (".sif", ".simg", ".img", ".tar", ".tar.gz", ".tgz")
#: How Apptainer and this program call a file: NAME_TAG.sif. A tag begins with a digit, or is latest.
_NAMED = re.compile(r"(?P<name>.+?)(?:_(?P<tag>v?[0-9][^_]*|latest))?")
_UNFIT = re.compile(r"[^A-Za-z0-9._+-]+")
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
        from sregistry.references import RegistryReference, WebReference

        if isinstance(reference, RegistryReference):
            collection, _, name = reference.repository.rpartition("/")
            return cls(collection or DEFAULT_COLLECTION, name, reference.tag or "")
        if isinstance(reference, WebReference):
            return cls.of_file(reference.file_name)
        return cls._of_path(reference)

    @classmethod
    def _of_path(cls, reference: PathReference) -> ImageName:
        """What is called ``team/tool:1`` in a layout or archive is called so here; else folder or file is the name."""
        name = reference.name or ""
        if re.search("[/:]", name):
            from sregistry.references import InvalidReference, parse_registry

            with suppress(InvalidReference):
                return cls.of(parse_registry(name))
        here = cls.of_file(PurePosixPath(reference.path).name)
        return replace(here, tag=_UNFIT.sub("-", name).lstrip(".-+")[:128]) if name else here

    @classmethod
    def of_file(cls, name: str) -> ImageName:
        """Return the name that a file called `name` gives; raise StoreError ``store-name-malformed`` if none."""
        stem = name.removesuffix(PurePosixPath(name).suffix) if name.endswith(_SUFFIXES) else name
        match = _NAMED.fullmatch(stem)
        parts = [match["name"], match["tag"]] if match else [stem, None]
        title, tag = (_UNFIT.sub("-", part).lstrip(".-+") if part else None for part in parts)
        try:
            return cls.parse(f"{title}:{tag}" if tag else f"{title}")
        except StoreError as error:
            message = f"the file's name gives no name for the image: {name!r}"
            raise StoreError(error.code, message, source=name) from error

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
