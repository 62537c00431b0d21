"""A pull for the doctor: what it would ask of this machine, by the pull's own functions; nothing stays behind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sregistry.digests import Digest
from sregistry.doctor.rehearsal import File, Finding
from sregistry.endpoints.base import Endpoint, Holds, Layered, Lists
from sregistry.endpoints.catalog import open_endpoint
from sregistry.errors import SregistryError
from sregistry.http.transport import OnExchange
from sregistry.oci.image import Image
from sregistry.oci.manifests import Manifest
from sregistry.operations.context import Context
from sregistry.operations.first_look import first_look
from sregistry.operations.local import cache_for_a_pull, spare_cache
from sregistry.operations.pull import make_target
from sregistry.operations.targets import Target
from sregistry.operations.unchanged import unchanged
from sregistry.references import Reference
from sregistry.registry.session import Session
from sregistry.store.files import require_space, require_writable

#: Bytes of a SIF file with next to nothing in it. Others take about what their layers do, hardly ever less than half.
_SMALLEST = 40 << 10


class PullRehearsal:
    """A pull with these settings, to `output` or into the local registry; see `doctor.rehearsal.Rehearsal`."""

    def __init__(self, context: Context, output: Path | None) -> None:
        self._context = context
        self._settings = context.settings
        self._output = output
        self._target: Target | None = None
        self._opened: Endpoint | None = None

    def read(self, text: str) -> Reference:
        """As every operation does."""
        return self._context.parse(text)

    def open(self, session: Session, on_exchange: OnExchange, reference: Reference) -> None:
        """Open the endpoint of `reference`."""
        self._reference = reference
        self._shared = replace(self._context, shared=session, on_exchange=on_exchange)
        self._opened = open_endpoint(reference.scheme, self._shared)

    def output(self) -> str:
        """Choose the target; raise its DiskError."""
        self._target = make_target(self._context, self._reference, self._output, force=False, name=None, by_tag=True)
        into = self._output or (self._target.folder if self._settings.use_database else None)
        return f"would be written to {into}" if into else "would be written to the current folder"

    def known(self) -> bool:
        """Ask what a pull into the local registry asks first."""
        if self._output is not None or not self._settings.use_database:
            return False
        return unchanged(self._shared, self._endpoint, self._reference) is not None

    def manifest(self) -> Manifest | None:
        """Of the place of manifests and blobs that it may be."""
        if not isinstance(self._endpoint, Holds):
            return None
        return self._endpoint.repository(self._reference).manifest("")

    def find(self) -> Finding:
        """As the pull does."""
        found = self._endpoint.find(self._reference, self._context.platform)
        if isinstance(found, Layered):
            return Finding(image=found.image, blob=found.repository.blob)
        platform = str(found.platform) if found.platform else None
        file = File(partial(found.open, None), found.size, found.digest, platform, found.annotations, found.warnings)
        return Finding(file=file)

    def begins(self, file: File, data: bytes) -> None:
        """Look at the first bytes, and for the room that the pull wants."""
        if self._target:
            require_space(self._target.folder, file.size or 0, setting=self._target.setting)
        # A pull finds the same at the end, unless the digest tells it that these bytes are not the file's.
        first_look(data, file.size, self._context.platform, trusted=False)

    def names(self) -> Sequence[str] | None:
        """Of the place, where it lists them."""
        return self._endpoint.names(self._reference, None).names if isinstance(self._endpoint, Lists) else None

    def explain(self, error: SregistryError) -> None:
        """By the endpoint."""
        self._endpoint.explain(error)

    def close(self) -> None:
        """Close the endpoint."""
        if self._opened:
            self._opened.close()

    @property
    def _endpoint(self) -> Endpoint:
        assert self._opened is not None
        return self._opened

    def room(self) -> None:
        """See whether the target can be written."""
        if self._target:
            self._target.require()

    def lacking(self, image: Image) -> Collection[Digest]:
        """Read the config as a pull does, and see whether the cache takes what is not in it."""
        from sregistry.assembly.config import read_config
        from sregistry.operations.cached import codec_of, look, obstacle
        from sregistry.packs import Pack
        from sregistry.squashfs.compressors import get_compressor

        read_config(image.config)
        codec = codec_of(get_compressor(self._settings.compression.codec, self._settings.compression.level))
        sizes = {layer.descriptor.digest: layer.descriptor.size for layer in image.layers}
        with cache_for_a_pull(self._settings) as cache:
            looks = {digest: look(cache, codec, digest) for digest in sizes}
            lacking = {digest: found for digest, found in looks.items() if not isinstance(found, Pack)}
            # A pack that is there and cannot be used stays where nothing may be changed.
            spoilt = {digest: cache.pack_path(codec, digest) for digest, found in lacking.items() if found}
            stay = [digest for digest, path in spoilt.items() if obstacle(cache, path)]
            made = [digest for digest in lacking if digest not in stay]
            if made:
                require_space(cache.paths.root, sum(sizes[digest] for digest in made), setting=cache.setting)
                for folder in (cache.paths.partial, cache.paths.locks, cache.pack_path(codec, made[0]).parent):
                    require_writable(folder, setting=cache.setting)
        self._require_spare(sum(sizes[digest] for digest in stay))
        self._require_room(sum(sizes.values()))
        return lacking

    def _require_spare(self, size: int) -> None:
        """See whether layers whose packs cannot be replaced would find their place."""
        if size:
            with spare_cache(self._settings) as spare:
                require_space(spare().paths.root, size, setting=spare().setting)

    def _require_room(self, layers: int) -> None:
        """Say now of a place that is much too small what a pull says once it knows the size of the image."""
        if self._target:
            require_space(self._target.folder, max(layers // 2, _SMALLEST), setting=self._target.setting)

    def folder(self) -> Path | None:
        """See `doctor.rehearsal.Rehearsal`."""
        return self._target.folder if self._target else None
