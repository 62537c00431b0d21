"""Addresses pasted from a browser mean the image their page is about."""

from __future__ import annotations

import pytest

from sregistry.references import InvalidReference, parse


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("https://hub.docker.com/_/ubuntu", "docker.io/library/ubuntu:latest"),
        ("http://hub.docker.com/_/ubuntu/tags", "docker.io/library/ubuntu:latest"),
        ("https://hub.docker.com/r/biocontainers/blast/tags", "docker.io/biocontainers/blast:latest"),
        ("hub.docker.com/r/biocontainers/blast", "docker.io/biocontainers/blast:latest"),
        ("https://registry.hub.docker.com/r/a/b", "docker.io/a/b:latest"),
        ("https://registry.hub.docker.com/library/debian:12", "docker.io/library/debian:12"),
        (
            "https://hub.docker.com/layers/library/ubuntu/22.04/images/x?a=x",
            "docker.io/library/ubuntu:22.04",
        ),
        ("https://hub.docker.com/repository/docker/a/b/general", "docker.io/a/b:latest"),
        ("https://hub.docker.com/repository/docker/a/b/tags/1.2/sha256-ab", "docker.io/a/b:1.2"),
        ("https://hub.docker.com/v2/repositories/a/b/tags/1.2", "docker.io/a/b:1.2"),
        ("https://github.com/orgs/MyOrg/packages/container/package/tool", "ghcr.io/myorg/tool:latest"),
        ("https://github.com/orgs/o/packages/container/package/a%2Fb", "ghcr.io/o/a/b:latest"),
        ("https://github.com/users/bob/packages/container/tool/123?tag=v1", "ghcr.io/bob/tool:v1"),
        ("https://github.com/Acme/repo/pkgs/container/tool", "ghcr.io/acme/tool:latest"),
        ("https://github.com/acme/repo/pkgs/container/tool/versions", "ghcr.io/acme/tool:latest"),
        ("https://github.com/acme/repo/pkgs/container/2048", "ghcr.io/acme/2048:latest"),
        ("https://quay.io/repository/biocontainers/samtools?tab=tags&tag=1.2", "quay.io/biocontainers/samtools:1.2"),
        ("https://quay.io/repository/biocontainers/samtools/tag/1.2", "quay.io/biocontainers/samtools:1.2"),
        ("https://quay.io/biocontainers/samtools:1.2", "quay.io/biocontainers/samtools:1.2"),
        ("https://catalog.ngc.nvidia.com/orgs/nvidia/containers/pytorch", "nvcr.io/nvidia/pytorch:latest"),
        ("https://catalog.ngc.nvidia.com/orgs/nvidia/teams/clara/containers/x/tags", "nvcr.io/nvidia/clara/x:latest"),
        ("https://catalog.ngc.nvidia.com/orgs/hpc/containers/namd?version=3.0", "nvcr.io/hpc/namd:3.0"),
        ("https://ngc.nvidia.com/catalog/containers/nvidia:pytorch", "nvcr.io/nvidia/pytorch:latest"),
        ("https://gitlab.com/Group/sub/project/container_registry/12", "registry.gitlab.com/group/sub/project:latest"),
        ("https://gitlab.com/group/project/-/container_registry", "registry.gitlab.com/group/project:latest"),
        ("https://gallery.ecr.aws/docker/library/python", "public.ecr.aws/docker/library/python:latest"),
        ("https://ghcr.io/acme/tool:1.2", "ghcr.io/acme/tool:1.2"),
        ("https://www.quay.io/repository/a/b", "quay.io/a/b:latest"),
        ("https://registry-1.docker.io/v2/library/ubuntu/manifests/22.04", "docker.io/library/ubuntu:22.04"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "docker://"])
def test_reads_the_page_of_an_image(prefix: str, address: str, canonical: str) -> None:
    reference = parse(prefix + address)
    assert str(reference) == canonical
    assert reference.notes


@pytest.mark.parametrize(
    "address",
    [
        "https://hub.docker.com/u/biocontainers",
        "https://github.com/acme/tool",
        "github.com/acme/tool",
        "https://gitlab.com/group/project",
        "https://catalog.ngc.nvidia.com/orgs/nvidia/models/bert",
        "https://gallery.ecr.aws/",
    ],
)
def test_a_page_about_something_else_is_refused(address: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse(address)
    assert caught.value.code == "reference-web-page"
    assert " page" in caught.value.message


def test_a_gitlab_of_ones_own_is_refused_with_the_usual_name_of_its_registry() -> None:
    with pytest.raises(InvalidReference) as caught:
        parse("https://gitlab.example.org/group/project/-/container_registry/7")
    assert caught.value.code == "reference-web-page"
    assert caught.value.facts["suggestion"] == "registry.gitlab.example.org/group/project"


def test_a_fault_in_the_address_points_at_no_place_in_the_name() -> None:
    with pytest.raises(InvalidReference) as caught:
        parse("https://ghcr.io/MyOrg/tool?token=canary")
    assert caught.value.code == "name-uppercase"
    assert "span" not in caught.value.facts
    assert caught.value.facts["suggestion"] == "docker://ghcr.io/myorg/tool"
    assert "canary" not in repr(caught.value.facts)


def test_secrets_in_a_query_are_not_kept() -> None:
    reference = parse("https://quay.io/repository/a/b?tag=1&token=canary")
    assert reference.tag == "1"
    assert "canary" not in reference.source
