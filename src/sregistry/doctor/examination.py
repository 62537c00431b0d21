"""The whole way of a pull, step by step and without pulling: each step with its verdict, as it comes.

A step that fails says why a pull fails; steps that need what it did not give are left out and said to
be. At the end the first failure is explained as a pull would explain it, with a second look.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from sregistry.diagnosis.commands import command
from sregistry.diagnosis.diagnosis import Diagnosis
from sregistry.diagnosis.explain import explain
from sregistry.diagnosis.render import markdown
from sregistry.diagnosis.report import compose
from sregistry.doctor import render as walked
from sregistry.doctor import second_look
from sregistry.doctor.rehearsal import Rehearsal
from sregistry.doctor.steps.attempt import attempt
from sregistry.doctor.steps.step import StepResult, Verdict, Walk, fail, skip
from sregistry.doctor.walks import START, Row, steps
from sregistry.errors import SregistryError
from sregistry.http.options import Options
from sregistry.http.transport import Exchange, OnExchange
from sregistry.http.waits import OnWait
from sregistry.references import DEFAULT_SCHEME, InvalidReference, PathReference, RegistryReference, parse
from sregistry.registry.session import Session
from sregistry.settings import Settings

#: Why steps fail that a pull passes: they look at one place, and the pull found another, or asked again.
_WITHOUT = "a pull does without it"
#: What these families of codes say was met at the step of the same row, as far as the registry itself was asked.
_PLACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("proxy", ("network-proxy-", "setting-registries-conf")),
    ("resolve", ("network-dns", "network-no-family")),
    ("connect", ("network-refused", "network-unreachable", "network-timeout")),
    ("tls", ("tls-", "network-plain-http-expected", "network-tls-expected")),
    ("ping", ("registry-not-a-registry", "registry-web-page")),
)


#: Steps that ask what a pull need not ask.
_ASKING = frozenset({"ping", "token", "formats"})
#: Steps that go to the registry themselves.
_REACHING = frozenset({"resolve", "connect", "tls", *_ASKING})
#: Seconds after which nothing more is asked that would only show the way.
_ENOUGH = 16.0
#: Steps whose own failure is why a pull fails.
_DECISIVE = frozenset({"reference", "output", "layers"})
#: Steps about what the place gives; a pull of what is here, unchanged, needs none of it.
_GIVEN = frozenset({"index", "manifest", "platform", "image", "file", "layers"})
#: The settings of folders that the step about the cache is about.
_CACHE = frozenset({"cache_dir", "tmpdir"})
#: What is wrong with a file or folder as such, and with what it lists.
_OF_FILES = {
    "source": ("layout-no-such-path", "layout-other", "layout-archive-invalid", "layout-escape", "layout-version"),
    "index": ("layout-invalid", "layout-name-unknown", "layout-several"),
}


class Doctor:
    """One examination of a reference.

    Args:
        text: the reference as given.
        settings, options: as a pull would use them.
        rehearsal: what a pull asks of this machine; without one, only the registry is examined.
        on_exchange: told of every exchange.
        on_wait: told (reason, seconds) before each pause.
        repeated: options of the command line to repeat in the commands that are proposed.

    `walk` yields the steps; after it, `diagnosis` explains the first failure (None without one) and
    `report` is what one attaches to a bug report.
    """

    def __init__(  # noqa: PLR0913 - what a pull is made with, and two listeners
        self,
        text: str,
        settings: Settings,
        options: Options,
        *,
        rehearsal: Rehearsal | None = None,
        on_exchange: OnExchange | None = None,
        on_wait: OnWait | None = None,
        repeated: Sequence[str] = (),
    ) -> None:
        self._listener = on_exchange
        self._repeated = list(repeated)
        self._exchanges: list[Exchange] = []
        self._session = Session(options, on_exchange=self._keep, on_wait=on_wait)
        self._walk = Walk(text, settings, options, self._session, self._exchanges, self._keep, rehearsal=rehearsal)
        self.results: list[StepResult] = []
        self.diagnosis: Diagnosis | None = None

    def _keep(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)
        if self._listener:
            self._listener(exchange)

    def walk(self) -> Iterator[StepResult]:
        """Run the steps in order; each result is yielded as it comes."""
        unusable: dict[str, str] = {}
        self._began = time.monotonic()
        rehearsal = self._walk.rehearsal
        with self._session, closing(rehearsal) if rehearsal else nullcontext():
            for row in self._rows():
                result = self._examine(row, unusable)
                if result.verdict is Verdict.FAIL or result.error:
                    unusable[row.name] = row.name
                self.results.append(result)
                yield result
            if self._walk.failure and not self._has_failed():
                self.results.append(fail("pull", self._walk.failure.with_facts(**self._known())))
                yield self.results[-1]
            self.diagnosis = self._explain()

    def _rows(self) -> Iterator[Row]:
        """The steps of the walk as they come to be known."""
        yield from START
        if self._walk.reference:
            attempt(self._walk)
            self._walk.session = self._once()
        yield from (row for row in steps(self._walk.reference) if row.applies(self._walk))

    def _once(self) -> Session:
        """A session that shows the way: with a patience of its own, and without asking again."""
        session = self._session.view()
        session.options = replace(session.options, retries=replace(session.options.retries, attempts=1))
        return session

    def _examine(self, row: Row, unusable: dict[str, str]) -> StepResult:
        """Run one step; `unusable` maps steps without a result to the one whose failure is the reason."""
        failure = self._walk.failure
        if self._walk.settings.offline and row.name in _REACHING:
            return skip(row.name, "no registry is asked (offline)")
        if self._walk.known and not self._walk.image and row.name in _GIVEN:
            return skip(row.name, "a pull does not ask: the image is here, unchanged")
        if failure and not self._has_failed() and self._is_place(row.name, failure):
            return fail(row.name, failure.with_facts(**self._known()))
        reasons = [unusable[name] for name in row.needs if name in unusable]
        if self._is_without_result(row.name):
            reasons += [seen.name for seen in self.results if seen.verdict is Verdict.FAIL]
        reasons += [seen.name for seen in self.results if seen.error and seen.error.code.startswith(row.spoiled_by)]
        if reasons:
            unusable[row.name] = reasons[0]
            return skip(row.name, f"not examined, as {reasons[0]} failed")
        if row.name in _ASKING and time.monotonic() - self._began > _ENOUGH:
            return skip(row.name, "not examined: it has taken long enough")
        if failure and failure.code.startswith(row.spoiled_by):
            return skip(row.name, "not asked again: the pull has not got through")
        try:
            result = replace(row.run(self._walk), name=row.name)
        except SregistryError as error:
            error.facts = self._session.scrub(error.facts)
            result = fail(row.name, error.with_facts(**self._known()))
        return result if row.name in _DECISIVE or not result.error else self._judged(result)

    def _is_without_result(self, name: str) -> bool:
        """Whether a step has nothing to tell, as the pull has not come so far."""
        walk = self._walk
        has = {"manifest": walk.manifest, "image": walk.image or walk.file, "file": walk.image or walk.file}
        return name in has and has[name] is None

    def _judged(self, result: StepResult) -> StepResult:
        """What failed on the way, beside what the pull met: its cause if that is the same, else a risk."""
        failure = self._walk.failure
        assert result.error is not None
        if failure is None:
            return replace(result, verdict=Verdict.WARN, details=(*result.details, _WITHOUT))
        if not self._has_failed() and failure.code == result.error.code:
            return replace(result, error=failure.with_facts(**self._known()))
        return replace(result, verdict=Verdict.WARN)

    def _has_failed(self) -> bool:
        return any(result.verdict is Verdict.FAIL for result in self.results)

    def _is_place(self, name: str, failure: SregistryError) -> bool:
        """Whether the step `name` is the one at which a pull met `failure`."""
        walk = self._walk
        source = self._is_of_source(failure)
        local = failure.code.startswith(("disk-", "store-", "lock-")) and not source
        match name:
            case "output" | "cache":
                return local and (failure.facts.get("setting") in _CACHE) == (name == "cache")
            case "source" | "index":
                return (source and name == "source") or failure.code in _OF_FILES[name]
            case "manifest":
                return walk.manifest is None and not local
            case "image":
                return (walk.image is None and not local) or failure.code.startswith("image-")
            case "file":
                return not local
        codes = dict(_PLACES).get(name, ())
        here = bool(walk.authority) and failure.facts.get("host") in (None, walk.host[0], walk.authority)
        return here and failure.code.startswith(codes) if codes else False

    def _is_of_source(self, failure: SregistryError) -> bool:
        """Whether the disk fails where the image is read, not where it would be written."""
        reference, path = self._walk.reference, failure.facts.get("path")
        if not isinstance(reference, PathReference) or not isinstance(path, str):
            return False
        return failure.code.startswith("disk-") and Path(path).absolute().is_relative_to(
            Path(reference.path).absolute()
        )

    def _known(self) -> dict[str, Any]:
        """The reference and the options as facts, for errors of steps that do not know them."""
        reference = self._walk.reference
        if reference is None:
            return {"options": self._repeated}
        known = {"options": self._repeated, "reference": str(reference)}
        if isinstance(reference, RegistryReference):
            known |= {"registry": reference.registry, "repository": reference.repository}
            known["identifier"] = reference.identifier
        return known

    def _explain(self) -> Diagnosis | None:
        errors = [result.error for result in self.results if result.error and result.verdict is Verdict.FAIL]
        if not errors:
            return None
        error = errors[0]
        if self._walk.settings.second_look:
            self._look_again(error)
        found = explain(error)
        again = command("doctor")
        return replace(
            found, related=(), steps=tuple(step for step in found.steps if not step.command.startswith(again))
        )

    def _look_again(self, error: SregistryError) -> None:
        """Add what a few more questions find, as the place's own endpoint asks them."""
        walk = self._walk
        if walk.rehearsal and walk.reference and walk.scheme != DEFAULT_SCHEME:
            walk.rehearsal.explain(error)
        else:
            second_look.look(error, self._session, on_exchange=self._keep)

    def report(self, arguments: Sequence[str]) -> str:
        """The walk, the diagnosis, every exchange, versions and settings, as Markdown without secrets."""
        sections = [("Steps", markdown.block("\n".join(walked.render(self.results))))]
        if self.diagnosis:
            sections.append(("Diagnosis", markdown.render(self.diagnosis, level=3)))
        sections.append(("Exchanges", markdown.block("\n".join(map(_exchange, self._exchanges)) or "none")))
        return compose(
            f"sregistry doctor {_title(self._walk.text)}",
            arguments,
            sections,
            self._walk.options.environ,
            self._walk.settings,
        )


def _exchange(exchange: Exchange) -> str:
    outcome = str(exchange.status) if exchange.status else exchange.error or "no answer"
    return (
        f"{exchange.method} {exchange.url} → {outcome}  {exchange.received:,} bytes  {exchange.seconds * 1000:.0f} ms"
    )


def _title(text: str) -> str:
    """The reference for the title; what cannot be read is left out, as it may hold anything."""
    try:
        return str(parse(text))
    except InvalidReference:
        return ""
