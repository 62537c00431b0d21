"""Pull: a reference in, one runnable SIF file out.

    resolve -> packs of all layers -> assemble beside the target -> sync, rename -> a row in the store

Whatever interrupts this, the target is the old file or the new one, and finished packs stay in the
cache for the next try.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.assembly.build import Built, Source, build
from sregistry.clients import docker
from sregistry.clients.base import LayeredImage
from sregistry.operations.connection import Login, open_session
from sregistry.operations.layers import BLOCK_SIZE, LayerResult, Packer
from sregistry.operations.progress import Progress, Silent
from sregistry.packs import CompressionPool, Limits, Pack
from sregistry.references import Platform, parse
from sregistry.settings import Settings
from sregistry.squashfs.compressors import get_compressor
from sregistry.store.cache import Cache
from sregistry.store.errors import DiskError, disk_error
from sregistry.store.files import partial_file, require_space, sweep

if TYPE_CHECKING:
    from sregistry.registry.transport import OnExchange

#: Without the local store's own mode, an image is executable for whom the umask allows, as Apptainer's are.
_MODE = 0o777


@dataclass(frozen=True, slots=True)
class PullResult:
    """What a pull did.

    Attributes:
        reference: canonical text of what was asked for.
        path: of the SIF file.
        manifest_digest, index_digest, config_digest: as text; the latter two may be None.
        platform: of the image.
        compression: codec and level of the image.
        size: bytes of the SIF file.
        built: what assembly says.
        layers: a result per layer, bottom first.
        seconds: wall time by stage.
        warnings: what a person should know.
    """

    reference: str
    path: Path
    manifest_digest: str
    index_digest: str | None
    config_digest: str | None
    platform: str
    compression: str
    size: int
    built: Built
    layers: list[LayerResult]
    seconds: dict[str, float]
    warnings: list[str]

    def facts(self) -> dict[str, Any]:
        """The result as JSON-able facts."""
        facts = asdict(self)
        facts["path"] = str(self.path)
        facts["built"].pop("warnings")
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
        self.seconds[name] = now - self._last
        self.seconds["total"] = now - self._start
        self._last = now


def pull(
    reference: str,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    output: Path,
    force: bool = False,
    login: Login | None = None,
    progress: Progress | None = None,
    on_exchange: OnExchange | None = None,
) -> PullResult:
    """Pull the image `reference` names and write it to `output`.

    Args:
        reference: ``docker://HOST/REPOSITORY:TAG``, or without the scheme.
        settings: in force.
        environ: the process environment, for credentials and proxies.
        output: the SIF file to write.
        force: replace `output` if it exists.
        login: user name and password of the command line.
        progress: listener.
        on_exchange: told of every request.

    Raises SregistryError: what of names, registries, layers, disks and images can go wrong.
    """
    progress = progress or Silent()
    clock = _Clock()
    parsed = parse(reference)
    platform = Platform.parse(settings.platform) if settings.platform else None
    if output.exists() and not force:
        raise DiskError("disk-output-exists", f"{output} exists already", path=str(output), reference=str(parsed))
    compressor = get_compressor(settings.compression.codec, settings.compression.level)
    with (
        open_session(settings, environ, login=login, on_exchange=on_exchange) as session,
        CompressionPool(compressor, settings.jobs or len(os.sched_getaffinity(0))) as pool,
    ):
        image = docker.open_image(session, parsed, platform)
        for warning in image.warnings:
            progress.warning(warning)
        progress.step(f"{parsed} is {image.manifest_digest} for {image.platform}")
        clock.stage("resolve")
        cache = Cache(settings.cache_dir, lock_timeout=settings.lock_timeout)
        limits = Limits(settings.max_expansion_ratio, settings.max_layer_entries, settings.max_unpacked_size)
        packer = Packer(cache, pool, limits, progress)
        layers = packer.pack_all(image.layers)
        clock.stage("layers")
        paths = [packer.path(layer) for layer in image.layers]
        built = write_image(image, paths, layers, output, pool, progress)
        clock.stage("assemble")
    return PullResult(
        reference=str(parsed),
        path=output.absolute(),
        manifest_digest=str(image.manifest_digest),
        index_digest=str(image.index_digest) if image.index_digest else None,
        config_digest=str(image.config_digest) if image.config_digest else None,
        platform=str(image.platform),
        compression=compressor.name if compressor.level is None else f"{compressor.name}:{compressor.level}",
        size=built.size,
        built=built,
        layers=layers,
        seconds=clock.seconds,
        warnings=[*image.warnings, *built.warnings],
    )


def write_image(
    image: LayeredImage,
    packs: list[Path],
    layers: list[LayerResult],
    output: Path,
    pool: CompressionPool,
    progress: Progress,
) -> Built:
    """Assemble `packs` into `output`: written beside it, synced, renamed."""
    size = sum({layer.digest: layer.pack_size for layer in layers}.values())
    folder = output.absolute().parent
    require_space(folder, size)
    sweep(folder)
    progress.assembling(size)
    source = Source(str(image.reference), image.manifest_digest, image.platform, image.config)
    with ExitStack() as stack:
        opened = [stack.enter_context(Pack(path)) for path in packs]
        partial = stack.enter_context(partial_file(folder, mode=_MODE & ~_umask()))
        with _disk_errors(output):
            built = build(
                opened,
                source,
                partial.file,
                pool,
                block_size=BLOCK_SIZE,
                scratch=folder,
                on_bytes=progress.assembled,
            )
        partial.commit(output.absolute())
    for warning in built.warnings:
        progress.warning(warning)
    return built


@contextmanager
def _disk_errors(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error, output, "write") from error


def _umask() -> int:
    """The process's umask; only readable by setting it."""
    current = os.umask(0o077)
    os.umask(current)
    return current
