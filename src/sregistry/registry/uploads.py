"""Writing: blobs in one piece or in chunks, mounted from another repository, manifests, deletion.

`Uploader` knows the requests; how a blob is brought over with them is in `sending`.
Source: OCI Distribution Specification, "Push" and "Content Management".
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from sregistry.digests import Digest, Readable
from sregistry.errors import RegistryError
from sregistry.http import addresses, redact
from sregistry.http.options import Limits
from sregistry.http.outgoing import Chunk, OnBytes, Outgoing
from sregistry.http.retry import Patience
from sregistry.http.transport import Body, Response
from sregistry.oci import descriptors, media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest
from sregistry.registry import blobs, manifests, referrers, sending
from sregistry.registry.api import Api, Call
from sregistry.registry.sending import Begun, Kept

_WRITE = ("pull", "push")
_BYTES = {"content-type": "application/octet-stream"}
#: ``0-N``, or as RFC 9110 writes it ``bytes=0-N``.
_RANGE = re.compile(r"(?:bytes[= ])?0-(\d{1,18})")
#: A registry reads a blob once more before it takes it: so many bytes a second at least.
_CHECKED = 20_000_000
_NO_MANIFEST = frozenset({"manifest-unknown", "tag-unknown", "repository-unknown"})
#: Refusals of a mount that say nothing about whether the blob may be sent.
_NOT_MOUNTED = frozenset(
    {
        *("auth-required", "auth-refused", "auth-denied", "auth-unsupported", "registry-upload-denied"),
        *("blob-unknown", "repository-unknown", "repository-invalid"),
        *("registry-unsupported", "registry-upload-refused", "registry-upload-lost", "registry-unexpected"),
        "registry-read-only",
    }
)


def head_blob(api: Api, repository: str, digest: Digest, patience: Patience, *, writes: bool = False) -> int | None:
    """The size of a blob (0 if it is not told); None if it is not there.

    Who `writes` asks with the token for that, and is refused as a push is.
    """
    path, actions = blobs.path(repository, digest), _WRITE if writes else ("pull",)
    purpose = "upload" if writes else "blob"
    call = Call("HEAD", path, purpose, repository, str(digest), actions=actions, expect=(200, 404))
    with api.open(call, patience) as response:
        return None if response.status == 404 else response.length or 0


class Uploader:
    """Writes to one repository; thread-safe.

    Args:
        api: the registry.
        patience: gives a new budget for each thing.
        limits: ``chunk`` bytes are sent at once; the list of referrers is a ``manifest``.

    Raises, in every method, RegistryError: ``auth-…``, ``registry-read-only``, ``registry-quota``,
    ``registry-upload-refused``, ``registry-upload-corrupt``, ``registry-upload-too-large``, ``registry-upload-lost``,
    ``registry-unsupported`` and those of `Api.open`.
    """

    def __init__(self, api: Api, repository: str, patience: Callable[[], Patience], limits: Limits) -> None:
        self.api = api
        self.repository = repository
        self.patience = patience
        self.chunk = limits.chunk
        self.limit = limits.manifest
        self._left_over: dict[Digest, Begun] = {}  # begun instead of a mount

    # -- whole things ---------------------------------------------------------------------------

    def has(self, digest: Digest) -> bool:
        """Whether a blob is there; asked with the token that will be needed if it is not."""
        return head_blob(self.api, self.repository, digest, self.patience(), writes=True) is not None

    def put_blob(self, digest: Digest, data: bytes) -> None:
        """Upload a small blob, unless it is there."""
        if not self.has(digest):
            self.put_stream(Descriptor("", digest, len(data)), io.BytesIO(data))

    def put_stream(
        self,
        descriptor: Descriptor,
        stream: Readable,
        *,
        on_bytes: OnBytes | None = None,
        kept: Kept | None = None,
    ) -> None:
        """Upload a blob of any size, which is not there, see `sending.send`."""
        sending.send(self, descriptor, stream, on_bytes, kept)

    def mount(self, digest: Digest, source: str) -> bool:
        """Take a blob over from the repository `source` of the same registry; False if it must be uploaded.

        Who may write here and not read there has to upload it, too.
        """
        scopes = (f"repository:{self.repository}:pull,push", f"repository:{source}:pull")
        path = f"/v2/{self.repository}/blobs/uploads/?mount={quote(str(digest), safe=':')}&from={quote(source)}"
        call = self._call("POST", path, body=b"", expect=(201, 202), scopes=scopes)
        try:
            with self.api.open(call, self.patience()) as response:
                if response.status == 202 and response.headers.get("location"):
                    self._left_over[digest] = self._begun(response)
                return response.status == 201
        except RegistryError as error:
            if error.code in _NOT_MOUNTED:
                return False
            raise

    def has_manifest(self, identifier: str) -> bool:
        """Whether a manifest is there, by tag or digest."""
        return manifests.head(self.api, self.repository, identifier, self.patience()) is not None

    def manifest(self, identifier: str) -> Manifest | None:
        """A manifest, by tag or digest; None if it is not there."""
        try:
            return manifests.fetch(self.api, self.repository, identifier, self.patience(), limit=self.limit)
        except RegistryError as error:
            if error.code in _NO_MANIFEST:
                return None
            raise

    def put(self, manifest: Manifest, identifier: str = "") -> Digest:
        """Upload a manifest under a tag or its digest; return its digest.

        One with a subject is listed among the referrers of that, also where the registry does not do that itself.
        """
        name = identifier or str(manifest.digest)
        lists = self.put_manifest(name, manifest.raw, manifest.media_type)
        subject = manifest.document.get("subject")
        if isinstance(subject, dict) and not lists:
            about = descriptors.digest(subject.get("digest"), "subject.digest")
            self._refer(about, manifest)
        return manifest.digest

    def put_manifest(self, identifier: str, raw: bytes, media_type: str) -> bool:
        """Upload a manifest under a tag or its digest; return whether the registry lists referrers."""
        path = manifests.path(self.repository, identifier)
        headers = {"content-type": media_type}
        call = self._call("PUT", path, headers=headers, body=raw, expect=(201,), identifier=identifier)
        with self.api.open(call, self.patience()) as response:
            return "oci-subject" in response.headers

    def _refer(self, subject: Digest, manifest: Manifest) -> None:
        """List a manifest under the tag that stands in for the API of referrers."""
        tag = referrers.tag(subject)
        self.put_manifest(tag, referrers.listed(self.manifest(tag), manifest), media_types.OCI_INDEX)

    def delete_manifest(self, identifier: str) -> None:
        """Delete a manifest (by digest) or a tag, where the registry allows it."""
        self._delete(manifests.path(self.repository, identifier), identifier)

    def delete_blob(self, digest: Digest) -> None:
        """Delete a blob, where the registry allows it."""
        self._delete(blobs.path(self.repository, digest), str(digest))

    # -- one request, sent once -----------------------------------------------------------------

    def begin(self, digest: Digest, deadline: float) -> Begun:
        """Begin an upload, or take the one that came instead of a mount."""
        left_over = self._left_over.pop(digest, None)
        if left_over is not None:
            return left_over
        call = self._call("POST", f"/v2/{self.repository}/blobs/uploads/", body=b"", expect=(202,))
        with self.api.once(call, deadline) as response:
            return self._begun(response)

    def send_chunk(self, location: str, body: Outgoing | Chunk, offset: int, deadline: float) -> tuple[str, int | None]:
        """Send the bytes from `offset` on; return where to go on, and how many there are now if that is told."""
        headers = {**_BYTES, "content-range": f"{offset}-{offset + len(body) - 1}"}
        call = self._call("PATCH", location, headers=headers, body=body, expect=(201, 202, 204))
        with self.api.once(call, deadline) as response:
            return self._location(response.headers.get("location") or location), received(response)

    def state(self, location: str, deadline: float) -> tuple[str, int] | None:
        """Where an upload goes on, and how many bytes of it are there; None if the registry does not say."""
        call = self._call("GET", location, expect=(200, 204))
        try:
            with self.api.once(call, deadline) as response:
                there = received(response)
                here = self._location(response.headers.get("location") or location)
        except RegistryError as error:
            if "status" in error.facts and not error.retryable:
                return None
            raise
        return None if there is None else (here, there)

    def finish(self, location: str, digest: Digest, body: Body, size: int, deadline: float) -> None:
        """End an upload of `size` bytes in all with the bytes in `body`."""
        separator = "&" if "?" in location else "?"
        path = f"{location}{separator}digest={quote(str(digest), safe=':')}"
        working = size / _CHECKED
        call = self._call(
            "PUT", path, headers=_BYTES, body=body, expect=(201,), identifier=str(digest), working=working
        )
        self.api.once(call, deadline).close()

    def cancel(self, location: str) -> None:
        """Leave no half upload behind; registries that do not offer this, or not to us, clean up themselves."""
        actions = (*_WRITE, "delete")
        call = Call("DELETE", location, "upload", self.repository, actions=actions, expect=(200, 202, 204))
        with contextlib.suppress(RegistryError):
            self.api.open(call, self.patience()).close()

    # -- details --------------------------------------------------------------------------------

    def _delete(self, path: str, identifier: str) -> None:
        call = Call(
            "DELETE", path, "delete", self.repository, identifier, actions=("pull", "delete"), expect=(200, 202, 204)
        )
        self.api.open(call, self.patience()).close()

    def _begun(self, response: Response) -> Begun:
        least = response.headers.get("oci-chunk-min-length", "")
        return Begun(self._location(response.headers.get("location")), int(least) if least.isdecimal() else 0)

    def _location(self, location: str | None) -> str:
        if not location:
            message = f"{self.api.registry} accepts an upload without saying where to"
            raise RegistryError("registry-unexpected", message, repository=self.repository)
        try:
            return addresses.join(self.api.base, addresses.from_header(location)).url
        except ValueError:
            message = f"{self.api.registry} names a place for the upload that cannot be used"
            shown = redact.url(location)
            raise RegistryError("registry-unexpected", message, repository=self.repository, location=shown) from None

    def _call(self, method: str, path: str, **more: Any) -> Call:
        return Call(method, path, "upload", self.repository, actions=_WRITE, **more)


def received(response: Response) -> int | None:
    """How many bytes of an upload are there, by ``Range``; ``0-0`` says none, for nobody sends one byte alone."""
    match = _RANGE.fullmatch(response.headers.get("range", "").strip())
    if match is None:
        return None
    return int(match[1]) + 1 if int(match[1]) else 0
