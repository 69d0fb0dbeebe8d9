"""Rows and who may write them: locks lapse, a straggler's token is refused, an older operation's write too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from shared.domain.errors import FlowBusy, NotAllowedNow, NotReady, OutcomeUnknown, Superseded
from shared.domain.session import (
    DestinationState,
    DestinationStatus,
    Operation,
    OperationKind,
    SessionStatus,
    StatusChange,
)
from shared.domain.waits import Wanted
from shared.gateways import ledger, parking, session_pages, sessions, table
from shared.gateways.clients import IN_FLIGHT
from shared.gateways.locks import flow_lock, security_group_lock
from shared.gateways.translate import ConditionFailed
from tests.unit.domain_objects import FLOW_ARN, NOON, SESSION, a_channel_row, a_record
from tests.unit.table_on_moto import Hands, empty_table


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as hands:
        yield hands


@pytest.fixture
def session(hands: Hands) -> Hands:
    states = (DestinationState(destination_id="main", status=DestinationStatus.IDLE),)
    sessions.create(a_record(), states, None)
    return hands


# Locks


def test_a_flow_has_one_writer_at_a_time(hands: Hands) -> None:
    with flow_lock(FLOW_ARN, hands.moment):
        with pytest.raises(FlowBusy), flow_lock(FLOW_ARN, hands.forward(1)):
            raise AssertionError("two writers")
        with flow_lock(FLOW_ARN + "-other", hands.moment):
            pass
    with flow_lock(FLOW_ARN, hands.moment):
        pass


def test_the_security_groups_have_one_writer_at_a_time(hands: Hands) -> None:
    with security_group_lock(hands.moment), pytest.raises(NotReady), security_group_lock(hands.moment):
        raise AssertionError("two writers")


def test_a_lock_is_given_back_when_the_work_failed(hands: Hands) -> None:
    with pytest.raises(NotReady), flow_lock(FLOW_ARN, hands.moment):
        raise NotReady("flow main-stage is UPDATING")
    with flow_lock(FLOW_ARN, hands.moment):
        pass


def test_a_lock_is_left_to_lapse_while_a_lost_call_may_still_arrive(hands: Hands) -> None:
    with pytest.raises(OutcomeUnknown), flow_lock(FLOW_ARN, hands.moment):
        raise OutcomeUnknown("the answer was lost")
    with pytest.raises(FlowBusy), flow_lock(FLOW_ARN, hands.forward(IN_FLIGHT.total_seconds() - 1)):
        raise AssertionError("the call may still arrive")
    with flow_lock(FLOW_ARN, hands.forward(2)):
        pass


def test_a_late_holder_does_not_give_back_another_ones_lock(hands: Hands) -> None:
    late = flow_lock(FLOW_ARN, hands.moment)
    late.__enter__()
    with flow_lock(FLOW_ARN, hands.forward(IN_FLIGHT.total_seconds() + 1)):
        late.__exit__(None, None, None)
        with pytest.raises(FlowBusy), flow_lock(FLOW_ARN, hands.moment):
            raise AssertionError("the late one gave the lock away")


# Tokens


def parked(attempt: int, token: str) -> parking.ParkedStep:
    return parking.ParkedStep(channel_id="1", wanted=Wanted.RUNNING, token=token, attempt=attempt, since=NOON)


def test_a_later_attempt_takes_the_place_of_an_earlier_one_and_never_the_other_way(hands: Hands) -> None:
    assert parking.park(parked(1000, "first"))
    assert parking.park(parked(1001, "second"))
    assert not parking.park(parked(1000, "straggler"))
    assert [step.token for step in parking.parked("1")] == ["second"]
    [row] = table.query("CHANNEL#1", "WAIT#")
    assert row["expires_at"] == int((NOON + timedelta(days=1)).timestamp())  # when DynamoDB removes it, if nobody does


def test_an_attempt_that_lambda_runs_twice_is_no_straggler(hands: Hands) -> None:
    assert parking.park(parked(1000, "first"))
    assert parking.park(parked(1000, "first"))


def test_a_token_is_removed_unless_a_later_attempt_has_put_its_own_there(hands: Hands) -> None:
    first, second = parked(1000, "first"), parked(1001, "second")
    parking.park(first)
    parking.park(second)
    parking.unpark(first)
    assert parking.parked("1") == (second,)
    parking.unpark(second)
    parking.unpark(second)
    assert parking.parked("1") == ()


def test_waits_for_different_states_of_one_channel_stand_beside_each_other(hands: Hands) -> None:
    parking.park(parked(1000, "running"))
    parking.park(parked(1000, "stopped").model_copy(update={"wanted": Wanted.STOPPED}))
    assert {step.token for step in parking.parked("1")} == {"running", "stopped"}
    assert parking.parked("2") == ()


def test_a_channel_has_an_owner_or_is_not_ours(hands: Hands) -> None:
    owner = parking.ChannelOwner(channel_id="1", session_id=SESSION, destination_id="main")
    parking.set_owner(owner)
    assert parking.owner_of("1") == owner
    assert parking.owner_of("2") is None


# Operations


def claim_the_end(hands: Hands, number: int = 2) -> None:
    record = sessions.get(SESSION)
    end = Operation(
        number=number, kind=OperationKind.END, execution_name="n", execution_arn="arn:example", claimed_at=hands.moment
    )
    sessions.claim(record, end, {}, StatusChange(status=SessionStatus.ENDING, at=hands.moment))


def test_a_record_reads_back_as_it_was_written(session: Hands) -> None:
    assert sessions.get(SESSION) == a_record()
    view = sessions.view(SESSION)
    assert [one.destination_id for one in view.destinations] == ["main"]
    assert view.resources == ()


def test_an_older_operation_writes_nothing_any_more(session: Hands) -> None:
    ledger.intend(SESSION, a_channel_row("main", None))
    claim_the_end(session)
    row = a_channel_row("main", "IDLE")
    writes: list[Callable[[], None]] = [
        lambda: ledger.intend(SESSION, row),
        lambda: ledger.record(SESSION, row),
        lambda: ledger.mark_deleted(SESSION, 1, row, session.moment),
        lambda: ledger.set_destination(SESSION, 1, "main", DestinationStatus.BROADCASTING),
        lambda: sessions.advance(sessions.get(SESSION), 1, StatusChange(status=SessionStatus.LIVE, at=session.moment)),
    ]
    for write in writes:
        with pytest.raises(Superseded):
            write()
    assert sessions.view(SESSION).resources[0].observed is None
    assert sessions.destinations(SESSION)[0].status is DestinationStatus.IDLE


def test_of_two_that_want_the_next_number_one_gets_it(session: Hands) -> None:
    record = sessions.get(SESSION)
    claim_the_end(session)
    end = record.operation.model_copy(update={"number": 2})
    with pytest.raises(NotAllowedNow):
        sessions.claim(record, end, {}, StatusChange(status=SessionStatus.ENDING, at=session.moment))
    assert sessions.get(SESSION).operation.kind is OperationKind.END
    assert sessions.get(SESSION).previous_execution_arn == record.operation.execution_arn


def test_what_was_seen_is_noted_whoever_saw_it_but_never_on_a_deleted_row(session: Hands) -> None:
    ledger.intend(SESSION, a_channel_row("main", None))
    claim_the_end(session)
    ledger.observe(SESSION, "main/channel", "RUNNING", session.moment)
    assert sessions.view(SESSION).resources[0].observed == "RUNNING"
    ledger.observe(SESSION, "main/channel", "DELETED", session.moment)
    ledger.observe(SESSION, "main/channel", "RUNNING", session.moment)
    row = sessions.view(SESSION).resources[0]
    assert (row.state.value, row.observed) == ("deleted", "DELETED")
    ledger.observe(SESSION, "other/channel", "RUNNING", session.moment)
    assert len(sessions.view(SESSION).resources) == 1


def test_a_repeated_step_forward_changes_nothing(session: Hands) -> None:
    change = StatusChange(status=SessionStatus.IDLE, at=session.forward(5))
    stale = sessions.get(SESSION)
    sessions.advance(stale, 1, change)
    sessions.advance(stale, 1, change)
    sessions.advance(sessions.get(SESSION), 1, change)
    assert [one.status for one in sessions.get(SESSION).timeline] == [SessionStatus.CREATING, SessionStatus.IDLE]


# Idempotency keys and lists


def test_a_key_that_is_in_use_makes_no_second_session(hands: Hands) -> None:
    key = sessions.IdempotencyKey(
        key_hash="k", body_hash="b", session_id=SESSION, expires_at=int((NOON + timedelta(hours=24)).timestamp())
    )
    sessions.create(a_record(), (), key)
    with pytest.raises(ConditionFailed):
        sessions.create(a_record(session_id="s-another00001"), (), key)
    assert sessions.find_idempotency_key("k", NOON + timedelta(hours=23)) == key
    assert sessions.find_idempotency_key("k", NOON + timedelta(hours=25)) is None


def test_sessions_are_listed_newest_first_in_pages_and_by_status(hands: Hands) -> None:
    for number in range(5):
        at = NOON + timedelta(minutes=number)
        status = SessionStatus.LIVE if number % 2 else SessionStatus.CREATING
        sessions.create(
            a_record(session_id=f"s-00000000000{number}", created_at=at, updated_at=at, status=status), (), None
        )
    first = session_pages.page(None, None, 3, None)
    rest = session_pages.page(None, None, 3, first.next_cursor)
    assert [one.session_id for one in (*first.sessions, *rest.sessions)] == [
        f"s-00000000000{number}" for number in (4, 3, 2, 1, 0)
    ]
    assert rest.next_cursor is None
    assert [one.session_id for one in session_pages.page(SessionStatus.LIVE, None, 9, None).sessions] == [
        "s-000000000003",
        "s-000000000001",
    ]
