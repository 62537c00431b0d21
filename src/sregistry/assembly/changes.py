"""What was changed in the files of an image so that everybody can use it: kept in its SIF, shown by `inspect`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sregistry.squashfs.node import BLOCK, CHARACTER, decode_device

#: The object in a SIF that holds them.
OBJECT = "changes.json"
#: So many device nodes are remembered, with paths of so many bytes.
_NODES, _LONGEST_PATH = 400, 200
_DEVICE = re.compile(r"([bc]) ([0-9]{1,4}):([0-9]{1,7})", re.ASCII)
_LETTERS = {BLOCK: "b", CHARACTER: "c"}


@dataclass(slots=True)
class Changes:
    """What was changed, or with `exact` what would have been.

    Attributes:
        exact: nothing of it was done.
        opened: folder -> the mode that the layers give it.
        devices: device nodes, now empty files.
        nodes: path -> device of as many of them as are remembered, so that they can be put back; see `read_device`.
        whiteouts: whiteouts in the form that overlay filesystems have on disk; they are gone, as in Docker.
        links: links in the place of a folder that led outside when the image is unpacked; they are relative now.
        replaced: things in the place of a folder or file that the runtime needs.
    """

    exact: bool = False
    opened: dict[str, str] = field(default_factory=dict)
    devices: int = 0
    nodes: dict[str, str] = field(default_factory=dict)
    whiteouts: int = 0
    links: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.opened or self.devices or self.whiteouts or self.links or self.replaced)

    @property
    def identity(self) -> str:
        """What tells the image from one of the same layers that was made otherwise; empty if there is no other."""
        return "" if not self else " exact" if self.exact else " changed"

    def dump(self) -> bytes:
        """The text of the object in the SIF."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def parse(cls, document: Mapping[str, Any] | None) -> Changes:
        """Read what `dump` wrote; what is of another kind counts as absent."""
        known = document or {}
        found = cls()
        for name, value in asdict(found).items():
            if type(known.get(name)) is type(value):
                setattr(found, name, known[name])
        return found

    def add_node(self, path: bytes, device: str) -> None:
        """Remember what a device node was. More of them than real images have are only counted."""
        if len(self.nodes) < _NODES and len(path) <= _LONGEST_PATH:
            self.nodes[path.decode("utf-8", "surrogateescape")] = device

    def sentences(self) -> list[str]:
        """What a person should know at the pull."""
        if self.exact or not self.devices:
            return []
        nodes = f"{self.devices} device node{'s' if self.devices > 1 else ''}"
        what = "are empty files" if self.devices > 1 else "is an empty file"
        return [f"{nodes} of the image {what}, so that every user can unpack it (--exact keeps them)"]

    def lines(self) -> Iterator[str]:
        """All of it for a page."""
        for path, mode in self.opened.items():
            yield f"{path} has the mode {mode} in the layers"
        if self.devices:
            yield f"{self.devices:,} device nodes are empty files"
        if self.whiteouts:
            yield f"{self.whiteouts:,} whiteouts of an overlay filesystem are applied"
        if self.links:
            yield f"relative links: {' '.join(self.links)}"
        if self.replaced:
            yield f"replaced: {' '.join(self.replaced)}"


def write_device(kind: int, rdev: int) -> str:
    """A device in words: ``c 5:1``."""
    major, minor = decode_device(rdev)
    return f"{_LETTERS[kind]} {major}:{minor}"


def read_device(text: object) -> tuple[int, int, int] | None:
    """Kind, major and minor number of what `write_device` wrote; None for anything else."""
    match = _DEVICE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    kind = next(kind for kind, letter in _LETTERS.items() if letter == match[1])
    return kind, int(match[2]), int(match[3])
