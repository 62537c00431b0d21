"""The database of images, and names in the local store."""

from __future__ import annotations

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps


def _name(facts: Facts) -> str:
    return facts.text("database") or "of images"


def _detail(facts: Facts) -> tuple[Cause, ...]:
    detail = facts.further("detail")
    return (certain(f"It says: {detail}"),) if detail else ()


def _elsewhere(facts: Facts) -> Step | None:
    """The setting that moves the database."""
    local = facts.text("setting") == "database"
    comment = "a folder on a local filesystem" if local else "another database"
    return run(commands.setting(facts.text("setting"), "<folder>" if local else "<postgresql://HOST/NAME>"), comment)


def _locked(facts: Facts) -> Words:
    kind, elapsed = facts.text("filesystem"), facts.number("elapsed")
    pid = facts.part("holder").text("pid")
    waited = f", for {words.duration(elapsed)}" if elapsed else ""
    return Words(
        title=f"The database {_name(facts)} was in use by other processes all the time{waited}",
        what=(),
        why=(
            *_holder(facts.part("holder")),
            likely("Many processes work with it at the same time, or one of them hangs."),
            *((possible(f"Its locks are slow or broken: it is on a filesystem of type {kind}."),) if kind else ()),
        ),
        steps=steps(
            Step(f"kill -CONT {pid}", "lets it go on") if facts.part("holder").get("stopped") is True else None,
            Step(f"ps -o pid,etime,args -p {pid}", "what is it doing?") if pid else None,
            do("Try again later."),
            run(commands.setting("database_timeout", "10min"), "waits longer"),
            run(commands.setting("database_url", "<postgresql://HOST/NAME>"), "for many users at once"),
            _elsewhere(facts),
        ),
    )


def _holder(holder: Facts) -> tuple[Cause, ...]:
    """Who holds it, as far as that was seen."""
    pid, command = holder.text("pid"), holder.text("command")
    if not pid:
        return ()
    called = f" ({command})" if command else ""
    state = " It is stopped, and does nothing until it is continued." if holder.get("stopped") is True else ""
    return (certain(f"Process {pid}{called} holds it.{state}"),)


def _damaged(facts: Facts) -> Words:
    database = facts.text("database")
    return Words(
        title=f"{_name(facts)} is damaged, or is not a database",
        what=(),
        why=(*_detail(facts), likely("It was cut by a full disk or a copy broken off, or another file has its name.")),
        steps=steps(
            Step(commands.command("check", "--repair"), "repairs what it can, and keeps the rest"),
            run(
                f"mv {commands.quoted(database)} {commands.quoted(database + '.damaged')}" if database else "",
                "begins anew",
            ),
        ),
    )


def _read_only(facts: Facts) -> Words:
    return Words(
        title=f"The database {_name(facts)} cannot be changed",
        what=(),
        why=(*_detail(facts), likely("You may read its file, but not write to it or to its folder.")),
        steps=steps(
            run(f"ls -l {commands.quoted(facts.text('database'))}" if facts.text("database") else ""), _elsewhere(facts)
        ),
    )


def _unreachable(facts: Facts) -> Words:
    remote = facts.text("setting") == "database_url"
    return Words(
        title=f"The database {_name(facts)} cannot be {'reached' if remote else 'opened'}",
        what=(),
        why=(
            *_detail(facts),
            likely("The database server is not running, or its address is not right.")
            if remote
            else likely("Its folder does not exist or may not be entered."),
        ),
        steps=steps(
            do(f"Check the address {_name(facts)} and that the server runs.") if remote else None,
            _elsewhere(facts),
            run("unset SREGISTRY_DATABASE_URL" if remote else "", "uses the file of this machine"),
        ),
    )


def _failed(facts: Facts) -> Words:
    return Words(
        title=f"The database {_name(facts)} failed",
        what=(f"It says: {said}",) if (said := facts.text("detail")) else (facts.sentence,),
        steps=steps(
            Step(commands.command("check", "--repair"), "repairs what it can, and keeps the rest"),
            do("If it stays so, report it: this should not happen."),
        ),
        who=Who.SREGISTRY,
    )


def _driver(facts: Facts) -> Words:
    package = facts.text("package") or "sregistry[postgresql]"
    return Words(
        title="The Python package that speaks to PostgreSQL is not installed",
        what=(),
        why=(certain(f"The database is {_name(facts)}, which needs psycopg."),),
        steps=steps(
            Step(f"pip install {commands.quoted(package)}"),
            Step("unset SREGISTRY_DATABASE_URL", "uses the file of this machine"),
        ),
    )


def _url(facts: Facts) -> Words:
    return Words(
        title=facts.headline,
        what=(f"database_url = {facts.text('database')}",) if facts.text("database") else (),
        steps=steps(
            run(commands.setting("database_url", "<postgresql://USER@HOST/NAME>")),
            Step("unset SREGISTRY_DATABASE_URL", "uses the file of this machine"),
        ),
        kind=Kind.USAGE,
    )


def _newer(facts: Facts) -> Words:
    version, known = facts.text("version"), facts.text("known")
    return Words(
        title=f"The database {_name(facts)} was made by a newer version of sregistry",
        what=(),
        why=(certain(f"Its schema has the version {version}; this program knows up to {known}."),) if version else (),
        steps=steps(Step("pip install --upgrade sregistry"), _elsewhere(facts)),
    )


def _import_format(facts: Facts) -> Words:
    return Words(
        title=facts.headline,
        what=(),
        why=(
            *_detail(facts),
            certain("Databases of sregistry 0.2 can be imported; they have a table named container."),
        ),
        steps=steps(
            Step("ls -l ~/.singularity/sregistry.db", "where sregistry 0.2 keeps it, unless SREGISTRY_DATABASE was set")
        ),
        kind=Kind.USAGE,
    )


def _bad_name(facts: Facts) -> Words:
    return Words(
        title=facts.headline,
        what=(),
        steps=steps(
            do("An image in the store is called COLLECTION/NAME:TAG, such as acme/tool:1.2"),
            Step(commands.command("images"), "lists all"),
        ),
        kind=Kind.NAME,
    )


RULES: Rules = {
    "store-database-locked": _locked,
    "store-database-damaged": _damaged,
    "store-database-read-only": _read_only,
    "store-database-unreachable": _unreachable,
    "store-database-failed": _failed,
    "store-database-driver": _driver,
    "store-database-url": _url,
    "store-import-format": _import_format,
    "store-database-newer": _newer,
    "store-name-malformed": _bad_name,
    "store-query-malformed": _bad_name,
}
