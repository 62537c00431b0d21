"""One answer, one cause: registries use the same status for different things, and words tell them apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.answers import facts
from sregistry.registry.refusals import Seen, refusal
from tests.support.images import encode


def seen(status: int, body: bytes = b"", purpose: str = "manifest", *, login: str | None = None, **more: Any) -> Seen:
    headers = {name.replace("_", "-"): value for name, value in more.pop("headers", {}).items()}
    known = {"status": status, "credential_source": login, **facts.of_body(body, headers.get("content-type")), **more}
    return Seen(purpose, "registry.example.org", "team/tool", more.get("identifier", "1"), known, headers)


def said(code: str, message: str) -> bytes:
    return encode({"errors": [{"code": code, "message": message}]})


BEARER = {"challenge": {"scheme": "bearer", "realm": "https://h/token"}}
LOGIN = {"login": "~/.docker/config.json (auths)"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (seen(404, said("NAME_UNKNOWN", "unknown")), "repository-unknown"),
        (seen(404, said("MANIFEST_UNKNOWN", "unknown")), "tag-unknown"),
        (seen(404, said("NOT_FOUND", "artifact team/tool:1 not found")), "tag-unknown"),
        (seen(404, said("NOT_FOUND", "repository team/tool not found")), "repository-unknown"),
        (seen(404, b"404 page not found", "ping"), "registry-not-a-registry"),
        (seen(404, said("BLOB_UNKNOWN", "unknown"), "blob"), "blob-unknown"),
        (seen(404, b"", "tags"), "repository-unknown"),
        (seen(404, said("MANIFEST_UNKNOWN", "it has media type 'x', but client accepts 'y'")), "manifest-media-type"),
        (seen(404, said("MANIFEST_UNKNOWN", "accept header does not support OCI indexes")), "manifest-media-type"),
        (seen(406), "manifest-media-type"),
        (seen(400, said("UNSUPPORTED", "schema 1 is no longer supported")), "manifest-schema1"),
        (seen(401, said("UNAUTHORIZED", "no"), **BEARER), "auth-required"),
        (seen(401, said("UNAUTHORIZED", "no"), **LOGIN, **BEARER), "auth-refused"),
        (seen(401, b""), "auth-unsupported"),
        (seen(401, challenge={"scheme": "negotiate"}), "auth-unsupported"),
        (seen(400, said("DENIED", "Your authorization token is invalid"), **LOGIN), "auth-refused"),
        (seen(403, b"Your authorization token has expired. Reauthenticate and try again.", **LOGIN), "auth-refused"),
        (seen(403, b"Your Authorization Token has expired", **LOGIN), "auth-refused"),
        (seen(403, b"Your licence has expired", **LOGIN), "auth-denied"),
        (seen(403, said("DENIED", "no"), **LOGIN), "auth-denied"),
        (seen(403, said("DENIED", "no"), "token", **LOGIN), "auth-refused"),
        (seen(403, said("DENIED", "no"), "token"), "auth-required"),
        (seen(403, b"<html><title>Blocked</title></html>"), "registry-web-page"),
        (seen(429, said("TOOMANYREQUESTS", "You have reached your pull rate limit.")), "rate-limit-quota"),
        (seen(429, b"Too Many Requests (HAP429)."), "rate-limit-abuse"),
        (seen(200, said("TOOMANYREQUESTS", "slow down")), "rate-limit-abuse"),
        (seen(500), "registry-error"),
        (seen(503, b"<html>"), "registry-unavailable"),
        (seen(511, b"<html><title>Log in</title></html>"), "registry-web-page"),
        (seen(501), "registry-unsupported"),
        (seen(405), "registry-unsupported"),
        (seen(407), "network-proxy-auth"),
        (seen(403, b"<html>", headers={"x-squid-error": "ERR_ACCESS_DENIED 0"}), "network-proxy-denied"),
        (seen(400, b"Client sent an HTTP request to an HTTPS server."), "network-tls-expected"),
        (seen(413, b"", "upload"), "registry-upload-too-large"),
        (seen(413, b"<html><title>413 Request Entity Too Large</title></html>", "upload"), "registry-upload-too-large"),
        (seen(405, b"", "upload", method="POST"), "registry-read-only"),
        (seen(403, said("DENIED", "The system is in read only mode."), "upload", **LOGIN), "registry-read-only"),
        (seen(503, said("UNKNOWN", "System is currently read-only."), "upload", **LOGIN), "registry-read-only"),
        (seen(507, b"", "upload"), "registry-quota"),
        (seen(403, said("DENIED", "Quota has been exceeded"), "upload", **LOGIN), "registry-quota"),
        (
            seen(412, said("PRECONDITION", "adding 2 MiB, which will exceed the configured upper limit"), "upload"),
            "registry-quota",
        ),
        (seen(403, said("DENIED", "requested access is denied"), "upload", **LOGIN), "registry-upload-denied"),
        (seen(403, said("DENIED", "requested access is denied"), "upload"), "auth-denied"),
        (
            seen(401, said("UNAUTHORIZED", "no"), "upload", **LOGIN, challenge={"error": "insufficient_scope"}),
            "registry-upload-denied",
        ),
        (seen(404, said("BLOB_UPLOAD_UNKNOWN", "gone"), "upload", method="PATCH"), "registry-upload-lost"),
        (seen(404, b"", "upload", method="PUT"), "registry-upload-lost"),
        (seen(404, said("NAME_UNKNOWN", "no such repository"), "upload", method="POST"), "repository-unknown"),
        (seen(400, said("DIGEST_INVALID", "no"), "upload"), "registry-upload-corrupt"),
        (seen(400, said("NAME_INVALID", "no")), "repository-invalid"),
        (seen(400, said("TAG_INVALID", "no")), "tag-invalid"),
        (seen(418), "registry-unexpected"),
    ],
)
def test_what_it_is_called(answer: Seen, code: str) -> None:
    assert refusal(answer).code == code


@given(
    st.integers(100, 599),
    st.binary(max_size=80) | st.builds(said, st.text(max_size=20), st.text(max_size=40)),
    st.sampled_from(
        ("ping", "token", "manifest", "config", "blob", "tags", "referrers", "catalog", "upload", "delete")
    ),
    st.none() | st.just("somewhere"),
)
def test_every_answer_has_a_name(status: int, body: bytes, purpose: str, login: str | None) -> None:
    error = refusal(seen(status, body, purpose, login=login))
    assert error.facts["status"] == status
    assert error.message[0].islower() or error.message.startswith(("registry.example.org", "1"))


def test_a_quota_is_waited_for_only_where_it_says_how_long() -> None:
    quota = said("TOOMANYREQUESTS", "You have reached your pull rate limit.")
    assert not refusal(seen(429, quota)).retryable
    assert refusal(seen(429, quota, retry_after=1.0)).retryable
