"""Addresses pasted from a browser: the page of an image ─► the reference that page is about.

Each site is one small reader of the path and query; it returns the reference as text, or None when
the page is not about one image. The shapes are those of the sites' own address bars.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from sregistry.references.errors import InvalidReference

#: Query parameters that name an image or a file; any other may hold a secret and is dropped from messages.
_HARMLESS_QUERY = frozenset(
    (
        *("tag", "version", "tab", "download", "dl", "raw", "inline", "ref", "ref_type", "versionId", "job"),
        *("sha256", "sha384", "sha512", "etag"),  # in the fragment
    )
)
#: What stands in the place of a value that is not shown.
HIDDEN_VALUE = "…"
_PARAMETER = re.compile(r"(?<=[?&#])([^=&#\s]*)=[^&#\s]*")
#: One that has no name may be a secret as well, unless it is so short.
_NAMELESS = re.compile(r"(?<=[?&])[^=&#\s…]{8,}(?=[&#\s]|$)")


@dataclass(frozen=True, slots=True)
class Page:
    """What a pasted address means: `reference` (text for `parse`, no scheme) and `notes` on how it was read."""

    reference: str
    notes: tuple[str, ...] = ()


SiteReader = Callable[[Sequence[str], Mapping[str, str]], str | None]


def read_page(address: str) -> Page | None:
    """Read an ``http(s)://`` address, or one without scheme of a web site that is no registry itself.

    Returns:
        The page's meaning, or None if `address` is of neither kind, or is plain ``http://`` and no
        known site (whether to speak plain HTTP is the user's decision).

    Raises:
        InvalidReference: ``reference-web-page`` when the site is known and the page is not about
            one image.
    """
    scheme, separator, rest = address.partition("://")
    has_scheme = bool(separator) and scheme.lower() in ("http", "https")
    split = _split(rest if has_scheme else address)
    if split is None:
        return None
    host, parts, query = split
    if host in _SITES and (has_scheme or host not in _SITES_THAT_ARE_REGISTRIES):
        return _known_site(address, host, parts, query)
    if not has_scheme:
        return None
    if len(parts) > 1 and "container_registry" in parts:
        raise _gitlab_elsewhere(address, host, parts)
    if scheme.lower() == "http":
        return None
    return _registry_address(rest, host, parts, query)


def is_site(address: str) -> bool:
    """Whether ``host/path`` is on a web site that has pages about images."""
    return address.partition("/")[0].lower().removeprefix("www.") in _SITES


def redacted(address: str) -> str:
    """`address` with the values of all query parameters hidden, except of those that name an image or a file."""
    place, mark, query = address.partition("?")
    named = place + _NAMELESS.sub(HIDDEN_VALUE, mark + query)
    return _PARAMETER.sub(
        lambda match: match[0] if match[1] in _HARMLESS_QUERY else f"{match[1]}={HIDDEN_VALUE}", named
    )


def _split(address: str) -> tuple[str, list[str], dict[str, str]] | None:
    """Split ``host/path?query`` into lowercase host, unquoted path segments and query; None if it is no address."""
    try:
        url = urlsplit("//" + address)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
    except ValueError:
        return None
    parts = [segment for segment in unquote(url.path).split("/") if segment]
    return url.netloc.lower().removeprefix("www."), parts, query


def _known_site(address: str, host: str, parts: Sequence[str], query: Mapping[str, str]) -> Page | None:
    site, reader = _SITES[host]
    reference = reader(parts, query)
    if reference is not None:
        return Page(reference, (f"read from the address of a page on {site}",))
    if host in _SITES_THAT_ARE_REGISTRIES:
        return _registry_address(host + "/" + "/".join(parts), host, parts, query)
    raise InvalidReference(
        "reference-web-page",
        f"this is the address of a page on {site} that is not about one image",
        source=redacted(address),
    )


def _registry_address(rest: str, host: str, parts: Sequence[str], query: Mapping[str, str]) -> Page:
    """``https://HOST/NAME…``, also the addresses of the API, ``/v2/NAME/manifests/TAG``."""
    if len(parts) > 3 and parts[0] == "v2" and parts[-2] == "manifests":
        name, identifier = "/".join(parts[1:-2]), parts[-1]
        return Page(f"{host}/{name}{_identified(identifier)}", ("read from the address of a manifest",))
    text = rest.partition("#")[0].partition("?")[0].rstrip("/")
    if "tag" in query and ":" not in text.rpartition("/")[2]:
        text += ":" + query["tag"]
    return Page(text, ('the "https://" in front of the registry\'s name was left out',))


def _gitlab_elsewhere(address: str, host: str, parts: Sequence[str]) -> InvalidReference:
    project = "/".join(_gitlab_project(parts) or ())
    return InvalidReference(
        "reference-web-page",
        f"this is a GitLab page; the name of the image registry of {host} is not part of it",
        source=redacted(address),
        **({"suggestion": f"registry.{host}/{project}".lower()} if project else {}),
    )


def _identified(identifier: str) -> str:
    return f"@{identifier}" if ":" in identifier else f":{identifier}"


def _docker_hub(parts: Sequence[str], query: Mapping[str, str]) -> str | None:
    match list(parts):
        case ["_", name, *_]:
            return f"docker.io/library/{name}"
        case ["repository", "docker", namespace, name, "tags", tag, *_]:
            return f"docker.io/{namespace}/{name}:{tag}"
        case ["r", namespace, name, *_] | ["repository", "docker", namespace, name, *_]:
            return f"docker.io/{namespace}/{name}"
        case ["layers", namespace, name, tag, *_]:
            return f"docker.io/{namespace}/{name}:{tag}"
        case ["v2", ("repositories" | "namespaces"), namespace, name, "tags", tag, *_]:
            return f"docker.io/{namespace}/{name}:{tag}"
    return None


def _github(parts: Sequence[str], query: Mapping[str, str]) -> str | None:
    """GitHub's package pages; GHCR's names are the lowercase of GitHub's."""
    match list(parts):
        case [("orgs" | "users"), owner, "packages", "container", "package", *name]:
            pass
        case [("orgs" | "users"), owner, "packages", "container", *name]:
            pass
        case [owner, _, "pkgs", "container", *name]:
            pass
        case _:
            return None
    while len(name) > 1 and (name[-1].isdigit() or name[-1] in ("versions", "settings")):
        name.pop()
    if not name:
        return None
    return "/".join(["ghcr.io", owner, *name]).lower() + _tagged(query.get("tag"))


def _quay(parts: Sequence[str], query: Mapping[str, str]) -> str | None:
    match list(parts):
        case ["repository", namespace, name, ("tag" | "manifest"), identifier, *_]:
            return f"quay.io/{namespace}/{name}{_identified(identifier)}"
        case ["repository", namespace, name]:
            return f"quay.io/{namespace}/{name}{_tagged(query.get('tag'))}"
    return None


def _ngc(parts: Sequence[str], query: Mapping[str, str]) -> str | None:
    tag = _tagged(query.get("version"))
    match list(parts):
        case ["orgs", organisation, "teams", team, "containers", name, *_]:
            return f"nvcr.io/{organisation}/{team}/{name}{tag}"
        case ["orgs", organisation, "containers", name, *_]:
            return f"nvcr.io/{organisation}/{name}{tag}"
        case ["catalog", "containers", name, *_]:
            return f"nvcr.io/{name.replace(':', '/')}{tag}"
    return None


def _gitlab(parts: Sequence[str], query: Mapping[str, str]) -> str | None:
    project = _gitlab_project(parts)
    return "/".join(["registry.gitlab.com", *project]).lower() if project else None


def _gitlab_project(parts: Sequence[str]) -> Sequence[str] | None:
    """The group and project in front of ``[-/]container_registry``; images below a project have no name in it."""
    if "container_registry" not in parts:
        return None
    project = parts[: list(parts).index("container_registry")]
    project = project[:-1] if project and project[-1] == "-" else project
    return project if len(project) > 1 else None


def _ecr_gallery(parts: Sequence[str], query: Mapping[str, str]) -> str | None:
    return "/".join(["public.ecr.aws", *parts]) if len(parts) > 1 else None


def _tagged(tag: str | None) -> str:
    return f":{tag}" if tag else ""


_SITES: dict[str, tuple[str, SiteReader]] = {
    "hub.docker.com": ("Docker Hub", _docker_hub),
    "registry.hub.docker.com": ("Docker Hub", _docker_hub),
    "github.com": ("GitHub", _github),
    "quay.io": ("Quay", _quay),
    "catalog.ngc.nvidia.com": ("the NGC catalog", _ngc),
    "registry.ngc.nvidia.com": ("the NGC catalog", _ngc),
    "ngc.nvidia.com": ("the NGC catalog", _ngc),
    "gitlab.com": ("GitLab", _gitlab),
    "gallery.ecr.aws": ("the Amazon ECR gallery", _ecr_gallery),
}
#: Hosts that answer both a browser and the registry protocol.
_SITES_THAT_ARE_REGISTRIES = frozenset({"registry.hub.docker.com", "quay.io"})
