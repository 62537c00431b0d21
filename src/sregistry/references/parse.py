"""Text ─► `Reference`: a scheme, and what follows it read by the grammar of that scheme.

This module deals with what stands around the name (schemes, addresses of web pages, credentials); names in registries
are read by `sregistry.references.grammar`, exactly as Docker reads them, and refused precisely where they are none.
A scheme that is no key of `GRAMMARS`, and that no installed package serves, is refused, never taken for another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from sregistry.references import browser, grammar, others, paths, web
from sregistry.references.errors import InvalidReference
from sregistry.references.reference import DEFAULT_SCHEME, DOCKER_HUB, Reference, RegistryReference

#: Reads what follows a scheme: (text, scheme, where it begins in what was given, the default registry) ─► reference.
Grammar = Callable[[str, str, int, str], Reference]

#: Scheme -> how what follows it is read.
GRAMMARS: Mapping[str, Grammar] = {
    "docker": grammar.read,
    "oras": grammar.read,
    "http": web.read,
    "https": web.read,
    "oci": paths.read,
    "oci-archive": paths.read,
    "docker-archive": paths.read,
    "dir": paths.read_folder,
}
#: Grammars by the names under which endpoints of other packages ask for them.
NAMED: Mapping[str, Grammar] = {"registry": grammar.read, "path": paths.read, "web": web.read}
#: Grammars of what is on this machine, where ``@`` is as good as any letter.
_OF_PATHS = frozenset({paths.read, paths.read_folder})
SCHEMES = tuple(GRAMMARS)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
#: Transports of skopeo and podman; ``oci:5000/name`` is at a port of a host, as Docker reads it.
_TRANSPORT = re.compile(r"(docker-daemon|docker-archive|oci-archive|containers-storage|(?:dir|oci)(?=:(?!\d+/).)):")
#: A path behind the scheme of another package, which no tag begins as.
_PATH_OF_OTHERS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?=[./])")
_SLASHES = re.compile(r"(?:(?:docker|oras|https?):)?/+")
_DIGEST = re.compile(r"(?:(?:sha|blake)\w*|md5):[0-9a-f]*", re.IGNORECASE)
#: A registry alone: a host with a dot in it or called localhost, or any with a port and a slash behind it.
_REGISTRY = re.compile(r"(localhost|[^/:@]+\.[^/:@]+|\[[^]/]+\])(:\d+)?/*|[^/:@]+:\d+/+")
_HOST_WITH_PORT = re.compile(r"[^/@:]+:[0-9]{1,5}/")


def split_scheme(text: str) -> tuple[str | None, str]:
    """Split ``scheme://rest`` into the lowercase scheme (None if there is none) and the rest."""
    match = _SCHEME.fullmatch(text.strip())
    return (match[1].lower(), match[2]) if match else (None, text.strip())


def has_scheme(text: str) -> bool:
    """Whether `text` begins with a scheme or a transport, known or not."""
    return split_scheme(text)[0] is not None or _split_transport(text.strip()) is not None


def is_registry(text: str) -> bool:
    """Whether `text` can name a registry alone, ``[scheme://]HOST[:PORT]``; to `parse` it is an image at Docker Hub."""
    return _REGISTRY.fullmatch(split_scheme(text)[1]) is not None


def _split_transport(body: str) -> tuple[str, str] | None:
    """Split ``scheme:path`` into both; None where no path follows."""
    match = _TRANSPORT.match(body)
    if match:
        return match[1], body[match.end() :]
    match = _PATH_OF_OTHERS.match(body)
    if match and NAMED.get(others.grammar(match[1].lower()) or "") in _OF_PATHS:
        return match[1].lower(), body[match.end() :]
    return None


def parse(text: str, *, schemes: Collection[str] = SCHEMES, default_registry: str = DOCKER_HUB) -> Reference:
    """Read the name of an image.

    Args:
        text: ``[scheme://][registry/]repository[:tag][@digest]``, what another scheme's grammar has, or the address of
            an image's web page.
        schemes: those that are known; docker is understood when none is given.
        default_registry: host[:port] that a name without one is at.

    Raises:
        InvalidReference: with the facts ``source``, and where known ``span`` and ``suggestion``.
    """
    try:
        return _read(text, schemes, default_registry)
    except InvalidReference as error:
        error.facts.setdefault("source", browser.redacted(text))
        if not _readable(error.facts.get("suggestion"), schemes):
            error.facts.pop("suggestion", None)
        raise


def parse_registry(text: str, *, default_registry: str = DOCKER_HUB) -> RegistryReference:
    """Read the name of an image in a registry; as `parse`, but a name of another kind is refused as well."""
    found = parse(text, default_registry=default_registry)
    if isinstance(found, RegistryReference):
        return found
    message = f"{found.scheme} names no image of a registry"
    raise InvalidReference("reference-scheme", message, source=text, scheme=found.scheme, known=[DEFAULT_SCHEME])


def _read(text: str, schemes: Collection[str], default_registry: str = DOCKER_HUB) -> Reference:
    body = text.strip()
    start = text.index(body)
    scheme, rest = split_scheme(body)
    if scheme is None and (found := _split_transport(body)):
        scheme, rest = found
    if scheme is None or _grammar(scheme, schemes) not in _OF_PATHS:
        _refuse_credentials(text)
    if scheme in ("http", "https") and not web.is_file(rest):
        scheme, rest = None, body
    read = grammar.read if scheme is None else _grammar(scheme, schemes)
    if read is None:
        raise _unknown_scheme(str(scheme), start, schemes)
    start += len(body) - len(rest)
    if read is grammar.read:
        page = browser.read_page(rest)
        if page:
            return _read_page(page, scheme or DEFAULT_SCHEME, browser.redacted(body))
        _refuse_inner_scheme(rest, start, scheme or DEFAULT_SCHEME)
    reference = read(rest, scheme or DEFAULT_SCHEME, start, default_registry)
    return replace(reference, source=browser.redacted(body))


def _grammar(scheme: str, schemes: Collection[str]) -> Grammar | None:
    """The grammar of a scheme; None if nothing serves it."""
    if scheme in schemes:
        return GRAMMARS.get(scheme, grammar.read)
    return NAMED.get(others.grammar(scheme) or "")


def refuse_unknown_scheme(text: str, schemes: Collection[str] = SCHEMES) -> None:
    """Raise InvalidReference ``reference-scheme`` if `text` begins with a scheme, or a transport, not in `schemes`."""
    body = text.strip()
    scheme, _ = split_scheme(body)
    if scheme is None and (found := _split_transport(body)):
        scheme = found[0]
    if scheme is not None and _grammar(scheme, schemes) is None:
        raise _unknown_scheme(scheme, text.index(body), schemes)


def beginning(scheme: str) -> str:
    """How a name of this scheme begins: ``docker://``, ``oci:``."""
    return f"{scheme}:" if GRAMMARS.get(scheme) in _OF_PATHS else f"{scheme}://"


def _read_page(page: browser.Page, scheme: str, source: str) -> RegistryReference:
    try:
        reference = grammar.read(page.reference, scheme)
    except InvalidReference as error:
        del error.facts["span"]  # it counts within the name that was found, not within the address
        raise
    return replace(reference, source=source, notes=page.notes)


def _unknown_scheme(scheme: str, start: int, schemes: Collection[str]) -> InvalidReference:
    known = sorted(schemes)
    return InvalidReference(
        "reference-scheme",
        f"names that begin with {scheme!r} cannot be read here; known are {', '.join(map(beginning, known))}",
        span=[start, start + len(scheme)],
        scheme=scheme,
        known=known,
    )


def _refuse_inner_scheme(rest: str, start: int, scheme: str) -> None:
    """Refuse ``docker://http://host/name``, ``docker://docker://name``, ``docker:/name`` and ``docker:///name``."""
    inner, name = split_scheme(rest)
    if inner is not None:
        raise InvalidReference(
            "reference-scheme-inside",
            f'"{inner}://" does not belong into a reference; a name begins with the registry',
            span=[start, start + len(inner) + 3],
            suggestion=f"{scheme}://{name.rstrip('/')}",
            inner=inner,
            **({"setting": "plain_http"} if inner == "http" else {}),
        )
    slashes = _SLASHES.match(rest)
    if slashes:
        raise InvalidReference(
            "reference-slashes",
            f'the name has to follow directly after "{scheme}://"',
            span=[start, start + slashes.end()],
            suggestion=f"{scheme}://{rest[slashes.end() :]}",
        )


def _refuse_credentials(text: str) -> None:
    """Refuse ``user:secret@host/name`` and keep the secret out of the error."""
    body = text.strip()
    schemes = body[: body.rfind("://") + 3] if "://" in body else ""
    name = body[len(schemes) :]
    before, at, digest = name.rpartition("@")
    userinfo, _, rest = (before if at and _DIGEST.fullmatch(digest) else name).rpartition("@")
    user, colon, _ = userinfo.partition(":")
    if not userinfo or "/" in user or _HOST_WITH_PORT.match(name) or _DIGEST.match(rest):
        return
    if not colon and not re.search(r"[/#]", rest):
        return
    hidden = f"{schemes}{user}{colon and ':***'}@{rest}"
    span = [len(schemes), len(hidden) - len(rest)]
    if not re.search(r"[/.:#]", rest):
        raise InvalidReference(
            "reference-digest", f'"@" must be followed by a digest; {rest!r} is none', source=hidden, span=span
        )
    raise InvalidReference(
        "reference-credentials",
        'a reference has no place for a user name or password in front of "@"; they are given by a login',
        source=hidden,
        span=span,
        suggestion=schemes + name[len(userinfo) + 1 :].replace("#", "/"),
    )


def _readable(suggestion: str | None, schemes: Collection[str]) -> bool:
    try:
        return suggestion is not None and _read(suggestion, schemes) is not None
    except InvalidReference:
        return False
