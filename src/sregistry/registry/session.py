"""The way in: one `Session` speaks to every registry that a command needs.

It knows the mirrors of ``registries.conf`` and tries them in order, keeps connections and tokens, and
takes the secrets out of every error. Thread-safe.
"""

from __future__ import annotations

import copy
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeVar

from sregistry.auth.credentials import Credential, CredentialStore
from sregistry.digests import Digest
from sregistry.errors import RegistryError, SregistryError
from sregistry.http import gate, redact
from sregistry.http.options import Options
from sregistry.http.retry import Budget, Patience, persist
from sregistry.http.secret import Secret
from sregistry.http.transport import OnExchange, Transport
from sregistry.http.waits import OnWait, Waits
from sregistry.oci import image, media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.image import Image
from sregistry.oci.manifests import Manifest
from sregistry.references import DOCKER_HUB, DOCKER_HUB_API, Platform, RegistryReference
from sregistry.registry import blobs, catalog, manifests, ping, referrers, registries_conf, tags, uploads
from sregistry.registry.api import Api, Call, Logins
from sregistry.registry.blobs import BlobStream
from sregistry.registry.ping import Ping
from sregistry.registry.registries_conf import Endpoint, RegistriesConf
from sregistry.registry.tags import TagList

T = TypeVar("T")

#: A mirror that does not answer gets this part of the patience, so that the registry itself has the rest.
_MIRROR_SHARE = 0.3
#: Errors that say the same whichever place is asked.
_FINAL = frozenset({"digest-unsupported", "registry-blocked"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an image may be had: a host and the repository's path there."""

    api: Api
    repository: str


class Abortable(Protocol):
    """Something that reads from a connection."""

    def abort(self) -> None:
        """End a read that another thread waits in."""


class NoLogins:
    """Stands in for the credential store where a request is to be anonymous."""

    warnings: tuple[SregistryError, ...] = ()

    def find(self, registry: str, repository: str = "", *, mirror: bool = False) -> None:
        """No login."""

    def others(self, registry: str, repository: str, sent: Credential) -> list[str]:
        """None."""
        return []

    def http_headers(self) -> dict[str, Any]:
        """No headers."""
        return {}


@dataclass(frozen=True, slots=True)
class _OneLogin:
    """A login to be tried out, whatever is kept elsewhere."""

    credential: Credential
    warnings: tuple[SregistryError, ...] = ()

    def find(self, registry: str, repository: str = "", *, mirror: bool = False) -> Credential:
        """The login."""
        return self.credential

    def others(self, registry: str, repository: str, sent: Credential) -> list[str]:
        """None."""
        return []

    def http_headers(self) -> dict[str, Any]:
        """No headers."""
        return {}


class Session:
    """Registries, as `options` says they are to be spoken to; close it, or use it as a context manager.

    Args:
        options: how.
        logins: where logins come from; by default the documented sources.
        on_exchange: told of every exchange once it is over.
        on_wait: told (reason, seconds) before each pause, where a method is given no other; and (what, 0) of what is
            waited for for long. What it raises ends all waiting.

    Attributes:
        waits: for the network and for helpers; `Waits.acting` where something is done without a method of these.
        budget: what the command may wait in all; a view has one of its own.

    Every method raises RegistryError; the codes are those of the modules it is named after.
    """

    def __init__(
        self,
        options: Options,
        *,
        logins: Logins | None = None,
        on_exchange: OnExchange | None = None,
        on_wait: OnWait | None = None,
    ) -> None:
        self.options = options
        self.waits: Waits = Waits(on_wait)
        self.budget: Budget = Budget(options.retries.patience)
        self.logins: Logins = logins or CredentialStore(options)
        self._on_exchange = on_exchange
        self._on_wait = on_wait
        self._scrubber = redact.Scrubber()
        self._scrubber.add(options.password, options.username)
        self._lock = threading.RLock()
        self._conf: list[RegistriesConf] = []  # once it is read
        self._transports: dict[bool, Transport] = {}
        self._apis: dict[tuple[str, bool, str | None], Api] = {}
        self._preferred: dict[str, Place] = {}
        self._mirror_failures: dict[str, SregistryError] = {}
        self._damaging: set[tuple[str, Digest]] = set()  # hosts, and the blobs that came from there damaged
        self._streams: weakref.WeakSet[Abortable] = weakref.WeakSet()
        self._mine = True

    def anonymous(self) -> Session:
        """A session that sends no login, otherwise the same."""
        return Session(self.options, logins=NoLogins(), on_exchange=self._on_exchange, on_wait=self._on_wait)

    def view(self, *, on_wait: OnWait | None = None, stop: threading.Event | None = None) -> Session:
        """This session for one operation of several: the same connections, tokens and logins, but an end of its own.

        Args:
            on_wait: told (reason, seconds) before each pause of this operation.
            stop: once set, nothing is waited for or repeated any more.
        """
        other = copy.copy(self)
        other._on_wait = self._on_wait if on_wait is None else on_wait
        other.waits = Waits(other._on_wait, stop=stop, parent=self.waits)
        other.budget = Budget(self.options.retries.patience)
        other._mirror_failures = {}
        other._streams = weakref.WeakSet()
        other._mine = False
        return other

    def close(self) -> None:
        """End all waiting and close the connections; of a view, only what its streams read from."""
        self.waits.end()
        with self._lock:
            for stream in self._streams:
                stream.abort()
            if not self._mine:
                return
            for transport in self._transports.values():
                transport.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def warnings(self) -> tuple[SregistryError, ...]:
        """What went wrong and did not stop anything: logins that could not be read, mirrors that failed."""
        with self._lock:
            return (*self.logins.warnings, *self._mirror_failures.values())

    def _in_tls(self) -> list[str]:
        """What to say of hosts that speak https although http was asked for."""
        with self._lock:
            hosts = sorted({api.host for api in self._apis.values() if api.in_tls_after_all})
        return [f"{host} speaks HTTPS, so it was used; plain HTTP need not be asked for" for host in hosts]

    def scrub(self, value: Any) -> Any:
        """`value` (a fact or a text) without any secret this session knows."""
        return self._scrubber.fact(value)

    # -- asking ---------------------------------------------------------------------------------

    def ping(self, reference: RegistryReference) -> Ping:
        """Ask the registry of `reference` (not a mirror) whether it is one."""
        return ping.ping(self.places(reference)[-1].api, self.patience())

    def check_login(self, registry: str, credential: Credential) -> Secret | None:
        """Return if `registry` (host[:port]) takes the login; None, or a token to keep instead of the password.

        Raises:
            RegistryError: ``auth-refused`` and all others.
        """
        self._scrubber.add(credential.secret, credential.username)
        session = Session(
            self.options, logins=_OneLogin(credential), on_exchange=self._on_exchange, on_wait=self._on_wait
        )
        reference = RegistryReference("docker", registry, "", None, None)
        call = Call("GET", "/v2/", "login")
        with session:
            session.places(reference)[-1].api.get(call, self.patience())
        return None

    def get_manifest(
        self, reference: RegistryReference, accept: Sequence[str] = media_types.ALL, *, identifier: str | None = None
    ) -> Manifest:
        """The manifest that `reference` names, or the one called `identifier` in its repository."""
        name = identifier or reference.identifier
        limit = self.options.limits.manifest

        def fetch(place: Place, patience: Patience) -> Manifest:
            try:
                found = manifests.fetch(place.api, place.repository, name, patience, limit=limit, accept=accept)
                return replace(found, warnings=tuple(map(self.scrub, found.warnings)))
            except RegistryError as error:
                raise self._doubted(place, error) from error.__cause__

        return self._first(reference, fetch)

    def head_manifest(self, reference: RegistryReference) -> Descriptor | None:
        """Type, digest and size only; None if there is no such manifest."""
        return self._first(
            reference,
            lambda place, patience: manifests.head(place.api, place.repository, reference.identifier, patience),
        )

    def resolve(
        self,
        reference: RegistryReference,
        platform: Platform | None = None,
        *,
        on_manifest: Callable[[Manifest], None] | None = None,
    ) -> Image:
        """The image that `reference` means on `platform` (this machine's for None); `on_manifest` is told of each."""

        def get(name: str) -> Manifest:
            found = self.get_manifest(reference, identifier=name)
            if on_manifest:
                on_manifest(found)
            return found

        source = image.Source(
            get,
            lambda descriptor: self.get_config(reference, descriptor),
            lambda digest: self.size(reference, digest),
        )
        try:
            found = image.resolve(source, reference, platform, depth=self.options.limits.index_depth)
        except SregistryError as error:
            error.with_facts(**_named(reference))
            raise
        found.warnings.extend(self._moved(reference, found))
        found.warnings.extend(str(error.message) for error in self.warnings)
        found.warnings.extend(self._in_tls())
        return found

    def get_config(self, reference: RegistryReference, descriptor: Descriptor) -> bytes:
        """The verified bytes of an image's config."""
        limit = self.options.limits.config
        if descriptor.size > limit:
            message = f"the image's config has {descriptor.size} bytes, more than the {limit} allowed"
            facts = {"limit": limit, "actual_size": descriptor.size, "setting": "max_config_size"}
            raise RegistryError("manifest-too-large", message, retryable=False, **facts)

        patience = self.patience()

        def attempt() -> bytes:
            with self.open_blob(reference, descriptor, what="config", patience=patience) as stream:
                return stream.read()

        return persist(attempt, patience)

    def open_blob(
        self,
        reference: RegistryReference,
        descriptor: Descriptor,
        *,
        on_wait: OnWait | None = None,
        on_bytes: Callable[[int], None] | None = None,
        what: str = "layer",
        patience: Patience | None = None,
    ) -> BlobStream:
        """A verified stream of a blob; the first request is sent by its first `read`, within `patience`.

        A place from which the same blob has come damaged is asked last.
        """
        with self._lock:
            places = sorted(
                self.in_order(reference), key=lambda place: (place.api.host, descriptor.digest) in self._damaging
            )
        sources: list[blobs.BlobSource] = [
            blobs.RegistrySource(place.api, place.repository, descriptor.digest, what) for place in places
        ]
        closed = frozenset[gate.Place]().union(*(gate.closed_to(place.api.place) for place in places))
        sources += [
            blobs.ForeignSource(self._transport(False), self.options, url, closed, self.conf.is_insecure)
            for url in descriptor.urls
        ]
        stream = BlobStream(
            sources,
            descriptor,
            self.options,
            patience or self.patience(on_wait),
            what=what,
            on_bytes=on_bytes,
            on_damaged=self._distrust,
        )
        self.end_with(stream)
        return stream

    def _distrust(self, source: blobs.BlobSource) -> None:
        """Remember which place sent a damaged blob."""
        if isinstance(source, blobs.RegistrySource):
            with self._lock:
                self._damaging.add((source.api.host, source.digest))

    def head_blob(self, reference: RegistryReference, digest: Digest) -> int | None:
        """The size of a blob, without getting it; None if it is not there (0 if the size is not told)."""
        return self._first(
            reference, lambda place, patience: uploads.head_blob(place.api, place.repository, digest, patience)
        )

    def size(self, reference: RegistryReference, digest: Digest) -> int:
        """The size of a blob that its manifest does not tell; raises RegistryError ``blob-unknown``."""
        size = self.head_blob(reference, digest)
        if not size:
            message = "the manifest does not say the size of a blob, and the registry neither (or it is not there)"
            raise RegistryError("blob-unknown", message, layer=str(digest))
        return size

    def tags(self, reference: RegistryReference, limit: int | None = None) -> TagList:
        """The tags of a repository, `limit` at most."""
        pages = self.options.limits.pages
        return self._first(
            reference,
            lambda place, patience: tags.fetch(place.api, place.repository, patience, limit=limit, pages=pages),
        )

    def referrers(
        self, reference: RegistryReference, digest: Digest, artifact_type: str | None = None
    ) -> list[Descriptor]:
        """What refers to a manifest: signatures, attestations, SBOMs."""
        return self._first(
            reference,
            lambda place, patience: referrers.fetch(
                place.api, place.repository, digest, patience, artifact_type, limits=self.options.limits
            ),
        )

    def catalog(self, reference: RegistryReference, limit: int | None = None) -> list[str]:
        """The repositories of a registry, where it tells them."""
        api, pages = self.places(reference)[-1].api, self.options.limits.pages
        return catalog.fetch(api, self.patience(), registry=reference.registry, limit=limit, pages=pages)

    def uploader(self, reference: RegistryReference) -> uploads.Uploader:
        """Writes to the repository of `reference` at the registry itself, never at a mirror."""
        place = self.places(reference)[-1]
        return uploads.Uploader(place.api, place.repository, self.patience, self.options.limits)

    def granted(self, reference: RegistryReference) -> list[str] | None:
        """What the tokens for `reference` say they grant; None if there are none, or they do not say."""
        told = [place.api.granted() for place in self.places(reference)]
        known = [scopes for scopes in told if scopes is not None]
        return [scope for scopes in known for scope in scopes] if known else None

    def has_token(self, reference: RegistryReference) -> bool:
        """Whether a token service has given a token for `reference`."""
        return any(place.api.has_token for place in self.places(reference))

    # -- places ---------------------------------------------------------------------------------

    def places(self, reference: RegistryReference) -> list[Place]:
        """Mirrors in order, then the registry itself; raises RegistryError ``registry-blocked``."""
        return [self._place(endpoint, reference) for endpoint in self.conf.endpoints(reference)]

    @property
    def transport(self) -> Transport:
        """What sends requests to hosts that are no registries; it has no login."""
        return self._transport(False)

    def end_with(self, stream: Abortable) -> None:
        """Let `close` end what `stream` waits for, too."""
        with self._lock:
            self._streams.add(stream)

    @property
    def conf(self) -> RegistriesConf:
        """What ``registries.conf`` says; read once."""
        with self._lock:
            if not self._conf:
                self._conf.append(registries_conf.load(self.options))
            return self._conf[0]

    def patience(self, on_wait: OnWait | None = None, *, budget: float | None = None) -> Patience:
        """A new budget for one thing."""
        return Patience(
            self.options.retries,
            self._on_wait if on_wait is None else on_wait,
            budget=budget,
            command=self.budget,
            waits=self.waits,
        )

    def _place(self, endpoint: Endpoint, reference: RegistryReference) -> Place:
        mirror_of = reference.registry if endpoint.is_mirror else None
        key = (endpoint.host, endpoint.insecure, mirror_of)
        with self._lock:
            if key not in self._apis:
                self._apis[key] = Api(
                    endpoint.host,
                    DOCKER_HUB_API if endpoint.host == DOCKER_HUB else endpoint.host,
                    options=self.options,
                    transport=self._transport(endpoint.insecure),
                    credentials=self.logins,
                    scrubber=self._scrubber,
                    mirror_of=mirror_of,
                    insecure=partial(self._is_insecure, endpoint),
                    verified=self._transport(False),
                )
            return Place(self._apis[key], endpoint.repository)

    def _is_insecure(self, endpoint: Endpoint, host: str) -> bool:
        """Whether the user has called this very host insecure."""
        return (endpoint.insecure and host == endpoint.api_host) or self.conf.is_insecure(host)

    def _transport(self, insecure: bool) -> Transport:
        with self._lock:
            if insecure not in self._transports:
                self._transports[insecure] = Transport(
                    self.options, self._scrubber, insecure=insecure, on_exchange=self._on_exchange
                )
            return self._transports[insecure]

    def in_order(self, reference: RegistryReference) -> list[Place]:
        """The places, the one that has answered before first."""
        places = self.places(reference)
        preferred = self._preferred.get(reference.name)
        return sorted(places, key=lambda place: place != preferred)

    def _first(self, reference: RegistryReference, action: Callable[[Place, Patience], T]) -> T:
        """What the first place gives that gives anything; the registry's own error if none does."""
        places = self.in_order(reference)
        failed: dict[str, SregistryError] = {}
        for place in places:
            budget = self.options.retries.patience * _MIRROR_SHARE if place.api.mirror_of else None
            try:
                result = action(place, self.patience(budget=budget))
            except SregistryError as error:
                failed[place.api.host] = error
                if error.code in _FINAL or len(places) == 1:
                    error.with_facts(**_named(reference))
                    raise
                continue
            with self._lock:
                self._preferred[reference.name] = place
                self._mirror_failures.update(
                    {host: _mirror_failed(host, error) for host, error in failed.items() if host != place.api.host}
                )
            return result
        last = _all_failed(failed, places, reference)
        raise last from last.__cause__

    # -- details --------------------------------------------------------------------------------

    def _doubted(self, place: Place, error: RegistryError) -> SregistryError:
        """A bare 404 may mean that no registry is there at all; one ping tells."""
        if error.code != "manifest-unknown" or error.facts.get("errors"):
            return error
        try:
            ping.ping(place.api, self.patience(budget=self.options.retries.patience * _MIRROR_SHARE))
        except SregistryError as instead:
            if instead.code in {"registry-not-a-registry", "registry-web-page"}:
                return instead
        return error

    def _moved(self, reference: RegistryReference, found: Image) -> list[str]:
        """A warning where the tag beside a digest means something else by now."""
        if not reference.tag or not reference.digest:
            return []
        try:
            now = self._first(
                reference,
                lambda place, patience: manifests.head(place.api, place.repository, str(reference.tag), patience),
            )
        except SregistryError:
            return []
        if now is None:
            return [f"the tag {reference.tag!r} does not exist any more; the digest was used"]
        if now.digest == reference.digest:
            return []
        return [f"the tag {reference.tag!r} means {now.digest} by now; the digest given was used"]


def _named(reference: RegistryReference) -> dict[str, Any]:
    return {
        "reference": str(reference),
        "registry": reference.registry,
        "repository": reference.repository,
        "identifier": reference.identifier,
    }


def _mirror_failed(host: str, error: SregistryError) -> SregistryError:
    message = f"the mirror {host} could not be used: {error.message}"
    return RegistryError("registry-mirror-failed", message, retryable=False, **{**error.facts, "cause": error.code})


def _all_failed(failed: dict[str, SregistryError], places: list[Place], reference: RegistryReference) -> SregistryError:
    """The error of the registry itself, with those of its mirrors as a fact."""
    own = next((place.api.host for place in places if place.api.mirror_of is None), list(failed)[-1])
    mirrors = [
        {"host": host, "code": error.code, "message": error.message} for host, error in failed.items() if host != own
    ]
    return failed[own].with_facts(mirrors=mirrors, **_named(reference))
