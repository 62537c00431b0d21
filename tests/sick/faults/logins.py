"""Logins: none, wrong, out of date, without rights; and tokens that end too soon."""

from __future__ import annotations

import base64
from email.utils import formatdate
from time import time

from tests.sick.answer import Answer, document, error, page, text
from tests.sick.registry import BASIC, challenged, scope, token, with_password, with_token
from tests.sick.request import Request
from tests.sick.scenario import (
    CANARY,
    IDENTITY,
    LOGIN,
    PASSWORD,
    REFRESH_TOKEN,
    STALE_LOGIN,
    SUCCEEDS,
    TOKEN,
    USER,
    Door,
    Family,
    either,
    fails,
)

FAMILY = Family("auth")

_BOTH = (r"private", r"(not|n't) exist|no such|misspel|spelling", r"\blogin\b")
_STALE = (r"without (it|a login|the login)", r"can be pulled|gives|works", r"logout", r"config\.json")


@FAMILY.scenario(
    "login-wanted-token", fails("auth-required", *_BOTH), "gives an anonymous token and then 401", "private, or absent"
)
def wanted_token(request: Request) -> Answer | None:
    if request.kind in ("token", "ping"):
        return with_token(request)
    usual = (
        f'Bearer realm="{request.registry}/token",service="sick",scope="{scope(request)}",error="insufficient_scope"'
    )
    return challenged(request, usual)


@FAMILY.scenario(
    "login-wanted-basic", fails("auth-required", *_BOTH), "asks for user name and password", "no login was sent"
)
@FAMILY.scenario("login-basic", SUCCEEDS, "asks for user name and password, and gets them", "a login", login=LOGIN)
@FAMILY.scenario(
    "login-basic-wrong",
    fails("auth-refused", r"not accept|refuse", r"config\.json", r"sregistry (login|logout)"),
    "refuses user name and password",
    "the saved password is wrong",
    login=STALE_LOGIN,
)
@FAMILY.scenario(
    "login-with-a-line-feed",
    fails("auth-refused", r"Probably: Its password ends with a line feed", r"sregistry login"),
    "refuses a password that `echo` has ended",
    "the saved password has a line feed too many",
    login={"auth": base64.b64encode(f"{USER}:{PASSWORD}\n".encode()).decode()},
)
@FAMILY.scenario(
    "login-basic-tls", SUCCEEDS, "asks for user name and password over https", "a login", login=LOGIN, door=Door.TLS
)
def basic(request: Request) -> Answer | None:
    return with_password(request)


@FAMILY.scenario("login-bearer", SUCCEEDS, "gives tokens to those with a password", "a login", login=LOGIN)
@FAMILY.scenario(
    "login-bearer-wrong",
    fails("auth-refused", r"not accept|refuse", r"config\.json", r"sregistry (login|logout)"),
    "the token service refuses the password, and everybody without one",
    "the saved password is wrong",
    login=STALE_LOGIN,
)
@FAMILY.scenario(
    "login-bearer-none",
    fails("auth-required", *_BOTH),
    "the token service refuses those without a password",
    "private, or absent",
)
def bearer(request: Request) -> Answer | None:
    if request.kind == "token" and request.authorization != BASIC:
        return error(401, "UNAUTHORIZED", "incorrect username or password")
    return with_token(request)


def _stale(name: str, refusal: Answer) -> None:
    """The token service refuses an old login, though nobody needs one."""

    def handle(request: Request) -> Answer | None:
        if request.kind == "token" and request.authorization:
            return refusal
        return with_token(request)

    FAMILY.add(
        name,
        fails("auth-refused auth-denied", *_STALE),
        f"the token service answers {refusal.status} to an old login; without one it gives a token",
        "the saved login has expired, and is not needed",
        handle=handle,
        login=STALE_LOGIN,
    )


_stale("stale-login-403", error(403, "DENIED", "denied: denied"))
_stale("stale-login-401", error(401, "UNAUTHORIZED", "authentication required"))
_stale("stale-login-400", error(400, "DENIED", "Your Authorization Token is invalid."))
_stale("stale-login-text", text(403, "Your authorization token has expired. Reauthenticate and try again.\n"))


@FAMILY.scenario(
    "stale-login-no-challenge",
    fails("auth-refused auth-denied", *_STALE),
    "400 without a challenge for an old login; without one all is well (public ECR)",
    "the saved login has expired, and is not needed",
    login=STALE_LOGIN,
)
def stale_basic(request: Request) -> Answer | None:
    if request.kind == "token":
        return token(request, f"{CANARY}-stale" if request.authorization else TOKEN)
    if request.authorization == f"Bearer {CANARY}-stale":
        return error(400, "DENIED", "Your Authorization Token has expired. Please run 'login' again.")
    return with_token(request)


@FAMILY.scenario(
    "stale-login-weak-token",
    fails("auth-refused auth-denied", *_STALE, r"no right", never=(r"is expired, revoked or wrong",)),
    "gives the old login a token that opens nothing; an anonymous one opens the repository",
    "the account has no rights that everybody has",
    login=STALE_LOGIN,
)
def weak_token(request: Request) -> Answer | None:
    if request.kind == "token" and request.authorization:
        return token(request, f"{CANARY}-weak")
    return with_token(request)


@FAMILY.scenario(
    "identity-token", SUCCEEDS, "gives tokens for a refresh token, by POST (ACR)", "OAuth2", login=IDENTITY
)
@FAMILY.scenario(
    "identity-token-stale",
    fails("auth-refused", r"not accept|refuse", r"config\.json", r"sregistry (login|logout)"),
    "refuses the refresh token",
    "the refresh token has expired",
    login={**IDENTITY, "identitytoken": f"{CANARY}-old-refresh"},
)
def identity(request: Request) -> Answer | None:
    if request.kind == "token" and request.form.get("refresh_token") != [REFRESH_TOKEN]:
        return error(401, "UNAUTHORIZED", "invalid refresh token")
    return with_token(request)


@FAMILY.scenario(
    "identity-token-invalid-grant",
    fails("auth-refused", r"not accept|refuse", r"config\.json", r"sregistry (login|logout)"),
    "refuses the refresh token with 400, as OAuth2 has it",
    "the refresh token has expired",
    login={**IDENTITY, "identitytoken": f"{CANARY}-old-refresh"},
)
def invalid_grant(request: Request) -> Answer | None:
    if request.kind == "token" and request.form.get("refresh_token") != [REFRESH_TOKEN]:
        return document({"error": "invalid_grant"}, 400)
    return with_token(request)


@FAMILY.scenario(
    "denied-to-account",
    fails("auth-denied", r"denie|not allowed", r"right|permission|owner"),
    "knows the account and answers 403",
    "the account may not pull this",
    login=LOGIN,
)
@FAMILY.scenario(
    "denied-to-all",
    fails("auth-denied", r"denie", *_BOTH),
    "403 DENIED without a login",
    "private, or absent",
)
def denied(request: Request) -> Answer | None:
    if request.kind in ("ping", "token"):
        return with_token(request)
    return error(403, "DENIED", "requested access to the resource is denied")


@FAMILY.scenario(
    "denied-licence",
    fails("auth-denied", r"licence not accepted", r"Open\s+https://vendor\.example/licence"),
    "403 with words about a licence",
    "the licence has to be accepted first",
)
def licence(request: Request) -> Answer | None:
    if request.kind in ("ping", "token"):
        return with_token(request)
    return error(403, "DENIED", "pull denied: licence not accepted, see https://vendor.example/licence")


@FAMILY.scenario(
    "denied-by-page",
    fails("registry-web-page", r"web page|HTML", r"Access restricted", r"proxy|firewall|sign in|portal"),
    "403 and the page of an access gateway",
    "a gateway stands in front of the registry",
)
def gateway(request: Request) -> Answer | None:
    return page(403, "Access restricted", "Company single sign-on is needed to reach this service.")


@FAMILY.scenario(
    "denied-by-text",
    fails("auth-denied", r"denie|forbidden", r"Access denied by policy 17"),
    "403 and one line of plain text",
    "a policy of the registry",
)
def by_text(request: Request) -> Answer | None:
    return text(403, "Access denied by policy 17\n") if request.kind == "manifest" else None


@FAMILY.scenario(
    "denied-by-empty-403",
    fails("auth-denied", r"denie|forbidden", r"\b403\b"),
    "403 and nothing else",
    "unknown: the registry gives no reason",
)
def by_nothing(request: Request) -> Answer | None:
    return Answer(403) if request.kind == "manifest" else None


@FAMILY.scenario(
    "payment-required",
    fails("auth-denied", r"\b402\b|denie", r"subscription has ended"),
    "402 with words about a subscription",
    "the registry wants to be paid",
)
def payment(request: Request) -> Answer | None:
    return error(402, "DENIED", "the subscription has ended") if request.kind == "manifest" else None


@FAMILY.scenario(
    "unavailable-for-legal-reasons",
    fails("auth-denied", r"\b451\b", r"legal", r"not available in your country", never=(r"sregistry login",)),
    "451",
    "the registry may not serve this country",
)
def legal(request: Request) -> Answer | None:
    return error(451, "DENIED", "not available in your country") if request.kind == "manifest" else None


@FAMILY.scenario(
    "clock-wrong",
    fails("auth-refused", r"clock is 24 h behind", r"date -u", r"set the clock", r"config\.json"),
    "refuses every token, and its Date is a day later than ours",
    "this machine's clock is wrong, so that tokens are not valid yet, or no more",
    login=LOGIN,
)
def clock(request: Request) -> Answer | None:
    answer = token(request) if request.kind == "token" else challenged(request)
    return answer.setting("Date", formatdate(time() + 86_400, usegmt=True))


@FAMILY.scenario(
    "clock-wrong-anonymous",
    fails("auth-required", r"clock is 24 h behind", r"date -u", r"set the clock"),
    "refuses every token of an anonymous user, and its Date is a day later than ours",
    "this machine's clock is wrong, so that tokens are not valid yet, or no more",
)
def clock_anonymous(request: Request) -> Answer | None:
    return clock(request)


@FAMILY.scenario("clock-wrong-harmless", SUCCEEDS, "its Date is a day later than ours", "nothing depends on it")
def harmless_clock(request: Request) -> Answer | None:
    from tests.sick.registry import serve

    return serve(request).setting("Date", formatdate(time() + 86_400, usegmt=True))


@FAMILY.scenario(
    "token-ends-in-mid-pull", SUCCEEDS, "after the manifest, 401 for the token: a new one is wanted", "short-lived"
)
@FAMILY.scenario(
    "token-ends-in-mid-pull-login", SUCCEEDS, "the same for one with a login", "short-lived tokens", login=LOGIN
)
def ends_midway(request: Request) -> Answer | None:
    return _second_token(request, challenged(request))


@FAMILY.scenario(
    "token-ends-in-mid-pull-400", SUCCEEDS, "after the manifest, 400 and no challenge for the token", "short-lived"
)
def ends_midway_400(request: Request) -> Answer | None:
    return _second_token(request, error(400, "DENIED", "Your Authorization Token has expired."))


def _second_token(request: Request, refusal: Answer) -> Answer | None:
    """The first token is good for manifests only, every later one for all."""
    if request.kind == "token":
        return token(request, f"{TOKEN}-{request.count('token')}")
    if not request.authorization:
        return challenged(request)
    return refusal if request.is_layer and request.authorization == f"Bearer {TOKEN}-1" else None


@FAMILY.scenario(
    "token-for-one-use",
    either("auth-required", r"token is valid no longer", r"refuses the", never=(r"does not exist", r"private")),
    "takes every token once only",
    "an overcautious token service",
)
def one_use(request: Request) -> Answer | None:
    if request.kind == "token":
        return token(request, f"{TOKEN}-{request.count('token')}")
    used = request.count(request.authorization) > 1
    return challenged(request) if used or not request.authorization else None


@FAMILY.scenario(
    "token-too-early",
    fails("auth-required", r"clock", r"date -u"),
    "says that the token is not valid yet",
    "the clocks of the registry and of its token service differ",
)
def too_early(request: Request) -> Answer | None:
    if request.kind == "token":
        return token(request)
    return challenged(request).having(body=b'{"errors":[{"code":"UNAUTHORIZED","message":"token is not valid yet"}]}')
