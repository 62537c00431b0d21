"""The healthy registry behind every scenario, and the ways to ask for a login that healthy ones have."""

from __future__ import annotations

import base64
import re

from tests.sick.answer import Answer, body, document, error
from tests.sick.request import Request
from tests.sick.scenario import PASSWORD, TOKEN, USER

BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_API = ("Docker-Distribution-Api-Version", "registry/2.0")


def serve(request: Request) -> Answer:
    """What a registry without faults answers."""
    answers = {"ping": _ping, "manifest": manifest, "blob": blob, "store": blob, "tags": _tags, "token": token}
    return answers.get(request.kind, _nothing)(request).adding(_API)


def _ping(request: Request) -> Answer:
    return document({})


def _tags(request: Request) -> Answer:
    return document({"name": request.name, "tags": request.repository.tags})


def _nothing(request: Request) -> Answer:
    return error(404, "NAME_UNKNOWN", "repository name not known to registry", {"name": request.name})


def token(request: Request, value: str = TOKEN, lifetime: int = 300) -> Answer:
    """A token for whoever asks."""
    return document({"token": value, "expires_in": lifetime})


def manifest(request: Request) -> Answer:
    """A manifest by tag or digest."""
    found = request.repository.manifests.get(request.reference)
    if found is None:
        return error(
            404, "MANIFEST_UNKNOWN", "manifest unknown", {"name": request.name, "reference": request.reference}
        )
    return body(found.data, found.media_type).adding(("Docker-Content-Digest", found.digest))


def blob(request: Request, data: bytes | None = None) -> Answer:
    """A blob, or the part of it that ``Range`` asks for; `data` instead of the right bytes."""
    if data is None:
        data = request.repository.blobs.get(request.reference)
    if data is None:
        return error(404, "BLOB_UNKNOWN", "blob unknown to registry", {"digest": request.reference})
    whole = body(data, "application/octet-stream").adding(("Accept-Ranges", "bytes"))
    wanted = _RANGE.fullmatch(request.headers.get("Range", ""))
    if not wanted:
        return whole.adding(("Docker-Content-Digest", request.reference))
    start, end = int(wanted[1]), min(int(wanted[2] or len(data)), len(data) - 1)
    if start >= len(data):
        return Answer(416, headers=(("Content-Range", f"bytes */{len(data)}"),))
    part = whole.having(status=206, body=data[start : end + 1])
    return part.adding(("Content-Range", f"bytes {start}-{end}/{len(data)}"))


def scope(request: Request, actions: str = "pull") -> str:
    return f"repository:{request.name}:{actions}"


def challenged(request: Request, challenge: str | None = None, code: str = "UNAUTHORIZED") -> Answer:
    """401 with the usual challenge, or with another."""
    usual = f'Bearer realm="{request.registry}/token",service="sick",scope="{scope(request)}"'
    refusal = error(
        401, code, "authentication required", [{"Type": "repository", "Name": request.name, "Action": "pull"}]
    )
    return refusal.setting("WWW-Authenticate", usual if challenge is None else challenge)


def with_token(request: Request, challenge: str | None = None, value: str = TOKEN) -> Answer | None:
    """Ask for a bearer token; None once the request has it (or is for the token itself)."""
    if request.kind in ("token", "store") or request.authorization == f"Bearer {value}":
        return None
    return challenged(request, challenge)


def with_password(request: Request) -> Answer | None:
    """Ask for user name and password; None once the request has the right ones."""
    if request.kind == "store" or request.authorization == BASIC:
        return None
    return challenged(request, 'Basic realm="sick registry"')
