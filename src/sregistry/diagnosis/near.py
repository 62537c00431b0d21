"""Which tag of a repository, and which repository of a registry, was probably meant."""

from __future__ import annotations

import difflib
import re

_PARTS = re.compile(r"\d+|[^\d.+_-]+")
#: Tags that tools make to attach something to a digest; nobody asks for them by hand.
_ATTACHED = re.compile(r"sha256-[0-9a-f]{64}(\..+)?")
_LEAST_ALIKE = 0.6


def similar(wanted: str, names: list[str], most: int = 3) -> list[str]:
    """The tags most like `wanted`: other case, a ``v`` more or less, longer or shorter versions, typos."""
    found: dict[str, None] = {}
    own = _plain(wanted)
    ordered = highest(names, len(names))
    for same in (
        lambda name: name.lower() == wanted.lower(),
        lambda name: _plain(name) == own,
        lambda name: _extends(_plain(name), own),
        lambda name: _extends(own, _plain(name)),
    ):
        found.update((name, None) for name in ordered if same(name))
    found.update((name, None) for name in difflib.get_close_matches(wanted, ordered, n=most, cutoff=_LEAST_ALIKE))
    return list(found)[:most]


def repositories(wanted: str, names: list[str], most: int = 3) -> list[str]:
    """The repositories most like `wanted`: the same last part elsewhere, a part too many or too few, typos."""
    last = wanted.rpartition("/")[2].lower()
    found = {name: None for name in sorted(names) if name.rpartition("/")[2].lower() == last}
    found.update((name, None) for name in difflib.get_close_matches(wanted, sorted(names), n=most, cutoff=0.75))
    closest = sorted(found, key=lambda name: difflib.SequenceMatcher(None, wanted, name).ratio(), reverse=True)
    return closest[:most]


def highest(names: list[str], most: int = 5, *, attached: bool = False) -> list[str]:
    """Tags by version, the highest first; those without a number after them, and `attached` ones only on demand."""
    shown = [name for name in names if attached or not _ATTACHED.fullmatch(name)]
    return sorted(shown, key=_version, reverse=True)[:most]


def _plain(name: str) -> str:
    """A tag in lowercase without the ``v`` in front of its version."""
    return re.sub(r"^v(?=\d)", "", name.lower())


def _extends(longer: str, shorter: str) -> bool:
    """Whether `longer` goes on where `shorter` ends: ``1.2.1`` and ``1.2``, ``3.11-slim`` and ``3.11``."""
    return (
        bool(shorter) and longer.startswith(shorter) and longer[len(shorter) : len(shorter) + 1] in {".", "-", "_", "+"}
    )


def _version(name: str) -> tuple[bool, list[tuple[int, int, str]], int]:
    """A key by which 1.10 comes after 1.9, and a release after its candidates."""
    plain = _plain(name)
    parts = [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in _PARTS.findall(plain)]
    return plain[:1].isdecimal(), [*parts, (0, 1, "")], -len(name)
