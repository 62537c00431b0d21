"""Challenges: the ways in which registries, well or badly, ask who is there."""

from __future__ import annotations

from tests.sick.answer import Answer, error
from tests.sick.registry import challenged, scope, token, with_token
from tests.sick.request import Request
from tests.sick.scenario import IMPATIENT, LOGIN, SUCCEEDS, Door, Expectation, Family, either, fails

FAMILY = Family("auth")
_FREE = "the grammar of challenges leaves this free"


def _variant(name: str, challenge: str, does: str, expect: Expectation = SUCCEEDS, cause: str = _FREE) -> None:
    """A scenario in which the challenge is written in another way; ``{realm}`` and ``{scope}`` are filled in."""

    def handle(request: Request) -> Answer | None:
        words = challenge.format(realm=f"{request.registry}/token", scope=scope(request), name=request.name)
        return with_token(request, words)

    FAMILY.add(name, expect, does, cause, handle=handle)


_UNUSABLE = "the registry does not name a way to log in that exists"
_UNSUPPORTED = fails("auth-unsupported", r"login|log in|authenticat", r"operator|check|contact|ask")

_variant("challenge-usual", 'Bearer realm="{realm}",service="sick",scope="{scope}"', "asks for a token as most do")
_variant("challenge-order", 'Bearer scope="{scope}" ,  service="sick" ,realm="{realm}"', "other order, blanks")
_variant("challenge-lowercase", 'bearer REALM="{realm}", Service="sick", SCOPE="{scope}"', "other case")
_variant("challenge-unquoted", "Bearer realm={realm},service=sick,scope={scope}", "no quotation marks")
_variant("challenge-no-service", 'Bearer realm="{realm}",scope="{scope}"', "names no service (NGC)")
_variant("challenge-no-scope", 'Bearer realm="{realm}",service="sick"', "names no scope")
_variant("challenge-only-realm", 'Bearer realm="{realm}"', "names nothing but the realm")
_variant(
    "challenge-error", 'Bearer realm="{realm}",service="sick",scope="{scope}",error="invalid_token"', "adds an error"
)
_variant("challenge-escaped", 'Bearer realm="{realm}",service="a \\"quoted\\" name",scope="{scope}"', "quoted pairs")
_variant("challenge-commas-inside", 'Bearer realm="{realm}",service="a, b=c",scope="{scope}"', "commas inside quotes")
_variant("challenge-unterminated", 'Bearer service="sick",scope="{scope}",realm="{realm}', "the last quote is missing")
_variant("challenge-other-first", 'Negotiate, Bearer realm="{realm}",scope="{scope}"', "offers Kerberos first")
_variant("challenge-basic-too", 'Basic realm="sick", Bearer realm="{realm}",scope="{scope}"', "offers Basic and Bearer")
_variant(
    "challenge-two-scopes", 'Bearer realm="{realm}",scope="{scope} repository:other/one:pull"', "asks for two scopes"
)
_variant(
    "challenge-no-realm",
    'Bearer service="sick",scope="{scope}"',
    "asks for a token without saying where to get it",
    fails("auth-unsupported", r"where|realm|token service", r"operator", never=(r"not supported: bearer",)),
    _UNUSABLE,
)
_variant(
    "challenge-realm-no-url", 'Bearer realm="the token service",service="sick"', "names no URL", _UNSUPPORTED, _UNUSABLE
)
_variant("challenge-digest", 'Digest realm="sick",nonce="abc"', "asks for HTTP Digest", _UNSUPPORTED, _UNUSABLE)
_variant("challenge-negotiate", "Negotiate", "asks for Kerberos", _UNSUPPORTED, _UNUSABLE)
_variant("challenge-garbage", '"""=,,;=;"', "sends a challenge that nobody can read", _UNSUPPORTED, _UNUSABLE)
_variant(
    "challenge-realm-relative",
    'Bearer realm="/token",scope="{scope}"',
    "a realm without host",
    either("auth-unsupported"),
)


@FAMILY.scenario(
    "challenge-two-headers", SUCCEEDS, "sends two WWW-Authenticate headers, the usable one second", "both are offers"
)
def two_headers(request: Request) -> Answer | None:
    asked = with_token(request)
    if asked is None:
        return None
    usual = next(value for name, value in asked.headers if name == "WWW-Authenticate")
    return asked.setting("WWW-Authenticate", "Negotiate", usual)


@FAMILY.scenario(
    "challenge-absent",
    fails("auth-unsupported auth-required", r"saying how to log in", r"operator", never=(r"kind of login that",)),
    "401 without a challenge",
    _UNUSABLE,
)
def no_challenge(request: Request) -> Answer | None:
    return error(401, "UNAUTHORIZED", "authentication required")


@FAMILY.scenario(
    "challenge-push-too", SUCCEEDS, "asks for pull and push; the token service refuses push", "only pull is needed"
)
def push_too(request: Request) -> Answer | None:
    if request.kind == "token":
        push = any(wanted.endswith("push") for wanted in request.query.get("scope", []))
        return error(403, "DENIED", "push is not allowed") if push else token(request)
    full = f'Bearer realm="{request.registry}/token",service="sick",scope="{scope(request, "pull,push")}"'
    return with_token(request, full)


@FAMILY.scenario(
    "challenge-manifests-only", SUCCEEDS, "answers /v2/ without a token, wants one for manifests", "it may"
)
def manifests_only(request: Request) -> Answer | None:
    return None if request.kind == "ping" else with_token(request)


@FAMILY.scenario(
    "challenge-blobs-only", SUCCEEDS, "wants a token for blobs only", "a storage backend that asks for more"
)
def blobs_only(request: Request) -> Answer | None:
    return with_token(request) if request.kind == "blob" else None


@FAMILY.scenario("realm-elsewhere", SUCCEEDS, "the token service is at another host", "as Docker Hub has it")
def realm_elsewhere(request: Request) -> Answer | None:
    if request.kind == "token" and request.at_home:
        return error(404, "NOT_FOUND", "no token service here")
    return with_token(request, f'Bearer realm="{request.elsewhere}/token",service="sick",scope="{scope(request)}"')


@FAMILY.scenario(
    "realm-refused",
    fails(
        "network-refused",
        r"refused",
        r"token",
        r"firewall|proxy|check|operator",
        never=(r"the registry is not running",),
    ),
    "the token service's port is closed",
    "the token service is down, or not reachable from here",
)
def realm_refused(request: Request) -> Answer | None:
    return with_token(request, f'Bearer realm="http://127.0.0.1:1/token",service="sick",scope="{scope(request)}"')


@FAMILY.scenario(
    "realm-no-such-name",
    fails(
        "network-dns",
        r"auth\.invalid",
        r"resolve|does not exist|no such",
        r"token",
        r"proxy|check|operator|name server",
    ),
    "the token service's host does not exist",
    "the token service is at a name that cannot be resolved here",
    settings=IMPATIENT,
)
def realm_no_such_name(request: Request) -> Answer | None:
    return with_token(request, f'Bearer realm="https://auth.invalid/token",service="sick",scope="{scope(request)}"')


@FAMILY.scenario(
    "realm-plain-with-login",
    fails("auth-realm-insecure", r"plain http|not encrypted|unencrypted", r"operator|logout|check"),
    "over https, names a token service in plain http to one who has a login",
    "the login would be sent unencrypted",
    door=Door.TLS,
    login=LOGIN,
)
@FAMILY.scenario(
    "realm-plain-anonymous",
    fails("auth-realm-insecure", r"plain http", r"operator|plain-http"),
    "over https, names a token service in plain http to one who has no login",
    "whoever answers there would choose the token that is sent to the registry",
    door=Door.TLS,
)
def realm_plain(request: Request) -> Answer | None:
    if request.kind == "token":
        return token(request)
    return with_token(request, f'Bearer realm="{request.elsewhere}/token",service="sick",scope="{scope(request)}"')


@FAMILY.scenario(
    "challenge-again-and-again",
    fails("auth-required", r"private|login", r"exist", r"login"),
    "gives a token and does not take it, with the same challenge each time",
    "the token has no right to this repository",
)
def again_and_again(request: Request) -> Answer | None:
    return token(request) if request.kind == "token" else challenged(request)
