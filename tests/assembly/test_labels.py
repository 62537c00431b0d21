"""Labels: the image's own, and where the container came from; never the time of the conversion."""

from __future__ import annotations

import json
from typing import Any

import sregistry
from sregistry.assembly.config import read_config
from sregistry.assembly.labels import labels, labels_json
from sregistry.assembly.origin import Origin
from sregistry.references.platform import Platform

DIGEST = "sha256:" + "1" * 64
ORIGIN = Origin("docker.io/library/python:3.12", DIGEST, Platform("linux", "arm64"))


def made(**document: Any) -> dict[str, str]:
    return labels(read_config(document), ORIGIN)


def test_an_image_without_labels_tells_its_origin() -> None:
    assert made(created="2020-02-03T04:05:06.7Z") == {
        "org.label-schema.build-arch": "arm64",
        "org.label-schema.build-date": "2020-02-03T04:05:06Z",
        "org.label-schema.schema-version": "1.0",
        "org.label-schema.usage.singularity.deffile.bootstrap": "docker",
        "org.label-schema.usage.singularity.deffile.from": f"docker.io/library/python@{DIGEST}",
        "org.label-schema.usage.sregistry.version": sregistry.__version__,
        "org.opencontainers.image.base.digest": DIGEST,
        "org.opencontainers.image.base.name": "docker.io/library/python:3.12",
        "org.opencontainers.image.created": "2020-02-03T04:05:06Z",
    }


def test_without_a_date_in_the_image_there_is_none_in_the_labels() -> None:
    assert not [name for name in made() if "date" in name or "created" in name]


def test_the_image_s_own_labels_win_except_over_the_origin() -> None:
    own = {
        "maintainer": 'Zoë "Q" <z@example.org>\n',
        "org.label-schema.build-date": "long ago",
        "org.opencontainers.image.base.name": "debian",
        "org.opencontainers.image.created": "2019-01-01T00:00:00+01:00",
    }
    result = made(created="2020-02-03T04:05:06Z", config={"Labels": own})
    assert result["maintainer"] == own["maintainer"]
    assert result["org.label-schema.build-date"] == "long ago"
    assert result["org.opencontainers.image.created"] == "2019-01-01T00:00:00+01:00"
    assert result["org.opencontainers.image.base.name"] == "docker.io/library/python:3.12"


def test_a_date_that_pushing_would_fail_on_gives_way() -> None:
    own = {"org.opencontainers.image.created": "Monday"}
    assert (
        made(created="2020-02-03T04:05:06Z", config={"Labels": own})["org.opencontainers.image.created"]
        == "2020-02-03T04:05:06Z"
    )
    assert "org.opencontainers.image.created" not in made(config={"Labels": own})


def test_the_file_is_sorted_json_with_tabs() -> None:
    result = made(config={"Labels": {"zz": "é", "a": "1"}})
    text = labels_json(result)
    assert json.loads(text) == result
    assert list(json.loads(text)) == sorted(result)
    assert text.startswith('{\n\t"a": "1",\n')
    assert '"zz": "é"\n}' in text
