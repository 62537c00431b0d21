"""Compressing blocks on all cores: libdeflate, zstd and isal release the interpreter lock."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from sregistry.resources.plan import Plan
from sregistry.resources.threads import Share
from sregistry.squashfs.compressors import Compressor

#: squashfs block word: this bit says that the block is stored as it is.
RAW = 1 << 24
#: As long as the longest block there is.
_ZEROS = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class Squeezed:
    """Some consecutive blocks, compressed.

    Attributes:
        payload: what goes to disk, blocks one after the other.
        words: their squashfs block words (u32 each).
        checksum: CRC-32 of the payload; the same content gives the same checksum with the same codec.
        holes: bytes of all-zero blocks, which have word 0 and no payload.
    """

    payload: bytes | bytearray | memoryview
    words: bytes
    checksum: int
    holes: int


class CompressionPool:
    """A share in the threads that compress for all layers of all pulls of this process; use as a context manager.

    Of all pulls at the same time, the one with the most `workers` says how many there are.
    """

    def __init__(self, compressor: Compressor, workers: int, plan: Plan | None = None) -> None:
        from isal.isal_zlib import crc32

        self._checksum = crc32
        self.compressor = compressor
        self.workers = workers
        self.plan: Plan = plan or Plan(workers)
        self._threads = Share(workers, "compress")

    def submit(self, blocks: Sequence[bytes | memoryview], *, holes: bool = True) -> Future[Squeezed]:
        """Compress `blocks` (each at most one squashfs block); with `holes`, zero blocks become holes."""
        return self._threads.submit(self._squeeze, blocks, holes)

    def _squeeze(self, blocks: Sequence[bytes | memoryview], holes: bool) -> Squeezed:
        compress = self.compressor.compress
        payloads: list[bytes | bytearray | memoryview] = []
        words: list[int] = []
        empty = 0
        for block in blocks:
            if holes and _ZEROS.startswith(block):
                words.append(0)
                empty += len(block)
                continue
            packed: bytes | bytearray | memoryview = compress(block)
            if len(packed) < len(block):
                words.append(len(packed))
            else:
                packed = block
                words.append(len(block) | RAW)
            payloads.append(packed)
        payload = payloads[0] if len(payloads) == 1 else b"".join(payloads)
        return Squeezed(payload, struct.pack(f"<{len(words)}I", *words), self._checksum(payload), empty)

    def close(self) -> None:
        """Drop what is queued and wait for what runs."""
        self._threads.close()

    def __enter__(self) -> CompressionPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
