"""What of an image stands in the way of an ordinary user, and the least that has to be changed about it.

Whoever is not root unpacks an image (`apptainer build --sandbox`, `exec --unsquash`, an image on top of it, every start
without setuid and squashfuse) with `unsquashfs`, which can make no device nodes, and with Apptainer's own code, which
makes folders and files in what was unpacked. Found by trying; `docs/running.md` says what each change means.
"""

from __future__ import annotations

import posixpath

from sregistry.assembly.changes import Changes, write_device
from sregistry.assembly.merge import Merged
from sregistry.layers.errors import LayerError
from sregistry.layers.tree import Node, Tree
from sregistry.squashfs.node import BLOCK, CHARACTER, DIRECTORY, FILE, SYMLINK

#: Folders that the runtime mounts something over, or that it makes in an unpacked image; mode for those not there.
FOLDERS = {
    b"dev": 0o755,
    b"proc": 0o755,
    b"sys": 0o755,
    b"root": 0o755,
    b"home": 0o755,
    b"etc": 0o755,
    b"tmp": 0o1777,
    b"var": 0o755,
    b"var/tmp": 0o1777,
}
#: Where the scripts are, and links to them at the root: where Singularity 2 and some people look for them.
HOME = b".singularity.d"
LINKS = {
    b"singularity": b".singularity.d/runscript",
    b"environment": b".singularity.d/env/90-environment.sh",
    **{b".%s" % name: b".singularity.d/actions/%s" % name for name in (b"run", b"exec", b"test", b"shell")},
}
#: Files that the runtime mounts something over.
FILES = (b"etc/hosts", b"etc/resolv.conf", b"etc/passwd", b"etc/group")
#: Folders that are entered, as their owner, for the sake of others in them.
_ENTERED = (b"etc", b"var")
#: With less of it on the root folder its owner cannot unpack an image there, or others cannot enter a mounted one.
_OPEN = 0o755
_ENTER = 0o100


def make_usable(merged: Merged, created: int) -> Changes:
    """Make of the merged layers an image for everybody, or only look if they are to be kept exactly.

    `created` is the time of what is made anew.
    """
    tree, exact = merged.tree, merged.exact
    changes = Changes(exact, whiteouts=merged.whiteouts)
    if merged.devices:
        _empty_devices(tree.root, changes)
    for path, mode in FOLDERS.items():
        _need_folder(tree, path, Node(DIRECTORY, mode, mtime=created), changes)
    for path in FILES:
        node = tree.lookup(path)
        if node is not None and node.kind not in (FILE, SYMLINK):
            _replace(tree, path, Node(FILE, 0o644, mtime=created), changes.replaced, exact=exact)
    _open(tree.root, b"", _OPEN, changes)
    for path in _ENTERED:
        found = tree.follow(path)
        if found and found[0].kind == DIRECTORY and not found[0].mode & _ENTER:
            _open(found[0], path, 0o700, changes)
    for path in LINKS:
        node, found = tree.lookup(path), tree.follow(path)
        if node and found and leads_to_own(tree, path):
            _make_relative(tree, path, node, found[1], changes)
    return changes


def leads_to_own(tree: Tree, path: bytes) -> bool:
    """Whether at `path` there is a link to something of the image that is no script of an earlier container."""
    node, found = tree.lookup(path), tree.follow(path)
    if not (node and found and node.kind == SYMLINK):
        return False
    ways = (posixpath.normpath(node.target).lstrip(b"/"), found[1])
    return all(way.split(b"/")[0] != HOME for way in ways)


def _empty_devices(root: Node, changes: Changes) -> None:
    stack, found = [(b"", root)], dict[int, str]()
    while stack:
        folder, directory = stack.pop()
        for name, node in directory.children.items():
            path = folder + b"/" + name
            if node.kind == DIRECTORY:
                stack.append((path, node))
                continue
            if node.kind == BLOCK or (node.kind == CHARACTER and node.rdev):
                found[id(node)] = write_device(node.kind, node.rdev)
                if not changes.exact:
                    node.kind, node.rdev = FILE, 0
            if id(node) in found and not changes.exact:
                changes.add_node(path, found[id(node)])
    changes.devices = len(found)


def _need_folder(tree: Tree, path: bytes, fresh: Node, changes: Changes) -> None:
    """See to it that `path` is a folder, or a link to one that leads there wherever the image is unpacked."""
    node = tree.lookup(path)
    if node is None or node.kind == DIRECTORY:
        return
    found = _end_of_link(tree, path, fresh.mode) if node.kind == SYMLINK else None
    if found is None:
        _replace(tree, path, fresh, changes.replaced, exact=changes.exact)
        return
    _make_relative(tree, path, node, found, changes)


def _make_relative(tree: Tree, path: bytes, node: Node, found: bytes, changes: Changes) -> None:
    """Let a link that ends at `found` lead there wherever the image is unpacked."""
    parent = tree.directory(path.rpartition(b"/")[0])
    folder = parent[1] if parent else b""
    if posixpath.normpath(posixpath.join(folder, node.target)) != found:
        link = Node(SYMLINK, node.mode, node.uid, node.gid, node.mtime, node.xattrs)
        link.target = posixpath.relpath(b"/" + found, b"/" + folder)
        _replace(tree, path, link, changes.links, exact=changes.exact)


def _end_of_link(tree: Tree, path: bytes, mode: int) -> bytes | None:
    """Where the folder at the end of a link lies, which is made if nothing is there; None if it cannot be."""
    try:
        found = tree.directory(path)
        if found is None:
            found = tree.make_directory(path)
            found[0].mode = mode
    except LayerError:
        return None
    return found[1]


def _replace(tree: Tree, path: bytes, node: Node, names: list[str], *, exact: bool) -> None:
    names.append("/" + path.decode())
    if not exact:
        tree.put(path, node)


def _open(node: Node, path: bytes, bits: int, changes: Changes) -> None:
    if node.mode & bits == bits:
        return
    changes.opened["/" + path.decode()] = f"{node.mode:04o}"
    if not changes.exact:
        node.mode |= bits
