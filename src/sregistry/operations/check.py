"""Check: do files, database and cache of the local registry fit together; repair what does not, without loss.

Looking changes nothing. A repair removes only what killed processes left half-written, and damaged packs of the cache,
which any pull makes anew; an image's file that is damaged, or a file that nobody knows, stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sregistry.errors import SregistryError
from sregistry.operations.add import make_record
from sregistry.operations.changes import changes_in
from sregistry.operations.context import Context
from sregistry.operations.local import open_cache
from sregistry.operations.sif_facts import read_sif
from sregistry.resources.threads import Workers
from sregistry.settings import Settings
from sregistry.store.cache import Cache, CacheEntry
from sregistry.store.check import State, Stray, digest_of, file_state, strays
from sregistry.store.files import leftovers, sweep
from sregistry.store.records import ImageRow
from sregistry.store.store import Store

Kind = Literal[
    "missing",
    "damaged",
    "unreadable",
    "lost-row",
    "unknown-file",
    "unfinished",
    "unremoved",
    "cached-layer",
    "database",
]
#: Files read at the same time; hashing lets other threads run.
_THREADS = 4


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit.

    Attributes:
        kind: ``missing``, ``damaged`` or ``unreadable`` file of an image; ``lost-row``: a file of ours without
            image; ``unknown-file`` in the image folder; ``unfinished``: left by a killed process; ``unremoved``:
            of an image that was removed; ``cached-layer``: a pack in the cache that cannot be used; ``database``: of
            it itself.
        path: the file.
        image: whose file it is; None if that is no image's.
        detail: what was found, where the kind does not say it all.
        repaired: what was done, in words; None if it is still as it was.
    """

    kind: Kind
    path: Path
    image: ImageRow | None = None
    detail: str = ""
    repaired: str | None = None

    @property
    def reference(self) -> str | None:
        """What to pull to have the image again; None if there is none, or no need."""
        if self.image is None or self.repaired or self.kind == "unreadable" or not self.image.reference:
            return None
        return pinned(self.image)

    def facts(self) -> dict[str, Any]:
        """The problem as JSON-able facts."""
        return {
            "kind": self.kind,
            "path": str(self.path),
            "uri": self.image.uri if self.image else None,
            "detail": self.detail,
            "repaired": self.repaired,
            "pull": self.reference,
        }


@dataclass(slots=True)
class CheckResult:
    """What was looked at, and what did not fit.

    Attributes:
        images: how many.
        size: bytes of their files.
        cached_layers: how many packs the cache has.
        quick: contents were not read.
        problems: repaired or not.
    """

    images: int = 0
    size: int = 0
    cached_layers: int = 0
    quick: bool = False
    problems: list[Problem] = field(default_factory=list)

    @property
    def left(self) -> list[Problem]:
        """Problems that are not repaired."""
        return [problem for problem in self.problems if not problem.repaired]

    def facts(self) -> dict[str, Any]:
        """The result as JSON-able facts."""
        return {
            "images": self.images,
            "size": self.size,
            "cached_layers": self.cached_layers,
            "quick": self.quick,
            "problems": [problem.facts() for problem in self.problems],
            "left": len(self.left),
        }


#: Called with (files done, files in all).
OnFile = Callable[[int, int], None]


def check(context: Context, *, repair: bool = False, quick: bool = False, on_file: OnFile | None = None) -> CheckResult:
    """Look at the local registry, and at the cache.

    Args:
        context: its settings name the local registry and the cache.
        repair: put in order what can be without loss and without a registry.
        quick: compare sizes only, do not read the files; of packs only their indexes.
        on_file: told of each file that was verified.

    Raises:
        SregistryError: ``store-database-*`` if the database cannot be read at all; DiskError.
    """
    store = context.store
    result = CheckResult(quick=quick)
    if problem := _database(store, repair):
        result.problems.append(problem)
        if not problem.repaired:
            return result
    result.problems += _unfinished(context.settings, store, repair)
    result.problems += _unremoved(store, repair)
    rows = store.reads.all()
    packs = _Packs(open_cache(context.settings), repair, quick)
    result.images, result.size, result.cached_layers = len(rows), sum(row.size for row in rows), len(packs.entries)
    looks = [partial(_look, row, quick=quick) for row in rows]
    seen = [problem for problem in _verified([*looks, *packs.looks()], on_file) if problem]
    suspects, of_the_cache = [one for one in seen if one.image], [one for one in seen if not one.image]
    unclaimed = list(strays(store))
    if suspects or unclaimed:
        suspects, unclaimed = _second_look(store, suspects)
    if repair:
        suspects, unclaimed, repaired = _reunited(store, suspects, unclaimed)
        result.problems += repaired
    result.problems += suspects
    result.problems += [_claimed(store, stray) if repair else _stray(stray) for stray in unclaimed]
    result.problems += packs.unread + of_the_cache
    return result


def pinned(row: ImageRow) -> str:
    """The reference that brings back exactly this image."""
    from sregistry.references import parse

    digest = row.index_digest or row.manifest_digest
    reference = parse(row.reference)
    return (reference.at(digest) if digest else reference).uri


def pull_again(context: Context, problem: Problem) -> Problem:
    """Pull the image whose file is missing or damaged; return the problem as it is then.

    A failure of the pull is the problem's new detail, and not raised.
    """
    from sregistry.operations.pull import pull

    row = problem.image
    if row is None or problem.reference is None:
        return problem
    changes = changes_in(row.path)
    exact = changes.exact if changes else context.settings.exact
    platform = row.platform or context.settings.platform
    wanted = context.adjusted(platform=platform, exact=exact, second_look=False)
    try:
        digest = row.index_digest or row.manifest_digest
        pull(wanted, row.reference, force=True, name=str(row.name), again=digest)
    except SregistryError as error:
        return replace(problem, detail=f"{problem.detail}; pulling it again failed: {error.message}".lstrip("; "))
    return replace(problem, repaired="pulled again")


def _database(store: Store, repair: bool) -> Problem | None:
    """What is wrong with the database; as long as it is, its rows prove nothing."""
    found = store.database.problems()
    if not found:
        return None
    problem = Problem("database", Path(store.database.location.shown), detail=found[0])
    if not repair:
        return problem
    kept = store.database.rebuild()
    return replace(problem, repaired=f"made anew from what can be read; the damaged one is kept as {kept}")


def _unfinished(settings: Settings, store: Store, repair: bool) -> Iterator[Problem]:
    """What killed processes left half-written, in the image folder and in the cache."""
    cache = open_cache(settings)
    # Versions before this one tried with a file of such a name whether folders can be written.
    folders = dict.fromkeys((store.paths.partial, store.paths.storage, store.paths.database))
    found = [path for folder in (*folders, cache.paths.partial) for path in leftovers(folder)]
    removed = {*cache.sweep(), *(path for folder in folders for path in sweep(folder))} if repair else set()
    for path in found:
        yield Problem("unfinished", path, repaired="removed" if path in removed else None)


def _unremoved(store: Store, repair: bool) -> Iterator[Problem]:
    """Files of images that were removed by a process that was then killed."""
    found = [store.paths.storage / path for path in store.reads.removals()]
    if found:
        # Who removes one at this moment has it done when nobody is at work.
        with store.quiet():
            found = [store.paths.storage / path for path in store.reads.removals()]
    if repair:
        store.finish_removals()
    for path in found:
        yield Problem("unremoved", path, repaired="removed" if repair else None)


class _Packs:
    """The packs of the cache, to be looked at.

    Attributes:
        entries: all there are.
        unread: why they are not known, if so.
    """

    def __init__(self, cache: Cache, repair: bool, quick: bool) -> None:
        self._cache = cache
        self._repair = repair
        self._quick = quick
        self.entries: list[CacheEntry] = []
        self.unread: list[Problem] = []
        try:
            self.entries = cache.entries()
        except SregistryError as error:
            self.unread.append(Problem("unreadable", cache.paths.packs, detail=error.message))

    def looks(self) -> list[Callable[[], Problem | None]]:
        """A function per pack that verifies it."""
        return [partial(self._look, entry) for entry in self.entries]

    def _look(self, entry: CacheEntry) -> Problem | None:
        from sregistry.operations.cached import fault

        try:
            status = entry.path.lstat()
        except OSError:
            return None  # gone meanwhile, as any pack may be
        found = fault(self._cache, entry, read=not self._quick)
        if found is None:
            return None
        problem = Problem("cached-layer", entry.path, detail=found.facts["detail"])
        if not self._repair:
            return problem
        if kept := self._cache.drop(entry.path, status):
            return replace(problem, detail=f"{problem.detail}; it cannot be removed ({kept.strerror})")
        return replace(problem, repaired="removed")


def _verified(looks: Sequence[Callable[[], Problem | None]], on_file: OnFile | None) -> Iterator[Problem | None]:
    with Workers(_THREADS, "verify") as executor:
        seen = [executor.submit(look) for look in looks]
        for number, problem in enumerate((one.result() for one in seen), 1):
            if on_file:
                on_file(number, len(looks))
            yield problem


def _look(row: ImageRow, *, quick: bool) -> Problem | None:
    try:
        state = file_state(row, read=not quick)
    except SregistryError as error:
        return Problem("unreadable", row.path, row, error.message)
    match state:
        case State.GOOD:
            return None
        case State.MISSING:
            return Problem("missing", row.path, row)
        case State.DAMAGED:
            return Problem("damaged", row.path, row, "its content has changed")


def _second_look(store: Store, suspects: list[Problem]) -> tuple[list[Problem], list[Stray]]:
    """The same once more while nobody changes anything: what was on its way a moment ago has arrived."""
    with store.quiet():
        now = {row.id: row for row in store.reads.all()}
        unclaimed = list(strays(store))
        again = []
        for suspect in suspects:
            assert suspect.image is not None
            row = now.get(suspect.image.id)
            if row is None:
                continue
            settled = row.path == suspect.path and row.path.exists() and suspect.kind != "missing"
            if found := suspect if settled else _look(row, quick=True):
                again.append(found)
    return again, unclaimed


def _reunited(
    store: Store, suspects: list[Problem], unclaimed: list[Stray]
) -> tuple[list[Problem], list[Stray], list[Problem]]:
    """Give images without file the stray files with their content; return what is left of both, and what was done."""
    missing = [problem for problem in suspects if problem.kind == "missing"]
    left, repaired = [], []
    for stray in unclaimed:
        digest = digest_of(stray.path) if missing else None
        fits = next((problem for problem in missing if problem.image and problem.image.file_digest == digest), None)
        if fits is None or fits.image is None:
            left.append(stray)
            continue
        missing.remove(fits)
        suspects.remove(fits)
        store.restore(fits.image, stray.path)
        repaired.append(replace(fits, repaired=f"its file was found at {stray.path}"))
    return suspects, left, repaired


def _stray(stray: Stray) -> Problem:
    if stray.name is None:
        return Problem("unknown-file", stray.path)
    return Problem("lost-row", stray.path, detail=f"it is called as {stray.name}")


def _claimed(store: Store, stray: Stray) -> Problem:
    """Give a file that we named back its row, if it is what its name says."""
    found = _stray(stray)
    if stray.name is None:
        return found
    digest = digest_of(stray.path)
    if not digest.hex.startswith(stray.digits):
        return replace(found, kind="unknown-file", detail="its content is not what its name says")
    try:
        facts = read_sif(stray.path)
    except SregistryError as error:
        return replace(found, kind="unknown-file", detail=error.message)
    record = make_record(facts, stray.name, digest, stray.path.stat().st_size)
    # What the tag means now is not known: an image that has it already keeps it.
    row = store.claim(stray.path, replace(record, by_tag=False))
    return replace(found, repaired=f"is the image {row.uri} again" if row else "its image is here already")
