"""Patience: what is worth repeating is repeated, announced, and bounded in number and in time."""

from __future__ import annotations

import time

import pytest

from sregistry.errors import RegistryError
from sregistry.http.options import Retries
from sregistry.http.retry import Budget, Patience, persist
from sregistry.http.waits import Waits

FAST = Retries(attempts=4, backoff=0.001, longest=0.002, patience=2.0, retry_after=0.5)


def failing(code: str, times: int, **facts: object) -> tuple[list[int], object]:
    calls: list[int] = []

    def action() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise RegistryError(code, "it failed", **facts)  # type: ignore[arg-type]
        return "done"

    return calls, action


def test_what_may_pass_is_repeated_and_every_wait_announced() -> None:
    calls, action = failing("registry-unavailable", 2)
    waits: list[str] = []
    assert persist(action, Patience(FAST, lambda reason, _: waits.append(reason))) == "done"  # type: ignore[arg-type]
    assert (len(calls), waits) == (3, ["it failed", "it failed"])


def test_what_is_final_is_not_repeated() -> None:
    calls, action = failing("tag-unknown", 9)
    with pytest.raises(RegistryError) as caught:
        persist(action, Patience(FAST))  # type: ignore[arg-type]
    assert len(calls) == 1
    assert caught.value.facts["attempts"] == 1


def test_the_number_of_attempts_is_bounded() -> None:
    calls, action = failing("registry-error", 99)
    with pytest.raises(RegistryError) as caught:
        persist(action, Patience(FAST))  # type: ignore[arg-type]
    assert len(calls) == caught.value.facts["attempts"] == 4


def test_some_codes_are_repeated_once_only() -> None:
    calls, action = failing("network-refused", 99)
    with pytest.raises(RegistryError):
        persist(action, Patience(FAST))  # type: ignore[arg-type]
    assert len(calls) == 2


def failing_with(*errors: tuple[str, dict[str, object]]) -> tuple[list[int], object]:
    """An action that fails with each of these, and then does not."""
    calls: list[int] = []

    def action() -> str:
        calls.append(1)
        if len(calls) <= len(errors):
            code, facts = errors[len(calls) - 1]
            raise RegistryError(code, "it failed", **facts)  # type: ignore[arg-type]
        return "done"

    return calls, action


BUSY = ("registry-unavailable", {"status": 503})


def limited(seconds: float) -> tuple[str, dict[str, object]]:
    return ("rate-limit-abuse", {"status": 429, "retry_after": seconds})


def test_a_short_retry_after_is_waited_for_and_a_long_one_is_not() -> None:
    calls, action = failing_with(limited(0.2))
    began = time.monotonic()
    persist(action, Patience(FAST))  # type: ignore[arg-type]
    assert time.monotonic() - began >= 0.2
    calls, action = failing_with(limited(60.0))
    with pytest.raises(RegistryError) as caught:
        persist(action, Patience(FAST))  # type: ignore[arg-type]
    assert len(calls) == 1
    assert caught.value.facts["longest_pause"] == FAST.retry_after
    assert [made.get("paused") for made in caught.value.facts["tries"]] == [None]


@pytest.mark.parametrize("before", [(BUSY, BUSY), (BUSY, ("network-truncated", {})), (BUSY, BUSY, limited(0.01))])
def test_a_pause_that_is_asked_for_is_made_whatever_came_before(before: tuple[tuple[str, dict[str, object]]]) -> None:
    calls, action = failing_with(*before, limited(0.05))
    assert persist(action, Patience(FAST)) == "done"  # type: ignore[arg-type]
    assert len(calls) == len(before) + 2


def test_each_cause_has_a_count_of_its_own() -> None:
    refused = ("network-refused", {})  # twice at most
    calls, action = failing_with(BUSY, refused, BUSY, BUSY)
    assert persist(action, Patience(FAST)) == "done"  # type: ignore[arg-type]
    calls, action = failing_with(refused, BUSY, refused)
    with pytest.raises(RegistryError):
        persist(action, Patience(FAST))  # type: ignore[arg-type]
    assert len(calls) == 3


def test_pauses_that_are_asked_for_have_time_of_their_own() -> None:
    patience = Patience(FAST)
    patience.spend(0.9)
    calls, action = failing_with(limited(0.3), limited(0.1), limited(0.3))
    with pytest.raises(RegistryError):
        persist(action, patience)  # type: ignore[arg-type]
    assert len(calls) == 3  # 0.3 and 0.1 seconds were had, another 0.3 are more than 0.5 in all


def test_what_was_tried_is_told() -> None:
    _, action = failing_with(BUSY, limited(0.02), BUSY, limited(60.0))
    with pytest.raises(RegistryError) as caught:
        persist(action, Patience(FAST))  # type: ignore[arg-type]
    facts = caught.value.facts
    assert facts["attempts"] == 4
    assert [(made["code"], made["status"], made.get("retry_after")) for made in facts["tries"]] == [
        ("registry-unavailable", 503, None),
        ("rate-limit-abuse", 429, 0.02),
        ("registry-unavailable", 503, None),
        ("rate-limit-abuse", 429, 60.0),
    ]
    assert ["paused" in made for made in facts["tries"]] == [True, True, True, False]
    assert facts["tries"][1]["paused"] >= 0.02


def test_time_without_progress_is_bounded_and_progress_renews_it() -> None:
    patience = Patience(FAST)
    patience.spend(1.9)
    assert patience.left < 0.2
    with pytest.raises(RegistryError):
        patience.pause(RegistryError("registry-error", "again"))
    patience.progress()
    patience.pause(RegistryError("registry-error", "again"))


def test_a_closed_session_waits_no_more() -> None:
    waits = Waits()
    waits.end()
    with pytest.raises(RegistryError):
        Patience(FAST, waits=waits).pause(RegistryError("registry-error", "again"))


def test_what_is_had_again_costs_nothing_until_it_was_for_nothing() -> None:
    patience = Patience(FAST)
    for _ in range(10):
        patience.spend(1.0)
        patience.movement(1.0)
    assert patience.left > FAST.patience - 0.5
    with pytest.raises(RegistryError) as caught:
        patience.pause(RegistryError("network-truncated", "cut at the same place again"))
    assert caught.value.facts["attempts"] == 1


def test_what_is_had_again_and_goes_on_is_forgiven() -> None:
    patience = Patience(FAST)
    patience.spend(10.0)
    patience.movement(10.0)
    patience.progress()
    patience.pause(RegistryError("network-truncated", "cut at another place"))
    assert patience.left > 1


# -- one command --------------------------------------------------------------------------------


def test_things_of_one_command_share_its_budget() -> None:
    command = Budget(FAST.patience)
    time.sleep(0.3)
    first, second = Patience(FAST, command=command), Patience(FAST, command=command)
    first.spend(0.2)
    assert second.left <= FAST.patience - 0.2
    second.progress()
    assert command.left == FAST.patience


def test_waiting_side_by_side_counts_once() -> None:
    command = Budget(2.0)
    time.sleep(0.3)
    for _ in range(4):  # four threads have waited for the same 0.2 seconds
        command.spend(0.2)
    assert 1.5 < command.left <= 1.8


def test_an_answer_that_came_costs_half() -> None:
    command = Budget(2.0)
    time.sleep(0.4)
    Patience(FAST, command=command).gained(0.4)
    assert 1.7 < command.left <= 1.8


def test_a_first_attempt_gets_its_time_whatever_was_waited_for_before() -> None:
    command = Budget(FAST.patience)
    time.sleep(0.05)
    command.spend(0.05, share=100.0)  # all of it is gone
    patience = Patience(FAST, command=command)
    assert patience.deadline() - time.monotonic() > FAST.patience / 2
    with pytest.raises(RegistryError) as caught:
        patience.pause(RegistryError("registry-unavailable", "busy", status=503))
    assert caught.value.facts["attempts"] == 1


def test_an_answer_that_took_long_is_asked_for_again_only_if_there_is_as_much_time() -> None:
    patience = Patience(FAST)
    patience.spend(1.2)
    with pytest.raises(RegistryError):
        patience.pause(RegistryError("registry-unavailable", "busy", status=503))


def test_an_attempt_that_was_cut_short_hides_no_other_failure() -> None:
    _, action = failing_with(BUSY, ("network-no-answer", {"timeout": 0.1, "setting": "patience"}))
    patience = Patience(Retries(attempts=2, backoff=0.001, longest=0.002, patience=1.1))
    with pytest.raises(RegistryError) as caught:
        persist(lambda: (patience.spend(0.05), action())[1], patience)  # type: ignore[operator]
    assert caught.value.code == "registry-unavailable"
