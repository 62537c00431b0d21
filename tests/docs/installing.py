"""A package of the reader's in a throw-away environment, beside everything that this one has."""

from __future__ import annotations

import shutil
import site
import sys
import tomllib
import venv
from pathlib import Path


def install(project: Path, folder: Path) -> Path:
    """Make an environment in `folder` with the modules of `project` and the entry points of its ``pyproject.toml``.

    What an installer would write is written here, which needs neither a package index nor a build; return the folder of
    its programs.
    """
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    others = [f"import site; site.addsitedir({place!r})" for place in site.getsitepackages()]
    (packages / "others.pth").write_text("\n".join([*others, ""]))
    document = tomllib.loads((project / "pyproject.toml").read_text())
    about, modules = document["project"], document["tool"]["hatch"]["build"]["include"]
    for module in modules:
        shutil.copy(project / module, packages)
    metadata = packages / f"{about['name'].replace('-', '_')}-{about['version']}.dist-info"
    metadata.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {about['name']}", f"Version: {about['version']}", ""]
    (metadata / "METADATA").write_text("\n".join(lines))
    groups = [
        [f"[{group}]", *(f"{name} = {value}" for name, value in points.items()), ""]
        for group, points in about["entry-points"].items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(line for group in groups for line in group))
    for name in ("sregistry", "pytest"):
        script = Path(sys.executable).with_name(name).read_text().split("\n", 1)[1]
        (folder / "bin" / name).write_text(f"#!{folder / 'bin/python'}\n{script}")
        (folder / "bin" / name).chmod(0o755)
    return folder / "bin"
