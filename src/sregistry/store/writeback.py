"""Sends a growing file to the disk while it is still being written.

Left alone, the kernel keeps a new file in memory for many seconds, and the sync at its end waits for all of it. With
this the disk works while the processor does: the final sync of a 600 MB image waits for a third of the time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: Bytes that are worth a request, and seconds between looks at the file's size.
STEP = 64 << 20
_INTERVAL = 0.02


@contextmanager
def writing_back(descriptor: int) -> Iterator[None]:
    """During the context, sync the file `descriptor` from another thread each time it has grown by `STEP` bytes.

    Nothing is promised about what has reached the disk; errors are left to the sync at the end.
    """
    over = threading.Event()
    thread = threading.Thread(target=_run, args=(descriptor, over), name="writeback", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _run(descriptor: int, over: threading.Event) -> None:
    synced = 0
    while not over.wait(_INTERVAL):
        with suppress(OSError):
            size = os.fstat(descriptor).st_size
            if size - synced >= STEP:
                os.fdatasync(descriptor)
                synced = size
