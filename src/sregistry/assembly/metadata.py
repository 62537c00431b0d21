"""The two JSON objects that stand in a SIF beside its file system.

``inspect-metadata.json`` answers `apptainer inspect` without starting the container; ``oci-config.json``
keeps the image's own config, with all that the runtime does not act on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sregistry.assembly.config import ImageConfig
from sregistry.assembly.errors import AssemblyError


def inspect_metadata(
    *,
    labels: Mapping[str, str],
    deffile: str,
    runscript: str,
    startscript: str,
    environment: Mapping[str, str],
) -> bytes:
    """Return ``inspect-metadata.json``; `environment` maps the paths of scripts to their texts."""
    attributes = {
        "deffile": deffile.rstrip("\n"),
        "environment": {path: text.rstrip("\n") for path, text in sorted(environment.items())},
        "labels": dict(sorted(labels.items())),
        "runscript": runscript.rstrip("\n"),
        "startscript": startscript.rstrip("\n"),
    }
    document = {"data": {"attributes": attributes}, "type": "container"}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def oci_config(config: ImageConfig) -> bytes:
    """Return ``oci-config.json``: the config's inner object, its members in their own order.

    Raises:
        AssemblyError: ``image-config-invalid`` when it holds what JSON cannot (infinite numbers) or is
            nested too deeply.
    """
    try:
        return json.dumps(config.document, separators=(",", ":"), allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise AssemblyError(
            "image-config-invalid",
            "the image config cannot be written down again",
            field="config",
            expected="finite numbers and less than a thousand levels",
            actual=str(error),
        ) from error
