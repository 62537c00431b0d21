"""Certificates and encryption: the certificate that was presented is always shown."""

from __future__ import annotations

import datetime
import errno

from sregistry.diagnosis import commands, evidence, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.diagnosis.rules.network import bare_host, host, port, role
from sregistry.http.tls import NO_CA


def _unchecked(facts: Facts) -> Step | None:
    return run(
        commands.pull(facts, "--no-tls-verify"), "without any check: only on a network you trust, never with a login"
    )


def _clock(facts: Facts) -> tuple[Cause, ...]:
    """This machine's date as a cause: proven wrong by another server's clock, or merely stated."""
    skew, now = evidence.skew(facts), facts.text("local_time")
    if skew is not None:
        side = "ahead of" if skew > 0 else "behind"
        return (
            certain(f"This machine's clock is {words.duration(abs(skew))} {side} the registry's: set it right first."),
        )
    return (
        (possible(f"This machine's clock says {now}; if that is wrong, the certificate may be good."),) if now else ()
    )


def _clock_is_right(facts: Facts) -> bool:
    """Whether another's clock was seen, and says the same."""
    measured = facts.has("clock_skew") or facts.look.has("clock_skew")
    return measured and evidence.skew(facts) is None


def _days(facts: Facts, name: str) -> float | None:
    """Days from the certificate's date `name` until now."""
    try:
        date = datetime.datetime.fromisoformat(facts.part("certificate").text(name))
        now = datetime.datetime.fromisoformat(facts.text("local_time"))
        return (now - date).total_seconds() / 86400
    except (ValueError, TypeError):
        return None


def _clock_explains(facts: Facts, name: str) -> bool:
    """Whether the certificate's date `name` would be kept by the other side's clock."""
    skew, days = evidence.skew(facts), _days(facts, name)
    if skew is None or days is None:
        return skew is not None
    return skew >= days * 86400 if days > 0 else skew <= days * 86400


def _expired(facts: Facts) -> Words:
    days = _days(facts, "not_after")
    when = f" {days:,.0f} days ago" if days and days >= 2 else ""
    wrong = _clock_explains(facts, "not_after")
    proven = not wrong and (_clock_is_right(facts) or evidence.skew(facts) is not None)
    clock = () if proven else _clock(facts)
    not_renewed = (certain if proven else likely)("The registry's operator has not renewed it.")
    return Words(
        title=f"The certificate of {host(facts)} expired{when}",
        why=clock if wrong else (*role(facts), not_renewed, *clock),
        steps=steps(
            None if proven else Step("date -u", "is this machine's clock right?"),
            None if wrong else do("Ask the registry's operator to renew the certificate."),
            _unchecked(facts),
        ),
        who=Who.SITE if wrong else None,
    )


def _not_yet(facts: Facts) -> Words:
    now = facts.text("local_time")
    shown = f": it says {now}" if now else ""
    wrong = _clock_explains(facts, "not_before")
    if not wrong and (_clock_is_right(facts) or evidence.skew(facts) is not None):
        return _too_early(facts)
    clock = _clock(facts) if wrong else (likely(f"This machine's clock is behind{shown}."),)
    return Words(
        title=f"The certificate of {host(facts)} is not valid yet",
        why=(*role(facts), *clock),
        steps=steps(
            Step("date -u", "is this machine's clock right?"),
            do("If it is, ask the registry's operator for the certificate that is valid now."),
            _unchecked(facts),
        ),
    )


def _too_early(facts: Facts) -> Words:
    """By the registry's own clock, too."""
    begins = facts.part("certificate").text("not_before")
    return Words(
        title=f"The certificate of {host(facts)} is not valid yet",
        why=(
            *role(facts),
            certain(f"By the registry's own clock, too, it begins only later{f', at {begins}' if begins else ''}."),
        ),
        steps=steps(do("Ask the registry's operator for the certificate that is valid now."), _unchecked(facts)),
        who=Who.REGISTRY,
    )


def _cacert(facts: Facts, whose: str) -> tuple[Step | None, ...]:
    registry = facts.registry or host(facts)
    return (
        run(commands.pull(facts, "--cacert", "ca.pem"), f"ca.pem: {whose}"),
        do(f"For good: put it at ~/.config/containers/certs.d/{registry}/ca.crt"),
        _unchecked(facts),
    )


def _unknown_ca(facts: Facts) -> Words:
    part = facts.part("certificate")
    issuer = part.text("issuer")
    trusted = facts.text("ca_source")
    if trusted == NO_CA:
        return Words(
            title=f"The certificate of {host(facts)} cannot be checked: this machine has no CA certificates",
            why=(certain("Without them no certificate at all can be checked here."),),
            steps=steps(
                do("Install the package ca-certificates, or ask the administrator to."),
                Step(commands.variable("SSL_CERT_FILE", "<bundle.pem>"), "where the certificates are elsewhere"),
            ),
            who=Who.SITE,
        )
    by = f"It is signed by {issuer}, which" if issuer else "It is signed by an authority that"
    return Words(
        title=f"The certificate of {host(facts)} is signed by an authority that is not trusted here",
        why=(
            *role(facts),
            certain(f"{by} is not among the trusted CA certificates{f' ({trusted})' if trusted else ''}."),
            likely("It is the authority of a site, or of a firewall or proxy that reads along on the way."),
            possible("The server does not send the certificate between its own and a known CA's."),
        ),
        steps=steps(
            *_cacert(facts, "that authority's certificate, from your administrator"),
            _openssl(facts, "shows the chain that is sent", "-showcerts"),
        ),
    )


def _self_signed(facts: Facts) -> Words:
    return Words(
        title=f"The certificate of {host(facts)} is self-signed and not trusted here",
        why=(*role(facts), certain("It vouches for itself, so only a copy of it that you trust can prove it.")),
        steps=steps(*_cacert(facts, "the registry's own certificate, from those who run it")),
    )


def _hostname(facts: Facts) -> Words:
    names = facts.part("certificate").texts("names")
    meant = f"It is for {words.listing(names)}." if names else "It names other hosts."
    return Words(
        title=f"The certificate is not for the host name {host(facts)}",
        why=(
            *role(facts),
            certain(meant),
            possible(
                "The registry has another name, the wrong one of several servers answers, or something on the way does."
            ),
        ),
        steps=steps(
            do(f"Check the name of the registry: is it {words.listing(names, last='or')}?")
            if names
            else do("Check the name of the registry."),
            do("If the name is right, ask the registry's operator for a certificate that has it."),
            _unchecked(facts),
        ),
    )


def _openssl(facts: Facts, comment: str, *options: str) -> Step:
    """The handshake as a command."""
    proxy = facts.text("proxy")
    scheme, _, way = proxy.rpartition("://")
    if proxy and scheme not in ("http", ""):  # openssl speaks to a proxy in plain http only
        return Step(f"curl -sv --proxy {commands.quoted(proxy)} https://{bare_host(facts)}:{port(facts)}/v2/", comment)
    through = ("-proxy", way.rpartition("@")[2].rstrip("/")) if proxy else ()
    where = ("-connect", f"{bare_host(facts)}:{port(facts)}")
    return Step(f"openssl s_client {' '.join((*options, *through, *where))} </dev/null", comment)


def _certificate(facts: Facts) -> Words:
    reason = facts.text("cause")
    return Words(
        title=f"The certificate of {host(facts)} is not accepted",
        why=(
            *role(facts),
            certain(words.sentence(f"the check says: {reason}" if reason else "the check gives no reason")),
        ),
        steps=steps(do("Ask the registry's operator."), _unchecked(facts)),
    )


def _client(facts: Facts) -> Words:
    if facts.text("missing"):
        return _half_pair(facts)
    registry = facts.registry or host(facts)
    folder = f"~/.config/containers/certs.d/{registry}/"
    return Words(
        title=f"{host(facts)} asks for a client certificate",
        why=(*role(facts), certain("It lets in only those who show a certificate that it knows.")),
        steps=steps(
            do(f"Put yours at {folder}client.cert and its key at {folder}client.key; the operator issues them.")
        ),
        kind=Kind.AUTH,
        who=Who.YOU,
    )


def _half_pair(facts: Facts) -> Words:
    folder = facts.text("file").rpartition("/")[0]
    return Words(
        title=f"The client certificate {facts.text('file')} has no partner: {facts.text('missing')} is missing",
        why=(certain("A client certificate (.cert) and its key (.key) are used together only."),),
        steps=steps(do(f"Put {facts.text('missing')} into {folder}, or take the other one out of it.")),
        kind=Kind.USAGE,
    )


def _certs_folder(facts: Facts) -> Words:
    return Words(
        title=facts.headline,
        what=(),
        why=(certain("What is in it might be needed to trust the registry, so it is not passed over."),),
        steps=steps(Step(f"ls -la {facts.text('file')}", "shows the owner and who may read")),
        kind=Kind.USAGE,
    )


def _version(facts: Facts) -> Words:
    return Words(
        title=f"{host(facts)} and this machine have no TLS version in common",
        why=(*role(facts), likely("The registry offers only versions older than TLS 1.2, which are no longer safe.")),
        steps=steps(
            _openssl(facts, "shows what it offers"),
            do("Ask the registry's operator to allow TLS 1.2 or newer."),
        ),
    )


def _handshake(facts: Facts) -> Words:
    cause, no_tls = facts.text("cause"), facts.text("fault") == "no-tls"
    if facts.text("alert"):
        return _alert(facts)
    return Words(
        title=facts.headline,
        what=None if facts.text("url") else (),
        why=(
            *role(facts),
            *((certain(words.sentence(f"the reason given: {cause}")),) if cause else ()),
            *(_NO_TLS if no_tls else _BROKEN_OFF),
        ),
        steps=steps(
            _openssl(facts, "shows what answers"),
            do("Check that the port is the registry's.") if no_tls else None,
            run(commands.pull(facts), "try again"),
        ),
    )


def _alert(facts: Facts) -> Words:
    """The other side speaks TLS and says no: an alert is a message of TLS (RFC 8446, 6)."""
    return Words(
        title=f"{host(facts)} refuses the TLS handshake: {facts.text('alert')}",
        why=(
            *role(facts),
            certain("It sent an alert, so it speaks TLS and does not agree to what was offered."),
            possible("It accepts none of the TLS versions and ciphers of this machine."),
            possible("It wants a client certificate."),
            possible("It does not serve this host name (SNI), or something on the way refuses it."),
        ),
        steps=steps(
            _openssl(facts, "shows version, cipher and what is asked for"),
            do(f"A client certificate belongs in ~/.config/containers/certs.d/{facts.registry or host(facts)}/."),
            do("Ask the registry's operator which TLS versions and ciphers it takes, with the alert above."),
        ),
        who=Who.REGISTRY,
    )


_NO_TLS = (likely("What answers on that port does not speak TLS: it is another service."),)
_BROKEN_OFF = (
    possible("A firewall or proxy breaks off encrypted connections to hosts that it does not allow."),
    possible("The port does not speak TLS."),
)


def _file(facts: Facts) -> Words:
    what = "client certificate" if facts.code == "tls-client-file" else "file of CA certificates"
    reason = facts.text("cause")
    if facts.text("variable") and facts.count("errno") == errno.ENOENT:
        return _no_such_bundle(facts)
    if facts.count("errno") == errno.ENOENT:
        return _no_such_file(facts, what)
    return Words(
        title=f"The {what} {facts.text('file')} cannot be used",
        why=(certain(words.sentence(reason)),) if reason else (),
        what=(facts.sentence,),
        steps=steps(
            Step(f"openssl x509 -noout -text -in {facts.text('file')}", "shows whether it is a certificate in PEM")
        ),
        kind=Kind.USAGE,
    )


def _no_such_file(facts: Facts, what: str) -> Words:
    return Words(
        title=f"There is no {what} {facts.text('file')}",
        what=(),
        steps=steps(Step(f"ls -l {commands.quoted(facts.text('file'))}", "is it there, and is the path right?")),
        kind=Kind.USAGE,
    )


def _no_such_bundle(facts: Facts) -> Words:
    """A variable that was right on another machine, or in another environment."""
    variable = facts.text("variable")
    return Words(
        title=f"{variable} names a file that does not exist: {facts.text('file')}",
        what=(),
        why=(certain("It replaces the CA certificates of this machine, so without it none can be checked."),),
        steps=steps(
            Step(f"unset {variable}", "uses this machine's own CA certificates"),
            Step(commands.variable(variable, "<bundle.pem>"), "where the certificates are"),
        ),
        kind=Kind.USAGE,
    )


RULES: Rules = {
    "tls-expired": _expired,
    "tls-not-yet-valid": _not_yet,
    "tls-unknown-ca": _unknown_ca,
    "tls-self-signed": _self_signed,
    "tls-hostname": _hostname,
    "tls-certificate": _certificate,
    "tls-client-certificate": _client,
    "tls-client-file": _file,
    "tls-certs-unreadable": _certs_folder,
    "tls-ca-file": _file,
    "tls-version": _version,
    "tls-handshake": _handshake,
}
