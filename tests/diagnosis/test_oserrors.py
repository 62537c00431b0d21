"""Errors of the operating system: those about files are told as such, others are not."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sregistry.codes import find
from sregistry.diagnosis import oserrors


def error_of(number: int, path: object = None) -> OSError:
    return OSError(number, os.strerror(number), path)


@pytest.mark.parametrize("number", oserrors._CODES)
def test_every_code_is_declared(number: int) -> None:
    found = oserrors.translate(error_of(number, "/data/file"))
    assert found is not None
    code, message, facts = found
    assert find(code) is not None
    assert "/data/file" in message
    assert facts == {"path": "/data/file", "errno": number, "detail": os.strerror(number)}


@pytest.mark.parametrize("error", [OSError("only words"), error_of(errno.ECONNREFUSED), error_of(errno.EBADF)])
def test_what_is_about_no_file_is_not_told_as_such(error: OSError) -> None:
    assert oserrors.translate(error) is None


@pytest.mark.parametrize(("path", "shown"), [(b"/data/\xff", "/data/\udcff"), (3, None), (None, None)])
def test_paths_of_any_kind(path: object, shown: str | None) -> None:
    found = oserrors.translate(error_of(errno.ENOSPC, path))
    assert found is not None
    assert found[2]["path"] == shown


def test_that_the_current_folder_is_gone_is_found_out(tmp_path: Path) -> None:
    program = (
        "import os, sys\nos.rmdir(sys.argv[1])\nfrom sregistry.diagnosis import oserrors\n"
        "try: os.getcwd()\nexcept OSError as error: print(oserrors.translate(error)[2]['current_folder_removed'])"
    )
    folder = tmp_path / "gone"
    folder.mkdir()
    done = subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True, cwd=folder)
    assert (done.stdout, done.stderr) == ("True\n", "")
    found = oserrors.translate(error_of(errno.ENOENT))
    assert found is not None
    assert "current_folder_removed" not in found[2]
