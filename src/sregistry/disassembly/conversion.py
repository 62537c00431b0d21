"""What a pull has added to the files of an image, so that they are left out, or put back, when it goes out again.

Left out is what the next pull would add just so, and Docker does without: the scripts, the links to them, empty mount
points. An empty ``/tmp`` stays: an image of its own time has one that looks like ours, and programs need it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sregistry.assembly import container
from sregistry.assembly.changes import Changes, read_device
from sregistry.assembly.overlay import Addition
from sregistry.assembly.runscript import OWN_RUNSCRIPT
from sregistry.assembly.usable import HOME, LINKS
from sregistry.digests import Digest
from sregistry.disassembly.difference import Difference
from sregistry.references import Platform
from sregistry.squashfs.inode import Inode
from sregistry.squashfs.node import DIRECTORY, FILE, SYMLINK
from sregistry.squashfs.reader import Image
from sregistry.squashfs.xattrs import NONE

_KINDS = {"directory": DIRECTORY, "file": FILE, "symlink": SYMLINK}
#: Docker makes none of these; who pulls again gets them as they are.
_STAY = (b"root", b"home", b"tmp", b"var", b"var/tmp")
_ENV = HOME + b"/env"
#: Half of a surrogate pair that stands for no byte.
_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_MODE = re.compile(r"[0-7]{4}", re.ASCII)


def ours(image: Image, config: Mapping[str, Any], created: int, changes: Changes) -> Difference:
    """What a pull of this package added to and changed in `image`.

    Args:
        image: the root file system.
        config: the inner config of the image that was pulled.
        created: the time of the SIF, which is that of all that was added.
        changes: as the SIF says.

    Raises AssemblyError ``image-config-invalid``, SquashfsError, OSError.
    """
    left_out = {_ENV + b"/" + name for name in _names(image, _ENV)}
    for addition in reversed(_additions(config)):
        if addition.path not in _STAY and _is_left_out(image, addition, created, left_out):
            left_out.add(addition.path)
    own = HOME + b"/" + OWN_RUNSCRIPT.encode()
    names = {} if image.lookup(own, follow=False) is None else {own: HOME + b"/runscript"}
    if changes.exact:
        return Difference(frozenset(left_out), names=names)
    return Difference(frozenset(left_out), _modes(changes), names, _devices(changes))


def apptainers(image: Image, config: Mapping[str, Any]) -> Difference:
    """What a pull of Apptainer or SingularityCE added to `image`: scripts, and links to them.

    Nothing is left out where the image starts one of such scripts: it was a container before it was pulled.
    """
    if HOME.decode() in json.dumps(config):
        return Difference()
    left_out = {HOME}
    for path in LINKS:
        inode = image.lookup(path, follow=False)
        if inode is not None and inode.kind == SYMLINK and inode.target.startswith(HOME + b"/"):
            left_out.add(path)
    return Difference(frozenset(left_out))


def _additions(config: Mapping[str, Any]) -> list[Addition]:
    """All that a pull adds to an image without a single file."""
    nowhere = Digest.of(b"")
    return container.additions(
        {"config": config},
        reference="",
        manifest_digest=str(nowhere),
        platform=Platform("linux", "amd64"),
        exists=lambda path: None,
    )


def _is_left_out(image: Image, addition: Addition, created: int, left_out: set[bytes]) -> bool:
    """Whether `image` has the addition as a pull writes it, and in a folder nothing that stays."""
    path = addition.path
    inode = image.lookup(path, follow=False)
    if inode is None or not _is_as_added(inode, addition, created):
        return False
    if inode.kind == DIRECTORY:
        return all(path + b"/" + name in left_out for name, _ in image.children(inode))
    if inode.kind == SYMLINK:
        return inode.target == addition.target
    return not inode.size or path.startswith(HOME + b"/")


def _is_as_added(inode: Inode, addition: Addition, created: int) -> bool:
    found = (inode.kind, inode.uid, inode.gid, inode.mode, inode.mtime, inode.xattr)
    return found == (_KINDS[addition.kind], 0, 0, addition.mode, created, NONE)


def _names(image: Image, path: bytes) -> list[bytes]:
    folder = image.lookup(path, follow=False)
    return [name for name, _ in image.children(folder)] if folder and folder.kind == DIRECTORY else []


def _modes(changes: Changes) -> dict[bytes, int]:
    """The modes of folders that were opened, as the layers had them."""
    known = ((path, mode) for path, mode in changes.opened.items() if isinstance(mode, str) and _MODE.fullmatch(mode))
    return {_path(path): int(mode, 8) for path, mode in known}


def _devices(changes: Changes) -> dict[bytes, tuple[int, int, int]]:
    """The devices that are empty files now."""
    known = {_path(path): read_device(device) for path, device in changes.nodes.items()}
    return {path: device for path, device in known.items() if device is not None}


def _path(text: str) -> bytes:
    """A path as `Changes` has it, as the image has it. What is no path is none of the image's."""
    return text.strip("/").encode("utf-8", "replace" if _LONE.search(text) else "surrogateescape")
