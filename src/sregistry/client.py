"""The Python API: a `Client` answers questions about images in registries, and pulls them.

    from sregistry import Client

    with Client.from_environment() as client:
        for layer in client.layers("docker://ubuntu:24.04"):
            print(layer.descriptor.digest, layer.descriptor.size)
        print(client.pull("docker://ubuntu:24.04").path)

Every answer has a type; every failure is a `sregistry.errors.SregistryError` of the class of its kind, which
`sregistry.diagnosis.explain` turns into words. Documented in ``docs/python.md``.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack, overload

from sregistry.errors import Cancelled, SregistryError
from sregistry.operations import arguments
from sregistry.operations.connection import Login
from sregistry.operations.context import Context
from sregistry.operations.progress import Silent
from sregistry.operations.stopping import Event, Stop, cancelled
from sregistry.references import Platform, Reference, RegistryReference, parse, parse_registry
from sregistry.settings import CALL, Settings, load
from sregistry.settings.errors import SettingError
from sregistry.settings.given import Given
from sregistry.settings.load import adjusted
from sregistry.settings.places import with_usable_places

if TYPE_CHECKING:
    from sregistry.http.transport import OnExchange
    from sregistry.oci.image import Image, Layer
    from sregistry.oci.manifests import Manifest
    from sregistry.operations.add import AddResult
    from sregistry.operations.attach import Attached
    from sregistry.operations.check import CheckResult
    from sregistry.operations.copied import Copies, CopyResult
    from sregistry.operations.copy import Choice
    from sregistry.operations.delete import Deletion
    from sregistry.operations.direct import Direct
    from sregistry.operations.doctor import Examination
    from sregistry.operations.images import Images
    from sregistry.operations.inspect import Inspection
    from sregistry.operations.progress import Progress
    from sregistry.operations.pulled import PullResult
    from sregistry.operations.push import PushResult
    from sregistry.operations.rm import Removed
    from sregistry.operations.search import SearchResult
    from sregistry.operations.tag import Tagged
    from sregistry.registry.session import Session
    from sregistry.settings import Compression
    from sregistry.store.records import ImageRow

#: A kind of manifest, see `KINDS`.
ManifestKind = Literal["v1", "v2", "list", "oci", "index", "config"]
#: A path, as text or `pathlib.Path`.
AnyPath = str | os.PathLike[str]

#: Names of clients that can be chosen by the setting ``client``.
CLIENTS = ("docker",)
#: Kind of manifest -> the one media type that is asked for. No registry has served ``config`` in this
#: way for years; earlier versions asked for it all the same. The config itself is `Client.config`.
KINDS: Mapping[ManifestKind, str] = {
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

    References are texts as on the command line (``docker://ghcr.io/team/tool:1.2``) or `Reference` objects. All
    methods share connections, tokens and logins; any number of threads may use one client. `close`, in whatever
    thread, ends what is running. A client may be pickled: its settings travel, see `__reduce__`.

    Every method raises SregistryError, and `ArgumentTypeError` or `ArgumentValueError` (which are a TypeError and a
    ValueError, too) for arguments that cannot be meant. Arguments that many methods have:

    - ``platform``: ``OS/ARCH[/VARIANT]``; None for that of the settings, else this machine's.
    - ``login``: user name and password for this call, in place of the client's.
    - ``progress``: listener to this call, in place of the client's; raising in one of its methods ends the call.
    - ``cancel``: once this event is set the call ends within a second as `Cancelled`, and leaves nothing half-done.

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
        self.name: str = settings.client
        self.settings: Settings = settings
        self._environ = environ
        self._login = arguments.login(login)
        self._on_exchange = arguments.function(on_exchange, "on_exchange")
        self._progress: Progress | None = arguments.listener(progress)
        self._forget()
        _clients.add(self)

    @classmethod
    def from_environment(
        cls,
        *,
        login: Login | None = None,
        on_exchange: OnExchange | None = None,
        progress: Progress | None = None,
        **settings: Unpack[Given],
    ) -> Self:
        """A client with the settings of the environment and the configuration file; keywords go before them.

        Args:
            login: as for the class.
            on_exchange: as for the class.
            progress: as for the class.
            settings: any of ``docs/settings.md``; None counts as not given.
        """
        found, _ = with_usable_places(load(os.environ, command_line=settings, given_by=CALL), os.environ)
        return cls(found, os.environ, login=login, on_exchange=on_exchange, progress=progress)

    def __repr__(self) -> str:
        return f"[client][{self.name}]"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Only settings travel: where it arrives, the client has the environment and the logins of that place.

        Raises TypeError for a client that could not work there without a password, which never travels.
        """
        instead = "make the client where it is used, with Client.from_environment()"
        if self._login:
            raise TypeError(f"a client with a login is not pickled, since the password would travel; {instead}")
        if self.settings.shown("database_url") != (self.settings.database_url or ""):
            raise TypeError(f"a client whose database_url has a password in it is not pickled; {instead}")
        return _arrive, (type(self), self.settings)

    def _forget(self) -> None:
        """Begin without sessions: those of another process are not this one's."""
        self._lock = threading.Lock()
        self._sessions: dict[Login | None, Session] = {}
        self._running: set[Stop] = set()

    def cancel(self) -> None:
        """End everything that is running, in whatever thread: it raises `Cancelled` there, within a second."""
        with self._lock:
            running = list(self._running)
        for stop in running:
            stop.set()

    def close(self) -> None:
        """Cancel what is running and close the connections; the client may be used again."""
        self.cancel()
        with self._lock:
            sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            session.close()

    @property
    def session(self) -> Session:
        """What speaks to registries, for all that has no method here."""
        return self._session(None)

    def _session(self, login: Login | None) -> Session:
        """The session for a login; None for the client's own."""
        with self._lock:
            if login not in self._sessions:
                context = Context(self.settings, self._environ, login or self._login, on_exchange=self._on_exchange)
                self._sessions[login] = context.open_session()
            return self._sessions[login]

    @contextmanager
    def _call(self, cancel: Event | None = None) -> Iterator[Stop]:
        """The border of one call: it can be ended, and its errors leave with the class of their kind."""
        stop = Stop(arguments.event(cancel))
        with self._lock:
            self._running.add(stop)
        try:
            stop.check()
            yield stop
        except Cancelled:
            raise
        except SregistryError as error:
            if stop.is_set():
                raise cancelled() from error
            error.become(error.diagnosis.kind)
            raise
        finally:
            with self._lock:
                self._running.discard(stop)

    @contextmanager
    def _asking(self, login: Login | None) -> Iterator[Session]:
        """A call that asks a registry."""
        arguments.login(login)
        with self._call() as stop, self._session(login).view(stop=stop) as session:
            yield session

    def _context(
        self, stop: Stop, login: Login | None, settings: Settings, progress: Progress | None = None
    ) -> Context:
        """What an operation of one call is given; its session is the one of the login."""
        return Context(
            settings,
            self._environ,
            progress=arguments.listener(progress) or self._progress or Silent(),
            on_exchange=self._on_exchange,
            stop=stop,
            shared=self._session(arguments.login(login)),
        )

    @property
    def _local(self) -> Context:
        """What an operation is given that asks nobody."""
        return Context(self.settings)

    def reference(self, reference: str | Reference) -> Reference:
        """The reference that a text means; raises InvalidReference."""
        if isinstance(reference, Reference):
            return reference
        return parse(arguments.reference_text(reference), default_registry=self.settings.default_registry)

    def _in_registry(self, reference: str | Reference) -> RegistryReference:
        """The reference of an image in a registry; raises InvalidReference for one that is elsewhere."""
        found = self.reference(reference)
        return found if isinstance(found, RegistryReference) else parse_registry(found.uri)

    @overload
    def manifest(self, reference: str | Reference, kind: None = None, *, login: Login | None = None) -> Manifest: ...

    @overload
    def manifest(
        self, reference: str | Reference, kind: ManifestKind, *, login: Login | None = None
    ) -> Manifest | None: ...

    def manifest(
        self, reference: str | Reference, kind: ManifestKind | None = None, *, login: Login | None = None
    ) -> Manifest | None:
        """The manifest that `reference` names.

        Args:
            reference: the image.
            kind: one of `KINDS`, which is then all that is asked for; None takes what the registry prefers to give.
            login: see `Client`.

        Returns:
            The manifest, or with a `kind` None if the registry does not serve that kind.

        Raises:
            SregistryError: of names, network, TLS, logins and the registry.
        """
        with self._asking(login) as session:
            wanted = self._in_registry(reference)
            if kind is None:
                return session.get_manifest(wanted)
            try:
                found = session.get_manifest(wanted, [KINDS[_kind(kind)]])
            except SregistryError as error:
                if error.code in _NOT_OF_THIS_KIND:
                    return None
                raise
        served = "v1" if found.is_schema1 else next((name for name in KINDS if KINDS[name] == found.media_type), None)
        return found if served == kind else None

    def manifests(
        self, reference: str | Reference, *, login: Login | None = None
    ) -> dict[ManifestKind, Manifest | None]:
        """What the registry serves: kind -> manifest, or None where it does not serve that kind."""
        return {kind: self.manifest(reference, kind, login=login) for kind in KINDS if kind != "config"}

    def image(
        self, reference: str | Reference, platform: str | Platform | None = None, *, login: Login | None = None
    ) -> Image:
        """The image for one platform: manifest, config, layers; nothing is downloaded."""
        with self._asking(login) as session:
            return session.resolve(self._in_registry(reference), self._platform(platform))

    def config(
        self, reference: str | Reference, platform: str | Platform | None = None, *, login: Login | None = None
    ) -> dict[str, Any]:
        """The image's config document: environment, entry point, labels, history."""
        return self.image(reference, platform, login=login).config

    def layers(
        self, reference: str | Reference, platform: str | Platform | None = None, *, login: Login | None = None
    ) -> list[Layer]:
        """The layers, bottom first: `layer.descriptor` has digest, size and media type."""
        return self.image(reference, platform, login=login).layers

    def download_layers(
        self,
        reference: str | Reference,
        folder: AnyPath,
        platform: str | Platform | None = None,
        *,
        login: Login | None = None,
        cancel: Event | None = None,
    ) -> list[Path]:
        """Download the layers into `folder`, verified and as they are stored; return the files, bottom first."""
        from sregistry.operations.download import download_layers

        with self._call(cancel) as stop:
            where, chosen = arguments.path(folder, "folder"), self._platform(platform)
            wanted = self._in_registry(reference)
            with self._session(arguments.login(login)).view(stop=stop) as session:
                stop.then = session.close
                return download_layers(session, wanted, chosen, where, stop=stop)

    def tags(self, reference: str | Reference, limit: int | None = None, *, login: Login | None = None) -> list[str]:
        """The tags of a repository, `limit` at most."""
        with self._asking(login) as session:
            return session.tags(self._in_registry(reference), arguments.count(limit, "limit")).names

    def pull(  # noqa: PLR0913 - what can be said of a pull, for those who call by keyword
        self,
        reference: str | Reference,
        output: AnyPath | None = None,
        *,
        name: str | None = None,
        platform: str | Platform | None = None,
        force: bool = False,
        compression: str | Compression | None = None,
        progress: Progress | None = None,
        login: Login | None = None,
        cancel: Event | None = None,
    ) -> PullResult:
        """Pull an image into a file, or into the local registry. The result is a path to programs that want one.

        Args:
            reference: the image.
            output: the SIF file to write; None for the local registry.
            name: the image's name in the local registry, ``COLLECTION/NAME:TAG``, instead of its own.
            platform: see `Client`.
            force: replace `output`; pull even if the local registry has the image.
            compression: ``gzip``, ``zstd`` or ``none``, with ``:LEVEL`` for the first two.
            progress: see `Client`.
            login: see `Client`.
            cancel: see `Client`.
        """
        from sregistry.operations.pull import pull

        with self._call(cancel) as stop:
            return pull(
                self._context(stop, login, self._adjusted(platform, compression), progress),
                arguments.reference_text(reference),
                output=None if output is None else arguments.path(output, "output"),
                name=None if name is None else arguments.name(name),
                force=force,
            )

    def push(  # noqa: PLR0913 - what can be said of a push, for those who call by keyword
        self,
        image: AnyPath,
        reference: str | Reference,
        *,
        annotations: Mapping[str, str] | None = None,
        platform: str | Platform | None = None,
        compression: str | Compression | None = None,
        progress: Progress | None = None,
        login: Login | None = None,
        cancel: Event | None = None,
    ) -> PushResult:
        """Push an image into a registry; what it has is not sent, what was broken off goes on.

        Args:
            image: a SIF file, or the name of an image in the local registry.
            reference: where to, such as ``oras://HOST/REPOSITORY:TAG``; ``docker://`` takes an image of one layer.
            annotations: of the manifest, beside those from the labels of the image.
            platform: of the image, where several are here by one name; a file for another one is refused.
            compression: of the layer, where `reference` is a ``docker://`` one; as for `pull`.
            progress: see `Client`; what it hears besides is `SendingProgress`.
            login: see `Client`.
            cancel: see `Client`.
        """
        from sregistry.operations.push import push

        with self._call(cancel) as stop:
            return push(
                self._context(stop, login, self._adjusted(platform, compression), progress),
                arguments.target(image, "image") if isinstance(image, str) else arguments.path(image, "image"),
                arguments.reference_text(reference),
                annotations=arguments.labels(annotations, "annotations"),
            )

    def images(
        self, query: str | None = None, *, labels: Mapping[str, str] | None = None, order: str = "name"
    ) -> Images:
        """The images of the local registry whose registry, name, tag or digest contains `query`.

        Args:
            query: None for all.
            labels: that the images must have.
            order: ``name``, or the latest ``pulled``, latest ``used`` or largest (``size``) first.
        """
        from sregistry.operations.images import images
        from sregistry.store.database.reads import ORDERS

        with self._call():
            text = None if query is None else arguments.text(query, "query")
            arguments.choice(order, "order", ORDERS)
            return images(self._local, text, labels=arguments.labels(labels), order=order)

    def get(
        self,
        name: str | Reference,
        *,
        pull: bool = False,
        platform: str | Platform | None = None,
        progress: Progress | None = None,
        login: Login | None = None,
        cancel: Event | None = None,
    ) -> Path:
        """The path of the image of the local registry that `name` means; with `pull` it is pulled if need be."""
        from sregistry.operations.get import get, get_or_pull

        with self._call(cancel) as stop:
            wanted = name.uri if isinstance(name, Reference) else arguments.name(name)
            settings = self._adjusted(platform)
            if not pull:
                return get(Context(settings), wanted).path
            return get_or_pull(self._context(stop, login, settings, progress), wanted)

    def add(self, file: AnyPath, name: str | None = None, *, copy: bool = False) -> AddResult:
        """Move (or `copy`) a SIF file into the local registry; `result.image` is what it is there.

        Args:
            file: made by any program.
            name: ``COLLECTION/NAME:TAG``; None takes that of what it was pulled from, else that of the file.
            copy: leave the file where it is.
        """
        from sregistry.operations.add import add

        with self._call():
            named = None if name is None else arguments.name(name)
            return add(self._local, arguments.path(file, "file"), name=named, copy=copy)

    def mv(self, name: str, target: AnyPath, *, force: bool = False) -> ImageRow:
        """Move the file of an image of the local registry to a file or folder; with `force` replace what is there."""
        from sregistry.operations.mv import mv

        with self._call():
            return mv(self._local, arguments.name(name), arguments.path(target, "target"), force=force)[1]

    def rename(self, name: str, new: str) -> ImageRow:
        """Give an image of the local registry the name `new`, which without a tag keeps the one it has."""
        from sregistry.operations.rename import rename

        with self._call():
            return rename(self._local, arguments.name(name), arguments.name(new, "new"))[1]

    def rm(self, *names: str, every: bool = False) -> list[Removed]:
        """Remove images from the local registry, without asking.

        Args:
            names: each must fit one image.
            every: remove all images that a name fits.
        """
        from sregistry.operations.rm import find, rm

        with self._call():
            wanted = [arguments.name(name, "names") for name in names]
            return rm(self._local, find(self._local, wanted, every=every))

    def attach(
        self,
        file: AnyPath,
        reference: str | Reference,
        *,
        media_type: str,
        annotations: Mapping[str, str] | None = None,
        login: Login | None = None,
        cancel: Event | None = None,
    ) -> Attached:
        """Attach a file, such as a list of packages, to the image that `reference` means, in a registry or a layout.

        Args:
            file: of any kind.
            reference: of the image.
            media_type: of the file, such as ``application/spdx+json``.
            annotations: of the manifest of the file.
            login: see `Client`.
            cancel: see `Client`.
        """
        from sregistry.operations.attach import attach

        with self._call(cancel) as stop:
            return attach(
                self._context(stop, login, self.settings),
                arguments.path(file, "file"),
                arguments.reference_text(reference),
                media_type=arguments.text(media_type, "media_type"),
                annotations=arguments.labels(annotations, "annotations"),
            )

    def tag(self, reference: str | Reference, new: str, *, login: Login | None = None) -> Tagged:
        """Let the tag `new` mean the image `reference`, in a registry or a layout; no byte of its manifest changes."""
        from sregistry.operations.tag import tag

        with self._call() as stop:
            context = self._context(stop, login, self.settings)
            return tag(context, arguments.reference_text(reference), arguments.text(new, "new"))

    def delete(self, reference: str | Reference, *, every_tag: bool = False, login: Login | None = None) -> Deletion:
        """Delete a tag in a registry or a layout, without asking.

        Args:
            reference: with its scheme.
            every_tag: delete the image that it means, and every tag of it.
            login: see `Client`.
        """
        from sregistry.operations.delete import delete, find

        with self._call() as stop:
            context = self._context(stop, login, self.settings)
            text = arguments.reference_text(reference)
            return delete(context, find(context, text, every_tag=every_tag, others=False))

    def check(self, *, repair: bool = False, quick: bool = False) -> CheckResult:
        """Verify the files and the database of the local registry; `result.left` is what does not fit.

        Args:
            repair: put in order what can be without loss.
            quick: compare sizes only, do not read the files.
        """
        from sregistry.operations.check import check

        with self._call():
            return check(self._local, repair=repair, quick=quick)

    def inspect(
        self,
        target: AnyPath | Reference,
        platform: str | Platform | None = None,
        *,
        login: Login | None = None,
    ) -> Inspection:
        """What an image says about itself: one that is here by its name, a SIF file, or a reference."""
        from sregistry.operations.inspect import inspect

        with self._call() as stop:
            wanted = arguments.target(target)
            return inspect(self._context(stop, login, self._adjusted(platform)), wanted)

    def search(self, target: str | Reference, text: str | None = None, *, login: Login | None = None) -> SearchResult:
        """The tags of a repository, or the repositories of a registry (``docker://HOST``), that contain `text`."""
        from sregistry.operations.search import search

        with self._call() as stop:
            return search(
                self._context(stop, login, self.settings),
                arguments.reference_text(target, "target"),
                text=None if text is None else arguments.text(text, "text"),
            )

    def copy(  # noqa: PLR0913 - what can be said of a copy, for those who call by keyword
        self,
        source: str | Reference,
        target: str | Reference,
        *,
        platform: str | Platform | None = None,
        referrers: bool = False,
        every_blob: bool = False,
        progress: Progress | None = None,
        login: Login | None = None,
        cancel: Event | None = None,
    ) -> CopyResult:
        """Copy what `source` means to `target`, as it is: another registry, a layout, an archive.

        Args:
            source: the image, or whatever else is kept beside images.
            target: where it goes; what is there already is not sent.
            platform: the image for it alone; None for all of them, whatever the settings say.
            referrers: also signatures, attestations and SBOMs.
            every_blob: look for each blob at the target, even of images that are there.
            progress: see `Client`.
            login: for the registry of `target`, or for that of `source` where `target` is none.
            cancel: see `Client`.
        """
        from sregistry.operations.copy import copy

        with self._call(cancel) as stop:
            here, there = arguments.reference_text(source, "source"), arguments.reference_text(target, "target")
            choice = self._choice(platform, referrers=referrers, every_blob=every_blob)
            context = self._context(stop, login, self.settings, progress)
            return copy(context, here, there, choice, reads=self._context(stop, None, self.settings, progress))

    def copy_list(  # noqa: PLR0913 - what can be said of copies, for those who call by keyword
        self,
        lines: str | Iterable[str],
        place: str | None = None,
        *,
        platform: str | Platform | None = None,
        referrers: bool = False,
        every_blob: bool = False,
        progress: Progress | None = None,
        login: Login | None = None,
        cancel: Event | None = None,
    ) -> Copies:
        """Copy what each line says, ``SOURCE TARGET``, or ``SOURCE`` into `place`; `result.failed` has what failed.

        Args:
            lines: a text, or its lines.
            place: a registry, perhaps with the beginning of a path in it, or a layout or archive.
            platform: see `copy`.
            referrers: see `copy`.
            every_blob: see `copy`.
            progress: see `Client`.
            login: see `copy`.
            cancel: see `Client`.
        """
        from sregistry.operations.copy_list import CopyList, copy_list

        with self._call(cancel) as stop:
            listed = CopyList(arguments.lines(lines, "lines"), place and arguments.text(place, "place"))
            choice = self._choice(platform, referrers=referrers, every_blob=every_blob)
            context = self._context(stop, login, self.settings, progress)
            return copy_list(context, listed, choice, reads=self._context(stop, None, self.settings, progress))

    def _choice(self, platform: str | Platform | None, *, referrers: bool, every_blob: bool) -> Choice:
        """What of a source is copied."""
        from sregistry.operations.copy import Choice

        text = arguments.platform(platform)
        return Choice(Platform.parse(text) if text else None, referrers, every_blob)

    def doctor(
        self, reference: str | Reference, platform: str | Platform | None = None, *, login: Login | None = None
    ) -> Examination:
        """Walk the whole way of a pull without pulling; failures are found, not raised.

        It is the one method with connections and tokens of its own: those that are there would not be examined.
        """
        from sregistry.operations.doctor import examine

        with self._call():
            wanted, settings = arguments.reference_text(reference), self._adjusted(platform)
            return examine(Context(settings, self._environ, arguments.login(login) or self._login), wanted)

    def request(
        self, reference: str | Reference, kind: ManifestKind | None = None, *, login: Login | None = None
    ) -> Direct:
        """How another HTTP client gets the manifest: `request.url`, and `request.headers` with a token where needed.

        Args:
            reference: the image.
            kind: one of `KINDS`; None asks for every format that can be read.
            login: see `Client`.
        """
        from sregistry.oci.media_types import ALL
        from sregistry.operations.direct import direct

        with self._asking(login) as session:
            return direct(session, self._in_registry(reference), ALL if kind is None else [KINDS[_kind(kind)]])

    def _platform(self, platform: str | Platform | None) -> Platform | None:
        text = arguments.platform(platform) or self.settings.platform
        return Platform.parse(text) if text else None

    def _adjusted(self, platform: str | Platform | None, compression: str | Compression | None = None) -> Settings:
        """The settings with those that are arguments of one call."""
        return adjusted(self.settings, CALL, platform=arguments.platform(platform), compression=compression)


#: All clients of this process: a child that it forks must not speak over its connections.
_clients: weakref.WeakSet[Client] = weakref.WeakSet()


def _after_fork() -> None:
    for client in list(_clients):
        client._forget()


os.register_at_fork(after_in_child=_after_fork)


def _arrive(kind: type[Client], settings: Settings) -> Client:
    return kind(settings, os.environ)


def _kind(kind: ManifestKind) -> ManifestKind:
    arguments.choice(kind, "kind", KINDS)
    return kind
