"""Real Apptainer runs what we build, and its programs see what Docker would show them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.interop.containers import CREATED, DIGEST, REFERENCE, Workshop
from tests.support import tools
from tests.support.apptainer import Apptainer, launch_options

SHOW = ["printf", "%s\\0"]
"""A program that prints its further arguments, each ended by NUL."""

HARD = [
    "", " ", "a b", "*", "?", "~", "!", "#", "=", "-n", "--", "(", ")", "<", ">", "a;b", "a&b", "a|b", "{a,b}", "[a]",
    "$", "$HOME", "${HOME}", "$(id)", "`", "`id`", "'", '"', "a'b", 'a"b', "a'\\''b", "'\"'\"'",
    "\\", "a\\b", "\\n", "\\$HOME", "\n", "a\nb", "\r", "\r\n", "a\r\nb", "\r\r\n\n", "\t", "\x01\x7f",
    "é ü 漢 🎉", "\x80", "a\x81b", "\u2028", "\ufeff", "\ufffd",
]  # fmt: skip
"""Texts that some shell or other takes apart."""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    busybox = Path(tools.require("busybox").argv[0])
    workshop = Workshop(tmp_path_factory.mktemp("images"), busybox.read_bytes())
    yield workshop
    workshop.close()


def config(
    entrypoint: list[str] | None = None, cmd: list[str] | None = None, env: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """An inner config; the PATH is the usual one."""
    variables = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(env or {})}
    return {
        "Entrypoint": entrypoint,
        "Cmd": cmd,
        "Env": [f"{name}={value}" for name, value in variables.items()],
        **more,
    }


def words(output: bytes) -> list[str]:
    return output.decode().split("\0")[:-1]


def variables(output: bytes) -> dict[str, str]:
    """What `env -0` printed."""
    return dict(word.split("=", 1) for word in words(output))


ENV = ("/bin/env", "-0")

LAUNCHES: dict[str, tuple[list[str] | None, list[str] | None, list[str], list[str]]] = {
    "entrypoint": ([*SHOW, "e"], None, [], ["e"]),
    "entrypoint and arguments": ([*SHOW, "e"], None, ["x", "y z"], ["e", "x", "y z"]),
    "cmd": (None, [*SHOW, "c", "d e"], [], ["c", "d e"]),
    "cmd replaced by arguments": (None, ["false"], [*SHOW, "x", "y z"], ["x", "y z"]),
    "entrypoint and cmd": ([*SHOW, "e"], ["c", "d e"], [], ["e", "c", "d e"]),
    "entrypoint, cmd and arguments": ([*SHOW, "e"], ["c", "d e"], ["x"], ["e", "x"]),
    "neither, but arguments": (None, None, [*SHOW, "x", "y z"], ["x", "y z"]),
    "entrypoint of one empty string": ([""], [*SHOW, "c"], [], ["c"]),
    "empty lists": ([], [], [*SHOW, "x"], ["x"]),
    "hard entrypoint": ([*SHOW, *HARD], ["c"], [], [*HARD, "c"]),
    "hard cmd": ([*SHOW, "e"], HARD, [], ["e", *HARD]),
    "hard arguments": ([*SHOW, "e"], ["c"], HARD, ["e", *HARD]),
    "an empty argument is an argument": ([*SHOW, "e"], ["c"], [""], ["e", ""]),
    "a long item": ([*SHOW, "'\"$" * 30_000], None, [], ["'\"$" * 30_000]),
    "many items": (SHOW, [str(number) for number in range(5000)], [], [str(number) for number in range(5000)]),
}


@pytest.mark.root
@pytest.mark.parametrize("flavour", ["shell", "no shell", "bare"])
@pytest.mark.parametrize("name", LAUNCHES)
def test_entrypoint_cmd_and_arguments_combine_as_in_docker(
    apptainer: Apptainer, workshop: Workshop, name: str, flavour: str
) -> None:
    entrypoint, cmd, arguments, expected = LAUNCHES[name]
    done = apptainer.run(workshop.sif(config(entrypoint, cmd), flavour), *arguments)
    assert (words(done.stdout), done.stderr, done.returncode) == (expected, b"", 0)


@pytest.mark.root
def test_the_shell_form_gets_its_arguments_and_gives_its_status(apptainer: Apptainer, workshop: Workshop) -> None:
    sif = workshop.sif(config(["/bin/sh", "-c", 'printf \'%s\\0\' "$0" "$@" "$V"; exit 7'], env={"V": "$X"}))
    done = apptainer.run(sif, "a", "b c")
    assert (words(done.stdout), done.returncode) == (["a", "b c", "$X"], 7)


@pytest.mark.root
def test_an_image_that_names_no_program_starts_its_shell_or_says_so(apptainer: Apptainer, workshop: Workshop) -> None:
    with_shell = apptainer.run(workshop.sif(config()))
    assert (with_shell.stdout, with_shell.stderr, with_shell.returncode) == (b"", b"", 0)
    without = apptainer.run(workshop.sif(config(), "no shell"))
    assert (without.stdout, without.stderr, without.returncode) == (b"", b"no command specified\n", 125)


@pytest.mark.root
def test_a_relative_program_is_found_in_the_working_directory(apptainer: Apptainer, workshop: Workshop) -> None:
    done = apptainer.run(workshop.sif(config(["./show"], ["a b"], WorkingDir="/srv/app", User="app")))
    assert (words(done.stdout), done.stderr) == (["show", "a b"], b"")


@pytest.mark.root
def test_a_program_is_found_on_the_image_s_own_path_only(apptainer: Apptainer, workshop: Workshop) -> None:
    sif = workshop.sif({"Cmd": ["show", "x"], "Env": ["PATH=/srv/app"]})
    assert words(apptainer.run(sif).stdout) == ["show", "x"]
    assert variables(apptainer.exec(sif, *ENV).stdout)["PATH"] == "/srv/app"
    assert apptainer.exec(sif, "printf", "x").returncode != 0


@pytest.mark.root
def test_an_image_without_path_has_docker_s(apptainer: Apptainer, workshop: Workshop) -> None:
    seen = variables(apptainer.exec(workshop.sif({"Env": ["A=1"]}), *ENV).stdout)
    assert seen["PATH"] == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@pytest.mark.root
@pytest.mark.parametrize("flavour", ["shell", "bare"])
@pytest.mark.parametrize("action", ["run", "exec"])
def test_hard_values_arrive_byte_for_byte(apptainer: Apptainer, workshop: Workshop, action: str, flavour: str) -> None:
    env = {f"V_{number}": value for number, value in enumerate(HARD)}
    sif = workshop.sif(config(list(ENV), env=env), flavour)
    done = apptainer.run(sif) if action == "run" else apptainer.exec(sif, *ENV)
    seen = variables(done.stdout)
    assert {name: seen.get(name) for name in env} == env
    assert not [name for name in seen if name.startswith("__")]
    assert done.stderr == b""


@pytest.mark.root
def test_long_values_arrive(apptainer: Apptainer, workshop: Workshop) -> None:
    env = {"LONG": "x'\"$`\\\n" * 14_000, "LINES": "\r\n" * 50_000}
    seen = variables(apptainer.exec(workshop.sif(config(env=env)), *ENV).stdout)
    assert seen["LONG"] == env["LONG"]
    assert seen["LINES"] == env["LINES"]


@pytest.mark.root
def test_names_that_mean_something_to_a_shell_arrive(apptainer: Apptainer, workshop: Workshop) -> None:
    names = ("if", "then", "do", "export", "set", "CDPATH", "ENV", "PS2", "PS4", "SECONDS", "LINES", "LANG", "TZ", "_a")
    env = {name: f"value of {name}" for name in (*names, "SINGULARITY_CACHEDIR", "APPTAINER_TMPDIR", "BASH_ENV")}
    done = apptainer.exec(workshop.sif(config(env=env)), *ENV)
    seen = variables(done.stdout)
    assert {name: seen.get(name) for name in env} == env


@pytest.mark.root
def test_reserved_and_impossible_names_harm_nothing(apptainer: Apptainer, workshop: Workshop) -> None:
    env = dict.fromkeys(
        ("UID", "GID", "EUID", "IFS", "OPTIND", "RANDOM", "e", "key", "T-X", "1X", "a b", "SHELLOPTS"), "77"
    )
    done = apptainer.exec(workshop.sif(config(env={**env, "LAST": "here"})), *ENV)
    assert (variables(done.stdout)["LAST"], done.stderr) == ("here", b"")


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from("'\"\\$`\r\n\x80\x81 !#{}()"),
    max_size=30,
)


@pytest.mark.root
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(values=st.lists(TEXT, min_size=40, max_size=60), items=st.lists(TEXT, min_size=20, max_size=30))
def test_any_value_and_any_item_arrives(
    apptainer: Apptainer, workshop: Workshop, values: list[str], items: list[str]
) -> None:
    env = {f"V_{number}": value for number, value in enumerate(values)}
    sif = workshop.sif(config([*SHOW, "e"], items, env=env), "bare")
    seen = variables(apptainer.exec(sif, *ENV).stdout)
    assert {name: seen.get(name) for name in env} == env
    assert words(apptainer.run(sif).stdout) == ["e", *items]
    assert words(apptainer.run(sif, *items).stdout) == ["e", *items]


@pytest.mark.root
def test_the_user_s_variables_win_over_the_image_s_and_those_over_the_host_s(
    apptainer: Apptainer, workshop: Workshop
) -> None:
    sif = workshop.sif(config(env={"A": "image", "B": "image", "C": "image", "HOME": "/image"}))
    host = {"A": "host", "B": "host", "C": "host", "D": "host", "APPTAINERENV_A": "a b", "SINGULARITYENV_E": "e"}
    seen = variables(apptainer.exec(sif, *ENV, env=host, options=("--env", "B=o p")).stdout)
    assert {name: seen.get(name) for name in "ABCDE"} == {"A": "a b", "B": "o p", "C": "image", "D": "host", "E": "e"}
    assert seen["HOME"] != "/image"
    clean = variables(apptainer.exec(sif, *ENV, env=host, options=("--cleanenv",)).stdout)
    assert {name: clean.get(name) for name in "ABCDE"} == {"A": "a b", "B": "image", "C": "image", "D": None, "E": "e"}


@pytest.mark.root
@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"APPTAINERENV_PREPEND_PATH": "/first"}, "/first:/image:/bin"),
        ({"APPTAINERENV_APPEND_PATH": "/last"}, "/image:/bin:/last"),
        ({"APPTAINERENV_PATH": "/only"}, "/only"),
    ],
)
def test_the_user_may_change_path(apptainer: Apptainer, workshop: Workshop, asked: dict[str, str], path: str) -> None:
    sif = workshop.sif({"Env": ["PATH=/image:/bin"]})
    assert variables(apptainer.exec(sif, *ENV, env=asked).stdout)["PATH"] == path


@pytest.mark.root
def test_a_user_of_the_image_changes_nothing_and_files_keep_their_owner(
    apptainer: Apptainer, workshop: Workshop
) -> None:
    sif = workshop.sif(config(["id", "-u"], User="1000:1000"))
    assert apptainer.run(sif).stdout == b"0\n"
    listing = apptainer.exec(sif, "stat", "-c", "%a", "/srv/app", "/.singularity.d/runscript")
    assert listing.stdout == b"755\n755\n"


@pytest.mark.root
def test_directories_of_the_config_exist(apptainer: Apptainer, workshop: Workshop) -> None:
    sif = workshop.sif(config(WorkingDir="/srv/deep/er", Volumes={"/data/db": {}, "var/cache/x": {}}))
    done = apptainer.exec(sif, "stat", "-c", "%F %a", "/srv/deep/er", "/data/db", "/var/cache/x", "/var/tmp")
    assert done.stdout == b"directory 755\n" * 3 + b"directory 1777\n"
    assert apptainer.exec(sif, "pwd", options=("--cwd", "/srv/deep/er")).stdout == b"/srv/deep/er\n"


@pytest.mark.root
def test_the_shell_action_has_the_image_s_environment(apptainer: Apptainer, workshop: Workshop) -> None:
    sif = workshop.sif(config(env={"A": "it's"}))
    done = apptainer.command("--silent", "shell", *launch_options(), "--shell", "/bin/env", sif)
    assert b"A=it's" in done.stdout.splitlines()


@pytest.mark.root
def test_an_instance_starts_and_takes_commands(apptainer: Apptainer, workshop: Workshop) -> None:
    sif = workshop.sif(config(["sleep", "60"], env={"A": "it's"}))
    apptainer.command("instance", "start", *launch_options(), sif, "one", check=True)
    try:
        seen = apptainer.command("--silent", "exec", *launch_options(), "instance://one", *ENV, check=True)
        assert variables(seen.stdout)["A"] == "it's"
    finally:
        apptainer.command("instance", "stop", "one", check=True)


@pytest.mark.root
def test_an_application_of_the_image_runs_by_its_name(apptainer: Apptainer, workshop: Workshop) -> None:
    sif = workshop.sif(config(["false"]))
    assert words(apptainer.run(sif, "a b", options=("--app", "hello")).stdout) == ["good morning", "a b"]
    missing = apptainer.run(sif, options=("--app", "none"))
    assert (missing.stderr, missing.returncode) == (b"there is no application none in this container\n", 1)


@pytest.mark.root
def test_inspect_tells_labels_origin_and_scripts_without_starting_anything(
    apptainer: Apptainer, workshop: Workshop
) -> None:
    own = {"maintainer": 'Zoë "Q"', "org.opencontainers.image.title": "a <b> & 'c'\n"}
    sif = workshop.sif(config(["tool"], ["it's"], env={"A": "it's"}, Labels=own), "bare")
    attributes = json.loads(apptainer.inspect(sif, "--all").stdout)["data"]["attributes"]
    assert {name: attributes["labels"].get(name) for name in own} == own
    assert attributes["labels"]["org.opencontainers.image.base.name"] == REFERENCE
    assert attributes["labels"]["org.opencontainers.image.base.digest"] == str(DIGEST)
    assert attributes["labels"]["org.opencontainers.image.created"] == CREATED
    assert attributes["deffile"].startswith(f"bootstrap: docker\nfrom: registry.example.org/team/tool@{DIGEST}\n")
    assert "set -- 'tool' \"$@\"" in attributes["runscript"]
    assert "A='it'" in attributes["environment"]["/.singularity.d/env/10-docker2singularity.sh"]
    shown = apptainer.inspect(sif, "--runscript").stdout.decode()
    assert shown.strip() == attributes["runscript"].strip()
    assert json.loads(apptainer.exec(sif, "cat", "/.singularity.d/labels.json").stdout) == attributes["labels"]


@pytest.mark.root
def test_the_oci_config_is_in_the_sif(apptainer: Apptainer, workshop: Workshop) -> None:
    kept = {"User": "app", "ExposedPorts": {"80/tcp": {}}, "StopSignal": "SIGINT", "Healthcheck": {"Test": ["NONE"]}}
    sif = workshop.sif(kept)
    assert json.loads(apptainer.command("sif", "dump", "3", sif, check=True).stdout) == kept
    assert b"JSON.Generic" in apptainer.command("sif", "list", sif, check=True).stdout
