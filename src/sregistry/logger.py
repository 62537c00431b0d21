"""``from sregistry.logger import bot``: what programs written for sregistry 0.2 print their messages with."""

from __future__ import annotations

import sys
from typing import NoReturn

from sregistry import removed


class Bot:
    """Prints to stderr, without colours. New programs have `logging`."""

    def _say(self, prefix: str, message: object) -> None:
        sys.stderr.write(f"{prefix}{message}\n")

    def info(self, message: object) -> None:
        """A message."""
        self._say("", message)

    def log(self, message: object) -> None:
        """A message."""
        self.info(message)

    def custom(self, prefix: str, message: object = "", color: object = None) -> None:
        """A message with a prefix."""
        self._say(f"{prefix} ", message)

    def warning(self, message: object) -> None:
        """A message that something is odd."""
        self._say("WARNING ", message)

    def error(self, message: object) -> None:
        """A message that something went wrong."""
        self._say("ERROR ", message)

    def critical(self, message: object) -> None:
        """As `error`."""
        self.error(message)

    def abort(self, message: object) -> None:
        """As `error`."""
        self.error(message)

    def exit(self, message: object, return_code: int = 1) -> NoReturn:
        """A message, and the end of the program."""
        self.error(message)
        sys.exit(return_code)

    def debug(self, message: object) -> None:
        """Nothing: ``SREGISTRY_DEBUG=1`` shows each exchange with a registry."""

    def verbose(self, message: object) -> None:
        """Nothing, as `debug`."""

    def verbose1(self, message: object) -> None:
        """Nothing, as `debug`."""

    def verbose2(self, message: object) -> None:
        """Nothing, as `debug`."""

    def verbose3(self, message: object) -> None:
        """Nothing, as `debug`."""

    def newline(self) -> None:
        """An empty line."""
        self._say("", "")


bot: Bot = Bot()


def __getattr__(name: str) -> object:
    raise removed.missing(__name__, name)
