"""Copies that cannot be made as they were asked for."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import HOST, IMAGE, LAYER, OTHER, SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "copy-other-digest",
        Kind.USAGE,
        Who.YOU,
        sample=Sample("the target names another digest than the source has", {"expected": OTHER, "actual": LAYER}),
        page=Page(
            meaning="The target of a copy was given with a digest, and the source is something else.",
            known="The digest of what the source means was compared with the one in the target; nothing was written.",
            todo="Leave the digest out of the target: a copy keeps the one of the source.",
        ),
    ),
    Code(
        "copy-schema1",
        Kind.IMAGE,
        Who.IMAGE,
        sample=Sample(
            "the image is stored as a schema 1 manifest, which the target does not take",
            {
                **SITE,
                "method": "PUT",
                "url": f"https://{HOST}/v2/{IMAGE}/manifests/1.2",
                "purpose": "upload",
                "status": 400,
                "media_type": "application/vnd.docker.distribution.manifest.v1+prettyjws",
                "errors": [{"code": "MANIFEST_INVALID", "message": "manifest invalid", "detail": None}],
                "said": "manifest invalid",
                "repeat": ["copy", "docker://old.example.org/acme/tool:1.2", f"docker://{HOST}/{IMAGE}:1.2"],
            },
        ),
        page=Page(
            meaning=(
                "The image is stored in Docker's schema 1, the format of before 2016. A copy keeps every byte, and the "
                "target has\n"
                "not taken the manifest. Newer registries take no manifests of this format."
            ),
            known="The manifest was read at the source, and the target refused it; its own words are shown.",
            todo="Pull the image: a SIF file is made of it all the same. Or let its author build it again.",
        ),
    ),
    Code(
        "copy-read-only",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "nothing can be copied to a place that docker-archive names: it is only read",
            {"scheme": "docker-archive", "known": ["docker", "oci", "oci-archive", "dir"]},
        ),
        page=Page(
            meaning="Images are copied out of such a place, but not into it.",
            known="Nothing was asked of anybody; each scheme has a list of what its places can.",
            todo="Copy into one of those that are listed.",
        ),
    ),
    Code(
        "copy-list-line",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "line 3 of the list names no target",
            {"file": "images.txt", "line": 3, "source": "docker://ubuntu:24.04", "reason": "it names no target"},
        ),
        page=Page(
            meaning="A line of the list of `sregistry copy --from-file` cannot be used.",
            known="The line is shown. The other lines were copied.",
            todo=(
                "Each line is `SRC DST`, or, where a target for all was given behind the list, `SRC` alone. What "
                "begins with `#` is a comment; a path with spaces stands in quotes."
            ),
        ),
    ),
)
