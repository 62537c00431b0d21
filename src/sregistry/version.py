"""The version of this program, and its name."""

__version__ = "1.0.0"
NAME = "sregistry"


def __getattr__(name: str) -> object:
    if name.startswith("__"):  # the import system asks for some
        raise AttributeError(name)
    from sregistry import removed

    raise removed.missing(__name__, name)
