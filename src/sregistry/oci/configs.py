"""Image configs: bytes ─► the document, its fields in the specification's spelling.

Sources: OCI Image Specification, "config.md"; Docker Image Specification v1.2, whose further fields old images have.
"""

from __future__ import annotations

from typing import Any

from sregistry import gojson
from sregistry.errors import RegistryError

_RUN = gojson.struct(
    *("User", "WorkingDir", "StopSignal", "ArgsEscaped", "StopTimeout", "Image", "Hostname", "Domainname"),
    *("Memory", "MemorySwap", "CpuShares", "AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin"),
    *("StdinOnce", "NetworkDisabled", "MacAddress"),
    Env=gojson.List(),
    Entrypoint=gojson.List(),
    Cmd=gojson.List(),
    OnBuild=gojson.List(),
    Shell=gojson.List(),
    Labels=gojson.Map(),
    Volumes=gojson.Map(),
    ExposedPorts=gojson.Map(),
    Healthcheck=gojson.struct("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries", Test=gojson.List()),
)
CONFIG = gojson.struct(
    *("created", "author", "architecture", "variant", "os", "os.version", "docker_version", "container", "comment"),
    *("id", "parent", "parent_id", "layer_id", "throwaway", "Size"),
    os__features=gojson.List(),
    config=_RUN,
    container_config=_RUN,
    rootfs=gojson.struct("type", diff_ids=gojson.List()),
    history=gojson.List(gojson.struct("created", "created_by", "author", "comment", "empty_layer")),
)

#: So many places of what is odd are named.
_NAMED = 5


def read(raw: bytes) -> tuple[dict[str, Any], list[str]]:
    """The document that `raw` is, and a sentence for what was odd about it.

    Raises:
        RegistryError: ``image-config-invalid``.
    """
    replaced: list[str] = []
    try:
        document = gojson.read(raw, CONFIG, replaced=replaced)
    except gojson.JsonError as error:
        message = f"the image's config is not valid JSON: {error.reason}"
        raise RegistryError("image-config-invalid", message, reason=error.reason[:200]) from error
    if not isinstance(document, dict):
        raise invalid("config", "a JSON object", document)
    inner = document.get("config")
    if inner is not None and not isinstance(inner, dict):
        raise invalid("config", "an object", inner)
    if not replaced:
        return document, []
    more = f" and {len(replaced) - _NAMED} other places" if len(replaced) > _NAMED else ""
    return document, [f"text that is not Unicode was replaced, as Docker does, in {', '.join(replaced[:_NAMED])}{more}"]


def invalid(where: str, expected: str, actual: Any) -> RegistryError:
    """The error for a field of the config that cannot be used."""
    shown = repr(actual)[:100] if actual is not None else "missing"
    message = f"the image's config is not usable: {where} must be {expected}"
    return RegistryError("image-config-invalid", message, field=where, expected=expected, actual=shown)
