"""Get: the path of an image that is here, or that is pulled to be here."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sregistry.operations.context import Context
from sregistry.references import parse
from sregistry.references.machine import processor
from sregistry.store.errors import StoreError
from sregistry.store.names import ImageName
from sregistry.store.query import as_digest, parse_query
from sregistry.store.store import file_missing

if TYPE_CHECKING:
    from sregistry.store.records import ImageRow


def get(context: Context, name: str, *, any_tag: bool = True) -> ImageRow:
    """Return the image of the local registry that `name` means, whose file is there; note that it is used.

    Args:
        name: a name, a reference, or the start of a digest.
        context: its platform goes before that of this machine.
        any_tag: a name without a tag, of which there is no ``latest``, means the only tag that is here.

    Raises:
        StoreError: ``store-image-unknown``, ``store-ambiguous``, ``store-platform-unknown``,
            ``store-query-malformed``; ``store-file-missing`` (facts: uri, reference) if somebody removed the file.
    """
    row = find(context, name, any_tag=any_tag)
    if not row.path.is_file():
        raise file_missing(row).with_facts(source=name)
    context.store.note_use(row)
    return row


def find(context: Context, name: str, *, any_tag: bool = True) -> ImageRow:
    """Return the image that `name` means, wherever its file is; errors as for `get`."""
    wanted = str(context.platform) if context.platform else None
    return context.store.get(name, str(processor()), platform=wanted, any_tag=any_tag)


def get_or_pull(context: Context, name: str) -> Path:
    """Return the path of the image that `name` means; pull it if it, or its file, is not here.

    A file that was removed is fetched from where the image came from, under the name that it has here.

    Args:
        context: its listener is closed at the end.
        name: as for `get`; for an image that is not here it must be a reference.

    Raises:
        SregistryError: as `get` and `pull`.
    """
    from sregistry.operations.pull import pull

    with closing(context.progress):
        found = _here_or_origin(context, name)
        if isinstance(found, Path):
            return found
        reference, kept_as, context = found
        return pull(context, reference, name=kept_as).path


def _here_or_origin(context: Context, name: str) -> Path | tuple[str, str | None, Context]:
    """The path of the image that is here; else what to pull, the name to keep it by, and the context for that."""
    kept_as = None
    try:
        return get(context, name, any_tag=False).path
    except StoreError as error:
        match error.code:
            case "store-file-missing":
                row = find(context, name)
                reference, kept_as = _origin(row, name), _other_name(row)
                context = context.adjusted(platform=row.platform or context.settings.platform)
            case "store-platform-unknown":
                reference = context.store.matching(name)[0].reference
            case "store-image-unknown" if parse_query(name).name and not as_digest(parse_query(name)):
                reference = name
            case _:
                raise
        if not reference:
            raise
    return reference, kept_as, context


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
