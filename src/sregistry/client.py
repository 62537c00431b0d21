"""The Python API: a `Client` answers questions about images in registries, and pulls them.

    from sregistry.client import Client

    with Client.from_environment() as client:
        for layer in client.layers("docker://ubuntu:24.04"):
            print(layer.descriptor.digest, layer.descriptor.size)
        print(client.pull("docker://ubuntu:24.04").path)

Every answer has a type; every failure is a `sregistry.errors.SregistryError`, which
`sregistry.diagnosis.explain` turns into words. Documented in ``docs/python.md``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sregistry.errors import SregistryError
from sregistry.operations.connection import Login, open_session
from sregistry.references import Platform, Reference, parse
from sregistry.settings import Settings, load
from sregistry.settings.errors import SettingError
from sregistry.settings.places import with_usable_places

if TYPE_CHECKING:
    from sregistry.operations.add import AddResult
    from sregistry.operations.check import CheckResult
    from sregistry.operations.direct import Direct
    from sregistry.operations.doctor import Examination
    from sregistry.operations.images import ListedImage
    from sregistry.operations.inspect import Inspection
    from sregistry.operations.progress import Progress
    from sregistry.operations.pull import PullResult
    from sregistry.operations.rm import Removed
    from sregistry.operations.search import SearchResult
    from sregistry.registry.image import Image, Layer
    from sregistry.registry.manifests import Manifest
    from sregistry.registry.session import Session
    from sregistry.registry.transport import OnExchange
    from sregistry.store.records import ImageRow

#: Names of clients that can be chosen by the setting ``client``.
CLIENTS = ("docker",)
#: Kind of manifest -> the one media type that is asked for. No registry has served ``config`` in this
#: way for years; earlier versions asked for it all the same. The config itself is `Client.config`.
KINDS: Mapping[str, str] = {
    "v1": "application/vnd.docker.distribution.manifest.v1+json",
    "v2": "application/vnd.docker.distribution.manifest.v2+json",
    "list": "application/vnd.docker.distribution.manifest.list.v2+json",
    "oci": "application/vnd.oci.image.manifest.v1+json",
    "index": "application/vnd.oci.image.index.v1+json",
    "config": "application/vnd.docker.container.image.v1+json",
}
#: How registries say that they have the manifest, or may have it, but not of the kind asked for.
_NOT_OF_THIS_KIND = frozenset(
    ("manifest-unknown", "tag-unknown", "manifest-media-type", "manifest-schema1", "manifest-unsupported")
)


class Client:
    """Asks registries about images, and pulls them. Close it, or use it as a context manager.

    References are texts as on the command line (``docker://ghcr.io/team/tool:1.2``) or `Reference` objects.

    Args:
        settings: in force.
        environ: the process environment, for credentials and proxies.
        login: user name and password that go before all others.
        on_exchange: told of every request once it is over.
        progress: told of the progress of pulls.

    Raises:
        SettingError: ``setting-invalid``: the setting ``client`` names none that exists.
    """

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        login: Login | None = None,
        on_exchange: OnExchange | None = None,
        progress: Progress | None = None,
    ) -> None:
        if settings.client not in CLIENTS:
            raise SettingError(
                "setting-invalid",
                f"the setting client cannot be {settings.client!r}",
                setting="client",
                source=settings.source_of("client"),
                value=settings.client,
                expected=" or ".join(CLIENTS),
            )
        self.name = settings.client
        self.settings = settings
        self._environ = environ
        self._login = login
        self._on_exchange = on_exchange
        self._progress = progress

    @classmethod
    def from_environment(cls, **settings: Any) -> Self:
        """A client with the settings of the environment and the configuration file; keywords go before them."""
        found, _ = with_usable_places(load(os.environ, command_line=settings), os.environ)
        return cls(found, os.environ)

    def __repr__(self) -> str:
        return f"[client][{self.name}]"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the client may be used again."""
        session = self.__dict__.pop("session", None)
        if session:
            session.close()

    @cached_property
    def session(self) -> Session:
        """What speaks to registries, for all that has no method here."""
        return open_session(self.settings, self._environ, login=self._login, on_exchange=self._on_exchange)

    def reference(self, ref: str | Reference) -> Reference:
        """The reference that a text means; raises InvalidReference."""
        return ref if isinstance(ref, Reference) else parse(ref, default_registry=self.settings.default_registry)

    def manifest(self, ref: str | Reference, kind: str | None = None) -> Manifest | None:
        """The manifest that `ref` names.

        Args:
            ref: the image.
            kind: one of `KINDS`, which is then all that is asked for; None takes what the registry prefers to give.

        Returns:
            The manifest, or with a `kind` None if the registry does not serve that kind.

        Raises:
            SregistryError: of names, network, TLS, logins and the registry.
        """
        reference = self.reference(ref)
        if kind is None:
            return self.session.get_manifest(reference)
        wanted = KINDS[kind]
        try:
            found = self.session.get_manifest(reference, [wanted])
        except SregistryError as error:
            if error.code in _NOT_OF_THIS_KIND:
                return None
            raise
        served = "v1" if found.is_schema1 else next((name for name in KINDS if KINDS[name] == found.media_type), None)
        return found if served == kind else None

    def manifests(self, ref: str | Reference) -> dict[str, Manifest | None]:
        """What the registry serves: kind -> manifest, or None where it does not serve that kind."""
        return {kind: self.manifest(ref, kind) for kind in KINDS if kind != "config"}

    def image(self, ref: str | Reference, platform: str | None = None) -> Image:
        """The image for one platform (this machine's for None): manifest, config, layers; nothing is downloaded."""
        return self.session.resolve(self.reference(ref), self._platform(platform))

    def config(self, ref: str | Reference, platform: str | None = None) -> dict[str, Any]:
        """The image's config document: environment, entry point, labels, history."""
        return self.image(ref, platform).config

    def layers(self, ref: str | Reference, platform: str | None = None) -> list[Layer]:
        """The layers, bottom first: `layer.descriptor` has digest, size and media type."""
        return self.image(ref, platform).layers

    def download_layers(self, ref: str | Reference, folder: str | Path, platform: str | None = None) -> list[Path]:
        """Download the layers into `folder`, verified and as they are stored; return the files, bottom first."""
        from sregistry.operations.download import download_layers

        return download_layers(self.session, self.reference(ref), self._platform(platform), Path(folder))

    def tags(self, ref: str | Reference, limit: int | None = None) -> list[str]:
        """The tags of a repository, `limit` at most."""
        return self.session.tags(self.reference(ref), limit).names

    def pull(self, ref: str | Reference, output: str | Path | None = None, *, force: bool = False) -> PullResult:
        """Pull an image into `output`, or into the local registry; `result.path` is the SIF file."""
        from sregistry.operations.pull import pull

        return pull(
            ref.uri if isinstance(ref, Reference) else ref,
            self.settings,
            self._environ,
            output=Path(output) if output else None,
            force=force,
            login=self._login,
            progress=self._progress,
            on_exchange=self._on_exchange,
        )

    def images(
        self, query: str | None = None, *, labels: Mapping[str, str] | None = None, order: str = "name"
    ) -> list[ListedImage]:
        """The images of the local registry whose registry, name, tag or digest contains `query`.

        Args:
            query: None for all.
            labels: that the images must have.
            order: ``name``, or the latest ``pulled``, latest ``used`` or largest (``size``) first.
        """
        from sregistry.operations.images import images

        return images(self.settings, query, labels=labels, order=order)

    def get(self, name: str, *, pull: bool = False) -> Path:
        """The path of the image of the local registry that `name` means; with `pull` it is pulled if need be."""
        from sregistry.operations.get import get, get_or_pull

        if not pull:
            return get(name, self.settings).path
        return get_or_pull(
            name,
            self.settings,
            self._environ,
            login=self._login,
            progress=self._progress,
            on_exchange=self._on_exchange,
        )

    def add(self, file: str | Path, name: str | None = None, *, copy: bool = False) -> AddResult:
        """Move (or `copy`) a SIF file into the local registry; `result.image` is what it is there.

        Args:
            file: made by any program.
            name: ``COLLECTION/NAME:TAG``; None takes that of what it was pulled from, else that of the file.
            copy: leave the file where it is.
        """
        from sregistry.operations.add import add

        return add(Path(file), self.settings, name=name, copy=copy)

    def mv(self, name: str, target: str | Path, *, force: bool = False) -> ImageRow:
        """Move the file of an image of the local registry to a file or folder; with `force` replace what is there."""
        from sregistry.operations.mv import mv

        return mv(name, Path(target), self.settings, force=force)[1]

    def rename(self, name: str, new: str) -> ImageRow:
        """Give an image of the local registry the name `new`, which without a tag keeps the one it has."""
        from sregistry.operations.rename import rename

        return rename(name, new, self.settings)[1]

    def rm(self, *names: str, every: bool = False) -> list[Removed]:
        """Remove images from the local registry, without asking.

        Args:
            names: each must fit one image.
            every: remove all images that a name fits.
        """
        from sregistry.operations.rm import find, rm

        return rm(find(names, self.settings, every=every), self.settings)

    def check(self, *, repair: bool = False, quick: bool = False) -> CheckResult:
        """Verify the files and the database of the local registry; `result.left` is what does not fit.

        Args:
            repair: put in order what can be without loss.
            quick: compare sizes only, do not read the files.
        """
        from sregistry.operations.check import check

        return check(self.settings, repair=repair, quick=quick)

    def inspect(self, target: str | Reference) -> Inspection:
        """What an image says about itself: one that is here by its name, a SIF file, or a reference with scheme."""
        from sregistry.operations.inspect import inspect

        text = target.uri if isinstance(target, Reference) else target
        return inspect(text, self.settings, self._environ, login=self._login, on_exchange=self._on_exchange)

    def search(self, target: str, text: str | None = None) -> SearchResult:
        """The tags of a repository, or the repositories of a registry (``docker://HOST``), that contain `text`."""
        from sregistry.operations.search import search

        return search(target, self.settings, self._environ, text=text, login=self._login, on_exchange=self._on_exchange)

    def doctor(self, ref: str | Reference) -> Examination:
        """Walk the whole way of a pull without pulling; failures are found, not raised."""
        from sregistry.operations.doctor import examine

        text = ref.uri if isinstance(ref, Reference) else ref
        return examine(text, self.settings, self._environ, login=self._login)

    def request(self, ref: str | Reference, kind: str | None = None) -> Direct:
        """How another HTTP client gets the manifest: `request.url`, and `request.headers` with a token where needed.

        Args:
            ref: the image.
            kind: one of `KINDS`; None asks for every format that can be read.
        """
        from sregistry.operations.direct import direct
        from sregistry.registry.media_types import ALL

        return direct(self.session, self.reference(ref), [KINDS[kind]] if kind else ALL)

    def _platform(self, text: str | None) -> Platform | None:
        text = text or self.settings.platform
        return Platform.parse(text) if text else None
