"""What is particular to the registries people use: how a login is made, what their answers mean.

Only what their documentation states or what their answers show; a registry that is not here gets
words that are true of every registry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sregistry.diagnosis import commands
from sregistry.diagnosis.diagnosis import Step
from sregistry.diagnosis.facts import Facts
from sregistry.references import DOCKER_HUB

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)"
)


@dataclass(frozen=True, slots=True)
class Host:
    """One registry.

    Attributes:
        registry: its host, as in a reference.
        name: what people call it.
        hides: it gives the same answer for a private and for an absent repository.
        private_first: a new repository there is private until its owner changes that.
        needs: what a password or token for pulling must be, as a phrase after "with".
        expires: how long its passwords last, in words; empty where they last until revoked.
        user: the user name that always goes with its tokens.
        pipe_from: command that prints a password, to be piped into ``sregistry login``.
        status: page that tells about outages.
        page: page of a repository, with ``{repository}``; empty where there is none.
        account, region: of a registry in a cloud, as its host name has them.
        options: of the command line, to be repeated by a login.
    """

    registry: str
    name: str
    hides: bool = False
    private_first: bool = False
    needs: str = ""
    expires: str = ""
    user: str = ""
    pipe_from: str = ""
    status: str = ""
    page: str = ""
    account: str = ""
    region: str = ""
    options: tuple[str, ...] = ()

    @property
    def login(self) -> Step:
        """How to log in."""
        options = (*self.options, *(("--username", self.user) if self.user else ()))
        if self.pipe_from:
            line = f"{self.pipe_from} | {commands.login(self.registry, *options, '--password-stdin')}"
            return Step(line, f"passwords last {self.expires}" if self.expires else "")
        return Step(commands.login(self.registry, *options), f"with {self.needs}" if self.needs else "")

    def repository_page(self, repository: str) -> str:
        """Address of the page that a browser shows for `repository`; empty where there is none."""
        if self.registry == DOCKER_HUB and repository.startswith("library/"):
            return f"https://hub.docker.com/_/{repository.removeprefix('library/')}"
        return self.page.format(repository=repository) if self.page else ""


_KNOWN = (
    Host(
        DOCKER_HUB,
        "Docker Hub",
        hides=True,
        needs="your password or a personal access token",
        status="https://www.dockerstatus.com",
        page="https://hub.docker.com/r/{repository}",
    ),
    Host(
        "ghcr.io",
        "ghcr.io",
        hides=True,
        private_first=True,
        needs="a personal access token (classic) that has read:packages",
        status="https://www.githubstatus.com",
    ),
    Host(
        "quay.io",
        "quay.io",
        hides=True,
        private_first=True,
        needs="an encrypted password or a robot account's token",
        status="https://status.redhat.com",
        page="https://quay.io/repository/{repository}",
    ),
    Host(
        "nvcr.io",
        "nvcr.io",
        needs="your NGC API key as the password",
        user="$oauthtoken",
        page="https://catalog.ngc.nvidia.com",
    ),
    Host("registry.gitlab.com", "registry.gitlab.com", hides=True, needs="a token that has read_registry"),
    Host(
        "public.ecr.aws",
        "public.ecr.aws",
        user="AWS",
        expires="12 hours",
        pipe_from="aws ecr-public get-login-password --region us-east-1",
        status="https://health.aws.amazon.com/health/status",
        page="https://gallery.ecr.aws/{repository}",
    ),
    Host("mcr.microsoft.com", "mcr.microsoft.com", page="https://mcr.microsoft.com/artifact/mar/{repository}"),
    Host("registry.k8s.io", "registry.k8s.io"),
)
_BY_REGISTRY = {host.registry: host for host in _KNOWN}
_ALIASES = {"authn.nvidia.com": "nvcr.io", "auth.docker.io": DOCKER_HUB, "registry-1.docker.io": DOCKER_HUB}


def is_known(registry: str) -> bool:
    """Whether it is one of the registries that are told apart here."""
    return any(registry == host.registry for host in _KNOWN) or _cloud(registry) is not None


def of(facts: Facts) -> Host:
    """The registry that `facts` are about, with the options that a login there needs as well."""
    return replace(find(facts.registry), options=tuple(commands.for_login(facts)))


def find(registry: str) -> Host:
    """What is known about `registry`; for an unknown one only its name."""
    registry = _ALIASES.get(registry, registry)
    return _BY_REGISTRY.get(registry) or _cloud(registry) or Host(registry, registry or "the registry")


def _cloud(registry: str) -> Host | None:
    """Registries of the clouds, whose host names hold account, region or project."""
    if match := _ECR.fullmatch(registry):
        region = match["region"]
        return Host(
            registry,
            registry,
            user="AWS",
            expires="12 hours",
            pipe_from=f"aws ecr get-login-password --region {region}",
            status="https://health.aws.amazon.com/health/status",
            account=match["account"],
            region=region,
        )
    if registry == "gcr.io" or registry.endswith(("-docker.pkg.dev", ".gcr.io")):
        return Host(
            registry,
            registry,
            hides=True,
            user="oauth2accesstoken",
            expires="one hour",
            pipe_from="gcloud auth print-access-token",
            status="https://status.cloud.google.com",
        )
    if registry.endswith(".azurecr.io"):
        name = registry.removesuffix(".azurecr.io")
        return Host(
            registry,
            registry,
            user="00000000-0000-0000-0000-000000000000",
            expires="three hours",
            pipe_from=f"az acr login --name {name} --expose-token --output tsv --query accessToken",
            status="https://azure.status.microsoft",
        )
    return None
