"""A `Diagnosis` as JSON: one object, ASCII only, with the facts the error carried."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sregistry.diagnosis.diagnosis import Diagnosis


def render(diagnosis: Diagnosis, facts: Mapping[str, Any] | None = None) -> str:
    """The object as indented text; `facts` are added as they are under their own name."""
    document = diagnosis.as_dict()
    if facts is not None:
        document["facts"] = dict(facts)
    return json.dumps(document, indent=2, default=str) + "\n"
