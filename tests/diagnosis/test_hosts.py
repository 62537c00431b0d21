"""What is particular to registries: logins that can be pasted, with account, region or name filled in."""

import shlex

import pytest

from sregistry.diagnosis import hosts


@pytest.mark.parametrize(
    "registry, command",
    [
        ("docker.io", "sregistry login docker.io"),
        ("ghcr.io", "sregistry login ghcr.io"),
        ("nvcr.io", "sregistry login --username '$oauthtoken' nvcr.io"),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "aws ecr get-login-password --region eu-west-1 | sregistry login --username AWS --password-stdin "
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        ),
        (
            "public.ecr.aws",
            "aws ecr-public get-login-password --region us-east-1 | sregistry login --username AWS --password-stdin "
            "public.ecr.aws",
        ),
        (
            "europe-west4-docker.pkg.dev",
            "gcloud auth print-access-token | sregistry login --username oauth2accesstoken --password-stdin "
            "europe-west4-docker.pkg.dev",
        ),
        (
            "acme.azurecr.io",
            "az acr login --name acme --expose-token --output tsv --query accessToken | sregistry login "
            "--username 00000000-0000-0000-0000-000000000000 --password-stdin acme.azurecr.io",
        ),
        ("registry.example.org:5000", "sregistry login registry.example.org:5000"),
    ],
)
def test_how_to_log_in(registry: str, command: str) -> None:
    step = hosts.find(registry).login
    assert step.command == command
    shlex.split(step.command)


def test_the_parts_of_an_ecr_host_name() -> None:
    host = hosts.find("123456789012.dkr.ecr.us-gov-west-1.amazonaws.com")
    assert (host.account, host.region, host.expires) == ("123456789012", "us-gov-west-1", "12 hours")


def test_an_unknown_registry_is_called_by_its_name_and_nothing_is_claimed_of_it() -> None:
    host = hosts.find("registry.example.org")
    assert (host.name, host.hides, host.private_first, host.needs, host.status) == (
        "registry.example.org",
        False,
        False,
        "",
        "",
    )


def test_pages_of_repositories() -> None:
    hub = hosts.find("docker.io")
    assert hub.repository_page("library/ubuntu") == "https://hub.docker.com/_/ubuntu"
    assert hub.repository_page("acme/tool") == "https://hub.docker.com/r/acme/tool"
    assert hosts.find("registry.example.org").repository_page("x") == ""


def test_hosts_that_belong_to_a_registry_are_that_registry() -> None:
    assert hosts.find("registry-1.docker.io").name == "Docker Hub"
    assert hosts.find("authn.nvidia.com").registry == "nvcr.io"
