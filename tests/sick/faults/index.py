"""Indexes: platforms, attestations, indexes of indexes, entries that lead nowhere; schema 1; formats refused."""

from __future__ import annotations

import json
from typing import Any

from tests.sick import registry, schema1
from tests.sick.answer import Answer, error
from tests.sick.repository import THIS_PLATFORM, Maker, Repository, healthy, image, of_index
from tests.sick.request import Request
from tests.sick.scenario import SUCCEEDS, Family, either, fails
from tests.support import images
from tests.support.images import Blob

FAMILY = Family("manifest")

_OTHER = "linux/s390x"
_ARCHITECTURE = THIS_PLATFORM.partition("/")[2]
_NO_PLATFORM = fails("image-no-platform image-other-platform", r"platform", r"s390x", r"--platform|author|ask")


def _attestations(document: dict[str, Any]) -> None:
    """Put an attestation entry before each image's."""
    listed = []
    for entry in document["manifests"]:
        about = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": entry["digest"]}
        unknown = {"architecture": "unknown", "os": "unknown"}
        listed += [{**entry, "platform": unknown, "annotations": about}, entry]
    document["manifests"] = listed


def _platforms(*platforms: dict[str, Any] | None) -> Any:
    """Replace the platforms of the entries, in order; None takes it away."""

    def edit(document: dict[str, Any]) -> None:
        for entry, platform in zip(document["manifests"], platforms, strict=True):
            entry.pop("platform")
            if platform is not None:
                entry["platform"] = platform

    return edit


def _entry(**fields: Any) -> Any:
    """Change fields of every entry."""
    return lambda document: [entry.update(fields) for entry in document["manifests"]]


FAMILY.add(
    "index",
    SUCCEEDS,
    "an index of three platforms",
    "ordinary",
    make=of_index("linux/s390x", THIS_PLATFORM, "linux/386"),
)
FAMILY.add(
    "index-docker", SUCCEEDS, "a Docker manifest list", "ordinary", make=of_index(THIS_PLATFORM, _OTHER, docker=True)
)
FAMILY.add(
    "index-attestations",
    SUCCEEDS,
    "an index that lists attestations first",
    "attestations are no images",
    make=of_index(THIS_PLATFORM, _OTHER, edit=_attestations),
)
FAMILY.add(
    "index-other-platform",
    _NO_PLATFORM,
    "an index with linux/s390x only",
    "not built for this machine",
    make=of_index(_OTHER),
)
FAMILY.add(
    "index-windows",
    fails("image-no-platform image-other-platform", r"windows", r"platform"),
    "an index with Windows only",
    "a Windows image",
    make=of_index("windows/amd64"),
)
FAMILY.add(
    "index-only-attestations",
    fails("image-no-platform", r"attestation|no image|no platform|empty", never=(r"\bOr ask",)),
    "an index that lists attestations only",
    "the image was deleted, or never pushed",
    make=of_index(_OTHER, edit=_platforms({"architecture": "unknown", "os": "unknown"})),
)
FAMILY.add(
    "index-empty",
    fails("image-no-platform", r"index is empty", r"author", never=(r"\bOr ask", r"not available for")),
    "an index that lists nothing",
    "nothing was pushed for any platform",
    make=of_index(),
)
FAMILY.add(
    "index-no-platforms",
    SUCCEEDS,
    "an index of two entries without platforms",
    "made by hand; the configs tell",
    make=of_index(_OTHER, THIS_PLATFORM, edit=_platforms(None, None)),
)
FAMILY.add(
    "index-no-platforms-fits",
    fails("image-no-platform", r"linux/s390x", r"linux/ppc64le", r"--platform"),
    "an index of two entries without platforms, for other machines",
    "made by hand; the configs tell",
    make=of_index(_OTHER, "linux/ppc64le", edit=_platforms(None, None)),
)
_NYDUS = {"os": "linux", "architecture": _ARCHITECTURE, "os.features": ["nydus.remoteimage.v1"]}
FAMILY.add(
    "index-features",
    SUCCEEDS,
    "two entries for this machine, the first for runtimes with a feature",
    "a merged index",
    make=of_index(THIS_PLATFORM, THIS_PLATFORM, edit=lambda index: index["manifests"][0].update(platform=_NYDUS)),
)
FAMILY.add(
    "index-features-alone",
    fails("image-no-platform", r"requires nydus\.remoteimage\.v1", r"author", never=(r"there for", r"--platform")),
    "an index whose only entry is for runtimes with a feature",
    "the ordinary image was not pushed",
    make=of_index(THIS_PLATFORM, edit=_platforms(_NYDUS)),
)
FAMILY.add(
    "index-platform-null",
    SUCCEEDS,
    "an index whose entry has the platform null, beside a good one",
    "made by hand",
    make=of_index(_OTHER, THIS_PLATFORM, edit=lambda document: document["manifests"][0].update(platform=None)),
)
FAMILY.add(
    "index-variants",
    SUCCEEDS,
    "two entries for this architecture, one with a variant that no machine has",
    "the plain one fits",
    make=of_index(
        THIS_PLATFORM, THIS_PLATFORM, edit=lambda document: document["manifests"][0]["platform"].update(variant="v99")
    ),
)
FAMILY.add(
    "index-many",
    SUCCEEDS,
    "an index of 3000 entries",
    "large but legal",
    make=of_index(
        THIS_PLATFORM,
        edit=lambda document: document.update(
            manifests=[
                {**document["manifests"][0], "platform": {"os": "linux", "architecture": f"a{n}"}} for n in range(3000)
            ]
            + document["manifests"]
        ),
    ),
)
FAMILY.add(
    "index-manifests-null",
    fails(
        "manifest-malformed manifest-unsupported",
        r"not have a list of manifests",
        r"author",
        never=(r"media type that is not supported",),
    ),
    "an index whose list is null",
    "a broken tool pushed it",
    make=of_index(THIS_PLATFORM, edit=lambda document: document.update(manifests=None)),
)
FAMILY.add(
    "index-entry-broken",
    fails("manifest-malformed", r"digest|manifest|index"),
    "an index whose entries have no digest",
    "a broken tool pushed it",
    make=of_index(THIS_PLATFORM, edit=lambda document: document["manifests"][0].pop("digest")),
)
FAMILY.add(
    "index-entry-size-wrong",
    either("manifest-digest-mismatch manifest-contradiction", r"size|larger|incomplete"),
    "an index with a wrong size for the manifest",
    "a broken tool pushed it",
    make=of_index(THIS_PLATFORM, edit=_entry(size=17)),
)


def nested(depth: int) -> Maker:
    """A maker of an index in an index in an index…"""

    def make(name: str) -> Repository:
        made = image(name, platform=THIS_PLATFORM)
        repository = Repository().add(made)
        inner = images.index([made])
        for _ in range(depth):
            repository.put(inner)
            inner = Blob(images.OCI_INDEX, images.encode({"schemaVersion": 2, "manifests": [inner.descriptor]}))
        return repository.put(inner, "latest")

    return make


FAMILY.add("index-nested", SUCCEEDS, "an index in an index, as nerdctl writes it", "legal", make=nested(1))
FAMILY.add(
    "index-nested-deep",
    fails(
        "manifest-nested",
        r"index",
        r"deep|nest|levels",
        r"author|report|push",
    ),
    "thirty indexes in each other",
    "an attack",
    make=nested(30),
)


def _platform_of_config(**fields: Any) -> Maker:
    """A single manifest whose config names another platform."""
    platform = "/".join([fields.get("os", "linux"), fields.get("architecture", _ARCHITECTURE)])
    return lambda name: Repository().add(image(name, platform=platform), "latest")


FAMILY.add(
    "manifest-other-platform",
    _NO_PLATFORM,
    "a single manifest, without index, for linux/s390x",
    "not built for this machine",
    make=_platform_of_config(architecture="s390x"),
)
FAMILY.add(
    "manifest-windows",
    fails("image-not-linux", r"windows", r"linux|platform"),
    "a single manifest for Windows",
    "a Windows image",
    make=_platform_of_config(os="windows", architecture="amd64"),
)


@FAMILY.scenario(
    "index-child-other-bytes",
    fails("manifest-digest-mismatch", r"digest", r"match", r"proxy|registry"),
    "sends another manifest than the one the index names",
    "a proxy, or the registry's storage, is corrupt",
    make=of_index(THIS_PLATFORM, _OTHER),
)
def child_other_bytes(request: Request) -> Answer | None:
    if request.kind != "manifest" or request.reference == "latest":
        return None
    answer = registry.manifest(request)
    return answer.having(body=answer.body.replace(b'"schemaVersion"', b' "schemaVersion"'))


# ------------------------------------------------------------------ formats

FAMILY.add(
    "schema1-signed", SUCCEEDS, "a signed schema 1 manifest", "pushed before 2016", make=schema1.make(signed=True)
)
FAMILY.add(
    "schema1-unsigned", SUCCEEDS, "an unsigned schema 1 manifest", "pushed before 2016", make=schema1.make(signed=False)
)
FAMILY.add(
    "schema1-no-history",
    fails(
        "manifest-malformed",
        r"history|schema 1|manifest",
    ),
    "a schema 1 manifest without history",
    "a broken tool pushed it",
    make=schema1.make(signed=False, edit=lambda document: document.pop("history")),
)
FAMILY.add(
    "schema1-history-broken",
    fails(
        "manifest-malformed",
        r"history|schema 1|manifest|v1Compatibility",
    ),
    "a schema 1 manifest whose history is not JSON",
    "a broken tool pushed it",
    make=schema1.make(signed=False, edit=lambda document: document.update(history=[{"v1Compatibility": "{"}] * 2)),
)


def _refuses(name: str, refusal: Answer, expect: Any, does: str, cause: str) -> None:
    def handle(request: Request) -> Answer | None:
        return refusal if request.kind == "manifest" else None

    FAMILY.add(name, expect, does, cause, handle=handle, make=healthy)


_FORMAT = fails("manifest-media-type", r"media type|format", r"exists", r"operator|doctor|report")
_refuses(
    "schema1-refused",
    error(400, "UNSUPPORTED", "manifest v2 schema 1 is no longer supported by this registry"),
    fails("manifest-schema1", r"schema 1", r"author|push|rebuil|another"),
    "refuses to serve schema 1",
    "the image was pushed in a format that the registry gave up",
)
_refuses(
    "media-type-gcr",
    error(
        404,
        "MANIFEST_UNKNOWN",
        "Manifest with tag 'latest' has media type 'application/vnd.docker.distribution.manifest.v2+json', but client "
        "accepts 'application/vnd.docker.distribution.manifest.v1+json'.",
    ),
    _FORMAT,
    "404 that speaks of media types (gcr.io)",
    "registry and client do not agree about the format",
)
_refuses(
    "media-type-hub",
    error(404, "MANIFEST_UNKNOWN", "OCI index found, but accept header does not support OCI indexes"),
    _FORMAT,
    "404 that speaks of the Accept header (Docker's registry)",
    "something on the way changed the Accept header",
)
_refuses(
    "media-type-406", Answer(406), _FORMAT, "406 and nothing else", "the registry does not have an accepted format"
)
_refuses(
    "media-type-415",
    error(415, "UNSUPPORTED", "media type not supported"),
    _FORMAT,
    "415",
    "the registry does not have an accepted format",
)


@FAMILY.scenario(
    "schema2-only", SUCCEEDS, "404 that speaks of media types unless schema 2 is asked for (gcr.io)", "it has no other"
)
def schema2_only(request: Request) -> Answer | None:
    wanted = ",".join(request.headers.get_all("Accept", []))
    if request.kind != "manifest" or images.DOCKER_MANIFEST in wanted:
        return None
    said = f"Manifest with tag 'latest' has media type '{images.DOCKER_MANIFEST}', but client accepts '{wanted}'."
    return error(404, "MANIFEST_UNKNOWN", said)


@FAMILY.scenario("schema2-on-demand", SUCCEEDS, "sends schema 1 unless schema 2 is asked for", "as old registries do")
def on_demand(request: Request) -> Answer | None:
    wanted = ",".join(request.headers.get_all("Accept", []))
    if request.kind != "manifest" or images.DOCKER_MANIFEST in wanted:
        return None
    old = {
        "schemaVersion": 1,
        "name": request.name,
        "tag": "latest",
        "architecture": "amd64",
        "fsLayers": [],
        "history": [],
    }
    from tests.sick.answer import body

    return body(json.dumps(old).encode(), schema1.UNSIGNED)
