"""Squashfs images."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

#: Prose of several pages.
_CHECKED = "The file was read and checked against its format."

CODES: tuple[Code, ...] = (
    Code(
        "squashfs-corrupt",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("a compressed block of the image is damaged", {"file": "tool.sif", "detail": "it is too long"}),
        page=Page(
            meaning="A squashfs image is damaged.",
            known=_CHECKED,
            todo="Copy or pull the file again.",
        ),
    ),
    Code(
        "squashfs-compressor",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("images compressed with lz4 cannot be read here", {"file": "tool.sif", "codec": "lz4"}),
        page=Page(
            meaning=(
                "An image is compressed by a codec that cannot be read, or one was asked for that cannot be written."
            ),
            known=_CHECKED,
            todo="gzip and zstd are written; gzip, zstd and xz are read.",
        ),
    ),
    Code(
        "squashfs-level",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("gzip has the levels 1 to 12, not 13", {**SITE, "codec": "gzip", "expected": "1 to 12"}),
        page=Page(
            meaning="The codec has no such level.",
            known="The level was compared with those of the codec.",
            todo="Choose another level, or leave it out.",
        ),
    ),
    Code(
        "squashfs-not-an-image",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("there is no squashfs image", {"file": "tool.sif"}),
        page=Page(
            meaning="There is no squashfs image where one should be.",
            known=_CHECKED,
            todo="Check the file.",
        ),
    ),
    Code(
        "squashfs-version",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("squashfs 3.1 is not supported", {"file": "tool.sif", "detail": "3.1"}),
        page=Page(
            meaning="The squashfs image is of another version than 4.0.",
            known=_CHECKED,
            todo="Make the image again with a current tool.",
        ),
    ),
    Code(
        "squashfs-too-large",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("the image has more inodes than squashfs can hold", {**SITE, "size": 1 << 32}),
        page=Page(
            meaning="The image has more files than squashfs can hold.",
            known="They were counted.",
            todo="A smaller image is needed.",
        ),
    ),
    Code(
        "squashfs-too-many-owners",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("the image has files of more than 65535 users and groups", {**SITE, "limit": 65535}),
        page=Page(
            meaning="The image has files of more users and groups than squashfs can hold.",
            known="They were counted.",
            todo="A smaller image is needed.",
        ),
    ),
    Code(
        "squashfs-xattr-too-long",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("an extended attribute is longer than Linux allows", {**SITE, "name": "user.x", "size": 70_000}),
        page=Page(
            meaning="An extended attribute is longer than Linux allows.",
            known="Its length was compared with the limit.",
            todo="The image has to be built again without it.",
        ),
    ),
    Code(
        "squashfs-truncated",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample(
            "the squashfs image ends too early", {"file": "tool.sif", "expected_size": 900_000, "actual_size": 400_000}
        ),
        page=Page(
            meaning="A squashfs image ends too early.",
            known=_CHECKED,
            todo="Copy or pull the file again.",
        ),
    ),
    Code(
        "squashfs-symlink-loop",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("the symbolic links on the way to a file lead round in a circle", {"path": "opt/tool"}),
        page=Page(
            meaning="The way to a file in the image leads through links that form a circle.",
            known="The links were followed inside the image.",
            todo="Name another path.",
        ),
    ),
    Code(
        "squashfs-not-a-file",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("only files have content", {"path": "opt"}),
        page=Page(
            meaning="What should be read is not a file.",
            known="Its inode says what it is.",
            todo="Name a file.",
        ),
    ),
    Code(
        "squashfs-file-too-large",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("a file in the image is larger than it should be", {"size": 90_000_000, "limit": 1 << 20}),
        page=Page(
            meaning="A file in the image is larger than what is read of such a file.",
            known="Its size was compared with the limit.",
            todo="Use the image only if you trust where it comes from.",
        ),
    ),
)
