"""JSON as Go reads it; what Go makes of each example was asked of a Go program (encoding/json of Go 1.27)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry import gojson
from sregistry.gojson import JsonError, List, Map, Struct

RUN = Struct({"User": None, "Env": List(), "Labels": Map(), "sub": Struct({"a": None, "skin": None})})
SHAPE = Struct({"mediaType": None, "size": None, "config": RUN, "layers": List(RUN), "os.version": None})
#: What `SHAPE` has room for, all in one.
FULL = {
    "mediaType": "a/b",
    "size": 3,
    "config": {"User": "me", "Env": ["A=1", ""], "Labels": {"a": "1", "A": "2"}, "sub": {"a": "x", "skin": "y"}},
    "layers": [{"User": "you"}, {}],
    "os.version": "10",
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def read(text: str | bytes) -> Any:
    return gojson.read(text.encode() if isinstance(text, str) else text, SHAPE)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"MEDIATYPE": "x", "Size": 1}', {"mediaType": "x", "size": 1}),
        ('{"ſize": 1, "OS.Verſion": "2"}', {"size": 1, "os.version": "2"}),
        ('{"config": {"SUB": {"\u017f\u212ain": "q"}}}', {"config": {"sub": {"skin": "q"}}}),
        ('{"sİze": 1, "ßize": 2}', {"sİze": 1, "ßize": 2}),
        ('{"config": {"Labels": {"a": "1", "A": "2"}}}', {"config": {"Labels": {"a": "1", "A": "2"}}}),
        ('{"Other": {"SKIN": 1}}', {"Other": {"SKIN": 1}}),
    ],
)
def test_a_field_is_found_in_any_case_and_what_is_none_stays_as_it_is(text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"size": 1, "size": 2}', {"size": 2}),
        ('{"size": 1, "SIZE": 2}', {"size": 2}),
        ('{"SIZE": 1, "size": 2}', {"size": 2}),
        ('{"size": 1, "SIZE": 2, "size": 3}', {"size": 3}),
        ('{"config": {"User": "a"}, "Config": {"Env": ["x"]}}', {"config": {"User": "a", "Env": ["x"]}}),
        ('{"config": {"Env": ["x", "y"]}, "config": {"env": ["z"]}}', {"config": {"Env": ["z"]}}),
        (
            '{"config": {"Labels": {"a": "1", "b": "2"}, "LABELS": {"b": "3"}}}',
            {"config": {"Labels": {"a": "1", "b": "3"}}},
        ),
        ('{"layers": [{"User": "a"}], "layers": [{"Env": null}]}', {"layers": [{"Env": None}]}),
        ('{"x": 1, "x": {"y": 2, "y": 3}}', {"x": {"y": 3}}),
    ],
)
def test_of_several_the_last_counts_and_objects_are_merged(text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"mediaType": "a", "mediaType": null}', {"mediaType": "a"}),
        ('{"size": 1, "Size": null}', {"size": 1}),
        ('{"config": {"User": "a"}, "config": null}', {"config": {"User": "a"}}),
        ('{"config": {"Env": ["a"], "Env": null}}', {"config": {"Env": None}}),
        ('{"config": {"Labels": {"a": "1"}, "labels": null}}', {"config": {"Labels": None}}),
        ('{"layers": null, "config": null, "mediaType": null}', {"layers": None, "config": None, "mediaType": None}),
    ],
)
def test_null_takes_away_lists_and_maps_only(text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'"\xff"', "\ufffd"),
        (b'"\xe2\x82"', "\ufffd\ufffd"),
        (b'"\xf0\x9f\x98"', "\ufffd\ufffd\ufffd"),
        (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd"),
        (b'"\xc0\x80"', "\ufffd\ufffd"),
        (b'"\\ud800"', "\ufffd"),
        (b'"\\ud800\\u0041"', "\ufffdA"),
        (b'"\\udc00\\ud800x"', "\ufffd\ufffdx"),
        (b'"\\uD800\xed\xb0\x80"', "\ufffd\ufffd\ufffd\ufffd"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'"\\ud83d\\ude00 \xf0\x9f\x98\x80"', "\N{GRINNING FACE} \N{GRINNING FACE}"),
    ],
)
def test_what_is_no_unicode_is_replaced_byte_by_byte(raw: bytes, text: str) -> None:
    assert gojson.loads(raw) == text
    assert gojson.loads(b'{"a": [' + raw + b"], " + raw + b": 1}") == {"a": [text], text: 1}


def test_the_places_of_what_was_replaced_are_told() -> None:
    places: list[str] = []
    gojson.read(b'{"config": {"ENV": ["a", "\xff"], "User": "\\udfff"}, "x": {"\xfe": 1}}', SHAPE, replaced=places)
    assert places == ["config.ENV[1]", "config.User", "x.\ufffd"]


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "{", "[1,]", "{'a': 1}", '{"a": NaN}', "Infinity", '"\n"', "01", "1.", "{} {}", "nul"),
        *("[" * 5000, "[" * 101 + "]" * 101, '{"a":' * 150 + "1" + "}" * 150),
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(JsonError):
        read(text)


@pytest.mark.parametrize(("text", "early"), [('{"a": 1', True), ('{"a": "b', True), ('{"a": tr', True), ("{a}", False)])
def test_it_is_told_whether_more_was_to_come(text: str, early: bool) -> None:
    with pytest.raises(JsonError) as caught:
        read(text)
    assert (caught.value.ends_early, caught.value.line) == (early, 1)


def test_a_hundred_levels_are_read() -> None:
    assert gojson.loads("[" * 100 + "]" * 100)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_passed_over(encoding: str) -> None:
    assert read('{"mediaType": "é"}'.encode(encoding)) == {"mediaType": "é"}


@pytest.mark.parametrize("number", ["9" * 100_000, "-" + "9" * 5000, "1e999", "-1e999"])
def test_a_number_beyond_all_can_be_written_again(number: str) -> None:
    value = read(f'{{"size": {number}}}')["size"]
    assert isinstance(value, float)
    json.dumps(value, allow_nan=False)


def test_a_large_number_is_exact() -> None:
    assert read('{"size": 12345678901234567890123}') == {"size": 12345678901234567890123}


@given(VALUES)
def test_what_json_writes_is_read_as_it_was(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert gojson.loads(text) == gojson.loads(text.encode()) == value


@given(st.data())
def test_no_way_to_write_a_name_changes_what_is_read(data: st.DataObject) -> None:
    def disguised(name: str) -> str:
        spelt = [data.draw(st.sampled_from([c.lower(), c.upper(), {"s": "ſ", "k": "\u212a"}.get(c, c)])) for c in name]
        return "".join(spelt)

    def spell(value: Any, is_map: bool = False) -> Any:
        if isinstance(value, list):
            return [spell(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {name if is_map else disguised(name): spell(item, name == "Labels") for name, item in value.items()}

    assert read(json.dumps(spell(FULL))) == FULL


@given(st.binary(max_size=60) | st.binary(max_size=20).map(lambda data: b'{"config": {"User": "' + data + b'"}}'))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = read(data)
    except JsonError:
        return
    json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        '{"a":' * 300_000,
        "[" + "[]," * 300_000 + "[]]",
        '"' + "\\ud800" * 200_000 + '"',
        "{" + ",".join('"size": 1' for _ in range(200_000)) + "}",
        "9" * 2_000_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    try:
        read(text)
    except JsonError:
        pass
    assert time.process_time() - began < 2
