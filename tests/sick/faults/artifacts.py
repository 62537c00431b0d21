"""Things that are stored in registries and are no images of Linux file systems."""

from __future__ import annotations

import gzip

from tests.layers import blocks
from tests.sick.repository import artifact, of_manifest
from tests.sick.scenario import Family, either, fails
from tests.support.images import OCI_CONFIG, OCI_LAYERS

FAMILY = Family("content")

_EMPTY = ("application/vnd.oci.empty.v1+json", b"{}")
_TEXT = b"something\n"


def _artifact(
    name: str, config: tuple[str, bytes], layer: tuple[str, bytes], does: str, *says: str, **more: object
) -> None:
    FAMILY.add(
        f"artifact-{name}",
        fails("image-artifact", r"not (the|an|a container) image", *says, never=(r"in the name of the tag",)),
        f"the tag is {does}",
        "not a container image",
        make=artifact(config, [layer], more or None),
    )


_artifact(
    "helm",
    ("application/vnd.cncf.helm.config.v1+json", b'{"name":"nginx","version":"1.0.0","apiVersion":"v2"}'),
    (
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        gzip.compress(blocks.archive(blocks.file(b"nginx/Chart.yaml", _TEXT))),
    ),
    "a Helm chart",
    r"helm chart",
    r"helm (pull|install|show)",
)
_artifact(
    "cosign-signature",
    (OCI_CONFIG, b'{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":[]}}'),
    ("application/vnd.dev.cosign.simplesigning.v1+json", b'{"critical":{"type":"cosign container image signature"}}'),
    "a cosign signature",
    r"signature",
    r"cosign|image it signs|pull",
)
FAMILY.add(
    "artifact-cosign-by-its-tag",
    fails("image-artifact", r"signature", rf"sregistry pull \S+@sha256:{'5' * 64}", r"the image it is about"),
    "the tag is that of a cosign signature",
    "not a container image; the one that it signs is named by the tag",
    make=artifact(
        (OCI_CONFIG, b'{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":[]}}'),
        [("application/vnd.dev.cosign.simplesigning.v1+json", b'{"critical":{}}')],
        tag=f"sha256-{'5' * 64}.sig",
    ),
    tag=f"sha256-{'5' * 64}.sig",
)
FAMILY.add(
    "artifact-cosign-by-another-tag",
    fails("image-artifact", r"signature", rf"sregistry pull \S+@sha256:{'7' * 64}", r"the image it is about"),
    "an ordinary tag is that of a cosign signature",
    "not a container image; the one that it signs is named in the signature",
    make=artifact(
        (OCI_CONFIG, b'{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":[]}}'),
        [
            (
                "application/vnd.dev.cosign.simplesigning.v1+json",
                b'{"critical":{"image":{"docker-manifest-digest":"sha256:%s"}}}' % (b"7" * 64),
            )
        ],
    ),
)
_artifact(
    "cosign-attestation",
    (OCI_CONFIG, b'{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":[]}}'),
    ("application/vnd.dsse.envelope.v1+json", b'{"payloadType":"application/vnd.in-toto+json"}'),
    "a cosign attestation",
    r"attestation",
)
_artifact(
    "buildkit-attestation",
    (OCI_CONFIG, b'{"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":[]}}'),
    ("application/vnd.in-toto+json", b'{"_type":"https://in-toto.io/Statement/v0.1"}'),
    "an attestation of the build",
    r"attestation|provenance|in-toto",
)
_artifact(
    "sif",
    ("application/vnd.sylabs.sif.config.v1+json", b"{}"),
    ("application/vnd.sylabs.sif.layer.v1.sif", b"#!/usr/bin/env run-singularity\n" + bytes(4096)),
    "a SIF file",
    r"\bSIF\b",
    r"oras://",
)
_artifact(
    "wasm",
    ("application/vnd.wasm.config.v0+json", b'{"architecture":"wasm","os":"wasip1"}'),
    ("application/wasm", b"\0asm\1\0\0\0"),
    "a WebAssembly module",
    r"wasm|WebAssembly",
)
_artifact(
    "empty-config",
    _EMPTY,
    ("text/plain", _TEXT),
    "any file, with an artifact type",
    r"application/vnd\.acme\.report",
    r"oras",
    artifactType="application/vnd.acme.report",
)
_artifact(
    "unknown",
    ("application/vnd.acme.config", _TEXT),
    ("application/vnd.acme.data", _TEXT),
    "something of its own kind",
    r"application/vnd\.acme",
    r"oras",
)
_artifact(
    "sbom",
    _EMPTY,
    ("application/spdx+json", b'{"spdxVersion":"SPDX-2.3"}'),
    "a bill of materials",
    r"SBOM|bill of materials|spdx",
    artifactType="application/spdx+json",
)
_artifact(
    "docker-plugin",
    ("application/vnd.docker.plugin.v1+json", b'{"description":"a plugin"}'),
    (OCI_LAYERS["gzip"], gzip.compress(blocks.archive(blocks.file(b"rootfs/plugin", _TEXT)))),
    "a plugin of Docker",
    r"plugin",
)
_artifact(
    "model",
    ("application/vnd.docker.container.image.v1+json", b'{"model_format":"gguf"}'),
    ("application/vnd.ollama.image.model", _TEXT),
    "a language model (Ollama)",
    r"ollama|model",
)

FAMILY.add(
    "layers-squashfs",
    fails(
        "image-artifact", r"layers are squashfs", r"singularity pull --oci docker://", never=(r"oras", r"tar archive")
    ),
    "an image in squashfs layers, as `singularity push --oci` makes it",
    "an image, in a form that only some runtimes read",
    make=of_manifest(
        lambda manifest: manifest["layers"][-1].update(mediaType="application/vnd.sylabs.image.layer.v1.squashfs")
    ),
)

_ENCRYPTED = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"
FAMILY.add(
    "layer-encrypted",
    fails("image-encrypted", r"encrypted", r"key|author|decrypt"),
    "an image whose layer is encrypted",
    "only those who have the key can use it",
    make=of_manifest(lambda manifest: manifest["layers"][-1].update(mediaType=_ENCRYPTED)),
)
FAMILY.add(
    "layer-foreign",
    fails(
        "blob-foreign",
        r"foreign|elsewhere|Windows|urls|not distribut|storage\.invalid",
    ),
    "a layer that is kept elsewhere, at a host that does not exist",
    "layers that may not be distributed (Windows)",
    make=of_manifest(
        lambda manifest: manifest["layers"].__setitem__(
            -1,
            {
                "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                "digest": "sha256:" + "5" * 64,
                "size": 1000,
                "urls": ["https://storage.invalid/layer"],
            },
        )
    ),
)
FAMILY.add(
    "layer-type-unknown",
    either("image-artifact", r"application/vnd\.acme"),
    "an image with a layer of an unknown media type",
    "its bytes are those of any other layer",
    make=of_manifest(lambda manifest: manifest["layers"][-1].update(mediaType="application/vnd.acme.layer")),
)
