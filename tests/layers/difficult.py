"""Hypothesis strategies for difficult layers: legal images in which everything collides, and damaged archives.

`images` draws layers that every implementation must accept and agree upon; a small model of the merged tree, kept while
drawing, leaves out what would be refused. `damaged` draws archives with broken bytes, for "an error, never a crash".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.layers import blocks, corpus

#: Few names, so that layers replace, hide and link each other's entries.
NAMES = (b"a", b"b", b"c", "é".encode(), b"\xff", b"n" * 120)
SIZES = (0, 1, 100, 131071, 131072, 131073, 300_000)

_names = st.sampled_from(NAMES)
_paths = st.lists(_names, min_size=1, max_size=3).map(b"/".join)
_contents = st.one_of(
    st.binary(max_size=40),
    st.builds(blocks.noise, st.sampled_from((b"x", b"y")), st.sampled_from(SIZES)),
    st.sampled_from(SIZES).map(bytes),
)
_xattrs = st.dictionaries(
    st.sampled_from((b"SCHILY.xattr.user.a", b"SCHILY.xattr.user.b")), st.binary(min_size=1, max_size=30), max_size=2
)


@dataclass
class _Model:
    """What the layers drawn so far leave behind: kind of each path, `d` for directories and `f` for the rest.

    `mine` are the paths of the current layer, which its own whiteouts do not hide.
    """

    kinds: dict[bytes, str] = field(default_factory=dict)
    mine: set[bytes] = field(default_factory=set)

    def parents_are_directories(self, path: bytes) -> bool:
        return all(self.kinds.get(parent, "d") == "d" for parent in _parents(path))

    def put(self, path: bytes, kind: str) -> None:
        if kind == "f":
            self._drop_below(path)
        for parent in _parents(path):
            self.kinds[parent] = "d"
            self.mine.add(parent)
        self.kinds[path] = kind
        self.mine.add(path)

    def hide_below(self, path: bytes) -> None:
        for known in [known for known in self.kinds if known.startswith(path + b"/") and known not in self.mine]:
            del self.kinds[known]

    def hide(self, path: bytes) -> None:
        self.hide_below(path)
        if path in self.kinds and path not in self.mine:
            del self.kinds[path]

    def others(self) -> list[bytes]:
        return sorted(path for path, kind in self.kinds.items() if kind == "f")

    def directories(self) -> list[bytes]:
        return sorted(path for path, kind in self.kinds.items() if kind == "d")

    def _drop_below(self, path: bytes) -> None:
        for known in [known for known in self.kinds if known.startswith(path + b"/")]:
            del self.kinds[known]
            self.mine.discard(known)


def _parents(path: bytes) -> list[bytes]:
    parts = path.split(b"/")
    return [b"/".join(parts[:count]) for count in range(1, len(parts))]


def _written(
    draw: st.DrawFn, path: bytes, member: Callable[[bytes], bytes], *, link: bytes = b"", xattrs: bool = False
) -> bytes:
    """A member under a name of any length, in the PAX or the GNU way, with or without extended attributes."""
    records = draw(_xattrs) if xattrs else {}
    if draw(st.booleans()) or records:
        long = {b"path": path} | ({b"linkpath": link} if link else {})
        return blocks.extended({**records, **long}) + member(b"short")
    names = blocks.long(path) if len(path) > 100 else b""
    links = blocks.long(link, blocks.LONG_LINK) if len(link) > 100 else b""
    return links + names + member(path)


def _file(draw: st.DrawFn, model: _Model, path: bytes) -> bytes:
    data, mode = draw(_contents), draw(st.sampled_from((0o644, 0o600, 0o4755, 0)))
    owner = draw(st.sampled_from((0, 1000, 3_000_000)))
    model.put(path, "f")
    return _written(draw, path, lambda name: blocks.file(name, data, mode=mode, uid=owner), xattrs=True)


def _directory(draw: st.DrawFn, model: _Model, path: bytes) -> bytes:
    mode, mtime = draw(st.sampled_from((0o755, 0o1777, 0o700))), draw(st.integers(1, 2**31))
    model.put(path, "d")
    return _written(draw, path, lambda name: blocks.directory(name, mode=mode, mtime=mtime), xattrs=True)


def _symlink(draw: st.DrawFn, model: _Model, path: bytes) -> bytes:
    target = draw(st.sampled_from((b"a", b"/b/c", b"..", b"nowhere")))
    model.put(path, "f")
    return _written(draw, path, lambda name: blocks.symlink(name, target))


def _special(draw: st.DrawFn, model: _Model, path: bytes) -> bytes:
    kind = draw(st.sampled_from((blocks.CHARACTER, blocks.FIFO)))
    model.put(path, "f")
    return blocks.extended({b"path": path}) + blocks.node(b"n", kind, (1, 3))


def _hardlink(draw: st.DrawFn, model: _Model, path: bytes) -> bytes:
    targets = [other for other in model.others() if other != path and not other.startswith(path + b"/")]
    if not targets:
        return b""
    target = draw(st.sampled_from(targets))
    model.put(path, "f")
    return _written(draw, path, lambda name: blocks.hardlink(name, target), link=target)


def _whiteout(draw: st.DrawFn, model: _Model, path: bytes) -> bytes:
    folder, slash, name = path.rpartition(b"/")
    if len(name) > 250 or not all(model.kinds.get(parent) == "d" for parent in _parents(path)):
        return b""
    model.hide(path)
    return blocks.extended({b"path": folder + slash + b".wh." + name}) + blocks.file(b"w")


def _opaque(draw: st.DrawFn, model: _Model, path: bytes) -> bytes:
    directories = model.directories()
    if not directories:
        return b""
    folder = draw(st.sampled_from(directories))
    model.hide_below(folder)
    return blocks.extended({b"path": folder + b"/.wh..wh..opq"}) + blocks.file(b"w")


_MEMBERS = (_file, _file, _directory, _symlink, _special, _hardlink, _hardlink, _whiteout, _opaque)


@st.composite
def images(draw: st.DrawFn, *, max_layers: int = 4, max_members: int = 8) -> list[bytes]:
    """The tars of a legal image, bottom first."""
    model, layers = _Model(), []
    for _ in range(draw(st.integers(1, max_layers))):
        model.mine = set()
        members = []
        for _ in range(draw(st.integers(0, max_members))):
            path = draw(_paths)
            if model.parents_are_directories(path):
                members.append(draw(st.sampled_from(_MEMBERS))(draw, model, path))
        layers.append(blocks.archive(*members))
    return layers


def stored(layers: list[bytes]) -> st.SearchStrategy[list[bytes]]:
    """The same layers as blobs, each stored in a way that is drawn."""
    ways = st.lists(st.sampled_from(sorted(corpus.STORED)), min_size=len(layers), max_size=len(layers))
    return ways.map(lambda names: [corpus.STORED[name](layer) for name, layer in zip(names, layers, strict=True)])


_small = sorted(name for name, layers in corpus.CASES.items() if sum(map(len, layers)) < 100_000)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An archive of the corpus with bytes changed, cut out or put in; at times with its checksums right again."""
    data = bytearray(draw(st.sampled_from(corpus.CASES[draw(st.sampled_from(_small))])))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 600))
        new = draw(st.one_of(st.binary(max_size=24), st.just(bytes(512)), st.just(b"")))
        data[at : at + (len(new) if draw(st.booleans()) else length)] = new
    return with_checksums(bytes(data)) if draw(st.booleans()) else bytes(data)


def with_checksums(tar: bytes) -> bytes:
    """The archive with a right checksum in every block that looks like a header."""
    fixed = []
    for at in range(0, len(tar), blocks.BLOCK):
        block = tar[at : at + blocks.BLOCK]
        looks = block[257:262] == b"ustar" and len(block) == blocks.BLOCK
        fixed.append(blocks.patched(block, 0, b"") if looks else block)
    return b"".join(fixed)
