"""The pages become a site: every link and every page of the navigation is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.machine import REPOSITORY


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=REPOSITORY,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site/errors/tag-unknown/index.html").is_file()
