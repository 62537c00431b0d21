"""The client of the shell: the public `Client` with the names of earlier versions on top.

Those names take a repository and a tag instead of a reference, so this client remembers which registry
and which image it was last told of. Each is a line or two over a public, documented method.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack, cast

from sregistry import removed
from sregistry.client import AnyPath, Client, ManifestKind
from sregistry.errors import SregistryError
from sregistry.operations.direct import Headers
from sregistry.operations.local import open_store
from sregistry.references import Platform, Reference, RegistryReference
from sregistry.shell import old
from sregistry.shell.names import LastNames, get_uri
from sregistry.store.names import ImageName

if TYPE_CHECKING:
    from sregistry.operations.add import AddResult
    from sregistry.operations.progress import Progress
    from sregistry.operations.pulled import PullResult
    from sregistry.operations.rm import Removed
    from sregistry.operations.stopping import Event
    from sregistry.settings import Compression
    from sregistry.store.records import ImageRow

_DEFAULT_TAG = "latest"


class GetOptions(TypedDict, total=False):
    """Further arguments of `Client.get`."""

    pull: bool
    platform: str | Platform | None
    progress: Progress | None
    login: tuple[str, str] | None
    cancel: Event | None


class PullOptions(TypedDict, total=False):
    """Further arguments of `Client.pull`."""

    name: str | None
    platform: str | Platform | None
    force: bool
    compression: str | Compression | None
    progress: Progress | None
    login: tuple[str, str] | None
    cancel: Event | None


class ShellClient(Client):
    """What ``client`` is in the shell, and what `sregistry.main.get_client` returns."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.names: LastNames = LastNames()
        self._registry = self.settings.default_registry
        self._last: RegistryReference | None = None

    @classmethod
    def of(cls, image: str | None = None) -> Self:
        """The client for `image` by its scheme; without one, that of the setting ``client``."""
        scheme = get_uri(image)
        return cls.from_environment(client=scheme)

    # -- calls as programs written for sregistry 0.2 make them ----------------------------------------------

    def pull(  # type: ignore[override]
        self,
        reference: str | Reference | Sequence[str] | None = None,
        output: AnyPath | None = None,
        *,
        images: str | Sequence[str] | None = None,
        file_name: AnyPath | None = None,
        save: bool | None = None,
        base: str | None = None,
        **options: Unpack[PullOptions],
    ) -> PullResult | str | list[str]:
        """`Client.pull`; with `images`, `file_name` or `save`, or for a list, as in version 0.2.

        There the answer is the path as text, or a list of them for several images. Images go into the local registry
        unless `save` is False; then into `file_name`, or a file of the current folder that is named after the image.
        """
        if images is None and file_name is None and save is None and isinstance(reference, str | Reference):
            return super().pull(reference, output, **options)
        old.refuse("pull", {"base": base} if base else {})
        old.warn("pull", "pull(reference, output)")
        wanted = reference if images is None else images
        asked = [wanted] if isinstance(wanted, str | Reference) else list(wanted or [])
        paths = [self._pull_as_before(image, output or file_name, save is not False, options) for image in asked]
        return paths[0] if len(paths) == 1 else paths

    def _pull_as_before(self, image: str | Reference, output: AnyPath | None, save: bool, options: PullOptions) -> str:
        if save:
            return str(super().pull(image, **options))
        name = ImageName.of(self.reference(image))
        return str(super().pull(image, output or f"{name.name}_{name.tag or 'image'}.sif", **options))

    def get(self, name: str | Reference, *, quiet: bool | None = None, **options: Unpack[GetOptions]) -> Path:
        """`Client.get`, whose answer has the attributes `image`, `uri`, `tag`, `version`, `client` and `url`, too.

        With `quiet`, as in version 0.2: True says nothing, False prints the path.
        """
        if quiet is not None:
            old.warn("get", "get(name)")
        path = super().get(name, **options)
        row = open_store(self.settings).at_path(path)
        if quiet is False:
            sys.stdout.write(f"{path}\n")
        return old.stored(row) if row else path

    def add(
        self,
        file: AnyPath | None = None,
        name: str | None = None,
        *,
        copy: bool = False,
        image_path: AnyPath | None = None,
        image_uri: str | None = None,
        **gone: Any,
    ) -> AddResult:
        """`Client.add`; `image_path` and `image_uri` are the names of `file` and `name` in version 0.2."""
        old.refuse("add", gone)
        if image_path is not None or image_uri is not None:
            old.warn("add", "add(file, name)")
            file, name = image_path or file, image_uri or name
        return super().add(cast("AnyPath", file), name, copy=copy)

    def mv(
        self,
        name: str | None = None,
        target: AnyPath | None = None,
        *,
        force: bool = False,
        image_name: str | None = None,
        path: AnyPath | None = None,
    ) -> ImageRow:
        """`Client.mv`; `image_name` and `path` are the names of `name` and `target` in version 0.2."""
        if image_name is not None or path is not None:
            old.warn("mv", "mv(name, target)")
            name, target = image_name or name, path or target
        return super().mv(cast("str", name), cast("AnyPath", target), force=force)

    def rename(
        self,
        name: str | None = None,
        new: str | None = None,
        *,
        image_name: str | None = None,
        path: str | None = None,
    ) -> ImageRow:
        """`Client.rename`; `image_name` and `path` are the names of `name` and `new` in version 0.2."""
        if image_name is not None or path is not None:
            old.warn("rename", "rename(name, new)")
            name, new = image_name or name, path or new
        return super().rename(cast("str", name), cast("str", new))

    def rm(self, *names: str, every: bool = False, image_name: str | None = None) -> list[Removed]:
        """`Client.rm`; `image_name` is the one name in version 0.2."""
        if image_name is not None:
            old.warn("rm", "rm(name)")
            names = (*names, image_name)
        return super().rm(*names, every=every)

    @property
    def client_name(self) -> str:
        """`name` in version 0.2."""
        return self.name

    @property
    def storage(self) -> str:
        """The folder of the images, as text."""
        return str(self.settings.storage)

    def speak(self) -> None:
        """Nothing: no client says anything unasked any more."""

    def announce(self, command: str | None = None) -> None:
        """Nothing, as `speak`."""

    def __getattr__(self, name: str) -> Any:
        if name in removed.ATTRIBUTES:
            raise removed.attribute(f"client.{name}", removed.ATTRIBUTES[name])
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # -- the names of the shell ------------------------------------------------------------------------------

    @property
    def headers(self) -> Headers:
        """The header fields to send to the registry of the image at hand, a token included where one is needed.

        They are sent as they are, but not shown. Where the registry gives no token there is a warning, and
        the request gets the registry's own answer.
        """
        if self._last is None:
            return Headers(Accept="application/json")
        request = self.request(self._last)
        if request.refusal:
            warnings.warn(f"no token for {self._last.name}: {request.refusal.message}", stacklevel=2)
        return request.headers

    def _update_base(self, image: str) -> str:
        """The registry of `image`, to which the names below refer from now on."""
        self._last = self._in_registry(image)
        self._registry = self._last.registry
        self.names.set(image, self._registry)
        return self._registry

    def _get_manifest(self, repo_name: str, digest: str | None = None, version: str = "v1") -> dict[str, Any] | None:
        """`manifest` as a dictionary with its address as ``selfLink``; None where the registry does not give it.

        Raises:
            SregistryError: the registry could not be reached.
        """
        try:
            found = self.manifest(self._image(repo_name, digest), cast("ManifestKind", version))
        except SregistryError as error:
            if "status" not in error.facts:
                raise
            return None
        return _sorted({**found.document, "selfLink": found.url}) if found else None

    def _get_manifests(self, repo_name: str, digest: str | None = None) -> dict[str, dict[str, Any] | None]:
        """`_get_manifest` for each of its three versions."""
        return {version: self._get_manifest(repo_name, digest, version) for version in ("v1", "v2", "config")}

    def _get_manifest_selfLink(self, repo_name: str, digest: str | None = None) -> str:  # noqa: N802 - the name people know
        """The address of a manifest, at the place that serves it."""
        return self.request(self._image(repo_name, digest)).url

    def _download_layers(
        self, repo_name: str, digest: str | None = None, destination: str | Path | None = None
    ) -> list[str]:
        """`download_layers` into `destination`, or a new folder for temporary files; the paths, bottom first."""
        folder = destination or tempfile.mkdtemp(prefix="sregistry-layers-", dir=self.settings.tmpdir)
        return [str(path) for path in self.download_layers(self._image(repo_name, digest), folder)]

    def _image(self, repo_name: str, digest: str | None) -> Reference:
        """The image at hand: `repo_name` in the current registry, by tag or digest."""
        mark = "@" if digest and ":" in digest else ":"
        self._last = self._in_registry(f"{self._registry}/{repo_name}{mark}{digest or _DEFAULT_TAG}")
        return self._last


def _sorted(value: Any) -> Any:
    """The same document with the keys of each object in order, as earlier versions showed it."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
