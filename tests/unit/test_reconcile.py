"""What is done about a session that is not as it should be: every case, from facts and a time alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.ended_reason import EndedReason
from shared.domain.errors import ChannelStartFailed, ChannelStopped, OnAirError, SessionAbandoned
from shared.domain.limits import GivenWarning, LimitAction, LimitVerdict, WarningKind, WarningLevel
from shared.domain.plan import plan_resources
from shared.domain.reconcile import Action, Decision, Observed, decide, desired_of, next_cleanup
from shared.domain.session import (
    DestinationState,
    DestinationStatus,
    OperationKind,
    Resource,
    ResourceState,
    SessionRecord,
    SessionStatus,
    SessionView,
    StatusChange,
)
from shared.domain.session_spec import parse_spec, saved_spec
from tests.unit.domain_objects import NOON, a_channel_row, a_destination, a_record, a_request

LATER = NOON + timedelta(hours=1)
HOST = a_request({"platform": "ivs"}, source={"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]})
UP = DestinationStatus.BROADCASTING


def at_rest(
    record: SessionRecord, status: SessionStatus, kind: OperationKind = OperationKind.PROVISION
) -> SessionRecord:
    operation = record.operation.model_copy(update={"finished_at": NOON, "kind": kind})
    return record.model_copy(update={"status": status, "operation": operation})


def busy(kind: OperationKind, status: SessionStatus, **changes: Any) -> SessionRecord:
    record = a_record()
    operation = record.operation.model_copy(update={"kind": kind})
    return record.model_copy(update={"operation": operation, "status": status, **changes})


def flow_session(
    channels: dict[str, str],
    status: SessionStatus = SessionStatus.LIVE,
    statuses: dict[str, DestinationStatus] | None = None,
    **changes: Any,
) -> SessionView:
    """A flow session at rest, by the states of its channels."""
    record = at_rest(a_record(*(a_destination(id=name) for name in channels)), status).model_copy(update=changes)
    return view(record, channels, statuses or {})


def with_recorder(channels: dict[str, str], statuses: dict[str, DestinationStatus] | None = None) -> SessionView:
    """A live flow session whose recorder runs, and that has no open recording."""
    recorded = saved_spec(parse_spec(a_request(*(a_destination(id=name) for name in channels), record=True)))
    show = flow_session(channels, statuses=statuses, spec=recorded)
    return show.model_copy(update={"resources": (*show.resources, row("recorder", "RUNNING"))})


def host_session(
    state: str, status: SessionStatus, recording: str = "", destination: DestinationStatus = UP
) -> SessionView:
    record = at_rest(a_record(), status).model_copy(
        update={"spec": saved_spec(parse_spec(HOST)), "open_recording": recording}
    )
    return view(record, {"ivs": state}, {"ivs": destination})


def view(record: SessionRecord, channels: dict[str, str], statuses: dict[str, DestinationStatus]) -> SessionView:
    return SessionView(
        record=record,
        destinations=tuple(DestinationState(destination_id=name, status=statuses.get(name, UP)) for name in channels),
        resources=tuple(row(name, state) for name, state in channels.items()),
    )


def row(name: str, state: str) -> Resource:
    return a_channel_row(name, state, ResourceState.DELETED if state == "DELETED" else ResourceState.CREATED)


def decided(view: SessionView, at: datetime = LATER, **observed: Any) -> Decision:
    plan = plan_resources("dev", view.record.session_id, view.record.spec)
    channels = {one.destination_id: one.observed or "" for one in view.resources}
    return decide(desired_of(view, plan), Observed(channels=channels, **observed), at)


def decided_of(record: SessionRecord, at: datetime = LATER, **observed: Any) -> Decision:
    return decided(view(record, {}, {}), at, **observed)


# As it should be


@pytest.mark.parametrize("state", ["RUNNING", "RECOVERING", "STARTING"])
def test_a_show_whose_channels_run_is_left_alone(state: str) -> None:
    assert decided(flow_session({"a": state, "b": "RUNNING"})).action is Action.NOTHING


def test_an_idle_session_whose_channels_rest_is_left_alone() -> None:
    assert decided(flow_session({"a": "IDLE"}, SessionStatus.IDLE)).action is Action.NOTHING
    assert decided(host_session("IDLE", SessionStatus.IDLE)).action is Action.NOTHING


def test_a_host_that_records_while_idle_is_left_alone() -> None:
    assert decided(host_session("RUNNING", SessionStatus.IDLE, "r001")).action is Action.NOTHING


@pytest.mark.parametrize("status", [SessionStatus.ENDED, SessionStatus.FAILED])
def test_a_session_that_is_over_is_left_alone(status: SessionStatus) -> None:
    assert decided(flow_session({"a": "RUNNING"}, status)).action is Action.NOTHING


def test_while_an_operation_is_under_way_its_channels_are_its_own() -> None:
    record = busy(OperationKind.STOP_STREAMING, SessionStatus.STOPPING)
    assert decided(view(record, {"main": "IDLE"}, {}), execution="RUNNING").action is Action.NOTHING


def test_a_destination_that_was_rolled_back_is_not_missed() -> None:
    states = {"bad": DestinationStatus.ERRORED}
    assert decided(flow_session({"good": "RUNNING", "bad": "DELETED"}, statuses=states)).action is Action.NOTHING


# A channel that stopped without being asked


@pytest.mark.parametrize("state", ["IDLE", "STOPPING", "UPDATE_FAILED", "DELETING", "DELETED"])
def test_one_destination_of_several_is_removed_alone(state: str) -> None:
    decision = decided(flow_session({"a": state, "b": "RUNNING"}))
    assert (decision.action, decision.destination_id) == (Action.REMOVE_DESTINATION, "a")
    assert decision.error and decision.error.name == ("ChannelLost" if state.startswith("DELET") else "ChannelStopped")
    assert state in decision.reason and decision.by_state


def test_with_its_last_destination_a_flow_session_is_ended() -> None:
    states = {"b": DestinationStatus.ERRORED}
    decision = decided(flow_session({"a": "IDLE", "b": "DELETED"}, statuses=states))
    assert (decision.action, decision.ended_reason) == (Action.END, EndedReason.ERROR)


def test_a_host_session_goes_back_to_idle() -> None:
    decision = decided(host_session("IDLE", SessionStatus.LIVE))
    assert decision.action is Action.STOP_STREAMING
    assert decision.error and decision.error.name == "ChannelStopped"


@pytest.mark.parametrize("status", [SessionStatus.LIVE, SessionStatus.IDLE])
def test_a_host_session_without_its_channel_is_ended(status: SessionStatus) -> None:
    decision = decided(host_session("DELETED", status, "r001"))
    assert decision.action is Action.END and decision.error and decision.error.name == "ChannelLost"


def test_a_recording_that_loses_its_channel_gets_its_end() -> None:
    assert decided(host_session("IDLE", SessionStatus.IDLE, "r001")).action is Action.STOP_RECORDER
    recorded = saved_spec(parse_spec(a_request(record=True)))
    show = flow_session({"main": "RUNNING"}, open_recording="r001", spec=recorded)
    lost = show.model_copy(update={"resources": (*show.resources, row("recorder", "IDLE"))})
    assert decided(lost).action is Action.STOP_RECORDER


# A channel that runs and that nobody wants


def test_an_idle_sessions_running_channel_is_stopped() -> None:
    assert decided(flow_session({"a": "RUNNING"}, SessionStatus.IDLE)).action is Action.STOP_STREAMING
    assert decided(host_session("RUNNING", SessionStatus.IDLE)).action is Action.STOP_STREAMING


def test_a_failed_destinations_running_channel_is_removed_from_a_live_show() -> None:
    states = {"bad": DestinationStatus.ERRORED}
    decision = decided(flow_session({"good": "RUNNING", "bad": "RUNNING"}, statuses=states))
    assert (decision.action, decision.destination_id) == (Action.REMOVE_DESTINATION, "bad")


def test_a_removal_that_broke_off_is_begun_again_but_what_would_not_start_stays() -> None:
    live = flow_session({"good": "RUNNING", "bad": "IDLE"}, statuses={"bad": DestinationStatus.ERRORED})
    good, bad = live.destinations

    def failed(error: OnAirError) -> SessionView:
        return live.model_copy(update={"destinations": (good, bad.model_copy(update={"error": error.info()}))})

    decision = decided(failed(ChannelStopped("it stopped")))
    assert (decision.action, decision.destination_id) == (Action.REMOVE_DESTINATION, "bad")
    assert decided(failed(ChannelStartFailed("it would not start"))).action is Action.NOTHING


def test_a_recorder_without_a_recording_is_stopped_again_but_not_at_once() -> None:
    running = with_recorder({"main": "RUNNING"})
    assert decided(running, NOON + timedelta(minutes=9)).action is Action.NOTHING
    assert decided(running, NOON + timedelta(minutes=10)).action is Action.STOP_RECORDER


def test_a_recorder_whose_stop_is_tried_again_later_holds_up_nothing_else() -> None:
    soon, bad = NOON + timedelta(minutes=9), {"zeta": DestinationStatus.ERRORED}
    assert decided(with_recorder({"main": "RUNNING"}), soon, limits=NEAR).action is Action.WARN
    decision = decided(with_recorder({"main": "RUNNING", "zeta": "RUNNING"}, bad), soon)
    assert (decision.action, decision.destination_id) == (Action.REMOVE_DESTINATION, "zeta")


# Operations


@pytest.mark.parametrize("kind", [kind for kind in OperationKind if kind is not OperationKind.CREATE])
def test_what_was_claimed_and_never_started_is_started(kind: OperationKind) -> None:
    record = busy(kind, SessionStatus.CREATING)
    assert decided_of(record, NOON + timedelta(seconds=29)).action is Action.NOTHING
    assert decided_of(record, NOON + timedelta(seconds=30)).action is Action.START


def test_what_a_request_is_at_work_on_is_not_started_without_its_secrets() -> None:
    again = busy(OperationKind.PROVISION, SessionStatus.CREATING, request_in_flight_until=LATER)
    assert decided_of(again, LATER - timedelta(seconds=1)).action is Action.NOTHING
    assert decided_of(again, LATER).action is Action.START


@pytest.mark.parametrize(
    ("kind", "status", "action"),
    [
        (OperationKind.PROVISION, SessionStatus.CREATING, Action.END),
        (OperationKind.START_STREAMING, SessionStatus.STARTING, Action.GIVE_UP),
        (OperationKind.START_RECORDER, SessionStatus.LIVE, Action.GIVE_UP),
        (OperationKind.STOP_STREAMING, SessionStatus.STOPPING, Action.END),
        (OperationKind.STOP_RECORDER, SessionStatus.IDLE, Action.END),
        (OperationKind.STOP_RECORDER, SessionStatus.LIVE, Action.STOP_RECORDER),
        (OperationKind.END, SessionStatus.ENDING, Action.NOTE),
    ],
)
@pytest.mark.parametrize("how", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_an_execution_that_stopped_is_followed_by_what_undoes_it(
    kind: OperationKind, status: SessionStatus, action: Action, how: str
) -> None:
    decision = decided_of(busy(kind, status), execution=how)
    assert decision.action is action
    assert how in decision.reason


def test_a_recorders_stop_is_begun_again_once_and_then_the_session_says_so() -> None:
    record = busy(
        OperationKind.STOP_RECORDER, SessionStatus.LIVE, previous_execution_arn="arn:…:s-7f3k2mexamp1-4-stop_recorder"
    )
    decision = decided_of(record, execution="FAILED")
    assert decision.action is Action.NOTE and decision.error and decision.error.name == "StepTimedOut"


def test_the_first_error_of_a_session_is_kept() -> None:
    first = SessionAbandoned("the first").info()
    decision = decided_of(busy(OperationKind.PROVISION, SessionStatus.CREATING, error=first), execution="ABORTED")
    assert decision.error == first


def test_a_step_that_waits_for_long_is_looked_after() -> None:
    record = busy(OperationKind.PROVISION, SessionStatus.CREATING)
    waiting = {"execution": "RUNNING", "parked_since": LATER - timedelta(seconds=119)}
    assert decided_of(record, **waiting).action is Action.NOTHING
    assert decided_of(record, LATER + timedelta(seconds=1), **waiting).action is Action.WAKE


# Limits


OVER = LimitVerdict(action=LimitAction.END, reason="its time is over", ended_reason=EndedReason.MAX_DURATION)
WARNING = GivenWarning(
    kind=WarningKind.LEASE, level=WarningLevel.NEAR, limit="", given_at=LATER, message="its time is near"
)
NEAR = LimitVerdict(action=LimitAction.WARN, reason="its time is near", warnings=(WARNING,))


@pytest.mark.parametrize("execution", [None, "RUNNING"])
def test_a_limit_that_is_reached_ends_whatever_is_under_way(execution: str | None) -> None:
    record = (
        busy(OperationKind.START_STREAMING, SessionStatus.STARTING)
        if execution
        else at_rest(a_record(), SessionStatus.LIVE)
    )
    decision = decided_of(record, execution=execution, limits=OVER)
    assert (decision.action, decision.ended_reason) == (Action.END, EndedReason.MAX_DURATION)


def test_a_limit_ends_nothing_that_is_ending() -> None:
    record = busy(OperationKind.END, SessionStatus.ENDING)
    assert decided_of(record, execution="RUNNING", limits=OVER).action is Action.NOTHING


def test_a_warning_waits_for_what_is_broken() -> None:
    decision = decided(flow_session({"a": "RUNNING"}), limits=NEAR)
    assert (decision.action, decision.warnings) == (Action.WARN, (WARNING,))
    assert decided(flow_session({"a": "IDLE", "b": "RUNNING"}), limits=NEAR).action is Action.REMOVE_DESTINATION


# A clean-up that is incomplete


def incomplete(tries: int) -> SessionRecord:
    ending = StatusChange(status=SessionStatus.ENDING, at=NOON)
    left = StatusChange(status=SessionStatus.CLEANUP_INCOMPLETE, at=NOON)
    return at_rest(a_record(), SessionStatus.CLEANUP_INCOMPLETE, OperationKind.END).model_copy(
        update={"timeline": (ending, left) * tries}
    )


@pytest.mark.parametrize(
    ("tries", "minutes"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (6, 60), (23, 60), (24, 1440), (99, 1440)]
)
def test_an_incomplete_clean_up_is_gone_on_with_less_and_less_often(tries: int, minutes: int) -> None:
    record = incomplete(tries)
    due = NOON + timedelta(minutes=minutes)
    assert next_cleanup(record) == due
    assert decided_of(record, due - timedelta(seconds=1)).action is Action.NOTHING
    assert decided_of(record, due).action is Action.END
