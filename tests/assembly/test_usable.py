"""The least that is changed so that everybody can use an image; what the changes are for is tried in `tests/trials`."""

from __future__ import annotations

import pytest

from sregistry.assembly.changes import Changes
from sregistry.assembly.merge import Merged
from sregistry.assembly.usable import leads_to_own, make_usable
from sregistry.layers.tree import Node, Tree
from sregistry.squashfs.node import BLOCK, CHARACTER, DIRECTORY, FIFO, FILE, SYMLINK


def link(target: bytes) -> Node:
    node = Node(SYMLINK, 0o777)
    node.target = target
    return node


def device(kind: int, rdev: int) -> Node:
    node = Node(kind, 0o600)
    node.rdev = rdev
    return node


def folder(mode: int = 0o755) -> Node:
    return Node(DIRECTORY, mode)


def tree_of(nodes: dict[str, Node]) -> Tree:
    tree = Tree(mtime=1)
    tree.begin_layer(has_whiteouts=False)
    for path, node in nodes.items():
        tree.put(path.encode(), node)
    return tree


def changed(nodes: dict[str, Node], *, exact: bool = False, devices: bool = False) -> tuple[Tree, Changes]:
    tree = tree_of(nodes)
    return tree, make_usable(Merged(tree, [], [], [], exact=exact, devices=devices), created=9)


def at(tree: Tree, path: bytes) -> Node:
    node = tree.lookup(path)
    assert node is not None
    return node


def test_an_image_without_anything_in_the_way_is_left_as_it_is() -> None:
    _, changes = changed({"etc": folder(), "etc/passwd": Node(FILE, 0o600), "tmp": folder(0o700), "run": link(b"tmp")})
    assert not changes


@pytest.mark.parametrize("kind", [FILE, FIFO, CHARACTER])
def test_what_is_no_folder_in_its_place_is_replaced(kind: int) -> None:
    tree, changes = changed({"tmp": Node(kind, 0o600), "dev": folder()})
    assert changes.replaced == ["/tmp"]
    assert (at(tree, b"tmp").kind, at(tree, b"tmp").mode, at(tree, b"tmp").mtime) == (DIRECTORY, 0o1777, 9)


def test_what_is_no_file_in_its_place_is_replaced() -> None:
    tree, changes = changed({"etc": folder(), "etc/hosts": folder(), "etc/group": link(b"nowhere")})
    assert changes.replaced == ["/etc/hosts"]
    assert at(tree, b"etc/hosts").kind == FILE


def test_a_link_to_a_folder_leads_there_wherever_the_image_is_unpacked() -> None:
    tree, changes = changed({"var": folder(), "data": folder(), "data/tmp": folder(), "var/tmp": link(b"/data/tmp")})
    assert changes.links == ["/var/tmp"]
    assert at(tree, b"var/tmp").target == b"../data/tmp"


def test_a_relative_link_stays() -> None:
    tree, changes = changed({"var": folder(), "tmp": folder(), "var/tmp": link(b"../tmp")})
    assert (bool(changes), at(tree, b"var/tmp").target) == (False, b"../tmp")


def test_a_folder_that_a_link_leads_to_is_made() -> None:
    tree, changes = changed({"home": link(b"usr/home")})
    assert not changes.replaced
    found = tree.follow(b"home")
    assert found is not None
    assert (found[0].kind, found[1]) == (DIRECTORY, b"usr/home")


@pytest.mark.parametrize("nodes", [{"proc": link(b"proc")}, {"a": Node(FILE), "proc": link(b"a/b")}])
def test_a_link_that_leads_to_no_folder_is_replaced(nodes: dict[str, Node]) -> None:
    tree, changes = changed(nodes)
    assert changes.replaced == ["/proc"]
    assert at(tree, b"proc").kind == DIRECTORY


@pytest.mark.parametrize("mode", [0, 0o700, 0o555])
def test_the_root_is_open_to_all_and_folders_on_the_way_to_their_owner(mode: int) -> None:
    tree, changes = changed({"": folder(mode), "etc": folder(0o066), "var": folder(0o100)})
    assert changes.opened == {"/": f"{mode:04o}", "/etc": "0066"}
    assert (tree.root.mode, at(tree, b"etc").mode, at(tree, b"var").mode) == (mode | 0o755, 0o766, 0o100)


def test_devices_are_empty_files_but_for_whiteouts() -> None:
    disk = device(BLOCK, 0x801)
    nodes = {"disk": disk, "disk-too": disk, "null": device(CHARACTER, 0x103), "gone": device(CHARACTER, 0)}
    tree, changes = changed(nodes, devices=True)
    assert changes.devices == 2
    assert changes.nodes == {"/disk": "b 8:1", "/disk-too": "b 8:1", "/null": "c 1:3"}
    assert {name: at(tree, name).kind for name in (b"disk", b"null", b"gone")} == {
        b"disk": FILE,
        b"null": FILE,
        b"gone": CHARACTER,
    }


def test_exactly_everything_is_only_told() -> None:
    def nodes() -> dict[str, Node]:
        return {
            "": folder(0o700),
            "disk": device(BLOCK, 1),
            "tmp": Node(FILE, 0o600),
            "var": folder(),
            "data": folder(),
            "var/tmp": link(b"/data"),
        }

    tree, told = changed(nodes(), exact=True, devices=True)
    _, done = changed(nodes(), devices=True)
    assert (told.opened, told.devices, told.replaced, told.links) == (
        done.opened,
        done.devices,
        done.replaced,
        done.links,
    )
    assert (tree.root.mode, at(tree, b"disk").kind, at(tree, b"tmp").kind) == (0o700, BLOCK, FILE)
    assert at(tree, b"var/tmp").target == b"/data"


@pytest.mark.parametrize(
    ("target", "own"),
    [(b"/opt/run", True), (b"opt/run", True), (b"/.singularity.d/runscript", False), (b"nowhere", False)],
)
def test_links_of_the_image_are_told_from_those_of_an_earlier_container(target: bytes, own: bool) -> None:
    nodes = {
        "opt": folder(),
        "opt/run": Node(FILE, 0o755),
        ".singularity.d": folder(),
        ".singularity.d/runscript": Node(FILE, 0o755),
        "singularity": link(target),
    }
    assert leads_to_own(tree_of(nodes), b"singularity") is own
    tree, _ = changed(nodes)
    assert at(tree, b"singularity").target == (b"opt/run" if own else target)
