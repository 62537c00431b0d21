"""Names of sregistry 0.2 that are no more, each with what takes its place. The page is ``docs/from-0.2.md``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sregistry.errors import UsageError

_BUILDING = "images are no longer built here; use apptainer build"
_OTHER_REGISTRIES = "images of Docker and OCI registries are pulled by sregistry.Client"
_ROWS = "the local registry is asked through sregistry.Client: images, get, add, mv, rename, rm"
_LOGINS = "logins are those of Docker and Podman, see the page about credentials; or Client(login=…)"
_STANDARD = "Python's standard library has it"

#: Modules, whatever is in them.
MODULES: Mapping[str, str] = {
    "sregistry.database": _ROWS,
    "sregistry.auth.secrets": _LOGINS,
    "sregistry.auth.utils": _LOGINS,
    "sregistry.templates": _BUILDING,
    "sregistry.tests": "the tests are in the repository",
    "sregistry.main.aws": "log in with `aws ecr get-login-password`; then ECR is a registry as any other",
    "sregistry.main.nvidia": "nvcr.io is a registry as any other: docker://nvcr.io/…",
    "sregistry.main.hub": "Singularity Hub closed in 2021; " + _OTHER_REGISTRIES,
    "sregistry.main.registry": "Singularity Registry Server is not supported; " + _OTHER_REGISTRIES,
    **{
        f"sregistry.main.{name}": f"{title} is not supported; {_OTHER_REGISTRIES}"
        for name, title in {
            "dropbox": "Dropbox",
            "gitlab": "GitLab's artifact store",
            "globus": "Globus",
            "google_build": "Google Cloud Build",
            "google_drive": "Google Drive",
            "google_storage": "Google Storage",
            "s3": "S3",
            "swift": "Swift",
        }.items()
    },
    "sregistry.main.base": "sregistry.Client is the base class",
    "sregistry.main.workers": "layers are converted side by side without being asked to; see the setting jobs",
}

#: Names in modules that are here.
NAMES: Mapping[str, str] = {
    **dict.fromkeys(("AUTHOR", "AUTHOR_EMAIL", "PACKAGE_URL", "KEYWORDS"), "importlib.metadata.metadata('sregistry')"),
    **dict.fromkeys(("DESCRIPTION", "LICENSE"), "importlib.metadata.metadata('sregistry')"),
    "SREGISTRY_THUMBNAIL": "images have no thumbnails",
    "CREDENTIAL_CACHE": "tokens are not kept on disk",
    "DISABLE_CREDENTIAL_CACHE": "tokens are not kept on disk",
    "get_thumbnail": "images have no thumbnails",
    "get_installdir": "importlib.resources.files('sregistry')",
    "get_recipe_tag": _BUILDING,
    "extract_tar": "tarfile, on what Client.download_layers keeps; layers are not unpacked any more",
    "run_command": "subprocess.run",
    "confirm_action": "click.confirm, or input",
    "confirm_delete": "click.confirm, or input; Client.rm asks nothing",
    "get_singularity_version": "subprocess.run(['apptainer', '--version'])",
    **dict.fromkeys(("copyfile", "mkdir_p", "get_tmpdir", "get_tmpfile", "get_userhome"), _STANDARD),
    **dict.fromkeys(("print_json", "read_file", "read_json", "write_file", "write_json"), _STANDARD),
    **dict.fromkeys(
        ("read_client_secrets", "update_client_secrets", "get_credential_cache", "update_secrets"), _LOGINS
    ),
    **dict.fromkeys(("get_secrets_file", "basic_auth_header"), _LOGINS),
    "RobotNamer": "names are given by you",
    "ProgressBar": "sregistry.Progress is told of the progress of a pull",
}

#: Attributes of clients.
ATTRIBUTES: Mapping[str, str] = {
    "share": "addresses to share are not given out",
    **dict.fromkeys(
        ("build", "logs", "kill", "templates", "ls"), "images are no longer built here; use apptainer build"
    ),
    "cp": "shutil.copy(client.get(name), target)",
    "record": "client.pull",
    "get_metadata": "client.inspect",
    "require_secrets": "logins are those of Docker and Podman; or Client(login=…)",
    "download": "client.download_layers, or any HTTP client with client.request",
    "stream": "any HTTP client with client.request",
    **dict.fromkeys(("get_collection", "get_container", "get_or_create_collection"), "client.images"),
}


class RemovedModuleError(UsageError, ImportError):
    """A module or a name in one that sregistry 0.2 had. Facts: ``name``, ``instead``."""


class RemovedAttributeError(UsageError, AttributeError):
    """An attribute or an argument that clients of sregistry 0.2 had. Facts: ``name``, ``instead``."""


def refuse_module(name: str) -> None:
    """Raise RemovedModuleError if `name` is a module that was removed, or in one."""
    beginning = name
    while beginning != "sregistry":
        if beginning in MODULES:
            message, facts = _message(name, MODULES[beginning])
            raise RemovedModuleError("removed-name", message, **facts)
        beginning = beginning.rpartition(".")[0]


def missing(module: str, name: str) -> Exception:
    """The error for a name that `module` does not have."""
    if name in NAMES:
        message, facts = _message(f"{module}.{name}", NAMES[name])
        return RemovedModuleError("removed-name", message, **facts)
    return AttributeError(f"module {module!r} has no attribute {name!r}")


def attribute(name: str, instead: str | None = None) -> RemovedAttributeError:
    """The error for an attribute or argument `name` of a client."""
    message, facts = _message(name, instead or ATTRIBUTES[name])
    return RemovedAttributeError("removed-name", message, **facts)


def _message(name: str, instead: str) -> tuple[str, dict[str, Any]]:
    return f"{name} was removed with sregistry 1: {instead}", {"name": name, "instead": instead}
