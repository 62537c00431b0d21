"""What the exit codes mean, in words. Documented in ``docs/exit-codes.md``."""

from __future__ import annotations

from sregistry.kinds import Kind as Kind

#: Exit codes after other signals than SIGINT; they are interruptions, too, and shells expect 128 + number.
SIGNALS: dict[int, str] = {
    129: "ended by SIGHUP: the terminal or the connection was closed",
    141: "nobody read the output to its end, as before `head`",
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
    Kind.MACHINE: "this process may have no more memory, threads, processes or open files",
    Kind.BUG: "a fault in sregistry itself",
    Kind.INTERRUPTED: "stopped by the user with Ctrl-C",
}
