"""A cache that is damaged, or that somebody else may have written: a pull mends it, says so, and its image is right."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sregistry.errors import DiskError
from sregistry.operations import layered
from sregistry.operations.context import Context
from sregistry.operations.local import open_cache
from sregistry.operations.progress import Silent
from sregistry.operations.pull import pull
from sregistry.operations.pulled import PullResult
from sregistry.packs import Pack, PackError
from sregistry.packs.format import HEADER
from sregistry.settings import Settings, load
from tests.layers.blocks import noise
from tests.support import limited
from tests.support.images import image
from tests.support.other_user import as_user
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file

STRANGER = 60007


class Heard(Silent):
    """What is said about the cache."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        if "cached" in text:
            self.warnings.append(text)


class Pulling:
    """Pulls one image of two layers again and again."""

    def __init__(self, registry: DockerRegistry, settings: Settings, folder: Path) -> None:
        layers = [
            archive(file("one", noise(b"one", 300_000)), file("small", b"few bytes")),
            archive(file("two", b"a line of text\n" * 40_000)),
        ]
        registry.push("team/tool", "1", image(layers, {}))
        self.reference = f"docker://{registry.address}/team/tool:1"
        self.settings, self.output = settings, folder / "image.sif"

    def __call__(self) -> tuple[bytes, list[str], PullResult]:
        heard = Heard()
        result = pull(Context(self.settings, progress=heard), self.reference, output=self.output, force=True)
        assert sorted(path.name for path in self.output.parent.iterdir() if "partial" in path.name) == []
        return self.output.read_bytes(), heard.warnings, result

    def packs(self) -> list[Path]:
        """The packs, the larger first: that of noise."""
        entries = open_cache(self.settings).entries()
        return [entry.path for entry in sorted(entries, key=lambda entry: -entry.size)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"HOME": str(tmp_path / "home")})


@pytest.fixture
def pulling(docker_registry: DockerRegistry, settings: Settings, tmp_path: Path) -> Pulling:
    return Pulling(docker_registry, settings, tmp_path)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that others can reach and write to, as /tmp."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o1777)
        yield Path(folder)


def flipped(place: int) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[place] ^= 1
        path.write_bytes(data)

    return spoil


def another_file(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        path.unlink()
        make(path)

    return spoil


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def full_folder(path: Path) -> None:
    path.mkdir()
    (path / "x").write_text("x")


DAMAGES = {
    "header": flipped(9),
    "first block": flipped(HEADER.size + 5),
    "later block": flipped(150_000),
    "index": flipped(-400),
    "trailer": flipped(-3),
    "truncated": cut,
    "empty": lambda path: os.truncate(path, 0),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"more"),
    "folder": another_file(full_folder),
    "pipe": another_file(os.mkfifo),
    "link": another_file(lambda path: path.symlink_to("/dev/zero")),
    "link to nowhere": another_file(lambda path: path.symlink_to("nowhere")),
    "others may write": lambda path: path.chmod(0o666),
    "group may write": lambda path: path.chmod(0o660),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_pack_is_fetched_again_with_one_line_that_says_so(pulling: Pulling, kind: str) -> None:
    right, said, _ = pulling()
    assert not said
    damaged, sound = pulling.packs()
    DAMAGES[kind](damaged)
    image, said, result = pulling()
    assert image == right
    assert len(said) == 1
    assert f"sha256:{damaged.stem} cannot be used: it" in said[0]
    assert "fetching the layer again" in said[0]
    assert {layer.digest.hex: layer.cached for layer in result.layers} == {damaged.stem: False, sound.stem: True}
    image, said, result = pulling()
    assert (image, said, [layer.cached for layer in result.layers]) == (right, [], [True, True])


def test_the_pack_of_another_layer_in_its_place_is_noticed(pulling: Pulling) -> None:
    right, _, _ = pulling()
    one, two = pulling.packs()
    one.write_bytes(two.read_bytes())
    image, said, _ = pulling()
    assert (image, len(said)) == (right, 1)
    assert "it is of another layer" in said[0]


@pytest.mark.parametrize("place", [0, 1])
def test_nor_is_a_pack_used_from_a_folder_that_others_may_change(pulling: Pulling, place: int) -> None:
    right, _, _ = pulling()
    folder = pulling.packs()[0].parents[place]
    folder.chmod(0o777)
    image, said, result = pulling()
    assert (image, len(said), [layer.cached for layer in result.layers]) == (right, 2, [False, False])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert pulling()[1] == []


@pytest.mark.root
def test_nor_one_of_another_user(pulling: Pulling) -> None:
    right, _, _ = pulling()
    os.chown(pulling.packs()[0], STRANGER, -1)
    image, said, _ = pulling()
    assert (image, len(said)) == (right, 1)
    assert "it belongs to another user" in said[0]
    assert pulling.packs()[0].stat().st_uid == os.geteuid()


def test_the_cache_is_its_owners_whatever_the_umask(pulling: Pulling) -> None:
    before = os.umask(0)
    try:
        pulling()
    finally:
        os.umask(before)
    root = pulling.settings.cache_dir
    modes = {stat.S_IMODE(path.stat().st_mode) for path in [root, *root.rglob("*")]}
    assert modes == {0o700, 0o600}


@pytest.mark.root
def test_a_pack_that_cannot_be_read_is_made_anew(docker_registry: DockerRegistry, open_folder: Path) -> None:
    pulling = Pulling(docker_registry, load({"HOME": str(open_folder)}), open_folder)

    def pull_twice() -> None:
        right, _, _ = pulling()
        pulling.packs()[0].chmod(0)
        image, said, _ = pulling()
        assert (image, len(said)) == (right, 1)
        assert "it cannot be read (Permission denied)" in said[0]

    as_user(STRANGER, pull_twice, group=STRANGER)


def left_in_tmpdir(settings: Settings) -> list[str]:
    return [path.name for path in settings.tmpdir.iterdir() if path.name.startswith("sregistry-")]


def read_only_folder(packs: list[Path]) -> None:
    packs[0].parent.chmod(0o555)


def read_only_cache(packs: list[Path]) -> None:
    for folder in (packs[0].parent, packs[0].parents[1], packs[0].parents[2] / "locks", packs[0].parents[2]):
        folder.chmod(0o555)


@pytest.mark.root
@pytest.mark.parametrize("kind", ["header", "later block", "index", "trailer", "truncated", "others may write"])
@pytest.mark.parametrize("close", [read_only_folder, read_only_cache])
def test_a_damaged_pack_that_cannot_be_removed_is_left_and_the_layer_fetched_for_this_pull(
    docker_registry: DockerRegistry, open_folder: Path, kind: str, close: Callable[[list[Path]], None]
) -> None:
    pulling = Pulling(docker_registry, load({"HOME": str(open_folder), "TMPDIR": str(open_folder)}), open_folder)

    def pull_thrice() -> None:
        right, _, _ = pulling()
        packs = pulling.packs()
        DAMAGES[kind](packs[0])
        damaged = packs[0].read_bytes()
        close(packs)
        for _ in range(2):
            image, said, result = pulling()
            assert image == right
            assert len(said) == 1
            assert f"sha256:{packs[0].stem} cannot be used: it" in said[0]
            assert "nor can it be replaced" in said[0]
            assert "for this pull only" in said[0]
            assert {layer.digest.hex: layer.cached for layer in result.layers} == {
                packs[0].stem: False,
                packs[1].stem: True,
            }
            assert packs[0].read_bytes() == damaged
            assert left_in_tmpdir(pulling.settings) == []

    as_user(STRANGER, pull_thrice, group=STRANGER)


@pytest.mark.root
@pytest.mark.parametrize("kind", ["header", "later block"])
def test_so_is_one_that_cannot_be_changed_by_anybody(pulling: Pulling, kind: str) -> None:
    right, _, _ = pulling()
    pack = pulling.packs()[0]
    DAMAGES[kind](pack)
    if not shutil.which("chattr") or subprocess.run(["chattr", "+i", pack], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("no file can be made immutable here")
    try:
        image, said, result = pulling()
    finally:
        subprocess.run(["chattr", "-i", pack], check=True)
    assert (image, len(said)) == (right, 1)
    assert f"{pack} cannot be removed (Operation not permitted)" in said[0]
    assert sorted(layer.cached for layer in result.layers) == [False, True]
    assert pulling()[0] == right
    assert pulling()[1] == []


@pytest.mark.root
def test_where_there_is_no_other_place_either_the_pull_ends_at_once(
    docker_registry: DockerRegistry, open_folder: Path
) -> None:
    settings = load({"HOME": str(open_folder), "TMPDIR": str(open_folder / "none")})
    pulling = Pulling(docker_registry, settings, open_folder)

    def pull_twice() -> None:
        right, _, _ = pulling()
        packs = pulling.packs()
        DAMAGES["later block"](packs[0])
        read_only_folder(packs)
        with pytest.raises(DiskError) as caught:
            pulling()
        assert (caught.value.code, caught.value.facts["setting"]) == ("disk-no-such-path", "tmpdir")
        assert pulling.output.read_bytes() == right

    as_user(STRANGER, pull_twice, group=STRANGER)


def assemblies(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often an image is assembled, from now on."""
    assemble, counted = layered._assemble, list[int]()

    def count(*arguments: object, **more: object) -> object:
        counted.append(1)
        return assemble(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(layered, "_assemble", count)
    return counted


@pytest.mark.parametrize("place", [HEADER.size + 5, -400])
def test_all_damaged_packs_of_an_image_are_found_at_once(
    docker_registry: DockerRegistry,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: int,
) -> None:
    pulling = Pulling(docker_registry, settings, tmp_path)
    layers = [archive(file(f"f{number}", noise(b"%d" % number, 20_000))) for number in range(5)]
    docker_registry.push("team/tool", "1", image([*layers, layers[2]], {}))
    right, _, _ = pulling()
    sound, *damaged = pulling.packs()
    for path in damaged:
        flipped(place)(path)
    counted = assemblies(monkeypatch)
    made, said, result = pulling()
    assert (made, len(counted), len(said)) == (right, 2, 4)
    assert {layer.digest.hex for layer in result.layers if layer.cached} == {sound.stem}
    assert (pulling()[1], len(counted)) == ([], 3)


@pytest.mark.root
def test_the_mode_opens_it_to_others(docker_registry: DockerRegistry, tmp_path: Path) -> None:
    shared = load({"HOME": str(tmp_path / "home"), "SREGISTRY_MODE": "0660"})
    pulling = Pulling(docker_registry, shared, tmp_path)
    right, _, _ = pulling()
    for pack in pulling.packs():
        os.chown(pack, STRANGER, -1)
        assert stat.S_IMODE(pack.stat().st_mode) == 0o660
    image, said, result = pulling()
    assert (image, said, [layer.cached for layer in result.layers]) == (right, [], [True, True])


def test_a_pack_that_is_removed_while_the_image_is_assembled_is_made_again(
    pulling: Pulling, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, _, _ = pulling()
    assemble, left = layered._assemble, [1]

    def emptied_first(*arguments: object, **more: object) -> object:
        if left.pop() if left else 0:
            open_cache(pulling.settings).clean()
        return assemble(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(layered, "_assemble", emptied_first)
    image, _, result = pulling()
    assert (image, [layer.cached for layer in result.layers]) == (right, [False, False])


def test_a_disk_that_damages_every_pack_is_an_error_in_the_end(
    pulling: Pulling, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, _, _ = pulling()
    index = Pack.index

    def spoilt_first(pack: Pack) -> object:
        if pack.path.suffix == ".pack":
            with pack.opened() as descriptor:
                flipped(-400)(Path(f"/proc/self/fd/{descriptor}"))
        return index(pack)

    monkeypatch.setattr(Pack, "index", spoilt_first)
    with pytest.raises(PackError) as caught:
        pulling()
    assert caught.value.code == "pack-unusable"
    assert pulling.output.read_bytes() == right
    assert [path.name for path in pulling.output.parent.iterdir() if "partial" in path.name] == []


def test_what_is_in_the_place_of_a_pack_can_be_cleaned_away(pulling: Pulling) -> None:
    pulling()
    for path, spoil in zip(pulling.packs(), (DAMAGES["folder"], DAMAGES["link to nowhere"]), strict=True):
        spoil(path)
    cache = open_cache(pulling.settings)
    assert len(cache.clean().entries) == 2
    assert cache.entries() == []


def test_an_image_of_many_layers_needs_few_open_files(
    docker_registry: DockerRegistry, settings: Settings, tmp_path: Path
) -> None:
    docker_registry.push("team/many", "1", image([archive(file(f"f{number}", b"x")) for number in range(120)], {}))
    reference = f"docker://{docker_registry.address}/team/many:1"
    for name in ("new.sif", "cached.sif"):
        done = limited.run(
            tmp_path / "home", limited.limit("nofile", 64), ["pull", "--output", tmp_path / name, reference]
        )
        assert done.status == 0, done.said
    assert (tmp_path / "new.sif").read_bytes() == (tmp_path / "cached.sif").read_bytes()
