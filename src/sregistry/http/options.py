"""What this room is told from outside: one frozen `Options`, so that it never reads `os.environ`.

`operations` builds it from the settings and the command line; tests build it by hand. Durations
are seconds, sizes are bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sregistry.http.secret import Secret

ANY, IPV4, IPV6 = "any", "ipv4", "ipv6"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for what.

    The defaults together keep the promise that a person has an answer within 25 seconds, the
    requests that look for the cause afterwards included.
    """

    #: For a name to be resolved, and again for a TCP connection and its TLS handshake.
    connect: float = 6.0
    #: For the next bytes of an answer.
    read: float = 10.0
    #: For one whole small answer (manifest, token, tag list), however slowly it drips.
    document: float = 12.0
    #: A blob that brings fewer than `slow_bytes` in this time has stalled.
    stall: float = 12.0
    slow_bytes: int = 4096
    #: One that comes, and has come at less than a sensible speed for so long, is said to.
    slow: float = 20.0
    #: For a credential helper; long enough to unlock a key ring by hand.
    helper: float = 20.0


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how patiently to repeat what is worth repeating."""

    #: Requests for the same thing, the first one included.
    attempts: int = 5
    #: First pause; doubled each time, with jitter.
    backoff: float = 0.4
    #: No pause that we choose ourselves is longer.
    longest: float = 4.0
    #: All time of one command without progress, pauses and unanswered requests together.
    patience: float = 14.0
    #: Seconds that registries may ask for (``Retry-After``), in all for one thing, besides `patience`; a longer wait is
    #: explained instead.
    retry_after: float = 10.0
    #: Times a blob is resumed after a drop, as long as every part brings new bytes.
    resumes: int = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes and counts beyond which an answer is refused."""

    manifest: int = 4 << 20
    config: int = 8 << 20
    #: Token answers, error bodies, one page of tags.
    document: int = 4 << 20
    redirects: int = 5
    index_depth: int = 4
    pages: int = 1000
    connections: int = 16
    #: Of a blob that is sent: so much is sent in one request.
    chunk: int = 16 << 20


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that decides how registries are spoken to.

    Attributes:
        environ: the process environment, for credentials and proxies.
        home: the user's home folder.
        plain_http: True allows plain http; False forbids it; None is https, except that a server on a
            loopback address that answers TLS in plain text is then spoken to in plain http.
        tls_verify: False accepts any certificate.
        cacert: a file of CA certificates trusted besides the system's.
        authfile: credentials file that goes before all others.
        username: user name from the command line; goes with `password`.
        family: address family to connect with: ``any``, ``ipv4`` or ``ipv6``.
        registries_conf: registries.conf to read instead of the user's and the system's.
        kept: variables that the user keeps in a file, for credentials, weaker than `environ`; `kept_in` names it.
        offline: no host is asked anything.
        etc: the folder of system-wide configuration (``containers/registries.conf``, ``docker/certs.d``…).
    """

    environ: Mapping[str, str] = field(default_factory=dict)
    home: Path = Path("/")
    plain_http: bool | None = None
    tls_verify: bool = True
    cacert: Path | None = None
    authfile: Path | None = None
    username: str | None = None
    password: Secret | None = None
    family: str = ANY
    registries_conf: Path | None = None
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)
    kept_in: str = ""
    offline: bool = False
    etc: Path = Path("/etc")
    user_agent: str = "sregistry"
    timeouts: Timeouts = Timeouts()
    retries: Retries = Retries()
    limits: Limits = Limits()


def file_words(path: Path, home: Path) -> str:
    """`path` as people write it: with ``~`` for the home folder."""
    try:
        return f"~/{path.relative_to(home)}"
    except ValueError:
        return os.fsdecode(path)
