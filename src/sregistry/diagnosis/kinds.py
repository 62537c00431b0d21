"""Kinds of causes: what scripts can tell apart by exit code. Documented in ``docs/exit-codes.md``."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """A kind of cause; its value is the exit code, which never changes its meaning."""

    USAGE = 2
    NAME = 3
    NETWORK = 4
    TLS = 5
    AUTH = 6
    NOT_FOUND = 7
    RATE_LIMIT = 8
    IMAGE = 9
    DISK = 10
    REGISTRY = 11
    STORE = 12
    BUG = 70
    INTERRUPTED = 130

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ended for this kind of cause."""
        return self.value

    @property
    def words(self) -> str:
        """The name as it stands in JSON and in the documentation, e.g. ``not-found``."""
        return self.name.lower().replace("_", "-")


#: Exit codes after other signals than SIGINT; they are interruptions, too, and shells expect 128 + number.
SIGNALS: dict[int, str] = {
    129: "ended by SIGHUP: the terminal or the connection was closed",
    141: "nobody read the output to its end, as in `sregistry config | head -1`",
    143: "ended by SIGTERM, by a batch system at its time limit for example",
}

MEANING: dict[Kind, str] = {
    Kind.USAGE: "the command line or a setting cannot be used as given",
    Kind.NAME: "the name of the image cannot be read",
    Kind.NETWORK: "the registry could not be reached, or the connection did not last",
    Kind.TLS: "the registry's certificate or encryption was not accepted",
    Kind.AUTH: "the registry asks for a login, or refuses the one it got",
    Kind.NOT_FOUND: "the repository, tag, manifest or layer is not there",
    Kind.RATE_LIMIT: "the registry wants fewer requests",
    Kind.IMAGE: "what the registry holds is not an image that can be converted",
    Kind.DISK: "this machine's disk: full, over quota, not writable",
    Kind.REGISTRY: "the registry failed, or what answered is not a registry",
    Kind.STORE: "the local store or its database cannot be used",
    Kind.BUG: "a fault in sregistry itself",
    Kind.INTERRUPTED: "stopped by the user with Ctrl-C",
}
