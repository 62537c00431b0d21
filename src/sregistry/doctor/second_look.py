"""After a failure, a few more questions to the registry; what they find becomes facts of the error.

Cheap, read-only and bounded: each code declares its questions, they are asked at the same time,
and what has no answer when the time is over stays unasked. Nothing here raises. The rules turn the
facts under ``second_look`` into "Checked: without it, acme/tool:1.2 can be pulled".
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sregistry import codes, gojson
from sregistry.answers import facts
from sregistry.auth.credentials import VARIABLES
from sregistry.diagnosis import hosts, near
from sregistry.doctor import alone
from sregistry.errors import RegistryError, SregistryError
from sregistry.http.options import Options, Retries, Timeouts
from sregistry.http.transport import OnExchange
from sregistry.oci import configs
from sregistry.oci.descriptors import Descriptor
from sregistry.references import InvalidReference, RegistryReference, parse_registry
from sregistry.registry.session import Session
from sregistry.resources import threads

#: All questions together take no longer, and no less time than the other where the failure has taken long.
SECONDS, _LEAST = 6.0, 2.0
#: So long after the last progress a person has an answer, beyond the patience of the command.
_ANSWERED = 11.0
#: So many tags are looked through.
_TAGS = 50_000
_REPOSITORIES = 20_000
_PAGES = 60
#: A signature's payload has some hundred bytes.
_PAYLOAD = 1 << 16
#: A config is hardly ever larger.
_CONFIG = 1 << 20

Question = Callable[[Session, RegistryReference], dict[str, Any]]


def look(
    error: SregistryError, session: Session, *, seconds: float = SECONDS, on_exchange: OnExchange | None = None
) -> SregistryError:
    """Ask what may tell more about `error` and return it with the answers as the fact ``second_look``.

    Args:
        error: of any room; an error that has no reference, or no questions, is returned as it is.
        session: the one that failed; its options and logins are used.
        seconds: how long to ask.
        on_exchange: told of the exchanges.
    """
    reference = _reference(error)
    asked = _questions(error)
    if reference is None or not asked:
        return error
    seconds = max(_LEAST, min(seconds, session.budget.seconds + _ANSWERED - session.budget.quiet))
    options, deadline = _bounded(session.options, seconds), time.monotonic() + seconds
    with Session(options, logins=session.logins, on_exchange=on_exchange) as bounded:
        found = _ask_all(asked, bounded, reference, deadline)
        if _has_no_repository(error, found):
            _become_unknown(error, reference)
            found |= _ask_all([_repositories], bounded, reference, deadline)
    known = error.facts.get("second_look")
    error.facts["second_look"] = session.scrub({**(known if isinstance(known, dict) else {}), **found})
    return error


def _reference(error: SregistryError) -> RegistryReference | None:
    try:
        return parse_registry(str(error.facts.get("reference") or ""))
    except InvalidReference:
        return None


def _bounded(options: Options, seconds: float) -> Options:
    """The same options with little patience."""
    wait = seconds / 2
    return replace(
        options,
        timeouts=Timeouts(connect=wait, read=wait, document=wait, stall=wait),
        retries=Retries(attempts=1, patience=seconds, retry_after=0.0),
        limits=replace(options.limits, pages=_PAGES),
    )


def _questions(error: SregistryError) -> list[Question]:
    """What to ask, by the declaration of the code; whether a login was sent decides about the anonymous attempt."""
    code = codes.find(error.code)
    asked = [_QUESTIONS[name] for name in code.asks] if code else []
    if error.facts.get("credential_source") is None and _anonymous in asked:
        asked.remove(_anonymous)
    if (error.facts.get("artifact") != "cosign" or error.facts.get("subject")) and _signed in asked:
        asked.remove(_signed)
    return asked


def _has_no_repository(error: SregistryError, found: dict[str, Any]) -> bool:
    """Whether the list of tags has told that what is missing is the repository: some say so there only.

    distribution answers a manifest of an unknown repository with MANIFEST_UNKNOWN, its list of tags with NAME_UNKNOWN.
    """
    return error.code in {"tag-unknown", "manifest-unknown"} and bool(found.get("tags", {}).get("no_such_name"))


def _become_unknown(error: SregistryError, reference: RegistryReference) -> None:
    error.code = "repository-unknown"
    error.message = f"there is no repository {reference.repository} at {reference.registry} (not found)"
    error.args = (error.message,)


def _ask_all(asked: list[Question], session: Session, reference: RegistryReference, deadline: float) -> dict[str, Any]:
    """The answers that come in time; threads that are late are left behind."""
    answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    for question in asked:
        threads.start(partial(_answer, question, session, reference, answers), "second look")
    found: dict[str, Any] = {}
    for _ in asked:
        try:
            found.update(answers.get(timeout=max(0.0, deadline - time.monotonic())))
        except queue.Empty:
            break
    return found


def _answer(
    question: Question, session: Session, reference: RegistryReference, answers: queue.SimpleQueue[dict[str, Any]]
) -> None:
    answers.put(_quietly(question, session, reference))


def _quietly(question: Question, session: Session, reference: RegistryReference) -> dict[str, Any]:
    try:
        return question(session, reference)
    except Exception:  # noqa: BLE001 - a second look must not hide the failure it looks at
        return {}


def _outcome(action: Callable[[], object]) -> str:
    """``ok`` or the code of the error."""
    try:
        action()
    except SregistryError as error:
        return error.code
    return "ok"


def _anonymous(session: Session, reference: RegistryReference) -> dict[str, Any]:
    with session.anonymous() as other:
        found: dict[str, Any] = {"outcome": _outcome(lambda: other.get_manifest(reference))}
    # Whoever drops the login that was refused would send the next one of these.
    set_here = [prefix for prefix in VARIABLES if session.options.environ.get(f"{prefix}_PASSWORD")]
    if len(set_here) > 1:
        found["variables"] = set_here
    return {"anonymous": found}


def _tags(session: Session, reference: RegistryReference) -> dict[str, Any]:
    try:
        found = session.tags(reference, _TAGS)
    except SregistryError as error:
        said = {"no_such_name": True} if "NAME_UNKNOWN" in facts.codes(error.facts) else {}
        return {"tags": {"outcome": error.code, **said}}
    tag = reference.tag or ""
    alike = near.similar(tag, found.names) if tag else []
    return {
        "tags": {
            "outcome": "ok",
            "count": len(found.names),
            "complete": found.complete,
            "near": alike,
            "newest": near.highest(found.names),
        }
    }


def _repositories(session: Session, reference: RegistryReference) -> dict[str, Any]:
    """Names of repositories that may have been meant; the large public registries tell nobody theirs."""
    if hosts.is_known(reference.registry):
        return {}
    alike = near.repositories(reference.repository, session.catalog(reference, _REPOSITORIES))
    return {"repositories": {"near": alike}} if alike else {}


def _ping(session: Session, reference: RegistryReference) -> dict[str, Any]:
    try:
        ping = session.ping(reference)
    except SregistryError as error:
        return {"ping": {"outcome": error.code, "status": error.facts.get("status")}}
    found: dict[str, Any] = {"ping": {"outcome": "ok", "status": ping.status}}
    if ping.clock_skew is not None:
        found["clock_skew"] = ping.clock_skew
    if ping.facts.get("rate_limit"):
        found["rate_limit"] = ping.facts["rate_limit"]
    return found


def _media_types(session: Session, reference: RegistryReference) -> dict[str, Any]:
    """Each format asked for alone."""
    offers = alone.ask_all(session, reference)
    return {"other_media_types": {offer.wanted: "ok" if offer.given else offer.outcome for offer in offers}}


def _blob(session: Session, reference: RegistryReference) -> dict[str, Any]:
    """Whether the digest is one of a blob: people copy the ID of an image, which is the digest of its config."""
    size = session.head_blob(reference, reference.digest) if reference.digest else None
    if reference.digest is None or size is None:
        return {}
    if not 0 < size <= _CONFIG:
        return {"blob": {"what": "layer"}}
    data = session.get_config(reference, Descriptor("", reference.digest, size))
    try:
        return {"blob": {"what": "config" if "rootfs" in configs.read(data)[0] else "layer"}}
    except RegistryError:
        return {"blob": {"what": "layer"}}


def _signed(session: Session, reference: RegistryReference) -> dict[str, Any]:
    """The image that a signature names in its payload (cosign, "Simple Signing" specification)."""
    layer = session.get_manifest(reference).descriptors("layers")[0]
    if layer.size > _PAYLOAD:
        return {}
    with session.open_blob(reference, layer) as stream:
        payload = gojson.loads(stream.read())
    return {"signed": {"digest": str(payload["critical"]["image"]["docker-manifest-digest"])}}


_QUESTIONS: Mapping[codes.Question, Question] = {
    "anonymous": _anonymous,
    "blob": _blob,
    "media-types": _media_types,
    "ping": _ping,
    "repositories": _repositories,
    "signed": _signed,
    "tags": _tags,
}
