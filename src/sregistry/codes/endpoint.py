"""What the place that a reference names cannot do."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "endpoint-unable",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "search is not possible at a place that https names",
            {"scheme": "https", "verb": "search", "known": ["docker", "oras"]},
        ),
        page=Page(
            meaning="What was asked for cannot be done at the place that the reference names.",
            known="Each scheme has a list of what its places can; nothing was asked of anybody.",
            todo="Use one of the schemes that can; they are listed.",
        ),
    ),
)
