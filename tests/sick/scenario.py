"""A scenario: what the registry does wrong, why, and what a person must be told about it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from tests.sick import repository
from tests.sick.answer import Answer
from tests.sick.request import Request

Handler = Callable[[Request], Answer | None]

#: Part of every password, token and signature here: nothing that a person sees may contain it.
CANARY = "c4n4ry"
USER = "somebody"
PASSWORD = f"{CANARY}-password"
TOKEN = f"{CANARY}-token"
REFRESH_TOKEN = f"{CANARY}-refresh"

#: Entries of ``auths`` in a docker config.
LOGIN = {"auth": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
STALE_LOGIN = {"auth": base64.b64encode(f"{USER}:{CANARY}-old-password".encode()).decode()}
IDENTITY = {"auth": base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode(), "identitytoken": REFRESH_TOKEN}

#: Settings with which nobody waits long; for scenarios in which nothing happens for ever.
IMPATIENT = {
    "timeout_connect": "2",
    "timeout_read": "2",
    "timeout_document": "4",
    "timeout_stall": "4",
    "patience": "6",
}


class Outcome(Enum):
    """How a pull must end. EITHER: survive it, or explain it."""

    SUCCEED = auto()
    FAIL = auto()
    EITHER = auto()


@dataclass(frozen=True)
class Expectation:
    """How a pull must end, and what must be said.

    Attributes:
        codes: codes of the error; any of them.
        says: regular expressions, case ignored, all of which the explanation must match.
        never: what it must not match, because here it would be false.
    """

    outcome: Outcome
    codes: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


SUCCEEDS = Expectation(Outcome.SUCCEED)


def fails(codes: str, *says: str, never: tuple[str, ...] = ()) -> Expectation:
    """The pull ends with one of `codes` (separated by blanks) and explains itself."""
    return Expectation(Outcome.FAIL, tuple(codes.split()), says, never)


def either(codes: str, *says: str, never: tuple[str, ...] = ()) -> Expectation:
    """The pull survives, or ends with one of `codes` and explains itself."""
    return Expectation(Outcome.EITHER, tuple(codes.split()), says, never)


class Door(Enum):
    """How the registry can be reached."""

    PLAIN = auto()
    #: Plain http at an address where the client expects https: not 127.0.0.1.
    PLAIN_UNEXPECTED = auto()
    TLS = auto()
    #: Nobody listens.
    CLOSED = auto()
    #: A host name that does not exist.
    NO_SUCH_NAME = auto()
    #: Packets get no answer.
    DEAF = auto()
    #: Where TLS is expected: a greeting of another protocol, silence, a closed connection.
    OTHER_PROTOCOL = auto()
    SILENT = auto()
    SLAMMED = auto()


@dataclass(frozen=True)
class Scenario:
    """One fault.

    Attributes:
        does: what the registry does.
        cause: the true cause, in words.
        handle: gives the answer to a request, or None to leave it to a healthy registry.
        make: makes the contents of the repository from the scenario's name.
        tag: asked for; `digest` asks by a digest instead.
        certificate: for `Door.TLS`, a kind of `tests.sick.certificates`.
        login: entry of the docker config of the one who pulls.
        docker_config: the whole of it, where that is more than one entry.
        registries_conf: what the user's registries.conf says; ``{host}`` and ``{elsewhere}`` are filled in.
        settings: settings by name, such as `IMPATIENT`.
        environment: more environment variables; ``{host}`` is where the sick registry listens.
        seconds: the pull must have ended by then.
        requests: more than so many would be impolite.
    """

    name: str
    family: str
    does: str
    cause: str
    expect: Expectation
    handle: Handler
    make: repository.Maker = repository.healthy
    tag: str = "latest"
    digest: Callable[[repository.Repository], str] | None = None
    door: Door = Door.PLAIN
    certificate: str = "good"
    login: Mapping[str, str] | None = None
    docker_config: str = ""
    registries_conf: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 25
    requests: int = 60


def leave_alone(request: Request) -> None:
    """The handler of scenarios in which the fault is in the contents or at the door."""


class Family:
    """Collects the scenarios of one kind of fault."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.scenarios: list[Scenario] = []

    def add(self, name: str, expect: Expectation, does: str, cause: str, **more: Any) -> None:
        """Add a scenario as a value; without ``handle`` the fault is in the contents or at the door."""
        more.setdefault("handle", leave_alone)
        self.scenarios.append(Scenario(name, self.name, does, cause, expect, **more))

    def scenario(
        self, name: str, expect: Expectation, does: str, cause: str, **more: Any
    ) -> Callable[[Handler], Handler]:
        """Add the decorated handler's scenario."""

        def register(handle: Handler) -> Handler:
            self.add(name, expect, does, cause, handle=handle, **more)
            return handle

        return register
