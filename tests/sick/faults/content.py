"""What is inside the layers: every archive of the corpus that must be refused, and forms that must be read."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import zstandard

from tests.layers import blocks, corpus
from tests.sick.repository import THIS_PLATFORM, Repository, base_layer, data_layer, digest, image, of_layers
from tests.sick.scenario import SUCCEEDS, Expectation, Family, fails
from tests.support import images
from tests.support.images import Blob, Layer

FAMILY = Family("content")
_AUTHOR = r"author|push|report|trust"

#: What an explanation must say about a code.
_SAYS = {
    "layer-escape": (r"outside|out of", r"trust"),
    "layer-link-target-missing": (r"link", r"not there|missing"),
    "layer-link-target-directory": (r"link", r"directory"),
    "layer-name-invalid": (r"name|target",),
    "layer-parent-not-directory": (r"no directory|not a directory",),
    "layer-path-too-deep": (r"deep",),
    "layer-link-loop": (r"circle|loop",),
    "layer-root-not-directory": (r"root",),
    "layer-whiteout-invalid": (r"whiteout|delete",),
    "layer-entry-kind": (r"type",),
    "layer-owner-invalid": (r"owner",),
    "layer-tar-invalid": (r"tar archive", r"corrupt|not (a )?valid|something else"),
    "layer-tar-truncated": (r"incomplete|ends|middle",),
    "layer-too-large": (r"larger|limit",),
}

for _name, _refused in corpus.REFUSED.items():
    FAMILY.add(
        f"tar-{_name}",
        fails(_refused.code, r"layer", *_SAYS[_refused.code], _AUTHOR),
        "a layer that must not, or cannot, be unpacked",
        "the layer was made by a broken tool, or to attack",
        make=of_layers(*_refused.layers),
    )

for _name, _store in corpus.STORED.items():
    FAMILY.add(
        f"stored-{_name}",
        SUCCEEDS,
        "a layer stored in another way than its media type, gzip, says",
        "the bytes tell",
        make=of_layers(*corpus.CASES["opaque-last"], compress=_store),
    )

_READ = (
    "devices",
    "setuid",
    "capability",
    "whiteout-then-file",
    "opaque-last",
    "aufs-bookkeeping",
    "no-entries",
    "no-end-blocks",
    "garbage-after-end",
    "name-not-utf8",
    "hardlink-target-replaced-above",
    "sparse-pax-1.0",
    "parent-is-absolute-symlink",
    "dotdot-inside",
    "leading-slash",
    "name-255-bytes",
    "deep",
    "mode-0000",
    "symlink-odd",
    "duplicate-file",
)
for _name in _READ:
    FAMILY.add(
        f"tar-{_name}",
        SUCCEEDS,
        "a layer that is difficult, but legal",
        "nothing is wrong",
        make=of_layers(*corpus.CASES[_name]),
    )


def _stored(name: str, spoil: Callable[[bytes], bytes], expect: Expectation, does: str, cause: str) -> None:
    """The data layer, spoilt before it was pushed: its digest is right."""

    def make(scenario: str) -> Repository:
        tar = data_layer(scenario)
        layer = Layer(Blob(images.OCI_LAYERS["gzip"], spoil(tar)), digest(tar))
        return Repository().add(image(scenario, [base_layer(scenario), layer], platform=THIS_PLATFORM), "latest")

    FAMILY.add(name, expect, does, cause, make=make)


def _damaged(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(64) + data[middle + 64 :]


_BROKEN = "the layer was pushed in this state"
_ON_THE_WAY = (r"damaged on the way",)
_CORRUPT = fails("layer-compression-corrupt", r"corrupt", r"layer", _AUTHOR, never=_ON_THE_WAY)
_CUT = fails(
    "layer-compression-truncated layer-tar-truncated", r"incomplete|ends", r"layer", _AUTHOR, never=_ON_THE_WAY
)
_stored(
    "gzip-truncated", lambda tar: gzip.compress(tar)[:-1000], _CUT, "half a gzip stream, with its right digest", _BROKEN
)
_stored("gzip-no-trailer", lambda tar: gzip.compress(tar)[:-8], _CUT, "a gzip stream without its last 8 bytes", _BROKEN)
_stored("gzip-corrupt", lambda tar: _damaged(gzip.compress(tar)), _CORRUPT, "a damaged gzip stream", _BROKEN)
_stored("gzip-header-only", lambda tar: gzip.compress(tar)[:10], _CUT, "a gzip header and nothing more", _BROKEN)
_stored(
    "zstd-truncated",
    lambda tar: zstandard.compress(tar)[:-1000],
    fails("layer-compression-truncated", r"its compressed data ends too early", _AUTHOR, never=_ON_THE_WAY),
    "half a zstd frame",
    _BROKEN,
)
_stored(
    "zstd-garbage-after",
    lambda tar: zstandard.compress(tar) + b"garbage" * 10,
    fails("layer-trailing-bytes", r"after the end of its zstd data", _AUTHOR, never=(r"incomplete", r"corrupt")),
    "garbage after the zstd frame",
    _BROKEN,
)
_stored(
    "zstd-corrupt",
    lambda tar: _damaged(zstandard.ZstdCompressor(write_checksum=True).compress(tar)),
    fails(
        "layer-compression-corrupt layer-diff-id-mismatch layer-compression-truncated",
        r"corrupt|match|incomplete",
        r"layer",
        _AUTHOR,
    ),
    "a damaged zstd frame",
    _BROKEN,
)
_stored(
    "gzip-garbage-after",
    lambda tar: gzip.compress(tar) + b"garbage" * 10,
    fails("layer-trailing-bytes", r"after the end of its gzip data", _AUTHOR, never=(r"incomplete", r"corrupt")),
    "garbage after the gzip stream",
    _BROKEN,
)
_stored(
    "stored-empty",
    lambda tar: b"",
    fails("layer-diff-id-mismatch layer-tar-truncated layer-tar-invalid", r"layer", _AUTHOR),
    "a layer of no bytes at all",
    _BROKEN,
)
_stored(
    "stored-page",
    lambda tar: b"<!DOCTYPE html><html><title>404</title></html>" * 20,
    fails("layer-tar-invalid", r"no tar archive, but a web page", _AUTHOR),
    "a web page that was pushed as a layer",
    _BROKEN,
)
_stored(
    "stored-json",
    lambda tar: b'{"error": "no such file"}\n',
    fails("layer-tar-invalid", r"no tar archive, but JSON", _AUTHOR),
    "JSON that was pushed as a layer",
    _BROKEN,
)
_stored(
    "stored-lz4",
    lambda tar: b"\x04\x22\x4d\x18" + tar,
    fails("layer-tar-invalid", r"compressed with lz4, which no container runtime unpacks", _AUTHOR),
    "a layer compressed by lz4",
    "an unusual builder",
)
_stored(
    "stored-twice",
    lambda tar: gzip.compress(gzip.compress(tar)),
    fails("layer-tar-invalid", r"compressed twice", _AUTHOR, never=(r"checksum",)),
    "a layer compressed twice",
    "a build script with one step too many",
)
_stored(
    "stored-noise",
    lambda tar: gzip.compress(tar)[100:],
    fails("layer-tar-invalid", r"no tar archive", _AUTHOR, never=(r"checksum",)),
    "a layer whose beginning is missing",
    _BROKEN,
)
FAMILY.add(
    "header-lies",
    fails(
        "layer-too-large", r"claims a size of \S+ TB", r"header lies", _AUTHOR, never=(r"SREGISTRY_MAX_UNPACKED_SIZE",)
    ),
    "a header that claims 100 TB in a layer of a few bytes",
    "an attack, or a damaged archive",
    make=of_layers(blocks.archive(blocks.header(b"huge", size=100 << 40))),
)
_stored(
    "diff-id-other",
    lambda tar: gzip.compress(tar + bytes(512)),
    fails("layer-diff-id-mismatch", r"config", r"match|other", _AUTHOR),
    "a layer that is not the one the config names",
    "a tool that mixed up layers",
)


FAMILY.add(
    "zstd-window-of-4-gib",
    fails("layer-window-too-large", r"window", r"2\.15 GB", _AUTHOR, never=(r"corrupt", r"incomplete")),
    "a layer that takes more memory to unpack than the zstd library can give",
    "a tool with a setting of its own",
    make=of_layers(blocks.archive(blocks.file(b"f", b"content")), compress=corpus.zstd_window),
)


def _bomb(name: str) -> Repository:
    """1.25 GiB of one byte in a hundredth of that; zeros would only be a hole."""
    member = gzip.compress(b"1" * (64 << 20), 1, mtime=0)
    start = gzip.compress(blocks.header(b"bomb", size=20 * (64 << 20)), mtime=0)
    layer = Layer(Blob(images.OCI_LAYERS["gzip"], start + member * 20), "sha256:" + "0" * 64)
    return Repository().add(image(name, [base_layer(name), layer], platform=THIS_PLATFORM), "latest")


FAMILY.add(
    "gzip-bomb",
    fails("layer-expands-too-far", r"times its size", r"max_expansion_ratio|SREGISTRY_MAX_EXPANSION_RATIO"),
    "a layer that unpacks to more than 200 times its size",
    "an attack",
    make=_bomb,
)
FAMILY.add(
    "entries-too-many",
    fails("layer-too-many-entries", r"more than 1,?000 entries", r"SREGISTRY_MAX_(LAYER_)?ENTRIES"),
    "a layer of 1201 entries, where 1000 are allowed",
    "an attack, or a small limit",
    make=of_layers(*corpus.CASES["many-small-files"]),
    settings={"max_layer_entries": "1000"},
)
FAMILY.add(
    "files-too-large",
    fails("layer-too-large", r"larger than", r"SREGISTRY_MAX_UNPACKED_SIZE"),
    "a layer of a megabyte, where 200,000 bytes are allowed",
    "an attack, or a small limit",
    make=of_layers(*corpus.CASES["size-1048576"]),
    settings={"max_unpacked_size": "200000"},
)


def _same_twice(name: str) -> Repository:
    tar = data_layer(name)
    return Repository().add(image(name, [base_layer(name), tar, tar], platform=THIS_PLATFORM), "latest")


FAMILY.add("same-layer-twice", SUCCEEDS, "an image that uses a layer twice", "nothing is wrong", make=_same_twice)
FAMILY.add(
    "no-layers",
    fails("image-no-layers", r"no layer", r"nothing to run|nothing"),
    "an image without any layer",
    "there is nothing to run",
    make=lambda name: Repository().add(image(name, [], platform=THIS_PLATFORM), "latest"),
)
FAMILY.add(
    "estargz",
    SUCCEEDS,
    "a layer with a table of contents at its end (eStargz)",
    "an ordinary layer to those who do not look",
    make=of_layers(
        blocks.archive(blocks.file(b"usr/a", b"a"), blocks.file(b"stargz.index.json", b'{"version":1,"entries":[]}')),
        compress=lambda tar: corpus.STORED["gzip-members"](tar),
    ),
)
