"""The local registry: locks, cached layers, the database."""

from __future__ import annotations

import time

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, run, steps

_NETWORKED = frozenset({"nfs", "nfs4", "lustre", "cifs", "smb3", "smbfs", "afs", "beegfs", "gpfs", "fuse.sshfs", "9p"})


def _unsupported(facts: Facts) -> Words:
    kind, detail = facts.text("filesystem"), facts.text("detail")
    shown = f" of type {kind}" if kind else ""
    return Words(
        title=f"File locks do not work on the filesystem{shown} that holds {facts.text('path')}",
        what=(f"The system answered: {detail}.",) if detail else (),
        why=(
            certain("Without locks several processes would damage each other's work, so nothing was done."),
            *(
                (likely("It is mounted without locking on this machine; on others it may have it."),)
                if kind in _NETWORKED
                else ()
            ),
        ),
        steps=steps(
            run(commands.setting(facts.text("setting"), "<folder>"), "a folder on a local or other filesystem"),
            do("Or ask the machine's administrator to mount it with locks (Lustre: the option flock; NFS: lockd)."),
        ),
        who=Who.YOU,
    )


def _timeout(facts: Facts) -> Words:
    holder = facts.part("holder")
    pid, machine = holder.text("pid"), holder.text("machine").rpartition("-")[0] or holder.text("machine")
    waited = words.duration(facts.number("elapsed"))
    since = holder.number("since")
    held = f", since {time.strftime('%H:%M', time.gmtime(since))} UTC" if since else ""
    stopped = holder.get("stopped") is True
    return Words(
        title=f"Another process did not finish in {waited}: waited for {facts.text('purpose') or 'its lock'}",
        what=(f"Process {pid} on {machine} holds the lock{held}.",) if pid else (),
        why=(certain(f"Process {pid} is stopped (by Ctrl-Z or SIGSTOP), and does nothing until it is continued."),)
        if stopped
        else (
            certain(
                "Only one process at a time may do this; a lock ends with its process, so that one is still running."
            ),
        ),
        steps=steps(
            Step(f"kill -CONT {pid}", f"on {machine}: lets it go on") if stopped else None,
            Step(f"ps -o pid,etime,args -p {pid}", f"on {machine}: what is it doing?") if pid else None,
            run(commands.pull(facts), "try again later"),
            run(commands.setting("lock_timeout", "1h"), "waits longer"),
        ),
        who=Who.YOU,
    )


def _pack(facts: Facts) -> Words:
    attempts = int(facts.number("attempts") or 1)
    return Words(
        title="A converted layer in the cache is damaged",
        why=(
            certain(words.sentence(facts.text("detail")) if facts.text("detail") else "It cannot be read back."),
            *(
                (
                    certain(f"So it was {attempts} times in a row; in between the layer was fetched again."),
                    likely("The disk or the memory of this machine is at fault, or another program changes the file."),
                )
                if attempts > 1
                else ()
            ),
        ),
        steps=steps(
            run(commands.setting("cache_dir", "<folder>"), "keeps converted layers on another disk"),
            run(commands.pull(facts)),
        ),
    )


def _link(facts: Facts) -> Words:
    link, uid = facts.text("link"), facts.text("uid")
    return Words(
        title=f"The cache is reached by {link}, a link of another user (user id {uid})",
        why=(certain("Its owner decided where it leads, and may change that: nothing is taken from or put there."),),
        steps=steps(
            Step(f"ls -ld {commands.quoted(link)}", "shows the owner, and where it leads"),
            run(commands.setting(facts.text("setting"), "<folder>"), "a folder of your own, without that link"),
        ),
    )


RULES: Rules = {
    "lock-unsupported": _unsupported,
    "lock-timeout": _timeout,
    "pack-unusable": _pack,
    "store-cache-link": _link,
}
