"""Lists of sessions: of an owner, of a status, of both, each in pages whose cursors lead on without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shared.domain.session import SessionStatus
from shared.gateways import session_pages, sessions
from tests.unit.domain_objects import NOON, a_record
from tests.unit.table_on_moto import Hands, empty_table

#: Of host-1's in pairs: none, one, and two, so that a page of two may find a third.
LIVE = {3, 4, 6, 8, 9}


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    """Twelve sessions: those of host-1 are the even ones, and a few are live."""
    with empty_table(monkeypatch) as hands:
        for number in range(12):
            at = NOON + timedelta(minutes=number)
            record = a_record(
                session_id=_id(number),
                created_at=at,
                updated_at=at,
                status=SessionStatus.LIVE if number in LIVE else SessionStatus.ENDED,
            )
            spec = record.spec.model_copy(update={"owner": "host-2" if number % 2 else "host-1"})
            sessions.create(record.model_copy(update={"spec": spec}), (), None)
        yield hands


def listed(status: SessionStatus | None, owner: str | None, limit: int) -> list[str]:
    """Everything, page by page; no page may be larger than asked."""
    found, cursor = [], None
    for _ in range(20):
        page = session_pages.page(status, owner, limit, cursor)
        assert len(page.sessions) <= limit
        found += [one.session_id for one in page.sessions]
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the pages go on for ever")


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_every_list_is_whole_and_newest_first_whatever_its_pages(many: Hands, limit: int) -> None:
    evens = [_id(number) for number in range(10, -1, -2)]
    live = [_id(number) for number in (9, 8, 6, 4, 3)]
    assert listed(None, None, limit) == [_id(number) for number in range(11, -1, -1)]
    assert listed(None, "host-1", limit) == evens
    assert listed(SessionStatus.LIVE, None, limit) == live
    assert listed(SessionStatus.LIVE, "host-1", limit) == [_id(8), _id(6), _id(4)]
    assert listed(SessionStatus.LIVE, "host-2", limit) == [_id(9), _id(3)]
    assert listed(None, "nobody", limit) == listed(SessionStatus.IDLE, "host-1", limit) == []


def test_a_session_that_is_read_back_knows_its_owner_once(many: Hands) -> None:
    assert sessions.get(_id(4)).spec.owner == "host-1"
    assert session_pages.page(None, "host-1", 1, None).sessions[0] == sessions.get(_id(10))


def test_both_filters_give_what_they_have_after_so_many_reads(many: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_pages, "READS_A_PAGE", 1)
    page = session_pages.page(SessionStatus.LIVE, "host-1", 1, None)
    assert [one.session_id for one in page.sessions] == [] and page.next_cursor is not None
    assert listed(SessionStatus.LIVE, "host-1", 1) == [_id(8), _id(6), _id(4)]


def _id(number: int) -> str:
    return f"s-0000000000{number:02}"
