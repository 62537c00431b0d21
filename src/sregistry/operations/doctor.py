"""Doctor: the whole way of a pull, step by step, without pulling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.operations.connection import registry_options
from sregistry.operations.context import Context

if TYPE_CHECKING:
    from sregistry.diagnosis import Diagnosis
    from sregistry.doctor.examination import Doctor
    from sregistry.doctor.steps.step import StepResult


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
    context: Context, reference: str, *, output: Path | None = None, repeated: Sequence[str] = ()
) -> Doctor:
    """Return the doctor for a pull of `reference`, whose steps come as its `walk` is iterated.

    `output` is the file of that pull, None for the local registry; `repeated` are options of the command line, for
    the commands that are proposed.
    """
    from sregistry.doctor.examination import Doctor
    from sregistry.operations.rehearsal import PullRehearsal

    return Doctor(
        reference,
        context.settings,
        registry_options(context.settings, context.environ, context.login),
        rehearsal=PullRehearsal(context, output),
        on_exchange=context.on_exchange,
        on_wait=context.progress.waiting,
        repeated=repeated,
    )


def examine(context: Context, reference: str, *, output: Path | None = None) -> Examination:
    """Walk the whole way and return what was found; no failure of the image or the registry is raised."""
    doctor = make_doctor(context, reference, output=output)
    steps = tuple(doctor.walk())
    return Examination(reference, steps, doctor.diagnosis)
