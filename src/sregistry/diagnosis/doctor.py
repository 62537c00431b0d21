"""The whole way of a pull, step by step and without pulling: each step with its verdict, as it comes.

A step that fails says why a pull fails; steps that need what it did not give are left out and said to
be. At the end the first failure is explained as a pull would explain it, with a second look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sregistry.diagnosis import second_look
from sregistry.diagnosis.diagnosis import Diagnosis
from sregistry.diagnosis.explain import explain
from sregistry.diagnosis.render import markdown, walked
from sregistry.diagnosis.report import compose
from sregistry.diagnosis.steps import machine, names, reach, registry
from sregistry.diagnosis.steps.step import Step, StepResult, Verdict, Walk, fail, skip
from sregistry.errors import SregistryError
from sregistry.references import InvalidReference, parse
from sregistry.registry.options import Options
from sregistry.registry.session import Session
from sregistry.registry.transport import Exchange, OnExchange
from sregistry.settings import Settings


@dataclass(frozen=True, slots=True)
class Row:
    """One step: its name, what it does, the steps without which it is pointless.

    After an error whose code begins with one of `spoiled_by` it is left out, too: asking again and again with a
    login that is refused locks accounts, and limits on requests are there to be kept.
    """

    name: str
    run: Step
    needs: tuple[str, ...] = ()
    spoiled_by: tuple[str, ...] = ()


STEPS: tuple[Row, ...] = (
    Row("reference", names.reference),
    Row("settings", names.settings),
    Row("login", names.login, ("reference",)),
    Row("mirrors", names.mirrors, ("reference",)),
    Row("proxy", names.proxy, ("mirrors",)),
    Row("resolve", reach.look_up, ("proxy",)),
    Row("connect", reach.connect, ("resolve",)),
    Row("tls", reach.encryption, ("connect",)),
    Row("ping", registry.ping, ("tls", "login")),
    Row("token", registry.token, ("ping",)),
    Row("manifest", registry.manifest, ("ping",)),
    Row("formats", registry.formats, ("ping",), ("auth-", "rate-limit-", "network-")),
    Row("platform", registry.platforms, ("manifest",)),
    Row("image", registry.image, ("manifest",)),
    Row("layers", registry.layers, ("image",)),
    Row("download", registry.download, ("image",)),
    Row("rate limit", registry.rate_limit, ("ping",)),
    Row("disk", machine.disk),
    Row("cache", machine.cache),
    Row("runtime", machine.runtime),
)


class Doctor:
    """One examination of a reference.

    Args:
        text: the reference as given.
        settings, options: as a pull would use them.
        on_exchange: told of every exchange.
        repeated: options of the command line to repeat in the commands that are proposed.

    `walk` yields the steps; after it, `diagnosis` explains the first failure (None without one) and
    `report` is what one attaches to a bug report.
    """

    def __init__(
        self,
        text: str,
        settings: Settings,
        options: Options,
        *,
        on_exchange: OnExchange | None = None,
        repeated: Sequence[str] = (),
    ) -> None:
        self._listener = on_exchange
        self._repeated = list(repeated)
        self._exchanges: list[Exchange] = []
        self._session = Session(options, on_exchange=self._keep)
        self._walk = Walk(text, settings, options, self._session, self._exchanges)
        self.results: list[StepResult] = []
        self.diagnosis: Diagnosis | None = None

    def _keep(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)
        if self._listener:
            self._listener(exchange)

    def walk(self) -> Iterator[StepResult]:
        """Run the steps in order; each result is yielded as it comes."""
        unusable: dict[str, str] = {}
        with self._session:
            for row in STEPS:
                result = self._examine(row, unusable)
                if result.verdict is Verdict.FAIL:
                    unusable[row.name] = row.name
                self.results.append(result)
                yield result
            self.diagnosis = self._explain()

    def _examine(self, row: Row, unusable: dict[str, str]) -> StepResult:
        """Run one step; `unusable` maps steps without a result to the one whose failure is the reason."""
        reasons = [unusable[name] for name in row.needs if name in unusable]
        reasons += [seen.name for seen in self.results if seen.error and seen.error.code.startswith(row.spoiled_by)]
        if reasons:
            unusable[row.name] = reasons[0]
            return skip(row.name, f"not examined, as {reasons[0]} failed")
        try:
            return row.run(self._walk)
        except SregistryError as error:
            error.facts = self._session.scrub(error.facts)
            return fail(row.name, error.with_facts(**self._known()))

    def _known(self) -> dict[str, Any]:
        """The reference and the options as facts, for errors of steps that do not know them."""
        reference = self._walk.reference
        if reference is None:
            return {"options": self._repeated}
        return {
            "options": self._repeated,
            "reference": str(reference),
            "registry": reference.registry,
            "repository": reference.repository,
            "identifier": reference.identifier,
        }

    def _explain(self) -> Diagnosis | None:
        errors = [result.error for result in self.results if result.error]
        if not errors:
            return None
        found = explain(second_look.look(errors[0], self._session, on_exchange=self._keep))
        return replace(found, related=())

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
