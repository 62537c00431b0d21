"""``from sregistry.main.docker import Client``: the name that programs written for sregistry 0.2 import."""

from sregistry.shell.client import ShellClient as Client

__all__ = ["Client"]
