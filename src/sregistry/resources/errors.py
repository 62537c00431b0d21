"""The one place where "there is no more" becomes an error of ours.

Python tells by the type of an exception or the number of an error what was lacking; which limit was met is read from
the system at that moment.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sregistry.codes import find
from sregistry.errors import ResourceError
from sregistry.resources import limits, memory
from sregistry.resources.limits import Limit

_FILES = frozenset({errno.EMFILE, errno.ENFILE})
#: CPython's words where the system gives no thread, for which it has no type: Python/thread_pthread.h, _threadmodule.c.
_NO_THREAD = "can't start new thread"
_NO_LOCK = "can't allocate lock"
#: What dlopen(3) says where a shared library finds no memory, beside the words for the number of the error.
_UNMAPPED = ("failed to map segment", "cannot allocate memory", "cannot apply additional memory protection")
#: zstandard, see ZSTD_getErrorString of zstd for ZSTD_error_memory_allocation.
_ONE_TYPE = frozenset({"zstd", "zstandard", "compression"})
#: A new thread or process needs so much.
_STACK = 8 << 20

# What is lacking may be what an import takes: the declarations are read while there is enough.
find("machine-files")


def translate(error: BaseException) -> ResourceError | None:
    """Our error for an exception that tells of a lack; None for any other."""
    for link in _chain(error):
        if isinstance(link, ResourceError):
            return link
        if isinstance(link, MemoryError) or _is_short_of_memory(link):
            return no_memory()
        if isinstance(link, OSError) and link.errno == errno.ENOMEM:
            return no_memory()
        if isinstance(link, OSError) and link.errno in _FILES:
            return no_files(link.errno)
        if isinstance(link, RuntimeError) and str(link).startswith(_NO_LOCK):
            return no_memory()
        if isinstance(link, RuntimeError) and str(link).startswith(_NO_THREAD):
            return no_tasks("machine-threads", "thread")
        if isinstance(link, BlockingIOError) and link.errno == errno.EAGAIN:
            return no_tasks("machine-processes", "process")
        if isinstance(link, ImportError) and (found := _unloaded(link)):
            return found
    return None


@contextmanager
def named() -> Iterator[None]:
    """Raise what tells of a lack as ResourceError; all else passes."""
    try:
        yield
    except Exception as error:
        found = translate(error)
        if found is None or found is error:
            raise
        raise found from error


def no_memory(**facts: Any) -> ResourceError:
    """The error for memory that cannot be had."""
    found = _met(limits.address_space(), limits.group_memory())
    where = f" within the {_words(found)}" if found else ""
    return ResourceError("machine-memory", f"there is no more memory{where}", **_facts(found), **facts)


def no_files(number: int | None = errno.EMFILE, **facts: Any) -> ResourceError:
    """The error for files and connections that cannot be opened."""
    found = limits.files() if number == errno.EMFILE else None
    where = f" than {found.value}" if found else ""
    return ResourceError("machine-files", f"no more files can be open at once{where}", **_facts(found), **facts)


def missing_files() -> ResourceError | None:
    """The error for files that cannot be opened, if that is so now: for libraries that do not tell why they failed."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return no_files(error.errno) if error.errno in _FILES else None
    return None


def no_tasks(code: str, what: str) -> ResourceError:
    """The error for a thread or a process that cannot be started, which may be for lack of memory, too."""
    if not memory.has_room(_STACK):
        return no_memory(wanted=f"a {what}")
    found = _met(limits.user_tasks(), limits.group_tasks())
    where = f" within the {_words(found)}" if found else ""
    return ResourceError(code, f"no further {what} can be started{where}", **_facts(found))


def _met(*found: Limit | None) -> Limit | None:
    """The limit with the least room, relative to what it allows."""
    return min((limit for limit in found if limit), key=lambda limit: limit.room / max(limit.value, 1), default=None)


def _facts(found: Limit | None) -> dict[str, Any]:
    return dict(found.facts()) if found else {}


def _words(limit: Limit) -> str:
    size = f"{limit.value / 1e6:,.0f} MB" if limit.name in ("RLIMIT_AS", "RLIMIT_DATA", "memory.max") else limit.value
    return f"limit of {size} ({limit.name})"


def _is_short_of_memory(error: BaseException) -> bool:
    """Libraries whose one type of exception stands for everything."""
    return type(error).__module__.partition(".")[0] in _ONE_TYPE and "not enough memory" in str(error).lower()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, and what those hold as their first argument, as urllib3 and SQLAlchemy do."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(seen) < 20:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and link not in seen:
            seen.append(link)
            waiting += [*link.args, getattr(link, "orig", None), link.__cause__]
            yield link


def _unloaded(error: ImportError) -> ResourceError | None:
    """What kept a shared library from being loaded, which dlopen(3) tells in words only."""
    said = str(error).lower()
    if any(words in said for words in _UNMAPPED):
        return no_memory(wanted="a library")
    for number in _FILES:
        if re.search(rf"{re.escape(os.strerror(number).lower())}\s*$", said):
            return no_files(number)
    return None
