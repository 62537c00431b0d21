"""Lists that come in pages: ``Link: <…>; rel="next"``, followed with limits.

Source: OCI Distribution Specification, "Listing Tags"; RFC 8288.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sregistry import gojson
from sregistry.answers import facts
from sregistry.errors import RegistryError
from sregistry.http import addresses
from sregistry.http.redirects import same_origin
from sregistry.http.retry import Patience
from sregistry.registry.api import Answer, Api, Call

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^,;=\s]+(?:\s*=\s*(?:\"[^\"]*\"|[^,;\s]*))?)*)")
_RELATION = re.compile(r";\s{0,9}rel\s{0,9}=\s{0,9}(?:\"([^\"]{0,200})|([^\";,\s]{0,200}))", re.IGNORECASE)
#: A link is no longer than the longest address that servers take.
_LONGEST = 16 << 10


def fetch(api: Api, call: Call, patience: Patience, *, pages: int) -> Iterator[Answer]:
    """The pages, one after the other; a circle ends the list.

    Raises:
        RegistryError: ``registry-pages`` (more than `pages`), and those of `Api.get`.
    """
    seen: set[str] = set()
    for _ in range(pages):
        answer = api.get(call, patience)
        patience.progress()
        yield answer
        here = addresses.join(api.base, call.path).url
        target = next_page(answer.headers.get("link", ""), here)
        if target is None or target in {here, *seen}:
            return
        seen.add(target)
        call = replace(call, path=target)
    raise RegistryError("registry-pages", f"the list goes on after {pages} pages", limit=pages, **api.facts(call))


def next_page(link: str, base: str) -> str | None:
    """The address of the next page at the same registry; None if there is none."""
    for match in _LINK.finditer(link[:_LONGEST]):
        relations = (found for pair in _RELATION.findall(match[2]) for found in pair)
        if any("next" in relation.lower().split() for relation in relations):
            return _same_host(match[1], base)
    return None


def _same_host(link: str, base: str) -> str | None:
    try:
        target = addresses.join(base, addresses.from_header(link)).url
        return target if same_origin(base, target) else None
    except ValueError:
        return None


def names(answer: Answer, field: str) -> list[str]:
    """The texts in the list `field` of a page; null counts as empty.

    Raises:
        RegistryError: ``registry-answer-malformed``.
    """
    document = _parsed(answer, field)
    listed = document.get(field) if isinstance(document, dict) else None
    if listed is None and isinstance(document, dict) and field in document:
        return []
    if not isinstance(listed, list):
        message = f"the registry's answer has no list called {field!r}"
        raise RegistryError("registry-answer-malformed", message, field=field, **answer.facts)
    return [text for text in listed if isinstance(text, str)]


def _parsed(answer: Answer, field: str) -> Any:
    try:
        return gojson.read(answer.body, gojson.struct("name", **{field: gojson.List()}))
    except gojson.JsonError as error:
        found = {**answer.facts, **facts.of_body(answer.body, answer.headers.get("content-type"))}
        if facts.is_html(answer.body, answer.headers.get("content-type")):
            message = "a web page (HTML) came where a list should be; that is not a registry's answer"
            raise RegistryError("registry-web-page", message, **found) from error
        message = "the registry's answer is not JSON"
        raise RegistryError("registry-answer-malformed", message, **found) from error


def collect(
    items: Iterator[list[str]], limit: int | None, keep: Callable[[str], bool] = bool
) -> tuple[list[str], bool]:
    """The items of all pages without duplicates, `limit` at most, and whether that is all."""
    found: dict[str, None] = {}
    for page in items:
        for item in filter(keep, page):
            if limit is not None and len(found) >= limit:
                return list(found), False
            found[item] = None
    return list(found), True
