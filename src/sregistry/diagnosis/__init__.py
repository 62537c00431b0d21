"""Errors know facts, this room knows words: any error -> `Diagnosis` -> a renderer at the edge.

`explain` is pure: a table of rules keyed by the error's code (`rules`, one module per family), which
chooses its words from the facts alone. `second_look` asks a registry a few more questions after a
failure and adds what it finds to the facts; `doctor` walks the whole way of a pull, step by step.
Only these two and `steps` speak to registries.
"""

from sregistry.diagnosis.diagnosis import Cause, Diagnosis, Likelihood, Step, Who
from sregistry.diagnosis.explain import explain
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.report import write_bug_report

__all__ = ["Cause", "Diagnosis", "Kind", "Likelihood", "Step", "Who", "explain", "write_bug_report"]
