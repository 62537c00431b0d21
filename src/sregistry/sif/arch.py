"""Architecture codes: two digits in headers and partitions, Go's names everywhere else."""

from __future__ import annotations

UNKNOWN = "00"
_NAMES = (
    "unknown", "386", "amd64", "arm", "arm64", "ppc64", "ppc64le", "mips", "mipsle", "mips64", "mips64le",
    "s390x", "riscv64", "loong64",
)  # fmt: skip
_CODES = {name: f"{number:02}" for number, name in enumerate(_NAMES)}
_BY_CODE = {code: name for name, code in _CODES.items()}


def code(name: str) -> str:
    """Return the code of a Go architecture; UNKNOWN for one that SIF has no code for."""
    return _CODES.get(name, UNKNOWN)


def name(text: str) -> str:
    """Return the Go architecture of a code; "unknown" for an unknown one."""
    return _BY_CODE.get(text, _NAMES[0])
