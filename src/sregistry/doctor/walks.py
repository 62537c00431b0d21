"""Which steps the doctor takes: a table for each kind of place that a reference names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sregistry.doctor.steps import files, image, machine, names, reach, registry
from sregistry.doctor.steps.step import Step, Walk
from sregistry.references import DEFAULT_SCHEME, PathReference, Reference, RegistryReference, WebReference


def _always(walk: Walk) -> bool:
    return True


def _in_layers(walk: Walk) -> bool:
    return walk.image is not None


def _has_manifest(walk: Walk) -> bool:
    return walk.manifest is not None or walk.failure is not None


@dataclass(frozen=True, slots=True)
class Row:
    """One step: its name, what it does, the steps without which it is pointless.

    After an error whose code begins with one of `spoiled_by` it is left out, too: asking again and again with a
    login that is refused locks accounts, and limits on requests are there to be kept. It is not part of a walk on
    which it does not `apply`.
    """

    name: str
    run: Step
    needs: tuple[str, ...] = ()
    spoiled_by: tuple[str, ...] = ()
    applies: Callable[[Walk], bool] = _always


#: What comes first, whatever is named; the step ``reference`` decides about the others.
START: tuple[Row, ...] = (
    Row("reference", names.reference),
    Row("settings", names.settings),
)
_OUTPUT = (Row("output", names.output, ("reference",)),)
_REACHED = (
    Row("resolve", reach.look_up, ("proxy",)),
    Row("connect", reach.connect, ("resolve",)),
    Row("tls", reach.encryption, ("connect",)),
)
_TO_REGISTRY = (
    Row("login", names.login, ("reference",)),
    Row("mirrors", names.mirrors, ("reference",)),
    Row("proxy", names.proxy, ("mirrors",)),
    *_REACHED,
    Row("ping", registry.ping, ("reference",), ("network-", "tls-")),
    Row("token", registry.token, ("reference",), ("network-", "tls-", "registry-")),
    Row("manifest", image.manifest, ("reference",)),
)
_RATE_LIMIT = (
    Row("rate limit", registry.rate_limit, ("reference",), ("network-", "tls-", "registry-not", "registry-web")),
)
_LAYERS = (Row("layers", image.layers, ("image",)),)
_MACHINE = (Row("disk", machine.disk), Row("cache", machine.cache), Row("runtime", machine.runtime))
#: A finished file is not taken apart, so that the cache has no part in it.
_MACHINE_FOR_A_FILE = (Row("disk", machine.disk), Row("runtime", machine.runtime))

#: ``docker://``
REGISTRY: tuple[Row, ...] = (
    *_OUTPUT,
    *_TO_REGISTRY,
    Row("formats", registry.formats, ("reference",), ("auth-", "rate-limit-", "network-", "tls-", "registry-")),
    Row("platform", image.platforms, ("manifest",)),
    Row("image", image.image, ("manifest",)),
    *_LAYERS,
    *_RATE_LIMIT,
    *_MACHINE,
)
#: ``oras://``: a finished file in a registry.
ARTIFACT: tuple[Row, ...] = (
    *_OUTPUT,
    *_TO_REGISTRY,
    Row("platform", image.platforms, ("manifest",)),
    Row("file", image.image, ("manifest",)),
    *_RATE_LIMIT,
    *_MACHINE_FOR_A_FILE,
)
#: Layouts, archives and folders.
FILES: tuple[Row, ...] = (
    *_OUTPUT,
    Row("source", files.source, ("reference",)),
    Row("index", files.index, ("source",)),
    Row("manifest", image.manifest, ("source",), applies=_has_manifest),
    Row("platform", image.platforms, ("manifest",), applies=_has_manifest),
    Row("image", image.image, ("source",)),
    Row("layers", image.layers, ("image",), applies=_in_layers),
    *_MACHINE,
)
#: ``https://`` and ``http://``.
WEB: tuple[Row, ...] = (
    *_OUTPUT,
    Row("proxy", names.proxy, ("reference",)),
    *_REACHED,
    Row("file", image.image, ("reference",)),
    *_MACHINE_FOR_A_FILE,
)
#: Places that other packages serve: what every endpoint tells.
OTHER: tuple[Row, ...] = (
    *_OUTPUT,
    Row("image", image.image, ("reference",)),
    Row("layers", image.layers, ("image",), applies=_in_layers),
    *_MACHINE,
)


def steps(reference: Reference | None) -> tuple[Row, ...]:
    """The steps behind `START`; of a name that could not be read those of ``docker://``, which are left out, then."""
    if reference is None:
        return REGISTRY
    if isinstance(reference, PathReference):
        return FILES
    if isinstance(reference, WebReference):
        return WEB if reference.scheme in ("http", "https") else OTHER
    assert isinstance(reference, RegistryReference)
    return {DEFAULT_SCHEME: REGISTRY, "oras": ARTIFACT}.get(reference.scheme, OTHER)
