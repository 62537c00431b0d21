"""Steps before any request: the reference, the settings, the login, mirrors, the proxy."""

from __future__ import annotations

from typing import Any

from sregistry.auth.credentials import CredentialStore, login_facts
from sregistry.doctor.steps.step import StepResult, Walk, note, ok, warn
from sregistry.http import proxies
from sregistry.references import PathReference, Platform, Reference, RegistryReference, WebReference, parse
from sregistry.registry import registries_conf
from sregistry.settings import DEFAULT, near_misses, rows


def reference(walk: Walk) -> StepResult:
    """How the name is read."""
    registry = walk.settings.default_registry
    found = walk.rehearsal.read(walk.text) if walk.rehearsal else parse(walk.text, default_registry=registry)
    walk.reference = found
    if walk.settings.platform:
        Platform.parse(walk.settings.platform)
    summary, facts = _read_as(found)
    if isinstance(found, WebReference):
        walk.plain = found.url.startswith("http:")
    if found.notes:
        return note("reference", summary, *found.notes, **facts)
    return ok("reference", summary, **facts)


def _read_as(found: Reference) -> tuple[str, dict[str, Any]]:
    """A reference in words and in facts."""
    if isinstance(found, RegistryReference):
        kind = "digest" if found.digest else "tag"
        summary = f"registry {found.registry}, repository {found.repository}, {kind} {found.identifier}"
        facts = {"registry": found.registry, "repository": found.repository, "identifier": found.identifier}
        return summary, facts
    if isinstance(found, PathReference):
        which = f"image {found.identifier}" if found.identifier else "the only image"
        return f"{found.scheme} at {found.path}, {which}", {"path": found.path, "identifier": found.identifier}
    digest = f", which has to be {found.digest}" if found.digest else ""
    return f"the file {found.url}{digest}", {"url": found.url, "identifier": found.identifier}


def settings(walk: Walk) -> StepResult:
    """Settings that are not at their default, and variables that are probably misspelt."""
    changed = [name for name in rows() if walk.settings.source_of(name) != DEFAULT]
    lines = [f"{name} = {walk.settings.shown(name)}   from {walk.settings.source_of(name)}" for name in changed]
    strange = near_misses(walk.options.environ)
    lines += [f"{name} is no setting; is {meant} meant?" for name, meant in strange.items()]
    summary = f"{len(changed)} changed" if changed else "all at their defaults"
    facts = {name: walk.settings.shown(name) for name in changed}
    return (warn if strange else ok)("settings", summary, *lines, **facts)


def output(walk: Walk) -> StepResult:
    """Where the image would go, and whether it is there; that it can be written has been tried."""
    if walk.rehearsal is None:
        return ok("output", "not examined")
    where = walk.rehearsal.output()
    return ok("output", f"{where}; it is there already, unchanged" if walk.known else where, unchanged=walk.known)


def login(walk: Walk) -> StepResult:
    """Which login would be sent, and what went wrong with sources that were asked."""
    found = walk.in_registry
    store = CredentialStore(walk.options)
    credential = store.find(found.registry, found.repository)
    summary = f"from {credential.source}" if credential else "none: the requests are anonymous"
    troubles = [warning.message for warning in store.warnings]
    facts = login_facts(credential)
    return (warn if troubles else ok)("login", summary, *troubles, **facts)


def mirrors(walk: Walk) -> StepResult:
    """Where the image is asked for, by registries.conf."""
    conf = registries_conf.load(walk.options)
    endpoints = conf.endpoints(walk.in_registry)
    walk.endpoint = endpoints[0]
    files = f" ({', '.join(conf.files)})" if conf.files else ""
    lines = [f"{one.host}/{one.repository}{_role(one)}" for one in endpoints]
    if len(endpoints) == 1 and not endpoints[0].is_mirror:
        return ok("mirrors", f"none{files}", *(lines if endpoints[0].source != "the reference" else ()))
    return note("mirrors", f"{len(endpoints)} places are asked in order{files}", *lines, endpoints=lines)


def _role(endpoint: registries_conf.Endpoint) -> str:
    words = ["mirror" if endpoint.is_mirror else "", "insecure" if endpoint.insecure else ""]
    shown = ", ".join(word for word in words if word)
    return f"   ({shown}, {endpoint.source})" if shown else f"   ({endpoint.source})"


def proxy(walk: Walk) -> StepResult:
    """Whether a proxy is used, and why."""
    route = proxies.route(walk.options, walk.address)
    walk.proxy = route.proxy
    if route.proxy:
        return note("proxy", f"{route.proxy.display} (set by {route.proxy.source})", proxy=route.proxy.display)
    return ok("proxy", f"none: {route.reason}")
