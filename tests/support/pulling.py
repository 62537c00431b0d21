"""Pull as a user does: the command, in a process and a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from sregistry.sif.reader import open_sif


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
    """Where the root filesystem begins in a SIF file."""
    with sif.open("rb") as file:
        return open_sif(file).primary().offset
