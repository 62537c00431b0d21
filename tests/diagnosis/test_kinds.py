"""Exit codes are a promise to scripts."""

import signal

from sregistry.diagnosis.kinds import MEANING, SIGNALS, Kind


def test_the_exit_codes_are_those_that_are_documented_for_ever() -> None:
    assert {kind.words: kind.exit_code for kind in Kind} == {
        "usage": 2,
        "name": 3,
        "network": 4,
        "tls": 5,
        "auth": 6,
        "not-found": 7,
        "rate-limit": 8,
        "image": 9,
        "disk": 10,
        "registry": 11,
        "store": 12,
        "machine": 13,
        "bug": 70,
        "interrupted": 130,
    }
    assert SIGNALS.keys() == {128 + number for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGTERM)}


def test_every_kind_has_a_meaning() -> None:
    assert set(MEANING) == set(Kind)
