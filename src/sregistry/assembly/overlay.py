"""What a container needs beside the files of its image, as one more layer on top of them.

The entries follow the rules of layers: parents are resolved inside the image, a directory over a
directory merges, anything else replaces what is there (so a symbolic link in the place of
``.singularity.d`` is replaced, never followed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

#: What an image has at a path (no leading slash, parents resolved inside the image, the last part not
#: followed): "directory", "file", "symlink", another word for anything else, or None.
Exists = Callable[[bytes], str | None]

#: More cannot be named by any program in the container (PATH_MAX, NAME_MAX of Linux).
_LONGEST_PATH = 4095
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Addition:
    """One entry, owned by root, with the time of the image.

    Attributes:
        path: without leading slash.
        kind: what it is.
        mode: permission bits.
        content: of a file.
        target: of a symbolic link.
    """

    path: bytes
    kind: Literal["directory", "file", "symlink"]
    mode: int
    content: bytes = b""
    target: bytes = b""


class Overlay:
    """Collects additions in an order in which every parent comes before its children."""

    def __init__(self, exists: Exists) -> None:
        self._exists = exists
        self._added: dict[bytes, Addition] = {}

    @property
    def additions(self) -> list[Addition]:
        """All of them, in order."""
        return list(self._added.values())

    def kind(self, path: bytes) -> str | None:
        """What is at `path`, the additions so far included."""
        added = self._added.get(path)
        return added.kind if added else self._exists(path)

    def put(self, addition: Addition) -> None:
        """Add it, whatever is there."""
        self._added[addition.path] = addition

    def put_file(self, path: bytes, content: str, mode: int) -> None:
        """Add a file, whatever is there."""
        self.put(Addition(path, "file", mode, content=content.encode()))

    def put_directory(self, path: bytes, mode: int = 0o755) -> None:
        """Add a directory, whatever is there (one that is there keeps its content)."""
        self.put(Addition(path, "directory", mode))

    def need_directory(self, path: bytes, mode: int = 0o755) -> None:
        """Add the directory and its parents where nothing is; leave alone what is there, also if it is no directory."""
        if not _can_exist(path):
            return
        for parent in _parents(path):
            if not self._passable(parent):
                return
        if self.kind(path) is None:
            self.put_directory(path, mode)

    def need_file(self, path: bytes, *, instead_of_link: bool = False) -> None:
        """Add an empty file where nothing is or, if `instead_of_link`, where a symbolic link is."""
        replaceable = (None, "symlink") if instead_of_link else (None,)
        if all(map(self._passable, _parents(path))) and self.kind(path) in replaceable:
            self.put_file(path, "", 0o644)

    def put_link(self, path: bytes, target: bytes) -> None:
        """Add a symbolic link where nothing or another link is."""
        if self.kind(path) in (None, "symlink"):
            self.put(Addition(path, "symlink", 0o777, target=target))

    def _passable(self, path: bytes) -> bool:
        """Whether something can be put into the directory `path`, which is added if nothing is there."""
        kind = self.kind(path)
        if kind is None:
            self.put_directory(path)
        return kind in (None, "directory", "symlink")


def _can_exist(path: bytes) -> bool:
    names = path.split(b"/")
    return len(path) <= _LONGEST_PATH and b"\0" not in path and all(0 < len(name) <= _LONGEST_NAME for name in names)


def _parents(path: bytes) -> Iterable[bytes]:
    """``a/b/c`` -> ``a``, ``a/b``."""
    names = path.split(b"/")
    return (b"/".join(names[:count]) for count in range(1, len(names)))
