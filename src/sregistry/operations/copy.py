"""Copy: what a reference means goes to another place as it is, bytes and digests.

    manifests (all platforms, or one) -> blobs that are not there -> manifests, children before parents -> the name

Nothing is converted or unpacked, and no file is made on the way. Whatever interrupts this, the name at the target
means what it meant before, or the whole; what has arrived is not sent again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sregistry.digests import Digest
from sregistry.errors import RegistryError, SregistryError, UsageError
from sregistry.kinds import Kind
from sregistry.operations.context import Context
from sregistry.operations.copied import CopyResult
from sregistry.operations.under_way import UnderWay
from sregistry.references import PathReference, Platform, Reference, RegistryReference
from sregistry.resources.errors import named

if TYPE_CHECKING:
    from sregistry.endpoints.base import Endpoint, Repository, Writable
    from sregistry.oci.descriptors import Descriptor
    from sregistry.oci.manifests import Manifest
    from sregistry.operations.graph import Graph
    from sregistry.operations.several import Several
    from sregistry.operations.transfer import Source, Tally, Transfer

#: Blobs, and small questions, that are under way at the same time.
AT_ONCE = 8
#: Bytes that are sent in one request: after each a registry may wait for its disk.
_CHUNK = 64 << 20
#: Indexes within indexes, and referrers of referrers.
_DEPTH = 4
#: How a manifest of schema 1 is refused; distribution fails with 500.
_REFUSED = frozenset(
    {
        *("registry-upload-refused", "registry-unsupported", "registry-unexpected", "registry-error"),
        "manifest-schema1",
    }
)
#: What cosign puts beside an image, under the image's digest with these endings.
_COSIGN = ("sig", "att", "sbom")


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the source is copied.

    Attributes:
        platform: the one manifest for it; None for everything.
        referrers: also what refers to the manifests: signatures, attestations, SBOMs.
        every_blob: look for each blob at the target, even of manifests that are there.
    """

    platform: Platform | None = None
    referrers: bool = False
    every_blob: bool = False


@named()
def copy(
    context: Context, source: str, target: str, choice: Choice | None = None, *, reads: Context | None = None
) -> CopyResult:
    """Copy what `source` names to `target`.

    Args:
        context: its listener is closed at the end.
        source: a reference, such as ``docker://HOST/REPOSITORY:TAG`` or ``oci-archive:FILE``.
        target: another one.
        choice: what of it; None for everything but referrers.
        reads: for a source in another registry than the target, which must not get the login for that; None for
            `context`.

    Raises:
        UsageError: ``copy-other-digest``, ``copy-read-only``.
        SregistryError: ``endpoint-unable``; what of names, logins, registries and disks can go wrong.
    """
    with closing(context.progress) as told:
        here, there = context.parse(source), context.parse(target)
        for note in (*here.notes, *there.notes):
            told.warning(note)
        with connected(context, reads, here, there) as (reading, writing):
            return copy_one(reading, writing, here, there, choice or Choice())


@contextmanager
def connected(context: Context, reads: Context | None, *references: Reference) -> Iterator[tuple[Context, Context]]:
    """`reads` (`context` for None) and `context`, each with one session, where there is a registry in `references`."""
    if not any(isinstance(reference, RegistryReference) for reference in references):
        yield reads or context, context
        return
    with ExitStack() as stack:
        writing = stack.enter_context(_in_large_chunks(context).sharing())
        yield stack.enter_context(reads.sharing()) if reads else writing, writing


def _in_large_chunks(context: Context) -> Context:
    """`context` with larger chunks of uploads, unless the user has chosen: what is lost of one can be had again."""
    chosen = "upload_chunk" in context.settings.sources
    return context if chosen else context.adjusted(upload_chunk=_CHUNK)


def copy_one(
    reading: Context,
    writing: Context,
    source: Reference,
    target: Reference,
    choice: Choice,
    under_way: UnderWay | None = None,
) -> CopyResult:
    """Copy `source` to `target`; raises as `copy` does.

    Args:
        reading: for a source in another registry than the target.
        writing: for everything else.
        source: what to copy.
        target: where to.
        choice: what of it.
        under_way: what other copies at the same time bring to the same places.
    """
    from sregistry.operations.transfer import Source

    if not target.registry or source.registry == target.registry:
        reading = writing
    with reading.opened(source) as giving, writing.opened(target) as taking:
        origin = Source(_repository(giving, source))
        place = _Place(taking, target, _writable(taking, target))
        try:
            return _Copy(writing, origin, place, source, choice, under_way or UnderWay()).run()
        except SregistryError as error:
            error.with_facts(repeat=["copy", source.uri, target.uri])
            if origin.is_own(error):
                reading.look_into(error, giving, source)
            else:
                writing.look_into(error, taking, target)
            raise


def _repository(endpoint: Endpoint, reference: Reference) -> Repository:
    from sregistry.endpoints.base import Holds
    from sregistry.endpoints.catalog import able

    return able(endpoint, Holds, "copy", reference.scheme).repository(reference)


def _writable(endpoint: Endpoint, reference: Reference) -> Writable:
    from sregistry.endpoints.base import Writable
    from sregistry.endpoints.catalog import TAKING

    repository = _repository(endpoint, reference)
    if isinstance(repository, Writable):
        return repository
    message = f"nothing can be copied to a place that {reference.scheme} names: it is only read"
    raise UsageError("copy-read-only", message, scheme=reference.scheme, known=list(TAKING))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a copy goes."""

    endpoint: Endpoint
    reference: Reference
    repository: Writable

    @property
    def where(self) -> str:
        """The repository, or the file or folder."""
        reference = self.reference
        return reference.name if isinstance(reference, RegistryReference) else str(replace(reference, digest=None))

    def means(self, name: str) -> Digest | None:
        """What `name` means there now."""
        return self.endpoint.version(_called(self.reference, name))

    def has(self, descriptor: Descriptor) -> bool:
        """Whether it has the manifest that an entry of an index describes."""
        from sregistry.oci import media_types

        kind = descriptor.media_type or media_types.OCI_MANIFEST
        return self.repository.has(replace(descriptor, media_type=kind))

    def name_of(self, root: Manifest) -> str:
        """Under what name `root` is stored: tag, name in a layout, digest, or empty for that of the place."""
        wanted = self.reference.digest
        if wanted and wanted != root.digest:
            message = "the target names another digest than the source has"
            raise UsageError("copy-other-digest", message, expected=str(wanted), actual=str(root.digest))
        if isinstance(self.reference, RegistryReference):
            return self.reference.tag or str(root.digest)
        return self.reference.name or "" if isinstance(self.reference, PathReference) else ""


def _called(reference: Reference, name: str) -> Reference:
    """The reference of `name` at the place of `reference`."""
    if isinstance(reference, PathReference):
        return replace(reference, name=name or None, digest=None)
    if isinstance(reference, RegistryReference) and ":" not in name:
        return replace(reference, tag=name, digest=None)
    return reference


class _Copy:
    """One copy."""

    def __init__(
        self,
        context: Context,
        source: Source,
        place: _Place,
        reference: Reference,
        choice: Choice,
        under_way: UnderWay,
    ) -> None:
        self._context = context
        self._source = source
        self._place = place
        self._reference = reference
        self._choice = choice
        self._under_way = under_way

    def run(self) -> CopyResult:
        """Copy, and return what was done."""
        from sregistry.operations.several import Several
        from sregistry.operations.transfer import Transfer

        began = time.monotonic()
        root = self._root()
        name = self._place.name_of(root)
        is_named = self._place.means(name) == root.digest
        with Several(AT_ONCE, self._context.stop) as several:
            graph = self._graph(several, root, is_named=is_named)
            of_the_image = len(graph.digests)
            beside = self._referrers(several, graph) if self._choice.referrers else {}
            turns = self._under_way.at(self._place.where)
            transfer = Transfer(self._source, self._place.repository, several, self._context.progress, turns)
            transfer.blobs(graph.blobs)
            waves = [[one for one in wave if one.digest != root.digest] for wave in graph.waves]
            transfer.manifests(waves)
            for tag, manifest in beside.items():
                transfer.manifest(tag, manifest)
            if not is_named:
                _store(transfer, name, root)
        result = self._result(root, graph, transfer.tally, sum(map(len, waves)) + (not is_named))
        referrers = len(graph.digests) - of_the_image
        return replace(result, referrers=referrers, seconds=time.monotonic() - began)

    def _result(self, root: Manifest, graph: Graph, tally: Tally, stored: int) -> CopyResult:
        """What was done; `stored` manifests of `graph` among it."""
        return CopyResult(
            source=str(self._reference),
            target=str(self._place.reference),
            pinned=str(self._place.reference.at(root.digest)),
            digest=root.digest,
            media_type=root.media_type,
            unchanged=not (stored or tally.copied or tally.mounted),
            manifests=stored,
            manifests_there=len(graph.digests) - stored,
            blobs=tally.copied,
            blobs_mounted=tally.mounted,
            blobs_there=tally.there,
            foreign=tuple(layer.digest for layer in graph.foreign),
            sent=tally.sent,
            warnings=root.warnings,
        )

    def _root(self) -> Manifest:
        """What the source means, or of an index the one for the platform that is asked for."""
        name, platform = self._reference.identifier, self._choice.platform
        if platform is None:
            return self._context.unless_stopped(lambda: self._source.manifest(name))
        from sregistry.oci import image

        parts = image.Source(self._source.manifest, self._config, lambda _: 0)
        chosen = platform
        with self._source.reading():
            return self._context.unless_stopped(lambda: image.select(parts, name, chosen, depth=_DEPTH))

    def _config(self, descriptor: Descriptor) -> bytes:
        """The config of an image, of which the platform is wanted."""
        limit = self._context.settings.max_config_size
        if descriptor.size > limit:
            message = f"the image's config has {descriptor.size} bytes, more than the {limit} allowed"
            facts = {"limit": limit, "actual_size": descriptor.size, "setting": "max_config_size"}
            raise RegistryError("manifest-too-large", message, retryable=False, **facts)
        with self._source.blob(descriptor, self._context.progress.waiting) as stream:
            return b"".join(iter(lambda: stream.read(1 << 16), b""))

    def _graph(self, several: Several, root: Manifest, *, is_named: bool) -> Graph:
        """What has to be copied."""
        from sregistry.operations.graph import Graph

        every = self._choice.every_blob
        graph = Graph(self._source, several, _never if every else self._place.has, _DEPTH)
        if is_named and not every:
            graph.there.add(root.digest)
        if root.is_index or root.digest not in graph.there:
            graph.add([root])
        return graph

    def _referrers(self, several: Several, graph: Graph) -> dict[str, Manifest]:
        """Add what refers to the manifests of `graph`, and to that; return what the target needs a tag for."""
        beside: dict[str, Manifest] = {}
        asked = set[Digest]()
        for _ in range(_DEPTH):
            digests = [digest for digest in graph.digests if digest not in asked]
            asked.update(digests)
            for found in several.run(self._source.referrers, digests):
                graph.follow(found)
            for signed in several.run(self._signatures, digests):
                graph.add([manifest for manifest in signed.values() if manifest.digest not in graph.digests])
                beside |= signed
        return beside

    def _signatures(self, digest: Digest) -> dict[str, Manifest]:
        """What cosign has put beside a manifest, under tags made of its digest, unless the target has it."""
        found: dict[str, Manifest] = {}
        for ending in _COSIGN:
            tag = f"{digest.algorithm}-{digest.hex}.{ending}"
            try:
                manifest = self._source.manifest(tag)
            except SregistryError as error:
                if error.kind is not Kind.NOT_FOUND:
                    raise
                continue
            if self._place.means(tag) != manifest.digest:
                found[tag] = manifest
        return found


def _never(_: Descriptor) -> bool:
    return False


def _store(transfer: Transfer, name: str, root: Manifest) -> None:
    """Let `name` mean `root`, all of which is there."""
    try:
        transfer.manifest(name, root)
    except SregistryError as error:
        if not root.is_schema1 or error.code not in _REFUSED:
            raise
        message = "the image is stored as a schema 1 manifest, which the target does not take"
        raise RegistryError("copy-schema1", message, **error.facts) from error
