"""An installed package that serves a scheme, as Python finds it: a module, and the metadata of a distribution."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.references import others


class SitePackages:
    """Folders on the path of modules, each with one package."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch

    def install(self, name: str, source: str, *schemes: str) -> None:
        """Put a module `name` on the path whose class ``Endpoint`` serves `schemes`; it goes before those so far."""
        root = self._folder / name
        metadata = root / f"{name}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (root / f"{name}.py").write_text(source)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{scheme} = {name}:Endpoint" for scheme in schemes]
        (metadata / "entry_points.txt").write_text("\n".join([f"[{others.GROUP}]", *lines, ""]))
        self._monkeypatch.syspath_prepend(str(root))
        others.found.cache_clear()
