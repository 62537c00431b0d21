"""Errors know facts, this room knows words: any error -> `Diagnosis` -> a renderer at the edge.

`explain` is pure: a table of rules keyed by the error's code (`rules`, one module per family), which
chooses its words from the facts alone. Nothing here asks a network: what asks is the room `sregistry.doctor`.
"""

from sregistry.diagnosis.diagnosis import Cause, Diagnosis, Likelihood, Step, Who
from sregistry.diagnosis.explain import explain
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.report import write_bug_report

__all__ = ["Cause", "Diagnosis", "Kind", "Likelihood", "Step", "Who", "explain", "write_bug_report"]
