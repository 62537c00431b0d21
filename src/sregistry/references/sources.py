"""Other sources of files on the web: the address of a file ─► the reference of the same image elsewhere.

A source is a pair of texts. Each ``{NAME}`` in the first stands for a part of an address (without ``/``, ``?``, ``#``)
that is put in for ``{NAME}`` in the second; a first text without such parts is the beginning of addresses, of which the
rest is put behind the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial

from sregistry.references.reference import WebReference

#: Address, and what takes its place.
Source = tuple[str, str]

#: Those that can be switched on by name. Galaxy's depot converts the images of BioContainers and calls them the same.
KNOWN: Mapping[str, Source] = {
    "galaxy": (
        "https://depot.galaxyproject.org/singularity/{name}:{tag}",
        "docker://quay.io/biocontainers/{name}:{tag}",
    ),
}
_PART = re.compile(r"\{([a-z]+)\}")


def mapped(reference: WebReference, sources: Iterable[Source]) -> str | None:
    """The reference that takes the place of an address, by the first source that fits; None if none does.

    A digest is that of the file at the address, so that nothing takes the place of one that has it.
    """
    if reference.digest is not None:
        return None
    for address, instead in sources:
        if parts := _fits(address, reference.url):
            return _PART.sub(partial(_put_in, parts), instead) + parts.get("", "")
    return None


def _put_in(parts: Mapping[str, str], name: re.Match[str]) -> str:
    return parts[name[1]]


def read(items: Iterable[str]) -> tuple[Source, ...]:
    """The sources that the setting ``web_sources`` lists: names of known ones, and ``ADDRESS=REFERENCE``."""
    pairs = (item.partition("=") for item in items)
    return tuple(KNOWN[address] if not instead else (address, instead) for address, _, instead in pairs)


def by_name(reference: WebReference) -> tuple[str, str] | None:
    """The name of the known source that fits an address, and the reference; None if none does."""
    for name, source in KNOWN.items():
        if instead := mapped(reference, [source]):
            return name, instead
    return None


def _fits(pattern: str, url: str) -> dict[str, str] | None:
    """The parts of `url` by their names; the rest of it by the empty name."""
    if not _PART.search(pattern):
        return {"": url.removeprefix(pattern)} if url.startswith(pattern) and url != pattern else None
    names: list[str] = []

    def part(match: re.Match[str]) -> str:
        names.append(match[1])
        return "([^/?#]+?)"

    pieces = re.split(r"(\{[a-z]+\})", pattern)
    expression = "".join(_PART.sub(part, piece) if _PART.fullmatch(piece) else re.escape(piece) for piece in pieces)
    match = re.fullmatch(expression, url)
    return dict(zip(names, match.groups(), strict=True)) if match else None
