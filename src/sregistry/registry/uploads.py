"""Writing: blobs in one piece or in chunks, mounted from another repository, manifests, deletion.

Source: OCI Distribution Specification, "Push" and "Content Management".
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from sregistry.digests import Digest, Readable
from sregistry.errors import RegistryError
from sregistry.http import addresses, redact
from sregistry.http.retry import Patience
from sregistry.registry import blobs, manifests
from sregistry.registry.api import Api, Call

_WRITE = ("pull", "push")
_BYTES = {"content-type": "application/octet-stream"}
#: Blobs up to this size are sent in one piece.
MONOLITHIC = 8 << 20
_CHUNK = 8 << 20


def head_blob(api: Api, repository: str, digest: Digest, patience: Patience) -> int | None:
    """The size of a blob (0 if it is not told); None if it is not there."""
    call = Call("HEAD", blobs.path(repository, digest), "blob", repository, str(digest), expect=(200, 404))
    with api.open(call, patience) as response:
        return None if response.status == 404 else response.length or 0


class Uploader:
    """Writes to one repository.

    Args:
        api: the registry.
        patience: gives a new budget for each thing.

    Raises, in every method, RegistryError: ``auth-…``, ``registry-upload-refused``,
    ``registry-upload-corrupt``, ``registry-upload-too-large``, ``registry-unsupported`` and those of `Api.open`.
    """

    def __init__(self, api: Api, repository: str, patience: Callable[[], Patience]) -> None:
        self._api = api
        self._repository = repository
        self._patience = patience

    def put_blob(self, digest: Digest, data: bytes) -> None:
        """Upload a small blob in one piece, unless it is there."""
        if head_blob(self._api, self._repository, digest, self._patience()) is None:
            self._finish(self._begin(), digest, data)

    def put_stream(self, digest: Digest, stream: Readable, *, chunk: int = _CHUNK) -> None:
        """Upload a blob of any size in chunks, unless it is there.

        A chunk that fails is sent again; the registry's digest check at the end vouches for the whole.
        """
        if head_blob(self._api, self._repository, digest, self._patience()) is not None:
            return
        location, offset = self._begin(), 0
        while data := _exactly(stream, chunk):
            location = self._send_chunk(location, data, offset)
            offset += len(data)
        self._finish(location, digest, b"")

    def mount(self, digest: Digest, source: str) -> bool:
        """Take a blob over from the repository `source` of the same registry; False if it must be uploaded."""
        scopes = (f"repository:{self._repository}:pull,push", f"repository:{source}:pull")
        path = f"/v2/{self._repository}/blobs/uploads/?mount={quote(str(digest), safe=':')}&from={quote(source)}"
        call = self._call("POST", path, body=b"", expect=(201, 202), scopes=scopes)
        with self._api.open(call, self._patience()) as response:
            mounted, location = response.status == 201, response.headers.get("location")
        if not mounted and location:
            self._cancel(location)
        return mounted

    def put_manifest(self, identifier: str, raw: bytes, media_type: str) -> Digest:
        """Upload a manifest under a tag or its digest; return its digest."""
        path = manifests.path(self._repository, identifier)
        headers = {"content-type": media_type}
        call = self._call("PUT", path, headers=headers, body=raw, expect=(201,), identifier=identifier)
        with self._api.open(call, self._patience()):
            return Digest.of(raw)

    def delete_manifest(self, identifier: str) -> None:
        """Delete a manifest (by digest) or a tag, where the registry allows it."""
        self._delete(manifests.path(self._repository, identifier), identifier)

    def delete_blob(self, digest: Digest) -> None:
        """Delete a blob, where the registry allows it."""
        self._delete(blobs.path(self._repository, digest), str(digest))

    def _begin(self) -> str:
        path = f"/v2/{self._repository}/blobs/uploads/"
        with self._api.open(self._call("POST", path, body=b"", expect=(202,)), self._patience()) as response:
            return self._location(response.headers.get("location"))

    def _send_chunk(self, location: str, data: bytes, offset: int) -> str:
        headers = {**_BYTES, "content-range": f"{offset}-{offset + len(data) - 1}"}
        call = self._call("PATCH", location, headers=headers, body=data, expect=(202,))
        with self._api.open(call, self._patience()) as response:
            return self._location(response.headers.get("location") or location)

    def _finish(self, location: str, digest: Digest, data: bytes) -> None:
        separator = "&" if "?" in location else "?"
        path = f"{location}{separator}digest={quote(str(digest), safe=':')}"
        call = self._call("PUT", path, headers=_BYTES, body=data, expect=(201,), identifier=str(digest))
        self._api.open(call, self._patience()).close()

    def _cancel(self, location: str) -> None:
        """Leave no half upload behind; registries that do not offer this, or not to us, clean up themselves."""
        place = self._location(location)
        actions = (*_WRITE, "delete")
        call = Call("DELETE", place, "upload", self._repository, actions=actions, expect=(200, 202, 204))
        with contextlib.suppress(RegistryError):
            self._api.open(call, self._patience()).close()

    def _delete(self, path: str, identifier: str) -> None:
        call = Call(
            "DELETE", path, "delete", self._repository, identifier, actions=("pull", "delete"), expect=(200, 202, 204)
        )
        self._api.open(call, self._patience()).close()

    def _location(self, location: str | None) -> str:
        if not location:
            message = f"{self._api.registry} accepts an upload without saying where to"
            raise RegistryError("registry-unexpected", message, repository=self._repository)
        try:
            return addresses.join(self._api.base, addresses.from_header(location)).url
        except ValueError:
            message = f"{self._api.registry} names a place for the upload that cannot be used"
            shown = redact.url(location)
            raise RegistryError("registry-unexpected", message, repository=self._repository, location=shown) from None

    def _call(self, method: str, path: str, **more: Any) -> Call:
        return Call(method, path, "upload", self._repository, actions=_WRITE, **more)


def _exactly(stream: Readable, size: int) -> bytes:
    """`size` bytes of a stream, fewer only at its end."""
    pieces: list[bytes] = []
    while size and (data := stream.read(size)):
        pieces.append(data)
        size -= len(data)
    return b"".join(pieces)
