"""Doctor: the whole way of a pull, step by step, without pulling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.operations.connection import Login, registry_options
from sregistry.settings import Settings

if TYPE_CHECKING:
    from sregistry.diagnosis import Diagnosis
    from sregistry.doctor.examination import Doctor
    from sregistry.doctor.steps.step import StepResult
    from sregistry.http.transport import OnExchange
    from sregistry.http.waits import OnWait


@dataclass(frozen=True, slots=True, repr=False)
class Examination:
    """What the doctor found.

    Attributes:
        reference: as given.
        steps: a result per step, in order.
        diagnosis: of the first step that failed; None if a pull should work.
    """

    reference: str
    steps: tuple[StepResult, ...]
    diagnosis: Diagnosis | None

    @property
    def healthy(self) -> bool:
        """Whether no step failed."""
        return self.diagnosis is None

    def facts(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        return {
            "reference": self.reference,
            "steps": [step.as_dict() for step in self.steps],
            "diagnosis": self.diagnosis.as_dict() if self.diagnosis else None,
        }

    def _repr_html_(self) -> str:
        from sregistry.notebook import preformatted

        return preformatted(repr(self))

    def __repr__(self) -> str:
        """The steps as a person reads them, for the shell."""
        from sregistry.doctor.render import render

        return "\n".join(render(self.steps))


def make_doctor(
    reference: str,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    output: Path | None = None,
    login: Login | None = None,
    on_exchange: OnExchange | None = None,
    on_wait: OnWait | None = None,
    repeated: Sequence[str] = (),
) -> Doctor:
    """Return the doctor for a pull of `reference`, whose steps come as its `walk` is iterated.

    `output` is the file of that pull, None for the local registry; `repeated` are options of the command line, for
    the commands that are proposed.
    """
    from sregistry.doctor.examination import Doctor
    from sregistry.operations.rehearsal import PullRehearsal

    return Doctor(
        reference,
        settings,
        registry_options(settings, environ, login),
        rehearsal=PullRehearsal(settings, output),
        on_exchange=on_exchange,
        on_wait=on_wait,
        repeated=repeated,
    )


def examine(
    reference: str,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    output: Path | None = None,
    login: Login | None = None,
) -> Examination:
    """Walk the whole way and return what was found; no failure of the image or the registry is raised."""
    doctor = make_doctor(reference, settings, environ, output=output, login=login)
    steps = tuple(doctor.walk())
    return Examination(reference, steps, doctor.diagnosis)
