"""What moved, since when, and what came of it."""

from __future__ import annotations

from itertools import count

import pytest

from console.client import Document, UnreachableError
from console.progress import PATIENCE, beginning, changes, follow, verdict
from console.render import seconds
from tests.unit.console_api import channel, destination, session


def test_nothing_moved_is_no_change() -> None:
    one = session("creating", resources=[channel("intended", None, 1)])
    assert changes(one, {**one, "updated_at": "2026-01-01T00:00:09Z"}, beginning(one)) == []


def test_changes_come_in_the_order_they_happened() -> None:
    before = session("creating")
    after = session("idle", 20, resources=[channel("created", "IDLE", 18)])
    moved = changes(before, after, beginning(before))
    assert [(change.key, change.elapsed) for change in moved] == [("restream/channel", 18.0), ("s-1", 20.0)]


def test_a_status_too_short_to_be_seen_is_told_all_the_same() -> None:
    before = session("creating")
    passed = [("creating", 0), ("idle", 20), ("starting", 20), ("live", 55)]
    timeline = [{"status": status, "at": f"2026-01-01T00:00:{second:02d}Z"} for status, second in passed]
    moved = changes(before, session("live", 55, timeline=timeline), beginning(before))
    assert [(change.after["status"], change.elapsed) for change in moved] == [
        ("idle", 20.0),
        ("starting", 20.0),
        ("live", 55.0),
    ]


def test_a_destination_moves_when_its_resources_do() -> None:
    before = session("starting", 5, resources=[channel("created", "STARTING", 5)])
    after = session(
        "starting", 5, resources=[channel("created", "RUNNING", 40)], destinations=[destination("broadcasting")]
    )
    moved = changes(before, after, beginning(before))
    assert [(change.key, change.elapsed) for change in moved] == [("restream/channel", 40.0), ("restream", 40.0)]


@pytest.mark.parametrize("status", ["creating", "idle", "starting", "stopping", "ending"])
def test_a_session_on_its_way_has_no_verdict(status: str) -> None:
    assert verdict(session(status)) is None


def test_a_session_that_was_to_stop_at_idle_is_there_at_idle() -> None:
    found = verdict(session("idle", desired_status="idle"))
    assert found is not None
    assert found.ok


def test_a_moment_without_an_answer_is_no_end() -> None:
    answers: list[Document | None] = [session("creating"), None, None, session("live")]

    def read() -> Document:
        answer = answers.pop(0)
        if answer is None:
            raise UnreachableError("http://here", "connection refused")
        return answer

    seen = follow(read, sleep=lambda _: None, now=lambda: 0.0)
    assert [document["status"] for document in seen] == ["creating", "live"]


def test_no_answer_for_long_is_an_end() -> None:
    def read() -> Document:
        raise UnreachableError("http://here", "connection refused")

    passing = count(0, PATIENCE)
    with pytest.raises(UnreachableError):
        list(follow(read, sleep=lambda _: None, now=lambda: next(passing)))


def test_times_read_as_people_say_them() -> None:
    assert [seconds(t) for t in (0.41, 59.9, 59.97, 125)] == ["0.4 s", "59.9 s", "1 min 00 s", "2 min 05 s"]
