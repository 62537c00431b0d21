"""What a machine lacks is found by the doctor and by the pull alike, before anything is fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sregistry.diagnosis import explain
from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.doctor import examine
from sregistry.operations.local import open_cache
from sregistry.operations.pull import pull
from sregistry.settings import Settings, load
from tests.support import images
from tests.support.other_user import as_user
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file

ADA = 60001
IMAGE = images.image([archive(file("etc/motd", b"hello"))])


@pytest.fixture
def home() -> Iterator[Path]:
    """The home of a user, who can reach it."""
    made = Path(tempfile.mkdtemp(prefix="home-", dir="/tmp"))
    os.chown(made, ADA, ADA)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def reference(docker_registry: DockerRegistry) -> str:
    docker_registry.push("team/tool", "1", IMAGE)
    return f"{docker_registry.address}/team/tool:1"


def both(reference: str, home: Path, output: Path | None = None, **variables: str) -> tuple[str, str, list[str]]:
    """The codes of the doctor and of the pull, and what the pull asked the registry for; empty codes where all is well.

    The doctor comes first, and must leave nothing behind.
    """
    environ = {"HOME": str(home), "TMPDIR": str(home), **variables}
    settings, asked = load(environ), list[str]()
    before = sorted(home.rglob("*"))
    found = examine(Context(settings, environ), reference, output=output).diagnosis
    assert sorted(home.rglob("*")) == before
    try:
        pull(
            Context(settings, environ, on_exchange=lambda exchange: asked.append(exchange.url)),
            reference,
            output=output,
        )
    except SregistryError as error:
        return found.code if found else "", explain(error).code, asked
    return found.code if found else "", "", asked


def _file_in_the_place_of_the_cache(home: Path) -> None:
    (home / ".cache").mkdir()
    (home / ".cache/sregistry").write_text("a file")


def _cache_of_another(home: Path) -> None:
    (home / ".cache/sregistry").mkdir(parents=True)
    (home / ".cache/sregistry").chmod(0o555)


def _storage_of_another(home: Path) -> None:
    (home / ".local/share/sregistry/images").mkdir(parents=True)
    (home / ".local/share/sregistry/images").chmod(0o555)


def _database_that_is_a_folder(home: Path) -> None:
    (home / ".local/share/sregistry/sregistry.db").mkdir(parents=True)


def _database_that_is_none(home: Path) -> None:
    (home / ".local/share/sregistry").mkdir(parents=True)
    (home / ".local/share/sregistry/sregistry.db").write_bytes(b"no database" * 500)


@pytest.mark.root
@pytest.mark.parametrize(
    "lack",
    [
        _file_in_the_place_of_the_cache,
        _cache_of_another,
        _storage_of_another,
        _database_that_is_a_folder,
        _database_that_is_none,
    ],
)
def test_what_the_pull_meets_the_doctor_finds(lack: Callable[[Path], None], reference: str, home: Path) -> None:
    def try_it() -> None:
        lack(home)
        examined, pulled, asked = both(reference, home)
        assert pulled
        assert examined == pulled
        assert not any("/blobs/" in url for url in asked[:-1])

    as_user(ADA, try_it, group=ADA)


@pytest.mark.root
def test_an_output_folder_that_cannot_be_written_is_found_before_anything_is_asked(reference: str, home: Path) -> None:
    def try_it() -> None:
        (home / "out").mkdir()
        (home / "out").chmod(0o555)
        assert both(reference, home, home / "out/tool.sif") == ("disk-permission", "disk-permission", [])
        assert both(reference, home, home / "none/tool.sif") == ("disk-output-folder", "disk-output-folder", [])
        assert both(reference, home, home / "out") == ("disk-output-special", "disk-output-special", [])

    as_user(ADA, try_it, group=ADA)


@pytest.mark.root
@pytest.mark.parametrize(
    ("options", "code"), [("size=8k", "disk-full"), ("nr_inodes=2", "disk-full"), ("ro", "disk-read-only")]
)
def test_a_disk_that_takes_nothing(docker_registry: DockerRegistry, tmp_path: Path, options: str, code: str) -> None:
    docker_registry.push("team/big", "1", images.image([archive(file("data", os.urandom(64 << 10)))]))
    reference = f"{docker_registry.address}/team/big:1"
    small, home = tmp_path / "small", tmp_path / "home"
    home.mkdir()
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "small", small], check=True)
    try:
        if "inodes" in options:
            (small / "last").touch()
        assert both(reference, home, small / "a.sif")[:2] == (code, code)
        assert both(reference, home, home / "a.sif", SREGISTRY_CACHE_DIR=str(small))[:2] == (code, code)
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_file_in_the_place_of_a_folder_is_named(reference: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert both(reference, tmp_path, tmp_path / "file/a.sif")[:2] == ("disk-output-folder", "disk-output-folder")
    environ = {"HOME": str(tmp_path), "SREGISTRY_CACHE_DIR": str(tmp_path / "file/cache")}
    with pytest.raises(SregistryError) as caught:
        pull(Context(load(environ), environ), reference)
    found = explain(caught.value)
    assert found.title.startswith(f"{tmp_path}/file is no folder")
    assert not [step for step in found.steps if "mkdir" in step.command]


@pytest.mark.root
def test_a_cache_that_has_everything_need_not_be_writable(reference: str, home: Path) -> None:
    def try_it() -> None:
        assert both(reference, home, home / "one.sif")[:2] == ("", "")
        for folder in (home / ".cache/sregistry").rglob(""):
            folder.chmod(0o555)
        assert both(reference, home, home / "two.sif")[:2] == ("", "")

    as_user(ADA, try_it, group=ADA)


def spoil_the_pack(settings: Settings) -> Path:
    (entry,) = open_cache(settings).entries()
    data = bytearray(entry.path.read_bytes())
    data[-200] ^= 1
    entry.path.write_bytes(data)
    return entry.path


def layers_of(reference: str, environ: dict[str, str], output: Path) -> str:
    """What the doctor says of the layers."""
    steps = examine(Context(load(environ), environ), reference, output=output).steps
    return next(step.summary for step in steps if step.name == "layers")


def test_a_pack_that_does_not_open_is_not_counted_as_here(reference: str, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    pull(Context(load(environ), environ), reference, output=tmp_path / "one.sif")
    assert layers_of(reference, environ, tmp_path / "two.sif") == "the one layer is here already"
    pack = spoil_the_pack(load(environ))
    assert layers_of(reference, environ, tmp_path / "two.sif") == "the one layer is there"
    pack.unlink()
    pack.mkdir()
    assert layers_of(reference, environ, tmp_path / "two.sif") == "the one layer is there"


@pytest.mark.root
def test_one_that_cannot_be_replaced_is_no_hindrance_unless_there_is_no_other_place(reference: str, home: Path) -> None:
    def try_it() -> None:
        assert both(reference, home, home / "one.sif")[:2] == ("", "")
        spoil_the_pack(load({"HOME": str(home)}))
        for folder in (home / ".cache/sregistry").rglob(""):
            folder.chmod(0o555)
        assert both(reference, home, home / "two.sif")[:2] == ("", "")
        (home / "closed").mkdir(mode=0o555)
        nowhere = both(reference, home, home / "three.sif", TMPDIR=str(home / "closed"))
        assert nowhere[:2] == ("disk-permission", "disk-permission")
        assert not any("/blobs/" in url for url in nowhere[2][:-1])

    as_user(ADA, try_it, group=ADA)


def test_an_image_that_is_here_unchanged_is_said_to_be(reference: str, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    settings = load(environ)
    pull(Context(settings, environ), reference)
    steps = {step.name: step for step in examine(Context(settings, environ), reference).steps}
    assert steps["output"].summary.endswith("it is there already, unchanged")
