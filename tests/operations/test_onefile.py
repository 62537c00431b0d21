"""An image that is one finished file: kept as it came, fetched once more where that was damaged, or refused."""

from __future__ import annotations

import errno
import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from sregistry.digests import Digest
from sregistry.endpoints.base import OneFile, OnWait
from sregistry.errors import RegistryError, SregistryError
from sregistry.operations import onefile
from sregistry.operations.clock import Clock
from sregistry.operations.context import Context
from sregistry.operations.local import open_cache
from sregistry.operations.progress import Silent
from sregistry.operations.pulled import PullResult
from sregistry.operations.targets import FileTarget
from sregistry.references import WebReference
from sregistry.settings import load
from sregistry.store.downloads import LEAST, Downloads
from sregistry.testing.images import make_sif as make_large_sif
from tests.support.sifs import make_sif

REFERENCE = WebReference("https", "https://h.example.org/tool.sif")


class Heard(Silent):
    """What is said."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        self.warnings.append(text)


class Stream(io.BytesIO):
    """Bytes whose end is told to be damaged where they are not `wanted`."""

    def __init__(self, data: bytes, wanted: Digest) -> None:
        super().__init__(data)
        self._sound = Digest.of(data) == wanted

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data and not self._sound:
            raise RegistryError("digest-mismatch", "other bytes than promised")
        return data


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def pull(tmp_path: Path, heard: Heard) -> Callable[[OneFile], PullResult]:
    """Pulls a file to ``out/tool.sif``."""
    (tmp_path / "out").mkdir()
    context = Context(load({"HOME": str(tmp_path)}), progress=heard)

    def fetch(found: OneFile) -> PullResult:
        target = FileTarget(tmp_path / "out/tool.sif", force=True, mode=None, reference=str(REFERENCE))
        return onefile.fetch(context, found, REFERENCE, target, Clock())

    return fetch


def serving(wanted: Digest, *answers: bytes) -> Callable[[OnWait | None], Stream]:
    """Starts a download; each gives the next answer."""
    left = list(answers)
    return lambda _on_wait: Stream(left.pop(0), wanted)


def test_the_file_is_kept_byte_for_byte(pull: Callable[[OneFile], PullResult], tmp_path: Path, heard: Heard) -> None:
    data = make_sif(tmp_path / "made.sif", labels={"a": "b"}).read_bytes()
    digest = Digest.of(data)
    found = OneFile(serving(digest, data), len(data), digest, version=Digest.of(b"v"), warnings=("it is old",))
    result = pull(found)
    assert result.path.read_bytes() == data
    assert (result.file_digest, result.size, result.platform) == (digest, len(data), "linux/amd64")
    assert (result.manifest_digest, result.reference) == (found.version, str(REFERENCE))
    assert heard.warnings == result.warnings == ["it is old"]
    assert set(result.seconds) == {"resolve", "layers", "keep", "total"}


def test_what_came_damaged_is_fetched_once_more(
    pull: Callable[[OneFile], PullResult], tmp_path: Path, heard: Heard
) -> None:
    data = make_sif(tmp_path / "made.sif").read_bytes()
    digest = Digest.of(data)
    # The damaged one is longer: nothing of it may be left.
    assert pull(OneFile(serving(digest, data + b"more", data), digest=digest)).path.read_bytes() == data
    assert len(heard.warnings) == 1


def test_what_comes_damaged_again_leaves_nothing(pull: Callable[[OneFile], PullResult], tmp_path: Path) -> None:
    digest = Digest.of(b"promised")
    with pytest.raises(RegistryError) as caught:
        pull(OneFile(serving(digest, b"a", b"b"), digest=digest))
    assert (caught.value.code, caught.value.facts["attempts"]) == ("digest-mismatch", 2)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_that_is_no_sif_is_refused_by_the_name_it_was_asked_for(
    pull: Callable[[OneFile], PullResult], tmp_path: Path
) -> None:
    page = b"<!DOCTYPE html><title>Not here</title>" * 50
    digest = Digest.of(page)
    with pytest.raises(SregistryError) as caught:
        pull(OneFile(serving(digest, page), digest=digest))
    assert caught.value.code.startswith("sif-")
    assert caught.value.facts["reference"] == str(REFERENCE)
    assert "file" not in caught.value.facts
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.root
def test_a_cache_without_room_for_the_beginning_is_gone_without(
    tmp_path: Path, pull: Callable[[OneFile], PullResult]
) -> None:
    small = tmp_path / ".cache/sregistry"
    small.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "small", small], check=True)
    try:
        data = make_large_sif(tmp_path / "large.sif", "text", 2 << 20).read_bytes()
        digest = Digest.of(data)
        opens = serving(digest, data)
        done = pull(OneFile(opens, len(data), digest, digest, resume=lambda file, on_wait: opens(on_wait)))
        assert done.path.read_bytes() == data
    finally:
        subprocess.run(["umount", small], check=True)


# -- by way of the cache -------------------------------------------------------------------------------


class Resumable:
    """A file that comes in two downloads; `asked` has where each of them began."""

    def __init__(self, data: bytes) -> None:
        self.data, self.digest, self.asked = data, Digest.of(data), list[int]()

    def open(self, _on_wait: OnWait | None) -> Stream:
        self.asked.append(0)
        return Stream(self.data, self.digest)

    def resume(self, kept: BinaryIO, _on_wait: OnWait | None) -> io.BytesIO:
        begun = kept.read()
        self.asked.append(len(begun))
        if not self.data.startswith(begun):
            raise RegistryError("digest-mismatch", "other bytes than promised")
        return io.BytesIO(self.data[len(begun) :])

    @property
    def found(self) -> OneFile:
        return OneFile(self.open, len(self.data), self.digest, version=self.digest, resume=self.resume)


@pytest.fixture
def large(tmp_path: Path) -> Resumable:
    return Resumable(make_large_sif(tmp_path / "made.sif", "large", LEAST).read_bytes())


def begun(home: Path, data: bytes, version: Digest) -> None:
    downloads = open_cache(load({"HOME": str(home)})).downloads
    with downloads.begin(REFERENCE.uri, version) as found:
        assert found is not None
        found.file.write(data)


def test_it_goes_on_after_what_is_in_the_cache(
    pull: Callable[[OneFile], PullResult], large: Resumable, tmp_path: Path
) -> None:
    begun(tmp_path, large.data[:1000], large.digest)
    assert pull(large.found).path.read_bytes() == large.data
    assert large.asked == [1000]


def test_what_is_damaged_in_the_cache_is_fetched_from_its_beginning(
    pull: Callable[[OneFile], PullResult], large: Resumable, tmp_path: Path, heard: Heard
) -> None:
    begun(tmp_path, b"x" * 1000, large.digest)
    assert pull(large.found).path.read_bytes() == large.data
    assert large.asked == [1000, 0]
    assert len(heard.warnings) == 1


def test_a_cache_without_room_costs_the_going_on_alone(
    pull: Callable[[OneFile], PullResult], large: Resumable, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.FileIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def no_room(self: Downloads, path: Path) -> BinaryIO:
        self.folder.mkdir(parents=True)
        return cast("BinaryIO", Full(path, "x+b"))

    monkeypatch.setattr(Downloads, "_open", no_room)
    assert pull(large.found).path.read_bytes() == large.data
    assert large.asked == [0, 0]
    assert "nothing is kept of the file while it comes" in heard.warnings[0]
