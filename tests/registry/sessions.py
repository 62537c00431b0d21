"""Sessions for tests: a home without credentials, short time limits, secrets looked for everywhere."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sregistry.errors import SregistryError
from sregistry.http.options import Options, Retries, Timeouts
from sregistry.http.transport import Exchange
from sregistry.oci.image import Image
from sregistry.references import Platform, RegistryReference
from sregistry.registry.session import Session

AMD64 = Platform.parse("linux/amd64")
QUICK = Timeouts(connect=1.0, read=1.0, document=2.0, stall=1.5)
BRISK = Retries(attempts=4, backoff=0.01, longest=0.05, patience=4.0, retry_after=2.0)


def options(**more: Any) -> Options:
    """Options for loopback registries; nothing is read from this machine's own configuration."""
    empty = Path(tempfile.gettempdir(), "no-such-folder-for-sregistry-tests")
    given = {"home": empty, "etc": empty, "plain_http": True, "timeouts": QUICK, "retries": BRISK, **more}
    return Options(**given)


@contextmanager
def session(**more: Any) -> Iterator[Session]:
    with Session(options(**more)) as made:
        yield made


def pulled(one: Session, reference: RegistryReference, platform: Platform = AMD64) -> list[bytes]:
    """The layers of an image, as they came."""
    return layers(one, one.resolve(reference, platform))


def layers(one: Session, image: Image) -> list[bytes]:
    found = []
    for layer in image.layers:
        with one.open_blob(image.reference, layer.descriptor) as stream:
            found.append(stream.read())
    return found


def fails(code: str, action: Callable[[], object]) -> SregistryError:
    """The error of `action`, which must have `code`."""
    with pytest.raises(SregistryError) as caught:
        action()
    assert caught.value.code == code, f"{caught.value} {caught.value.facts}"
    return caught.value


def refused(reference: RegistryReference, code: str, **more: Any) -> SregistryError:
    """The error of a pull, which must have `code`."""
    with session(**more) as one:
        return fails(code, lambda: pulled(one, reference))


class Log(list[Exchange]):
    """Exchanges as ``--debug`` is told of them."""

    def __call__(self, exchange: Exchange) -> None:
        self.append(exchange)
