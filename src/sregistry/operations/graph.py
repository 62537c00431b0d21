"""Everything that a manifest leads to, read from where it is: what has to be copied, children before their parents.

A manifest that the target has is not read: what it names is there as well, since a place takes a manifest only after
that. An index may be there without some of its manifests (sparse), so its entries are looked at all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sregistry.digests import Digest
from sregistry.errors import RegistryError
from sregistry.oci import contents, media_types
from sregistry.oci.contents import Contents
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest
from sregistry.operations.several import Several
from sregistry.operations.transfer import Source

#: Bytes of all manifests of one copy; an index of 4 MB could ask for any number of them.
_LARGEST = 256 << 20
_ABSENT = frozenset({"manifest-unknown", "tag-unknown", "repository-unknown"})


@dataclass(frozen=True, slots=True)
class Node:
    """A manifest and what it names."""

    manifest: Manifest
    contents: Contents


class Graph:
    """What is to be copied.

    Args:
        source: where it is read.
        several: reads.
        is_there: whether the target has the manifest of a descriptor, and so what that names.
        depth: how many indexes deep to look.
    """

    def __init__(self, source: Source, several: Several, is_there: Callable[[Descriptor], bool], depth: int) -> None:
        self._source = source
        self._several = several
        self._is_there = is_there
        self._depth = depth
        self._nodes: dict[Digest, Node] = {}
        self._size = 0
        #: Manifests that the target has.
        self.there: set[Digest] = set()

    def add(self, manifests: Sequence[Manifest]) -> None:
        """Read all that `manifests` lead to.

        Raises:
            RegistryError: ``manifest-child-unknown``, ``manifest-nested``, ``manifest-too-large``,
                ``manifest-malformed``, and what the source raises.
        """
        for depth in range(self._depth + 1):
            named = self._keep(manifests)
            if not named:
                return
            if depth == self._depth:
                message = "the index leads to further indexes, and those to further ones, without an end"
                with self._source.reading():
                    raise RegistryError("manifest-nested", message, limit=self._depth)
            manifests = [found for found in self._several.run(self._child, named) if found]

    def follow(self, descriptors: Sequence[Descriptor]) -> int:
        """Read what `descriptors` name and all that leads to, unless it has been seen; return how many were new."""
        new = [
            one for one in self._distinct(descriptors) if one.digest not in self._nodes and one.digest not in self.there
        ]
        self.add([found for found in self._several.run(self._child, new) if found])
        return len(new)

    @property
    def digests(self) -> list[Digest]:
        """Of all manifests, also of those that are there."""
        return [*self._nodes, *(digest for digest in self.there if digest not in self._nodes)]

    @property
    def blobs(self) -> list[Descriptor]:
        """Of all manifests that were read, each once."""
        return self._distinct(blob for node in self._nodes.values() for blob in node.contents.blobs)

    @property
    def foreign(self) -> list[Descriptor]:
        """Layers that are kept elsewhere, each once."""
        return self._distinct(layer for node in self._nodes.values() for layer in node.contents.foreign)

    @property
    def waves(self) -> list[list[Manifest]]:
        """The manifests to be stored, those of each wave after those of all before it: children before parents."""
        levels: dict[Digest, int] = {}
        for digest in self._nodes:
            self._level(digest, levels)
        found: list[list[Manifest]] = [[] for _ in range(max(levels.values(), default=-1) + 1)]
        for digest, level in levels.items():
            if digest not in self.there:
                found[level].append(self._nodes[digest].manifest)
        return found

    def _level(self, digest: Digest, levels: dict[Digest, int]) -> int:
        """How far above manifests that name no others; -1 for what need not be stored."""
        if digest not in self._nodes:
            return -1
        if digest not in levels:
            named = self._nodes[digest].contents.manifests
            levels[digest] = 1 + max((self._level(child.digest, levels) for child in named), default=-1)
        return levels[digest]

    def _keep(self, manifests: Sequence[Manifest]) -> list[Descriptor]:
        """Take up manifests; return the descriptors of those they name that have not been seen."""
        named: dict[Digest, Descriptor] = {}
        for manifest in manifests:
            with self._source.reading():
                node = Node(manifest, contents.of(manifest))
            self._nodes[manifest.digest] = node
            self._size += len(manifest.raw)
            named |= {child.digest: child for child in node.contents.manifests}
        if self._size > _LARGEST:
            message = f"the manifests of this image have more than {_LARGEST} bytes together"
            with self._source.reading():
                raise RegistryError("manifest-too-large", message, limit=_LARGEST, actual_size=self._size)
        return [child for digest, child in named.items() if digest not in self._nodes and digest not in self.there]

    def _child(self, descriptor: Descriptor) -> Manifest | None:
        """The manifest of an entry; None if nothing of it has to be copied."""
        is_there = self._is_there(descriptor)
        if is_there:
            self.there.add(descriptor.digest)
            if descriptor.media_type and descriptor.media_type not in media_types.INDEXES:
                return None
        try:
            return self._source.manifest(str(descriptor.digest))
        except RegistryError as error:
            if error.code not in _ABSENT:
                raise
            message = "the index lists a manifest that is not there"
            facts = {**error.facts, "digest": str(descriptor.digest)}
            with self._source.reading():
                raise RegistryError("manifest-child-unknown", message, **facts) from error

    @staticmethod
    def _distinct(found: Iterable[Descriptor]) -> list[Descriptor]:
        return list({one.digest: one for one in found}.values())
