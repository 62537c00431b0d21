from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path

import pytest

from sregistry.digests import Digest
from sregistry.references import parse_registry
from sregistry.testing.images import make_sif
from tests.cli.terminal import on_terminal
from tests.registry.sessions import session
from tests.support.line import Line
from tests.support.pulling import User
from tests.support.registry import Certificates, DockerRegistry


@pytest.fixture
def reference(docker_registry: DockerRegistry) -> str:
    return f"oras://{docker_registry.address}/team/tool:1"


@pytest.fixture
def sif(user: User) -> Path:
    return make_sif(user.home / "tool.sif", "pushed", 3 << 20)


def test_only_the_digest_goes_to_standard_output(user: User, sif: Path, reference: str) -> None:
    done = user.sregistry("push", "tool.sif", reference)
    assert done.returncode == 0, done.stderr.decode()
    assert re.fullmatch(rb"sha256:[0-9a-f]{64}\n", done.stdout)
    lines = done.stderr.decode().splitlines()
    assert re.fullmatch(r"sending 3\.\d MB", lines[0])
    assert re.fullmatch(rf"{reference} is sha256:\S+; 3\.\d MB sent in \S+ s", lines[1])
    again = user.sregistry("push", "tool.sif", reference)
    assert again.stdout == done.stdout
    assert again.stderr.decode().splitlines()[-1].endswith("; the registry had all of it")


def test_a_terminal_shows_how_much_is_sent(user: User, sif: Path, reference: str) -> None:
    shown = on_terminal(user, "push", "tool.sif", reference, columns=90)
    assert any("sending" in line and "100%" in line for line in shown)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", shown[-1])


def test_facts(user: User, sif: Path, reference: str) -> None:
    done = user.sregistry("push", "--json", "--quiet", "-a", "a=1", "--annotation", "b=2=3", "tool.sif", reference)
    facts = json.loads(done.stdout)
    assert (facts["reference"], facts["size"], facts["sent"]) == (reference, sif.stat().st_size, sif.stat().st_size)
    assert {"a": "1", "b": "2=3"}.items() <= facts["annotations"].items()
    assert done.stderr == b""


@pytest.mark.parametrize("text", ["a", "=1", "", "a=\udcff"])
def test_an_annotation_without_a_name_or_a_value_is_refused(user: User, sif: Path, reference: str, text: str) -> None:
    done = user.sregistry("push", "--annotation", text, "tool.sif", reference)
    assert done.returncode == 2
    assert b"--annotation wants " in done.stderr


def test_names_of_files_that_are_no_text_become_titles(user: User, sif: Path, reference: str) -> None:
    """As Go writes them, in whose JSON there is nothing but UTF-8."""
    name = sif.rename(sif.with_name("tool\udcff.sif")).name
    done = user.sregistry("push", "--quiet", name, reference)
    assert done.returncode == 0, done.stderr.decode()
    with session() as one:
        raw = one.get_manifest(parse_registry(reference)).raw
    assert rb'"org.opencontainers.image.title":"tool\ufffd.sif"' in raw


def test_a_login_that_may_not_push_is_told_so(user: User, sif: Path, token_registry: DockerRegistry) -> None:
    where = f"oras://{token_registry.address}/team/tool:1"
    done = user.sregistry("push", "tool.sif", where)
    assert (done.returncode, done.stdout) == (6, b"")
    assert b"asks for a login to push to team/tool" in done.stderr
    user.environment |= {"APPTAINER_DOCKER_USERNAME": "reader", "APPTAINER_DOCKER_PASSWORD": "correct horse"}
    done = user.sregistry("push", "tool.sif", where)
    assert done.returncode == 6
    assert b"does not let this login push to team/tool" in done.stderr
    assert b"correct horse" not in done.stderr
    user.environment["APPTAINER_DOCKER_PASSWORD"] = "a wrong one"
    done = user.sregistry("push", "tool.sif", where)
    assert done.returncode == 6
    assert f"sregistry push tool.sif {where}" in done.stderr.decode()
    assert b"anonymously" not in done.stderr
    assert b"sregistry pull" not in done.stderr


def test_where_a_login_is_needed_for_everything(
    user: User, sif: Path, password_registry: DockerRegistry, certificates: Certificates
) -> None:
    where = f"oras://{password_registry.address}/team/tool:1"
    options = ("--cacert", certificates.authority)
    done = user.sregistry("push", *options, "tool.sif", where)
    assert done.returncode == 6
    assert b"asks for a login to push to team/tool" in done.stderr
    assert f"tool.sif {where}   (after the login)" in done.stderr.decode()
    user.environment |= {"APPTAINER_DOCKER_USERNAME": "reader", "APPTAINER_DOCKER_PASSWORD": "correct horse"}
    assert user.sregistry("push", *options, "tool.sif", where).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_one_that_is_ended_goes_on_where_it_was(
    user: User, docker_registry: DockerRegistry, number: signal.Signals
) -> None:
    """At the end of a part, so that the registry keeps what it has got: nothing goes twice over the line to it."""
    size = make_sif(user.home / "large.sif", "large", 24 << 20).stat().st_size
    user.environment["SREGISTRY_UPLOAD_CHUNK"] = "256KiB"
    with Line(docker_registry.address) as line:
        where = f"oras://{line.address}/team/large:1"
        for part in (0.2, 0.4, 0.6):
            process = user.start("push", "large.sif", where)
            deadline = time.monotonic() + 60
            while line.carried < part * size and time.monotonic() < deadline:
                time.sleep(0.002)
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
            assert process.returncode in (130, 143, -signal.SIGKILL), err.decode()
            assert number is not signal.SIGINT or b"goes on with what the other side has kept" in err
            assert out == b""
        assert line.carried < size
        done = user.sregistry("push", "--quiet", "large.sif", where)
        assert done.returncode == 0, done.stderr.decode()
        assert size < line.carried < 1.05 * size
    assert Digest.parse(done.stdout.decode().strip())


@pytest.mark.parametrize("compression", ["gzip", "zstd:1"])
def test_for_docker_the_compression_is_chosen(
    user: User, sif: Path, docker_registry: DockerRegistry, compression: str
) -> None:
    reference = f"docker://{docker_registry.address}/team/tool:1"
    done = user.sregistry("push", "--compression", compression, "tool.sif", reference)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stderr.decode().splitlines()
    assert lines[0] == "tool.sif becomes an image of one layer"
    assert re.fullmatch(r"sending 3\.\d MB", lines[1])
    shown = json.loads(user.sregistry("inspect", "--json", reference).stdout)
    assert compression.partition(":")[0] in json.dumps(shown)


def test_a_compression_that_is_none_is_refused(user: User, sif: Path, docker_registry: DockerRegistry) -> None:
    done = user.sregistry("push", "--compression", "rar", "tool.sif", f"{docker_registry.address}/team/tool:1")
    assert (done.returncode, done.stdout) == (2, b"")


def test_its_exit_code_is_that_of_its_child(user: User, sif: Path) -> None:
    assert user.sregistry("push", "tool.sif", "oras://127.0.0.1:1/team/tool:1").returncode == 4


def test_a_file_is_attached_and_inspect_shows_it(user: User, sif: Path, reference: str) -> None:
    pushed = user.sregistry("push", "--quiet", "tool.sif", reference).stdout.decode().strip()
    (user.home / "sbom.json").write_text("{}")
    done = user.sregistry("push", "--attach", "sbom.json", "--type", "application/spdx+json", reference)
    assert done.stderr.decode() == f"sbom.json is attached to {reference}, {pushed}\n"
    digest = done.stdout.decode().strip()
    shown = user.sregistry("inspect", reference).stdout.decode()
    assert re.search(rf"(?m)^attached application/spdx\+json  sbom\.json  \d+ B  {digest}$", shown)
    facts = json.loads(
        user.sregistry("push", "--json", "-q", "--attach", "sbom.json", "--type", "text/plain", reference).stdout
    )
    assert (facts["subject"], facts["artifact_type"], facts["size"]) == (pushed, "text/plain", 2)


@pytest.mark.parametrize(
    "words",
    [
        ("docker://h/r:1",),
        ("--attach", "sbom.json", "docker://h/r:1"),
        ("--type", "text/plain", "docker://h/r:1"),
        ("--attach", "sbom.json", "--type", "text/plain", "tool.sif", "docker://h/r:1"),
        ("--attach", "sbom.json", "--type", "spdx", "docker://h/r:1"),
        ("--attach", "none.json", "--type", "text/plain", "docker://h/r:1"),
    ],
)
def test_words_that_do_not_go_together_are_refused(user: User, words: tuple[str, ...]) -> None:
    (user.home / "sbom.json").write_text("{}")
    done = user.sregistry("push", *words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"Usage:")
