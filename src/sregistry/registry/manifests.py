"""Manifests of a registry: fetched by tag or digest, checked, and looked at by HEAD.

Source: OCI Distribution Specification, "Pulling manifests".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sregistry.digests import Digest, DigestError
from sregistry.errors import RegistryError
from sregistry.http.retry import Patience
from sregistry.oci import media_types, schema1
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest, parse
from sregistry.registry.api import Answer, Api, Call

#: What a registry answers that does not see a type it has among those that it was asked for; others answer 400.
_PERHAPS_NOT_ACCEPTED = frozenset({"manifest-media-type", "manifest-unknown", "tag-unknown"})
_PERHAPS_STATUS = (404, 406, 415)


def fetch(
    api: Api,
    repository: str,
    identifier: str,
    patience: Patience,
    *,
    limit: int,
    accept: Sequence[str] = media_types.ALL,
) -> Manifest:
    """Get a manifest by tag or digest and check it.

    Some old registries and gateways compare each Accept field as a whole: the types in one field, parted by commas,
    are none that they know, and the manifest "is not there". What is not there is asked for once more with a field
    for each type; where it is hardly anything but the types (406, 400, a message that says so), each type is asked
    for alone as well.

    Raises:
        RegistryError: ``manifest-digest-mismatch`` where a digest was asked for and other bytes
            came, the codes of `parse`, ``manifest-too-large``, and those of `Api.get`.
    """
    call = _call("GET", repository, identifier, accept, whole=api.whole_accept)
    try:
        return _get(api, call, patience, limit)
    except RegistryError as error:
        if not _perhaps_not_accepted(error) or len(accept) < 2:
            raise
        found = _otherwise(api, call, accept, lambda other: _get(api, other, patience, limit), error)
        if found is None:
            raise
        return found


def _call(method: str, repository: str, identifier: str, accept: Sequence[str], *, whole: bool) -> Call:
    """A request for a manifest, with one Accept field or with one for each type."""
    call = Call(method, path(repository, identifier), "manifest", repository, identifier)
    return replace(call, accept=tuple(accept)) if whole else replace(call, headers={"accept": ", ".join(accept)})


def _perhaps_not_accepted(error: RegistryError) -> bool:
    bad_request = error.code == "registry-unexpected" and error.facts.get("status") == 400
    return bad_request or error.code in _PERHAPS_NOT_ACCEPTED


def _otherwise(
    api: Api, call: Call, accept: Sequence[str], get: Callable[[Call], Manifest], error: RegistryError
) -> Manifest | None:
    """The manifest, asked for in other ways than `call` did; None if it does not come so either."""
    ways = [] if api.whole_accept else [tuple(accept)]
    if error.code == "manifest-media-type" or error.facts.get("status") == 400:
        ways += [(media_type,) for media_type in accept]
    for way in ways:
        try:
            found = get(replace(call, headers={}, accept=way))
        except RegistryError as other:
            if not _perhaps_not_accepted(other):
                return None
            continue
        api.whole_accept = api.whole_accept or len(way) > 1
        return found
    return None


def _get(api: Api, call: Call, patience: Patience, limit: int) -> Manifest:
    try:
        return api.read(call, patience, limit, lambda answer: _checked(api, answer, str(call.identifier)))
    except RegistryError as error:
        if error.code != "registry-answer-too-large" or error.facts.get("purpose") != "manifest":
            raise
        message = f"the manifest is larger than the {limit} bytes allowed"
        facts = {**error.facts, "setting": "max_manifest_size"}
        raise RegistryError("manifest-too-large", message, **facts) from error.__cause__


def head(api: Api, repository: str, identifier: str, patience: Patience) -> Descriptor | None:
    """Type, digest and size (0 if it is not told); None if there is no such manifest, or its digest is not told."""
    for whole in (True,) if api.whole_accept else (False, True):
        call = replace(
            _call("HEAD", repository, identifier, media_types.ALL, whole=whole), expect=(200, *_PERHAPS_STATUS)
        )
        with api.open(call, patience) as response:
            named = _named_digest(response.headers)
            if response.status == 200:
                api.whole_accept = whole
                kind = media_types.essence(response.headers.get("content-type"))
                return Descriptor(kind, named, response.length or 0) if named else None
    return None


def head_call(repository: str, identifier: str, accept: Sequence[str]) -> Call:
    """A request that asks for a manifest by HEAD, whose refusal of the formats or the name is an answer as well."""
    call = _call("HEAD", repository, identifier, accept, whole=False)
    return replace(call, expect=(200, 400, 404, 405, 406, 415))


def path(repository: str, identifier: str) -> str:
    """The path of a manifest."""
    return f"/v2/{repository}/manifests/{identifier}"


def _checked(api: Api, answer: Answer, identifier: str) -> Manifest:
    manifest = parse(answer.body, answer.headers.get("content-type"), answer.url)
    warnings = [*_notices(api, answer), *manifest.warnings]
    wanted = _digest(identifier)
    if wanted:
        _verify(manifest, wanted)
        manifest = _with_digest(manifest, wanted)
    named = _named_digest(answer.headers)
    if named and not wanted and named.algorithm == manifest.digest.algorithm and named != manifest.digest:
        warnings.append(f"the registry calls this manifest {named}, but its digest is {manifest.digest}")
    return Manifest(manifest.raw, manifest.media_type, manifest.digest, manifest.document, answer.url, tuple(warnings))


def _notices(api: Api, answer: Answer) -> list[str]:
    """What the registry tells its users with the manifest."""
    if "warning" not in answer.headers:
        return []
    from sregistry.answers import notices

    return [f"{api.registry} says: {api.shown(text)}" for text in notices.of(answer.headers["warning"])]


def _verify(manifest: Manifest, wanted: Digest) -> None:
    for data in (manifest.raw, schema1.payload(manifest.raw) if manifest.is_schema1 else manifest.raw):
        hasher = wanted.hasher()
        hasher.update(data)
        if hasher.hexdigest() == wanted.hex:
            return
    raise RegistryError(
        "manifest-digest-mismatch",
        "the manifest is not the one asked for: its digest does not match",
        expected=str(wanted),
        actual=f"{wanted.algorithm}:{hasher.hexdigest()}",
        actual_size=len(manifest.raw),
    )


def _with_digest(manifest: Manifest, digest: Digest) -> Manifest:
    return Manifest(manifest.raw, manifest.media_type, digest, manifest.document, manifest.url, manifest.warnings)


def _digest(text: str | None) -> Digest | None:
    try:
        return Digest.parse(text) if text and ":" in text else None
    except DigestError:
        return None


def _named_digest(headers: Mapping[str, str]) -> Digest | None:
    return _digest(headers.get("docker-content-digest", "").strip())
