"""SquashFS 4.0: a tree -> the tables of an image, and an image -> its entries.

::

    0     superblock, 96 bytes          magic, counts, codec, where each table begins
    96    data                          compressed file blocks and fragment blocks, written by the caller
    ..    inode table                   metadata pieces of 8 KiB: u16 header, payload
    ..    directory table               metadata pieces: listings in runs
    ..    fragment table                metadata pieces, then a u64 index; the superblock names the index
    ..    id table                      likewise: every uid and gid
    ..    xattr tables                  pairs, sets, then header and index; the last byte is `bytes used`
    ..    zeros up to a multiple of 4096

Each table's index must end exactly where the next table begins: kernel and unsquashfs refuse anything
else. Source: the Linux kernel's ``squashfs_fs.h`` and the format notes of squashfs-tools-ng; what
readers really accept was tried on the kernel, unsquashfs and squashfuse (``docs/formats.md``).
"""

from sregistry.squashfs.errors import SquashfsError

__all__ = ["SquashfsError"]
