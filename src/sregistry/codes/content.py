"""Bytes that are not the ones that were promised."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import BLOB, LAYER, OTHER, SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "digest-mismatch",
        Kind.IMAGE,
        Who.REGISTRY,
        attempts=2,
        doctor=True,
        sample=Sample(
            "the digest of the layer does not match",
            {
                **SITE,
                **BLOB,
                "status": 200,
                "what": "layer",
                "expected": LAYER,
                "actual": OTHER,
                "expected_size": 31_000_000,
                "actual_size": 31_000_000,
                "attempts": 2,
            },
        ),
        page=Page(
            meaning="What came is not what its digest promises: it is corrupt.",
            known="The digest was computed while the bytes came. Nothing of it is used.",
            todo=(
                "Pull again. If the digest is wrong every time, the registry's copy is damaged and has to be "
                "pushed again."
            ),
        ),
    ),
    Code(
        "size-short",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=2,
        doctor=True,
        sample=Sample(
            "the layer ended after 12000000 of 31000000 bytes",
            {
                **SITE,
                **BLOB,
                "what": "layer",
                "expected": LAYER,
                "expected_size": 31_000_000,
                "actual_size": 12_000_000,
            },
        ),
        page=Page(
            meaning="The content ended before its promised size.",
            known="The bytes were counted.",
            todo="Pull again: finished layers are kept.",
        ),
    ),
    Code(
        "size-long",
        Kind.IMAGE,
        Who.REGISTRY,
        attempts=2,
        doctor=True,
        sample=Sample(
            "the layer is longer than the 31000000 bytes promised",
            {
                **SITE,
                **BLOB,
                "what": "layer",
                "expected": LAYER,
                "expected_size": 31_000_000,
                "actual_size": 31_000_001,
            },
        ),
        page=Page(
            meaning="The content is longer than promised.",
            known="The bytes were counted, up to one beyond the promised size.",
            todo="Pull again. If it is always so, tell the registry's operator.",
        ),
    ),
    Code(
        "digest-malformed",
        Kind.NAME,
        Who.YOU,
        sample=Sample("'sha256:abc' is not a digest", {"text": "sha256:abc"}),
        page=Page(
            meaning="A text is not a digest.",
            known="A digest is an algorithm, a colon and lowercase hex digits.",
            todo="Copy it whole.",
        ),
    ),
    Code(
        "digest-unsupported",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample("digest algorithm 'md5' is not supported", {**SITE, "algorithm": "md5"}),
        page=Page(
            meaning="The algorithm of the digest cannot be computed here, so the content could not be verified.",
            known="sha256, sha384 and sha512 are supported.",
            todo="Pull by tag, or ask for the digest in sha256.",
        ),
    ),
)
