"""Indexes: which of several manifests is the image for a platform.

Chosen as containerd chooses: of the entries whose platform will do (`references.platform.Wanted`) the best, and among
equals the first. An entry that requires features of the operating system (``os.features``) is for runtimes that have
them, and none is known here. Entries that name no platform are told by their configs. Attestations about an image are
none. Sources: OCI Image Specification, "image-index.md"; containerd, ``images.Manifest`` and ``platforms.Only``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sregistry.errors import RegistryError
from sregistry.oci import descriptors, media_types
from sregistry.oci.descriptors import Descriptor, malformed
from sregistry.oci.manifests import Manifest
from sregistry.references import Platform
from sregistry.references.platform import Wanted

_ATTESTATION = "vnd.docker.reference.type"
#: Indexes within indexes that are looked into, all levels together.
_MOST_NESTED = 16
#: So many entries without a platform are told by their configs.
_MOST_SILENT = 16

#: What fetches the manifest of an entry; and what looks up its platform in its config, None where that does not say.
Fetch = Callable[["Entry"], Manifest]
Told = Callable[["Entry"], Platform | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an index.

    Attributes:
        platform: None where the index does not say.
        is_attestation: it is about another entry (provenance, SBOM).
        features: of the operating system that it requires.
    """

    descriptor: Descriptor
    platform: Platform | None
    is_attestation: bool
    features: tuple[str, ...] = ()

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
    return Entry(descriptor, None if unknown else found, attests, features_of(value))


def platform_of(document: dict[str, Any]) -> Platform | None:
    """The platform that a config or an entry names; None if it names no architecture."""
    texts = {name: value for name, value in document.items() if isinstance(value, str)}
    if not texts.get("architecture"):
        return None
    return Platform.make(
        texts.get("os", "") or "linux", texts["architecture"], texts.get("variant"), texts.get("os.version")
    )


def features_of(document: Any) -> tuple[str, ...]:
    """The ``os.features`` that a config or the platform of an entry requires."""
    listed = document.get("os.features") if isinstance(document, dict) else None
    return tuple(text for text in listed if isinstance(text, str) and text) if isinstance(listed, list) else ()


def choose(index: Manifest, wanted: Wanted, fetch: Fetch, told: Told, *, depth: int) -> Entry:
    """Return the entry of the manifest that is wanted.

    Args:
        index: to choose from.
        wanted: what will do.
        fetch: gets the manifest of an entry.
        told: what the config of an entry says.
        depth: how many indexes deep to look.

    Raises:
        RegistryError: ``image-no-platform`` (with the platforms there are), ``manifest-nested``,
            ``manifest-malformed``, and what `fetch` and `told` raise.
    """
    search = _Search(wanted, fetch, told)
    found = search.look(index, depth) or search.silent()
    if found is None:
        raise _no_platform(wanted, search)
    return found.entry


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry that will do; `order` is smaller for a better one."""

    order: tuple[int, bool]
    entry: Entry


class _Search:
    """One search through an index and those within it."""

    def __init__(self, wanted: Wanted, fetch: Fetch, told: Told) -> None:
        self._wanted = wanted
        self._fetch = fetch
        self._told = told
        self._nested = 0
        self._silent: list[Entry] = []
        self.seen: dict[str, None] = {}
        self.features: dict[str, None] = {}
        self.entries = 0
        self.attestations = 0

    def look(self, index: Manifest, depth: int) -> _Found | None:
        """The best of those whose platform the index, or one within it, tells."""
        listed = entries(index)
        self.entries += len(listed)
        self.attestations += sum(entry.is_attestation for entry in listed)
        candidates = [entry for entry in listed if not entry.is_attestation]
        images = [entry for entry in candidates if not entry.is_index]
        self.seen.update({str(entry.platform): None for entry in candidates if entry.platform})
        self._silent += [entry for entry in images if entry.platform is None and not entry.features]
        found = [one for entry in images if (one := self._fits(entry, entry.platform))]
        best = min(found, key=_order, default=None)
        if best is None or best.order[0]:
            best = min(filter(None, (best, self._inside(candidates, depth))), key=_order, default=None)
        return best

    def silent(self) -> _Found | None:
        """The best of those whose config alone tells the platform, else the first whose config does not tell it."""
        found = []
        for entry in self._silent[:_MOST_SILENT]:
            platform = self._told(entry)
            if platform is None:
                found.append(_Found((len(self._wanted.platforms), True), entry))
                continue
            self.seen[str(platform)] = None
            one = self._fits(entry, platform)
            if one and one.order == (0, False):
                return one
            found += [one] if one else []
        return min(found, key=_order, default=None)

    def _fits(self, entry: Entry, platform: Platform | None) -> _Found | None:
        rank = self._wanted.rank(platform) if platform else None
        if rank is None:
            return None
        if entry.features:
            self.features.update(dict.fromkeys(entry.features))
            return None
        # What calls itself an artifact may stand beside the image for the same platform.
        return _Found((rank, bool(entry.descriptor.artifact_type)), entry)

    def _inside(self, candidates: Sequence[Entry], depth: int) -> _Found | None:
        found = []
        for entry in candidates:
            if not entry.is_index or (entry.platform and not self._wanted.takes(entry.platform)):
                continue
            self._nested += 1
            if depth <= 1 or self._nested > _MOST_NESTED:
                message = "the index leads to further indexes, and those to further ones, without reaching an image"
                raise RegistryError("manifest-nested", message, limit=min(self._nested, _MOST_NESTED))
            inner = self._fetch(entry)
            one = self.look(inner, depth - 1) if inner.is_index else self._fits(entry, entry.platform)
            if one and not one.order[0]:
                return one
            found += [one] if one else []
        return min(found, key=_order, default=None)


def _order(found: _Found) -> tuple[int, bool]:
    return found.order


def _no_platform(wanted: Wanted, search: _Search) -> RegistryError:
    there = list(search.seen)
    offered = f"only for {', '.join(there)}" if there else "for no platform at all"
    facts: dict[str, Any] = {"platforms": there, "entries": search.entries, "attestations": search.attestations}
    if search.features:
        offered = f"except for runtimes with {', '.join(search.features)}"
        facts["os_features"] = list(search.features)
    message = f"the image is not available for {wanted.name}, {offered}"
    return RegistryError("image-no-platform", message, platform=str(wanted.name), **facts)
