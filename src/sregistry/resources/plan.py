"""How much is done at once: as much as processors can use, and as little as memory, files and threads allow."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass

from sregistry.resources import limits
from sregistry.resources.errors import no_files

#: Bytes that a layer takes while it is converted, with everything that is read ahead and waits to be written.
_PER_LAYER = 32 << 20
#: Bytes that a thread takes which compresses: its blocks and the tables of the compressor.
_PER_WORKER = 6 << 20
#: What is kept for all else: modules, the index of the layers, the tree.
_KEPT = 48 << 20
#: Threads that a layer has: one converts, one reads ahead, one writes back.
_THREADS_PER_LAYER = 3
#: Open files of a layer that is being made: connection, lock, file, folder.
_FILES_PER_LAYER = 5
#: Open files of everything else, and those without which nothing is begun.
_FILES = 24
_FEWEST_FILES = 20


@dataclass(frozen=True)
class Plan:
    """What to do at once.

    Attributes:
        workers: threads that compress.
        layers: layers that are converted at the same time; more only compete for the same cores and connections.
        ahead: chunks of a layer that are unpacked before they are wanted.
        in_flight: batches of a layer that wait to be compressed or written.
    """

    workers: int
    layers: int = 4
    ahead: int = 12
    in_flight: int = 22


def make_plan(jobs: int) -> Plan:
    """Choose for a pull; `jobs` is the number of threads that compress, 0 for one for each processor."""
    layers = Plan.layers
    workers = jobs or len(os.sched_getaffinity(0))
    room = _memory()
    if room is not None:
        spare = max(room - _KEPT, 0)
        layers = max(min(layers, spare // _PER_LAYER), 1)
        workers = max(min(workers, (spare - layers * _PER_LAYER // 2) // _PER_WORKER), 1)
    layers = max(min(layers, _tasks() // (_THREADS_PER_LAYER + 1), _files() // _FILES_PER_LAYER), 1)
    if room is not None and room - _KEPT < _PER_LAYER:
        return Plan(workers, layers, ahead=2, in_flight=3)
    return Plan(workers, layers)


def allow_files(layers: int) -> None:
    """Raise the soft limit of open files where an image of `layers` layers may need more.

    Raises ResourceError ``machine-files`` where even a small image would fail on the way.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 128 + 2 * layers
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        if allowed < _FEWEST_FILES:
            raise no_files(needed=_FEWEST_FILES)


def _memory() -> int | None:
    found = [limit.room for limit in (limits.address_space(), limits.group_memory()) if limit]
    return min(found, default=None)


def _tasks() -> int:
    found = [limit.room for limit in (limits.group_tasks(),) if limit]
    return min(found, default=1 << 20)


def _files() -> int:
    found = limits.files()
    return max(found.room - _FILES, 0) if found else 1 << 20
