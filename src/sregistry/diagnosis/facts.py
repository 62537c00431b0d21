"""An error's facts, read safely: rules ask for a fact in its type and get an empty value where there is none.

Facts come from many rooms and, in part, from the other end of a wire; no accessor here raises. The
names are those of `sregistry.codes.facts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sregistry.diagnosis import words
from sregistry.errors import SregistryError
from sregistry.printable import one_line
from sregistry.references import InvalidReference, RegistryReference, WebReference, parse, parse_registry

#: What others say, in their own words: shown in one line, and not beyond what anybody reads.
_FOREIGN = frozenset(
    (
        *("code", "message", "detail", "body_head", "page_title", "server", "via", "content_type", "media_type"),
        *("error", "error_description", "realm", "service", "scope", "scheme", "location", "url", "plain_answer"),
        *("subject", "issuer", "cause", "reason", "said", "proxy_reason", "proxy_offers", "artifact_type"),
    )
)


class Facts:
    """Facts of one error and its code. The error's message can be shown, and not be read."""

    def __init__(self, code: str, message: str, facts: Mapping[str, Any]) -> None:
        self.code = code
        self._message = message
        self._facts = facts

    @classmethod
    def of(cls, error: SregistryError) -> Facts:
        """The facts of `error`."""
        return cls(error.code, error.message, error.facts)

    def replaced(self, **facts: Any) -> Facts:
        """The same with some facts replaced."""
        return Facts(self.code, self._message, {**self._facts, **facts})

    @property
    def headline(self) -> str:
        """The error's own sentence as a title."""
        return words.capital(self._message)

    @property
    def statement(self) -> str:
        """The error's own sentence as it is, to be put into another."""
        return self._message

    @property
    def sentence(self) -> str:
        """The error's own sentence with a full stop."""
        return words.sentence(self._message)

    def further(self, *names: str) -> str:
        """The first of these facts that is there, as a sentence; empty where the error's own sentence has it."""
        text = next((self.text(name).strip() for name in names if self.text(name).strip()), "")
        return "" if text.rstrip(".") in self._message else words.sentence(text)

    def has(self, name: str) -> bool:
        """Whether a fact is there and not None."""
        return self._facts.get(name) is not None

    def get(self, name: str) -> Any:
        """The fact as it is; None without one."""
        return self._facts.get(name)

    def text(self, name: str) -> str:
        """A text or number as text; empty without one."""
        value = self._facts.get(name)
        text = "" if value is None or isinstance(value, (dict, list, tuple)) else str(value)
        return one_line(text) if name in _FOREIGN else text

    def number(self, name: str) -> float | None:
        """A number; None without one."""
        value = self._facts.get(name)
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def count(self, name: str) -> int | None:
        """A whole number; None without one."""
        value = self.number(name)
        return None if value is None else int(value)

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty without one."""
        value = self._facts.get(name)
        return [str(item) for item in value] if isinstance(value, (list, tuple)) else []

    def part(self, name: str) -> Facts:
        """A dict among the facts, read in the same way; empty without one."""
        value = self._facts.get(name)
        return Facts(self.code, self._message, value if isinstance(value, Mapping) else {})

    def items(self) -> list[tuple[str, Any]]:
        """All facts that are not None."""
        return [(name, value) for name, value in self._facts.items() if value is not None]

    def parts(self, name: str) -> list[Facts]:
        """A list of dicts among the facts, each read in the same way; empty without one."""
        value = self._facts.get(name)
        items = value if isinstance(value, (list, tuple)) else []
        return [Facts(self.code, self._message, item) for item in items if isinstance(item, Mapping)]

    def alike(self) -> int:
        """How many downloads were compared and gave the same bytes; 0 without a second one, or if any differs."""
        seen = [made.text("actual") for made in self.parts("tries") if made.text("code") == self.code]
        return len(seen) if len(seen) > 1 and seen[0] and len(set(seen)) == 1 else 0

    @property
    def registry_errors(self) -> list[Facts]:
        """The registry's own errors, each with code, message, detail."""
        return self.parts("errors")

    def about(self, *names: str) -> bool:
        """Whether what the registry said is about one of these, see `sregistry.answers.said`."""
        return not set(names).isdisjoint(self.texts("about"))

    @property
    def said(self) -> str:
        """The registry's reason, where it says more than the status does."""
        return self.text("said")

    @cached_property
    def reference(self) -> RegistryReference | None:
        """The reference that was asked for, if it is known."""
        try:
            return parse_registry(self.text("reference")) if self.text("reference") else None
        except InvalidReference:
            return None

    @cached_property
    def uri(self) -> str:
        """The reference that was asked for, of whatever kind, as a command takes it.

        Empty if it is not known, or if its address was a secret.
        """
        try:
            found = parse(self.text("reference"))
        except InvalidReference:
            return ""
        return "" if isinstance(found, WebReference) and not found.address else found.uri

    @property
    def registry(self) -> str:
        """The registry as people write it; empty if unknown."""
        return self.text("registry") or (self.reference.registry if self.reference else "")

    @property
    def repository(self) -> str:
        """The repository; empty if unknown."""
        return self.text("repository") or (self.reference.repository if self.reference else "")

    @property
    def identifier(self) -> str:
        """Tag or digest; empty if unknown."""
        return self.text("identifier") or (self.reference.identifier if self.reference else "")

    @property
    def anonymous(self) -> bool:
        """Whether it is known that no login was sent."""
        return "credential_source" in self._facts and not self._facts["credential_source"]

    @property
    def login(self) -> str:
        """Where the login that was sent came from, in words; empty without one."""
        return self.text("credential_source")

    @cached_property
    def look(self) -> Facts:
        """What the second look found."""
        return self.part("second_look")
