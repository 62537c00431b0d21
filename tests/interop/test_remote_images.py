"""Tags given and taken in real registries that differ: Debian's docker-registry deletes no tag alone, crane's does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.attach import attach
from sregistry.operations.context import Context
from sregistry.operations.delete import delete, find
from sregistry.operations.inspect import inspect
from sregistry.operations.tag import tag
from sregistry.settings import load
from sregistry.testing.images import make_sif
from tests.interop.test_oras import crane_registry
from tests.support import tools


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(load({"HOME": str(tmp_path)}, command_line={"platform": "linux/amd64"}))


def test_where_a_tag_is_deleted_alone_its_image_stays(context: Context, tmp_path: Path) -> None:
    oras = tools.require("oras", newest=True)
    sif = make_sif(tmp_path / "tool.sif", "kept")
    with crane_registry(tmp_path) as address:
        at = f"{address}/team/tool"
        layer = f"{sif}:application/vnd.sylabs.sif.layer.v1.sif"
        oras.run("push", "--plain-http", "--disable-path-validation", f"{at}:1", layer)
        done = tag(context, f"oras://{at}:1", "stable")
        raw = oras.run("manifest", "fetch", "--plain-http", f"{at}:1").stdout
        assert oras.run("manifest", "fetch", "--plain-http", f"{at}:stable").stdout == raw
        found = find(context, f"oras://{at}:1")
        assert (found.digest, found.others) == (done.digest, ("stable",))
        delete(context, found)
        assert oras.run("repo", "tags", "--plain-http", at).stdout.split() == [b"stable"]
        assert oras.run("manifest", "fetch", "--plain-http", f"{at}:stable").stdout == raw
        with pytest.raises(SregistryError) as caught:
            find(context, f"oras://{at}:1")
        assert caught.value.code == "tag-unknown"


def test_what_is_attached_is_found_by_oras_where_the_registry_lists_nothing(context: Context, tmp_path: Path) -> None:
    oras = tools.require("oras", newest=True)
    sif = make_sif(tmp_path / "tool.sif", "about")
    (tmp_path / "sbom.json").write_text("{}")
    with crane_registry(tmp_path) as address:
        at = f"{address}/team/tool:1"
        layer = f"{sif}:application/vnd.sylabs.sif.layer.v1.sif"
        oras.run("push", "--plain-http", "--disable-path-validation", at, layer)
        first, second = (
            attach(context, tmp_path / "sbom.json", f"oras://{at}", media_type=kind).digest
            for kind in ("application/spdx+json", "text/plain")
        )
        listed = json.loads(oras.run("discover", "--plain-http", "--format", "json", at).stdout)
        assert [one["digest"] for one in listed["referrers"]] == [first, second]
        assert [one.digest for one in inspect(context, f"oras://{at}").referrers] == [first, second]
