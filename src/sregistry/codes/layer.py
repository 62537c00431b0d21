"""Layers that cannot be unpacked."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import IN_LAYER, LAYER, OTHER
from sregistry.codes.who import Who
from sregistry.kinds import Kind

#: Prose of several pages.
_READ = "The layer was read entry by entry; the entry and its place are shown."
_BUILD = "The image has to be built again."

CODES: tuple[Code, ...] = (
    Code(
        "layer-compression-corrupt",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "the gzip data of the layer is corrupt",
            {
                **IN_LAYER,
                "compression": "gzip",
                "detail": "Error -3 while decompressing: invalid block type",
                "offset": 1_048_576,
            },
        ),
        page=Page(
            meaning="The compressed data of a layer is damaged.",
            known="The decompressor's own words are shown.",
            todo=(
                "Try again once: if the bytes were damaged on the way, that helps. Otherwise the image has to be "
                "pushed again."
            ),
        ),
    ),
    Code(
        "layer-compression-truncated",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "the zstd data of the layer ends in the middle",
            {**IN_LAYER, "compression": "zstd", "detail": "stream ended before the end marker", "offset": 1_048_576},
        ),
        page=Page(
            meaning="The compressed data of a layer ends too early.",
            known="The decompressor reached the end of the data before the end of its stream.",
            todo="Try again once; otherwise the image has to be pushed again.",
        ),
    ),
    Code(
        "layer-window-too-large",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "a zstd frame of the layer can be unpacked with a window of more than 2 GiB only",
            {**IN_LAYER, "compression": "zstd", "claimed": 4 << 30, "limit": 2 << 30},
        ),
        page=Page(
            meaning="A layer is compressed by zstd in such a way that unpacking it takes a window of more than 2 GiB.",
            known=(
                "The header of a zstd frame says how much of what was unpacked before has to be kept at hand. The "
                "format allows\n"
                "windows of terabytes; the zstd library reads up to 2 GiB, which is also the largest that `zstd "
                "--ultra --long=31` writes. The\n"
                "layer may be whole and right all the same."
            ),
            todo="The image's author can compress the layer with a smaller window.",
        ),
    ),
    Code(
        "layer-trailing-bytes",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "there are bytes after the end of the gzip data of the layer", {**IN_LAYER, "compression": "gzip"}
        ),
        page=Page(
            meaning="The compressed data of a layer has a proper end, and something else follows it.",
            known=(
                "A gzip, zstd, xz or bzip2 stream ended, and neither another one, nor padding with zeros, nor the "
                "layer's end\n"
                "came next. Container runtimes refuse such layers too; `gzip -d` ignores the rest with a warning."
            ),
            todo="The image has to be pushed again.",
        ),
    ),
    Code(
        "layer-tar-invalid",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "the layer is not a valid tar archive: a header's checksum is wrong",
            {**IN_LAYER, "detail": "a header's checksum is wrong", "offset": 20_480},
        ),
        page=Page(
            meaning="A layer is not a tar archive, or a damaged one.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
    Code(
        "layer-tar-truncated",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("the tar archive of the layer ends in the middle of an entry", {**IN_LAYER, "offset": 20_480}),
        page=Page(
            meaning="The tar archive of a layer ends in the middle of an entry.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
    Code(
        "layer-diff-id-mismatch",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "the unpacked layer is not the one that the image's config names",
            {**IN_LAYER, "expected": LAYER, "actual": OTHER, "actual_size": 77_000_000},
        ),
        page=Page(
            meaning="The unpacked layer is not the one that the image's configuration names.",
            known=(
                "Both digests were computed: that of the compressed layer is right, that of the unpacked one is not."
            ),
            todo="The image was put together wrongly; it has to be built again.",
        ),
    ),
    Code(
        "layer-escape",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("the path of an entry leads outside the image", {**IN_LAYER, "path": "../../../etc/cron.d/run"}),
        page=Page(
            meaning="An entry of a layer would lie outside the image.",
            known=(
                "The layer was read entry by entry; the entry and its place are shown. Nothing is unpacked to a "
                "folder, so nothing could be written outside."
            ),
            todo="Do not trust the image, and tell its author.",
        ),
    ),
    Code(
        "layer-expands-too-far",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "the layer unpacks to more than 200 times its size",
            {
                **IN_LAYER,
                "limit": 200,
                "setting": "max_expansion_ratio",
                "size": 10_000_000,
                "actual_size": 2_000_000_000,
            },
        ),
        page=Page(
            meaning="A layer unpacks to far more than its size, as archives do that are made to fill disks.",
            known="What came in and what came out are counted; the limit applies beyond 1 GiB.",
            todo="If you know that the image is in order, raise the limit (setting `max_expansion_ratio`).",
        ),
    ),
    Code(
        "layer-too-large",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "the files of the layer are larger than 1099511627776 bytes",
            {
                **IN_LAYER,
                "limit": 1 << 40,
                "setting": "max_unpacked_size",
                "actual_size": 3 << 40,
                "claimed": 2 << 40,
                "path": "data/disk.img",
            },
        ),
        page=Page(
            meaning="The files of a layer are larger than the limit.",
            known="Their sizes are added up.",
            todo="If you know that the image is in order, raise the limit (setting `max_unpacked_size`).",
        ),
    ),
    Code(
        "layer-too-many-entries",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "the layer has more than 20000000 entries",
            {**IN_LAYER, "limit": 20_000_000, "setting": "max_layer_entries"},
        ),
        page=Page(
            meaning="A layer has more entries than the limit.",
            known="They are counted.",
            todo="If you know that the image is in order, raise the limit (setting `max_layer_entries`).",
        ),
    ),
    Code(
        "layer-path-too-deep",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("a path has more than 4096 parts", {**IN_LAYER, "path": "a/a/a/a"}),
        page=Page(
            meaning="A path in a layer has more parts than any file system accepts.",
            known=_READ,
            todo="Do not trust the image.",
        ),
    ),
    Code(
        "layer-link-loop",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("a path leads through a loop of symbolic links", {**IN_LAYER, "path": "opt/a/file"}),
        page=Page(
            meaning="Symbolic links in a layer lead in a circle, and an entry lies behind them.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
    Code(
        "layer-link-target-missing",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "a hard link leads to a file that is not there",
            {**IN_LAYER, "path": "opt/conda/bin/python", "target": "opt/conda/bin/python3.11"},
        ),
        page=Page(
            meaning="A hard link leads to a file that neither its layer nor one below has.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
    Code(
        "layer-link-target-directory",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("a hard link leads to a directory", {**IN_LAYER, "path": "lib", "target": "usr/lib"}),
        page=Page(
            meaning="A hard link leads to a directory.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
    Code(
        "layer-parent-not-directory",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("a path leads through something that is no directory", {**IN_LAYER, "path": "etc/passwd/x"}),
        page=Page(
            meaning="An entry lies below something that is no directory.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
    Code(
        "layer-root-not-directory",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("the layer replaces the root directory by something else", IN_LAYER),
        page=Page(
            meaning="A layer replaces the root directory by something else.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
    Code(
        "layer-name-invalid",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("the name of an entry holds a NUL byte", {**IN_LAYER, "path": "a\0b"}),
        page=Page(
            meaning="A name in a layer cannot be the name of a file.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
    Code(
        "layer-owner-invalid",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("an entry has an owner that is no 32-bit number", {**IN_LAYER, "path": "x", "uid": -1, "gid": 0}),
        page=Page(
            meaning="The owner of an entry is no 32-bit number.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
    Code(
        "layer-entry-kind",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "the layer has an entry of the unsupported type b'V'", {**IN_LAYER, "path": "volume", "offset": 512}
        ),
        page=Page(
            meaning="A layer has an entry of an unknown type.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
    Code(
        "layer-name-whiteout",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample(
            "a file of this name in a layer means that another file is deleted",
            {"file": "tool.sif", "path": "opt/tool/.wh.config"},
        ),
        page=Page(
            meaning="An image file has a file whose name begins with `.wh.`, and is to be pushed to a registry.",
            known=(
                "In a layer, such a name says that the file of the name behind `.wh.` is deleted (OCI Image\n"
                'Specification, "Whiteouts"). So no layer can hold a file of that name. Nothing was sent.'
            ),
            todo="Rename the file and build the image again, or push the SIF as it is to an `oras://` reference.",
        ),
    ),
    Code(
        "layer-whiteout-invalid",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("a whiteout names nothing to hide", {**IN_LAYER, "path": "etc/.wh."}),
        page=Page(
            meaning="A layer deletes something without naming it.",
            known=_READ,
            todo=_BUILD,
        ),
    ),
)
