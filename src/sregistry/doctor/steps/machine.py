"""Steps on this machine: space, cache, and what can run the image."""

from __future__ import annotations

import gzip
import os
import platform
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sregistry.codecs import CODECS
from sregistry.diagnosis import words
from sregistry.doctor.steps.step import StepResult, Walk, note, ok, warn
from sregistry.store.filesystem import filesystem_type, free_bytes

_RUNTIMES = ("apptainer", "singularity")
_VERSION_TIMEOUT = 5
#: A pull needs about the size of the layers twice: in the cache, and as the image.
_FACTOR = 2.2


def disk(walk: Walk) -> StepResult:
    """Space in the folders that a pull writes to."""
    needed = _needed(walk)
    lines, tight = [], []
    folders = _target(walk) if walk.file else {"cache_dir": walk.settings.cache_dir, **_target(walk)}
    folders["tmpdir"] = walk.settings.tmpdir
    for name, folder in folders.items():
        free, kind = free_bytes(folder), filesystem_type(folder)
        room = f"{words.size(free)} free{f' ({kind})' if kind else ''}"
        lines.append(f"{name:<9}  {room:<20}  {folder}")
        if free is not None and free < needed and name != "tmpdir":
            tight.append(name)
    facts = {"needed": needed, "folders": {name: str(folder) for name, folder in folders.items()}}
    if tight:
        return warn(
            "disk", f"{words.size(needed)} may be needed; {words.listing(tight)} may be too small", *lines, **facts
        )
    least = min((free_bytes(folder) or 0 for folder in folders.values()), default=0)
    return ok("disk", f"enough for {words.size(needed)}" if needed else f"{words.size(least)} free", *lines, **facts)


def _needed(walk: Walk) -> int:
    """Bytes that the image takes; 0 where that is not known."""
    if walk.image:
        return int(_FACTOR * sum(layer.descriptor.size or 0 for layer in walk.image.layers))
    return (walk.file.size or 0) if walk.file else 0


def _target(walk: Walk) -> dict[str, Path]:
    folder = walk.rehearsal.folder() if walk.rehearsal else None
    return {"output" if folder and folder != walk.settings.storage else "storage": folder or walk.settings.storage}


def cache(walk: Walk) -> StepResult:
    """How much the cache holds."""
    root = walk.settings.cache_dir
    if not os.path.isdir(root):  # noqa: PTH112 - Path.is_dir raises for what may not be looked at
        return ok("cache", f"{root} is not there yet; it is made by the first pull")
    if not os.access(root, os.W_OK | os.X_OK):
        return warn("cache", f"{root} cannot be written to", path=str(root))
    sizes = list(_sizes(root))
    return ok("cache", f"{root} holds {words.number(len(sizes), 'file')}, {words.size(sum(sizes))}", size=sum(sizes))


def _sizes(root: Path) -> Iterator[int]:
    """The sizes of the files below a folder, as far as they may be looked at."""
    for folder, _, names in os.walk(root):
        for name in names:
            with suppress(OSError):
                status = Path(folder, name).lstat()
                if stat.S_ISREG(status.st_mode):
                    yield status.st_size


def runtime(walk: Walk) -> StepResult:
    """Whether an image can be run here: apptainer, and a kernel that mounts squashfs with this codec."""
    found = _version(walk.options.environ.get("PATH", os.defpath))
    codec = walk.settings.compression.codec
    lines = [found or "neither apptainer nor singularity is in PATH", _kernel(codec)]
    facts = {"runtime": found, "kernel": platform.release(), "codec": codec}
    if not found:
        return note("runtime", "images can be pulled here, but not run", *lines, **facts)
    return ok("runtime", found, lines[1], **facts)


def _version(path: str) -> str | None:
    """What the first runtime in PATH says of itself."""
    for name in _RUNTIMES:
        program = shutil.which(name, path=path)
        if program is None:
            continue
        try:
            result = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT)
        except (OSError, subprocess.TimeoutExpired):
            return f"{program} (does not answer)"
        return result.stdout.strip() or program
    return None


def _kernel(codec: str) -> str:
    """Whether this kernel mounts squashfs with `codec`, as far as it tells."""
    mounts = "squashfs" in _read(Path("/proc/filesystems")).split()
    module = any(Path("/lib/modules", platform.release(), "kernel/fs/squashfs").glob("squashfs.ko*"))
    option = CODECS[codec].option
    config = _config()
    if not mounts and not module:
        return "the kernel shows no squashfs; squashfuse can take its place"
    if option and config and f"{option}=y" not in config:
        return f"the kernel mounts squashfs, but not with {codec}; pull with --compression gzip"
    return f"the kernel mounts squashfs{f' with {codec}' if option and config else ''}"


def _config() -> str:
    """The kernel's configuration; empty where it is not published."""
    text = _read(Path("/boot", f"config-{platform.release()}"))
    if text:
        return text
    try:
        return gzip.decompress(Path("/proc/config.gz").read_bytes()).decode("utf-8", "replace")
    except (OSError, EOFError, gzip.BadGzipFile):
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
