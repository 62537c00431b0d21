"""Manifests: not there, not whole, or of another kind."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import HOST, IMAGE, LAYER, MANIFEST, OTHER, SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "manifest-unknown",
        Kind.NOT_FOUND,
        Who.YOU,
        asks=("tags", "anonymous", "blob"),
        doctor=True,
        sample=Sample(
            f"{HOST}/{IMAGE} has no manifest {OTHER} (not found)",
            {
                **SITE,
                "identifier": OTHER,
                "reference": f"{HOST}/{IMAGE}:1.2@{OTHER}",
                "method": "GET",
                "url": f"https://{HOST}/v2/{IMAGE}/manifests/{OTHER}",
                "status": 404,
                "errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown", "detail": None}],
                "credential_source": None,
            },
        ),
        page=Page(
            meaning=(
                "The registry has no manifest under that digest (or does not say whether tag or repository is missing)."
            ),
            known="It answered 404 for the manifest.",
            todo=("Check the digest. Registries delete manifests without a tag; another repository may still have it."),
        ),
    ),
    Code(
        "manifest-media-type",
        Kind.NOT_FOUND,
        Who.REGISTRY,
        asks=("media-types", "tags"),
        doctor=True,
        sample=Sample(
            "1.2 exists, but the registry says that its media type is not one that was asked for",
            {
                **SITE,
                **MANIFEST,
                "status": 404,
                "media_type": "application/vnd.oci.image.index.v1+json",
                "errors": [
                    {
                        "code": "MANIFEST_UNKNOWN",
                        "message": "OCI index found, but accept header does not support OCI indexes",
                        "detail": None,
                    }
                ],
                "credential_source": None,
                "said": "OCI index found, but accept header does not support OCI indexes",
            },
        ),
        page=Page(
            meaning="The image is there, but the registry does not give it in a format that was asked for.",
            known="The registry names another media type in its answer, although all known ones were asked for.",
            todo=(
                "`sregistry doctor` asks for each format alone; its table shows the registry's operator what is wrong."
            ),
        ),
    ),
    Code(
        "manifest-child-unknown",
        Kind.NOT_FOUND,
        Who.IMAGE,
        doctor=True,
        sample=Sample(
            "the index lists a manifest for linux/amd64 that the registry does not have",
            {
                **SITE,
                "identifier": OTHER,
                "digest": OTHER,
                "platform": "linux/amd64",
                "status": 404,
                **MANIFEST,
                "credential_source": None,
            },
        ),
        page=Page(
            meaning="The index of the image lists a manifest that the registry does not have.",
            known="The index was read; the registry answered 404 for one of its entries.",
            todo="The image has to be pushed again. Another platform or another tag may be complete.",
        ),
    ),
    Code(
        "manifest-truncated",
        Kind.IMAGE,
        Who.REGISTRY,
        attempts=2,
        doctor=True,
        sample=Sample(
            "the manifest is incomplete: its JSON ends too early",
            {
                **SITE,
                **MANIFEST,
                "status": 200,
                "content_type": "application/vnd.oci.image.manifest.v1+json",
                "actual_size": 410,
                "expected_size": 820,
                "attempts": 2,
            },
        ),
        page=Page(
            meaning="The manifest ends in the middle.",
            known="Its JSON was correct up to the end of what came.",
            todo="Try again. If it is always so, the registry's copy, or a proxy's, is broken.",
        ),
    ),
    Code(
        "manifest-empty",
        Kind.IMAGE,
        Who.REGISTRY,
        attempts=2,
        doctor=True,
        sample=Sample("the manifest is empty", {**SITE, **MANIFEST, "status": 200, "attempts": 2}),
        page=Page(
            meaning="The registry's answer is empty where the manifest should be.",
            known="The body has no content, and the status says success.",
            todo="Try again. If it is always so, the registry's copy, or a proxy's, is broken.",
        ),
    ),
    Code(
        "manifest-malformed",
        Kind.IMAGE,
        Who.REGISTRY,
        asks=("media-types", "ping"),
        doctor=True,
        sample=Sample(
            "what came is JSON but not a manifest: it has no schemaVersion (it looks like something else)",
            {
                **SITE,
                **MANIFEST,
                "status": 200,
                "content_type": "application/json",
                "reason": "no schemaVersion",
                "body_head": '{"status": "ok", "data": {"repository": "acme/tool"}}',
            },
        ),
        page=Page(
            meaning=(
                "What came is not a manifest: not JSON, JSON of something else, or a manifest whose fields break "
                "the rules."
            ),
            known=(
                "The document was read by the rules of OCI and Docker; the first thing that is wrong is named. An "
                "error message with a status that means success is quoted."
            ),
            todo=(
                "Check the host: something else may answer in the registry's place. If it is the registry, tell "
                "its operator or the image's author."
            ),
        ),
    ),
    Code(
        "manifest-too-large",
        Kind.IMAGE,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            "the manifest is larger than the 4194304 bytes allowed",
            {
                **SITE,
                **MANIFEST,
                "status": 200,
                "limit": 4 << 20,
                "actual_size": 200_000_000,
                "setting": "max_manifest_size",
            },
        ),
        page=Page(
            meaning="The manifest, or the image's configuration, is larger than the limit.",
            known="The announced length, or what came, exceeds the limit that is shown.",
            todo="Check the registry. The limit can be raised if you trust it.",
        ),
    ),
    Code(
        "manifest-schema1",
        Kind.IMAGE,
        Who.IMAGE,
        asks=("media-types", "tags"),
        doctor=True,
        sample=Sample(
            "the image is stored as a schema 1 manifest, which the registry does not serve any more",
            {
                **SITE,
                **MANIFEST,
                "status": 400,
                "errors": [
                    {"code": "UNSUPPORTED", "message": "manifest v2 schema 1 is no longer supported", "detail": None}
                ],
                "said": "manifest v2 schema 1 is no longer supported",
            },
        ),
        page=Page(
            meaning=(
                "The image is stored in schema 1, the format before 2015, which the registry does not serve any more."
            ),
            known="The registry says so.",
            todo="The image has to be pushed again with a current tool. Look for a newer tag.",
        ),
    ),
    Code(
        "manifest-unsupported",
        Kind.IMAGE,
        Who.IMAGE,
        asks=("media-types",),
        doctor=True,
        sample=Sample(
            "the manifest has the media type application/vnd.example.thing, which is not supported",
            {**SITE, **MANIFEST, "status": 200, "media_type": "application/vnd.example.thing"},
        ),
        page=Page(
            meaning="The manifest is of a kind that cannot be read.",
            known="Its media type or schema version is none of those of Docker and OCI.",
            todo="Ask the image's author what it is.",
        ),
    ),
    Code(
        "manifest-digest-mismatch",
        Kind.IMAGE,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            "the manifest is not the one that was asked for",
            {**SITE, **MANIFEST, "status": 200, "expected": LAYER, "actual": OTHER},
        ),
        page=Page(
            meaning="The manifest is not the one whose digest was asked for.",
            known="Its digest was computed from the bytes that came.",
            todo="Try again, without a mirror or proxy if one is in use. Nothing of it is used.",
        ),
    ),
    Code(
        "manifest-contradiction",
        Kind.IMAGE,
        Who.IMAGE,
        doctor=True,
        sample=Sample("the manifest lists a layer without a digest", {**SITE, **MANIFEST, "status": 200}),
        page=Page(
            meaning="The manifest contradicts itself.",
            known="It was read by the rules of OCI and Docker.",
            todo="The image has to be built and pushed again.",
        ),
    ),
    Code(
        "manifest-nested",
        Kind.IMAGE,
        Who.IMAGE,
        doctor=True,
        sample=Sample("more than 4 indexes lead to each other", {**SITE, **MANIFEST, "limit": 4}),
        page=Page(
            meaning="Indexes lead to further indexes, deeper than any image needs.",
            known="They were followed up to the limit that is shown.",
            todo="The image was put together wrongly; tell its author.",
        ),
    ),
)
