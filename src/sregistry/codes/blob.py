"""Blobs that a registry lists and does not give."""

from __future__ import annotations

from sregistry.codes.code import AS_CONFIGURED, Code, Page, Sample
from sregistry.codes.examples import BLOB, HOST, LAYER, SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "blob-unknown",
        Kind.NOT_FOUND,
        Who.IMAGE,
        doctor=True,
        sample=Sample(
            f"the registry {HOST} does not have this blob",
            {
                **SITE,
                **BLOB,
                "status": 404,
                "errors": [{"code": "BLOB_UNKNOWN", "message": "blob unknown to registry", "detail": LAYER}],
                "credential_source": None,
                "said": "blob unknown to registry",
            },
        ),
        page=Page(
            meaning="A layer or the configuration is missing from the registry.",
            known="The manifest names it; the registry, or its storage, answered 404.",
            todo="The image has to be pushed again. `sregistry doctor` checks every layer.",
        ),
    ),
    Code(
        "blob-storage-denied",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=2,
        doctor=True,
        sample=Sample(
            f"storage.example.org, to which {HOST} redirects, refuses with status 403",
            {
                **SITE,
                **BLOB,
                "host": "storage.example.org",
                "status": 403,
                "redirects": ["storage.example.org"],
                "errors": [{"code": "AccessDenied", "message": "Access Denied", "detail": None}],
            },
        ),
        page=Page(
            meaning="The storage, to which the registry sends for the content, refuses it.",
            known=(
                "The registry itself was reached; the host that refused is shown. A storage that asks for a login "
                "of its own is the registry's affair: addresses in storage are signed by the registry."
            ),
            todo=(
                "Firewalls often allow a registry and not its storage: give the host that is shown to your "
                "network's administrator."
            ),
        ),
    ),
    Code(
        "blob-storage-failed",
        Kind.REGISTRY,
        Who.REGISTRY,
        attempts=AS_CONFIGURED,
        doctor=True,
        sample=Sample(
            f"storage.example.org, to which {HOST} redirects, fails with status 503",
            {**SITE, **BLOB, "host": "storage.example.org", "status": 503, "redirects": ["storage.example.org"]},
        ),
        page=Page(
            meaning="The storage, to which the registry sends for the content, fails.",
            known="The registry itself was reached; the host and its status are shown.",
            todo="Try again later.",
        ),
    ),
    Code(
        "blob-wrong-size",
        Kind.IMAGE,
        Who.REGISTRY,
        attempts=2,
        doctor=True,
        sample=Sample(
            "the registry announces another size than the manifest",
            {**SITE, **BLOB, "status": 200, "expected_size": 31_000_000, "actual_size": 30_999_000},
        ),
        page=Page(
            meaning="A layer has another size than the manifest says.",
            known=(
                "The announced length was compared with the manifest. Where an error message came in the place of "
                "the layer, with a status that means success, it is quoted."
            ),
            todo="Try again; then the registry's copy, or a proxy's, is broken.",
        ),
    ),
    Code(
        "blob-foreign",
        Kind.IMAGE,
        Who.IMAGE,
        attempts=2,
        doctor=True,
        sample=Sample(
            "the layer is kept outside the registry",
            {**SITE, "layer": LAYER, "layer_index": 0, "urls": ["https://mcr.example.org/v2/windows/blobs/x"]},
        ),
        page=Page(
            meaning="A layer is kept outside the registry, and could not be had there.",
            known="The manifest marks it as foreign and names other addresses.",
            todo="Such layers are mostly those of Windows images.",
        ),
    ),
)
