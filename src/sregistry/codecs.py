"""The codecs of image files: one table, from which settings, completion, squashfs and the doctor take what they need.

Sources: Linux, "Documentation/filesystems/squashfs.rst" and ``squashfs_fs.h`` (numbers), ``fs/squashfs/Kconfig``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Codec:
    """One codec.

    Attributes:
        id: its number in a superblock.
        levels: that it can be asked to compress with; empty where there are none.
        default: the level, where none is asked for; None without levels.
        writes: whether images are written with it.
        reads: whether images that have it are read.
        option: of the kernel that mounts such an image; empty where every kernel does that mounts squashfs.
    """

    id: int
    levels: range = range(0)
    default: int | None = None
    writes: bool = False
    reads: bool = False
    option: str = ""


#: Name -> codec. ``none`` stores blocks as they are, in an image that says gzip. The default levels were chosen by
#: measurement on real images, see docs/formats.md.
CODECS: Mapping[str, Codec] = {
    "gzip": Codec(1, range(1, 13), 3, writes=True, reads=True, option="CONFIG_SQUASHFS_ZLIB"),
    "zstd": Codec(6, range(1, 23), 3, writes=True, reads=True, option="CONFIG_SQUASHFS_ZSTD"),
    "xz": Codec(4, reads=True),
    "lzma": Codec(2),
    "lzo": Codec(3),
    "lz4": Codec(5),
    "none": Codec(1, writes=True),
}
#: Those that images are written with.
WRITTEN = tuple(name for name, codec in CODECS.items() if codec.writes)
#: Those that are read.
READ = tuple(name for name, codec in CODECS.items() if codec.reads)
