"""What was changed in an image, in the words kept in its SIF and on the page of `inspect`."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.assembly.changes import Changes, read_device, write_device
from sregistry.squashfs.node import BLOCK, CHARACTER, encode_device

ALL = Changes(
    opened={"/": "0700"},
    devices=2,
    nodes={"/dev/null": "c 1:3"},
    whiteouts=1,
    links=["/var/tmp"],
    replaced=["/etc/hosts"],
)


@pytest.mark.parametrize("changes", [Changes(), Changes(exact=True), ALL])
def test_what_is_written_is_read(changes: Changes) -> None:
    assert Changes.parse(json.loads(changes.dump())) == changes


FIELDS = st.sampled_from(["exact", "opened", "devices", "nodes", "whiteouts", "links", "replaced"])
OTHERS = st.none() | st.text() | st.integers() | st.lists(st.text())


@given(st.dictionaries(FIELDS, OTHERS))
def test_what_others_wrote_there_counts_as_absent(document: dict[str, object]) -> None:
    found = Changes.parse(document)
    assert isinstance(found.devices, int)
    assert isinstance(found.opened, dict)
    assert isinstance(found.links, list)


def test_an_image_without_changes_is_told_from_no_other() -> None:
    assert (bool(Changes(exact=True)), Changes().identity, Changes(exact=True).identity) == (False, "", "")
    assert (bool(ALL), ALL.identity) == (True, " changed")
    assert Changes(exact=True, devices=1).identity == " exact"


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        (Changes(devices=1), "1 device node of the image is an empty file"),
        (Changes(devices=2), "2 device nodes of the image are empty files"),
        (Changes(devices=2, exact=True), None),
        (Changes(links=["/tmp"]), None),
    ],
)
def test_only_lost_devices_are_told_at_the_pull(changes: Changes, beginning: str | None) -> None:
    said = changes.sentences()
    assert [sentence.partition(",")[0] for sentence in said] == ([beginning] if beginning else [])


def test_the_page_has_all_of_it() -> None:
    assert list(ALL.lines()) == [
        "/ has the mode 0700 in the layers",
        "2 device nodes are empty files",
        "1 whiteouts of an overlay filesystem are applied",
        "relative links: /var/tmp",
        "replaced: /etc/hosts",
    ]
    assert list(Changes().lines()) == []


@pytest.mark.parametrize(
    ("kind", "major", "minor", "text"), [(CHARACTER, 5, 1, "c 5:1"), (BLOCK, 4095, 1_048_575, "b 4095:1048575")]
)
def test_a_device_in_words(kind: int, major: int, minor: int, text: str) -> None:
    assert write_device(kind, encode_device(major, minor)) == text
    assert read_device(text) == (kind, major, minor)


@pytest.mark.parametrize("text", ["", "c 5", "x 1:2", "c -1:2", "c 12345:1", None, 5, ["c 5:1"]])
def test_other_words_are_no_device(text: object) -> None:
    assert read_device(text) is None


def test_no_more_devices_are_remembered_than_images_have() -> None:
    changes = Changes()
    changes.add_node(b"/" + b"n" * 200, "c 1:3")
    for number in range(1000):
        changes.add_node(b"/dev/%d" % number, "c 1:3")
    assert len(changes.nodes) == 400
    assert "/dev/0" in changes.nodes
