"""What this machine's processor can do, from what the kernel says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.references import machine

V2 = "fpu sse sse2 pni cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3"
V3 = f"{V2} abm avx avx2 bmi1 bmi2 f16c fma movbe xsave"
V4 = f"{V3} avx512bw avx512cd avx512dq avx512f avx512vl"


@pytest.mark.parametrize(
    ("flags", "variant"),
    [
        ("fpu sse sse2", None),
        (V2, "v2"),
        (V2.replace("ssse3", ""), None),
        (V3, "v3"),
        (V3.replace("movbe", ""), "v2"),
        (V4, "v4"),
        (f"{V2} avx512f avx512bw avx512cd avx512dq avx512vl", "v2"),
    ],
)
def test_the_level_of_a_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, variant: str | None
) -> None:
    monkeypatch.setattr(machine, "this_machine", lambda: machine.Platform.make("linux", "x86_64"))
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nmodel name\t: Example\nflags\t\t: {flags}\nbugs\t\t:\n" * 4)
    assert machine.processor(cpuinfo).variant == variant


def test_a_processor_that_is_not_described_is_a_plain_one(tmp_path: Path) -> None:
    assert machine.processor(tmp_path / "none") == machine.this_machine()


def test_what_runs_here_begins_with_this_machines_platform() -> None:
    assert machine.wanted(None).platforms[0] == machine.this_machine()
