from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.add import add
from sregistry.operations.context import Context
from sregistry.operations.local import open_store
from sregistry.operations.mv import mv
from sregistry.settings import Settings, load
from sregistry.store.store import Store
from tests.store.images import files
from tests.support.apptainer import Apptainer
from tests.support.sifs import ORIGIN, foreign_sif, make_sif

HERE = "linux/amd64"


def test_a_file_of_ours_is_the_image_it_was_pulled_from(store: Store, settings: Settings, tmp_path: Path) -> None:
    sif = make_sif(tmp_path / "x.sif", labels={"team": "blue"})
    content = sif.read_bytes()
    result = add(Context(settings), sif)
    row = store.get("made/here:1", HERE)
    assert result.image == row
    assert (row.reference, row.client, row.registry) == (ORIGIN, "docker", "registry.example.org")
    assert row.version == row.manifest_digest != row.file_digest
    assert row.platform == HERE
    assert row.path.read_bytes() == content
    assert result.moved
    assert not sif.exists()
    details = store.details(row)
    assert details.labels["team"] == "blue"
    assert details.config["config"]["Env"] == ["TEXT=1"]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("tool_1.2.sif", "library/tool:1.2"),
        ("ubuntu_latest.sif", "library/ubuntu:latest"),
        ("my_tool_v3.simg", "library/my_tool:v3"),
        ("my_tool.sif", "library/my_tool:latest"),
        ("with space.sif", "library/with-space:latest"),
        ("plain", "library/plain:latest"),
    ],
)
def test_the_name_of_the_file_gives_the_name_of_the_image(
    file: str, name: str, settings: Settings, tmp_path: Path
) -> None:
    row = add(Context(settings), foreign_sif(tmp_path / file)).image
    assert (str(row.name), row.client, row.reference) == (name, "file", "")
    assert row.version == row.file_digest


def test_a_file_whose_name_says_nothing_must_be_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SregistryError) as caught:
        add(Context(settings), foreign_sif(tmp_path / "---.sif"))
    assert caught.value.code == "store-name-malformed"
    assert (tmp_path / "---.sif").exists()


def test_a_copy_leaves_the_file_and_shares_nothing_with_it(store: Store, settings: Settings, tmp_path: Path) -> None:
    sif = make_sif(tmp_path / "x.sif")
    result = add(Context(settings), sif, name="team/tool:2", copy=True)
    assert str(result.image.name) == "team/tool:2"
    assert not result.moved
    assert result.left_because is None
    assert not sif.samefile(result.image.path)
    assert sif.read_bytes() == result.image.path.read_bytes()


def test_the_same_file_twice_is_one_image(store: Store, settings: Settings, tmp_path: Path) -> None:
    first = add(Context(settings), make_sif(tmp_path / "x.sif"))
    second = add(Context(settings), make_sif(tmp_path / "x.sif"))
    assert first.image.id == second.image.id
    assert files(store.paths.storage) == [first.image.stored]


def test_the_file_of_another_image_is_not_taken_away(store: Store, settings: Settings, tmp_path: Path) -> None:
    first = add(Context(settings), foreign_sif(tmp_path / "x.sif"), name="team/tool:1").image
    result = add(Context(settings), first.path, name="team/tool:2")
    assert not result.moved
    assert result.left_because is not None
    assert first.uri in result.left_because
    assert first.path.exists()
    assert result.image.path.exists()


def test_what_mv_took_out_is_taken_back(store: Store, settings: Settings, tmp_path: Path) -> None:
    first = add(Context(settings), foreign_sif(tmp_path / "x.sif"), name="team/tool:1").image
    _, out = mv(Context(settings), "team/tool:1", tmp_path / "out.sif")
    result = add(Context(settings), out.path, name="team/tool:1")
    assert result.moved
    assert (result.image.id, result.image.path) == (first.id, first.path)
    assert not out.path.exists()


def test_a_link_is_followed_and_removed_but_not_its_target(settings: Settings, tmp_path: Path) -> None:
    target = foreign_sif(tmp_path / "target.sif")
    link = tmp_path / "link.sif"
    link.symlink_to(target)
    row = add(Context(settings), link).image
    assert not link.is_symlink()
    assert target.exists()
    assert not target.samefile(row.path)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"hello", "sif-not-an-image"),
        (b"#!/usr/bin/env run-singularity\nhsqs" + bytes(4096), "sif-legacy-format"),
        (None, "disk-no-such-file"),
    ],
)
def test_what_is_no_sif_is_refused_and_left(
    content: bytes | None, code: str, store: Store, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "x.sif"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SregistryError) as caught:
        add(Context(settings), path)
    assert caught.value.code == code
    assert path.exists() == (content is not None)
    assert store.images(None, {}, "name") == []


def test_a_folder_is_no_file(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SregistryError) as caught:
        add(Context(settings), tmp_path)
    assert caught.value.code == "disk-no-such-file"


def test_a_file_cut_short_is_refused(settings: Settings, tmp_path: Path) -> None:
    sif = make_sif(tmp_path / "x.sif")
    sif.write_bytes(sif.read_bytes()[:-4096])
    with pytest.raises(SregistryError) as caught:
        add(Context(settings), sif)
    assert caught.value.code == "sif-truncated"
    assert caught.value.facts["file"] == str(sif)


def test_the_mode_is_that_of_the_setting(tmp_path: Path) -> None:
    shared = load({"HOME": str(tmp_path), "SREGISTRY_MODE": "0640"})
    sif = make_sif(tmp_path / "x.sif")
    sif.chmod(0o600)
    row = add(Context(shared), sif).image
    assert row.path.stat().st_mode & 0o777 == 0o640
    assert row.path.parent.stat().st_mode & 0o777 == 0o750


def test_an_image_that_apptainer_built(apptainer: Apptainer, tmp_path: Path) -> None:
    settings = load({"HOME": str(tmp_path)})
    (tmp_path / "root/bin").mkdir(parents=True)
    definition = tmp_path / "tool.def"
    definition.write_text(f"Bootstrap: localimage\nFrom: {tmp_path / 'root'}\n%labels\n    maker Ada\n")
    apptainer.command("build", tmp_path / "tool_3.sif", definition, check=True)
    row = add(Context(settings), tmp_path / "tool_3.sif").image
    assert (str(row.name), row.client, row.platform) == ("library/tool:3", "file", HERE)
    assert open_store(settings).details(row).labels["maker"] == "Ada"


def test_labels_of_a_file_without_metadata_are_read_from_its_root(settings: Settings, tmp_path: Path) -> None:
    """As Singularity 3 wrote it before 3.6."""
    sif = make_sif(tmp_path / "x.sif", labels={"team": "blue"})
    data = sif.read_bytes()
    assert data.count(b"inspect-metadata.json") == 1
    sif.write_bytes(data.replace(b"inspect-metadata.json", b"something-different.x"))
    row = add(Context(settings), sif).image
    assert open_store(settings).details(row).labels["team"] == "blue"
