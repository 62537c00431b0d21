"""Pull as a user does: the command, in a process and a home of its own."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class User:
    """Somebody with an empty home folder who runs sregistry."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def sregistry(self, *arguments: str | Path, timeout: float = 240) -> subprocess.CompletedProcess[bytes]:
        """Run the command line and return what it did, well or not."""
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG", "TMPDIR") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-m", "sregistry", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**kept, "HOME": str(self.home), **self.environment},
            cwd=self.home,
            timeout=timeout,
        )

    def pull(self, reference: str, output: Path, *options: str) -> Path:
        """Pull an image into a file; fail with what the command said."""
        done = self.sregistry("pull", "--output", output, *options, reference)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        assert done.stdout.decode().splitlines()[-1] == str(output)
        return output


def partition_offset(sif: Path) -> int:
    """Where the root filesystem begins in a SIF file, read here once more so that no reader of ours judges itself."""
    descriptor = struct.Struct("<i?IIIqqqqqqq128sii376x")
    with sif.open("rb") as file:
        header = struct.unpack("<32s10s3s3s16s8q", file.read(128))
        total, table = header[8], header[9]
        file.seek(table)
        for _ in range(total):
            kind, used, _, _, _, offset, *_, part = descriptor.unpack(file.read(descriptor.size))
            if used and (kind, part) == (0x4004, 2):
                return int(offset)
    raise AssertionError(f"{sif} has no primary partition")
