"""The config of an image comes from strangers: every value is of the right kind, or an error says which is not."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.assembly.config import format_time, parse_time, read_config
from sregistry.assembly.errors import AssemblyError

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
FIELDS = ("Entrypoint", "Cmd", "Env", "Labels", "WorkingDir", "User", "StopSignal", "Volumes", "Healthcheck")


def test_reads_every_field() -> None:
    config = read_config(
        {
            "created": "2020-02-03T04:05:06.789Z",
            "config": {
                "Entrypoint": ["e"],
                "Cmd": ["c", "d"],
                "Env": ["A=1"],
                "Labels": {"k": "v"},
                "WorkingDir": "/w",
                "User": "u",
                "StopSignal": "SIGINT",
                "Volumes": {"/z": {}, "/a": {}},
                "Healthcheck": {"Test": ["NONE"]},
            },
        }
    )
    assert (config.entrypoint, config.command, config.environment) == (("e",), ("c", "d"), ("A=1",))
    assert (config.labels, config.working_directory, config.user) == ({"k": "v"}, "/w", "u")
    assert (config.stop_signal, config.volumes, config.has_healthcheck) == ("SIGINT", ("/a", "/z"), True)
    assert config.created == 1580702706


@pytest.mark.parametrize("document", [{}, {"config": None}, {"config": {}}, {"config": dict.fromkeys(FIELDS)}])
def test_what_is_absent_or_null_is_empty(document: dict[str, Any]) -> None:
    config = read_config(document)
    assert (config.entrypoint, config.command, config.environment, config.volumes) == ((), (), (), ())
    assert (config.labels, config.user, config.has_healthcheck, config.created) == ({}, "", False, None)


@pytest.mark.parametrize(
    ("document", "field", "expected", "actual"),
    [
        ([], "document", "an object", "a list"),
        ({"config": "x"}, "config", "an object", "a string"),
        ({"config": {"Cmd": {"sh": 1}}}, "config.Cmd", "a list of strings", "an object"),
        ({"config": {"Entrypoint": 5}}, "config.Entrypoint", "a list of strings", "a number"),
        ({"config": {"Cmd": ["a", ["b"]]}}, "config.Cmd[1]", "a string", "a list"),
        ({"config": {"Env": {"A": "1"}}}, "config.Env", "a list of strings", "an object"),
        ({"config": {"Env": [True]}}, "config.Env[0]", "a string", "a boolean"),
        ({"config": {"Labels": ["a"]}}, "config.Labels", "an object", "a list"),
        ({"config": {"Labels": {"a": 1.5}}}, "config.Labels", "a string", "a number"),
        ({"config": {"User": 0}}, "config.User", "a string", "a number"),
        ({"config": {"Volumes": ["/a"]}}, "config.Volumes", "an object", "a list"),
        ({"created": 1}, "created", "a string", "a number"),
    ],
)
def test_a_value_of_a_wrong_kind_is_named(document: Any, field: str, expected: str, actual: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        read_config(document)
    assert caught.value.code == "image-config-invalid"
    assert caught.value.facts == {"field": field, "expected": expected, "actual": actual}


@given(
    document=st.fixed_dictionaries(
        {}, optional={"created": JSON, "config": st.dictionaries(st.sampled_from(FIELDS), JSON)}
    )
)
def test_any_document_is_read_or_refused(document: dict[str, Any]) -> None:
    with contextlib.suppress(AssemblyError):
        config = read_config(document)
        "".join([*config.entrypoint, *config.command, *config.environment, *config.labels.values()]).encode()


def test_an_entrypoint_of_one_empty_string_is_none() -> None:
    assert read_config({"config": {"Entrypoint": [""], "Cmd": ["x"]}}).entrypoint == ()


def test_text_that_is_not_unicode_is_replaced_as_go_does_and_noted() -> None:
    config = read_config(json.loads(r'{"config": {"Env": ["A=x", "B=\ud800"], "Labels": {"\udfff": "1"}}}'))
    assert config.environment == ("A=x", "B=\ufffd")
    assert config.labels == {"\ufffd": "1"}
    assert config.replaced == ("config.Env[1]", "config.Labels")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2024-02-29T23:59:59.999999999Z", 1709251199),
        ("2024-01-01T02:30:00+02:30", 1704067200),
        ("2023-12-31T23:00:00-01:00", 1704067200),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("9999-12-31T23:59:59-23:59", 253402387139),
        ("2023-02-29T00:00:00Z", None),
        ("2024-01-01 00:00:00Z", None),
        ("2024-01-01T00:00:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_are_rfc_3339(text: str, seconds: int | None) -> None:
    assert parse_time(text) == seconds


@given(moment=st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31)))
def test_a_time_is_written_as_it_is_read(moment: datetime) -> None:
    seconds = int(moment.replace(tzinfo=UTC).timestamp())
    assert parse_time(format_time(seconds)) == seconds
