"""``from sregistry.main import get_client``: the names that people know from earlier versions."""

from sregistry.shell.client import ShellClient as Client


def get_client(image: str | None = None, quiet: bool = False) -> Client:
    """The client for `image` by its scheme; without one, that of the setting ``client``.

    `quiet` is for programs written for sregistry 0.2: no client says anything unasked any more.
    """
    return Client.of(image)


__all__ = ["Client", "get_client"]
