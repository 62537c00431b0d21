"""The client of the shell: the public `Client` with the names of earlier versions on top.

Those names take a repository and a tag instead of a reference, so this client remembers which registry
and which image it was last told of. Each is a line or two over a public, documented method.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any, Self, cast

from sregistry.client import Client, ManifestKind
from sregistry.errors import SregistryError
from sregistry.operations.direct import Headers
from sregistry.references import Reference
from sregistry.shell.names import LastNames, get_uri

_DEFAULT_TAG = "latest"


class ShellClient(Client):
    """What ``client`` is in the shell, and what `sregistry.main.get_client` returns."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.names: LastNames = LastNames()
        self._registry = self.settings.default_registry
        self._last: Reference | None = None

    @classmethod
    def of(cls, image: str | None = None) -> Self:
        """The client for `image` by its scheme; without one, that of the setting ``client``."""
        scheme = get_uri(image)
        return cls.from_environment(client=scheme)

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
        self._last = self.reference(image)
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
        self._last = self.reference(f"{self._registry}/{repo_name}{mark}{digest or _DEFAULT_TAG}")
        return self._last


def _sorted(value: Any) -> Any:
    """The same document with the keys of each object in order, as earlier versions showed it."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
