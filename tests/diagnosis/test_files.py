"""What is said of files on the web speaks of a server, and of the other source of an image where there is one."""

from __future__ import annotations

import pytest

from sregistry.codes import Who
from sregistry.diagnosis import explain
from sregistry.diagnosis.render import terminal
from sregistry.errors import SregistryError
from sregistry.references import parse
from sregistry.settings import load
from tests.diagnosis.samples import CODES

DEPOT = "https://depot.galaxyproject.org/singularity/samtools:1.9--h91753b0_8"
INSTEAD = "sregistry pull docker://quay.io/biocontainers/samtools:1.9--h91753b0_8"
OF_SERVERS = [code for code in CODES if code.startswith(("network-", "tls-", "web-"))]


def failed(code: str, reference: str = DEPOT) -> SregistryError:
    return SregistryError(code, "the message", reference=reference, host="depot.galaxyproject.org", url=reference)


@pytest.mark.parametrize("code", OF_SERVERS)
def test_a_file_server_is_not_called_a_registry(code: str) -> None:
    found = explain(failed(code))
    said = [found.title, *(cause.text for cause in found.why), *(step.comment for step in found.steps)]
    text = " ".join(said).replace("the local registry", "").replace("registry protocol", "")
    assert "the registry" not in text.lower()
    assert found.who is not Who.REGISTRY


@pytest.mark.parametrize("code", ["network-timeout", "network-dns", "tls-expired", "web-failed", "web-not-found"])
def test_the_other_source_is_proposed_where_a_host_fails(code: str) -> None:
    commands = [step.command for step in explain(failed(code)).steps]
    assert INSTEAD in commands
    assert "export SREGISTRY_WEB_SOURCES=galaxy" in commands
    assert str(parse(INSTEAD.rpartition(" ")[2])).startswith("quay.io/biocontainers/samtools:")
    assert load({"HOME": "/nowhere", "SREGISTRY_WEB_SOURCES": "galaxy"}).web_sources == ("galaxy",)


@pytest.mark.parametrize("code", ["network-offline", "disk-full", "reference-fragment"])
def test_no_other_source_is_proposed_for_what_it_would_not_help(code: str) -> None:
    assert INSTEAD not in [step.command for step in explain(failed(code)).steps]


def test_no_other_source_is_proposed_where_none_is_known() -> None:
    address = "https://files.example.org/tool.sif"
    steps = explain(failed("network-timeout", address)).steps
    assert not any("docker://" in step.command for step in steps)
    assert f"sregistry pull {address}" in [step.command for step in steps]


def test_an_address_that_was_hidden_is_in_no_command() -> None:
    steps = explain(failed("network-timeout", "https://files.example.org/tool.sif?sig=…")).steps
    assert not any(step.command.startswith("sregistry pull") for step in steps)


def test_other_references_are_spoken_of_as_before() -> None:
    found = explain(failed("network-no-answer", "docker://ghcr.io/a/b:1"))
    assert found.who is Who.REGISTRY
    assert "The registry" in terminal.render(found)


@pytest.mark.parametrize(
    ("looks", "command"),
    [
        ("legacy", "apptainer build image.sif image.file"),
        ("compressed", "tar -tf image.file"),
        ("tar", "tar -tf image.file"),
    ],
)
def test_what_is_no_sif_file_is_made_one_where_that_can_be(looks: str, command: str) -> None:
    error = failed("web-not-sif", "https://files.example.org/a b.sif").with_facts(looks_like=looks, format="x")
    commands = [step.command for step in explain(error).steps]
    assert commands[:2] == ["curl -fL -o image.file 'https://files.example.org/a b.sif'", command]


@pytest.mark.parametrize("looks", ["oci-archive", "docker-archive"])
def test_an_archive_of_images_is_named_by_a_command_that_reads_it(looks: str) -> None:
    steps = explain(failed("web-not-sif").with_facts(looks_like=looks, format="x")).steps
    assert any(f"{looks}:image.file" in step.command for step in steps)


@pytest.mark.parametrize("code", ["registry-not-a-registry", "registry-web-page"])
def test_an_address_that_is_no_registrys_may_be_a_files(code: str) -> None:
    command = "sregistry pull 'https://files.example.org/lab/tool#sif'"
    assert command in [step.command for step in explain(failed(code, "https://files.example.org/lab/tool")).steps]
    assert command not in [step.command for step in explain(failed(code, "files.example.org/lab/tool")).steps]


def test_an_http_address_may_be_a_files() -> None:
    with pytest.raises(SregistryError) as caught:
        parse("http://files.example.org/lab/tool")
    address = "http://files.example.org/lab/tool#sif"
    assert f"sregistry pull '{address}'" in [step.command for step in explain(caught.value).steps]
    assert parse(address).uri == address
