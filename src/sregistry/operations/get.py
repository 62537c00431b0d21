"""Get: the path of an image that is here, or that is pulled to be here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sregistry.operations.local import open_store
from sregistry.references import Platform, parse
from sregistry.references.machine import processor
from sregistry.settings import Settings
from sregistry.store.errors import StoreError
from sregistry.store.names import ImageName
from sregistry.store.query import as_digest, parse_query
from sregistry.store.store import file_missing

if TYPE_CHECKING:
    from sregistry.http.transport import OnExchange
    from sregistry.operations.connection import Login
    from sregistry.operations.progress import Progress
    from sregistry.operations.stopping import Stop
    from sregistry.registry.session import Session
    from sregistry.store.records import ImageRow


def get(name: str, settings: Settings, *, any_tag: bool = True) -> ImageRow:
    """Return the image of the local registry that `name` means, whose file is there; note that it is used.

    Args:
        name: a name, a reference, or the start of a digest.
        settings: in force; their platform goes before that of this machine.
        any_tag: a name without a tag, of which there is no ``latest``, means the only tag that is here.

    Raises:
        StoreError: ``store-image-unknown``, ``store-ambiguous``, ``store-platform-unknown``,
            ``store-query-malformed``; ``store-file-missing`` (facts: uri, reference) if somebody removed the file.
    """
    row = find(name, settings, any_tag=any_tag)
    if not row.path.is_file():
        raise file_missing(row).with_facts(source=name)
    open_store(settings).note_use(row)
    return row


def find(name: str, settings: Settings, *, any_tag: bool = True) -> ImageRow:
    """Return the image that `name` means, wherever its file is; errors as for `get`."""
    wanted = str(Platform.parse(settings.platform)) if settings.platform else None
    return open_store(settings).get(name, str(processor()), platform=wanted, any_tag=any_tag)


def get_or_pull(
    name: str,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    login: Login | None = None,
    progress: Progress | None = None,
    on_exchange: OnExchange | None = None,
    session: Session | None = None,
    stop: Stop | None = None,
    collect: bool = True,
) -> Path:
    """Return the path of the image that `name` means; pull it if it, or its file, is not here.

    A file that was removed is fetched from where the image came from, under the name that it has here.

    Args:
        name: as for `get`; for an image that is not here it must be a reference.
        settings: in force.
        environ: the process environment, for credentials and proxies.
        login: user name and password of the command line.
        progress: listener; it is closed at the end.
        on_exchange: told of every request.
        session: of a client; None opens one.
        stop: ends it early.
        collect: as for `pull`.

    Raises:
        SregistryError: as `get` and `pull`.
    """
    from sregistry.operations.progress import Silent
    from sregistry.operations.pull import pull

    with closing(progress or Silent()) as told:
        found = _here_or_origin(name, settings)
        if isinstance(found, Path):
            return found
        reference, kept_as, settings = found
        return pull(
            reference,
            settings,
            environ,
            name=kept_as,
            login=login,
            progress=told,
            on_exchange=on_exchange,
            session=session,
            stop=stop,
            collect=collect,
        ).path


def _here_or_origin(name: str, settings: Settings) -> Path | tuple[str, str | None, Settings]:
    """The path of the image that is here; else what to pull, the name to keep it by, and the settings for that."""
    kept_as = None
    try:
        return get(name, settings, any_tag=False).path
    except StoreError as error:
        match error.code:
            case "store-file-missing":
                row = find(name, settings)
                reference, kept_as = _origin(row, name), _other_name(row)
                settings = replace(settings, platform=row.platform or settings.platform)
            case "store-platform-unknown":
                reference = open_store(settings).matching(name)[0].reference
            case "store-image-unknown" if parse_query(name).name and not as_digest(parse_query(name)):
                reference = name
            case _:
                raise
        if not reference:
            raise
    return reference, kept_as, settings


def _origin(row: ImageRow, asked: str) -> str:
    """The reference that brings back the image: by its digest if it was asked for by one; empty for an added file."""
    query = parse_query(asked)
    if not row.reference or not (query.digest or as_digest(query)):
        return row.reference
    return parse(row.reference).at(row.index_digest or row.version).uri


def _other_name(row: ImageRow) -> str | None:
    """The image's name, if a pull of its reference would give it another one."""
    if not row.reference or ImageName.of(parse(row.reference)) == row.name:
        return None
    return str(row.name)
