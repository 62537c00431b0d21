"""Whose files are believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sregistry.store.trust import closed, doubt

STRANGER = 60007


def status(path: Path, bits: int) -> os.stat_result:
    path.touch()
    path.chmod(bits)
    return path.stat()


@pytest.mark.parametrize(
    ("bits", "mode", "doubted"),
    [
        (0o600, None, False),
        (0o644, None, False),
        (0o660, None, True),
        (0o606, None, True),
        (0o660, 0o640, True),
        (0o660, 0o660, False),
        (0o666, 0o660, True),
    ],
)
def test_what_others_may_write_is_doubted_unless_the_mode_says_so(
    bits: int, mode: int | None, doubted: bool, tmp_path: Path
) -> None:
    assert bool(doubt(status(tmp_path / "file", bits), mode)) == doubted


@pytest.mark.root
@pytest.mark.parametrize(("mode", "doubted"), [(None, True), (0o644, True), (0o660, False)])
def test_so_is_what_is_not_ones_own(mode: int | None, doubted: bool, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(0o600)
    path.chmod(0o600)
    os.chown(path, STRANGER, STRANGER)
    assert bool(doubt(path.stat(), mode)) == doubted


@pytest.mark.parametrize(
    ("bits", "mode", "fitting"),
    [(0o755, None, 0o700), (0o700, None, None), (0o777, 0o660, 0o775), (0o770, 0o660, None), (0o2775, 0o644, 0o2755)],
)
def test_a_folder_is_closed_as_far_as_the_mode_wants(
    bits: int, mode: int | None, fitting: int | None, tmp_path: Path
) -> None:
    assert closed(status(tmp_path / "file", bits), mode) == fitting
