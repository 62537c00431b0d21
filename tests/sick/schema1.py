"""Docker schema 1 manifests, signed and unsigned, as registries kept them before 2016.

Source: distribution, "Image Manifest Version 2, Schema 1" (layers newest first; a JSON Web Signature in the same
document, whose protected part says how many bytes were signed and how they end).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from tests.sick.repository import THIS_PLATFORM, Maker, Repository, base_layer, data_layer
from tests.support import images
from tests.support.images import Blob

SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"
UNSIGNED = "application/vnd.docker.distribution.manifest.v1+json"
#: The gzip of an empty tar, which every layer without files has in such images.
EMPTY = images.layer(bytes(1024), docker=True)


def make(*, signed: bool, edit: Callable[[dict[str, Any]], object] | None = None) -> Maker:
    """A maker of an image with two layers and an empty one between, changed by `edit`."""

    def build(name: str) -> Repository:
        repository = Repository()
        layers = [images.layer(base_layer(name), docker=True), EMPTY, images.layer(data_layer(name), docker=True)]
        for layer in layers:
            repository.keep(layer.blob)
        document = _document(name, [layer.blob.digest for layer in layers])
        if edit:
            edit(document)
        if not signed:
            return repository.put(Blob(UNSIGNED, json.dumps(document).encode()), "latest")
        return repository.put(Blob(SIGNED, _signed(document)), "latest")

    return build


def _document(name: str, digests: list[str]) -> dict[str, Any]:
    history = []
    for number, digest in enumerate(digests):
        made: dict[str, Any] = {"id": f"{number:064x}", "created": "2015-06-07T08:09:10.123456789Z"}
        made["throwaway"] = digest == EMPTY.blob.digest
        made["container_config"] = {"Cmd": ["/bin/sh", "-c", f"step {number}"]}
        if number:
            made["parent"] = f"{number - 1:064x}"
        if number == len(digests) - 1:
            made |= {"architecture": THIS_PLATFORM.partition("/")[2], "os": "linux", "config": {"Cmd": ["/bin/sh"]}}
        history.append({"v1Compatibility": json.dumps(made)})
    return {
        "schemaVersion": 1,
        "name": name,
        "tag": "latest",
        "architecture": THIS_PLATFORM.partition("/")[2],
        "fsLayers": [{"blobSum": digest} for digest in reversed(digests)],
        "history": history[::-1],
    }


def _signed(document: dict[str, Any]) -> bytes:
    """The document with a signature block whose form is right (its value is not a real signature)."""
    text = json.dumps(document, indent=3)
    length = text.rindex("\n}")
    protected = {"formatLength": length, "formatTail": _base64(b"\n}"), "time": "2015-06-07T08:09:10Z"}
    key = {"crv": "P-256", "kid": "SICK:TEST", "kty": "EC", "x": "x" * 43, "y": "y" * 43}
    block = {
        "header": {"jwk": key, "alg": "ES256"},
        "signature": _base64(bytes(64)),
        "protected": _base64(json.dumps(protected).encode()),
    }
    return f'{text[:length]},\n   "signatures": {json.dumps([block])}\n}}'.encode()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
