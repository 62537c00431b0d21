"""The token service: failing, slow, limited, or answering something that is no token."""

from __future__ import annotations

import gzip
import json

from tests.sick.answer import CLOSED, RESET, SILENCE, Answer, Ending, body, document, error, page, redirect, text
from tests.sick.registry import token, with_token
from tests.sick.request import Request
from tests.sick.scenario import CANARY, IMPATIENT, LOGIN, SUCCEEDS, TOKEN, Expectation, Family, either, fails

FAMILY = Family("auth")

_NO_TOKEN = fails("auth-token-missing", r"no token|no usable token", r"again|operator")
_BROKEN = "the token service, or something in front of it, is broken"


def _answers(
    name: str,
    answer: Answer,
    expect: Expectation,
    does: str,
    cause: str = _BROKEN,
    times: int = 1 << 30,
    **more: object,
) -> None:
    """A scenario in which the token service gives this answer, the first `times` times."""

    def handle(request: Request) -> Answer | None:
        if request.kind == "token":
            return answer if request.count("token") <= times else None
        return with_token(request)

    FAMILY.add(name, expect, f"the token service {does}", cause, handle=handle, **more)


_answers("token-empty-body", Answer(), _NO_TOKEN, "answers 200 and nothing")
_answers("token-not-json", text(200, "here is your token"), _NO_TOKEN, "answers plain text")
_answers("token-list", document(["token"]), _NO_TOKEN, "answers a JSON list")
_answers("token-no-field", document({"ok": True, "expires_in": 300}), _NO_TOKEN, "answers JSON without a token")
_answers("token-null", document({"token": None}), _NO_TOKEN, "answers a token that is null")
_answers("token-number", document({"token": 42}), _NO_TOKEN, "answers a token that is a number")
_answers("token-injection", document({"token": f"{CANARY}\r\nX-Evil: 1"}), _NO_TOKEN, "puts a line end into the token")
_answers("token-access-token", document({"access_token": TOKEN}), SUCCEEDS, "uses OAuth2's name of the field", "it may")
_answers("token-expires-zero", document({"token": TOKEN, "expires_in": 0}), SUCCEEDS, "says it expires at once", "odd")
_answers("token-expires-negative", document({"token": TOKEN, "expires_in": -5}), SUCCEEDS, "says it has expired", "odd")
_answers(
    "token-expires-text", document({"token": TOKEN, "expires_in": "300"}), SUCCEEDS, "gives text for a number", "odd"
)
_answers(
    "token-expires-huge", document({"token": TOKEN, "expires_in": 1e300}), SUCCEEDS, "gives a huge lifetime", "odd"
)
_answers(
    "token-gzip",
    body(gzip.compress(json.dumps({"token": TOKEN}).encode()), "application/json").adding(("Content-Encoding", "gzip")),
    SUCCEEDS,
    "compresses its answer",
    "a proxy that compresses unasked",
)
_answers(
    "token-page",
    page(200, "Sign in", "Please sign in to continue."),
    fails("registry-web-page", r"web page|HTML", r"Sign in", r"proxy|portal|login page"),
    "answers with a login page",
    "a single sign-on page in front of the token service",
)
_answers(
    "token-500",
    error(500, "UNKNOWN", "internal error"),
    fails("registry-error", r"token", r"\b500\b", r"again|later", r"operator|report"),
    "answers 500 every time",
)
_answers(
    "token-503",
    text(503, "upstream connect error"),
    fails("registry-unavailable", r"token", r"\b503\b", r"again|later", r"operator|report"),
    "answers 503 every time",
)
_answers("token-503-once", text(503, "busy"), SUCCEEDS, "answers 503 once", "a short outage", times=1)
_answers("token-reset-once", RESET, SUCCEEDS, "resets the connection once", "a short outage", times=1)
_answers("token-closed-once", CLOSED, SUCCEEDS, "closes the connection once", "a short outage", times=1)
_answers(
    "token-404",
    text(404, "404 page not found"),
    fails(
        "registry-unexpected registry-not-a-registry",
        r"token",
        r"\b404\b",
        r"operator|check|report",
        never=(r"protocol does not have",),
    ),
    "is not where the challenge says",
    "the registry's configuration names a wrong realm",
)
_answers(
    "token-403",
    error(403, "DENIED", "requested access to the resource is denied"),
    fails("auth-required auth-denied", r"private|denie", r"exist", r"login"),
    "refuses everybody with 403 (GHCR)",
    "private, or absent",
)
_answers(
    "token-403-with-login",
    error(403, "DENIED", "requested access to the resource is denied"),
    fails("auth-refused auth-denied", r"denie|not accept|refuse", r"config\.json", r"login"),
    "refuses everybody with 403, with and without login",
    "private, or absent, or the login is bad",
    login=LOGIN,
)
_answers(
    "token-429",
    error(429, "TOOMANYREQUESTS", "slow down").adding(("Retry-After", "900")),
    fails("rate-limit-abuse", r"too many requests", r"15 min|900"),
    "answers 429 and asks to wait for 15 minutes",
    "too many logins",
)
_answers(
    "token-429-short",
    error(429, "TOOMANYREQUESTS", "slow down").adding(("Retry-After", "1")),
    SUCCEEDS,
    "answers 429 and asks to wait for a second",
    "too many logins",
    times=1,
)
_answers(
    "token-hangs",
    SILENCE,
    fails("network-no-answer", r"token", r"not answer|no answer", r"again|later|proxy|firewall"),
    "does not answer",
    "the token service hangs",
    settings=IMPATIENT,
)
_answers(
    "token-stalls",
    document({"token": TOKEN}).having(sent=5, ending=Ending.HANG),
    fails("network-stalled", r"token", r"stopped|stall", r"again|later|proxy|firewall"),
    "stops in the middle of its answer",
    "the token service hangs",
    settings=IMPATIENT,
)
_answers("token-slow", document({"token": TOKEN}).having(delay=1.5), SUCCEEDS, "takes its time", "a busy token service")
_answers(
    "token-endless",
    Answer(body=b" " * 65536, endless=True, announced=1 << 40),
    fails("registry-answer-too-large", r"larger|more than|limit", r"operator|check|report", never=(r"the manifest",)),
    "sends without end",
)
_answers(
    "token-204",
    Answer(204),
    fails("auth-token-missing registry-unexpected", r"token", r"operator|again|report"),
    "answers 204: nothing",
)
_answers(
    "token-truncated",
    document({"token": TOKEN}).having(sent=8, ending=Ending.CLOSE),
    fails("network-truncated auth-token-missing", r"token|before the end|broke off", r"again|proxy|operator"),
    "breaks off in the middle of every answer",
)


@FAMILY.scenario("token-redirected", SUCCEEDS, "the token service redirects to another host", "it moved")
def redirected(request: Request) -> Answer | None:
    if request.kind == "token" and request.at_home:
        return redirect(f"{request.elsewhere}{request.target}", 302)
    return with_token(request)


@FAMILY.scenario(
    "token-redirected-with-login",
    either("auth-refused auth-required", r"login"),
    "the token service redirects one with a login to another host, which must not get it",
    "it moved; the login stays with the host it was saved for",
    login=LOGIN,
)
def redirected_with_login(request: Request) -> Answer | None:
    if request.kind == "token" and request.at_home:
        return redirect(f"{request.elsewhere}/store/token", 307)
    if request.kind == "store":
        return token(request)
    return with_token(request)


@FAMILY.scenario("token-other-each-time", SUCCEEDS, "gives another token each time; all are good", "as many do")
def another_each_time(request: Request) -> Answer | None:
    if request.kind == "token":
        return token(request, f"{TOKEN}-{request.count('token')}")
    return None if request.authorization.startswith(f"Bearer {TOKEN}-") else with_token(request, value="")


@FAMILY.scenario(
    "token-over-at-once",
    SUCCEEDS,
    "gives a token that is over, and then a good one",
    "one of the servers of the token service has another clock",
)
def token_over_at_once(request: Request) -> Answer | None:
    if request.kind == "token":
        return token(request, "over-and-done" if request.count("token") == 1 else TOKEN)
    answer = with_token(request)
    if answer and request.authorization:
        said = [value for name, value in answer.headers if name.lower() == "www-authenticate"]
        return answer.setting("WWW-Authenticate", f'{said[0]},error="invalid_token"')
    return answer


@FAMILY.scenario(
    "token-is-a-word",
    fails("auth-required", r"the request was anonymous", never=(r"\*\*\*",)),
    "gives everybody the token 'anonymous', and lets nobody in with it",
    "private, or absent",
)
def token_is_a_word(request: Request) -> Answer | None:
    return token(request, "anonymous") if request.kind == "token" else with_token(request)
