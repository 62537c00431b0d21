"""Additions come where nothing is, parents first, and never lead outside what the image has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sregistry.assembly.overlay import Addition, Overlay


def paths(overlay: Overlay) -> list[bytes]:
    return [addition.path for addition in overlay.additions]


def over(**kinds: str) -> Overlay:
    """An overlay over an image with these paths (`__` stands for a slash)."""
    image = {name.replace("__", "/").encode(): kind for name, kind in kinds.items()}
    return Overlay(image.get)


def test_missing_parents_are_added_first() -> None:
    overlay = over(a="directory")
    overlay.need_directory(b"a/b/c", 0o1777)
    assert overlay.additions == [Addition(b"a/b", "directory", 0o755), Addition(b"a/b/c", "directory", 0o1777)]


def test_what_is_there_stays() -> None:
    overlay = over(dir="directory", link="symlink", file="file", fifo="fifo")
    for name in (b"dir", b"link", b"file", b"fifo"):
        overlay.need_directory(name)
        overlay.need_file(name)
    assert overlay.additions == []


def test_nothing_is_added_below_what_is_no_directory() -> None:
    overlay = over(file="file", device="device")
    overlay.need_directory(b"file/a/b")
    overlay.need_file(b"device/a")
    assert overlay.additions == []


def test_a_link_on_the_way_is_left_to_be_resolved_in_the_image() -> None:
    overlay = over(var__run="symlink", var="directory")
    overlay.need_directory(b"var/run/app")
    assert paths(overlay) == [b"var/run/app"]


def test_a_mount_point_replaces_a_link_only() -> None:
    overlay = over(etc="directory", etc__hosts="symlink", etc__resolv="file")
    overlay.need_file(b"etc/hosts", instead_of_link=True)
    overlay.need_file(b"etc/resolv", instead_of_link=True)
    assert overlay.additions == [Addition(b"etc/hosts", "file", 0o644)]


def test_a_link_is_put_over_a_link_but_not_over_a_file() -> None:
    overlay = over(a="symlink", b="file")
    overlay.put_link(b"a", b"x")
    overlay.put_link(b"b", b"x")
    overlay.put_link(b"c", b"x")
    assert overlay.additions == [
        Addition(b"a", "symlink", 0o777, target=b"x"),
        Addition(b"c", "symlink", 0o777, target=b"x"),
    ]


def test_a_link_is_not_put_over_a_directory_added_before() -> None:
    overlay = over()
    overlay.need_directory(b"singularity")
    overlay.put_link(b"singularity", b"x")
    assert overlay.additions == [Addition(b"singularity", "directory", 0o755)]


def test_paths_that_no_file_system_holds_are_passed_over() -> None:
    overlay = over()
    for path in (b"", b"a//b", b"a\0b", b"x" * 256, b"ab/" * 1400 + b"c"):
        overlay.need_directory(path)
    assert overlay.additions == []


@given(st.lists(st.text("ab/", min_size=1, max_size=6)))
def test_every_parent_comes_before_its_children(wanted: list[str]) -> None:
    overlay = over()
    for path in wanted:
        overlay.need_directory(path.encode())
    seen: set[bytes] = {b""}
    for path in paths(overlay):
        assert path.rpartition(b"/")[0] in seen
        assert path not in seen
        seen.add(path)
