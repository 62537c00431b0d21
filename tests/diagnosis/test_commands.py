"""Commands that are proposed go the same way as the one that failed, and can be pasted."""

import shlex
import subprocess

import pytest

from sregistry.diagnosis import commands, explain
from sregistry.diagnosis.facts import Facts
from sregistry.references import parse
from tests.diagnosis.samples import sample

REFERENCE = "ghcr.io/acme/tool:1.2"


def facts(**more: object) -> Facts:
    return Facts("code", "message", {"reference": REFERENCE, **more})


def test_the_users_reference_is_filled_in() -> None:
    assert commands.pull(facts()) == "sregistry pull docker://ghcr.io/acme/tool:1.2"
    assert commands.doctor(facts()) == "sregistry doctor docker://ghcr.io/acme/tool:1.2"


def test_another_tag_replaces_tag_and_digest() -> None:
    pinned = facts(reference=f"ghcr.io/acme/tool:1.2@sha256:{'a' * 64}")
    assert commands.pull(pinned, tag="1.3") == "sregistry pull docker://ghcr.io/acme/tool:1.3"


def test_the_users_options_are_repeated_once() -> None:
    given = facts(options=["--plain-http", "--cacert", "my ca.pem"])
    assert commands.pull(given, "--plain-http") == (
        "sregistry pull --cacert 'my ca.pem' --plain-http docker://ghcr.io/acme/tool:1.2"
    )


def test_another_platform_replaces_the_one_that_was_given() -> None:
    for options in (["--platform", "linux/arm64", "--plain-http"], ["--platform=linux/arm64", "--plain-http"]):
        line = commands.pull(facts(options=options), "--platform", "linux/amd64")
        assert line == "sregistry pull --plain-http --platform linux/amd64 docker://ghcr.io/acme/tool:1.2"


def test_other_commands_get_no_options_that_only_a_pull_has() -> None:
    given = facts(
        options=["--exact", "--output", "my.sif", "--mode", "0640", "--plain-http", "--platform", "linux/386"]
    )
    assert commands.doctor(given) == (
        "sregistry doctor --plain-http --platform linux/386 docker://ghcr.io/acme/tool:1.2"
    )


def test_without_a_reference_there_is_no_command() -> None:
    assert commands.pull(Facts("code", "message", {})) == ""
    assert commands.doctor(Facts("code", "message", {"reference": "no:such:thing"})) == ""


def test_what_has_to_be_quoted_is_quoted() -> None:
    assert shlex.split(commands.login("nvcr.io", "--username", "$oauthtoken")) == [
        "sregistry",
        "login",
        "--username",
        "$oauthtoken",
        "nvcr.io",
    ]
    assert commands.variable("TMPDIR", "/my tmp") == "export TMPDIR='/my tmp'"
    assert commands.variable("TMPDIR", "<folder>") == "export TMPDIR=<folder>"


def test_settings_become_their_variables() -> None:
    assert commands.setting("timeout_read", "60s") == "export SREGISTRY_TIMEOUT_READ=60s"
    assert commands.setting("no_such_setting", "1") == ""


def test_proposed_references_can_be_read() -> None:
    line = commands.pull(facts(), tag="latest")
    assert parse(shlex.split(line)[-1]).tag == "latest"


@pytest.mark.parametrize("before", ["", "no_proxy=a.test,b.test", "NO_PROXY=a.test,b.test"])
def test_who_goes_without_the_proxy_keeps_what_went_without_it(before: str) -> None:
    step = explain(sample("network-proxy-refused")).steps[-1]
    environ = dict([before.split("=", 1)]) if before else {}
    line = f'{step.command}; printf %s "$no_proxy"'
    shown = subprocess.run(["/bin/sh", "-c", line], env=environ, capture_output=True, text=True, check=True).stdout
    listed = [name for name in shown.split(",") if name]
    assert listed == [*(["a.test", "b.test"] if before else []), "registry.example.org"]


@pytest.mark.parametrize("failed", ["oci:./a", "docker://ghcr.io/acme/tool:1.2"])
def test_a_command_of_two_references_has_the_other_one_in_the_place_of_the_one_that_failed(failed: str) -> None:
    copied = facts(reference=failed, repeat=["copy", failed, "oci-archive:all.tar"])
    assert commands.pull(copied, name="dir:./b") == "sregistry copy dir:./b oci-archive:all.tar"
    assert commands.pull(copied) == f"sregistry copy {failed} oci-archive:all.tar"


def test_what_failed_is_not_proposed_with_options_that_it_does_not_have_or_unchanged() -> None:
    copied = facts(repeat=["copy", "oci:./a", "oci:./b"])
    assert commands.pull(copied, "--output", "<FILE>") == ""
    assert commands.pull(copied, name="dir:./b") == ""


@pytest.mark.parametrize(
    ("failed", "target", "given"),
    [
        ("docker://ghcr.io/a/b:1", "docker://quay.io/a/b:1", ""),
        ("docker://quay.io/a/b:1", "docker://quay.io/a/b:1", " --username ada"),
        ("docker://ghcr.io/a/b:1", "oci:./b", " --username ada"),
    ],
)
def test_a_login_for_the_target_is_not_shown_to_the_source(failed: str, target: str, given: str) -> None:
    source = "docker://ghcr.io/a/b:1"
    copied = facts(reference=failed, repeat=["copy", source, target], options=["--username", "ada"])
    assert commands.doctor(copied) == f"sregistry doctor{given} {failed}"
