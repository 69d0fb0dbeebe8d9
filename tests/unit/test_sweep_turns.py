"""Where there are too many sessions for a sweep's state, each has its turn, and what a sweep lists fits in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.reconcile import Action
from shared.domain.session_spec import MAX_DESTINATIONS
from shared.domain.sweep_turns import SWEEPS_EVERY, has_turn, turns
from shared.domain.sweeps import Reconciled
from tasks.sweep.list_sessions import SweptSession, SweptSessions
from tests.contract.handlers import service

NOW = datetime(2026, 11, 22, 12, 0, 7, tzinfo=UTC)
#: Bytes that a state takes (Step Functions developer guide, "Quotas related to task executions").
STATE = 256 * 1024
#: As a session at rest is told, and one whose channel is not as it should be.
REASONS = [
    "the session is live, as it should be",
    f"the channel of {'d' * 32} is RECOVERING, and nobody asked for that",
]


def ids(number: int) -> list[str]:
    return [f"s-{index * 7919:012d}" for index in range(number)]


def sweep(sessions: list[str], channels: int, at: datetime) -> list[str]:
    of = turns([channels] * len(sessions))
    return [one for one in sessions if has_turn(one, of, at)]


@pytest.mark.parametrize(("number", "channels"), [(0, 1), (1, 20), (500, 1), (200, MAX_DESTINATIONS)])
def test_as_long_as_they_fit_every_sweep_has_all(number: int, channels: int) -> None:
    for later in range(5):
        assert sweep(ids(number), channels, NOW + later * timedelta(seconds=SWEEPS_EVERY)) == ids(number)


@pytest.mark.parametrize("number", [1_000, 10_000])
def test_where_they_do_not_each_has_its_turn_once(number: int) -> None:
    of = turns([1] * number)
    assert of > 1
    looked = [one for turn in range(of) for one in sweep(ids(number), 1, NOW + turn * timedelta(seconds=SWEEPS_EVERY))]
    assert sorted(looked) == sorted(ids(number))


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("channels", [1, 10, MAX_DESTINATIONS + 1])
@pytest.mark.parametrize("number", [200, 560, 2_000])
def test_what_is_listed_and_what_came_of_it_fit_in_a_state(number: int, channels: int, reason: str) -> None:
    states = {str(12_345_678 + index): "RECOVERING" for index in range(channels)}
    largest = 0
    for turn in range(turns([channels] * number)):
        listed = sweep(ids(number), channels, NOW + turn * timedelta(seconds=SWEEPS_EVERY))
        sessions = SweptSessions(
            sessions=tuple(SweptSession(session_id=one, channels=states, streams=None) for one in listed)
        )
        came = [Reconciled(session_id=one, action=Action.REMOVE_DESTINATION, reason=reason) for one in listed]
        largest = max(largest, len(sessions.model_dump_json()) + sum(len(one.model_dump_json()) + 1 for one in came))
    assert largest < STATE - 16 * 1024, "some room for what else the state holds"


def test_a_turn_is_as_long_as_the_time_between_two_sweeps() -> None:
    [schedule] = service().schedules
    assert schedule.seconds == SWEEPS_EVERY
