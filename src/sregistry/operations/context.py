"""What every operation is given: settings, environment, login, listeners; and what it opens once with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from sregistry.errors import Cancelled, SregistryError
from sregistry.operations.progress import Progress, Silent
from sregistry.references import PathReference, Platform, Reference, WebReference, parse
from sregistry.settings import Settings

# Whoever asks for an image that is here needs none of what speaks to others: it is imported where it is used.
if TYPE_CHECKING:
    from sregistry.endpoints.base import Endpoint
    from sregistry.http.transport import OnExchange
    from sregistry.operations.connection import Login
    from sregistry.operations.stopping import Stop
    from sregistry.registry.session import Session
    from sregistry.store.store import Store

T = TypeVar("T")


@dataclass(frozen=True)
class Context:
    """The surroundings of one operation; also the `Network` of its endpoints.

    Attributes:
        settings: in force.
        environ: the process environment, for credentials and proxies.
        login: user name and password that go before all others.
        progress: listener. What its methods raise ends the operation.
        on_exchange: told of every request.
        stop: ends the operation early, as `Cancelled`; whatever it leaves behind is whole.
        shared: a session of a client, which goes on after the operation; its login and listener are those of that.
        kept: endpoints of folders and archives that stay open between operations, by scheme; see `keeping`.
        collect: let the garbage collector, which is that of the whole process, run while an image is assembled.
    """

    settings: Settings
    environ: Mapping[str, str] = field(default_factory=dict)
    login: Login | None = None
    progress: Progress = field(default_factory=Silent)
    on_exchange: OnExchange | None = None
    stop: Stop | None = None
    shared: Session | None = None
    kept: dict[str, Endpoint] | None = None
    collect: bool = True

    @cached_property
    def store(self) -> Store:
        """The local registry that the settings name; nothing is read or made yet."""
        from sregistry.operations.local import open_store

        return open_store(self.settings)

    @cached_property
    def platform(self) -> Platform | None:
        """The platform that is asked for; None for that of this machine."""
        return Platform.parse(self.settings.platform) if self.settings.platform else None

    def adjusted(self, **settings: Any) -> Context:
        """The same with other values of some settings."""
        return replace(self, settings=replace(self.settings, **settings))

    def parse(self, text: str) -> Reference:
        """The reference that a text means, where the settings name another source of an address that of this one.

        Raises:
            InvalidReference: also of what such a source makes of an address.
        """
        found = parse(text, default_registry=self.settings.default_registry)
        if not self.settings.web_sources or not isinstance(found, WebReference):
            return found
        from sregistry.references import sources

        instead = sources.mapped(found, sources.read(self.settings.web_sources))
        if instead is None:
            return found
        note = f"taken from {instead}, by the setting web_sources"
        return replace(parse(instead), source=found.source, notes=(*found.notes, note))

    def unless_stopped(self, action: Callable[[], T]) -> T:
        """What `action` returns or raises; `Cancelled` as soon as the operation is to end."""
        if self.stop is None:
            return action()
        from sregistry.operations.stopping import unless

        return unless(self.stop, action)

    def open_session(self) -> Session:
        """A session with registries for this operation, to be closed by who asked for it."""
        from sregistry.registry.session import Session

        if self.shared is None:
            from sregistry.operations.connection import registry_options

            options = registry_options(self.settings, self.environ, self.login)
            return Session(options, on_exchange=self.on_exchange, on_wait=self.progress.waiting)
        view = self.shared.view(on_wait=self.progress.waiting, stop=self.stop)
        if self.stop is not None:
            self.stop.also(view.close)
        return view

    @contextmanager
    def sharing(self) -> Iterator[Context]:
        """The same, with one session for all endpoints, which ends with the block."""
        if self.shared is not None:
            yield self
            return
        with self.open_session() as session:
            yield replace(self, shared=session)

    @contextmanager
    def keeping(self) -> Iterator[Context]:
        """The same, whose endpoints of folders and archives stay open: a compressed archive is unpacked once.

        What is put into an archive is written at the end of the block, or before; raises what `Endpoint.close` raises.
        """
        kept: dict[str, Endpoint] = {}
        try:
            yield replace(self, kept=kept)
        finally:
            with ExitStack() as stack:
                for endpoint in kept.values():
                    stack.callback(endpoint.close)

    @contextmanager
    def endpoint(self, reference: Reference) -> Iterator[Endpoint]:
        """The endpoint of a reference. What fails within is looked into once more, where the settings want that.

        Raises:
            InvalidReference: ``reference-scheme``.
        """
        with self.opened(reference) as endpoint:
            try:
                yield endpoint
            except SregistryError as error:
                self.look_into(error, endpoint, reference)
                raise

    @contextmanager
    def opened(self, reference: Reference) -> Iterator[Endpoint]:
        """The endpoint of a reference, for who looks into failures himself; raises as `endpoint` does."""
        from sregistry.endpoints.catalog import open_endpoint

        if self.kept is not None and isinstance(reference, PathReference):
            if reference.scheme not in self.kept:
                self.kept[reference.scheme] = open_endpoint(reference.scheme, self)
            yield self.kept[reference.scheme]
            return
        endpoint = open_endpoint(reference.scheme, self)
        try:
            yield endpoint
        finally:
            endpoint.close()

    def look_into(self, error: SregistryError, endpoint: Endpoint, reference: Reference) -> None:
        """Add to `error`, which came from the place of `reference`, what that can tell of it."""
        failed = error.with_facts(reference=reference.source or str(reference))
        if self.settings.second_look and not isinstance(failed, Cancelled):
            self.unless_stopped(lambda: endpoint.explain(failed))


@contextmanager
def begun_again(*words: str) -> Iterator[None]:
    """What fails within tells the command that begins it again, but for a fault of a file, which stays."""
    try:
        yield
    except SregistryError as error:
        if "file" not in error.facts:
            error.with_facts(repeat=list(words))
        raise
