"""SIF files."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

#: Prose of several pages.
_CHECKED = "The file was read and checked against its format."

CODES: tuple[Code, ...] = (
    Code(
        "sif-not-an-image",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("this is not a SIF file", {"file": "tool.sif"}),
        page=Page(
            meaning="The file is not a SIF file.",
            known=_CHECKED,
            todo="Check the file.",
        ),
    ),
    Code(
        "sif-version",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("SIF version '02' is not supported", {"file": "tool.sif", "detail": "02"}),
        page=Page(
            meaning="The SIF file is of another version.",
            known=_CHECKED,
            todo="Make the image again with a current tool.",
        ),
    ),
    Code(
        "sif-too-many-objects",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("a SIF file holds 48 objects, not 50", {**SITE, "limit": 48}),
        page=Page(
            meaning="A SIF file cannot hold so many objects.",
            known="They were counted.",
            todo="This should not happen with images from registries; report it.",
        ),
    ),
    Code(
        "sif-name-too-long",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("the name of an object is longer than 127 bytes", {**SITE, "name": "x" * 130}),
        page=Page(
            meaning="The name of an object in a SIF file is too long.",
            known="Its length was compared with the limit.",
            todo="Use a shorter name.",
        ),
    ),
    Code(
        "sif-corrupt",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample(
            "the SIF file is damaged", {"file": "tool.sif", "detail": "the descriptor table lies outside the file"}
        ),
        page=Page(
            meaning="A SIF file is damaged.",
            known=_CHECKED,
            todo="Copy or pull the file again.",
        ),
    ),
    Code(
        "sif-truncated",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample(
            "the SIF file ends too early", {"file": "tool.sif", "expected_size": 900_000, "actual_size": 400_000}
        ),
        page=Page(
            meaning="A SIF file ends too early.",
            known=_CHECKED,
            todo="Copy or pull the file again.",
        ),
    ),
    Code(
        "sif-legacy-format",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample(
            "the file is an ext3 image of Singularity 2, not a SIF file",
            {"file": "tool.img", "format": "an ext3 image of Singularity 2"},
        ),
        page=Page(
            meaning="The file is an image of Singularity before version 3.",
            known="Its first bytes say so.",
            todo="Convert it with apptainer, or pull it again.",
        ),
    ),
    Code(
        "sif-no-primary",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("the SIF file holds no root file system", {"file": "tool.sif"}),
        page=Page(
            meaning="A SIF file has no root file system.",
            known=_CHECKED,
            todo="It holds something else; `apptainer sif list` shows what.",
        ),
    ),
    Code(
        "sif-encrypted",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("the root file system of the SIF file is encrypted", {"file": "tool.sif"}),
        page=Page(
            meaning="The root file system of a SIF file is encrypted.",
            known=_CHECKED,
            todo="apptainer itself can run it with the key.",
        ),
    ),
    Code(
        "sif-filesystem",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample("the root file system is ext3, not squashfs", {"file": "tool.sif", "format": "ext3"}),
        page=Page(
            meaning="The root file system of a SIF file is not squashfs.",
            known=_CHECKED,
            todo="apptainer itself can run it.",
        ),
    ),
    Code(
        "sif-object-too-large",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample(
            "an object in the SIF file is larger than it should be",
            {"file": "tool.sif", "size": 90_000_000, "limit": 1 << 20},
        ),
        page=Page(
            meaning="An object in a SIF file is larger than what is read of such an object.",
            known="Its size was compared with the limit.",
            todo="Use the image only if you trust where it comes from.",
        ),
    ),
)
