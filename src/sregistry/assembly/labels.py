"""Labels: those of the image, and those that say how it became this container.

Source of the names: label-schema.org (what Apptainer and SingularityCE write and show) and the annotations
of the OCI Image Format Specification. Nothing here depends on the clock: dates are the image's own.
"""

from __future__ import annotations

import json

from sregistry.assembly.config import ImageConfig, format_time, parse_time
from sregistry.assembly.origin import Origin
from sregistry.version import __version__

CREATED = "org.opencontainers.image.created"


def labels(config: ImageConfig, origin: Origin) -> dict[str, str]:
    """Return all labels of the container, sorted by name.

    The image's own labels win, except over those that describe the conversion.
    """
    own = dict(config.labels)
    # Pushing to an OCI registry reads this label and fails on a time it cannot read.
    if CREATED in own and parse_time(own[CREATED]) is None:
        del own[CREATED]
    return dict(sorted({**_defaults(config, origin), **own, **_conversion(origin)}.items()))


def _defaults(config: ImageConfig, origin: Origin) -> dict[str, str]:
    dates = {}
    if config.created is not None:
        created = format_time(config.created)
        dates = {CREATED: created, "org.label-schema.build-date": created}
    return {
        "org.label-schema.schema-version": "1.0",
        "org.label-schema.build-arch": origin.platform.architecture,
        **dates,
    }


def _conversion(origin: Origin) -> dict[str, str]:
    return {
        "org.label-schema.usage.singularity.deffile.bootstrap": "docker",
        "org.label-schema.usage.singularity.deffile.from": origin.pinned,
        "org.label-schema.usage.sregistry.version": __version__,
        "org.opencontainers.image.base.name": origin.reference,
        "org.opencontainers.image.base.digest": origin.manifest_digest,
    }


def labels_json(all_labels: dict[str, str]) -> str:
    """Return the text of ``/.singularity.d/labels.json``."""
    return json.dumps(all_labels, indent="\t", ensure_ascii=False)
