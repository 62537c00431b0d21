"""The second look, without network: what is at a path that is not what its reference says, and what is near it."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import pytest

from sregistry.diagnosis import explain
from sregistry.errors import SregistryError
from tests.endpoints.layouts.here import endpoint, found, refused
from tests.support import saved, tars
from tests.support.images import image

ONE = image([tars.archive(tars.file("a"))])


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """One of each."""
    saved.write(tmp_path / "layout", saved.layout({"1": ONE}))
    saved.write(tmp_path / "dir", saved.directory(ONE))
    saved.archive(tmp_path / "oci.tar", saved.layout({"1": ONE}))
    saved.archive(tmp_path / "docker.tar", saved.before_25({"a:1": ONE}))
    saved.archive(tmp_path / "other.tar", {"thesis.tex": b""})
    (tmp_path / "packed.tar.gz").write_bytes(gzip.compress((tmp_path / "oci.tar").read_bytes()))
    (tmp_path / "tool.sif").write_bytes(b"#!/usr/bin/env run-singularity\n\0" + b"SIF_MAGIC\0" + bytes(900))
    return tmp_path


@pytest.mark.parametrize(
    ("scheme", "name", "suggestion"),
    [
        ("oci", "dir", "dir:dir"),
        ("oci", "oci.tar", "oci-archive:oci.tar"),
        ("oci", "docker.tar", "docker-archive:docker.tar"),
        ("oci", "packed.tar.gz", None),
        ("oci", "other.tar", None),
        ("dir", "layout", "oci:layout"),
        ("dir", "docker.tar", "docker-archive:docker.tar"),
        ("oci-archive", "layout", "oci:layout"),
        ("oci-archive", "dir", "dir:dir"),
        ("oci-archive", "docker.tar", "docker-archive:docker.tar"),
        ("oci-archive", "other.tar", None),
        ("docker-archive", "layout", "oci:layout"),
        ("docker-archive", "tool.sif", None),
    ],
)
def test_what_is_there_is_proposed(here: Path, scheme: str, name: str, suggestion: str | None) -> None:
    error = refused(f"{scheme}:{here / name}", here)
    assert error.code == "layout-other"
    wanted = None
    if suggestion:
        kind, _, path = suggestion.partition(":")
        wanted = f"{kind}:{here / path}"
    assert error.facts.get("suggestion") == wanted
    commands = [step.command for step in explain(error).steps]
    assert (f"sregistry pull {wanted}" in commands) == bool(wanted)
    assert (f"sregistry add {here / name}" in commands) == (name == "tool.sif")


def test_a_path_that_is_nearly_right_is_proposed(here: Path) -> None:
    error = refused(f"oci:{here}/layuot", here)
    assert (error.code, error.facts["near"]) == ("layout-no-such-path", [f"{here}/layout"])
    assert f"sregistry pull oci:{here}/layout" in [step.command for step in explain(error).steps]
    assert "near" not in refused(f"oci:{here}/absent/layout", here).facts


def test_a_registry_that_is_called_oci_is_proposed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    error = refused("oci://ghcr.io/acme/charts/tool:1.2", here)
    assert error.facts["suggestion"] == "docker://ghcr.io/acme/charts/tool:1.2"
    assert "suggestion" not in refused("oci://folder/layout:1.2", here).facts
    assert "suggestion" not in refused("oci-archive:ghcr.io/a", here).facts


def test_nothing_else_is_looked_at(here: Path) -> None:
    with endpoint("oci:./x", here) as opened:
        for error in (SregistryError("disk-full", "full"), SregistryError("layout-other", "no path is known")):
            assert opened.explain(error) is error


def test_a_colon_in_a_path_is_told_and_a_link_without_one_works(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    (here / "docker.tar").rename(here / "docker:1.tar")
    error = refused("docker-archive:docker:1.tar", here)
    assert (error.code, error.facts["in_the_way"]) == ("layout-no-such-path", "docker:1.tar")
    link, pull = (step.command for step in explain(error).steps)
    subprocess.run(link, shell=True, check=True)
    assert pull == "sregistry pull docker-archive:image.tar"
    assert found("docker-archive:image.tar", here).image.layers


def test_what_cannot_be_named_or_is_not_there_is_not_proposed(here: Path) -> None:
    (here / "layou:t").mkdir()
    (here / "layou").symlink_to("nowhere")
    assert refused(f"oci:{here}/layuot", here).facts["near"] == [f"{here}/layout"]
