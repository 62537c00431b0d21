"""What is otherwise in a layer than in the root file system of the SIF that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sregistry.layers.entries import Entry
from sregistry.squashfs.inode import Inode

#: An entry and its content, or the file of the image that has it.
Addition = tuple[Entry, bytes | Inode]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is left out, put back, and added.

    Attributes:
        left_out: paths; of a name at the root also all that is below it.
        modes: path -> the mode that it has in the layer.
        names: path -> the path that it has in the layer, in the same folder.
        devices: path -> kind, major and minor number of a device, in the place of an empty file.
        added: entries behind all others.
    """

    left_out: frozenset[bytes] = frozenset()
    modes: Mapping[bytes, int] = field(default_factory=dict)
    names: Mapping[bytes, bytes] = field(default_factory=dict)
    devices: Mapping[bytes, tuple[int, int, int]] = field(default_factory=dict)
    added: tuple[Addition, ...] = ()

    def leaves_out(self, path: bytes) -> bool:
        """Whether `path` is not in the layer."""
        return path in self.left_out or path.partition(b"/")[0] in self.left_out
