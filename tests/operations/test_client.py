"""The local registry through `sregistry.client.Client`."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.client import Client
from sregistry.errors import SregistryError
from sregistry.settings import Settings
from tests.support.sifs import foreign_sif, make_sif


def test_the_life_of_an_image(settings: Settings, tmp_path: Path) -> None:
    with Client(settings, {}) as client:
        added = client.add(foreign_sif(tmp_path / "tool_1.sif"))
        assert str(added.image.name) == "library/tool:1"
        assert str(client.rename("tool:1", "team/tool").name) == "team/tool:1"
        assert client.mv("team/tool:1", tmp_path / "out.sif").path == tmp_path / "out.sif"
        assert client.get("team/tool:1") == tmp_path / "out.sif"
        assert client.check().left == []
        (tmp_path / "out.sif").unlink()
        assert [problem.kind for problem in client.check(repair=True).left] == ["missing"]
        assert [one.deleted for one in client.rm("team/tool:1")] == [False]
        assert client.images() == []


def test_names_that_fit_several_images(settings: Settings, tmp_path: Path) -> None:
    client = Client(settings, {})
    for number in (1, 2):
        client.add(make_sif(tmp_path / "x.sif", str(number)), f"team/tool:{number}", copy=True)
    with pytest.raises(SregistryError):
        client.rm("team/tool")
    assert len(client.rm("team/tool", every=True)) == 2
