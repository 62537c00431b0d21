"""The API of one host: requests go out authorised, redirected and accounted for; refusals come back as errors.

`Api.open` gives an answer whose body is still to be read, `Api.get` a whole small document. Both try
again as the given `Patience` allows, and both enclose everything that belongs to the request: the
choice between https and http, the token, the redirects.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from sregistry.answers import facts
from sregistry.auth import challenge
from sregistry.auth.authorization import Access, Authorizer, Grant
from sregistry.auth.credentials import Credential, login_facts
from sregistry.auth.tokens import Tokens
from sregistry.errors import RegistryError, SregistryError, scrub_causes
from sregistry.http import addresses, gate, redact, redirects
from sregistry.http.addresses import Address
from sregistry.http.gate import IsInsecure
from sregistry.http.options import Options
from sregistry.http.retry import Patience, persist
from sregistry.http.schemes import Schemes
from sregistry.http.secret import Secret
from sregistry.http.transport import Body, Request, Response, Transport
from sregistry.registry.refusals import Seen, refusal, web_page

T = TypeVar("T")

#: How much of an error body is read.
_ERROR_BODY = 64 << 10
#: For how long; the status says most.
_ERROR_SECONDS = 3.0
#: A new challenge, a renewed token, another scope: more rounds than this lead nowhere.
_ROUNDS = 4


def _nobody(host: str) -> bool:
    """No host is insecure."""
    return False


class Logins(Protocol):
    """Where logins come from; see `credentials.CredentialStore`."""

    @property
    def warnings(self) -> tuple[SregistryError, ...]:
        """What went wrong and did not stop anything."""
        ...

    def find(self, registry: str, repository: str = "", *, mirror: bool = False) -> Credential | None:
        """The login for a repository."""
        ...

    def others(self, registry: str, repository: str, sent: Credential) -> list[str]:
        """Files with another login for the repository than the one that was sent."""
        ...

    def http_headers(self) -> Mapping[str, Secret]:
        """Headers to send along to the registry."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a registry, before it is known how to send it.

    Attributes:
        path: from ``/v2/`` on, or a whole URL that the registry gave.
        purpose: see `refusals.Seen`.
        repository: whose it is; empty for the registry as a whole.
        identifier: tag or digest.
        actions: what must be allowed in the repository.
        scopes: used instead of those that follow from repository and actions.
        expect: statuses that are answers, not refusals.
        accept: media types, each in a header field of its own.
        working: see `transport.Request`.
    """

    method: str
    path: str
    purpose: str
    repository: str = ""
    identifier: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    actions: tuple[str, ...] = ("pull",)
    scopes: tuple[str, ...] | None = None
    expect: tuple[int, ...] = (200,)
    accept: tuple[str, ...] = ()
    working: float = 0.0

    def needed(self) -> tuple[str, ...]:
        """The scopes a token for this must have."""
        if self.scopes is not None:
            return self.scopes
        return (f"repository:{self.repository}:{','.join(self.actions)}",) if self.repository else ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole document."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    facts: dict[str, Any]


class Api:
    """One host; thread-safe.

    Args:
        registry: host[:port] as people write it, for credentials and messages.
        host: host[:port] that answers the API.
        mirror_of: the registry that this one stands in for.
        insecure: which hosts the user has called insecure: plain http may be spoken to them, and their
            certificates are not verified.
        verified: sends where certificates are verified whatever the registry's own transport does.
    """

    def __init__(  # noqa: PLR0913 - a host is spoken to in as many ways
        self,
        registry: str,
        host: str,
        *,
        options: Options,
        transport: Transport,
        credentials: Logins,
        scrubber: redact.Scrubber,
        mirror_of: str | None = None,
        insecure: IsInsecure = _nobody,
        verified: Transport | None = None,
    ) -> None:
        self.registry = registry
        self.host = host
        self.mirror_of = mirror_of
        self._options = options
        self._transport = transport
        self._credentials = credentials
        self._scrubber = scrubber
        self._tokens = Tokens(scrubber)
        self._insecure = insecure
        self._verified = verified or transport
        self._authorizer = Authorizer(host, self._tokens, self._may_be_plain)
        self._schemes = Schemes(host, options.plain_http, insecure=insecure(host))
        #: It compares each Accept field as a whole, and does not split it at commas.
        self.whole_accept = False
        #: No chunk of an upload has been broken off so that it could not be gone on with.
        self.steady_uploads = True
        #: It takes a blob in one piece only.
        self.whole_uploads = False
        #: Where the host is, by what is known so far.
        self.place: gate.Place = gate.place(addresses.read(f"https://{host}").host)

    def _may_be_plain(self, host: str) -> bool:
        return self._options.plain_http is True or self._insecure(host)

    def granted(self) -> list[str] | None:
        """What the tokens used so far say they grant; None if there are none, or they do not say."""
        return self._tokens.granted()

    @property
    def has_token(self) -> bool:
        """Whether a token service has given a token."""
        return self._tokens.held

    @property
    def base(self) -> str:
        """``scheme://host``, by what is known so far."""
        return f"{self._schemes.current}://{self.host}"

    @property
    def in_tls_after_all(self) -> bool:
        """Whether plain http was asked for, and the host speaks https."""
        return self._schemes.in_tls_after_all

    def open(self, call: Call, patience: Patience) -> Response:
        """Return an answer that was expected, its body unread; the caller closes it.

        Raises:
            RegistryError: any of this room's, with the facts of the last attempt.
        """
        return persist(lambda: self.once(call, patience.deadline()), patience)

    def get(self, call: Call, patience: Patience, limit: int | None = None) -> Answer:
        """Return a whole document of at most `limit` bytes; raises as `open` does."""
        return self.read(call, patience, self._options.limits.document if limit is None else limit, lambda one: one)

    def read(self, call: Call, patience: Patience, limit: int, parse: Callable[[Answer], T]) -> T:
        """Return what `parse` makes of a whole document; its errors get the facts of the answer, and may be retried."""

        def attempt() -> T:
            deadline = patience.deadline()
            response = self.once(call, deadline)
            with self._explaining(call):
                body = response.document(limit, self._seconds(deadline))
                try:
                    return parse(
                        Answer(
                            response.status, response.headers, body, redact.url(response.request.url), response.facts()
                        )
                    )
                except SregistryError as error:
                    error.with_facts(**response.facts(), **login_facts(self.credential(call.repository)))
                    raise

        return persist(attempt, patience)

    def _seconds(self, deadline: float | None) -> float:
        """What a document may take that is asked for until `deadline`."""
        most = self._options.timeouts.document
        return most if deadline is None else max(1.0, min(most, deadline - time.monotonic()))

    def once(self, call: Call, deadline: float) -> Response:
        """One attempt, without retries."""
        with self._explaining(call):
            return self._schemes.attempt(lambda: self._authorised(call, deadline))

    def bare(self, call: Call, patience: Patience) -> Response:
        """Like `open`, but without a login, and without answering a challenge."""

        def attempt() -> Response:
            response = self._follow(call, Grant(), patience.deadline())
            if response.status in call.expect:
                return response
            raise self._refused(call, response, None)

        def explained() -> Response:
            with self._explaining(call):
                return self._schemes.attempt(attempt)

        return persist(explained, patience)

    def credential(self, repository: str) -> Credential | None:
        """The login that is sent for a repository; None for anonymous."""
        found = self._credentials.find(self.registry, repository, mirror=self.mirror_of is not None)
        if found:
            self._scrubber.add(found.secret, found.username)
        return found

    def _authorised(self, call: Call, deadline: float) -> Response:
        access = Access(self.credential(call.repository), call.needed())
        renewed = False
        for left in reversed(range(_ROUNDS)):
            grant = self._authorizer.grant(access, self._fetch_token(call, access), deadline)
            response = self._follow(call, grant, deadline)
            if response.status in call.expect:
                return response
            at_home = not redirected_away(response) and redirects.same_origin(self.base, response.request.url)
            if at_home and response.status in {400, 401}:
                # A token that another thread has fetched may have been used up by that: it proves nothing of a new one.
                again = (not renewed or not grant.fresh) and self._authorizer.renew(grant, response)
                renewed = renewed or again
                if response.status == 401:
                    again = self._learn(response, access, grant) or again
                if again and left:
                    response.close()
                    continue
            break
        raise self._refused(call, response, access.credential)

    def _learn(self, response: Response, access: Access, grant: Grant) -> bool:
        """Whether the challenge of a 401 makes another try worth while; closes it where it cannot be answered."""
        try:
            return self._authorizer.learn(response, access, grant)
        except RegistryError:
            response.close()
            raise

    def _follow(self, call: Call, grant: Grant, deadline: float) -> Response:
        address = addresses.join(self.base, call.path)
        if not call.path.startswith("/"):  # the registry has named it, and may have signed it
            self._scrubber.add_url(call.path)
        configured = self._credentials.http_headers()
        for value in configured.values():
            self._scrubber.add(value)
        extra = {name.lower(): value.reveal() for name, value in configured.items()}
        headers = {**extra, **call.headers}
        if grant.header:
            headers["authorization"] = grant.header
        secret = {"authorization", *extra}
        request = Request(
            call.method, address.url, headers, call.body, deadline, accept=call.accept, working=call.working
        )
        if not redirects.same_origin(self.base, address.url):
            request = self._sent_away(request, address, secret)
        response = self._sent(self._transport, request, secret)
        if not response.redirects and request.closed == frozenset():
            self.place = response.place
        # A server of TLS answers 400 to http.
        if response.status != 400:
            self._schemes.settle()
        return response

    def _sent_away(self, request: Request, address: Address, secret: Collection[str]) -> Request:
        """A request to an address at another host, which the registry has named: without a login, and not anywhere."""
        closed = gate.closed_to(self.place)
        if gate.is_downgrade(self.base, address, self._may_be_plain):
            message = f"{self.host} sends the request from https on to plain http, at {address.authority}"
            raise RegistryError("network-redirect-downgrade", message, redirects=[address.authority])
        gate.check(address, closed, self.host)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in secret}
        return replace(request, headers=headers, closed=closed)

    def _sent(self, transport: Transport, request: Request, secret_headers: set[str]) -> Response:
        return redirects.follow(
            transport,
            request,
            limit=self._options.limits.redirects,
            secret_headers=secret_headers,
            insecure=self._may_be_plain,
        )

    def _fetch_token(self, call: Call, access: Access) -> Callable[[Request], bytes]:
        def fetch(request: Request) -> bytes:
            purpose = Call(request.method, request.url, "token", call.repository)
            try:
                # A registry that need not be verified is no reason to send its login to a token service unverified.
                to_be_verified = not self._insecure(addresses.host_of(request.url))
                response = self._sent(self._verified if to_be_verified else self._transport, request, {"authorization"})
                if response.status != 200:
                    raise self._refused(purpose, response, access.credential)
                body = response.document(self._options.limits.document, self._seconds(request.deadline))
            except SregistryError as error:
                error.with_facts(purpose="token", **login_facts(access.credential))
                raise
            if facts.is_html(body, response.headers.get("content-type")):
                raise self._web_page(purpose, response, body)
            return body

        return fetch

    def _refused(self, call: Call, response: Response, credential: Credential | None) -> RegistryError:
        body = response.beginning(_ERROR_BODY, min(self._options.timeouts.read, _ERROR_SECONDS))
        return refusal(self.seen(call, response, body, credential))

    def _web_page(self, call: Call, response: Response, body: bytes) -> RegistryError:
        return web_page(self.seen(call, response, body, None))

    def seen(self, call: Call, response: Response, body: bytes, credential: Credential | None) -> Seen:
        """What an answer shows, for `refusals`."""
        offered = challenge.parse(response.challenges())
        found = {
            **response.facts(),
            **facts.of_body(body, response.headers.get("content-type")),
            "purpose": call.purpose,
            **login_facts(credential),
        }
        if credential and credential.oddity:
            found["login_oddity"] = credential.oddity
        if credential and (others := self._credentials.others(self.registry, call.repository, credential)):
            found["other_logins"] = others
        troubles = [_trouble(warning) for warning in self._credentials.warnings]
        if credential is None and troubles:
            found["login_troubles"] = troubles
        if response.host != self.host:
            found["host"] = response.host
        if offered:
            best = next((one for one in offered if one.scheme in {"bearer", "basic"}), offered[0])
            found["challenge"] = best.facts()
        return Seen(
            call.purpose,
            self.registry,
            call.repository,
            call.identifier,
            found,
            response.headers,
            stored_elsewhere=redirected_away(response) and call.purpose in {"blob", "config"},
        )

    def _explaining(self, call: Call) -> _Explaining:
        return _Explaining(self, call)

    def facts(self, call: Call) -> dict[str, Any]:
        """What is known of a request without its answer."""
        known: dict[str, Any] = {"registry": self.registry, "purpose": call.purpose}
        if call.repository:
            known["repository"] = call.repository
        if call.identifier:
            known["identifier"] = call.identifier
        if self.mirror_of:
            known["mirror_of"] = self.mirror_of
        return known

    def shown(self, text: str) -> str:
        """What a registry says, without any known secret."""
        return self._scrubber.text(text)

    def scrub(self, error: SregistryError) -> SregistryError:
        """Take every known secret out of an error."""
        error.facts = self._scrubber.fact(error.facts)
        error.message = self._scrubber.text(error.message)
        error.args = (error.message,)
        scrub_causes(error, self._scrubber.text)
        return error


def _trouble(warning: SregistryError) -> dict[str, Any]:
    """Why a source of logins gave none."""
    known = {name: warning.facts[name] for name in ("helper", "configured_in", "file") if warning.facts.get(name)}
    return {"code": warning.code, "message": warning.message, **known}


class _Explaining:
    """Adds to an error what was asked for, and takes secrets out of it."""

    def __init__(self, api: Api, call: Call) -> None:
        self._api = api
        self._call = call

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SregistryError):
            self._api.scrub(error.with_facts(**self._api.facts(self._call)))


def redirected_away(response: Response) -> bool:
    """Whether the answer comes from another host than the one asked first."""
    return bool(response.redirects) and response.redirects[-1] != response.first_host
