"""Files on the web."""

from __future__ import annotations

from sregistry.codes.code import AS_CONFIGURED, Code, Page, Sample
from sregistry.codes.who import Who
from sregistry.kinds import Kind

#: What the samples have in common.
_ADDRESS = "https://files.example.org/images/tool.sif"
_FILE = {"reference": _ADDRESS, "method": "GET", "url": _ADDRESS, "host": "files.example.org"}
_SEEN = {**_FILE, "status": 206, "size": 31_000_000, "content_type": "application/octet-stream"}
#: Prose of several pages.
_ANSWERED = "The server answered with this status; it was asked for the file and nothing else."
_LOOKED = "The first bytes were looked at; nothing more was fetched."

CODES: tuple[Code, ...] = (
    Code(
        "web-not-found",
        Kind.NOT_FOUND,
        Who.YOU,
        sample=Sample("files.example.org has no such file: it answers 404", {**_FILE, "status": 404}),
        page=Page(
            meaning="There is no file at this address (404), or there is none any more (410).",
            known=_ANSWERED,
            todo="Check the address, capitals included; open the folder it is in with a browser.",
        ),
    ),
    Code(
        "web-denied",
        Kind.AUTH,
        Who.YOU,
        sample=Sample("files.example.org refuses the file: it answers 403", {**_FILE, "status": 403}),
        page=Page(
            meaning="The server does not give the file to everybody (401, 403).",
            known=_ANSWERED + " No login is sent to file servers, and no netrc is read.",
            todo=(
                "A signed address is good for a while only: get a new one. Where the server wants a login, fetch the "
                "file with a program that has it, and put it into the local registry with `sregistry add`."
            ),
        ),
    ),
    Code(
        "web-limited",
        Kind.RATE_LIMIT,
        Who.YOU,
        attempts=AS_CONFIGURED,
        sample=Sample(
            "files.example.org wants fewer requests: it answers 429", {**_FILE, "status": 429, "retry_after": 120.0}
        ),
        page=Page(
            meaning="The server wants fewer requests (429).",
            known=_ANSWERED,
            todo="Wait as long as it says. On a cluster, fetch the file once and share it.",
        ),
    ),
    Code(
        "web-failed",
        Kind.REGISTRY,
        Who.SERVER,
        attempts=AS_CONFIGURED,
        sample=Sample("files.example.org fails: it answers 503", {**_FILE, "status": 503}),
        page=Page(
            meaning="The server that has the file fails (408, 5xx).",
            known=_ANSWERED,
            todo="Try again later. What has come of the file is kept.",
        ),
    ),
    Code(
        "web-refused",
        Kind.REGISTRY,
        Who.SERVER,
        sample=Sample("files.example.org does not give the file: it answers 406", {**_FILE, "status": 406}),
        page=Page(
            meaning="The server does not give the file, with a status that says little about why.",
            known=_ANSWERED,
            todo="Try the address with a browser or `curl`; where that gives the file, report it.",
        ),
    ),
    Code(
        "web-page",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample(
            "a web page (HTML) came where a SIF file should be",
            {
                **_SEEN,
                "status": 200,
                "content_type": "text/html",
                "page_title": "Sign in",
                "size": 4100,
                "about": ["sign-in"],
            },
        ),
        page=Page(
            meaning="There is a web page at this address, not a file.",
            known=_LOOKED,
            todo=(
                "Open it with a browser: it may be a page with a link to the file, one that asks for a login, or "
                'one that says "not found" with a status that says otherwise. Copy the address of the link.'
            ),
        ),
    ),
    Code(
        "web-not-sif",
        Kind.IMAGE,
        Who.YOU,
        sample=Sample(
            "the file at this address is not a SIF file, it is an OCI archive",
            {**_SEEN, "format": "an OCI archive", "looks_like": "oci-archive"},
        ),
        page=Page(
            meaning="The file at this address is something else than a SIF file.",
            known=_LOOKED,
            todo="What it is is said, with the commands that make an image of it where there are such.",
        ),
    ),
    Code(
        "web-changed",
        Kind.REGISTRY,
        Who.SERVER,
        sample=Sample("the file at this address is another one now", {**_SEEN}),
        page=Page(
            meaning="The file at this address is not the one that was asked for, or was begun to be fetched.",
            known=(
                "The server's ETag, or date and size, are others. A download that is overtaken by this is begun "
                "anew once."
            ),
            todo="Pull again by the address alone, or ask for the digest of the file that you need.",
        ),
    ),
    Code(
        "web-address-hidden",
        Kind.NAME,
        Who.YOU,
        sample=Sample(
            "the query of this address was a secret and has not been kept, so that it cannot be fetched again",
            {"source": "https://files.example.org/tool.sif?sig=…"},
        ),
        page=Page(
            meaning="The query of an address was not kept, so that the file cannot be fetched again.",
            known="Values of a query may be a signature, which gives the file to all, and are never written down.",
            todo="Get a new address from who gave you the first one, and pull that.",
        ),
    ),
)
