"""Referrers: manifests whose ``subject`` is another one, such as signatures and SBOMs.

The API of version 1.1, and for registries without it the tag ``sha256-<hex>`` that clients keep an
index under. Source: OCI Distribution Specification, "Listing Referrers", "Referrers Tag Schema".
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from sregistry.digests import Digest
from sregistry.errors import RegistryError
from sregistry.http.options import Limits
from sregistry.http.retry import Patience
from sregistry.oci import media_types
from sregistry.oci.descriptors import Descriptor, annotations_of
from sregistry.oci.manifests import Manifest
from sregistry.oci.manifests import parse as parse_manifest
from sregistry.registry import manifests
from sregistry.registry import pages as paging
from sregistry.registry.api import Answer, Api, Call

_ABSENT = frozenset({"manifest-unknown", "tag-unknown", "repository-unknown"})
_NOT_OFFERED = frozenset({*_ABSENT, "registry-unsupported", "registry-web-page", "registry-unexpected"})


def fetch(
    api: Api, repository: str, digest: Digest, patience: Patience, artifact_type: str | None, *, limits: Limits
) -> list[Descriptor]:
    """What refers to the manifest `digest`, filtered by `artifact_type`; empty if nothing does.

    Raises:
        RegistryError: ``manifest-malformed`` and those of `Api.get`.
    """
    try:
        found = _by_api(api, repository, digest, patience, artifact_type, limits.pages)
    except RegistryError as error:
        if error.code not in _NOT_OFFERED:
            raise
        found = _by_tag(api, repository, digest, patience, limits.manifest)
    return [one for one in found if artifact_type in (None, one.artifact_type)]


def _by_api(
    api: Api, repository: str, digest: Digest, patience: Patience, artifact_type: str | None, pages: int
) -> list[Descriptor]:
    query = f"?artifactType={quote(artifact_type, safe='')}" if artifact_type else ""
    call = Call(
        "GET",
        f"/v2/{repository}/referrers/{digest}{query}",
        "referrers",
        repository,
        str(digest),
        {"accept": media_types.OCI_INDEX},
    )
    return [one for answer in paging.fetch(api, call, patience, pages=pages) for one in _descriptors(answer)]


def _descriptors(answer: Answer) -> list[Descriptor]:
    return parse_manifest(answer.body, answer.headers.get("content-type"), answer.url).descriptors("manifests")


def _by_tag(api: Api, repository: str, digest: Digest, patience: Patience, limit: int) -> list[Descriptor]:
    try:
        found = manifests.fetch(api, repository, tag(digest), patience, limit=limit)
    except RegistryError as error:
        if error.code in _ABSENT:
            return []
        raise
    return found.descriptors("manifests") if found.is_index else []


def tag(digest: Digest) -> str:
    """The tag under which clients list the referrers of a manifest."""
    return f"{digest.algorithm}-{digest.hex}"[:128]


def listed(former: Manifest | None, manifest: Manifest) -> bytes:
    """The list of referrers with `manifest` in it; the entries of the `former` one are kept as they are."""
    items = former.document.get("manifests") if former else None
    kept = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    entries = [*(one for one in kept if one.get("digest") != str(manifest.digest)), _entry(manifest)]
    index = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries}
    return json.dumps(index, separators=(",", ":"), ensure_ascii=False).encode()


def _entry(manifest: Manifest) -> dict[str, Any]:
    config = manifest.document.get("config")
    kind = manifest.document.get("artifactType") or (config.get("mediaType") if isinstance(config, dict) else None)
    entry = {"mediaType": manifest.media_type, "digest": str(manifest.digest), "size": len(manifest.raw)}
    more = {"artifactType": kind, "annotations": annotations_of(manifest.document)}
    return {**entry, **{name: value for name, value in more.items() if value}}
