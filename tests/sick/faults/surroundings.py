"""What surrounds a pull on the user's machine: mirrors, docker's config, logins in the environment."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from tests.sick import registry
from tests.sick.answer import RESET, Answer, error, page, text
from tests.sick.registry import token, with_password, with_token
from tests.sick.request import Request
from tests.sick.scenario import CANARY, LOGIN, SUCCEEDS, USER, Expectation, Family, either, fails

FAMILY = Family("network")
AUTH = Family("auth")

_Answers = Callable[[Request], Answer | None]

_MIRRORED = """
[[registry]]
location = "{host}"
insecure = true
[[registry.mirror]]
location = "{elsewhere}"
insecure = true
"""


def _healthy(request: Request) -> Answer | None:
    return None


def _flipped(answer: Answer) -> Answer:
    """The same with one bit turned over."""
    return answer.having(body=answer.body[:-1] + bytes([answer.body[-1] ^ 1]))


def _damaged(request: Request) -> Answer | None:
    return _flipped(registry.serve(request)) if request.is_layer else None


def _mirror(
    name: str, mirror: _Answers, does: str, *, behind: _Answers = _healthy, login: Mapping[str, str] | None = None
) -> None:
    """A mirror, which is asked first, and the registry `behind` it."""
    FAMILY.add(
        name,
        SUCCEEDS,
        does,
        "mirrors are to help, not to harm",
        handle=lambda request: behind(request) if request.at_home else mirror(request),
        registries_conf=_MIRRORED,
        login=login,
    )


_mirror("mirror-healthy", _healthy, "a mirror that has everything")
_mirror("mirror-empty", lambda request: error(404, "NAME_UNKNOWN", "unknown"), "a mirror that has nothing")
_mirror("mirror-500", lambda request: text(500, "oops"), "a mirror that fails")
_mirror(
    "mirror-limits-heads",
    lambda request: error(429, "TOOMANYREQUESTS", "slow down") if request.method == "HEAD" else None,
    "a mirror that answers HEAD with 429",
)
_MIRROR_CLOSED = _MIRRORED.replace("{elsewhere}", "127.0.0.1:1")
FAMILY.add(
    "mirror-closed",
    SUCCEEDS,
    "a mirror whose port is closed",
    "the mirror is dead, the registry is well",
    handle=_healthy,
    registries_conf=_MIRROR_CLOSED,
)
_mirror("mirror-reset", lambda request: RESET, "a mirror that resets connections")
_mirror("mirror-page", lambda request: page(200, "Nexus", "Welcome"), "a mirror that is a web page")
_mirror("mirror-wants-login", with_password, "a mirror that wants a login which nobody has")
_mirror(
    "mirror-without-layers",
    lambda request: error(404, "BLOB_UNKNOWN", "unknown") if request.is_layer else None,
    "a mirror that has the manifest and not the layer",
)
_mirror("mirror-damages-layers", _damaged, "a mirror that sends other bytes for the layer")
_mirror(
    "mirror-damages-configs",
    lambda request: _flipped(registry.serve(request)) if request.is_config else None,
    "a mirror that sends other bytes for the config",
)
_mirror(
    "mirror-gets-no-login",
    lambda request: error(400, "UNKNOWN", "a login reached the mirror") if request.authorization else None,
    "a mirror, and a registry whose login the mirror must not see",
    behind=with_password,
    login=LOGIN,
)


@FAMILY.scenario(
    "mirror-corrupt",
    either("digest-mismatch", r"digest", r"a mirror of", r"run the mirror"),
    "a mirror whose layers are damaged, and a healthy registry behind it",
    "the mirror's storage is corrupt",
    registries_conf=_MIRRORED,
)
def corrupt_mirror(request: Request) -> Answer | None:
    if request.at_home or not request.is_layer:
        return None
    answer = registry.blob(request)
    return answer.having(body=bytes(len(answer.body)))


@FAMILY.scenario(
    "mirror-and-registry-fail",
    fails("registry-error", r"\b500\b", r"mirrors asked before: \S+ \(registry-error\)", r"again|later|operator"),
    "neither the mirror nor the registry answers",
    "both are down",
    registries_conf=_MIRRORED,
)
def all_fail(request: Request) -> Answer | None:
    return text(500, "oops")


FAMILY.add(
    "blocked-here",
    fails("registry-blocked", r"blocked", r"registries\.conf", r"administrator"),
    "is healthy, but blocked in registries.conf",
    "the site's policy",
    registries_conf='[[registry]]\nlocation = "{host}"\nblocked = true\n',
)
FAMILY.add(
    "registries-conf-broken",
    fails("setting-registries-conf", r"registries\.conf", r"line|TOML|read"),
    "is healthy, but registries.conf is not TOML",
    "a slip in a file",
    registries_conf="[[registry\nlocation = {host}\n",
)


def _config(name: str, config: object, expect: Expectation, does: str, cause: str) -> None:
    """A healthy registry that needs no login, and a docker config that is not in order."""
    written = config if isinstance(config, str) else json.dumps(config)
    AUTH.add(name, expect, does, cause, handle=with_token, docker_config=written)


_config(
    "helper-missing",
    {"credsStore": "desktop-that-is-not-here"},
    SUCCEEDS,
    "is healthy; the docker config names a credential helper that is not installed",
    "a config copied from a laptop",
)


def _without_help(name: str, config: object, *says: str, does: str, cause: str) -> None:
    """A registry that wants a login, and a docker config that cannot give it."""
    AUTH.add(
        name,
        fails("auth-required", r"login", *says),
        f"wants a login; {does}",
        cause,
        handle=with_password,
        docker_config=config if isinstance(config, str) else json.dumps(config),
    )


_without_help(
    "helper-missing-and-needed",
    {"credsStore": "desktop-that-is-not-here"},
    r"docker-credential-desktop-that-is-not-here",
    r"config\.json",
    does="the docker config names a credential helper that is not installed",
    cause="the login is in a helper that is not here",
)
_without_help(
    "docker-config-broken-and-needed",
    '{"auths": {',
    r"config\.json",
    r"JSON",
    does="the docker config is not JSON",
    cause="a slip in the file that holds the login",
)
_config(
    "docker-config-broken",
    '{"auths": {',
    either("auth-file-malformed", r"config\.json", r"JSON"),
    "is healthy; the docker config is not JSON",
    "a slip in a file",
)
_config("docker-config-empty", "", SUCCEEDS, "is healthy; the docker config is empty", "a file made by touch")
_config(
    "docker-config-odd",
    {"auths": {"https://index.docker.io/v1/": {}, "example.org": None, "x": {"auth": 5}}, "HttpHeaders": {"X-A": "b"}},
    SUCCEEDS,
    "is healthy; the docker config has odd entries for other hosts",
    "old tools",
)


def _variables(prefix: str) -> dict[str, str]:
    return {f"{prefix}_USERNAME": USER, f"{prefix}_PASSWORD": f"{CANARY}-old-password"}


def _stale_in(*prefixes: str) -> None:
    def handle(request: Request) -> Answer | None:
        if request.kind == "token":
            return error(403, "DENIED", "denied: denied") if request.authorization else token(request)
        return with_token(request)

    unset = "unset " + " ".join(f"{prefix}_USERNAME {prefix}_PASSWORD" for prefix in prefixes)
    AUTH.add(
        "stale-login-in-" + "-and-".join(prefix.lower().replace("_", "-") for prefix in prefixes),
        fails(
            "auth-refused auth-denied",
            rf"{prefixes[0]}_USERNAME",
            r"without (it|a login|the login)",
            rf"{unset} \(then pull",
        ),
        "refuses the login in the environment, and needs none",
        "a variable that was set long ago",
        handle=handle,
        environment={name: value for prefix in prefixes for name, value in _variables(prefix).items()},
    )


_stale_in("APPTAINER_DOCKER")
_stale_in("SINGULARITY_DOCKER")
_stale_in("APPTAINER_DOCKER", "SINGULARITY_DOCKER")
