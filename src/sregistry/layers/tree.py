"""Entries of many layers, bottom first -> one tree, as Docker, containerd and umoci would leave it.

Rules (OCI Image Layer Specification, "Applying Changesets"):

* a directory over a directory merges and takes the new metadata; anything else replaces what is there;
* a symbolic link on the way to an entry is followed, inside the root; the last part never is;
* a whiteout hides what lower layers left, never what its own layer brings, whatever the order in the tar;
* a hard link shares its target's node, so a later replacement of one name leaves the other alone.
"""

from __future__ import annotations

from typing import Any

from sregistry.layers.entries import Kind
from sregistry.layers.errors import LayerError

# Plain numbers: Python 3.11 takes longer to look up a member of an Enum than to compare it.
_DIRECTORY, _SYMLINK = int(Kind.DIRECTORY), int(Kind.SYMLINK)

Xattrs = tuple[tuple[bytes, bytes], ...]

NO_FRAGMENT = 0xFFFFFFFF
MAX_LINKS = 40
MAX_DEPTH = 4096
#: Shared by everything that is no directory; never written to.
_NO_CHILDREN: dict[bytes, Node] = {}


class Node:
    """An inode of the tree; several names may hold the same node (hard links).

    The content of a file is described as its pack has it (`pack`, `start`, `blocks`, `fragment`,
    `offset`) until assembly gives it a place in the image. Equal content has an equal `key`.
    """

    __slots__ = (
        "blocks",
        "children",
        "fragment",
        "gid",
        "key",
        "kind",
        "mode",
        "mtime",
        "offset",
        "pack",
        "rdev",
        "size",
        "sparse",
        "start",
        "target",
        "uid",
        "xattrs",
    )

    def __init__(
        self, kind: int, mode: int = 0, uid: int = 0, gid: int = 0, mtime: int = 0, xattrs: Xattrs = ()
    ) -> None:
        self.kind: int = kind
        self.mode: int = mode
        self.uid: int = uid
        self.gid: int = gid
        self.mtime: int = mtime
        self.xattrs: Xattrs = xattrs
        self.children: dict[bytes, Node] = {} if kind == _DIRECTORY else _NO_CHILDREN
        self.target: bytes = b""
        self.rdev: int = 0
        self.size: int = 0
        self.pack: int = -1
        self.start: int = 0
        self.blocks: bytes = b""
        self.fragment: int = NO_FRAGMENT
        self.offset: int = 0
        self.sparse: int = 0
        self.key: bytes = b""


class Tree:
    """The merged tree; call `begin_layer`, then `put`, `link`, `hide` and `empty` in the order of the tar.

    Args:
        mtime: time of directories that no layer describes (the image's own time).
    """

    def __init__(self, mtime: int) -> None:
        self._mtime = mtime
        self.root: Node = self._new_directory()
        self._directories: dict[bytes, tuple[Node, bytes]] = {b"": (self.root, b"")}
        self._touched: set[bytes] | None = None

    def _new_directory(self) -> Node:
        return Node(_DIRECTORY, 0o755, mtime=self._mtime)

    def begin_layer(self, *, has_whiteouts: bool) -> None:
        """Start the next layer; only layers with whiteouts need to remember what they brought."""
        self._touched = set() if has_whiteouts else None

    def put(self, path: bytes, node: Node) -> None:
        """Place `node` at `path`; raise LayerError where the path leads through a file."""
        if not path:
            self._put_root(node)
            return
        head, _, name = path.rpartition(b"/")
        found = self._directories.get(head)
        parent, resolved = found or self._parent(head)
        existing = parent.children.get(name)
        if existing is None:
            parent.children[name] = node
        elif existing.kind == _DIRECTORY and node.kind == _DIRECTORY:
            _take_metadata(existing, node)
        else:
            self._forget(existing)
            parent.children[name] = node
        if self._touched is not None:
            self._touch(resolved, name)

    def link(self, path: bytes, target: bytes) -> None:
        """Give the node at `target` the further name `path`; raise LayerError if there is none."""
        head, _, name = target.rpartition(b"/")
        found = self._find_parent(head)
        node = found.children.get(name) if found else None
        if node is None:
            raise _error("layer-link-target-missing", "a hard link leads to a file that is not there", path, target)
        if node.kind == _DIRECTORY:
            raise _error("layer-link-target-directory", "a hard link leads to a directory", path, target)
        self.put(path, node)

    def hide(self, path: bytes) -> None:
        """Apply a whiteout: remove what lower layers have at `path`."""
        head, _, name = path.rpartition(b"/")
        found = self._hiding_place(head)
        if found is None:
            return
        parent, resolved = found
        node = parent.children.get(name)
        if node is None:
            return
        whole = _join(resolved, name)
        if whole in (self._touched or ()):
            self._prune(node, whole)
        else:
            self._forget(node)
            del parent.children[name]

    def empty(self, path: bytes) -> None:
        """Apply an opaque marker: remove what lower layers have inside the directory `path`."""
        found = self._hiding_place(path)
        if found is not None:
            self._prune(*found)

    def _hiding_place(self, path: bytes) -> tuple[Node, bytes] | None:
        """The directory at `path`; None if something else stands there or on the way, so that nothing is below it.

        umoci writes such whiteouts where a file has taken the place of a directory.
        """
        try:
            return self._directories.get(path) or self._parent(path)
        except LayerError as error:
            if error.code != "layer-parent-not-directory":
                raise
            return None

    def lookup(self, path: bytes) -> Node | None:
        """Return the node at `path`, its last part not followed; None if there is none."""
        if not path:
            return self.root
        head, _, name = path.rpartition(b"/")
        try:
            found = self._find_parent(head)
        except LayerError:
            return None
        return found.children.get(name) if found else None

    def directory(self, path: bytes) -> tuple[Node, bytes] | None:
        """Return the directory at `path`, links followed, and its path without links; None if nothing is there.

        Raises LayerError where the path leads through something that is no directory, or in a circle.
        """
        return self._resolve(path, create=False)

    def follow(self, path: bytes) -> tuple[Node, bytes] | None:
        """Return the node at `path`, links followed also at its end, and its path without links; None if none is."""
        for _ in range(MAX_LINKS):
            head, _, name = path.rpartition(b"/")
            try:
                found = self._resolve(head, create=False)
            except LayerError:
                return None
            node = found[0].children.get(name) if found and name else found and found[0]
            if node is None or found is None:
                return None
            if node.kind != _SYMLINK:
                return node, _join(found[1], name) if name else found[1]
            path = _join(b"" if node.target.startswith(b"/") else found[1], node.target.strip(b"/"))
        return None

    def make_directory(self, path: bytes) -> tuple[Node, bytes]:
        """The same, with directories made where nothing is."""
        return self._parent(path)

    def remove(self, path: bytes) -> None:
        """Take away what is at `path`, if anything is."""
        head, _, name = path.rpartition(b"/")
        parent = self._find_parent(head)
        node = parent.children.pop(name, None) if parent else None
        if node is not None:
            self._forget(node)

    def _put_root(self, node: Node) -> None:
        if node.kind != _DIRECTORY:
            raise LayerError("layer-root-not-directory", "the layer replaces the root directory by something else")
        _take_metadata(self.root, node)

    def _touch(self, resolved: bytes, name: bytes) -> None:
        touched = self._touched
        if touched is None:
            return
        touched.add(_join(resolved, name))
        while resolved and resolved not in touched:
            touched.add(resolved)
            resolved = resolved.rpartition(b"/")[0]

    def _prune(self, node: Node, path: bytes) -> None:
        """Remove the names below `node` that this layer did not bring."""
        touched = self._touched or set()
        stack = [(node, path)]
        while stack:
            node, path = stack.pop()
            for name, child in list(node.children.items()):
                whole = _join(path, name)
                if whole not in touched:
                    self._forget(child)
                    del node.children[name]
                elif child.kind == _DIRECTORY:
                    stack.append((child, whole))

    def _forget(self, node: Node) -> None:
        """A name goes away: paths through it must be resolved again."""
        if node.kind == _DIRECTORY or node.kind == _SYMLINK:
            self._directories = {b"": (self.root, b"")}

    def _parent(self, path: bytes) -> tuple[Node, bytes]:
        """Return the directory at `path` and its path without symbolic links; make what is missing."""
        found = self._resolve(path, create=True)
        if found is None:
            raise AssertionError("creating directories always finds one")
        self._directories[path] = found
        return found

    def _find_parent(self, head: bytes) -> Node | None:
        found = self._directories.get(head) or self._resolve(head, create=False)
        return found[0] if found else None

    def _resolve(self, path: bytes, *, create: bool) -> tuple[Node, bytes] | None:
        todo = path.split(b"/")[::-1] if path else []
        if len(todo) > MAX_DEPTH:
            raise _error("layer-path-too-deep", f"a path has more than {MAX_DEPTH} parts", path[:200])
        way: list[tuple[bytes, Node]] = []
        links = 0
        while todo:
            name = todo.pop()
            if name in (b"", b"."):
                continue
            if name == b"..":
                if way:
                    way.pop()
                continue
            here = way[-1][1] if way else self.root
            node = here.children.get(name)
            if node is None:
                if not create:
                    return None
                node = here.children[name] = self._new_directory()
            if node.kind == _SYMLINK:
                links += 1
                if links > MAX_LINKS:
                    raise _error("layer-link-loop", "a path leads through a loop of symbolic links", path)
                if node.target.startswith(b"/"):
                    way.clear()
                todo.extend(node.target.split(b"/")[::-1])
            elif node.kind != _DIRECTORY:
                raise _error("layer-parent-not-directory", "a path leads through something that is no directory", path)
            else:
                way.append((name, node))
        if not way:
            return self.root, b""
        return way[-1][1], b"/".join(name for name, _ in way)


def _take_metadata(existing: Node, new: Node) -> None:
    existing.mode = new.mode
    existing.uid = new.uid
    existing.gid = new.gid
    existing.mtime = new.mtime
    existing.xattrs = new.xattrs


def _join(head: bytes, name: bytes) -> bytes:
    return head + b"/" + name if head else name


def _error(code: str, message: str, path: bytes, target: bytes | None = None) -> LayerError:
    facts: dict[str, Any] = {"path": path.decode("utf-8", "surrogateescape")}
    if target is not None:
        facts["target"] = target.decode("utf-8", "surrogateescape")
    return LayerError(code, message, **facts)
