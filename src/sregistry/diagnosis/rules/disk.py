"""This machine's disk: which folder, on what filesystem, how much is free, and which setting moves it."""

from __future__ import annotations

import errno
import posixpath

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.settings import rows

#: Filesystems that live in memory: ``df`` of the target folder says nothing about them.
_IN_MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs"})
_ELSEWHERE = "<folder>"
#: Paths that no folder would make right.
_IMPOSSIBLE = {
    errno.ENAMETOOLONG: "A name in it, or all of it, is longer than the file system allows: mostly 255 and 4096 bytes.",
    errno.ELOOP: "Its symbolic links lead in a circle.",
    errno.EISDIR: "It is a folder, where a file is needed.",
}


def _path(facts: Facts) -> str:
    return facts.text("path") or facts.text("file") or "a file"


def _folder(facts: Facts) -> str:
    return facts.text("folder") or posixpath.dirname(_path(facts)) or "the current folder"


def _shell_folder(facts: Facts) -> str:
    return commands.quoted(facts.text("folder") or posixpath.dirname(_path(facts)) or ".")


def _move(facts: Facts, comment: str = "a folder with more space") -> Step | None:
    """The variable that moves the folder; the option where the user named the file."""
    if facts.text("setting"):
        return run(commands.setting(facts.text("setting"), _ELSEWHERE), comment)
    if facts.texts("repeat")[:1] == ["copy"]:
        return do(f"Copy into {comment}.")
    return run(commands.pull(facts, "--output", f"{_ELSEWHERE}/image.sif"), comment)


def _purpose(facts: Facts) -> str:
    """What the folder is for, by the setting that names it: ``(folder of temporary files)``."""
    row = rows().get(facts.text("setting"))
    return f" ({row.meaning})" if row else ""


def _full(facts: Facts) -> Words:
    free, needed, kind = facts.count("free"), facts.count("needed"), facts.text("filesystem")
    if not facts.text("path") and not facts.text("file"):
        return _full_somewhere(facts)
    if facts.count("free_inodes") == 0:
        return _no_inodes(facts)
    memory = kind in _IN_MEMORY
    room = words.space(free, needed)
    short = not facts.has("errno") and free is not None and needed is not None and free < needed
    return Words(
        title=f"There is {'not enough space' if short else 'no space left'} in {_folder(facts)}"
        + (f": {room}" if room else ""),
        what=(facts.sentence,),
        why=(
            certain(
                f"{_folder(facts)}{_purpose(facts)} is on a filesystem of its own, which "
                + ("is too small for this; others may have more." if short else "is full; others may not be.")
            )
            if not memory
            else certain(
                f"{_folder(facts)}{_purpose(facts)} is in memory ({kind}), so it is small whatever the disks hold."
            ),
        ),
        steps=steps(
            Step(f"df -h {_shell_folder(facts)}", "shows the space left"),
            _move(facts),
            _prune(facts),
        ),
    )


def _prune(facts: Facts) -> Step | None:
    """Empties the cache, where it is the cache that has no room and there is something in it."""
    if facts.text("setting") != "cache_dir" or facts.get("cached") is not True:
        return None
    return Step(commands.command("cache", "prune", "--max-size", "1G"), "frees converted layers")


def _no_inodes(facts: Facts) -> Words:
    """Bytes are free, and no more files can be made."""
    return Words(
        title=f"The filesystem of {_folder(facts)} can hold no more files: its inodes are used up",
        what=(facts.sentence,),
        why=(certain("Each file takes an inode, however small it is; free space does not help."),),
        steps=steps(
            Step(f"df -i {_shell_folder(facts)}", "shows the inodes left"),
            _move(facts, "a folder on another filesystem"),
            _prune(facts),
        ),
    )


def _full_somewhere(facts: Facts) -> Words:
    """Not one of the files that are written by name: mostly the standard output."""
    return Words(
        title="There is no space left where the output is written",
        what=(facts.sentence,),
        why=(likely("The output was redirected to a file on a filesystem that is full."),),
        steps=steps(Step("df -h .", "shows the space left, here in the current folder")),
    )


def _quota(facts: Facts) -> Words:
    return Words(
        title=f"Your disk quota for {_folder(facts)} is used up",
        what=(facts.sentence,),
        why=(certain("The quota limits what you own there; other free space on that filesystem does not help."),),
        steps=steps(
            Step("quota -s", "shows what you use and may use"),
            _move(facts, "a folder without that quota, such as a scratch folder"),
            _prune(facts),
        ),
    )


def _may_not_read(facts: Facts) -> Words:
    return Words(
        title=f"You may not read {_path(facts)}",
        what=(facts.sentence,),
        why=(certain(f"The system answered: {facts.text('detail')}."),) if facts.text("detail") else (),
        steps=steps(
            Step(f"namei -l {commands.quoted(_path(facts))}", "shows the owner of each folder on the way, and who may"),
            do("Ask the owner to let you read it."),
        ),
    )


def _permission(facts: Facts) -> Words:
    if facts.text("action") == "read":
        return _may_not_read(facts)
    return Words(
        title=f"You may not write to {_path(facts)}",
        what=(facts.sentence,),
        why=(certain(f"The system answered: {facts.text('detail')}."),) if facts.text("detail") else (),
        steps=steps(
            Step(f"ls -ld {_shell_folder(facts)}", "shows the owner and who may write"),
            _move(facts, "a folder of your own"),
        ),
    )


def _read_only(facts: Facts) -> Words:
    return Words(
        title=f"{_folder(facts)} is on a filesystem that is mounted read-only",
        what=(facts.sentence,),
        why=(certain("Nobody can write there until it is mounted otherwise."),),
        steps=steps(
            _move(facts, "a folder that can be written to"),
            do("If it should be writable, ask the machine's administrator: a disk with a fault becomes read-only."),
        ),
    )


def _no_current_folder() -> Words:
    return Words(
        title="The current folder has been removed",
        what=(),
        why=(
            certain("A name without a folder in front means a file in it, and there it can be neither found nor made."),
        ),
        steps=steps(Step("cd", "goes to your home folder; or to any other that is there")),
    )


def _no_path(facts: Facts) -> Words:
    if facts.get("current_folder_removed"):
        return _no_current_folder()
    if facts.text("in_the_way"):
        return _in_the_way(facts)
    impossible = _IMPOSSIBLE.get(facts.count("errno") or 0)
    return Words(
        title=f"There is no such path: {_path(facts)}",
        what=(facts.sentence,),
        why=(
            certain(impossible)
            if impossible
            else likely("The folder was never made, or was cleaned away; scratch folders often are."),
        ),
        steps=steps(
            None if impossible else Step(f"mkdir -p {_shell_folder(facts)}"),
            _move(facts, "another folder"),
        ),
    )


def _in_the_way(facts: Facts) -> Words:
    place = facts.text("in_the_way")
    return Words(
        title=f"{place} is no folder" + ("" if place == _path(facts) else f", and {_path(facts)} would be in it"),
        what=(),
        why=(certain("A file, or a symbolic link that leads nowhere, is in the way."),),
        steps=steps(Step(f"ls -ld {commands.quoted(place)}", "shows what it is"), _move(facts, "another folder")),
    )


def _no_file(facts: Facts) -> Words:
    return Words(
        title=facts.headline,
        what=(),
        steps=steps(run(f"ls -l {_shell_folder(facts)}", "what is there")),
        kind=Kind.USAGE,
    )


def _changed(facts: Facts) -> Words:
    return Words(
        title=facts.headline,
        what=(),
        why=(likely("Another program writes it, or has put another file in its place."),),
        steps=steps(
            run(f"ls -l {commands.quoted(_path(facts))}", "when was it changed?"),
            run(commands.pull(facts) if facts.texts("repeat") else "", "once the file is finished")
            or do("Try again once the file is finished."),
        ),
    )


def _failed(facts: Facts) -> Words:
    detail = facts.text("detail")
    if facts.count("errno") == errno.EFBIG:
        return _file_limit(facts)
    return Words(
        title=f"The operating system reports a fault with {_path(facts)}",
        what=(facts.sentence,),
        why=(certain(f"It says: {detail}."),) if detail else (),
        steps=steps(
            run(
                f"df -h {_shell_folder(facts)}" if _path(facts) else "",
                "is the filesystem there, and not full?",
            ),
            do("The kernel's log may say more: dmesg | tail. If a disk is failing, tell the machine's administrator."),
        ),
        who=Who.SITE,
    )


def _file_limit(facts: Facts) -> Words:
    return Words(
        title=f"{_path(facts)} would become larger than files may be here",
        what=(facts.sentence,),
        why=(
            likely("The limit on the size of files (ulimit -f), set by the shell or the batch system."),
            possible("The filesystem holds no files of this size, as FAT beyond 4 GB."),
        ),
        steps=steps(
            Step("ulimit -f", "shows the limit, in blocks of 1 KiB in bash"),
            Step("ulimit -f unlimited", "if you may raise it"),
            _move(facts, "a folder on another filesystem"),
        ),
    )


def _no_folder(facts: Facts) -> Words:
    if facts.text("in_the_way"):
        return _in_the_way(facts)
    return Words(
        title=f"There is no folder {_folder(facts)}",
        what=(),
        why=(certain("The image was to be written into it; folders are not made for a file that is named."),),
        steps=steps(
            Step(f"mkdir -p {_shell_folder(facts)}"),
            run(commands.pull(facts, "--output", "<FILE>"), "writes elsewhere"),
        ),
        kind=Kind.USAGE,
    )


def _exists(facts: Facts) -> Words:
    return Words(
        title=f"{_path(facts)} exists already",
        what=(),
        why=(certain("A file is never replaced without being told to."),),
        steps=steps(
            run(commands.command(*facts.texts("again")) if facts.texts("again") else "", "replaces it"),
            run(commands.pull(facts, "--force"), "replaces it"),
            run(commands.pull(facts, "--output", "<FILE>"), "writes another file"),
        ),
        kind=Kind.USAGE,
    )


def _special(facts: Facts) -> Words:
    return Words(
        title=facts.headline,
        what=(),
        why=(certain("An image has to be a file: it is written beside its name and gets that once it is complete."),),
        steps=steps(run(commands.pull(facts, "--output", "<FILE>"), "writes a file")),
        kind=Kind.USAGE,
    )


RULES: Rules = {
    "disk-full": _full,
    "disk-quota": _quota,
    "disk-permission": _permission,
    "disk-read-only": _read_only,
    "disk-no-such-path": _no_path,
    "disk-no-such-file": _no_file,
    "disk-failed": _failed,
    "disk-file-changed": _changed,
    "disk-output-folder": _no_folder,
    "disk-output-exists": _exists,
    "disk-output-special": _special,
}
