"""Copies of a list: a ``SRC DST`` pair on each line, or a ``SRC`` on each and one place for all of them.

What fails does not stop the rest. ``#`` begins a comment; a path with spaces stands in quotes, as in a shell.
"""

from __future__ import annotations

import re
import shlex
import threading
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sregistry.errors import Cancelled, SregistryError, UsageError
from sregistry.operations.context import Context
from sregistry.operations.copied import Copies, CopyResult, Failure
from sregistry.operations.copy import Choice, connected, copy_one
from sregistry.operations.several import Several
from sregistry.operations.under_way import UnderWay
from sregistry.references import InvalidReference, PathReference, Reference, RegistryReference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Lines that are copied at the same time.
_LINES = 4
_COMMENT = re.compile(r"(^|\s)#.*")
#: A host that no name of an image means, to tell names with a host from others.
_NOWHERE = "localhost"


@dataclass(frozen=True, slots=True)
class CopyList:
    """A list of copies.

    Attributes:
        text: its lines.
        place: a registry, perhaps with the beginning of a path in it, or a layout or archive, in which lines without
            a target go; None where each line names its own.
        file: where it is from, for messages.
    """

    text: str
    place: str | None = None
    file: str = ""


def copy_list(
    context: Context,
    listed: CopyList,
    choice: Choice | None = None,
    *,
    reads: Context | None = None,
    on_result: Callable[[CopyResult | Failure], None] | None = None,
) -> Copies:
    """Copy every line of a list.

    Args:
        context: its listener is closed at the end.
        listed: the list.
        choice: see `copy.copy`.
        reads: see `copy.copy`.
        on_result: told what became of a line as soon as it is known.

    Raises:
        InvalidReference: the place cannot be read.
        Cancelled: what was copied before stays.
    """
    with closing(context.progress):
        lines = _Reading(context, listed).lines()
        known = [end for ends in lines if isinstance(ends, _Ends) for end in (ends.source, ends.target)]
        with ExitStack() as stack:
            reading, writing = stack.enter_context(connected(context, reads, *known))
            same = reading is writing
            writing = stack.enter_context(writing.keeping())
            reading = writing if same else stack.enter_context(reading.keeping())
            told, under_way = _InOrder(on_result), UnderWay()

            def copied(line: tuple[int, _Ends | Failure]) -> None:
                number, ends = line
                told.tell(number, _copied(reading, writing, ends, choice or Choice(), under_way))

            with Several(_LINES, context.stop) as several:
                for batch in _batches(lines):
                    several.run(copied, batch)
    return Copies(tuple(told.results))


def _batches(lines: Sequence[_Ends | Failure]) -> Iterator[list[tuple[int, _Ends | Failure]]]:
    """Lines with their numbers, those together that may be copied at the same time.

    Only copies between registries are: what goes into one file or folder goes there one after another. A line whose
    source is the target of one before waits for that.
    """
    batch: list[tuple[int, _Ends | Failure]] = []
    targets = set[str]()
    for number, ends in enumerate(lines):
        alone = isinstance(ends, _Ends) and not (ends.source.registry and ends.target.registry)
        if batch and (alone or (isinstance(ends, _Ends) and ends.source.uri in targets)):
            yield batch
            batch, targets = [], set()
        batch.append((number, ends))
        if isinstance(ends, _Ends):
            targets.add(ends.target.uri)
        if alone:
            yield batch
            batch, targets = [], set()
    if batch:
        yield batch


class _InOrder:
    """Takes results as they come, and tells of each once all before it are known."""

    def __init__(self, on_result: Callable[[CopyResult | Failure], None] | None) -> None:
        self._on_result = on_result
        self._lock = threading.Lock()
        self._early: dict[int, CopyResult | Failure] = {}
        self.results: list[CopyResult | Failure] = []

    def tell(self, number: int, result: CopyResult | Failure) -> None:
        """Take the result of the line `number`, counted from 0."""
        with self._lock:
            self._early[number] = result
            while (following := self._early.pop(len(self.results), None)) is not None:
                self.results.append(following)
                if self._on_result:
                    self._on_result(following)


def _copied(
    reading: Context, writing: Context, ends: _Ends | Failure, choice: Choice, under_way: UnderWay
) -> CopyResult | Failure:
    if isinstance(ends, Failure):
        return ends
    try:
        return copy_one(reading, writing, ends.source, ends.target, choice, under_way)
    except Cancelled:
        raise
    except SregistryError as error:
        return Failure(str(ends.source), str(ends.target), error)


@dataclass(frozen=True, slots=True)
class _Ends:
    """What a line copies, and where to."""

    source: Reference
    target: Reference


class _Reading:
    """The list, read line by line."""

    def __init__(self, context: Context, listed: CopyList) -> None:
        self._context = context
        self._list = listed
        self._place = _Place.parse(context, listed.place) if listed.place else None
        self._taken: dict[str, tuple[int, str]] = {}  # targets, with the numbers and sources of their lines

    def lines(self) -> list[_Ends | Failure]:
        """What each line says, or why it cannot be used; what two lines say stands here once."""
        found = list[_Ends | Failure]()
        for number, line in enumerate(self._list.text.splitlines(), 1):
            text = _COMMENT.sub("", line.removeprefix("\ufeff")).strip()
            if text and (ends := self._line(number, text)):
                found.append(ends)
        return found

    def _line(self, number: int, text: str) -> _Ends | Failure | None:
        try:
            words = shlex.split(text)
        except ValueError:
            return self._unusable(number, text, "a quotation mark has no partner")
        if len(words) > 2:
            return self._unusable(number, text, f"it has {len(words)} words")
        if len(words) == 1 and self._place is None:
            return self._unusable(number, text, "it names no target")
        try:
            source = self._context.parse(words[0])
            target = self._context.parse(words[1]) if len(words) == 2 else self._place and self._place.of(source)
        except InvalidReference as error:
            return Failure(words[0], "".join(words[1:]), error)
        if not target:
            return self._unusable(number, text, "nothing in it tells how to name the copy")
        before, also = self._taken.setdefault(target.uri, (number, source.uri))
        if before != number:
            reason = f"line {before} has the same target, {target}"
            return None if also == source.uri else self._unusable(number, text, reason)
        return _Ends(source, target)

    def _unusable(self, number: int, text: str, reason: str) -> Failure:
        message = f"line {number} of the list cannot be used: {reason}"
        error = UsageError("copy-list-line", message, line=number, source=text, reason=reason)
        return Failure(text, "", error.with_facts(file=self._list.file) if self._list.file else error)


@dataclass(frozen=True, slots=True)
class _Place:
    """The place for all lines that name none: a registry with the beginning of a path in it, or files."""

    context: Context
    text: str
    files: PathReference | None

    @classmethod
    def parse(cls, context: Context, text: str) -> _Place:
        """Read it; raises InvalidReference."""
        beginning = text.rstrip("/")
        try:
            inside = context.parse(f"{beginning}/any")
        except InvalidReference:
            context.parse(text)
            raise
        if isinstance(inside, RegistryReference):
            return cls(context, beginning, None)
        found = context.parse(text)
        return cls(context, beginning, found if isinstance(found, PathReference) else None)

    def of(self, source: Reference) -> Reference | None:
        """Where the copy of `source` goes; None where nothing tells its name. Raises InvalidReference."""
        if self.files is not None:
            name = _name_in_files(source)
            return replace(self.files, name=name) if name else None
        path = self._path(source)
        return self.context.parse(f"{self.text}/{path}") if path else None

    def _path(self, source: Reference) -> str | None:
        """Repository and tag (or digest) of `source` in a registry."""
        if isinstance(source, PathReference):
            return self._path_of_files(source)
        if not isinstance(source, RegistryReference):
            return None
        return f"{source.repository}:{source.tag}" if source.tag else f"{source.repository}@{source.digest}"

    def _path_of_files(self, source: PathReference) -> str:
        """The same of an image in files: what it was called before it was put there, or the name of the file."""
        stem = re.sub(r"\.tar(\.\w+)?\Z|\.t?gz\Z|\.oci\Z", "", Path(source.path).name).lower()
        if not source.name:
            return f"{stem}:latest"
        if not re.search(r"[/:]", source.name):
            return f"{stem}:{source.name}"
        found = self.context.adjusted(default_registry=_NOWHERE).parse(f"docker://{source.name}")
        assert isinstance(found, RegistryReference)
        return f"{found.repository}:{found.tag}" if found.tag else f"{found.repository}@{found.digest}"


def _name_in_files(source: Reference) -> str | None:
    """The name of an image among files: the full one, by which it can go back into a registry."""
    if isinstance(source, RegistryReference):
        return f"{source.name}:{source.tag}" if source.tag else None
    return source.name if isinstance(source, PathReference) else None
