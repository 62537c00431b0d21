"""Files by name: in folders, in archives that stay packed, in compressed ones and in pipes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
import zstandard

from sregistry.diagnosis import explain
from sregistry.endpoints.catalog import open_endpoint
from sregistry.endpoints.layouts.files import Archive, Folder, Window
from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.references import parse
from sregistry.settings import Settings, load
from sregistry.store.waiting import listening
from tests.endpoints.layouts.here import place, put
from tests.support import saved, tars, tools
from tests.support.images import image
from tests.support.pulling import User

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}
FILES = {"a": b"first", "folder/b": bytes(300_000) + b"end", "c": os.urandom(100_000)}


def settings(home: Path, **given: Any) -> Settings:
    return load({"HOME": str(home), "TMPDIR": str(home)}, command_line=given)


def archive(path: Path, home: Path, **given: Any) -> Archive:
    return Archive(path, settings(home, **given))


def refused(path: Path, home: Path, **given: Any) -> SregistryError:
    with pytest.raises(SregistryError) as caught:
        archive(path, home, **given).close()
    return caught.value


def contents(files: Archive | Folder) -> dict[str, bytes]:
    found = {}
    for name in FILES:
        window = files.open(name)
        assert window is not None
        with window:
            found[name] = window.read()
    assert files.open("absent") is None
    return found


@pytest.mark.parametrize("packer", PACKERS)
def test_a_compressed_archive_is_read_and_leaves_nothing(packer: str, tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", FILES)
    path.write_bytes(PACKERS[packer](path.read_bytes()))
    with closing(archive(path, tmp_path)) as files:
        assert contents(files) == FILES
        assert not [one for one in (tmp_path / ".cache").rglob("*") if one.is_file()], "it has no name"


def test_a_plain_archive_is_read_where_it_lies(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", FILES)
    with closing(archive(path, tmp_path)) as files:
        assert contents(files) == FILES
        assert not (tmp_path / ".cache").exists()


def test_a_stream_goes_on_when_the_archive_is_closed(tmp_path: Path) -> None:
    files = archive(saved.archive(tmp_path / "x.tar", FILES), tmp_path)
    window = files.open("c")
    assert window is not None
    files.close()
    files.close()
    with window:
        assert window.read(3) + window.read() == FILES["c"]
    window.close()


def test_an_archive_comes_through_a_pipe(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", FILES)
    os.mkfifo(tmp_path / "pipe")
    with (
        subprocess.Popen(
            [sys.executable, "-c", f"open({str(tmp_path / 'pipe')!r}, 'wb').write(open({str(path)!r}, 'rb').read())"]
        ),
        closing(archive(tmp_path / "pipe", tmp_path)) as files,
    ):
        assert contents(files) == FILES


def test_a_saved_image_is_pulled_from_the_standard_input(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", saved.before_25({"a:1": image([tars.archive(tars.file("etc/a", b"x"))])}))
    user = User(tmp_path / "home")
    with path.open("rb") as stdin:
        process = user.start("pull", "--output", tmp_path / "x.sif", "docker-archive:/dev/stdin", stdin=stdin.fileno())
        _, said = process.communicate(timeout=100)
    assert process.returncode == 0, said.decode()


def test_where_nothing_is_kept_it_is_unpacked_among_temporary_files(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", FILES)
    path.write_bytes(gzip.compress(path.read_bytes()))
    with closing(archive(path, tmp_path, use_cache=False)) as files:
        assert contents(files) == FILES
        assert not (tmp_path / ".cache").exists()


def test_an_archive_that_expands_too_far_is_refused(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", {"zeros": bytes(3_000_000)})
    path.write_bytes(gzip.compress(path.read_bytes()))
    error = refused(path, tmp_path, max_unpacked_size=2_000_000)
    assert (error.code, error.facts["setting"]) == ("layout-too-large", "max_unpacked_size")


@pytest.mark.parametrize("packer", PACKERS)
def test_compressed_data_that_is_cut_or_damaged_is_refused(packer: str, tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", FILES)
    packed = PACKERS[packer](path.read_bytes())
    path.write_bytes(packed[:-2000])
    error = refused(path, tmp_path)
    assert (error.code, error.facts.get("fault")) == ("layout-archive-invalid", "truncated")
    if packer == "zstd":
        return  # without a checksum of its own; the blob's digest tells
    path.write_bytes(packed[:3000] + bytes(64) + packed[3064:])
    assert refused(path, tmp_path).code == "layout-archive-invalid"


def test_a_folder_of_the_cache_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", FILES)
    path.write_bytes(gzip.compress(path.read_bytes()))
    (tmp_path / "file").write_text("")
    error = refused(path, tmp_path, cache_dir=str(tmp_path / "file/cache"))
    assert error.code.startswith("disk-")
    assert error.facts["setting"] == "cache_dir"


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "absent", tmp_path).code == "layout-no-such-path"
    assert refused(tmp_path / ("x" * 300), tmp_path).code == "layout-no-such-path"
    assert refused(tmp_path, tmp_path).facts["looks_like"] == "a folder"
    (tmp_path / "page").write_text("<html>not found</html>")
    assert refused(tmp_path / "page", tmp_path).facts["looks_like"] == "a web page (HTML)"
    (tmp_path / "page").write_bytes(gzip.compress(b"text"))
    assert refused(tmp_path / "page", tmp_path).code == "layout-other"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_what_is_compressed_twice_is_said_to_be(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", FILES)
    path.write_bytes(gzip.compress(pack(path.read_bytes())))
    error = refused(path, tmp_path)
    assert (error.code, error.facts["looks_like"]) == ("layout-other", "something compressed twice")
    assert any("Unpack it once" in step.comment for step in explain(error).steps)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../outside"])
def test_a_name_that_leads_out_of_an_archive_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret")
    path = saved.archive(tmp_path / "in/x.tar", FILES)
    with closing(archive(path, tmp_path)) as files, pytest.raises(SregistryError) as caught:
        files.open(name)
    assert caught.value.code == "layout-escape"


def test_a_folder_gives_plain_files_only(tmp_path: Path) -> None:
    folder = Folder(saved.write(tmp_path / "place", FILES))
    assert contents(folder) == FILES
    assert folder.open("a/b") is None
    os.mkfifo(tmp_path / "place/pipe")
    (tmp_path / "place/device").symlink_to("/dev/zero")
    for name in ("pipe", "folder", "device"):
        with pytest.raises(SregistryError) as caught:
            folder.open(name)
        assert caught.value.code == "layout-invalid"
    (tmp_path / "place/loop").symlink_to("loop")
    with pytest.raises(SregistryError) as caught:
        folder.open("loop")
    assert caught.value.code.startswith("disk-")


def test_a_file_that_became_shorter_ends(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    with Window(os.open(tmp_path / "a", os.O_RDONLY), 0, 100, tmp_path / "a") as window:
        assert window.read() == b"x" * 10


def test_another_archive_in_its_place_is_noticed(tmp_path: Path) -> None:
    path = saved.archive(tmp_path / "x.tar", FILES)
    with closing(archive(path, tmp_path)) as files:
        assert not files.is_replaced
        saved.archive(tmp_path / "y.tar", {"a": b"other"}).replace(path)
        assert files.is_replaced
        path.unlink()
        assert files.is_replaced


def test_an_archive_that_is_being_unpacked_ends_with_its_endpoint(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = os.open(tmp_path / "pipe", os.O_RDWR)
    os.write(writer, tars.archive(tars.file("a", b"x"))[:1024])
    reference = parse(f"docker-archive:{tmp_path}/pipe")
    opened = open_endpoint("docker-archive", Context(settings(tmp_path)))
    raised: list[SregistryError] = []

    def find() -> None:
        try:
            opened.find(reference, None)
        except SregistryError as error:
            raised.append(error)

    said: list[str] = []
    with listening(lambda reason, _: said.append(reason)):
        finding = threading.Thread(target=copy_context().run, args=(find,))
        finding.start()
    while not said:
        finding.join(0.01)
    assert "is being unpacked" in said[0]
    while not opened._lock.locked():
        finding.join(0.001)
    opened.close()  # nothing comes: it does not wait for that
    while finding.is_alive():
        os.write(writer, bytes(512))
        finding.join(0.01)
    os.close(writer)
    assert [error.code for error in raised] == ["interrupted"]


def test_a_disk_that_is_full_is_named(tmp_path: Path) -> None:
    tools.require_root()
    path = saved.archive(tmp_path / "x.tar", {"a": os.urandom(3 << 20)})
    path.write_bytes(gzip.compress(path.read_bytes()))
    (tmp_path / "small").mkdir()
    tools.require("mount").run("-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path / "small")
    try:
        error = refused(path, tmp_path, cache_dir=str(tmp_path / "small/cache"))
        assert (error.code, error.facts["setting"]) == ("disk-full", "cache_dir")
        one = image([tars.archive(tars.file("data", os.urandom(2 << 20)))])
        for scheme in ("oci", "oci-archive", "dir"):
            with (
                pytest.raises(SregistryError) as caught,
                place(f"{scheme}:{tmp_path}/small/{scheme}", tmp_path) as target,
            ):
                put(target, one)
            assert caught.value.code == "disk-full"
            assert not list((tmp_path / "small").rglob("*.partial"))
    finally:
        tools.require("umount").run(tmp_path / "small")
