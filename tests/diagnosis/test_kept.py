"""What is kept is said to be kept, and nothing else."""

from __future__ import annotations

import pytest

from sregistry.diagnosis import explain
from sregistry.errors import SregistryError


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"reference": "docker://ghcr.io/a/b:1"}, "finished layers are kept"),
        ({"reference": "oras://ghcr.io/a/b:1", "kept": 5}, "what has come is kept"),
        ({"reference": "oras://ghcr.io/a/b:1", "kept": 0}, ""),
        ({"reference": "https://files.example.org/tool.sif"}, ""),
        ({"reference": "oci:./b", "repeat": ["copy", "docker://ghcr.io/a/b:1", "oci:./b"]}, "what has arrived stays"),
        ({"reference": "oci-archive:b", "repeat": ["copy", "docker://ghcr.io/a/b:1", "oci-archive:b"]}, ""),
    ],
)
def test_what_a_next_try_has_already_is_what_is_kept(facts: dict[str, object], said: str) -> None:
    error = SregistryError("network-truncated", "the message", host="ghcr.io", digest="sha256:1", **facts)
    (again, *_) = (step.comment for step in explain(error).steps)
    assert again == (f"try again; {said}" if said else "try again")
