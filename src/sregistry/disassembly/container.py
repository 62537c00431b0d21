"""A container with scripts of its own, as Apptainer builds them -> what Docker needs to start it as Apptainer does.

Apptainer sources ``env/*.sh`` and starts ``runscript``, both in ``/.singularity.d``. Who pulls the pushed image puts
scripts of its own in these places; so those of the container are copied into a folder that nobody else uses, and the
image is started there. Hard links would not do: Apptainer writes into the files that it finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sregistry.assembly.contents import Texts
from sregistry.assembly.usable import HOME
from sregistry.disassembly.difference import Addition, Difference
from sregistry.disassembly.environment import read_scripts
from sregistry.layers.entries import Entry, Kind
from sregistry.squashfs.inode import Inode
from sregistry.squashfs.node import DIRECTORY, FILE
from sregistry.squashfs.reader import Image

#: Where the container is started.
FOLDER = HOME + b"/of-the-image"
#: Scripts that every container has and that set nothing of its own.
_OF_THE_RUNTIME = (b"01-", b"94-", b"95-", b"99-")
#: No environment script is longer; what is, is run but not read.
_LIMIT = 1 << 20
_START = b"""\
#!/bin/sh
# Starts the container as Apptainer does: its runscript, in the environment of its scripts.
for __script__ in /.singularity.d/of-the-image/env/*.sh; do
    if test -f "${__script__}"; then
        . "${__script__}"
    fi
done
exec /.singularity.d/of-the-image/runscript "$@"
"""


def container(
    image: Image, texts: Texts, base: Mapping[str, Any] | None, created: int
) -> tuple[Difference, dict[str, Any]]:
    """Return what is added to the files of `image`, and the inner config.

    Args:
        image: the root file system.
        texts: what the SIF says of the container.
        base: inner config of the image that the container was built on, where that is known.
        created: the time of what is added.

    Raises SquashfsError, OSError.
    """
    config: dict[str, Any] = {}
    runscript = image.lookup(HOME + b"/runscript", follow=False)
    scripts = _scripts(image)
    texts_of_scripts = {name.decode("utf-8", "replace"): _text(image, inode) for name, inode in scripts.items()}
    env, certain = read_scripts(texts_of_scripts)
    if env:
        config["Env"] = env
    added: list[Addition] = []
    if runscript is None or not _can_run(image, runscript):
        config.update({name: base[name] for name in ("Entrypoint", "Cmd") if base and name in base})
    else:
        added = _copies(runscript, {} if certain else scripts, created)
        config["Entrypoint"] = ["/" + (FOLDER + (b"/runscript" if certain else b"/start")).decode()]
    labels = dict(sorted(texts.labels.items()))
    return Difference(added=tuple(added)), {**config, **({"Labels": labels} if labels else {})}


def _can_run(image: Image, runscript: Inode) -> bool:
    """Whether Docker can start it: a file that may be executed, in an image with a shell."""
    return runscript.kind == FILE and bool(runscript.mode & 0o111) and image.lookup(b"bin/sh") is not None


def _scripts(image: Image) -> dict[bytes, Inode]:
    """The environment scripts that are the container's own, by name."""
    folder = image.lookup(HOME + b"/env", follow=False)
    if folder is None or folder.kind != DIRECTORY:
        return {}
    return {
        name: inode
        for name, inode in image.children(folder)
        if inode.kind == FILE and name.endswith(b".sh") and not name.startswith(_OF_THE_RUNTIME)
    }


def _text(image: Image, inode: Inode) -> str:
    """The text of a script; of one that is too long, what is never certain."""
    return image.read(inode, _LIMIT).decode("utf-8", "replace") if inode.size <= _LIMIT else "exit"


def _copies(runscript: Inode, scripts: dict[bytes, Inode], created: int) -> list[Addition]:
    """The entries of `FOLDER`, with a start script where the environment scripts have to be run."""
    folders = [FOLDER, FOLDER + b"/env"] if scripts else [FOLDER]
    added: list[Addition] = [(Entry(path, Kind.DIRECTORY, 0o755, mtime=created), b"") for path in folders]
    for name, inode in [(b"runscript", runscript), *((b"env/" + name, inode) for name, inode in scripts.items())]:
        entry = Entry(FOLDER + b"/" + name, Kind.FILE, inode.mode, inode.uid, inode.gid, inode.mtime, inode.size)
        added.append((entry, inode))
    if scripts:
        added.append((Entry(FOLDER + b"/start", Kind.FILE, 0o755, mtime=created, size=len(_START)), _START))
    return added
