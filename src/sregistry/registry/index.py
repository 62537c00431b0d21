"""Indexes: which of several manifests is the image for a platform.

Rules of choice as in Docker and containerd: operating system and architecture must be equal; a variant
may be older than the one wanted (arm v7 runs v6), never newer; the newest that runs wins, and among
equals the first. Entries that are attestations about an image are none. Source: OCI Image Specification,
"image-index.md"; containerd, ``platforms.Only``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sregistry.references import Platform
from sregistry.registry import descriptors, media_types
from sregistry.registry.descriptors import Descriptor, malformed
from sregistry.registry.errors import RegistryError
from sregistry.registry.manifests import Manifest

_ATTESTATION = "vnd.docker.reference.type"
#: Indexes within indexes that are looked into, all levels together.
_MOST_NESTED = 16
_VARIANTS = {"arm": ("v5", "v6", "v7", "v8"), "amd64": (None, "v2", "v3", "v4")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an index.

    Attributes:
        platform: None where the index does not say.
        is_attestation: it is about another entry (provenance, SBOM).
    """

    descriptor: Descriptor
    platform: Platform | None
    is_attestation: bool

    @property
    def is_index(self) -> bool:
        """Whether it leads to another index."""
        return self.descriptor.media_type in media_types.INDEXES


def entries(index: Manifest) -> list[Entry]:
    """The entries in order; raise RegistryError ``manifest-malformed``."""
    items = index.document.get("manifests")
    if not isinstance(items, list):
        raise malformed("manifests", "a list", items)
    return [_entry(item, f"manifests[{number}]") for number, item in enumerate(items)]


def _entry(item: Any, where: str) -> Entry:
    descriptor = descriptors.parse(item, where)
    value = item.get("platform")
    found = platform_of(value) if isinstance(value, dict) else None
    unknown = found is not None and found.os == found.architecture == "unknown"
    attests = descriptor.annotations.get(_ATTESTATION) == "attestation-manifest" or unknown
    return Entry(descriptor, None if unknown else found, attests)


def platform_of(document: dict[str, Any]) -> Platform | None:
    """The platform that a config or an entry names; None if it names no architecture."""
    texts = {name: value for name, value in document.items() if isinstance(value, str)}
    if not texts.get("architecture"):
        return None
    return Platform.make(
        texts.get("os", "") or "linux", texts["architecture"], texts.get("variant"), texts.get("os.version")
    )


def rank(wanted: Platform, offered: Platform) -> int | None:
    """How well `offered` runs on `wanted`: 0 is exact, larger is older; None if it does not run."""
    if (wanted.os, wanted.architecture) != (offered.os, offered.architecture):
        return None
    if wanted.os_version and offered.os_version and not offered.os_version.startswith(wanted.os_version):
        return None
    if wanted.variant == offered.variant:
        return 0
    known = _VARIANTS.get(wanted.architecture, ())
    if wanted.variant in known and offered.variant in known:
        older = known.index(wanted.variant) - known.index(offered.variant)
        return older if older > 0 else None
    # A variant outside the list (arm64 v8.2, riscv64 …): the plain one runs everywhere, others are not known to.
    return 1 if offered.variant is None else None


def choose(index: Manifest, wanted: Platform, fetch: Callable[[Entry], Manifest], *, depth: int) -> Manifest:
    """Return the manifest for `wanted`.

    Args:
        index: to choose from.
        wanted: what must run.
        fetch: gets the manifest of an entry.
        depth: how many indexes deep to look.

    Raises:
        RegistryError: ``image-no-platform`` (with the platforms there are), ``manifest-nested``,
            ``manifest-malformed``, and what `fetch` raises.
    """
    search = _Search(wanted, fetch)
    found = search.look(index, depth)
    if found is None:
        raise _no_platform(wanted, search)
    return fetch(found)


class _Search:
    """One search through an index and those within it."""

    def __init__(self, wanted: Platform, fetch: Callable[[Entry], Manifest]) -> None:
        self._wanted = wanted
        self._fetch = fetch
        self._nested = 0
        self.seen: dict[str, None] = {}
        self.entries = 0
        self.attestations = 0

    def look(self, index: Manifest, depth: int) -> Entry | None:
        listed = entries(index)
        self.entries += len(listed)
        self.attestations += sum(entry.is_attestation for entry in listed)
        candidates = [entry for entry in listed if not entry.is_attestation]
        self.seen.update({str(entry.platform): None for entry in candidates if entry.platform})
        return self._best(candidates) or self._inside(candidates, depth) or self._only(candidates)

    def _best(self, candidates: Sequence[Entry]) -> Entry | None:
        ranked = [
            (found, number)
            for number, entry in enumerate(candidates)
            if entry.platform and not entry.is_index and (found := rank(self._wanted, entry.platform)) is not None
        ]
        return candidates[min(ranked)[1]] if ranked else None

    def _inside(self, candidates: Sequence[Entry], depth: int) -> Entry | None:
        for entry in candidates:
            if not entry.is_index or (entry.platform and rank(self._wanted, entry.platform) is None):
                continue
            self._nested += 1
            if depth <= 1 or self._nested > _MOST_NESTED:
                message = "the index leads to further indexes, and those to further ones, without reaching an image"
                raise RegistryError("manifest-nested", message, limit=min(self._nested, _MOST_NESTED))
            inner = self._fetch(entry)
            found = self.look(inner, depth - 1) if inner.is_index else entry
            if found:
                return found
        return None

    def _only(self, candidates: Sequence[Entry]) -> Entry | None:
        """An entry that names no platform: its config will tell, if it is the only one."""
        silent = [entry for entry in candidates if entry.platform is None and not entry.is_index]
        return silent[0] if len(silent) == 1 else None


def _no_platform(wanted: Platform, search: _Search) -> RegistryError:
    there = list(search.seen)
    offered = f"only for {', '.join(there)}" if there else "for no platform at all"
    return RegistryError(
        "image-no-platform",
        f"the image is not available for {wanted}, {offered}",
        platform=str(wanted),
        platforms=there,
        entries=search.entries,
        attestations=search.attestations,
    )
