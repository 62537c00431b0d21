"""A file is compared with its digest while it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.digests import Digest, DigestError
from sregistry.errors import SregistryError
from sregistry.store.verified import VerifiedFile

DATA = b"data" * 1000


def test_a_file_with_its_digest_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(DATA)
    with VerifiedFile(tmp_path / "file", Digest.of(DATA)) as file:
        assert (file.read(10), file.read(), file.read(10)) == (DATA[:10], DATA[10:], b"")


def test_one_with_another_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(DATA[:-1] + b"x")
    with VerifiedFile(tmp_path / "file", Digest.of(DATA)) as file, pytest.raises(DigestError) as caught:
        file.read()
    assert caught.value.code == "digest-mismatch"


def test_what_cannot_be_read_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(SregistryError) as caught:
        VerifiedFile(tmp_path / "absent", Digest.of(DATA))
    assert caught.value.code == "disk-no-such-path"
    (tmp_path / "folder").mkdir()
    with pytest.raises(SregistryError) as caught:
        VerifiedFile(tmp_path / "folder", Digest.of(DATA))
    assert caught.value.code.startswith("disk-")
