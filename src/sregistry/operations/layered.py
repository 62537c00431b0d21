"""An image in layers -> the packs of its layers -> one SIF file at its target."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sregistry.assembly.config import read_config
from sregistry.digests import Digest
from sregistry.endpoints.base import Layered
from sregistry.oci.image import Image
from sregistry.operations.cached import BLOCK_SIZE
from sregistry.operations.clock import Clock
from sregistry.operations.context import Context
from sregistry.operations.layers import Packer
from sregistry.operations.loading import assembly_loading
from sregistry.operations.local import caches_for_a_pull
from sregistry.operations.progress import Heeding, Progress
from sregistry.operations.pulled import LayerResult, PullResult
from sregistry.operations.targets import Target, layered_record, writing
from sregistry.packs import CompressionPool, Limits, Pack, PackError
from sregistry.references import Reference
from sregistry.resources.collector import no_collection
from sregistry.resources.plan import allow_files, make_plan
from sregistry.squashfs.compressors import get_compressor
from sregistry.store.writeback import writing_back

if TYPE_CHECKING:
    from sregistry.assembly.build import Built


@dataclass(frozen=True, slots=True)
class _Work:
    """What the stages of one pull share."""

    context: Context
    image: Image
    target: Target
    clock: Clock
    progress: Progress
    packer: Packer
    pool: CompressionPool


@dataclass(frozen=True, slots=True)
class _Made:
    """The image at its target."""

    layers: list[LayerResult]
    path: Path
    file_digest: Digest | None
    built: Built


def assemble(context: Context, found: Layered, reference: Reference, target: Target, clock: Clock) -> PullResult:
    """Make the image `found`, as one of `reference`, at `target`.

    Made under the same reference it is the same file byte for byte, by whatever digest it was found.

    Raises SregistryError: what of configs, layers, packs and disks can go wrong.
    """
    image = replace(found.image, reference=reference)
    for warning in image.warnings:
        context.progress.warning(warning)
    context.progress.step(f"{reference} is {image.manifest_digest} for {image.platform}")
    # A config that cannot be used is no reason to download anything.
    read_config(image.config)
    clock.stage("resolve")
    settings = context.settings
    compressor = get_compressor(settings.compression.codec, settings.compression.level)
    allow_files(len(image.layers))
    plan = make_plan(settings.jobs)
    heeding = Heeding(context.progress, context.stop) if context.stop else context.progress
    with (
        caches_for_a_pull(settings) as caches,
        CompressionPool(compressor, plan.workers, plan) as pool,
        Packer(caches, pool, _limits(context), found.repository, heeding, context.stop) as packer,
    ):
        made = _layers_and_image(_Work(context, image, target, clock, heeding, packer, pool))
    for warning in made.built.warnings:
        context.progress.warning(warning)
    codec = compressor.name if compressor.level is None else f"{compressor.name}:{compressor.level}"
    return _result(image, made, clock, codec)


def _limits(context: Context) -> Limits:
    settings = context.settings
    return Limits(settings.max_expansion_ratio, settings.max_layer_entries, settings.max_unpacked_size)


def _result(image: Image, made: _Made, clock: Clock, codec: str) -> PullResult:
    built = made.built
    return PullResult(
        reference=str(image.reference),
        path=made.path,
        unchanged=False,
        manifest_digest=image.manifest_digest,
        index_digest=image.index_digest,
        platform=str(image.platform),
        size=built.size,
        config_digest=image.config_digest,
        file_digest=made.file_digest,
        compression=codec,
        inodes=built.inodes,
        duplicates=built.duplicates,
        duplicate_bytes=built.duplicate_bytes,
        layers=made.layers,
        seconds=clock.seconds,
        changes=built.changes,
        warnings=[*image.warnings, *built.warnings],
    )


def _layers_and_image(work: _Work) -> _Made:
    """See to the layers and assemble them, anew if a pack proves to be damaged when it is read."""
    while True:
        with assembly_loading():
            layers, packs = work.packer.open_all(work.image.layers)
        work.clock.stage("layers")
        try:
            return _assemble(work, layers, packs)
        except PackError as error:
            work.packer.discard(error, work.image.layers)
        finally:
            work.clock.stage("assemble")


def _assemble(work: _Work, layers: list[LayerResult], packs: list[Pack]) -> _Made:
    """Assemble `packs` into the target."""
    from sregistry.assembly.build import build

    image, target = work.image, work.target
    size = sum({layer.digest: layer.pack_size for layer in layers}.values())
    with writing(target, size) as partial:
        work.progress.assembling(size)
        early = writing_back(partial.file.fileno()) if target.synced else nullcontext()
        with early, nullcontext() if work.context.collect else no_collection():
            built = build(
                packs,
                image,
                partial.file,
                work.pool,
                block_size=BLOCK_SIZE,
                scratch=partial.path.parent,
                exact=work.context.settings.exact,
                on_bytes=work.progress.assembled,
            )
        work.packer.finish()
        path, file_digest = target.keep(partial, lambda: layered_record(image, built.size))
    return _Made(layers, path, file_digest, built)
