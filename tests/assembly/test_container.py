"""Everything that a config adds to an image: one more layer, three SIF objects, and what cannot be kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.assembly import container
from sregistry.assembly.errors import AssemblyError
from sregistry.assembly.overlay import Addition
from sregistry.references.platform import Platform

ORIGIN: Mapping[str, Any] = {
    "reference": "docker.io/library/python:3.12",
    "manifest_digest": "sha256:" + "1" * 64,
    "platform": Platform("linux", "amd64"),
}
SCRATCH: Mapping[bytes, str] = {}
DEBIAN = {b"bin": "symlink", b"bin/sh": "symlink", b"usr": "directory", b"var": "directory", b"tmp": "directory"}


def added(config: Mapping[str, Any] | None = None, image: Mapping[bytes, str] = SCRATCH) -> dict[bytes, Addition]:
    made = container.additions({"config": config}, exists=image.get, **ORIGIN)
    assert len({one.path for one in made}) == len(made)
    return {one.path: one for one in made}


def test_an_empty_image_gets_the_places_that_the_runtime_mounts() -> None:
    made = added()
    assert {path: made[path].mode for path in made if made[path].kind == "directory"} == {
        **dict.fromkeys((b"dev", b"proc", b"sys", b"root", b"home", b"etc", b"var"), 0o755),
        **dict.fromkeys((b"tmp", b"var/tmp"), 0o1777),
        **dict.fromkeys(
            (b".singularity.d", *(b".singularity.d/" + name for name in (b"libs", b"actions", b"env"))), 0o755
        ),
    }
    for path in (b"etc/hosts", b"etc/resolv.conf", b"etc/passwd", b"etc/group"):
        assert made[path] == Addition(path, "file", 0o644)


def test_what_an_image_has_is_left_alone() -> None:
    names = (b"dev", b"proc", b"sys", b"root", b"home", b"etc", b"tmp", b"var", b"var/tmp")
    files = (b"etc/hosts", b"etc/resolv.conf", b"etc/passwd", b"etc/group", b"singularity", b"environment", b".run")
    made = added(image={**dict.fromkeys(names, "directory"), **dict.fromkeys(files, "file")})
    assert not set(made) & {*names, *files}


def test_links_in_the_place_of_mount_points_are_replaced_but_not_those_of_user_tables() -> None:
    files = (b"etc/hosts", b"etc/resolv.conf", b"etc/passwd", b"etc/group")
    made = added(image={b"etc": "directory", **dict.fromkeys(files, "symlink")})
    assert {path for path in files if path in made} == {b"etc/hosts", b"etc/resolv.conf"}


def test_the_folder_of_scripts_is_put_whatever_a_layer_has_there() -> None:
    image = {b".singularity.d": "symlink", b".singularity.d/env": "symlink", b"singularity": "symlink"}
    made = added(image=image)
    assert [path for path in made if path.startswith(b".singularity.d")] == [
        path for path in added() if path.startswith(b".singularity.d")
    ]
    order = list(made)
    assert (
        order.index(b".singularity.d") < order.index(b".singularity.d/env") < order.index(b".singularity.d/runscript")
    )
    assert made[b"singularity"].target == b".singularity.d/runscript"


def test_scripts_are_executable_and_texts_are_not() -> None:
    made = added(image=DEBIAN)
    files = {path.removeprefix(b".singularity.d/").decode(): one for path, one in made.items() if b"y.d/" in path}
    modes = {name: one.mode for name, one in files.items() if one.kind == "file"}
    assert modes == {
        **dict.fromkeys(("Singularity", "labels.json"), 0o644),
        **dict.fromkeys(("runscript", "startscript"), 0o755),
        **dict.fromkeys((f"actions/{name}" for name in ("exec", "run", "shell", "start", "test")), 0o755),
        **dict.fromkeys(
            (
                *("env/01-base.sh", "env/10-docker2singularity.sh", "env/90-environment.sh", "env/94-appsbase.sh"),
                *("env/95-apps.sh", "env/99-base.sh", "env/99-runtimevars.sh"),
            ),
            0o755,
        ),
    }


def test_working_directory_and_volumes_are_made() -> None:
    made = added({"WorkingDir": "/srv/app/../data", "Volumes": {"/var/lib/db": {}, "relative/v": {}, "/": {}}})
    for path in (b"srv", b"srv/data", b"var/lib", b"var/lib/db", b"relative", b"relative/v"):
        assert made[path] == Addition(path, "directory", 0o755)


@pytest.mark.parametrize(
    "path",
    ["../../../etc/x/..", "/proc/1", "/.singularity.d/runscript", "/dev/null/x", "/a\0b", "/" + "x" * 300, "//", "."],
)
def test_no_directory_is_made_where_none_can_be_wanted(path: str) -> None:
    assert set(added({"WorkingDir": path, "Volumes": {path: {}}})) == set(added())


def test_a_volume_below_a_file_is_passed_over() -> None:
    image = {b"etc": "directory", b"etc/passwd": "file"}
    assert set(added({"Volumes": {"/etc/passwd/x/y": {}}}, image)) == set(added({}, image))


def test_the_objects_tell_what_the_files_tell() -> None:
    config = {"Env": ["A='", "PATH=/x"], "Cmd": ["c"], "Labels": {"l": "é"}, "StopSignal": "SIGINT"}
    made = added(config)
    objects = container.sif_objects({"config": config}, **ORIGIN)
    attributes = json.loads(objects.inspect_metadata)["data"]["attributes"]
    assert objects.deffile.encode() == made[b".singularity.d/Singularity"].content
    assert attributes["deffile"] == objects.deffile.rstrip("\n")
    assert attributes["labels"] == json.loads(made[b".singularity.d/labels.json"].content)
    assert attributes["runscript"].encode() + b"\n" == made[b".singularity.d/runscript"].content
    assert {path: text.encode() + b"\n" for path, text in attributes["environment"].items()} == {
        f"/.singularity.d/env/{name}": made[b".singularity.d/env/" + name.encode()].content
        for name in ("10-docker2singularity.sh", "90-environment.sh")
    }
    assert json.loads(objects.oci_config) == config


@pytest.mark.parametrize(
    ("created", "seconds"), [("2020-02-03T04:05:06Z", 1580702706), (None, 0), ("", 0), ("2107-01-01T00:00:00Z", 0)]
)
def test_the_time_of_an_image_is_its_own_or_none(created: str | None, seconds: int) -> None:
    assert container.created_time({"created": created}) == seconds


def test_what_will_differ_from_docker_is_said() -> None:
    config = {
        "Env": ["UID=5", "T-X=1", "HOME=/h", "B=\ud800"],
        "User": "app:app",
        "WorkingDir": "/app",
        "Volumes": {"/data": {}},
        "StopSignal": "SIGINT",
        "Healthcheck": {"Test": ["CMD", "true"]},
    }
    assert container.warnings({"config": config}, exists=SCRATCH.get) == [
        "the image has no /bin/sh: `run` and `exec` work, `shell` and `instance start` do not",
        "the variable 'UID' is not passed on: reserved by the container runtime",
        "the variable 'T-X' is not passed on: not a name that a shell can set",
        "HOME is the calling user's, not the image's '/h'",
        "text that is not Unicode was replaced, as Docker does, in config.Env[3]",
        "the runtime does not act on USER app:app (you stay yourself), WORKDIR /app (choose with --cwd), "
        "VOLUME /data (read-only until bound with --bind), STOPSIGNAL SIGINT, HEALTHCHECK",
    ]


@pytest.mark.parametrize("user", ["", "root", "0", "root:root", "0:0"])
def test_an_ordinary_image_needs_no_words(user: str) -> None:
    assert container.warnings({"config": {"User": user, "WorkingDir": "/", "Cmd": ["sh"]}}, exists=DEBIAN.get) == []


def test_a_bad_config_is_refused_by_every_function() -> None:
    bad = {"config": {"Cmd": 5}}
    for call in (
        lambda: container.additions(bad, exists=SCRATCH.get, **ORIGIN),
        lambda: container.sif_objects(bad, **ORIGIN),
        lambda: container.warnings(bad),
        lambda: container.created_time(bad),
    ):
        with pytest.raises(AssemblyError) as caught:
            call()
        assert caught.value.code == "image-config-invalid"


PATHS = st.text(st.sampled_from("/.ab\0é") | st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60)
@given(
    config=st.fixed_dictionaries(
        {
            "WorkingDir": PATHS,
            "Volumes": st.dictionaries(PATHS, st.just({})),
            "Env": st.lists(st.text()),
            "Labels": st.dictionaries(PATHS, st.text()),
        }
    )
)
def test_any_config_gives_a_proper_layer_and_the_same_bytes_again(config: dict[str, Any]) -> None:
    made = added(config)
    assert list(made.items()) == list(added(config).items())
    seen = {b""}
    for path in made:
        parent, _, name = path.rpartition(b"/")
        assert parent in seen
        assert name not in (b"", b".", b"..")
        assert b"\0" not in path
        seen.add(path)
    assert container.sif_objects({"config": config}, **ORIGIN) == container.sif_objects({"config": config}, **ORIGIN)
