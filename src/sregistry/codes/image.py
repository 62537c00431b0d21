"""Images that cannot be converted, whole as they are."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import MANIFEST, SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "image-no-platform",
        Kind.IMAGE,
        Who.IMAGE,
        doctor=True,
        sample=Sample(
            "the image has no linux/amd64",
            {**SITE, **MANIFEST, "status": 200, "platform": "linux/amd64", "platforms": ["linux/arm64", "linux/s390x"]},
        ),
        page=Page(
            meaning="The image is not made for the platform that was asked for (by default that of this machine).",
            known="The index lists its platforms; attestations are not counted.",
            todo="Choose one that is there with `--platform`, if you can run it, or ask the author.",
        ),
    ),
    Code(
        "image-other-platform",
        Kind.IMAGE,
        Who.IMAGE,
        doctor=True,
        sample=Sample(
            "the image is for linux/arm64, not for linux/amd64",
            {**SITE, **MANIFEST, "status": 200, "platform": "linux/amd64", "actual": "linux/arm64"},
        ),
        page=Page(
            meaning="The image is for another platform, and there is no index to choose from.",
            known="The image's configuration names its platform.",
            todo="Some images have a tag for each platform. `--platform` takes the one that is there.",
        ),
    ),
    Code(
        "image-not-linux",
        Kind.IMAGE,
        Who.IMAGE,
        doctor=True,
        sample=Sample("the image is for windows/amd64", {**SITE, **MANIFEST, "status": 200, "actual": "windows/amd64"}),
        page=Page(
            meaning="The image is for another operating system, mostly Windows.",
            known="The index or the configuration names it.",
            todo="Look for a Linux image.",
        ),
    ),
    Code(
        "image-artifact",
        Kind.IMAGE,
        Who.IMAGE,
        asks=("signed",),
        doctor=True,
        sample=Sample(
            "this is a Helm chart, not an image",
            {
                **SITE,
                **MANIFEST,
                "status": 200,
                "artifact": "helm",
                "artifact_type": "application/vnd.cncf.helm.config.v1+json",
            },
        ),
        page=Page(
            meaning=(
                "This is not a container image, but something else that is kept in a registry: a Helm chart, a "
                "signature, an attestation, a SIF file.\n"
                "Or it is an image whose layers are no tar archives, but squashfs (`singularity push --oci`, "
                "stacker), EROFS, Nydus or\n"
                "OverlayBD."
            ),
            known="The media types of manifest, configuration and layers name it, or annotations of the layers.",
            todo="Use the tool that is proposed.",
        ),
    ),
    Code(
        "image-encrypted",
        Kind.IMAGE,
        Who.IMAGE,
        doctor=True,
        sample=Sample(
            "the layers of the image are encrypted",
            {**SITE, **MANIFEST, "media_type": "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"},
        ),
        page=Page(
            meaning="The layers are encrypted.",
            known="Their media type ends in `+encrypted`.",
            todo="Ask the author for another image, or decrypt it with skopeo and the key.",
        ),
    ),
    Code(
        "image-no-layers",
        Kind.IMAGE,
        Who.IMAGE,
        doctor=True,
        sample=Sample("the image has no layers", {**SITE, **MANIFEST, "status": 200}),
        page=Page(
            meaning="The image has no layers.",
            known="The manifest's list is empty.",
            todo="Tell the author; another tag may be the right one.",
        ),
    ),
    Code(
        "image-config-invalid",
        Kind.IMAGE,
        Who.IMAGE,
        doctor=True,
        sample=Sample(
            "config.Cmd in the image config must be a list of texts, not a number",
            {**SITE, "field": "config.Cmd", "expected": "a list of texts", "actual": "a number"},
        ),
        page=Page(
            meaning="The image's configuration breaks the rules of its format.",
            known="The field, what it should be and what it is are shown.",
            todo="The image has to be built again.",
        ),
    ),
    Code(
        "image-config-mismatch",
        Kind.IMAGE,
        Who.IMAGE,
        doctor=True,
        sample=Sample("the manifest has 3 layers and the config 2", {**SITE, **MANIFEST}),
        page=Page(
            meaning="Manifest and configuration of the image do not fit together.",
            known="The numbers of layers were compared.",
            todo="The image has to be built again.",
        ),
    ),
    Code(
        "image-in-layers",
        Kind.IMAGE,
        Who.YOU,
        doctor=True,
        sample=Sample(
            "this is a container image in layers, not a SIF file",
            {
                **SITE,
                **MANIFEST,
                "status": 200,
                "reference": f"oras://{SITE['reference']}",
                "media_type": "application/vnd.oci.image.manifest.v1+json",
            },
        ),
        page=Page(
            meaning="Under this name the registry has a Docker or OCI image, and `oras://` is for SIF files.",
            known="The media types of its config and its layers are those of an image.",
            todo="Pull it with `docker://` instead of `oras://`.",
        ),
    ),
    Code(
        "image-several-files",
        Kind.IMAGE,
        Who.IMAGE,
        doctor=True,
        sample=Sample(
            "there are 2 SIF files under this name",
            {
                **SITE,
                **MANIFEST,
                "status": 200,
                "reference": f"oras://{SITE['reference']}",
                "files": ["tool.sif", "other.sif"],
            },
        ),
        page=Page(
            meaning="Under this name there are several SIF files, so that none of them can be meant.",
            known="The manifest lists them; their names are shown.",
            todo="`oras pull` fetches all of them. Ask who pushed them for a name for each.",
        ),
    ),
)
