"""Docker's schema 1 manifests: layers newest first, the config scattered over the history.

Source: distribution, "image manifest version 2, schema 1". Registries have mostly given them up;
images of before 2016 may still be stored so.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from sregistry import gojson
from sregistry.digests import Digest
from sregistry.oci import configs, descriptors
from sregistry.oci.descriptors import malformed

#: The gzip of an empty tar archive: the layer of a step that changed no file.
EMPTY_LAYER = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"
_SIGNED = gojson.struct(signatures=gojson.List(gojson.struct("protected")))
_PROTECTED = gojson.struct("formatLength", "formatTail")
#: Fields of a step that say nothing about the image.
_STEP_ONLY = frozenset({"id", "parent", "parent_id", "layer_id", "throwaway", "Size"})


@dataclass(frozen=True, slots=True)
class Content:
    """What a schema 1 manifest describes, in the order and form of later manifests; it does not know sizes."""

    layers: tuple[Digest, ...]
    config: dict[str, Any]


def payload(raw: bytes) -> bytes:
    """The bytes that the digest is taken of: `raw` without its signatures; `raw` itself if unsigned or unreadable.

    A signature's ``protected`` part says how much of the text was there before the signatures were put
    in (``formatLength``) and what followed it (``formatTail``).
    """
    try:
        protected = gojson.read(raw, _SIGNED)["signatures"][0]["protected"]
        header = gojson.read(_base64url(protected), _PROTECTED)
        length, tail = header["formatLength"], _base64url(header["formatTail"])
    except (ValueError, KeyError, IndexError, TypeError):
        return raw
    return raw[:length] + tail if isinstance(length, int) and 0 < length <= len(raw) else raw


def _base64url(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, AttributeError) as error:
        raise ValueError(str(error)) from None


def read(document: dict[str, Any]) -> Content:
    """Turn the layers round, leave out empty ones, rebuild the config.

    Raises:
        RegistryError: ``manifest-malformed``.
    """
    blobs, steps = document.get("fsLayers"), document.get("history")
    if not isinstance(blobs, list) or not isinstance(steps, list) or not blobs or len(blobs) != len(steps):
        raise malformed("fsLayers", "as many layers as there are steps in history", None)
    histories = [_history(step, index) for index, step in enumerate(steps)]
    layers = []
    for index in reversed(range(len(blobs))):
        blob = blobs[index]
        where = f"fsLayers[{index}].blobSum"
        digest = descriptors.digest(blob.get("blobSum") if isinstance(blob, dict) else None, where)
        if not _is_empty(histories[index], digest):
            layers.append(digest)
    return Content(tuple(layers), _config(histories, blobs))


def _history(step: Any, index: int) -> dict[str, Any]:
    where = f"history[{index}].v1Compatibility"
    text = step.get("v1Compatibility") if isinstance(step, dict) else None
    if not isinstance(text, str):
        raise malformed(where, "a JSON text", text)
    try:
        found = gojson.read(text.encode(), configs.CONFIG)
    except gojson.JsonError:
        found = None
    if not isinstance(found, dict):
        raise malformed(where, "a JSON object", text)
    return found


def _is_empty(history: dict[str, Any], digest: Digest) -> bool:
    return history.get("throwaway") is True or str(digest) == EMPTY_LAYER


def _config(histories: list[dict[str, Any]], blobs: list[Any]) -> dict[str, Any]:
    """The config as later manifests have it; the diff_ids are unknown until the layers have been read."""
    newest = {name: value for name, value in histories[0].items() if name not in _STEP_ONLY}
    newest["rootfs"] = {"type": "layers", "diff_ids": []}
    newest["history"] = [_step(history, blobs[index]) for index, history in reversed(list(enumerate(histories)))]
    return newest


def _step(history: dict[str, Any], blob: Any) -> dict[str, Any]:
    step: dict[str, Any] = {name: history[name] for name in ("created", "author", "comment") if name in history}
    container = history.get("container_config")
    command = container.get("Cmd") if isinstance(container, dict) else None
    if isinstance(command, list):
        step["created_by"] = " ".join(map(str, command))
    if history.get("throwaway") is True or blob.get("blobSum") == EMPTY_LAYER:
        step["empty_layer"] = True
    return step
