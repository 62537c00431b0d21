"""Logins: asked for, refused, out of date; private or absent, which few registries tell apart."""

from __future__ import annotations

from sregistry.diagnosis import commands, hosts, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.evidence import skew
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.diagnosis.rules import logins, reasons, short
from sregistry.diagnosis.rules.blobs import blob

_LEGAL = 451
_UNAUTHORIZED, _FORBIDDEN = 401, 403
#: Outcomes of an anonymous request that refuse it, and those that know no such image.
_NOT_GIVEN = frozenset({"auth-required", "auth-refused", "auth-denied"})
_NOT_THERE = frozenset({"repository-unknown", "tag-unknown", "manifest-unknown"})
_NGC = "nvcr.io"
_NGC_USER = "$oauthtoken"


def name(facts: Facts) -> str:
    """What the registry is called."""
    return hosts.of(facts).name


def _anonymous_refused(facts: Facts) -> Words:
    """No login was sent, and one is asked for."""
    if change := "push to" if commands.writes(facts) else "delete in" if facts.text("purpose") == "delete" else "":
        return _login_to_change(facts, change)
    if facts.look.part("anonymous").text("outcome") == "ok":
        return _came_back(facts)
    if (reason := reasons.explained(facts)) and facts.count("status") != _UNAUTHORIZED:
        return reason
    if _of_content(facts):
        return _content_refused(facts)
    if _fresh_token_refused(facts):
        return _token_not_taken(facts)
    host, repository = hosts.of(facts), facts.repository
    if not repository:
        return Words(f"{host.name} asks for a login", why=_clock(facts), steps=steps(host.login, *_date(facts)))
    if seen := _tags_seen(facts):
        return Words(
            title=f"{host.name} asks for a login for {repository}",
            why=(*_troubles(facts), *_clock(facts), *_private_first(facts)),
            checked=seen,
            steps=steps(*_date(facts), host.login, run(commands.pull(facts), "after the login")),
        )
    if _for_everything(facts):
        return _login_first(facts)
    return _private_or_absent(facts)


def _private_or_absent(facts: Facts) -> Words:
    """The registry does not tell which of the two it is."""
    host, repository = hosts.of(facts), facts.repository
    same = (
        f"{host.name} gives the same answer for both, so it does not tell which."
        if host.hides
        else "Most registries give the same answer for both, so as not to tell which."
    )
    skewed = _shown_skew(facts)
    return Words(
        title=f"{host.name} asks for a login for {repository}, and this machine's clock is {skewed}"
        if skewed
        else f"{host.name} asks for a login for {repository}: it is private, or does not exist",
        why=(
            *_troubles(facts),
            *_clock(facts),
            possible(f"{repository} is private, or does not exist.") if skewed else certain(same),
            *short.causes(facts),
            *_private_first(facts),
        ),
        steps=steps(
            *_date(facts),
            *(short.steps(facts) or (do(f"Check the spelling of {repository}."),)),
            *_helpers(facts),
            host.login,
            run(commands.pull(facts), "after the login: not found now means that it does not exist"),
        ),
    )


def _login_to_change(facts: Facts, change: str) -> Words:
    host = hosts.of(facts)
    return Words(
        title=f"{host.name} asks for a login to {change} {facts.repository}",
        why=(*_troubles(facts), *_clock(facts)),
        steps=steps(*_date(facts), *_helpers(facts), host.login, run(commands.pull(facts), "after the login")),
    )


def _for_everything(facts: Facts) -> bool:
    """Whether a user name and password are asked for before anything is looked at."""
    return facts.part("challenge").text("scheme") == "basic" and facts.look.part("ping").count("status") == 401


def _login_first(facts: Facts) -> Words:
    host = hosts.of(facts)
    return Words(
        title=f"{host.name} asks for a user name and password",
        why=(
            *_troubles(facts),
            *_clock(facts),
            certain(
                f"It asks at /v2/ already, whatever is wanted: that {facts.repository} is private, or does not exist, "
                "is not known."
            ),
            *(
                (possible("A web server in front of the registry asks, and not the registry: a page came with it."),)
                if facts.has("page_title")
                else ()
            ),
        ),
        steps=steps(
            *_date(facts),
            *_helpers(facts),
            host.login,
            run(commands.pull(facts), "after the login: not found then means that it does not exist"),
        ),
    )


def _troubles(facts: Facts) -> tuple[Cause, ...]:
    """Sources of logins that could not be asked: the login that is missing may be in one of them."""
    found = []
    for trouble in facts.parts("login_troubles"):
        where = trouble.text("configured_in")
        named = f" (named by {where})" if where and where not in trouble.text("message") else ""
        found.append(certain(f"No login was sent, as {trouble.text('message')}{named}."))
    return tuple(found)


def _helpers(facts: Facts) -> tuple[Step, ...]:
    """What to do about a helper that did not give the login."""
    return tuple(
        do(
            f"Install {trouble.text('helper')} if the login is kept there, or take it out of {where}."
            if trouble.text("code") == "auth-helper-missing"
            else f"Mend {trouble.text('helper')} if the login is kept there, or take it out of {where}."
        )
        for trouble in facts.parts("login_troubles")
        if (where := trouble.text("configured_in").rpartition(" in ")[2]) and trouble.has("helper")
    )


def _came_back(facts: Facts) -> Words:
    return Words(
        title=f"{name(facts)} asked for a login, and then did not any more",
        checked=(f"Asked again, also without a login, it gives {facts.repository}.",),
        steps=steps(run(commands.pull(facts), "try again")),
        who=Who.NOBODY,
    )


def _private_first(facts: Facts) -> tuple[Cause, ...]:
    host = hosts.of(facts)
    if not host.private_first:
        return ()
    more = "; making the source repository public does not change that" if host.registry == "ghcr.io" else ""
    return (possible(f"What is pushed to {host.name} is private until its owner makes it public{more}."),)


def _tags_seen(facts: Facts) -> tuple[str, ...]:
    count = facts.look.part("tags").count("count")
    if count is None:
        return ()
    return (f"The tags of {facts.repository} can be listed ({words.number(count, 'tag')}), so it exists.",)


def _of_content(facts: Facts) -> bool:
    """Whether a layer or config is refused to one who got the manifest."""
    return facts.text("purpose") in ("blob", "config") and not commands.writes(facts)


def _content_refused(facts: Facts) -> Words:
    """Who may read a manifest may read what it lists, so a refusal here is nobody's missing right."""
    host = hosts.of(facts)
    return Words(
        title=reasons.titled(f"{host.name} gives the manifest, but refuses {blob(facts)}", facts.said),
        why=(
            *_clock(facts),
            *_token_over(facts),
            likely("The registry's storage, or a firewall or proxy in front of it, refuses it to everybody."),
        ),
        steps=steps(
            *_date(facts),
            run(commands.pull(facts), "try again; finished layers are kept"),
            do("If it stays so, report it to the registry's operator."),
            Step(host.login.command, "if the operator says that one is needed") if facts.anonymous else None,
        ),
        who=Who.REGISTRY,
    )


def _token_over(facts: Facts) -> tuple[Cause, ...]:
    if facts.count("status") != 401:
        return ()
    return (possible("The token is valid no longer: its lifetime is shorter than this pull, or for one request only."),)


def _login_refused(facts: Facts) -> Words:
    """A login was sent and refused; the second look tells whether one is needed at all."""
    if facts.anonymous:
        return _anonymous_refused(facts)
    anonymous = facts.look.part("anonymous").text("outcome")
    if anonymous == "ok" and not commands.writes(facts):
        return _not_needed(facts)
    if (reason := reasons.explained(facts)) and facts.count("status") != _UNAUTHORIZED:
        return reason
    if _of_content(facts):
        return _content_refused(facts)
    if _fresh_token_refused(facts) and not _says_expired(facts):
        return _token_not_taken(facts)
    clock = _clock(facts)
    return Words(
        title=_refuses(facts) + (f", and this machine's clock is {_shown_skew(facts)}" if _shown_skew(facts) else ""),
        why=(
            certain(f"It was {logins.source(facts)}."),
            *clock,
            *logins.waiting(facts),
            *_right(facts),
            *_lifetime(facts),
        ),
        checked=_without(facts),
        steps=steps(
            *_date(facts), *_ngc(facts), *logins.another(facts), logins.renew(facts), run(commands.pull(facts))
        ),
    )


def _without(facts: Facts) -> tuple[str, ...]:
    """What the same request gave without the login: only a refusal of the same thing says that it is needed."""
    outcome = facts.look.part("anonymous").text("outcome")
    if not facts.repository or outcome not in _NOT_GIVEN | _NOT_THERE or commands.writes(facts):
        return ()
    if outcome in _NOT_THERE:
        return (f"Asked without it, the registry says that there is no {_image(facts)}.",)
    return (f"Without it {facts.repository} cannot be pulled either.",)


def _image(facts: Facts) -> str:
    tag = facts.identifier
    return f"{facts.repository}:{tag}" if tag and ":" not in tag else facts.repository


def _fresh_token_refused(facts: Facts) -> bool:
    """Whether the registry calls the token bad that its own service has just given (RFC 6750, 3.1), not too weak."""
    return _token_given(facts) and facts.part("challenge").text("error") == "invalid_token"


def _token_not_taken(facts: Facts) -> Words:
    """No login mends this: what was given is not what is expected."""
    said = facts.said or facts.part("challenge").text("error_description")
    shown = _shown_skew(facts)
    return Words(
        title=reasons.titled(f"{name(facts)} refuses the token that it has just given", said)
        + (f"; this machine's clock is {shown}" if shown else ""),
        why=(
            certain("The token is new and the registry says that it is invalid, not that it lacks a right."),
            *(_clock(facts) or (possible("The clocks of the registry and of its token service differ."),)),
            possible("The registry and its token service do not belong together: keys or names differ."),
        ),
        steps=steps(
            *_date(facts),
            run(commands.pull(facts), "try again"),
            do("If it stays so, report it to the registry's operator, with the answer above."),
        ),
        who=Who.SITE if shown else Who.REGISTRY,
    )


def _refuses(facts: Facts) -> str:
    if _says_expired(facts):
        return f"The login for {name(facts)} has expired"
    if _forbidden(facts):
        return f"{name(facts)} denies this login access to {facts.repository or 'this'}"
    if _token_given(facts) and not _clock(facts):
        return f"{name(facts)} takes the login, and then refuses its token"
    return (
        f"{name(facts)} does not accept the saved login" if logins.saved(facts) else f"{name(facts)} refuses the login"
    )


def _token_given(facts: Facts) -> bool:
    """Whether the token service took the login, and the registry does not take the token."""
    asked = facts.text("purpose") not in ("token", "ping", "login")
    return asked and facts.part("challenge").text("scheme") == "bearer"


def _forbidden(facts: Facts) -> bool:
    """Whether the token service knows the login, and says no all the same."""
    return facts.text("purpose") == "token" and facts.count("status") == _FORBIDDEN


def _not_needed(facts: Facts) -> Words:
    login = words.capital(logins.source(facts))
    state = "has expired, as the registry says" if _says_expired(facts) else "is expired, revoked or wrong"
    if _token_given(facts) and not _says_expired(facts):
        state = "gets a token that may not pull this: the account has no right to it, or the login is out of date"
    return Words(
        title=f"{name(facts)} does not accept the {'saved ' if logins.saved(facts) else ''}login",
        why=(certain(f"{login} {state}."), *logins.waiting(facts)),
        checked=(f"Without it, {_image(facts)} can be pulled anonymously.",),
        steps=steps(logins.drop(facts, "then pull again"), logins.renew(facts, after_another=True)),
    )


def _says_expired(facts: Facts) -> bool:
    return facts.about("expired")


def _token_refused(facts: Facts) -> bool:
    """Whether the login itself was refused, by the token service, and not the access to a repository."""
    return facts.text("purpose") in ("token", "ping") and facts.count("status") == 401


def _right(facts: Facts) -> tuple[Cause, ...]:
    """A login that is good and may not do this: likely where a token was given for it, out of question where not."""
    if _token_refused(facts) or _says_expired(facts):
        return ()
    if _forbidden(facts) and facts.repository:
        return (
            likely(
                f"The account is no member of {facts.repository}, or its token lacks the scope to "
                + (
                    "push (write_registry at GitLab, write:packages at GitHub)."
                    if commands.writes(facts)
                    else "pull (read_registry at GitLab, read:packages at GitHub)."
                )
            ),
            possible(f"There is no {facts.repository}."),
        )
    text = "The account has no right to do this."
    if facts.repository:
        does = "push to" if commands.writes(facts) else "pull"
        text = f"The login is good, but may not {does} {facts.repository}, or there is no such repository."
    return (likely(text) if _token_given(facts) else possible(text),)


def _lifetime(facts: Facts) -> tuple[Cause, ...]:
    host = hosts.of(facts)
    if _says_expired(facts):
        return (certain("It has expired, as the registry says."),)
    surely = possible if _token_given(facts) or _forbidden(facts) else likely
    odd = facts.text("login_oddity")
    if odd:
        hint = "; `echo` adds one, `printf %s` does not" if "line feed" in odd else ""
        return (surely(f"Its {odd}, which hardly belongs to it{hint}."), possible("It is expired or revoked."))
    if not host.expires:
        return (surely("It is expired, revoked or mistyped."),)
    where = f" (account {host.account}, region {host.region})" if host.account else ""
    return (surely(f"It is out of date: passwords for {host.name}{where} last {host.expires}."),)


def _clock(facts: Facts) -> tuple[Cause, ...]:
    shown = _shown_skew(facts)
    if not shown and facts.about("clock"):
        return (likely("The clock of the registry, of its token service or of this machine is wrong."),)
    return (likely(f"This machine's clock is {shown}; tokens are refused then."),) if shown else ()


def _shown_skew(facts: Facts) -> str:
    value = skew(facts)
    if value is None:
        return ""
    return f"{words.duration(abs(value))} {'ahead of' if value > 0 else 'behind'} the registry's"


def _date(facts: Facts) -> tuple[Step, ...]:
    """How to look at the clock, where it is off."""
    comment = "is this the true time? If not, set the clock: sudo timedatectl set-ntp true"
    return (Step("date -u", comment),) if _clock(facts) else ()


def _ngc(facts: Facts) -> tuple[Step, ...]:
    if facts.registry != _NGC:
        return ()
    return (do(f"The user name is literally {_NGC_USER}: in a shell it has to stand in single quotes."),)


def _denied(facts: Facts) -> Words:
    """The registry knows who asks and says no; its own words are the best reason."""
    said = facts.said
    writes = commands.writes(facts)
    if facts.look.part("anonymous").text("outcome") == "ok" and not facts.anonymous and not writes:
        return _not_needed(facts)
    if facts.count("status") == _LEGAL:
        return _forbidden_by_law(facts, said)
    if (reason := reasons.explained(facts)) and not facts.about("moved"):
        return reason
    if writes:
        return _writing_denied(facts)
    if _of_content(facts):
        return _content_refused(facts)
    host = hosts.of(facts)
    who = "anonymous users" if facts.anonymous else "this account"
    return Words(
        title=reasons.titled(f"{host.name} denies {who} access to {facts.repository or 'this'}", said),
        why=(
            *(() if said else _either(facts)),
            *_not_its_form(facts),
            *_private_first(facts),
            *short.causes(facts),
        ),
        checked=_tags_seen(facts),
        steps=steps(
            *reasons.links(facts),
            do("Pull it from the place that the registry names.") if facts.about("moved") else None,
            host.login
            if facts.anonymous
            else do(f"Ask the owner of {facts.repository or 'it'} for the right to pull."),
            None if facts.anonymous else logins.renew(facts, after_another=True),
            run(commands.pull(facts)) if facts.anonymous else None,
        ),
    )


def _writing_denied(facts: Facts) -> Words:
    """Whether the repository can be read tells nothing about that."""
    host, repository = hosts.of(facts), facts.repository or "this"
    who = "anonymous users" if facts.anonymous else "this account"
    return Words(
        title=reasons.titled(f"{host.name} does not let {who} push to {repository}", facts.said),
        why=_not_its_form(facts),
        steps=steps(
            *reasons.links(facts),
            host.login if facts.anonymous else do(f"Ask the owner of {repository} for the right to push."),
            run(commands.pull(facts), "after that"),
        ),
    )


def _not_its_form(facts: Facts) -> tuple[Cause, ...]:
    """A refusal that is not in the registry's own form may come from something else."""
    if facts.registry_errors or not facts.text("body_head"):
        return ()
    return (possible("A firewall or proxy refuses: the answer is not in the form in which registries say why."),)


def _forbidden_by_law(facts: Facts, said: str) -> Words:
    """451 is about the country or the content, so no login helps."""
    return Words(
        title=f"{name(facts)} may not give out {facts.repository or 'this'} here, for legal reasons",
        why=(
            *((certain(f'Its reason: "{said}"'),) if said else ()),
            certain("Status 451 says that a law or a court forbids it; a login does not change that."),
        ),
        steps=steps(do("Ask the image's author for another registry that has it.")),
        who=Who.REGISTRY,
    )


def _either(facts: Facts) -> tuple[Cause, ...]:
    """Private or absent, where the registry leaves it open."""
    if _tags_seen(facts) or not facts.repository:
        return ()
    sure = hosts.of(facts).hides
    text = f"{facts.repository} is private, or does not exist"
    return (certain(f"{text}: {name(facts)} gives the same answer for both."),) if sure else (possible(f"{text}."),)


def _unsupported(facts: Facts) -> Words:
    scheme = facts.part("challenge").text("scheme")
    if _of_content(facts):
        return _content_refused(facts)
    if scheme in ("basic", "bearer"):
        title = f"{name(facts)} asks for a token, and does not say where to get one"
        cause = certain("The challenge in its answer names no token service whose address can be used.")
    elif not scheme:
        title = f"{name(facts)} refuses the request (401) without saying how to log in"
        cause = certain("Its answer has no WWW-Authenticate header that can be read, which names the kind of login.")
    else:
        title = f"{name(facts)} asks for a kind of login that is not supported: {scheme}"
        cause = certain("Basic and Bearer are the two kinds that registries use.")
    return Words(
        title=title,
        why=(cause,),
        steps=steps(
            do("Check that this is the registry itself, and not another service or a login page in front of it."),
            do("Ask the registry's operator for a way to pull with a password or token."),
        ),
        who=Who.REGISTRY,
    )


def _insecure(facts: Facts) -> Words:
    """The registry is spoken to in https and names a token service in http."""
    realm = facts.part("challenge").text("realm")
    return Words(
        title=f"{name(facts)} names a token service that is not encrypted",
        why=(
            certain(f"Its token service is {realm or 'spoken to'}, in plain http; nothing was sent there."),
            likely("The registry is set up wrongly: behind a proxy it does not know that it is reached by https."),
        ),
        steps=steps(
            do("Report it to the registry's operator: the address of the token service has to begin with https."),
            run(commands.pull(facts, "--plain-http"), "allows http for everything; only on a network you trust"),
        ),
        kind=Kind.REGISTRY,
        who=Who.REGISTRY,
    )


def _token_withheld(facts: Facts) -> Words:
    """An error document with a status of success: its words are the reason."""
    return Words(
        title=reasons.titled(f"The token service of {facts.registry or 'the registry'} gave no token", facts.said),
        why=(certain("It answered with an error message, and with a status that means success."),),
        steps=steps(
            *reasons.links(facts),
            do("Ask the registry's operator, with the reason that is given."),
            Step(commands.login(facts.registry), "if you have a login") if facts.anonymous else None,
        ),
        kind=Kind.REGISTRY,
        who=Who.REGISTRY,
    )


def _token_answer(facts: Facts) -> Words:
    """The token service answered, but with no token."""
    if facts.registry_errors:
        return _token_withheld(facts)
    return Words(
        title=f"The token service of {name(facts)} gave no token",
        why=(
            certain(words.sentence(facts.text("reason")) or facts.sentence),
            likely("Something in front of the token service answers in its place."),
        ),
        steps=steps(
            run(commands.pull(facts), "try again later"),
            do("If it stays so, report it to the registry's operator."),
        ),
        kind=Kind.REGISTRY,
        who=Who.REGISTRY,
    )


def _file(facts: Facts) -> Words:
    file = facts.text("file")
    reason = facts.further("reason")
    entry = facts.text("key")
    unwritable = facts.code == "auth-file-unwritable"
    return Words(
        title=facts.headline,
        what=(),
        why=(certain(reason),) if reason else (),
        steps=steps(
            Step(commands.login(entry), "writes the entry anew") if entry else Step(f"ls -l {file}"),
            do(f"Or take the entry out of {file}.") if entry else None,
            Step(commands.variable("DOCKER_CONFIG", "<folder>"), "a folder where logins can be kept")
            if unwritable
            else None,
        ),
        kind=Kind.DISK if unwritable else Kind.AUTH,
    )


def _helper(facts: Facts) -> Words:
    helper, output = facts.text("helper"), facts.text("output")
    where = facts.text("configured_in")
    return Words(
        title=facts.headline.split(": ", 1)[0],
        what=tuple(f'{helper} says: "{line}"' for line in output.splitlines()) if output else (),
        why=(certain(f"It is named by {where}."),) if where else (),
        steps=steps(
            Step(f"command -v {helper}", "where is it?")
            if facts.code == "auth-helper-missing"
            else Step(
                f"echo {facts.text('server')} | {helper} get", "asks it directly; the answer holds your password"
            ),
            run(commands.setting("timeout_helper", "2min"), "waits longer for it")
            if facts.code == "auth-helper-timeout"
            else None,
            do(f"Without it: take its entry out of {where.rpartition(' in ')[2]}, then log in again.")
            if where
            else None,
        ),
    )


def _malformed(facts: Facts) -> Words:
    return Words(
        title=facts.headline,
        what=(),
        steps=steps(do("Give the password as it is: --password-stdin takes all of standard input, less its line end.")),
    )


def _variable(facts: Facts) -> Words:
    missing = facts.text("setting")
    other = (
        missing.replace("PASSWORD", "USERNAME")
        if missing.endswith("PASSWORD")
        else missing.replace("USERNAME", "PASSWORD")
    )
    return Words(
        title=f"{other} is set and {missing} is not",
        why=(certain("User name and password are used together only, so neither was."),),
        what=(),
        steps=steps(Step(f"unset {other}", "or set both")),
    )


RULES: Rules = {
    "auth-required": _anonymous_refused,
    "auth-refused": _login_refused,
    "auth-denied": _denied,
    "auth-unsupported": _unsupported,
    "auth-realm-insecure": _insecure,
    "auth-token-missing": _token_answer,
    "auth-file-malformed": _file,
    "auth-file-unreadable": _file,
    "auth-file-unwritable": _file,
    "auth-entry-malformed": _file,
    "auth-helper-missing": _helper,
    "auth-helper-failed": _helper,
    "auth-helper-timeout": _helper,
    "auth-helper-malformed": _helper,
    "auth-login-malformed": _malformed,
    "auth-variable-incomplete": _variable,
}
