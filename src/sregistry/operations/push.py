"""Push: a SIF file, or an image of the local registry -> a registry or another place that takes images.

What is sent is sent in parts; who ends a push early ends it between two of them, so that it can go on.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.notebook import Shown
from sregistry.operations import progress
from sregistry.operations.context import Context, begun_again
from sregistry.operations.get import get
from sregistry.operations.sif_facts import is_file_name, read_sif
from sregistry.operations.stopping import PERIOD, cancelled
from sregistry.references import InvalidReference, Platform, Reference, RegistryReference, is_registry
from sregistry.resources import threads
from sregistry.resources.errors import named
from sregistry.settings import CALL, COMMAND_LINE
from sregistry.store.errors import StoreError
from sregistry.store.waiting import listening

if TYPE_CHECKING:
    from sregistry.endpoints.base import About
    from sregistry.operations.sif_facts import SifFacts
    from sregistry.store.records import ImageRow

#: Annotations that a manifest gets from the labels of an image are no longer, all together.
_MOST = 64 << 10
#: Labels about the making of the SIF file, not about the image.
_OF_THE_FILE = "org.label-schema.usage."
#: Seconds that an interrupted push is given to come to the end of a part: a program that cancels has been promised one.
_MOMENT, _PART = 0.5, 15.0
_CREATED = "org.opencontainers.image.created"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushResult(Shown):
    """What was pushed.

    Attributes:
        reference: where it is now.
        digest: by which it can be had from now on, whatever becomes of the tag.
        path: the SIF file.
        size: of the file, in bytes.
        sent: bytes that had to be sent; what the registry had is not.
        platform: of the image; empty where it is not known.
        annotations: of its manifest.
        seconds: it took.
    """

    reference: str
    digest: Digest
    path: Path
    size: int
    sent: int
    platform: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def __str__(self) -> str:
        return str(self.digest)

    def facts(self) -> dict[str, Any]:
        """The result in JSON's types."""
        return {
            "reference": self.reference,
            "digest": str(self.digest),
            "path": str(self.path),
            "size": self.size,
            "sent": self.sent,
            "platform": self.platform,
            "annotations": dict(self.annotations),
            "seconds": self.seconds,
        }


@named()
def push(
    context: Context, image: str | os.PathLike[str], reference: str, *, annotations: Mapping[str, str] | None = None
) -> PushResult:
    """Push an image to the place that `reference` names.

    Args:
        context: its listener is closed at the end.
        image: a SIF file, or the name of an image in the local registry.
        reference: such as ``oras://HOST/REPOSITORY:TAG``; to ``docker://`` it goes as an image of one layer.
        annotations: of the manifest; an empty value leaves out one that the image would give.

    Raises:
        InvalidReference: ``reference-pinned`` for a reference with a digest, ``name-missing`` for a registry alone,
            and those of `parse`.
        SregistryError: ``endpoint-unable`` for a place that takes no images; as `get` for a name; what of files,
            networks, logins and registries can go wrong.
    """
    from sregistry.endpoints.base import Converts, Pushes
    from sregistry.endpoints.catalog import able

    began = time.monotonic()
    with closing(context.progress) as told, listening(told.waiting), begun_again("push", os.fspath(image), reference):
        path, row = _found(context, image, reference)
        target = _target(context, reference)
        facts = read_sif(path)
        _check_platform(context, facts, image, reference)
        about = _about(facts, row, context, annotations or {})
        size = path.stat().st_size
        counted = _Counted(told, size)
        # Who stops it is heard by `_at_a_boundary`: the session itself would break off what it is sending.
        with _of_the_file(row), replace(context, stop=None).endpoint(target) as endpoint:
            pushes = able(endpoint, Pushes, "push", target.scheme)
            if isinstance(endpoint, Converts):
                told.step(f"{path.name} becomes {endpoint.form}")
            digest = _at_a_boundary(context, counted, lambda: pushes.push(target, path, about, counted))
    return PushResult(
        reference=target.uri,
        digest=digest,
        path=path,
        size=size,
        sent=counted.bytes,
        platform=facts.platform,
        annotations=about.annotations,
        seconds=round(time.monotonic() - began, 3),
    )


def _target(context: Context, reference: str) -> Reference:
    """Where it goes to."""
    target = context.parse(reference)
    if target.digest:
        message = "what is pushed gets its digest from its content; name a tag instead"
        raise InvalidReference("reference-pinned", message, source=reference, digest=str(target.digest))
    if isinstance(target, RegistryReference) and is_registry(reference):
        raise InvalidReference("name-missing", "the registry is not followed by a repository", source=reference)
    return target


@contextmanager
def _of_the_file(row: ImageRow | None) -> Iterator[None]:
    """Let an error of the file name the reference by which that is pulled again, and not the one it was to go to."""
    try:
        yield
    except SregistryError as error:
        if "file" in error.facts:
            error.facts.pop("reference", None)
            if row and row.managed and row.reference:
                error.facts["reference"] = row.reference
        raise


def _found(context: Context, image: str | os.PathLike[str], reference: str) -> tuple[Path, ImageRow | None]:
    """The file that is meant, and its row where it is an image of the local registry."""
    name = os.fspath(image)
    path = Path(name)
    if not isinstance(image, str) or is_file_name(name):
        return path.absolute(), context.store.at_path(path.absolute()) if context.settings.use_database else None
    try:
        row = get(context, name)
    except SregistryError as error:
        raise error.with_facts(verb="push", more=[reference]) from error.__cause__
    return row.path, row


def _check_platform(context: Context, facts: SifFacts, image: str | os.PathLike[str], reference: str) -> None:
    """A file is of one platform; raises StoreError ``store-platform-unknown`` where another one was asked for.

    What is set for all commands chooses among images of one name, and asks for none.
    """
    if context.settings.source_of("platform") not in (COMMAND_LINE, CALL):
        return
    wanted, found = context.platform, Platform.parse(facts.platform) if facts.platform else None
    if wanted and found and (wanted.os, wanted.architecture) != (found.os, found.architecture):
        name = os.fspath(image)
        more: dict[str, Any] = {"verb": "push", "more": [reference], "platforms": [facts.platform]}
        message = f"{name} is an image for {found}, not for {wanted}"
        raise StoreError("store-platform-unknown", message, source=name, platform=str(wanted), **more)


def _about(facts: SifFacts, row: ImageRow | None, context: Context, given: Mapping[str, str]) -> About:
    from sregistry.endpoints.base import About

    title = f"{row.name.name}_{row.name.tag or 'image'}.sif" if row and row.managed else ""
    chosen = {**_described(facts), **given}
    return About(
        annotations={name: value for name, value in sorted(chosen.items()) if value},
        platform=Platform.parse(facts.platform) if facts.platform else None,
        title=title,
        origin=_origin(context, row, facts),
    )


def _described(facts: SifFacts) -> dict[str, str]:
    """The labels of an image as annotations: those about the image, as far as they are no long texts."""
    found, size = {}, 0
    for name, value in sorted(facts.labels.items()):
        if not name or name.startswith(_OF_THE_FILE) or (name == _CREATED and not _is_time(value)):
            continue
        more = len(name) + len(value)
        if size + more > _MOST:
            continue
        found[name] = value
        size += more
    return found


def _is_time(text: str) -> bool:
    """Whether a text is a time by RFC 3339, as the annotation has to be."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(text).tzinfo is not None and "T" in text.upper()
    except ValueError:
        return False


def _origin(context: Context, row: ImageRow | None, facts: SifFacts) -> Reference | None:
    """Where the file was pulled from."""
    if row is None or not row.reference:
        return facts.origin.reference if facts.origin else None
    try:
        return context.parse(row.reference)
    except InvalidReference:
        return None


class _Counted:
    """Counts what is sent and tells the listener; once `end` is set, it raises where the endpoint can stop."""

    def __init__(self, listener: progress.Progress, size: int) -> None:
        self._listener = listener
        self._size = size
        self.bytes: int = 0
        self.end: threading.Event = threading.Event()

    def __call__(self, done: int) -> None:
        if done and not self.bytes:
            progress.sending(self._listener, self._size)
        if done:
            self.bytes += done
            progress.sent(self._listener, done)
        if self.end.is_set():
            raise cancelled()


def _at_a_boundary(context: Context, counted: _Counted, action: Callable[[], Digest]) -> Digest:
    """What `action` returns or raises; who interrupts it has to wait until the part that is being sent is whole.

    Many registries give an upload up that is broken off within a part. `action` runs in a thread; the second
    interruption ends all at once.
    """
    from concurrent.futures import Future, wait

    outcome: Future[Digest] = Future()

    def run() -> None:
        try:
            outcome.set_result(action())
        except BaseException as error:  # noqa: BLE001 - it is raised in the other thread
            outcome.set_exception(error)

    if not threads.start(run, "pushing"):
        run()
    try:
        while not wait([outcome], PERIOD).done:
            if context.stop and context.stop.is_set():
                raise cancelled()
    except BaseException:
        counted.end.set()
        wait([outcome], _MOMENT)
        if not outcome.done() and not context.stop:
            context.progress.waiting("ending when the part that is being sent is whole", 0)
            wait([outcome], _PART)
        raise
    return outcome.result()
