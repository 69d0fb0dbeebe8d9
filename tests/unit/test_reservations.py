"""The row of reservations: its sums are what its sessions hold, whatever is repeated, lost or done at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import OutcomeUnknown
from shared.domain.quotas import Held, QuotaLimits, QuotaUsage, Used
from shared.gateways import clients, reservations
from tests.unit.table_on_moto import NOON, Hands, empty_table

FLOW, OTHER = (f"arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-a-b:{name}" for name in ("one", "two"))
FIVE = QuotaLimits()


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as made:
        yield made


def held(many: int = 1, flow: str = FLOW, looked: bool = True, later: float = 0) -> Held:
    return Held(
        push_inputs=many,
        channels=many,
        flow_outputs=many if flow else 0,
        flow_arn=flow,
        since=NOON + timedelta(seconds=later),
        looked=looked,
    )


def sums_are_right() -> None:
    row = reservations.read()
    assert row.push_inputs == sum(one.push_inputs for one in row.held.values())
    assert row.channels == sum(one.channels for one in row.held.values())
    assert row.outputs == {
        flow: sum(one.flow_outputs for one in row.held.values() if one.flow_arn == flow)
        for flow in {one.flow_arn for one in row.held.values() if one.flow_arn}
    }


@pytest.mark.usefixtures("hands")
def test_what_is_reserved_is_read_back_and_counted() -> None:
    assert reservations.reserve("s-a", held(2), FIVE) and reservations.reserve("s-b", held(1, OTHER), FIVE)
    assert reservations.reserve("s-h", held(1, ""), FIVE)
    row = reservations.read()
    assert row.held == {"s-a": held(2), "s-b": held(1, OTHER), "s-h": held(1, "")}
    assert (row.push_inputs, row.channels, row.outputs) == (4, 4, {FLOW: 2, OTHER: 1})


@pytest.mark.usefixtures("hands")
@pytest.mark.parametrize("short", ["push_inputs", "channels", "flow_outputs"])
def test_the_last_place_is_given_once(short: str) -> None:
    limits = QuotaLimits(**{"push_inputs": 9, "channels": 9, "flow_outputs": 9, short: 2})
    assert reservations.reserve("s-a", held(1), limits)
    assert not reservations.reserve("s-b", held(2), limits)
    assert reservations.reserve("s-c", held(1), limits)
    assert not reservations.reserve("s-d", held(1), limits)
    sums_are_right()
    assert set(reservations.read().held) == {"s-a", "s-c"}


@pytest.mark.usefixtures("hands")
def test_nothing_fits_into_less_than_nothing() -> None:
    assert not reservations.reserve("s-a", held(2), QuotaLimits(push_inputs=1))
    assert reservations.read() == reservations.Reservations()


@pytest.mark.usefixtures("hands")
def test_a_flows_outputs_are_its_own_and_a_host_session_has_none() -> None:
    limits = QuotaLimits(flow_outputs=1)
    assert reservations.reserve("s-a", held(1), limits)
    assert reservations.reserve("s-b", held(1, OTHER), limits)
    assert reservations.reserve("s-h", held(1, ""), limits)
    assert not reservations.reserve("s-c", held(1), limits)


@pytest.mark.usefixtures("hands")
def test_reserving_twice_is_reserving_once_and_so_is_releasing() -> None:
    assert reservations.reserve("s-a", held(2), FIVE)
    assert not reservations.reserve("s-a", held(2, later=5), FIVE)
    sums_are_right()
    assert reservations.read().held == {"s-a": held(2)}
    assert reservations.release("s-a")
    assert not reservations.release("s-a")
    row = reservations.read()
    assert (row.held, row.push_inputs, row.channels, row.outputs) == ({}, 0, 0, {})
    assert reservations.reserve("s-a", held(5, later=9), FIVE)
    sums_are_right()


@pytest.mark.usefixtures("hands")
def test_a_flow_is_forgotten_with_its_last_session() -> None:
    nothing = QuotaUsage(push_inputs=(), channels=(), flow_outputs=())
    reservations.reserve("s-a", held(1), FIVE, nothing)
    reservations.reserve("s-b", held(2), FIVE, nothing)
    reservations.release("s-a")
    assert reservations.read().outputs == {FLOW: 2} and FLOW in reservations.read().seen_on
    reservations.release("s-b")
    assert reservations.read().outputs == {} and reservations.read().seen_on == {}


@pytest.mark.usefixtures("hands")
def test_a_release_that_meets_another_writer_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reservations.reserve("s-a", held(1), FIVE)
    read = reservations.read
    met: list[bool] = []

    def read_and_be_overtaken() -> reservations.Reservations:
        row = read()
        if not met:
            met.append(reservations.reserve("s-b", held(3), FIVE))
        return row

    monkeypatch.setattr(reservations, "read", read_and_be_overtaken)
    assert reservations.release("s-a")
    assert met == [True] and set(reservations.read().held) == {"s-b"}
    sums_are_right()


@pytest.mark.usefixtures("hands")
def test_a_lost_answer_is_no_second_reservation_and_no_second_release(monkeypatch: pytest.MonkeyPatch) -> None:
    client, lose = clients.client("dynamodb"), [False]
    update: Callable[..., Any] = client.update_item

    def lossy(**request: Any) -> Any:
        update(**request)
        if lose[0]:
            raise OutcomeUnknown("the answer was lost")

    monkeypatch.setattr(client, "update_item", lossy)
    lose[0] = True
    with pytest.raises(OutcomeUnknown):
        reservations.reserve("s-a", held(2), FIVE)
    lose[0] = False
    assert not reservations.reserve("s-a", held(2, later=1), FIVE)
    assert reservations.read().held == {"s-a": held(2)}
    lose[0] = True
    with pytest.raises(OutcomeUnknown):
        reservations.release("s-a")
    lose[0] = False
    assert not reservations.release("s-a")
    sums_are_right()
    assert reservations.read().push_inputs == 0


@pytest.mark.usefixtures("hands")
def test_a_look_is_noted_where_the_reservation_is_still_the_same() -> None:
    unseen = held(1, looked=False)
    reservations.reserve("s-a", unseen, FIVE)
    reservations.note_look("s-gone", unseen, None, NOON)
    reservations.note_look("s-a", held(1, looked=False, later=7), None, NOON)
    assert not reservations.read().held["s-a"].looked
    assert reservations.read().lately(FLOW, NOON) is None
    reservations.note_look("s-a", unseen, QuotaUsage(push_inputs=(), channels=(), flow_outputs=()), NOON)
    assert reservations.read().held == {"s-a": held(1)}
    assert reservations.read().lately(FLOW, NOON) is not None


@pytest.mark.usefixtures("hands")
def test_what_was_seen_elsewhere_counts_for_a_minute_and_for_that_flow() -> None:
    used = tuple(Used(resource_id=str(number), session_id=None) for number in range(3))
    seen = QuotaUsage(push_inputs=used[:1], channels=used[:2], flow_outputs=used)
    assert reservations.reserve("s-a", held(), FIVE, seen)
    row = reservations.read()
    soon, late = NOON + timedelta(seconds=60), NOON + timedelta(seconds=61)
    lately = row.lately(FLOW, soon)
    assert lately is not None
    assert lately.leaves(FIVE) == QuotaLimits(push_inputs=4, channels=3, flow_outputs=47)
    assert row.lately(OTHER, soon) is None, "nobody has looked at that flow"
    assert row.lately("", soon) is not None, "a host session has none"
    assert row.lately(FLOW, late) is None
    assert row.lately(FLOW, NOON - timedelta(seconds=1)) is not None, "who began before may read it, too"
    assert row.lately(FLOW, NOON - timedelta(seconds=61)) is None, "a clock that was put back keeps nothing"
