"""The JSON objects beside the file system."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sregistry.assembly.config import read_config
from sregistry.assembly.errors import AssemblyError
from sregistry.assembly.metadata import inspect_metadata, oci_config


def test_inspect_metadata_has_the_form_that_apptainer_inspect_reads() -> None:
    made = inspect_metadata(
        labels={"b": "2", "a": "é"},
        deffile="bootstrap: docker\n\n",
        runscript="#!/bin/sh\nexec\n",
        startscript="#!/bin/sh\n",
        environment={"/x": "y\n"},
    )
    assert (
        made
        == (
            '{"data":{"attributes":{"deffile":"bootstrap: docker","environment":{"/x":"y"},"labels":{"a":"é","b":"2"},'
            '"runscript":"#!/bin/sh\\nexec","startscript":"#!/bin/sh"}},"type":"container"}'
        ).encode()
    )


def test_the_oci_config_is_kept_whole_and_in_order() -> None:
    inner = {"WorkingDir": "/w", "User": "é", "ExposedPorts": {"80/tcp": {}}, "Vendor": [1, None, 2.5], "Cmd": ["a"]}
    made = oci_config(read_config({"config": inner, "history": [{}]}))
    assert json.loads(made) == inner
    assert list(json.loads(made)) == list(inner)


def nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [float("inf"), float("nan"), nested(100_000)], ids=["inf", "nan", "deep"])
def test_what_json_cannot_hold_is_an_error(value: Any) -> None:
    with pytest.raises(AssemblyError) as caught:
        oci_config(read_config({"config": {"Vendor": value}}))
    assert caught.value.code == "image-config-invalid"
