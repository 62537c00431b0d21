"""What the world's other schemes and transports mean, and which program fetches what they name."""

from __future__ import annotations

from collections.abc import Mapping

from sregistry.diagnosis import commands
from sregistry.diagnosis.diagnosis import Step

#: Scheme -> what a name that begins with it is.
MEANING: Mapping[str, str] = {
    "library": "an image of a library, such as that of Sylabs",
    "docker-daemon": "an image that Docker on this machine has",
    "containers-storage": "an image that Podman on this machine has",
    "s3": "an object in a bucket",
    "gs": "an object in a bucket",
    "file": "a file on this machine",
}
_ARCHIVE = "image.tar"
_ADD = ("add", "image.sif")


def fetched(scheme: str, source: str) -> tuple[Step, ...]:
    """The commands that make a SIF file of `source` today; none for a scheme that nobody knows."""
    name = commands.quoted(source)
    made: tuple[Step, ...]
    match scheme:
        case "library":
            made = (
                Step(f"singularity pull image.sif {name}", "SingularityCE knows the library of Sylabs"),
                Step(f"apptainer pull --library https://library.sylabs.io image.sif {name}"),
            )
        case "docker-daemon":
            image = commands.quoted(source.removeprefix("docker-daemon:"))
            pulled = Step(commands.command("pull", f"docker-archive:{_ARCHIVE}"))
            return Step(f"docker save -o {_ARCHIVE} {image}"), pulled
        case "containers-storage":
            pulled = Step(commands.command("pull", f"oci-archive:{_ARCHIVE}"))
            return Step(f"skopeo copy {name} oci-archive:{_ARCHIVE}"), pulled
        case "s3":
            made = (Step(f"aws s3 cp {name} image.sif"),)
        case "gs":
            made = (Step(f"gcloud storage cp {name} image.sif"),)
        case "file":
            return (Step(commands.command("add", "/" + source.split("://", 1)[-1].lstrip("/")), "if it is a SIF file"),)
        case _:
            return ()
    return (*made, add())


def add() -> Step:
    """What puts a file that another program has made into the local registry."""
    return Step(commands.command(*_ADD), "puts the file into the local registry, if you want it there")
