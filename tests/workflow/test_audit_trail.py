"""The audit trail and the ``onair`` events: what a session went through, told in order, and never lost."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.calls import Call
from shared.domain.audit_events import AuditKind, RecordedEvent
from shared.domain.bus_events import DETAIL_TYPES
from shared.gateways import audit
from tests.host_show import ask_host
from tests.show import Show, Shows, destination

SESSION_STATUS = {AuditKind.SESSION_CREATED, AuditKind.SESSION_STATUS_CHANGED, AuditKind.SESSION_ENDED}
FUNCTION = "recordChanges"


def trail(show: Show) -> list[RecordedEvent]:
    """Every event of the session, read by pages of seven."""
    show.stage.settle()
    events: list[RecordedEvent] = []
    page = audit.page(show.id, 7, None)
    while page.next_cursor is not None:
        events += page.events
        page = audit.page(show.id, 7, page.next_cursor)
    return [*events, *page.events]


def published(show: Show) -> list[dict[str, Any]]:
    """The session's onair events as they came, repetitions too."""
    events = [one.event for one in show.stage.bus.log() if one.event["source"] == "onair"]
    return [event for event in events if event["detail"]["session_id"] == show.id]


def tells_the_same_story(show: Show) -> list[RecordedEvent]:
    """The invariant: the trail, the events and the session's own timeline agree, and nothing was given up."""
    events = trail(show)
    assert not show.stage.streams.discarded
    ids = [event.event_id for event in events]
    assert ids == sorted(set(ids))
    timeline = [(one["status"], one["at"]) for one in show.look()["timeline"]]
    assert [(one.status, one.model_dump(mode="json")["at"]) for one in events if one.kind in SESSION_STATUS] == timeline
    # Sorted by id, with repetitions left out, as docs/reference/events.md tells listeners to do.
    heard = {event["detail"]["event_id"]: event for event in published(show)}
    expected = {event.event_id: event for event in events if event.kind in DETAIL_TYPES}
    assert heard.keys() == expected.keys()
    for event_id, event in expected.items():
        assert heard[event_id]["detail-type"] == DETAIL_TYPES[event.kind]
        detail = heard[event_id]["detail"]
        assert (detail["status"], detail["previous_status"]) == (event.status, event.previous_status)
    return events


def of(events: list[RecordedEvent], destination_id: str) -> list[str | None]:
    changes = [event for event in events if event.kind is AuditKind.DESTINATION_STATUS_CHANGED]
    return [event.status for event in changes if event.destination_id == destination_id]


def test_a_session_is_told_from_its_creation_to_its_end(shows: Shows) -> None:
    show = shows.ask(destination("a"), destination("b"))
    show.until("live")
    tells_the_same_story(show)
    show.ended()
    events = tells_the_same_story(show)
    kinds = [event.kind for event in events]
    assert kinds[:2] == [AuditKind.SESSION_CREATED, AuditKind.OPERATION_BEGUN]
    assert AuditKind.SESSION_ENDED in kinds[-2:]
    for name in "ab":
        assert of(events, name) == ["idle", "starting", "broadcasting", "idle"]
    begun = [event.operation.kind for event in events if event.kind is AuditKind.OPERATION_BEGUN and event.operation]
    assert begun == ["provision", "end"]
    for kind in (AuditKind.RESOURCE_CREATED, AuditKind.RESOURCE_DELETED):
        found = {event.resource.key for event in events if event.kind is kind and event.resource}
        assert found == {f"{name}/{what}" for name in "ab" for what in ("input", "flow-output-0", "channel")}
    assert next(event for event in events if event.kind is AuditKind.SESSION_ENDED).reason == "requested"


def test_what_failed_is_told_with_its_error(shows: Shows) -> None:
    shows.stage.simulator.fail_channel("*-bad", on="start")
    show = shows.ask(destination("good"), destination("bad"))
    show.until("live")
    events = tells_the_same_story(show)
    assert of(events, "bad")[-1] == "errored"
    errored = next(event for event in events if event.status == "errored")
    assert errored.error is not None and errored.error.name == "ChannelStartFailed"
    show.ended()


def test_a_host_session_is_told_with_its_recording_and_who_asked(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(60)
    show.stop_recording()
    show.until("live")
    show.ended()
    events = tells_the_same_story(show)
    recorded = [event for event in events if event.recording_id == "r001"]
    assert recorded[0].kind is AuditKind.RECORDING_OPENED
    assert [event.status for event in recorded][-3:] == ["stopping", "processing", "ready"]
    ready = recorded[-1]
    assert ready.kind is AuditKind.RECORDING_READY and ready.recording is not None
    assert ready.recording.duration == pytest.approx(60, abs=2)
    assert ready.recording.playlist is not None
    operations = [event for event in events if event.operation and event.kind.value.startswith("operation.")]
    assert [(event.kind.value, event.operation.kind) for event in operations if event.operation] == [
        (f"operation.{what}", kind)
        for kind in ("provision", "start_streaming", "end")
        for what in ("begun", "finished")
    ]
    assert {event.operation.requested_by for event in operations if event.operation} == {"local"}
    assert AuditKind.CHANNEL_RUNNING in {event.kind for event in events}


def test_two_sessions_have_a_trail_each(shows: Shows) -> None:
    first, second = shows.ask(destination("a")), shows.ask(destination("b"))
    first.until("live")
    second.until("live")
    for show, name, other in ((first, "a", "b"), (second, "b", "a")):
        events = tells_the_same_story(show)
        assert of(events, name) and not of(events, other)
        assert {event.session_id for event in events} == {show.id}


def killed_between_row_and_event(shows: Shows) -> None:
    shows.stage.lambdas.faults.kill_after_call(FUNCTION, "dynamodb", "BatchWriteItem", count=8)


def killed_after_the_events_are_out(shows: Shows) -> None:
    shows.stage.lambdas.faults.kill_after_call(FUNCTION, "events", "PutEvents", count=8)


def killed_before_it_began(shows: Shows) -> None:
    shows.stage.lambdas.faults.kill_before(FUNCTION, count=8)


def throttled_for_long(shows: Shows) -> None:
    shows.stage.lambdas.faults.throttle(FUNCTION, count=60)


def without_a_bus(shows: Shows) -> None:
    shows.stage.faults.reject("events", "PutEvents", 500, "InternalException", count=30)


def with_answers_of_the_bus_lost(shows: Shows) -> None:
    shows.stage.faults.lose_answer("events", "PutEvents", count=30)


def without_a_table(shows: Shows) -> None:
    shows.stage.faults.throttle("dynamodb", "BatchWriteItem", count=30)


def repeated_by_half(shows: Shows) -> None:
    """The rows of some events are there and their batch is told again."""
    shows.stage.faults.reject("events", "PutEvents", 400, "ThrottlingException", when=_every_second(), count=None)


def _every_second() -> Any:
    seen: list[int] = []

    def due(call: Call) -> bool:
        seen.append(1)
        return len(seen) % 6 < 4  # the SDK asks three times

    return due


@pytest.mark.parametrize(
    "trouble",
    [
        killed_between_row_and_event,
        killed_after_the_events_are_out,
        killed_before_it_began,
        throttled_for_long,
        without_a_bus,
        with_answers_of_the_bus_lost,
        without_a_table,
        repeated_by_half,
    ],
)
def test_no_event_is_lost(shows: Shows, trouble: Any) -> None:
    trouble(shows)
    show = shows.ask(destination("a"), destination("b"))
    show.until("live")
    show.ended()
    events = tells_the_same_story(show)
    for name in "ab":
        assert of(events, name) == ["idle", "starting", "broadcasting", "idle"]
    if trouble is killed_after_the_events_are_out:
        assert len(published(show)) > len({event["detail"]["event_id"] for event in published(show)})


def test_an_event_that_is_partly_refused_is_put_again(shows: Shows) -> None:
    """PutEvents answers 200 and refuses single entries: these count as not told."""
    from moto.events.models import EventsBackend

    put_events, refused = EventsBackend.put_events, []

    def put_all_but_one(self: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(refused) < 3:
            refused.append(events[-1])
            failed = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
            return [*put_events(self, events[:-1]), failed]
        return list(put_events(self, events))

    EventsBackend.put_events = put_all_but_one  # type: ignore[method-assign]
    try:
        show = shows.ask(destination("a"))
        show.until("live")
    finally:
        EventsBackend.put_events = put_events  # type: ignore[method-assign]
    tells_the_same_story(show)
    assert len(refused) == 3


def test_a_row_that_cannot_be_read_is_told_as_such_and_holds_up_nobody(shows: Shows) -> None:
    first = shows.ask(destination("a"))
    first.until("live")
    item = {"pk": {"S": f"SESSION#{first.id}"}, "sk": {"S": "DEST#odd"}, "status": {"S": "idle"}}
    shows.stage.client("dynamodb").put_item(TableName="onair-dev-sessions", Item=item)
    second = shows.ask(destination("b"))
    (unreadable,) = [event for event in trail(first) if event.kind is AuditKind.ROW_UNREADABLE]
    assert unreadable.resource is not None and unreadable.resource.key == "DEST#odd"
    assert [event.status for event in tells_the_same_story(second) if event.kind in SESSION_STATUS][-1] == "live"
    assert first.id not in "".join(shows.stage.lambdas.logs(FUNCTION)), "the fault is logged without the row"


def test_writing_the_trail_is_not_a_change_to_tell(shows: Shows) -> None:
    show = shows.ask(destination("a"))
    show.until("live")
    count = len(trail(show))
    calls = shows.calls("dynamodb", "BatchWriteItem")
    shows.stage.clock.sleep(3600)
    assert shows.calls("dynamodb", "BatchWriteItem") == calls
    assert len(trail(show)) == count
