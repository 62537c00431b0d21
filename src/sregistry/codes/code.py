"""What a code is: the name of a cause, and everything that holds for it wherever it is raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sregistry.codes.who import Who
from sregistry.kinds import Kind

#: What a second look may ask a registry, see `sregistry.doctor.second_look`.
Question = Literal["anonymous", "blob", "media-types", "ping", "repositories", "signed", "tags"]

#: For `Code.attempts`: as often as the settings allow.
AS_CONFIGURED = 0


@dataclass(frozen=True, slots=True)
class Page:
    """The prose of the page about a code, in Markdown: ``docs/errors/CODE.md``, ``sregistry explain CODE``.

    Attributes:
        meaning: what the code says.
        known: how that is known.
        todo: what to do.
    """

    meaning: str
    known: str
    todo: str

    def markdown(self, name: str) -> str:
        """The page about the code of this name, without its example."""
        return f"# `{name}`\n\n{self.meaning}\n\n**How we know.** {self.known}\n\n**What to do.** {self.todo}\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """A realistic error: its sentence, and the facts that it is raised with.

    The pages show how it is explained, and the tests go over all of them. Names of facts are those of
    `sregistry.codes.facts`.
    """

    message: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Code:
    """The declaration of a code.

    Attributes:
        name: stable, in kebab-case, e.g. ``tag-unknown``; it begins with the name of its family.
        kind: the kind of cause: exit code, and the class that programs catch.
        who: who can put it right.
        sample: an error with this code.
        page: what the documentation says.
        attempts: how often a request that fails with it is sent in all. 1: the same request would get the same answer.
        asks: what may be asked after such a failure to tell more.
        doctor: whether ``sregistry doctor`` can tell more about it.
    """

    name: str
    kind: Kind
    who: Who
    sample: Sample
    page: Page
    attempts: int = 1
    asks: tuple[Question, ...] = ()
    doctor: bool = False

    def tries(self, configured: int) -> int:
        """How often a request that fails with it is sent in all: never more often than `configured`."""
        # A code that is final by itself can be that of an answer which asks to come again.
        return min(self.attempts, configured) if self.attempts > 1 else configured

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed if simply repeated."""
        return self.attempts != 1
