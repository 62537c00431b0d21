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

    def __post_init__(self) -> None:
        self.temporary.mkdir(parents=True, exist_ok=True)

    @property
    def temporary(self) -> Path:
        """The user's folder for temporary files."""
        return self.home / "tmp"

    @property
    def cache(self) -> Path:
        """Where converted layers are kept."""
        return self.home / ".cache/sregistry"

    def sregistry(self, *arguments: str | Path, timeout: float = 240) -> subprocess.CompletedProcess[bytes]:
        """Run the command line and return what it did, well or not."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(self, *arguments: str | Path, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Start the command line; the caller must `communicate`."""
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-m", "sregistry", *map(str, arguments)],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**kept, "HOME": str(self.home), "TMPDIR": str(self.temporary), **self.environment},
            cwd=self.home,
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
