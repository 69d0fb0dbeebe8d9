"""What happened, told from rows before and after: every kind of event, in order, and nothing that was not named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.domain.audit import events_of, unreadable
from shared.domain.audit_events import AuditEvent, AuditKind, RecordedEvent
from shared.domain.bus_events import DETAIL_TYPES, bus_event
from tests.unit.domain_objects import NOON, SESSION, a_channel_row, a_record

LATER = NOON + timedelta(minutes=5)
STREAM = NOON + timedelta(minutes=6)
KEY = "example-planted-key-not-real"


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def operation(number: int = 1, kind: str = "provision", **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "kind": kind,
        "execution_arn": f"arn:example:{number}",
        "claimed_at": iso(NOON if number == 1 else LATER),
        **more,
    }


def session(*statuses: str, **changes: Any) -> dict[str, Any]:
    """A session's row that has had these statuses, a minute apart."""
    moments = [NOON + timedelta(minutes=place) for place in range(len(statuses))]
    return {
        "pk": f"SESSION#{SESSION}",
        "sk": "SESSION",
        "session_id": SESSION,
        "status": statuses[-1],
        "desired_status": "live",
        "operation": operation(),
        "timeline": [{"status": status, "at": iso(at)} for status, at in zip(statuses, moments, strict=True)],
        "spec": {"owner": "studio-1", "max_continuous_duration": 43200, "idle_timeout": 1800},
        "lease_expires_at": iso(NOON + timedelta(hours=12)),
        "updated_at": iso(LATER),
        **changes,
    }


def row(sk: str, **fields: Any) -> dict[str, Any]:
    return {"pk": f"SESSION#{SESSION}", "sk": sk, **fields}


def told(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[AuditEvent]:
    return list(events_of(before, after, STREAM))


def kinds(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
    return [event.kind.value for event in told(before, after)]


def moves(events: list[AuditEvent]) -> list[tuple[str | None, str | None]]:
    return [(event.previous_status, event.status) for event in events]


# The session's row


def test_a_new_session_is_created_and_its_operation_begun_by_somebody() -> None:
    created, begun = told(None, session("creating", operation=operation(requested_by="role/Producer")))
    assert (created.kind, created.previous_status, created.status) == (AuditKind.SESSION_CREATED, None, "creating")
    assert created.session_id == SESSION and created.at == NOON
    assert begun.kind is AuditKind.OPERATION_BEGUN and begun.at == NOON
    assert begun.operation is not None
    assert (begun.operation.number, begun.operation.kind) == (1, "provision")
    assert begun.operation.requested_by == "role/Producer"


def test_each_status_that_the_timeline_has_gained_is_told_with_its_own_time() -> None:
    events = told(session("creating"), session("creating", "idle", "starting"))
    assert moves(events) == [("creating", "idle"), ("idle", "starting")]
    assert [event.at for event in events] == [NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)]
    assert {event.kind for event in events} == {AuditKind.SESSION_STATUS_CHANGED}


@pytest.mark.parametrize("status", ["ended", "failed"])
def test_the_last_status_is_the_end_with_its_reason_and_error(status: str) -> None:
    error = {"name": "FlowNotActive", "title": "t", "cause": "c", "remedy": "r", "runbook": "b"}
    (event,) = told(session("ending"), session("ending", status, ended_reason="error", error=error))
    assert (event.kind, event.status, event.reason) == (AuditKind.SESSION_ENDED, status, "error")
    assert event.error is not None
    assert event.error.model_dump() == {"name": "FlowNotActive", "title": "t", "cause": "c"}


def test_a_clean_up_that_is_incomplete_tells_what_is_left() -> None:
    left = {"name": "CleanupIncomplete", "cause": "input 1234567"}
    error = {"name": "FlowNotActive", "cause": "before"}
    (event,) = told(session("ending"), session("ending", "cleanup_incomplete", left=left, error=error))
    assert event.error is not None and event.error.cause == "input 1234567"


def test_a_claim_tells_what_is_wanted_now_who_took_over_and_the_status() -> None:
    before = session("creating", "idle", "starting")
    after = session(
        "creating",
        "idle",
        "starting",
        "ending",
        desired_status="ended",
        ended_reason="requested",
        operation=operation(2, "end", requested_by="studio-1"),
    )
    wanted, superseded, begun, ending = told(before, after)
    assert (wanted.kind, wanted.previous_status, wanted.status) == (AuditKind.DESIRED_STATUS_CHANGED, "live", "ended")
    assert superseded.kind is AuditKind.OPERATION_SUPERSEDED
    assert superseded.operation is not None and superseded.operation.number == 1
    assert begun.kind is AuditKind.OPERATION_BEGUN and begun.operation is not None and begun.operation.number == 2
    assert superseded.at == begun.at == LATER
    assert (ending.previous_status, ending.status, ending.reason) == ("starting", "ending", "requested")


def test_each_warning_that_the_row_has_gained_is_told_with_its_own_time_and_the_sessions_status() -> None:
    def given(level: str, at: datetime) -> dict[str, Any]:
        ends_at = iso(NOON + timedelta(hours=12))
        more = {"limit": ends_at, "given_at": iso(at), "ends_at": ends_at, "message": f"{level}: extend it"}
        return {"kind": "lease", "level": level, **more}

    near, imminent = given("near", NOON), given("imminent", LATER)
    (event,) = told(session("live", warned=[near]), session("live", warned=[near, imminent]))
    assert (event.kind, event.at, event.status) == (AuditKind.SESSION_WARNED, LATER, "live")
    assert event.warning is not None
    assert (event.warning.kind, event.warning.level, event.warning.message) == (
        "lease",
        "imminent",
        imminent["message"],
    )
    assert event.warning.ends_at == NOON + timedelta(hours=12)
    sent = bus_event(RecordedEvent(**event.model_dump(), event_id="1"))
    assert sent is not None and sent.detail_type == "OnAir Session Warning"
    assert sent.detail.model_dump()["warning"] == event.warning.model_dump()
    assert kinds(session("live", warned=[near, imminent]), session("live", warned=[imminent])) == []


def test_an_operation_that_has_finished_is_not_superseded_by_the_next() -> None:
    before = session("live", operation=operation(finished_at=iso(LATER)))
    assert kinds(before, session("live", operation=operation(2, "stop_streaming"))) == ["operation.begun"]


def test_an_operation_finishes_once_with_the_status_it_led_to() -> None:
    done = operation(finished_at=iso(LATER))
    changed, finished = told(session("starting"), session("starting", "live", operation=done))
    assert changed.status == "live"
    assert (finished.kind, finished.at, finished.status) == (AuditKind.OPERATION_FINISHED, LATER, "live")
    assert kinds(session("live", operation=done), session("live", operation=done, live_at=iso(LATER))) == []


def test_an_operation_that_is_begun_and_over_at_once_is_told_as_both() -> None:
    created = session("idle", operation=operation(kind="create", finished_at=iso(NOON)))
    assert kinds(None, created) == ["session.created", "operation.begun", "operation.finished"]


def test_limits_are_told_as_they_were_and_as_they_are() -> None:
    spec = {"max_continuous_duration": 50_000, "idle_timeout": None, "budget": {"usd": "12.50", "when_spent": "end"}}
    changed = {"lease_expires_at": iso(NOON + timedelta(seconds=50_000)), "limits_changed_by": "role/back-end"}
    (event,) = told(session("live"), session("live", spec=spec, **changed))
    assert event.requested_by == "role/back-end"
    assert event.kind is AuditKind.LIMITS_CHANGED and event.at == LATER
    assert event.limits is not None and event.previous_limits is not None
    assert event.limits.model_dump(mode="json") == {
        "max_continuous_duration": 50_000,
        "idle_timeout": None,
        "budget": {"usd": "12.50", "when_spent": "end"},
        "lease_expires_at": "2026-11-21T01:53:20Z",
    }
    assert event.previous_limits.idle_timeout == 1800 and event.previous_limits.budget is None


def test_a_write_that_changes_nothing_of_this_is_not_told() -> None:
    assert told(session("live"), session("live", request_in_flight_until=iso(LATER), updated_at=iso(STREAM))) == []


# Its other rows


def test_a_destinations_status_is_told_with_its_error() -> None:
    idle = row("DEST#main", destination_id="main", status="idle")
    error = {"name": "ChannelStartFailed", "title": "t", "cause": "c"}
    errored = row("DEST#main", destination_id="main", status="errored", error=error)
    (first,) = told(None, idle)
    (second,) = told(idle, errored)
    assert (first.previous_status, first.status, first.destination_id) == (None, "idle", "main")
    assert second.kind is AuditKind.DESTINATION_STATUS_CHANGED and second.at == STREAM, "the row has no time of its own"
    assert (second.previous_status, second.status) == ("idle", "errored")
    assert second.error is not None and second.error.name == "ChannelStartFailed"
    assert told(errored, errored) == []


def test_a_recordings_life_is_told_from_its_opening_to_where_it_plays() -> None:
    def recording(status: str, **more: Any) -> dict[str, Any]:
        fields = {"recording_id": "r001", "status": status, "requested_by": "studio-1", "updated_at": iso(LATER)}
        return row("REC#r001", **{**fields, **more})

    rows: list[dict[str, Any] | None] = [
        None,
        recording("starting"),
        recording("recording", started_at=iso(LATER)),
        recording("recording", started_at=iso(LATER), attempt=1),
        recording("stopping"),
        recording("processing"),
        recording("ready", duration=61.5, gaps=[{"starts_at": iso(NOON), "ends_at": iso(LATER)}], playlist="a/b.m3u8"),
    ]
    events = [event for before, after in pairwise(rows) for event in told(before, after)]
    assert [event.kind.value for event in events] == [
        "recording.opened",
        "recording.status_changed",
        "recording.status_changed",
        "recording.status_changed",
        "recording.ready",
    ]
    assert [event.status for event in events] == ["starting", "recording", "stopping", "processing", "ready"]
    assert events[0].recording is not None and events[0].recording.requested_by == "studio-1"
    ready = events[-1].recording
    assert ready is not None and (ready.duration, ready.gaps, ready.playlist) == (61.5, 1, "a/b.m3u8")
    assert kinds(recording("processing"), recording("failed", error={"name": "X"})) == ["recording.failed"]


def test_a_channels_run_is_told_when_it_was_seen_running_and_stopped() -> None:
    asked = row("RUN#main#0001", destination_id="main", number=1, channel_id="1234567", asked_at=iso(NOON))
    running, stopped = (
        {**asked, "running_at": iso(LATER)},
        {**asked, "running_at": iso(LATER), "stopped_at": iso(STREAM)},
    )
    assert told(None, asked) == []
    (first,), (second,) = told(asked, running), told(running, stopped)
    assert (first.kind, first.at, first.destination_id) == (AuditKind.CHANNEL_RUNNING, LATER, "main")
    assert first.resource is not None and first.resource.id == "1234567"
    assert (second.kind, second.at) == (AuditKind.CHANNEL_STOPPED, STREAM)


def test_a_resource_is_told_when_it_is_there_and_when_it_is_gone() -> None:
    def resource(state: str, observed: str = "IDLE") -> dict[str, Any]:
        fields = a_channel_row("main", observed).model_dump(mode="json")
        return row("RES#main/channel", **{**fields, "state": state, "resource_id": "1234567"})

    assert told(None, resource("intended")) == []
    (created,) = told(resource("intended"), resource("created"))
    assert told(resource("created"), resource("created", "RUNNING")) == []
    (deleted,) = told(resource("created"), resource("deleted"))
    assert (created.kind, deleted.kind) == (AuditKind.RESOURCE_CREATED, AuditKind.RESOURCE_DELETED)
    assert created.resource is not None and created.destination_id == "main"
    assert (created.resource.kind, created.resource.key, created.resource.id) == ("channel", "main/channel", "1234567")


@pytest.mark.parametrize(
    ("pk", "sk"),
    [
        (f"EVENTS#{SESSION}", "EVENT#1"),
        ("CHANNEL#1234567", "OWNER"),
        (f"SESSION#{SESSION}", "ELSE#x"),
        ("STAGE", "LOCK"),
    ],
)
def test_other_rows_mean_nothing(pk: str, sk: str) -> None:
    assert told(None, {"pk": pk, "sk": sk, "status": "live", "state": "created"}) == []


def test_a_row_that_is_gone_means_nothing() -> None:
    assert told(session("live"), None) == []


def test_the_row_of_a_record_as_it_is_written_can_be_read() -> None:
    record = a_record()
    item = {"pk": f"SESSION#{SESSION}", "sk": "SESSION", **record.model_dump(mode="json")}
    assert kinds(None, item) == ["session.created", "operation.begun"]


def test_only_what_is_named_is_taken() -> None:
    """A secret that got into a row by mistake does not spread from there."""
    error = {"name": "X", "title": "", "cause": "", "text": KEY}
    rows = [
        (None, session("creating", key=KEY, spec={"stream_key": KEY}, operation=operation(input=KEY), error=error)),
        (None, row("DEST#main", destination_id="main", status="idle", stream_key=KEY, error=error)),
        (None, row("REC#r001", recording_id="r001", status="starting", url=KEY, error=error)),
        (None, row("RES#x", kind="input", state="created", destination_id="main", endpoints=[KEY], addresses=[KEY])),
        (None, row("RUN#main#0001", destination_id="main", running_at=iso(NOON), prefix=KEY)),
    ]
    for before, after in rows:
        events = told(before, after)
        assert events
        assert KEY not in str([event.model_dump() for event in events])


def test_a_row_that_cannot_be_read_is_an_error_without_its_values() -> None:
    odd = row("DEST#main", destination_id=[KEY], status="idle")
    with pytest.raises((KeyError, ValueError)) as raised:
        told(None, odd)
    assert KEY not in str(raised.value)
    event = unreadable(odd, STREAM)
    assert (event.kind, event.session_id, event.at) == (AuditKind.ROW_UNREADABLE, SESSION, STREAM)
    assert event.resource is not None and event.resource.key == "DEST#main"


# The bus


def test_the_status_changes_and_nothing_else_go_to_the_bus() -> None:
    changes = {kind for kind in AuditKind if kind.value.split(".")[0] in ("session", "destination", "recording")}
    assert DETAIL_TYPES.keys() == changes - {AuditKind.DESIRED_STATUS_CHANGED, AuditKind.LIMITS_CHANGED}


def test_an_event_on_the_bus_says_what_the_trail_says() -> None:
    (event,) = told(session("starting"), session("starting", "live"))
    recorded = RecordedEvent(**event.model_dump(), event_id="20261120T120600Z-1-00")
    found = bus_event(recorded)
    assert found is not None and found.detail_type == "OnAir Session Status Change"
    assert found.detail.model_dump(mode="json") == {
        "event_id": "20261120T120600Z-1-00",
        "session_id": SESSION,
        "at": "2026-11-20T12:01:00Z",
        "status": "live",
        "previous_status": "starting",
        "operation": {"number": 1, "kind": "provision"},
        "reason": None,
        "error": None,
    }
    assert bus_event(recorded.model_copy(update={"kind": AuditKind.RESOURCE_CREATED})) is None


def test_times_are_in_utc() -> None:
    assert all(
        event.at.tzinfo is not None and event.at.utcoffset() == UTC.utcoffset(None)
        for event in told(None, session("creating"))
    )
