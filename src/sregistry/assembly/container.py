"""An image's config -> everything that makes its files a container that Apptainer and Singularity run.

The entry point of this half of the room: `additions` for the root file system, `sif_objects` for what
stands beside it in the SIF, `warnings` for what cannot be kept. All are functions of their arguments;
none asks the clock, the machine or the user.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sregistry.assembly import scripts
from sregistry.assembly.config import ImageConfig, read_config
from sregistry.assembly.deffile import deffile
from sregistry.assembly.environment import environment_script, path_script, read_environment
from sregistry.assembly.labels import labels, labels_json
from sregistry.assembly.metadata import inspect_metadata, oci_config
from sregistry.assembly.origin import Origin
from sregistry.assembly.overlay import Addition, Exists, Overlay
from sregistry.assembly.runscript import ORDINARY, Surroundings, program, runscript
from sregistry.assembly.unkept import unkept
from sregistry.assembly.usable import FOLDERS, HOME, LINKS
from sregistry.references.platform import Platform

#: The runtime mounts the host's over these, not following links; what stands at the end of one Docker hides as well.
_MOUNT_POINTS = (b"etc/hosts", b"etc/resolv.conf")
#: The runtime adds the calling user to these; it complains at every start when they are missing.
_USERS = (b"etc/passwd", b"etc/group")
_ENVIRONMENT = "env/10-docker2singularity.sh"
_PATH = "env/90-environment.sh"
#: The config must not make directories where the runtime mounts, or where the scripts are.
_RESERVED = (HOME, b"dev", b"proc", b"sys")
#: No image time can be later in a squashfs.
_LAST_TIME = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class SifObjects:
    """What stands beside the file system in a SIF: the texts and bytes of three objects."""

    deffile: str
    inspect_metadata: bytes
    oci_config: bytes


def created_time(config: Mapping[str, Any]) -> int:
    """Return when the image was made, in seconds since 1970; 0 when its config does not say."""
    created = read_config(config).created or 0
    return created if created <= _LAST_TIME else 0


def additions(
    config: Mapping[str, Any],
    *,
    reference: str,
    manifest_digest: str,
    platform: Platform,
    exists: Exists,
    around: Surroundings = ORDINARY,
) -> list[Addition]:
    """Return what to lay over the merged layers of an image, as the entries of one more layer.

    Args:
        config: the whole image config document.
        reference: canonical text of what was asked for.
        manifest_digest: of the manifest whose layers these are.
        platform: the platform of that manifest.
        exists: what the merged layers have at a path, see `Exists`.
        around: what else the runscript must know of them.

    Raises:
        AssemblyError: ``image-config-invalid``.
    """
    image = read_config(config)
    origin = Origin(reference, manifest_digest, platform)
    overlay = Overlay(exists)
    for path, mode in FOLDERS.items():
        overlay.need_directory(path, mode)
    for path in _MOUNT_POINTS:
        overlay.need_file(path, instead_of_link=True)
    for path in _USERS:
        overlay.need_file(path)
    for path in _image_directories(image):
        overlay.need_directory(path)
    _put_scripts(overlay, image, origin, around)
    for path, target in LINKS.items():
        overlay.put_link(path, target)
    return overlay.additions


def _image_directories(image: ImageConfig) -> list[bytes]:
    """WorkingDir and Volumes: Docker makes them at run time, a read-only container must have them."""
    paths = [posixpath.normpath("/" + text).lstrip("/").encode() for text in (image.working_directory, *image.volumes)]
    return [path for path in paths if path and path.split(b"/")[0] not in _RESERVED]


def _put_scripts(overlay: Overlay, image: ImageConfig, origin: Origin, around: Surroundings) -> None:
    environment = read_environment(image.environment)
    executables = {
        "runscript": runscript(image, around),
        "startscript": scripts.START,
        "env/01-base.sh": scripts.BASE,
        _ENVIRONMENT: environment_script(environment),
        _PATH: path_script(environment),
        "env/94-appsbase.sh": "",
        "env/95-apps.sh": scripts.APPS,
        "env/99-base.sh": scripts.BASE_LAST,
        "env/99-runtimevars.sh": scripts.RUNTIME_VARIABLES,
        **{f"actions/{name}": text for name, text in scripts.ACTIONS.items()},
    }
    for name in (b"", b"/libs", b"/actions", b"/env"):
        overlay.put_directory(HOME + name)
    for path, text in executables.items():
        overlay.put_file(HOME + b"/" + path.encode(), text, 0o755)
    overlay.put_file(HOME + b"/Singularity", deffile(origin), 0o644)
    overlay.put_file(HOME + b"/labels.json", labels_json(labels(image, origin)), 0o644)


def sif_objects(
    config: Mapping[str, Any],
    *,
    reference: str,
    manifest_digest: str,
    platform: Platform,
    around: Surroundings = ORDINARY,
) -> SifObjects:
    """Return the objects of the SIF that describe the container; arguments and errors as for `additions`."""
    image = read_config(config)
    origin = Origin(reference, manifest_digest, platform)
    environment = read_environment(image.environment)
    metadata = inspect_metadata(
        labels=labels(image, origin),
        deffile=deffile(origin),
        runscript=runscript(image, around),
        startscript=scripts.START,
        environment={
            f"/.singularity.d/{_ENVIRONMENT}": environment_script(environment),
            f"/.singularity.d/{_PATH}": path_script(environment),
        },
    )
    return SifObjects(deffile(origin), metadata, oci_config(image))


def program_path(config: Mapping[str, Any]) -> bytes | None:
    """Return the path of the program that `run` starts, without leading slash; None if it is looked for at run time."""
    found = program(read_config(config))
    return found.lstrip("/").encode() if found else None


def warnings(
    config: Mapping[str, Any],
    *,
    exists: Exists | None = None,
    around: Surroundings = ORDINARY,
) -> list[str]:
    """Return what will differ from Docker, in sentences; without `exists` a missing shell goes unnoticed."""
    image = read_config(config)
    # Wherever a link there may lead, somebody meant the image to have a shell.
    has_shell = exists is None or exists(b"bin/sh") is not None
    sentences = [f"the image's program cannot be started: {program(image)}: {around.fault}"] if around.fault else []
    return sentences + unkept(image, read_environment(image.environment), has_shell=has_shell)
