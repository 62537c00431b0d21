"""The codes of errors, each declared once: kind, who can help, retries, what to ask further, a sample, its page.

A code is declared in the module of its family (`catalogue.FAMILIES`), and an error that is raised with any
other code is a fault of the program. What is said about it stands in `sregistry.diagnosis.rules`.
"""

from sregistry.codes.catalogue import UndeclaredCode, declare, declared, every, find
from sregistry.codes.code import AS_CONFIGURED, Code, Page, Question, Sample
from sregistry.codes.who import Who

__all__ = [
    "AS_CONFIGURED",
    "Code",
    "Page",
    "Question",
    "Sample",
    "UndeclaredCode",
    "Who",
    "declare",
    "declared",
    "every",
    "find",
]
