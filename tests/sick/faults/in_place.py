"""Answers in place of others: error documents with a status of success, pages of what stands in front, other hosts."""

from __future__ import annotations

from tests.sick.answer import Answer, Framing, document, error, page, redirect, text
from tests.sick.registry import with_token
from tests.sick.repository import of_index
from tests.sick.request import Request
from tests.sick.scenario import Expectation, Family, fails

FAMILY = Family("in place of others")

_NETWORK = (r"captive portal", r"network's administrator")


def _instead(name: str, kind: str, answer: Answer, expect: Expectation, does: str, cause: str) -> None:
    """Requests of one kind (``layer``: for one layer) get this answer, and all others the right one."""

    def handle(request: Request) -> Answer | None:
        if request.kind == kind or (kind == "layer" and request.is_layer):
            return answer
        return with_token(request) if kind == "token" else None

    FAMILY.add(name, expect, does, cause, handle=handle)


_QUOTA = "egress quota of this project is exceeded"
_SAYS = (r"error message in place of", _QUOTA, r"operator")
_instead(
    "layer-error-with-200",
    "layer",
    error(200, "DENIED", _QUOTA),
    fails("blob-wrong-size", *_SAYS, never=(r"pushed? (it )?again", r"proxy or cache")),
    "200 and an error document for a layer",
    "a refusal with the status of success",
)
_instead(
    "layer-error-with-200-chunked",
    "layer",
    error(200, "DENIED", _QUOTA).having(framing=Framing.CHUNKED),
    fails("blob-wrong-size", *_SAYS, never=(r"pushed? (it )?again", r"proxy or cache")),
    "the same without a length",
    "a refusal with the status of success",
)
_instead(
    "manifest-error-with-200",
    "manifest",
    error(200, "UNAUTHORIZED", "this project is private"),
    fails(
        "manifest-malformed", r"error message in place of the manifest", r"this project is private", r"sregistry login"
    ),
    "200 and an error document for the manifest",
    "a refusal with the status of success",
)
_instead(
    "token-error-with-200",
    "token",
    error(200, "DENIED", "account suspended: contact billing"),
    fails("auth-token-missing", r"gave no token: \"account suspended", never=(r"in front of",)),
    "200 and an error document for the token",
    "a refusal with the status of success",
)
_instead(
    "manifest-maintenance-page",
    "manifest",
    page(200, "Down for maintenance", "We will be back soon."),
    fails("registry-web-page", r"Down for maintenance", r"registry's operator", r"/v2/", never=_NETWORK),
    "a page of maintenance for the manifest; /v2/ is in order",
    "the registry's own front",
)
_instead(
    "manifest-other-server",
    "manifest",
    page(404, "404 Not Found", "nginx"),
    fails("registry-web-page", r"404 Not Found", r"registry's operator", never=_NETWORK),
    "404 and a page for the manifest; /v2/ is in order",
    "the registry's front does not hand on manifests",
)


@FAMILY.scenario(
    "manifest-single-sign-on",
    fails("registry-web-page", r"was sent on to", r"Sign in", r"registry's operator", never=_NETWORK),
    "redirects manifests to a page at another host; /v2/ is in order",
    "a single sign-on stands in front of the registry",
)
def manifest_single_sign_on(request: Request) -> Answer | None:
    if request.kind == "store":
        return page(200, "Sign in", "Use your company's account.")
    return redirect(f"{request.elsewhere}/store/login", 302) if request.kind == "manifest" else None


@FAMILY.scenario(
    "index-entry-page",
    fails("manifest-child-unknown", r"index lists linux/", r"web page", r"registry's operator", never=(r"author",)),
    "404 and a page for the manifest of an index; the index is in order",
    "the registry's front does not hand on requests by digest",
    make=of_index("linux/amd64", "linux/arm64"),
)
def index_entry_page(request: Request) -> Answer | None:
    if request.kind == "manifest" and ":" in request.reference:
        return page(404, "404 Not Found", "nginx/1.18.0").adding(("Docker-Distribution-Api-Version", "registry/2.0"))
    return None


@FAMILY.scenario(
    "storage-asks-for-login",
    fails(
        "blob-storage-denied",
        r"login of its own \(Basic\)",
        r"registry's operator",
        never=(r"firewall",),
    ),
    "redirects layers to a storage that asks for a password",
    "the registry does not sign the addresses of its storage",
)
def storage_asks_for_login(request: Request) -> Answer | None:
    if request.kind == "store":
        return Answer(401, headers=(("WWW-Authenticate", 'Basic realm="object store"'),))
    return redirect(f"{request.elsewhere}/store/{request.reference}") if request.is_layer else None


@FAMILY.scenario(
    "repository-misspelt",
    fails("repository-unknown", r"has no repository", r"did you mean sick/repository-misspelled\?", never=(r"no tag",)),
    "MANIFEST_UNKNOWN for the manifest, NAME_UNKNOWN for the list of tags, and a catalogue",
    "the repository is misspelt (distribution answers so)",
)
def repository_misspelt(request: Request) -> Answer | None:
    if request.path == "/v2/_catalog":
        return document({"repositories": ["other/thing", "sick/repository-misspelled"]})
    if request.kind == "manifest":
        return error(404, "MANIFEST_UNKNOWN", "manifest unknown", {"unknown tag": "latest"})
    return error(404, "NAME_UNKNOWN", "repository name not known to registry") if request.kind == "tags" else None


@FAMILY.scenario(
    "repository-gone-halfway",
    fails("repository-unknown", r"has just given a manifest", r"deleted or renamed", never=(r"misspel", r"private")),
    "gives the manifest, and knows no such repository from then on",
    "the repository was deleted while it was pulled",
)
def repository_gone_halfway(request: Request) -> Answer | None:
    if request.kind == "ping" or (request.kind == "manifest" and request.count("manifest") == 1):
        return None
    return error(404, "NAME_UNKNOWN", "repository name not known to registry")


@FAMILY.scenario(
    "manifest-sent-elsewhere",
    fails("manifest-unknown", r"was sent on to 127\.0\.0\.2", r"404"),
    "redirects manifests to another host, which has nothing",
    "the registry has moved, and this repository did not",
)
def manifest_sent_elsewhere(request: Request) -> Answer | None:
    if request.kind == "store":
        return text(404, "404 page not found")
    return redirect(f"{request.elsewhere}/store/x", 301) if request.kind in ("manifest", "tags") else None
