"""``[registry/]repository[:tag][@digest]`` ─► `Reference`, or the one reason why not.

Sources: distribution/reference (grammar, Docker Hub's defaults), OCI Distribution Specification 1.1.
One deliberate difference: in ``MyOrg/tool`` Docker takes ``MyOrg``, for its capitals, for a host
name; here it is refused as a repository name with capitals, which it nearly always is. A host name
without dots and with capitals is written with its port (``MyHost:443/tool``).

Every function raises InvalidReference with ``span`` ([start, end) in the text the user gave) and,
where one is evident, ``suggestion`` (text that the caller still has to try).
"""

from __future__ import annotations

import ipaddress
import re

from sregistry.digests import HEX_LENGTH, Digest, DigestError
from sregistry.references.errors import InvalidReference
from sregistry.references.reference import DOCKER_HUB, DOCKER_HUB_ALIASES, RegistryReference

#: Length limit of the repository name that Docker's clients and registries keep.
NAME_LIMIT = 255
TAG_LIMIT = 128

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ODD_CHARACTER = re.compile(r"[^A-Za-z0-9._/:@\[\]+-]")
_IMAGE_ID = re.compile(r"[0-9a-f]{64}")
_HEX = re.compile(r"[0-9a-fA-F]+")
#: What text processors make of plain characters, and slashes of another system.
_RETYPED = str.maketrans({"–": "-", "—": "-", "‐": "-", "‑": "-", "\\": "/", "\u200b": None, "\ufeff": None})
_QUOTES = "\"'`“”„‘’«»"


def read(text: str, scheme: str, start: int = 0, default_registry: str = DOCKER_HUB) -> RegistryReference:
    """Read a name without scheme.

    Args:
        text: the name.
        scheme: for the reference that is returned, and for suggestions.
        start: where `text` begins in what the user gave.
        default_registry: host[:port] that a name without one is at.
    """
    return _Name(text, scheme, start).reference(default_registry)


class _Name:
    """One name being read: knows how to point at a part of it and how to suggest another one."""

    def __init__(self, text: str, scheme: str, start: int) -> None:
        self._text = text
        self._scheme = scheme
        self._start = start

    def reference(self, default_registry: str) -> RegistryReference:
        self._check_characters()
        named, at, digest_text = self._text.partition("@")
        digest = self._digest(named, digest_text) if at else None
        path, tag = self._split_tag(named)
        host, repository = _split_host(path)
        registry = self._registry(host or default_registry)
        self._check_repository(repository, len(path) - len(repository))
        if registry == DOCKER_HUB and "/" not in repository:
            repository = f"library/{repository}"
        if len(repository) > NAME_LIMIT:
            message = f"the repository name has {len(repository)} characters; {NAME_LIMIT} are allowed"
            raise self._error("name-too-long", message, (0, len(path)))
        if tag is None and digest is None:
            tag = "latest"
        return RegistryReference(self._scheme, registry, repository, tag, digest)

    def _error(
        self, code: str, message: str, span: tuple[int, int], suggestion: str | None = None, **facts: object
    ) -> InvalidReference:
        """An error about `span` of this name; `suggestion` is given without scheme."""
        if suggestion is not None:
            facts["suggestion"] = f"{self._scheme}://{suggestion}"
        return InvalidReference(code, message, span=[self._start + span[0], self._start + span[1]], **facts)

    def _replaced(self, start: int, end: int, text: str) -> str:
        return self._text[:start] + text + self._text[end:]

    def _check_characters(self) -> None:
        text = self._text
        if not text:
            raise self._error("reference-empty", "the name of the image is missing", (0, 0))
        odd = _ODD_CHARACTER.search(text)
        if not odd:
            return
        span, found = odd.span(), odd[0]
        host, _, image = text.rpartition("#")
        if found == "#" and host and image:
            message = 'registry and repository are separated by "/", not by "#"'
            raise self._error("reference-hash", message, span, f"{host}/{image}")
        if found in "$<>{}":
            message = f"{found!r} cannot be part of a name; a variable or a placeholder was not filled in"
            raise self._error("reference-placeholder", message, span)
        message = f"{found!r} cannot be part of a name"
        suggestion = text.partition("?")[0].strip(_QUOTES).translate(_RETYPED)
        raise self._error("reference-character", message, span, suggestion)

    def _digest(self, named: str, text: str) -> Digest:
        """Read what follows the first ``@``."""
        span = (len(named) + 1, len(self._text))
        try:
            digest = Digest.parse(text)
        except DigestError:
            pass
        else:
            if digest.algorithm in HEX_LENGTH:
                return digest
            message = f"{digest.algorithm} is not used for digests; registries and runtimes use sha256 and sha512"
            raise self._error("reference-digest", message, span)
        algorithm, _, digits = text.rpartition(":")
        length = HEX_LENGTH.get(algorithm.lower())
        if not text:
            raise self._error("reference-digest", 'nothing follows the "@"', (len(named), span[1]), named)
        if not _HEX.fullmatch(digits) or ":" in algorithm:
            message = f"{text!r} is not a digest such as sha256:9f86d081…"
            suggestion = f"{named}:{digits}@{algorithm}" if algorithm else None
            raise self._error("reference-digest", message, span, suggestion)
        if length and len(digits) != length:
            message = f"the digest has {len(digits)} hex digits; a {algorithm} digest has {length}"
            raise self._error("reference-digest", message, span)
        suggestion = f"{named}@{algorithm or 'sha256'}:{digits}".lower() if len(digits) == 64 or algorithm else None
        message = f"{text!r} is not written as a digest: algorithm, colon, lowercase hex digits"
        raise self._error("reference-digest", message, span, suggestion)

    def _split_tag(self, named: str) -> tuple[str, str | None]:
        """Split at the colon after the last slash, or at the first one where there are several."""
        slash = named.rfind("/") + 1
        colon = named.find(":", slash)
        if colon < 0 or named.startswith("[", slash):
            return named, None
        path, tag, span = named[:colon], named[colon + 1 :], (colon + 1, len(named))
        if not tag:
            message = "the tag after the colon is empty"
            raise self._error("reference-tag", message, (colon, colon + 1), self._replaced(colon, colon + 1, ""))
        if tag.startswith(("sha256:", "sha512:")):
            message = 'a digest follows "@", not ":"'
            raise self._error("reference-digest", message, (colon, colon + 1), self._replaced(colon, colon + 1, "@"))
        if len(tag) > TAG_LIMIT:
            raise self._error("reference-tag", f"the tag has {len(tag)} characters; {TAG_LIMIT} are allowed", span)
        if not _TAG.fullmatch(tag):
            message = f"{tag!r} is not a tag: letters, digits, '_', '.' and '-', not beginning with '.' or '-'"
            meant = tag.translate({ord("+"): "_", ord(":"): "."})
            raise self._error("reference-tag", message, span, self._replaced(*span, meant))
        return path, tag

    def _registry(self, host: str) -> str:
        """The canonical ``host[:port]``; every alias of Docker Hub becomes its name."""
        name, port = _split_port(host)
        span = (0, len(name))
        if port is not None:
            self._check_port(host, name, port)
        if name.startswith("["):
            self._check_address(name)
        elif not _HOST.fullmatch(name):
            underscore = ' ("_" is not allowed in host names)' if "_" in name else ""
            message = f"{name!r} is not a host name{underscore}"
            suggestion = self._replaced(*span, name.strip(".-")) if name.strip(".-") else None
            raise self._error("name-host", message, span, suggestion)
        registry = host.lower()
        return DOCKER_HUB if registry.removesuffix(":443") in DOCKER_HUB_ALIASES else registry

    def _check_port(self, host: str, name: str, port: str) -> None:
        if re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536:
            return
        span = (len(name), len(host))
        message = f"{port!r} is not a port" if port else "the port after the colon is empty"
        raise self._error("name-port", message, span, self._replaced(*span, "") if not port else None)

    def _check_address(self, name: str) -> None:
        try:
            ipaddress.IPv6Address(name[1:-1] if name.endswith("]") else "")
        except ValueError as error:
            raise self._error("name-host", f"{name!r} is not an IPv6 address", (0, len(name))) from error

    def _check_repository(self, repository: str, start: int) -> None:
        """Check every component of the path, which begins at `start`."""
        end = start + len(repository)
        if not repository:
            raise self._error("name-missing", "the registry is not followed by a repository", (0, end))
        capitals = re.findall(r"[A-Z]", repository)
        if capitals:
            raise self._uppercase(repository, start, capitals)
        if _IMAGE_ID.fullmatch(repository):
            message = "64 hex digits are the ID of an image, not a name that a registry knows"
            raise self._error("name-is-id", message, (start, end))
        place = start
        for component in repository.split("/"):
            if not component:
                message = "there is a slash too many in the name"
                tidy = re.sub(r"/+", "/", repository.strip("/"))
                before = max(place - 1, 0)
                raise self._error("name-slashes", message, (before, before + 1), self._replaced(start, end, tidy))
            if not _COMPONENT.fullmatch(component):
                raise self._bad_component(component, place)
            place += len(component) + 1

    def _uppercase(self, repository: str, start: int, capitals: list[str]) -> InvalidReference:
        places = [start + place for place, letter in enumerate(repository) if "A" <= letter <= "Z"]
        letters = ", ".join(capitals)
        message = f"the repository name {repository!r} has capital letters ({letters}); only a tag may have them"
        suggestion = self._replaced(start, start + len(repository), repository.lower())
        span = (places[0], places[-1] + 1)
        return self._error("name-uppercase", message, span, suggestion, repository=repository)

    def _bad_component(self, component: str, start: int) -> InvalidReference:
        end = start + len(component)
        rule = "letters and digits, in between '.', '_', '__' or dashes"
        message = f"{component!r} cannot be part of a repository name: {rule}"
        tidy = component.strip("._-")
        return self._error("name-component", message, (start, end), self._replaced(start, end, tidy) if tidy else None)


def _split_host(path: str) -> tuple[str, str]:
    """Split off the first component if Docker takes it for a host: it has a dot or a port, or is localhost."""
    first, slash, rest = path.partition("/")
    if slash and (re.search(r"[.:\[]", first) or first.lower() == "localhost"):
        return first, rest
    return "", path


def _split_port(host: str) -> tuple[str, str | None]:
    if host.startswith("["):
        name, bracket, after = host.partition("]")
        return name + bracket, after.removeprefix(":") if after else None
    name, colon, port = host.partition(":")
    return name, port if colon else None
