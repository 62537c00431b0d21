"""What libraries raise where the machine lacks something, and that nothing else is taken for it."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3.exceptions
import zstandard

from sregistry.errors import ResourceError, SregistryError
from sregistry.layers.compression import TarBytes
from sregistry.layers.errors import LayerError
from sregistry.resources.errors import missing_files, named, translate
from sregistry.store.errors import disk_error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "machine-memory"),
        (OSError(errno.ENOMEM, "no"), "machine-memory"),
        (ImportError("x.so: failed to map segment from shared object"), "machine-memory"),
        (zstandard.ZstdError("zstd decompress error: Allocation error : not enough memory"), "machine-memory"),
        (RuntimeError("can't start new thread"), "machine-threads"),
        (BlockingIOError(errno.EAGAIN, "fork"), "machine-processes"),
        (OSError(errno.EMFILE, "no"), "machine-files"),
        (OSError(errno.ENFILE, "no"), "machine-files"),
        (ImportError(f"x.so: cannot open shared object file: {os.strerror(errno.EMFILE)}"), "machine-files"),
        (urllib3.exceptions.ProtocolError("broken", OSError(errno.EMFILE, "no")), "machine-files"),
    ],
    ids=repr,
)
def test_a_lack_is_named(error: Exception, code: str) -> None:
    found = translate(error)
    assert found is not None
    assert found.code == code
    with pytest.raises(ResourceError), named():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "full"),
        BlockingIOError(errno.EWOULDBLOCK + 1000, "other"),
        RuntimeError("dictionary changed size"),
        ImportError("No module named 'x'"),
        zstandard.ZstdError("Data corruption detected"),
        sqlite3.OperationalError("database is locked"),
        SregistryError("disk-full", "full"),
    ],
    ids=repr,
)
def test_other_errors_stay_what_they_are(error: Exception) -> None:
    assert translate(error) is None
    with pytest.raises(type(error)), named():
        raise error


def test_a_cause_is_looked_through() -> None:
    try:
        try:
            raise MemoryError
        except MemoryError as inner:
            raise ValueError("outer") from inner
    except ValueError as outer:
        found = translate(outer)
    assert found is not None
    assert found.code == "machine-memory"


def test_no_layer_is_blamed_for_a_lack_of_memory() -> None:
    class Failing:
        def __init__(self) -> None:
            self.count = 0

        def read(self, size: int = -1, /) -> bytes:
            return b"\x28\xb5\x2f\xfd"[: max(size, 0)]

    tar = TarBytes(Failing(), max_ratio=200, free=1 << 30)
    tar._read = lambda size: (_ for _ in ()).throw(MemoryError())  # type: ignore[assignment]
    with pytest.raises(ResourceError) as caught:
        tar.read()
    assert not isinstance(caught.value, LayerError)


def test_too_many_files_are_no_fault_of_a_disk(tmp_path: Path) -> None:
    assert disk_error(OSError(errno.EMFILE, "no"), tmp_path, "write").code == "machine-files"


def test_the_limit_that_was_met_is_a_fact() -> None:
    script = (
        "import resource; from sregistry.resources.errors import missing_files\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
        "print(sorted(missing_files().facts.items()))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert f"('limit', 3), ('limit_most', {hard if hard >= 0 else None}), ('limit_name', 'RLIMIT_NOFILE')" in said
    assert missing_files() is None
