"""``from sregistry.main import get_client``: the name that people know from earlier versions."""

from sregistry.shell.client import ShellClient as Client

get_client = Client.of

__all__ = ["Client", "get_client"]
