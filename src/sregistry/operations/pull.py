"""Pull: a reference in, one runnable SIF file out.

    find -> packs of all layers, assembled under a temporary name; or one file -> sync, rename (and a row in the store)

Whatever interrupts this, the target is the old file or the new one, and finished packs stay in the
cache for the next try.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.operations.clock import Clock
from sregistry.operations.context import Context
from sregistry.references import Reference, WebReference
from sregistry.resources.errors import named
from sregistry.store.names import ImageName
from sregistry.store.waiting import listening

if TYPE_CHECKING:
    from sregistry.endpoints.base import Endpoint
    from sregistry.operations.pulled import PullResult
    from sregistry.operations.targets import Target


@named()
def pull(
    context: Context,
    reference: str,
    *,
    output: Path | None = None,
    force: bool = False,
    name: str | None = None,
    again: Digest | None = None,
) -> PullResult:
    """Pull the image that `reference` names, to `output` or into the local registry.

    Args:
        context: its listener is closed at the end.
        reference: such as ``docker://HOST/REPOSITORY:TAG``, or without the scheme.
        output: the SIF file to write; None for the local registry, or, where the settings switch its
            database off, a file named after the image in the current folder.
        force: replace `output`; pull even if the local registry has the image.
        name: the image's name in the local registry, instead of its own.
        again: the digest that `reference` meant when it was pulled before: that very image is made again, whatever
            the tag means now.

    Raises SregistryError: what of names, endpoints, layers, disks and images can go wrong.
    """
    with closing(context.progress) as told, listening(told.waiting):
        parsed = context.parse(reference)
        for note in parsed.notes:
            told.warning(note)
        try:
            target = make_target(context, parsed, output, force=force, name=name, by_tag=again is None)
        except SregistryError as error:
            raise error.with_facts(reference=reference) from error.__cause__
        clock = Clock()
        with context.endpoint(parsed) as endpoint:
            if output is None and context.settings.use_database and not force and name is None:
                here = _unchanged(context, endpoint, parsed, clock)
                if here is not None:
                    return here
            target.require()
            return _pull(context, endpoint, parsed, again, target, clock)


def make_target(
    context: Context, reference: Reference, output: Path | None, *, force: bool, name: str | None, by_tag: bool
) -> Target:
    """Return where the image goes; raise the DiskError or StoreError that forbids it."""
    from sregistry.operations.targets import FileTarget, StoreTarget

    image_name = ImageName.parse(name) if name else ImageName.of(reference)
    if output is None and context.settings.use_database:
        return StoreTarget(context.store, image_name, by_tag=by_tag)
    if output is None and isinstance(reference, WebReference) and not name:
        output = Path(reference.file_name)
    elif output is None:
        output = Path(f"{image_name.name}_{image_name.tag or 'image'}.sif")
    return FileTarget(output, force=force, mode=context.settings.mode, reference=str(reference))


def _unchanged(context: Context, endpoint: Endpoint, reference: Reference, clock: Clock) -> PullResult | None:
    from sregistry.operations.unchanged import as_it_was, unchanged

    row = unchanged(context, endpoint, reference)
    if row is None:
        return None
    clock.stage("resolve")
    return as_it_was(reference, row, context.store.details(row).layers, clock)


def _pull(
    context: Context, endpoint: Endpoint, reference: Reference, again: Digest | None, target: Target, clock: Clock
) -> PullResult:
    from sregistry.endpoints.base import Layered

    wanted = reference.at(again) if again else reference
    found = context.unless_stopped(lambda: endpoint.find(wanted, context.platform))
    if isinstance(found, Layered):
        from sregistry.operations.layered import assemble

        return assemble(context, found, reference, target, clock)
    from sregistry.operations.onefile import fetch

    try:
        return fetch(context, found, reference, target, clock)
    except SregistryError as error:
        if error.code != "web-changed" or again:
            raise
        context.progress.warning(f"{error.message}; fetching that one from its beginning")
    found = context.unless_stopped(lambda: endpoint.find(wanted, context.platform))
    assert not isinstance(found, Layered)
    return fetch(context, found, reference, target, clock)
