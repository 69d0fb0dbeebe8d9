"""The audit trail's rows: written once however often, read in order by pages, and in nobody's way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shared.domain.audit_events import AuditKind, RecordedEvent, ToldRecording
from shared.domain.errors import InvalidRequest
from shared.gateways import audit, sessions
from tests.unit.domain_objects import NOON, SESSION, a_record
from tests.unit.table_on_moto import Hands, empty_table


@pytest.fixture(autouse=True)
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as hands:
        yield hands


def an_event(number: int, session_id: str = SESSION) -> RecordedEvent:
    at = NOON + timedelta(seconds=number)
    return RecordedEvent(
        kind=AuditKind.RECORDING_READY,
        session_id=session_id,
        at=at,
        status="ready",
        recording_id=f"r{number:03}",
        recording=ToldRecording(duration=61.25, gaps=1, started_at=NOON),
        event_id=f"{at:%Y%m%dT%H%M%SZ}-{number:040}-00",
    )


def ids(events: tuple[RecordedEvent, ...]) -> list[str]:
    return [event.event_id for event in events]


def test_what_is_written_is_read_again_oldest_first() -> None:
    events = [an_event(number) for number in range(60)]
    audit.write(list(reversed(events)))
    audit.write([an_event(1, "s-other0000000")])
    page = audit.page(SESSION, 100, None)
    assert list(page.events) == events
    assert page.next_cursor is None


def test_pages_follow_one_another_without_a_gap() -> None:
    audit.write([an_event(number) for number in range(10)])
    found: list[str] = []
    cursor = None
    for _ in range(5):
        page = audit.page(SESSION, 4, cursor)
        found += ids(page.events)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [an_event(number).event_id for number in range(10)]


def test_what_comes_while_pages_are_read_is_on_a_later_page() -> None:
    audit.write([an_event(number) for number in range(4)])
    first = audit.page(SESSION, 2, None)
    audit.write([an_event(4)])
    assert ids(audit.page(SESSION, 10, first.next_cursor).events) == [an_event(each).event_id for each in (2, 3, 4)]


def test_an_event_that_is_told_again_is_there_once() -> None:
    audit.write([an_event(1), an_event(2)])
    audit.write([an_event(1), an_event(2), an_event(3)])
    assert len(audit.page(SESSION, 10, None).events) == 3


@pytest.mark.parametrize("cursor", ["", "x", "e30", "MjAyNg", "ünïcode", "MjAyNjExMjBUMTIwMDAxWi0wMS0wMA"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        audit.page(SESSION, 10, cursor)
    assert refused.value.faults[0].field == "cursor"


def test_a_session_that_nobody_knows_has_an_empty_trail() -> None:
    assert audit.page("s-000000000000", 10, None) == audit.AuditPage(events=(), next_cursor=None)


def test_the_trail_is_no_part_of_the_session_and_of_no_list() -> None:
    sessions.create(a_record(), (), None)
    before = sessions.view(SESSION)
    audit.write([an_event(number) for number in range(30)])
    assert sessions.view(SESSION) == before
