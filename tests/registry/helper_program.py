"""Credential helpers for tests: shell scripts on a PATH of their own."""

from __future__ import annotations

from pathlib import Path


def environ(folder: Path) -> dict[str, str]:
    """An environment in which the helpers of `folder` are found."""
    return {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)}


def write_helper(folder: Path, name: str, script: str) -> Path:
    """Write ``docker-credential-NAME``, a shell script."""
    program = folder / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def keeping_helper(folder: Path, name: str) -> Path:
    """A helper that keeps one login, whatever its key, in ``NAME.json`` of `folder`."""
    kept = folder / f"{name}.json"
    return write_helper(
        folder,
        name,
        f"""
case "$1" in
store) cat > {kept} ;;
erase) cat > /dev/null; rm {kept} ;;
get) server=$(cat)
     if grep -q "\\"ServerURL\\": *\\"$server\\"" {kept} 2>/dev/null; then cat {kept}
     else echo "credentials not found in native keychain"; exit 1; fi ;;
esac""",
    )
