"""The one error family of this project.

Errors know facts, diagnosis knows words: an error carries a stable code, one plain sentence and
the facts it was raised with; `sregistry.diagnosis.explain` turns code and facts into what a person
reads. Each room defines its own subclass beside the code that raises it.

Beside its room an error has a kind, the class that programs catch: a `RegistryError` with the code
``network-refused`` is a `NetworkError`, too. The kind follows from the code as it is declared in `sregistry.codes`;
where the facts say more, `SregistryError.become` makes it another.

Errors travel: copied, pickled or sent from one process to another they keep all of this, and their cause.

Rules for facts: keys are snake_case, values are JSON-able (str, int, float, bool, None, lists and
dicts of them; whatever else is handed in becomes that), and no value ever holds a secret (see
`sregistry.http.redact`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from sregistry.kinds import Kind

if TYPE_CHECKING:
    from sregistry.codes import Code
    from sregistry.diagnosis import Diagnosis


class SregistryError(Exception):
    """Base of every error this package raises on purpose.

    Attributes:
        code: stable kebab-case name of the cause, e.g. ``tag-unknown``; the key of the catalogue (`sregistry.codes`).
        message: one sentence, no trailing full stop, that is true without further context.
        facts: what was seen, JSON-able; the vocabulary is `sregistry.codes.facts`.
        retryable: whether the same request may succeed if simply repeated.
        kind: the kind of its cause, by which exit codes and the classes below are told apart.

    Raises:
        UndeclaredCode: the code is not in the catalogue.
    """

    kind: ClassVar[Kind] = Kind.BUG
    #: The class that was raised, before the one of its kind was added.
    _room: ClassVar[type[SregistryError] | None] = None

    def __new__(cls, code: str, *_arguments: Any, **_facts: Any) -> Self:  # noqa: D102
        kind = _declared(code).kind
        # Whoever names the class of a kind means it.
        chosen = cls if cls in CLASSES.values() else _of_kind(cls, kind)
        return super().__new__(cast("type[Self]", chosen))

    def __init__(self, code: str, message: str, *, retryable: bool = False, **facts: Any) -> None:
        super().__init__(message)
        self.code: str = code
        self.message: str = message
        self.facts: dict[str, Any] = _jsonable(facts)
        self.retryable: bool = retryable

    @classmethod
    def _arriving(cls, kind: Kind) -> SregistryError:
        """One that comes from another process, still without its state: its code may be declared there only."""
        return super().__new__(cls).become(kind)

    def with_facts(self, **facts: Any) -> Self:
        """Add facts known only further up (existing keys win) and return self."""
        self.facts = {**_jsonable(facts), **self.facts}
        return self

    def become(self, kind: Kind) -> Self:
        """Be of `kind`, where the facts decide otherwise than the code."""
        if kind is not self.kind:
            self.__class__ = cast("type[Self]", _of_kind(self._room or type(self), kind))
        return self

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this error."""
        return self.kind.exit_code

    @property
    def diagnosis(self) -> Diagnosis:
        """What happened, why, who can put it right and how: what the command line would show."""
        from sregistry.diagnosis import explain

        return explain(self)

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"

    def __setattr__(self, name: str, value: object) -> None:
        # Pools of processes put the traceback of the other side in the place of the cause, which then goes below it.
        if name == "__cause__" and isinstance(value, Exception) and type(value).__name__.endswith("RemoteTraceback"):
            value.__cause__ = self.__cause__
        super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        kept = {name: value for name, value in vars(self).items() if name in _KEPT}
        return _arrive, (self._room or type(self), self.kind), {**kept, "cause": _Travelling(self.__cause__)}

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        state = dict(state or {})
        travelling: _Travelling = state.pop("cause")
        vars(self).update(state)
        super().__init__(self.message)
        if travelling.cause is not None:
            super().__setattr__("__cause__", travelling.cause)


#: What travels; attributes that a program adds are its own affair.
_KEPT = frozenset({"code", "message", "facts", "retryable", "__notes__"})


class RegistryError(SregistryError):
    """A registry, or the way to it, did not give what was asked for.

    `retryable` follows from the declaration of the code; the raiser decides only where the answer itself
    does (``Retry-After``).
    """

    def __init__(self, code: str, message: str, *, retryable: bool | None = None, **facts: Any) -> None:
        again = _declared(code).retryable if retryable is None else retryable
        super().__init__(code, message, retryable=again, **facts)


class UsageError(SregistryError):
    """An argument, an option or a setting cannot be used as given."""

    kind = Kind.USAGE


class InvalidName(SregistryError):  # noqa: N818 - what it is, not that it is an error, is the point of these names
    """The name of an image cannot be read."""

    kind = Kind.NAME


class NetworkError(SregistryError):
    """The registry could not be reached, or the connection did not last."""

    kind = Kind.NETWORK


class TLSError(SregistryError):
    """The registry's certificate or encryption was not accepted."""

    kind = Kind.TLS


class AuthError(SregistryError):
    """The registry asks for a login, or refuses the one it got."""

    kind = Kind.AUTH


class NotFound(SregistryError):  # noqa: N818
    """The repository, tag, manifest or layer, or the image of the local registry, is not there."""

    kind = Kind.NOT_FOUND


class RateLimited(SregistryError):  # noqa: N818
    """The registry wants fewer requests."""

    kind = Kind.RATE_LIMIT


class ImageError(SregistryError):
    """What the registry or the file holds is not an image that can be used."""

    kind = Kind.IMAGE


class MachineError(SregistryError):
    """This machine lacks something. Subclasses say what."""


class DiskError(MachineError):
    """The operating system refused to read or write a file: full, over quota, not writable.

    Facts: ``path``, ``folder`` (the one that it is about), ``errno``, ``filesystem`` (type), ``free``
    (bytes), ``needed`` (bytes, when known), ``setting`` (the setting that moves the folder, when known).
    """

    kind = Kind.DISK


class ResourceError(MachineError):
    """This process may have no more memory, threads, processes or open files.

    Facts: ``limit_name``, ``limit``, ``used``, ``limit_most``, ``control_group`` (the limit that was met, where one
    was found), ``needed`` (how much is wanted, where that is known), ``wanted`` (for what).
    """

    kind = Kind.MACHINE


class ServerError(SregistryError):
    """The registry failed, or what answered is not a registry."""

    kind = Kind.REGISTRY


class LocalRegistryError(SregistryError):
    """The local registry, its database or the cache cannot be used."""

    kind = Kind.STORE


class Cancelled(SregistryError):  # noqa: N818
    """The operation was to end early."""

    kind = Kind.INTERRUPTED


CLASSES: Mapping[Kind, type[SregistryError]] = {
    cls.kind: cls
    for cls in (
        UsageError,
        InvalidName,
        NetworkError,
        TLSError,
        AuthError,
        NotFound,
        RateLimited,
        ImageError,
        DiskError,
        ResourceError,
        ServerError,
        LocalRegistryError,
        Cancelled,
    )
}


def _declared(code: str) -> Code:
    # Imported by the first error: a command that ends well needs no catalogue.
    from sregistry.codes import declared

    return declared(code)


_made: dict[tuple[type[SregistryError], Kind], type[SregistryError]] = {}


def _of_kind(room: type[SregistryError], kind: Kind) -> type[SregistryError]:
    """`room` with the class of `kind`; made once, and called as the class of the kind is."""
    wanted = CLASSES.get(kind, room)
    if issubclass(room, wanted):
        return room
    if (room, kind) not in _made:
        _made[room, kind] = _joined(room, wanted)
    return _made[room, kind]


def _joined(room: type[SregistryError], wanted: type[SregistryError]) -> type[SregistryError]:
    if room is SregistryError:
        return wanted
    about = {"__module__": __name__, "__qualname__": wanted.__qualname__, "__doc__": wanted.__doc__, "_room": room}
    return type(wanted.__name__, (wanted, room), about)


def _arrive(room: type[SregistryError], kind: Kind) -> SregistryError:
    return room._arriving(kind)


class StandIn(Exception):  # noqa: N818 - it stands for any exception
    """Stands for an exception of another library that could not come along: the name of its type, and its text."""

    @classmethod
    def of(cls, error: BaseException, text: str | None = None) -> StandIn:
        """One for `error`, with another text if the own one may not be shown."""
        if isinstance(error, cls) and text is None:
            return error
        words = str(error) if text is None else text
        name = "" if isinstance(error, cls) else type(error).__name__
        return cls(": ".join(part for part in (name, words) if part))


def as_cause(error: BaseException, scrub: Callable[[str], str] = str) -> BaseException:
    """`error` of another library as it may stand behind one of ours: with nothing in it that may not be shown.

    Args:
        error: is kept as it is where all that it holds is a plain text or number that `scrub` leaves alone.
        scrub: takes secrets out of a text.
    """
    plain = type(error).__module__ in _PLAIN and not isinstance(error, UnicodeError)
    if plain and all(arg is None or type(arg) in (str, int) for arg in error.args):
        texts = [str(error), *(str(arg) for arg in error.args)]
        if all(scrub(text) == text for text in texts):
            # Nor is anything shown that lies behind it.
            error.__cause__ = as_cause(error.__cause__, scrub) if error.__cause__ else None
            return error.with_traceback(None)
    return StandIn.of(error, scrub(str(error)))


def scrub_causes(error: BaseException, scrub: Callable[[str], str]) -> None:
    """Put all that lies behind `error` into a form in which `scrub` finds nothing to take out."""
    link = error
    for _ in range(_DEEPEST):
        cause = link.__cause__
        if cause is None:
            return
        if not isinstance(cause, (SregistryError, StandIn)) or scrub(str(cause)) != str(cause):
            link.__cause__ = cause = as_cause(cause, scrub)
        link = cause


#: No chain of causes is longer that is not a circle.
_DEEPEST = 20
#: Modules whose exceptions hold no more than they show.
_PLAIN = frozenset({"builtins", "socket", "ssl", "http.client", "sregistry.gojson"})


class _Travelling:
    """A cause on its way: with all of its own causes, each as itself where it can be pickled."""

    def __init__(self, cause: BaseException | None) -> None:
        self.cause = cause

    def __reduce__(self) -> tuple[Any, ...]:
        links: list[bytes] = []
        seen = set[int]()
        cause = self.cause
        while cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            links.append(_packed(cause))
            # One of ours brings its own causes.
            cause = None if isinstance(cause, SregistryError) else cause.__cause__
        return _linked, (links,)

    def __deepcopy__(self, _: object) -> _Travelling:
        return self


def _packed(error: BaseException) -> bytes:
    import pickle

    try:
        data = pickle.dumps(error)
        if type(pickle.loads(data)) is type(error):  # noqa: S301 - made here, just now
            return data
    except Exception:  # noqa: BLE001, S110 - whatever it is, it does not travel
        pass
    return pickle.dumps(StandIn.of(error))


def _linked(links: list[bytes]) -> _Travelling:
    import pickle

    causes: list[BaseException] = []
    for link in links:
        try:
            causes.append(pickle.loads(link))  # noqa: S301 - part of a pickle that is being read already
        except Exception as unknown:  # noqa: BLE001 - a type that is not known here must not cost the error itself
            causes.append(StandIn.of(unknown))
    for error, cause in pairwise(causes):
        error.__cause__ = cause
    return _Travelling(causes[0] if causes else None)


def _jsonable(value: Any) -> Any:
    """`value` in JSON's types; what is of another type becomes its text."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_jsonable(item) for item in (value if isinstance(value, (list, tuple)) else sorted(value, key=str))]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    return str(value)
