"""Manifests of SIF files: those of Apptainer byte for byte, and what is taken for one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sregistry.digests import Digest
from sregistry.oci import sif_artifact
from sregistry.oci.manifests import parse
from sregistry.references import Platform
from tests.registry.sessions import fails

FILE = Digest.of(b"file")
OCI = "application/vnd.oci.image.manifest.v1+json"
TITLE = "org.opencontainers.image.title"


def manifest(*layers: dict[str, Any], config: str = sif_artifact.CONFIG, **more: Any) -> bytes:
    descriptor = {"mediaType": config, "digest": str(Digest.of(b"{}")), "size": 2}
    listed = [{"digest": str(Digest.of(str(number).encode())), "size": 1, **one} for number, one in enumerate(layers)]
    document = {"schemaVersion": 2, "mediaType": OCI, "config": descriptor, "layers": listed, **more}
    return json.dumps(document).encode()


def test_it_is_what_apptainer_writes() -> None:
    """As go-containerregistry has it: the order of Go's fields, names sorted, HTML escaped."""
    made = sif_artifact.make(FILE, 4, "a&b.sif", {"z": "<1>", "a": "é"})
    assert made.raw.decode() == (
        '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",'
        '"config":{"mediaType":"application/vnd.sylabs.sif.config.v1+json","size":2,'
        '"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","data":"e30="},'
        '"layers":[{"mediaType":"application/vnd.sylabs.sif.layer.v1.sif","size":4,'
        f'"digest":"{FILE}","annotations":{{"org.opencontainers.image.title":"a\\u0026b.sif"}}}}],'
        '"annotations":{"a":"é","z":"\\u003c1\\u003e"}}'
    )
    assert sif_artifact.find(made, None)[0].digest == FILE


@pytest.mark.parametrize(
    "layer",
    [
        {"mediaType": sif_artifact.LAYER},
        {"mediaType": "appliciation/vnd.sylabs.sif.layer.tar"},
        {"mediaType": "application/octet-stream", "annotations": {TITLE: "tool.sif"}},
    ],
)
def test_one_file_is_the_image(layer: dict[str, Any]) -> None:
    found, warnings = sif_artifact.find(parse(manifest(layer, artifactType="application/x")), "1")
    assert (found.digest, warnings) == (Digest.of(b"0"), [])


def test_other_files_are_left_and_said() -> None:
    raw = manifest({"mediaType": "text/plain"}, {"mediaType": sif_artifact.LAYER})
    found, warnings = sif_artifact.find(parse(raw), "1")
    assert (found.digest, len(warnings)) == (Digest.of(b"1"), 1)


def test_several_files_are_none() -> None:
    layers = [{"mediaType": sif_artifact.LAYER, "annotations": {TITLE: name}} for name in ("a.sif", "b.sif")]
    error = fails("image-several-files", lambda: sif_artifact.find(parse(manifest(*layers)), "1"))
    assert error.facts["files"] == ["a.sif", "b.sif"]


def test_an_image_is_told_from_other_artifacts() -> None:
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "annotations": {TITLE: "x.sif"}}
    image = manifest(layer, config="application/vnd.oci.image.config.v1+json")
    fails("image-in-layers", lambda: sif_artifact.find(parse(image), "1"))
    chart = manifest({"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip"}, config="application/x")
    assert fails("image-artifact", lambda: sif_artifact.find(parse(chart), "1")).facts["artifact"] == "helm"


def test_an_index_keeps_what_is_in_it() -> None:
    one, two = (sif_artifact.make(FILE, 4, title, {}) for title in ("one.sif", "two.sif"))
    amd64, arm64 = Platform.parse("linux/amd64"), Platform.parse("linux/arm/v7")
    index = sif_artifact.with_platform(None, {amd64: one, arm64: two})
    assert [entry["platform"] for entry in index.document["manifests"]] == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm", "os": "linux", "variant": "v7"},
    ]
    more = sif_artifact.with_platform(index, {amd64: two})
    assert [entry["digest"] for entry in more.document["manifests"]] == [str(two.digest), str(two.digest)]
    assert sif_artifact.with_platform(more, {amd64: two}).digest == more.digest
    fails("manifest-nested", lambda: sif_artifact.find(index, None))
    assert not sif_artifact.is_sif(index)
    assert sif_artifact.is_sif(one)
