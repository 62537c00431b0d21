"""Containers with scripts of their own, as Apptainer builds them: started in Docker as Apptainer starts them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sregistry.errors import SregistryError
from tests.disassembly.sifs import CONFIG, again, foreign, listing, take_apart

DEFFILE = "Bootstrap: localimage\nFrom: base\n\n%runscript\necho run\n"
RUNSCRIPT = '#!/bin/sh\necho run "$@" $A\n'
LABELS = {"Author": "me", "org.label-schema.build-arch": "amd64"}


def container_folder(folder: Path, environment: str = "export A=1\n", *, shell: bool = True) -> Path:
    """The root file system of a container as Apptainer lays it out."""
    home = folder / ".singularity.d"
    (home / "env").mkdir(parents=True)
    (home / "runscript").write_text(RUNSCRIPT)
    (home / "runscript").chmod(0o755)
    (home / "labels.json").write_text(json.dumps(LABELS))
    (home / "env/90-environment.sh").write_text(environment)
    (home / "env/99-base.sh").write_text("false\n")
    (folder / "singularity").symlink_to(".singularity.d/runscript")
    (folder / "bin").mkdir()
    if shell:
        (folder / "bin/sh").write_text("a shell")
    return folder


def test_it_is_started_by_its_runscript(tmp_path: Path) -> None:
    sif = foreign(container_folder(tmp_path / "root"), tmp_path / "a.sif", DEFFILE)
    apart = take_apart(sif)
    assert apart.document["config"] == {
        "Env": ["A=1"],
        "Entrypoint": ["/.singularity.d/of-the-image/runscript"],
        "Labels": LABELS,
    }
    assert apart.document["architecture"] == "amd64"
    assert apart.document["created"] == "2018-03-02T14:13:20Z"


def test_environment_scripts_that_are_no_plain_list_are_run_at_the_start(tmp_path: Path) -> None:
    sif = foreign(container_folder(tmp_path / "root", "export A=1\nexport B=$(date)\n"), tmp_path / "a.sif", DEFFILE)
    apart = take_apart(sif)
    config = apart.document["config"]
    assert (config["Env"], config["Entrypoint"]) == (["A=1"], ["/.singularity.d/of-the-image/start"])
    found = listing(again(apart, tmp_path / "b.sif", exact=True))
    script = found[b".singularity.d/of-the-image/start"]
    assert script[1] == 0o755
    assert b'exec /.singularity.d/of-the-image/runscript "$@"' in script[6]
    assert found[b".singularity.d/of-the-image/env/90-environment.sh"][6] == b"export A=1\nexport B=$(date)\n"
    assert b".singularity.d/of-the-image/env/99-base.sh" not in found


def test_its_files_survive_a_pull(tmp_path: Path) -> None:
    """Our own scripts take the places of its scripts, which have other names too."""
    sif = foreign(container_folder(tmp_path / "root"), tmp_path / "a.sif", DEFFILE)
    before, after = listing(sif), listing(again(take_apart(sif), tmp_path / "b.sif", exact=True))
    of_the_image = (b".singularity.d", b"singularity")
    assert {path: what for path, what in before.items() if not path.startswith(of_the_image)}.items() <= after.items()
    for name in (b"runscript.of-the-image", b"of-the-image/runscript"):
        assert after[b".singularity.d/" + name][6] == RUNSCRIPT.encode()


def test_pushed_and_pulled_twice_nothing_changes_any_more(tmp_path: Path) -> None:
    first = take_apart(foreign(container_folder(tmp_path / "root"), tmp_path / "a.sif", DEFFILE))
    second = take_apart(again(first, tmp_path / "b.sif", exact=True))
    third = take_apart(again(second, tmp_path / "c.sif", exact=True))
    assert second.document["config"] == first.document["config"]
    assert third.data == second.data
    assert listing(tmp_path / "c.sif") == listing(tmp_path / "b.sif")


@pytest.mark.parametrize("base", [None, {"Entrypoint": ["/tool"], "Cmd": ["x"], "User": "1"}])
def test_without_a_shell_the_image_below_says_what_is_started(base: dict[str, Any] | None, tmp_path: Path) -> None:
    sif = foreign(container_folder(tmp_path / "root", shell=False), tmp_path / "a.sif", DEFFILE, base)
    config = take_apart(sif).document["config"]
    assert config.get("Entrypoint") == (["/tool"] if base else None)
    assert config.get("Cmd") == (["x"] if base else None)
    assert "User" not in config


def test_a_folder_without_anything_is_an_image_too(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/f").write_text("x")
    assert take_apart(foreign(tmp_path / "root", tmp_path / "a.sif", "")).document["config"] == {}


def test_what_apptainer_pulled_has_the_image_s_own_config(tmp_path: Path) -> None:
    """And no scripts, as their content is that config."""
    deffile = "bootstrap: docker\nfrom: alpine:latest\n\n"
    sif = foreign(container_folder(tmp_path / "root"), tmp_path / "a.sif", deffile, CONFIG)
    apart = take_apart(sif)
    assert apart.document["config"] == CONFIG
    assert apart.document["history"][0]["comment"] == "the files of alpine:latest"
    assert apart.parts.difference.left_out == {b".singularity.d", b"singularity"}


def test_what_was_a_container_before_apptainer_pulled_it_keeps_its_scripts(tmp_path: Path) -> None:
    config = {"Entrypoint": ["/.singularity.d/of-the-image/runscript"]}
    sif = foreign(container_folder(tmp_path / "root"), tmp_path / "a.sif", "bootstrap: docker\nfrom: a\n", config)
    apart = take_apart(sif)
    assert apart.document["config"] == config
    assert not apart.parts.difference.left_out


@pytest.mark.parametrize("codec", ["xz", "zstd", "gzip"])
def test_all_that_is_read_can_be_pushed(codec: str, tmp_path: Path) -> None:
    sif = foreign(container_folder(tmp_path / "root"), tmp_path / "a.sif", DEFFILE, codec=codec)
    assert take_apart(sif).blob.size


@pytest.mark.parametrize("codec", ["lz4", "lzo"])
def test_a_codec_that_is_not_read_is_refused(codec: str, tmp_path: Path) -> None:
    sif = foreign(container_folder(tmp_path / "root"), tmp_path / "a.sif", DEFFILE, codec=codec)
    with pytest.raises(SregistryError) as caught:
        take_apart(sif)
    assert (caught.value.code, caught.value.facts["codec"]) == ("squashfs-compressor", codec)
