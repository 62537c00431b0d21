"""SIF files for the local registry: made here in a moment, small, and told apart by their text."""

from __future__ import annotations

from pathlib import Path

from tests.support.building import build_sif
from tests.support.images import Image, image
from tests.support.tars import archive, file

#: What `tests.support.building` says that an image comes from.
ORIGIN = "docker://registry.example.org/made/here:1"


def small_image(text: str, labels: dict[str, str] | None = None) -> Image:
    """An image whose one file has this text."""
    return image([archive(file("etc/text", text.encode()))], {"Labels": labels or {}, "Env": ["TEXT=1"]})


def make_sif(path: Path, text: str = "text", labels: dict[str, str] | None = None) -> Path:
    """A SIF as a pull makes it, from `ORIGIN`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return build_sif(small_image(text, labels), path)


def foreign_sif(path: Path, text: str = "text") -> Path:
    """The same image as another program would have written it: without a word on where it comes from."""
    data = bytearray(make_sif(path, text).read_bytes())
    # An id of version 4, which is random, as everybody else's is.
    data[48 + 6] = 0x40 | data[48 + 6] & 0x0F
    path.write_bytes(data)
    return path
