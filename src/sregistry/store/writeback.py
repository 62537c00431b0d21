"""Sends a growing file to the disk while it is still being written.

Left alone, the kernel keeps a new file in memory for many seconds, and a sync at its end waits for all of it. With
this the disk works while the processor does.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sregistry.resources import threads

#: Bytes that are worth a request, and seconds between looks at the file's size.
STEP = 32 << 20
_INTERVAL = 0.02
#: SYNC_FILE_RANGE_WRITE of sync_file_range(2): start, do not wait.
_START = 2


@contextmanager
def writing_back(descriptor: int) -> Iterator[None]:
    """During the context, start writing the file `descriptor` to the disk each time it has grown by `STEP` bytes.

    At the end what is left is started too. Nothing is promised about what has reached the disk.
    """
    over = threading.Event()
    start = _starter()
    thread = threads.start(lambda: _run(descriptor, start, over), "writeback")
    try:
        yield
    finally:
        over.set()
        if thread is not None:
            thread.join()
        start(descriptor, 0, 0, _START)


def _run(descriptor: int, start: Any, over: threading.Event) -> None:
    started = 0
    while not over.wait(_INTERVAL):
        size = os.fstat(descriptor).st_size
        if size - started >= STEP:
            start(descriptor, started, size - started, _START)
            started = size


def _starter() -> Any:
    """The C library's sync_file_range, which Python lacks; something that does nothing where there is none.

    It reports errors as its result, and nobody looks: whoever needs the file on the disk syncs it.
    """
    function = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if function is None:
        return lambda *arguments: None
    function.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return function
