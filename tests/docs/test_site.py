"""The pages become a site: every link and every page of the navigation is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.machine import REPOSITORY


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "docs", str(tmp_path / "site")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site/errors/tag-unknown.html").read_text("utf-8")
    assert 'href="index.html"' in page
