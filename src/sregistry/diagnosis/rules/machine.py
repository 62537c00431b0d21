"""What this process may have no more of: memory, threads, processes, open files; and which limit says so."""

from __future__ import annotations

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, possible, run, steps

#: Limit -> letter of `ulimit`, and by how many bytes or pieces the shell counts it.
_ULIMIT = {"RLIMIT_AS": ("v", 1024), "RLIMIT_DATA": ("d", 1024), "RLIMIT_NOFILE": ("n", 1), "RLIMIT_NPROC": ("u", 1)}
_ABOUT = {
    "RLIMIT_AS": "the memory that this process may map",
    "RLIMIT_DATA": "the memory that this process may take",
    "RLIMIT_NOFILE": "the files and connections that this process may have open",
    "RLIMIT_NPROC": "the threads and processes that this user may have",
    "memory.max": "the memory of the control group of this process",
    "pids.max": "the threads and processes of the control group of this process",
}
_OWN_MEMORY = frozenset({"RLIMIT_AS", "RLIMIT_DATA"})
_IN_BYTES = _OWN_MEMORY | {"memory.max"}
#: What gives more where no command of this process can.
_ASK = {
    "memory.max": "Ask for more memory: `--mem` of Slurm for a job, `--memory` of Docker or Podman for a container.",
    "pids.max": "Ask for more tasks: `--pids-limit` of Docker or Podman for a container.",
    "RLIMIT_AS": "Ask for more memory where the limit was set: by the batch system, or in a shell's start-up files.",
}
_TITLES = {
    "machine-memory": "There is not enough memory",
    "machine-threads": "No further thread can be started",
    "machine-processes": "No further process can be started",
    "machine-files": "No more files can be open at once",
}


def _amount(name: str, count: int) -> str:
    return words.size(count) if name in _IN_BYTES else f"{count:,}"


def _why(facts: Facts) -> tuple[Cause, ...]:
    name, value, used = facts.text("limit_name"), facts.count("limit"), facts.count("used")
    needed = facts.count("needed")
    wanted = [certain(f"It was wanted for {facts.text('wanted')}.")] if facts.has("wanted") else []
    if name not in _ABOUT or value is None:
        return (*wanted, possible("No limit of this process was found: the whole system may have no more."))
    where = f"{name}, `ulimit -{_ULIMIT[name][0]}`" if name in _ULIMIT else facts.text("control_group")
    why = [certain(f"There is a limit on {_ABOUT[name]}: {_amount(name, value)} ({where}).")]
    if needed is not None:
        why.append(certain(f"It would take {_amount(name, needed)} at least."))
    elif used and name not in _OWN_MEMORY:
        why.append(certain(f"{_amount(name, used)} were in use."))
    return (*why, *wanted)


def _raised(facts: Facts) -> Step | None:
    """The command that allows as much as this process may allow itself."""
    name, value, most = facts.text("limit_name"), facts.count("limit") or 0, facts.count("limit_most")
    if name not in _ULIMIT or (most is not None and most <= value):
        return None
    letter, unit = _ULIMIT[name]
    return Step(f"ulimit -S -{letter} {'unlimited' if most is None else most // unit}", "allows more in this shell")


def _explain(facts: Facts) -> Words:
    raised = _raised(facts)
    less = commands.pull(facts, "--jobs", "1") if facts.code != "machine-files" else ""
    return Words(
        title=_TITLES[facts.code],
        what=(),
        why=_why(facts),
        steps=steps(
            raised,
            None if raised else do(_ASK.get(facts.text("limit_name"), "Ask whoever looks after this machine.")),
            run(less, "needs less, and takes longer") if "--jobs" not in " ".join(facts.texts("options")) else None,
        ),
        who=Who.YOU if raised else Who.SITE,
    )


RULES: Rules = dict.fromkeys(_TITLES, _explain)
