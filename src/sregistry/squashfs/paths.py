"""The parts of a path, with symbolic links put in while they are walked."""

from __future__ import annotations

from collections.abc import Iterator

from sregistry.squashfs.errors import SquashfsError

#: As in Linux.
MAX_LINKS = 40
MAX_TARGET = 4095
#: Parts walked for one path; the longest path that Linux takes has 2048.
MAX_PARTS = 2048


class Steps:
    """Iterates over the parts of a path; empty ones and ``.`` are left out."""

    def __init__(self, path: bytes) -> None:
        self._path = path
        self._parts = _reversed_parts(path)
        self._links = 0
        self._walked = 0

    @property
    def at_end(self) -> bool:
        """Whether the part given last is the last one."""
        return not self._parts

    def insert(self, target: bytes) -> None:
        """Continue with `target`, then with what was left; raise SquashfsError ``squashfs-symlink-loop``."""
        self._links += 1
        if self._links > MAX_LINKS or len(target) > MAX_TARGET:
            raise self._endless()
        self._parts += _reversed_parts(target)

    def __iter__(self) -> Iterator[bytes]:
        while self._parts:
            self._walked += 1
            if self._walked > MAX_PARTS:
                raise self._endless()
            yield self._parts.pop()

    def _endless(self) -> SquashfsError:
        return SquashfsError(
            "squashfs-symlink-loop",
            "the symbolic links on the way to a file lead round in a circle",
            path=self._path.decode("utf-8", "surrogateescape"),
        )


def _reversed_parts(path: bytes) -> list[bytes]:
    return [part for part in reversed(path.split(b"/")) if part not in (b"", b".")]
