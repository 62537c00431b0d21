"""A place with images, as the suite for endpoints wants it: made new for each test."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping


class Place(ABC):
    """Where the images of one test are.

    What not every place has is answered with None here; the tests about it are skipped then.

    Attributes:
        scheme: of the endpoint.
        environ: settings and logins by variables of the environment, beside ``HOME``.
        login: user name and password as on the command line.
        secrets: words that nobody may be shown, by what they are.
    """

    scheme: str
    environ: Mapping[str, str] = {}
    login: tuple[str, str] | None = None
    secrets: Mapping[str, str] = {}

    @abstractmethod
    def put(self, name: str, text: str, size: int = 0) -> str:
        """Put an image under `name` (a tag, a file name), in the place of what was there; return its reference.

        Its contents are those of `sregistry.testing.images.make_tar`, its platform is that of `images.PLATFORM`.
        """

    @abstractmethod
    def absent(self) -> str:
        """A reference that leads to nothing, at a place that answers."""

    @abstractmethod
    def spoil(self, reference: str) -> None:
        """Change a byte of an image, where it is kept and so that the place does not notice."""

    def vacant(self, name: str) -> str:
        """The reference under which `put` or a push would store an image called `name`; for places that take images."""
        raise NotImplementedError

    def refused(self) -> str | None:
        """A reference that is asked for with `login` and `environ`, and refused."""
        return None

    def cut(self, after: int) -> bool:
        """Break the line once, when `after` more bytes have gone over it, in either direction; False without a line."""
        return False

    def carried(self) -> int:
        """Bytes that have gone over the line so far, in both directions."""
        return 0
