"""What the place that a reference names cannot do."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "endpoint-broken",
        Kind.MACHINE,
        Who.SITE,
        sample=Sample(
            "the package sregistry-shelf, which serves shelf, cannot be loaded",
            {"scheme": "shelf", "package": "sregistry-shelf", "reason": "ModuleNotFoundError: No module named 'boto3'"},
        ),
        page=Page(
            meaning="The scheme of the reference is served by another package, and that cannot be loaded.",
            known="The package is installed beside sregistry with an entry point for the scheme. Its import ended "
            "with an error.",
            todo="Install what it lacks, update it, or remove it; all other schemes work without it.",
        ),
    ),
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
