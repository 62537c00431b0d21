"""Pull: a reference in, one runnable SIF file out.

    resolve -> packs of all layers -> assemble under a temporary name -> sync, rename (and a row in the store)

Whatever interrupts this, the target is the old file or the new one, and finished packs stay in the
cache for the next try.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.assembly.changes import Changes
from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.notebook import Shown
from sregistry.operations.connection import Login, second_look, session_for
from sregistry.operations.local import cache_for_a_pull, open_store, spare_cache
from sregistry.operations.progress import Heeding, Progress, Silent
from sregistry.operations.stopping import Stop, unless
from sregistry.references import Platform, Reference, parse
from sregistry.resources import threads
from sregistry.resources.errors import named
from sregistry.settings import Settings
from sregistry.store.names import ImageName
from sregistry.store.waiting import listening

if TYPE_CHECKING:
    from sregistry.assembly.build import Built
    from sregistry.endpoints.base import LayeredImage
    from sregistry.http.transport import OnExchange
    from sregistry.operations.layers import LayerResult, Packer
    from sregistry.operations.targets import Target
    from sregistry.packs import CompressionPool, Pack
    from sregistry.registry.session import Session
    from sregistry.store.records import ImageRow, LayerRecord


@dataclass(frozen=True, slots=True)
class PullResult(Shown):
    """What a pull did. It is a path to programs that want one, as `open` and `subprocess` do.

    Attributes:
        reference: canonical text of what was asked for.
        path: of the SIF file.
        unchanged: the image was in the local registry already, and its tag still means it.
        manifest_digest, index_digest, config_digest, file_digest: None where there is none, or it was not needed, as
            that of the config of an unchanged image.
        platform: of the image.
        compression: codec and level of the image; None if unchanged.
        size: bytes of the SIF file.
        inodes, duplicates, duplicate_bytes: of the root file system, see `assembly.build.Built`.
        layers: a result per layer, bottom first; of an unchanged image none of its pack, which nobody looked at.
        seconds: wall time by stage.
        changes: what was changed in the files of the image so that everybody can use it.
        warnings: what a person should know.
    """

    reference: str
    path: Path
    unchanged: bool
    manifest_digest: Digest | None
    index_digest: Digest | None
    platform: str
    size: int
    config_digest: Digest | None = None
    file_digest: Digest | None = None
    compression: str | None = None
    inodes: int = 0
    duplicates: int = 0
    duplicate_bytes: int = 0
    layers: list[LayerResult] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)
    warnings: list[str] = field(default_factory=list)

    def __fspath__(self) -> str:
        """The path of the SIF file."""
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        made = "unchanged" if self.unchanged else f"{len(self.layers)} layers"
        return f"<{self.path}: {self.reference} {self.platform}, {made}, {self.size} bytes>"

    def facts(self) -> dict[str, Any]:
        """The result as JSON-able facts."""
        facts = asdict(self)
        facts["path"] = str(self.path)
        for name in ("manifest_digest", "index_digest", "config_digest", "file_digest"):
            facts[name] = str(getattr(self, name)) if getattr(self, name) else None
        facts["layers"] = [{**asdict(layer), "digest": str(layer.digest)} for layer in self.layers]
        facts["bytes_from_network"] = sum(layer.size for layer in self.layers if not layer.cached)
        facts["bytes_from_cache"] = sum(layer.pack_size for layer in self.layers if layer.cached)
        facts["seconds"] = {stage: round(seconds, 3) for stage, seconds in self.seconds.items()}
        return facts


class _Clock:
    """Wall time by stage."""

    def __init__(self) -> None:
        self._last = self._start = time.monotonic()
        self.seconds: dict[str, float] = {}

    def stage(self, name: str) -> None:
        """The time since the last call belongs to `name`."""
        now = time.monotonic()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self.seconds["total"] = now - self._start
        self._last = now


@named()
def pull(
    reference: str,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    output: Path | None = None,
    force: bool = False,
    name: str | None = None,
    again: Digest | None = None,
    login: Login | None = None,
    progress: Progress | None = None,
    on_exchange: OnExchange | None = None,
    session: Session | None = None,
    stop: Stop | None = None,
    collect: bool = True,
) -> PullResult:
    """Pull the image that `reference` names, to `output` or into the local registry.

    Args:
        reference: ``docker://HOST/REPOSITORY:TAG``, or without the scheme.
        settings: in force.
        environ: the process environment, for credentials and proxies.
        output: the SIF file to write; None for the local registry, or, where the settings switch its
            database off, a file named after the image in the current folder.
        force: replace `output`; pull even if the local registry has the image.
        name: the image's name in the local registry, instead of its own.
        again: the digest that `reference` meant when it was pulled before: that very image is made again, whatever
            the tag means now.
        login: user name and password of the command line.
        progress: listener; it is closed at the end. What its methods raise ends the pull.
        on_exchange: told of every request.
        session: of a client; None opens one.
        stop: ends the pull early, as `Cancelled`; whatever it leaves behind is whole.
        collect: let the garbage collector, which is that of the whole process, run while the image is assembled.

    Raises SregistryError: what of names, registries, layers, disks and images can go wrong.
    """
    with closing(progress or Silent()) as told, listening(told.waiting):
        parsed = parse(reference, default_registry=settings.default_registry)
        for note in parsed.notes:
            told.warning(note)
        platform = Platform.parse(settings.platform) if settings.platform else None
        try:
            target = make_target(parsed, settings, output, force=force, name=name, by_tag=again is None)
        except SregistryError as error:
            raise error.with_facts(reference=reference) from error.__cause__
        clock = _Clock()
        with (
            session_for(
                settings, environ, session, login=login, on_exchange=on_exchange, on_wait=told.waiting, stop=stop
            ) as own,
            second_look(own, settings, reference, on_exchange=on_exchange, stop=stop),
        ):
            work = _Work(own, settings, told, clock, stop, collect)
            if output is None and settings.use_database and not force and name is None:
                row = unchanged(own, settings, parsed, platform, stop=stop)
                if row is not None:
                    clock.stage("resolve")
                    return _as_it_was(parsed, row, open_store(settings).details(row).layers, clock)
            target.require()
            return _pull(work, parsed, again, platform, target)


@dataclass(frozen=True, slots=True)
class _Work:
    """What all stages of one pull need: whom to ask and to tell, when to end, and `collect` as for `pull`."""

    session: Session
    settings: Settings
    progress: Progress
    clock: _Clock
    stop: Stop | None
    collect: bool


def make_target(
    reference: Reference, settings: Settings, output: Path | None, *, force: bool, name: str | None, by_tag: bool
) -> Target:
    """Return where the image goes; raise the DiskError or StoreError that forbids it."""
    from sregistry.operations.targets import FileTarget, StoreTarget

    image_name = ImageName.parse(name) if name else ImageName.of(reference)
    if output is None and settings.use_database:
        return StoreTarget(open_store(settings), image_name, by_tag=by_tag)
    if output is None:
        output = Path(f"{image_name.name}_{image_name.tag or 'image'}.sif")
    return FileTarget(output, force=force, mode=settings.mode, reference=str(reference))


def unchanged(
    session: Session, settings: Settings, reference: Reference, platform: Platform | None, *, stop: Stop | None = None
) -> ImageRow | None:
    """The image in the local registry, if its file is there and the registry's tag still means it: one HEAD request."""
    from sregistry.operations.changes import changes_in
    from sregistry.references.machine import wanted

    store = open_store(settings)
    will_do = wanted(platform)
    row = store.find(reference, will_do)
    if row is None or not row.path.is_file() or row.path.stat().st_size != row.size:
        return None
    changes = changes_in(row.path)
    if changes and changes.exact != settings.exact:
        return None
    if will_do.order(row.platform) and not _is_chosen(session, reference, platform, row):
        return None
    if reference.digest is not None or settings.offline:
        return row
    try:
        head = unless(stop, lambda: session.head_manifest(reference))
    except SregistryError as error:
        if "status" not in error.facts:
            raise
        return None  # an answer to HEAD has no words: GET will be answered, or refused with a reason
    if head is None or head.digest not in (row.version, row.index_digest):
        return None
    try:
        return store.confirm(row, row.index_digest)
    except SregistryError as error:
        if error.code != "store-database-read-only":
            raise
        return row  # the time of this look is not kept, the image is here all the same


def _is_chosen(session: Session, reference: Reference, platform: Platform | None, row: ImageRow) -> bool:
    """Whether a pull would take the image of this row, which is not the best that can be: there may be a better."""
    return session.resolve(reference, platform).manifest_digest == row.manifest_digest


def _as_it_was(reference: Reference, row: ImageRow, layers: Sequence[LayerRecord], clock: _Clock) -> PullResult:
    from sregistry.operations.changes import changes_in
    from sregistry.operations.layers import LayerResult

    return PullResult(
        reference=str(reference),
        path=row.path,
        unchanged=True,
        manifest_digest=row.manifest_digest,
        index_digest=row.index_digest,
        platform=row.platform,
        size=row.size,
        file_digest=row.file_digest,
        changes=changes_in(row.path),
        layers=[LayerResult(layer.digest, layer.media_type, layer.size, True, 0, 0) for layer in layers],
        seconds=clock.seconds,
    )


def _pull(
    work: _Work, reference: Reference, again: Digest | None, platform: Platform | None, target: Target
) -> PullResult:
    from sregistry.assembly.config import read_config
    from sregistry.endpoints import docker
    from sregistry.operations.layers import Packer
    from sregistry.packs import CompressionPool, Limits
    from sregistry.resources.plan import allow_files, make_plan
    from sregistry.squashfs.compressors import get_compressor

    settings, progress, clock = work.settings, work.progress, work.clock
    compressor = get_compressor(settings.compression.codec, settings.compression.level)
    wanted = reference.at(again) if again else reference
    image = unless(work.stop, lambda: docker.open_image(work.session, wanted, platform))
    # Made under the same reference as before, it is the same file byte for byte.
    image = replace(image, reference=reference)
    for warning in image.warnings:
        progress.warning(warning)
    progress.step(f"{reference} is {image.manifest_digest} for {image.platform}")
    # A config that cannot be used is no reason to download anything.
    read_config(image.config)
    clock.stage("resolve")
    allow_files(len(image.layers))
    plan = make_plan(settings.jobs)
    limits = Limits(settings.max_expansion_ratio, settings.max_layer_entries, settings.max_unpacked_size)
    heeding = Heeding(progress, work.stop) if work.stop else progress
    with (
        cache_for_a_pull(settings) as cache,
        spare_cache(settings) as spare,
        CompressionPool(compressor, plan.workers, plan) as pool,
        ExitStack() as stack,
    ):
        packer = Packer(cache, spare, pool, limits, heeding, work.stop)
        stack.callback(packer.close)
        layers, path, file_digest, built = _layers_and_image(work, image, packer, target, pool, heeding)
    for warning in built.warnings:
        progress.warning(warning)
    return PullResult(
        reference=str(reference),
        path=path,
        unchanged=False,
        manifest_digest=image.manifest_digest,
        index_digest=image.index_digest,
        platform=str(image.platform),
        size=built.size,
        config_digest=image.config_digest,
        file_digest=file_digest,
        compression=compressor.name if compressor.level is None else f"{compressor.name}:{compressor.level}",
        inodes=built.inodes,
        duplicates=built.duplicates,
        duplicate_bytes=built.duplicate_bytes,
        layers=layers,
        seconds=clock.seconds,
        changes=built.changes,
        warnings=[*image.warnings, *built.warnings],
    )


def _layers_and_image(
    work: _Work, image: LayeredImage, packer: Packer, target: Target, pool: CompressionPool, progress: Progress
) -> tuple[list[LayerResult], Path, Digest | None, Built]:
    """See to the layers and assemble them, anew if a pack proves to be damaged when it is read; see `_assemble`."""
    from sregistry.packs import PackError

    while True:
        with _assembly_loading():
            layers, packs = packer.open_all(image.layers)
        work.clock.stage("layers")
        memory = nullcontext() if work.collect else _no_collection()
        try:
            made = _assemble(image, packer, packs, layers, target, pool, progress, memory, exact=work.settings.exact)
        except PackError as error:
            packer.discard(error, image.layers)
            continue
        finally:
            work.clock.stage("assemble")
        return layers, *made


def _assemble(
    image: LayeredImage,
    packer: Packer,
    packs: list[Pack],
    layers: list[LayerResult],
    target: Target,
    pool: CompressionPool,
    progress: Progress,
    memory: AbstractContextManager[None],
    *,
    exact: bool,
) -> tuple[Path, Digest | None, Built]:
    """Assemble `packs` into `target`; return the image's path, its file's digest, and what was built."""
    from sregistry.assembly.build import Source, build
    from sregistry.operations.cached import BLOCK_SIZE
    from sregistry.operations.targets import writing
    from sregistry.store.writeback import writing_back

    source = Source(str(image.reference), image.manifest_digest, image.platform, image.config)
    size = sum({layer.digest: layer.pack_size for layer in layers}.values())
    with writing(target, size, progress) as partial:
        early = writing_back(partial.file.fileno()) if target.synced else nullcontext()
        with early, memory:
            built = build(
                packs,
                source,
                partial.file,
                pool,
                block_size=BLOCK_SIZE,
                scratch=partial.path.parent,
                exact=exact,
                on_bytes=progress.assembled,
            )
        packer.finish()
        path, file_digest = target.keep(partial, image, built.size)
    return path, file_digest, built


@contextmanager
def _assembly_loading() -> Iterator[None]:
    """Import the assembly in a thread: once the layers are there, the disk is busy with them, and it would wait."""

    def load() -> None:
        with suppress(Exception):  # whatever it is, it comes again where the import is needed
            import sregistry.assembly.build  # noqa: F401

    thread = threads.start(load, "import")
    try:
        yield
    finally:
        if thread is not None:
            thread.join()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the cyclic garbage collector, which would walk the growing tree again and again: a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
