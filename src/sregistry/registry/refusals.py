"""An answer that is not the one asked for -> the error that says why.

Decided by the status, the registry's own codes, and, because registries use the same status and code
for different things, by words. The order of the questions below matters and is the content of this file.
Sources: OCI Distribution Specification, "Error Codes"; what registries send in practice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sregistry.answers import facts as reading
from sregistry.answers import rate
from sregistry.errors import RegistryError

_NEEDS_TLS = re.compile(r"http request (was )?(sent )?to (an )?https (server|port)", re.I)
_SCHEMA1 = re.compile(r"schema ?(version)? ?1\b|manifest\.v1\+|schema v1\b", re.I)
_MEDIA_TYPE = re.compile(r"media ?type|accept header|client accepts|does not support (oci|manifest)", re.I)
_NAMED_TYPE = re.compile(r"application/vnd\.[\w.+-]+")
#: ``invalid_grant`` is OAuth2's word for a refresh token that is no longer good (RFC 6749, 5.2).
_STALE = re.compile(
    r"expired|invalid.{0,20}token|token.{0,30}(invalid|expired)|not authorized|no basic auth|invalid_(grant|client)",
    re.I,
)
_EXPIRED = re.compile(r"\b(token|credentials?|session)\b.{0,30}\bexpired\b|\bexpired\b.{0,20}\btoken\b", re.I)
#: Harbor and others forbid an image to everybody: for its vulnerabilities, for want of a signature.
_POLICY = re.compile(r"PROJECTPOLICYVIOLATION|\bpolic(y|ies)\b", re.I)
#: A pull-through cache hands on what its upstream has said, under a status of its own.
_RELAYED_LIMIT = re.compile(r"toomanyrequests|pull rate limit", re.I)
_TAG = re.compile(r"\b(tag|artifact|manifest)\b", re.I)
#: What a registry says that takes nothing from anybody, and one whose space is used up.
_READ_ONLY = re.compile(r"\bread[ -]?only\b", re.I)
_QUOTA = re.compile(r"\bquota\b|QUOTA_EXCEEDED|exceed\w*.{0,60}\b(upper |storage )limit|insufficient storage", re.I)
_UNAVAILABLE = frozenset({408, 425, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530})
_DENIED = frozenset({402, 403, 451})
#: Not failures of the server: an operation that is not offered, and a portal's demand to sign in.
_NO_FAULT = frozenset({501, 511})


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer that was not accepted, and what it was the answer to.

    Attributes:
        purpose: ``ping``, ``token``, ``manifest``, ``config``, ``blob``, ``tags``, ``referrers``,
            ``catalog``, ``upload``, ``delete``.
        registry: host[:port] asked.
        repository: may be empty.
        identifier: tag or digest, where one was asked for.
        facts: `Response.facts`, the facts of the body, ``challenge`` and ``credential_source``.
        headers: of the answer.
        stored_elsewhere: the answer comes from another host than the registry's, to which it had sent us.
    """

    purpose: str
    registry: str
    repository: str
    identifier: str | None
    facts: dict[str, Any]
    headers: Mapping[str, str]
    stored_elsewhere: bool = False

    @property
    def status(self) -> int:
        """HTTP status."""
        return int(self.facts["status"])

    @property
    def codes(self) -> list[str]:
        """The registry's own error codes."""
        return reading.codes(self.facts)

    @property
    def words(self) -> str:
        """All the registry said."""
        return reading.words(self.facts)

    @property
    def has_api_header(self) -> bool:
        """Whether the answer says of itself that it is a registry's."""
        return "docker-distribution-api-version" in self.headers

    @property
    def is_page(self) -> bool:
        """Whether a web page came."""
        return "page_title" in self.facts or reading.is_html(
            self.facts.get("body_head", "").encode(), self.headers.get("content-type")
        )

    @property
    def anonymous(self) -> bool:
        """Whether no login was sent."""
        return self.facts.get("credential_source") is None

    @property
    def what(self) -> str:
        """What was asked for, in words."""
        name = f"{self.registry}/{self.repository}" if self.repository else self.registry
        return f"{self.purpose} of {name}" if self.repository else name


def refusal(seen: Seen) -> RegistryError:
    """The error for an answer with a status that was not expected."""
    return next(error for question in _QUESTIONS if (error := question(seen)) is not None)


def _rate_limit(seen: Seen) -> RegistryError | None:
    if seen.status != 429 and "TOOMANYREQUESTS" not in seen.codes:
        return _relayed_limit(seen)
    said = rate.retry_after_words(seen.words)
    found = {**({} if said is None else {"retry_after": said}), **seen.facts}
    if rate.is_quota(seen.headers, seen.words):
        message = f"the pull limit of {seen.registry} is used up"
        return RegistryError("rate-limit-quota", message, retryable="retry_after" in found, **found)
    return RegistryError("rate-limit-abuse", f"{seen.registry} answers that there are too many requests", **found)


def _relayed_limit(seen: Seen) -> RegistryError | None:
    if seen.is_page or not _RELAYED_LIMIT.search(seen.words):
        return None
    message = f"the pull limit of the registry behind {seen.registry} is used up"
    return RegistryError("rate-limit-quota", message, retryable=False, **seen.facts)


def _wrong_protocol(seen: Seen) -> RegistryError | None:
    if seen.status == 400 and _NEEDS_TLS.search(seen.words):
        message = f"{seen.registry} speaks HTTPS on this port, not plain HTTP"
        return RegistryError("network-tls-expected", message, **seen.facts)
    return None


def _proxy(seen: Seen) -> RegistryError | None:
    if seen.status == 407:
        facts = {"proxy_offers": seen.headers.get("proxy-authenticate"), **seen.facts}
        return RegistryError("network-proxy-auth", "the proxy wants a user name and password", **facts)
    if "x-squid-error" in seen.headers:
        if seen.status in _DENIED:
            message = f"the proxy does not allow requests to {seen.registry}"
            return RegistryError("network-proxy-denied", message, **seen.facts)
        return RegistryError("network-proxy-failed", f"the proxy got no answer of {seen.registry}", **seen.facts)
    return None


def _storage(seen: Seen) -> RegistryError | None:
    """An answer of the storage to which the registry has sent us."""
    if not seen.stored_elsewhere:
        return None
    host = seen.facts["redirects"][-1] if seen.facts.get("redirects") else seen.registry
    facts = {"host": host, **seen.facts}
    if seen.status in {404, 410} and not seen.is_page:
        return RegistryError("blob-unknown", f"the storage of {seen.registry}, {host}, does not have it", **facts)
    if 400 <= seen.status < 500:
        message = f"{host}, to which {seen.registry} redirects, refuses with status {seen.status}"
        return RegistryError("blob-storage-denied", message, **facts)
    message = f"{host}, to which {seen.registry} redirects, fails with status {seen.status}"
    return RegistryError("blob-storage-failed", message, **facts)


def _unwritable(seen: Seen) -> RegistryError | None:
    """A push that is refused for what is pushed to, before it is taken for a fault or a want of rights."""
    if seen.purpose != "upload":
        return None
    if seen.status == 413:  # often a web page of the proxy in front of it
        return RegistryError("registry-upload-too-large", f"{seen.registry} takes no upload of this size", **seen.facts)
    if seen.status == 507 or (not seen.is_page and _QUOTA.search(seen.words)):
        message = f"{seen.registry} has no room left for {seen.repository}"
        return RegistryError("registry-quota", message, **seen.facts)
    begins = seen.facts.get("method") == "POST"
    if (begins and seen.status == 405) or (not seen.is_page and _READ_ONLY.search(seen.words)):
        return RegistryError("registry-read-only", f"{seen.registry} takes no pushes at all", **seen.facts)
    return None


def _change_denied(seen: Seen) -> RegistryError | None:
    """A login that is good, and may not write or delete."""
    if seen.purpose not in ("upload", "delete") or seen.anonymous:
        return None
    weak = (seen.facts.get("challenge") or {}).get("error") == "insufficient_scope"
    if not (seen.status == 401 and weak) and not (seen.status == 403 and not _says_stale(seen)):
        return None
    if seen.purpose == "delete":
        message = f"{seen.registry} does not let this login delete in {seen.repository}"
        return RegistryError("registry-delete-denied", message, **seen.facts)
    message = f"{seen.registry} does not let this login push to {seen.repository}"
    return RegistryError("registry-upload-denied", message, **seen.facts)


def _server_fault(seen: Seen) -> RegistryError | None:
    if seen.status in _UNAVAILABLE:
        message = f"{seen.registry} is not available at the moment (status {seen.status})"
        return RegistryError("registry-unavailable", message, **seen.facts)
    if seen.status >= 500 and seen.status not in _NO_FAULT:
        message = f"{seen.registry} failed to answer (status {seen.status})"
        return RegistryError("registry-error", message, **seen.facts)
    return None


def _schema1(seen: Seen) -> RegistryError | None:
    if seen.purpose == "manifest" and _SCHEMA1.search(seen.words) and "but client accepts" not in seen.words:
        message = "the image is stored as a schema 1 manifest, which the registry does not serve any more"
        return RegistryError("manifest-schema1", message, **seen.facts)
    return None


def _page(seen: Seen) -> RegistryError | None:
    if not seen.is_page or seen.facts.get("challenge"):
        return None
    # A filter in front of a registry may leave the registry's headers on its own page; no registry refuses in HTML.
    return web_page(seen) if seen.status in _DENIED or not seen.has_api_header else None


def web_page(seen: Seen) -> RegistryError:
    """The error for a web page where a registry's answer should be."""
    title = seen.facts.get("page_title")
    titled = f', titled "{title}"' if title else ""
    return RegistryError(
        "registry-web-page",
        f"{seen.registry} answers with a web page (HTML){titled}; that is not a registry's answer",
        **seen.facts,
    )


def _unauthorised(seen: Seen) -> RegistryError | None:
    stale = not seen.anonymous and _says_stale(seen)
    token_denied = seen.purpose == "token" and seen.status in _DENIED
    if seen.status != 401 and not stale and not token_denied:
        return None
    challenge = seen.facts.get("challenge")
    if not seen.anonymous:
        message = f"{seen.registry} refuses the login found in {seen.facts['credential_source']}"
        return RegistryError("auth-refused", message, **seen.facts)
    if seen.status == 401 and seen.purpose != "token" and not _usable(challenge):
        scheme = (challenge or {}).get("scheme")
        asked = f"the kind {scheme}" if scheme else "a kind that it does not name"
        return RegistryError("auth-unsupported", f"{seen.registry} asks for a login of {asked}", **seen.facts)
    where = f"{seen.registry}/{seen.repository}" if seen.repository else seen.registry
    done = {"upload": "written to", "delete": "deleted from"}.get(seen.purpose, "read")
    return RegistryError("auth-required", f"{where} cannot be {done} without a login (unauthorized)", **seen.facts)


def _says_stale(seen: Seen) -> bool:
    """Whether a 400 or 403 is about what was sent along: Amazon's registries answer so, without a challenge."""
    words = {400: _STALE, 403: _EXPIRED}.get(seen.status)
    return words is not None and words.search(seen.words) is not None


def _usable(challenge: Mapping[str, Any] | None) -> bool:
    return challenge is not None and (
        challenge.get("scheme") == "basic" or (challenge.get("scheme") == "bearer" and bool(challenge.get("realm")))
    )


def _denied(seen: Seen) -> RegistryError | None:
    if seen.status in _DENIED or "DENIED" in seen.codes or (seen.status < 500 and _POLICY.search(seen.words)):
        return RegistryError("auth-denied", f"{seen.registry} denies access to the {seen.what}", **seen.facts)
    return None


def _name(seen: Seen) -> RegistryError | None:
    if "NAME_INVALID" in seen.codes:
        message = f"{seen.registry} does not accept {seen.repository!r} as the name of a repository"
        return RegistryError("repository-invalid", message, **seen.facts)
    if "TAG_INVALID" in seen.codes:
        message = f"{seen.registry} does not accept {seen.identifier!r} as a tag"
        return RegistryError("tag-invalid", message, **seen.facts)
    return None


def _format(seen: Seen) -> RegistryError | None:
    """The manifest is there, in a format that was not asked for (gcr.io and Docker Hub say so with 404)."""
    if seen.purpose != "manifest" or not 400 <= seen.status < 500:
        return None
    if seen.status not in {406, 415} and not _MEDIA_TYPE.search(seen.words):
        return None
    named = _NAMED_TYPE.search(seen.words)
    return RegistryError(
        "manifest-media-type",
        f"{seen.identifier} exists, but the registry says that its media type is not one that was asked for",
        media_type=named[0] if named else None,
        **seen.facts,
    )


def _missing(seen: Seen) -> RegistryError | None:
    known = {"NAME_UNKNOWN", "MANIFEST_UNKNOWN", "TAG_UNKNOWN", "BLOB_UNKNOWN", "NOT_FOUND", "PROJECT_UNKNOWN"}
    if seen.status not in {404, 410} and not known.intersection(seen.codes):
        return None
    if seen.purpose == "ping":
        message = f"{seen.registry} has nothing at /v2/, where a registry answers"
        return RegistryError("registry-not-a-registry", message, **seen.facts)
    if seen.purpose in {"blob", "config"} and "NAME_UNKNOWN" not in seen.codes:
        return RegistryError("blob-unknown", f"the registry {seen.registry} does not have this blob", **seen.facts)
    if _repository_missing(seen):
        message = f"there is no repository {seen.repository} at {seen.registry} (not found)"
        return RegistryError("repository-unknown", message, **seen.facts)
    if seen.purpose not in {"manifest", "delete", "referrers"}:
        return None
    by_tag = ":" not in (seen.identifier or ":")
    if by_tag and {"MANIFEST_UNKNOWN", "TAG_UNKNOWN", "NOT_FOUND"}.intersection(seen.codes):
        message = f"{seen.registry}/{seen.repository} has no tag {seen.identifier!r} (not found)"
        return RegistryError("tag-unknown", message, **seen.facts)
    message = f"{seen.registry}/{seen.repository} has no manifest {seen.identifier} (not found)"
    return RegistryError("manifest-unknown", message, **seen.facts)


def _repository_missing(seen: Seen) -> bool:
    if {"NAME_UNKNOWN", "PROJECT_UNKNOWN"}.intersection(seen.codes) or seen.purpose == "tags":
        return True
    return "NOT_FOUND" in seen.codes and not _TAG.search(seen.words)


def _upload(seen: Seen) -> RegistryError | None:
    if seen.purpose != "upload":
        return None
    if {"DIGEST_INVALID", "SIZE_INVALID"}.intersection(seen.codes):
        message = f"{seen.registry} received other bytes than were promised"
        return RegistryError("registry-upload-corrupt", message, **seen.facts)
    if "BLOB_UPLOAD_UNKNOWN" in seen.codes or (seen.status == 404 and seen.facts.get("method") != "POST"):
        message = f"{seen.registry} does not know the upload any more that it had begun"
        return RegistryError("registry-upload-lost", message, **seen.facts)
    return RegistryError("registry-upload-refused", f"{seen.registry} does not take the upload", **seen.facts)


def _unsupported(seen: Seen) -> RegistryError | None:
    if seen.status in {405, 501} or "UNSUPPORTED" in seen.codes:
        return RegistryError("registry-unsupported", f"{seen.registry} does not offer this operation", **seen.facts)
    return None


def _unexpected(seen: Seen) -> RegistryError:
    message = f"{seen.registry} answers with status {seen.status}, which the protocol does not have here"
    return RegistryError("registry-unexpected", message, **seen.facts)


_QUESTIONS: tuple[Callable[[Seen], RegistryError | None], ...] = (
    _rate_limit,
    _wrong_protocol,
    _proxy,
    _storage,
    _unwritable,
    _server_fault,
    _schema1,
    _page,
    _change_denied,
    _unauthorised,
    _name,
    _format,
    _denied,
    _missing,
    _upload,
    _unsupported,
    _unexpected,
)
