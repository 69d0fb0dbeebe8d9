"""What moved, since when, and what came of it."""

from __future__ import annotations

from itertools import count

import pytest

from console.client import Document, UnreachableError
from console.look import seconds
from console.progress import PATIENCE, beginning, changes, follow, recorded, verdict
from tests.unit.console_api import REJECTED, channel, destination, host_session, recording, session


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


def test_a_destinations_move_is_not_told_behind_what_was_told_before_it() -> None:
    """It has no time of its own: its resources' would put it before lines that stand there already."""
    before = session("starting", 41, resources=[channel("created", "RUNNING", 40)])
    after = {**before, "destinations": [destination("broadcasting")]}
    assert [change.elapsed for change in changes(before, after, beginning(before))] == [41.0]


def test_fractions_of_a_second_are_no_later_than_the_next_whole_one() -> None:
    at = ("2026-01-01T00:00:05Z", "2026-01-01T00:00:04.900000Z", "2026-01-01T00:00:05.100000Z")
    resources = [
        {**channel("created", "RUNNING", 5), "key": f"restream/{n}", "updated_at": t} for n, t in enumerate(at)
    ]
    before = session("starting", 1)
    after = session("starting", 1, resources=resources, destinations=[destination("broadcasting")])
    moved = changes(before, after, beginning(before))
    assert [change.elapsed for change in moved] == [4.9, 5.0, 5.1, 5.1]


def test_a_recording_moves_from_its_request_to_its_end() -> None:
    before = host_session("live", 9, recordings=[recording("starting")])
    after = host_session("live", 9, recordings=[recording("stopping")])
    assert [(c.key, c.after["status"], c.elapsed) for c in changes(None, before, beginning(before))][-1] == (
        "r001",
        "starting",
        60.0,
    )
    assert [(c.key, c.elapsed) for c in changes(before, after, beginning(before))] == [("r001", 120.0)]


def test_a_recorder_is_a_branch_like_any_destination() -> None:
    before = session("creating", recorder={"destination_id": "recorder", "status": "idle", "error": None})
    after = session("live", 9, recorder={"destination_id": "recorder", "status": "errored", "error": REJECTED})
    assert "recorder" in [change.key for change in changes(before, after, beginning(before))]
    found = verdict(after)
    assert found is not None
    assert not found.ok
    assert found.problems == ({"destination_id": "recorder", **REJECTED},)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("starting", None), ("recording", None), ("processing", None), ("ready", True), ("failed", False)],
)
def test_a_recording_is_waited_for_until_it_plays(status: str, expected: bool | None) -> None:
    found = recorded("r001", "ready")(host_session("live", recordings=[recording(status)]))
    assert (found and found.ok) is expected


def test_a_recording_that_is_over_before_anyone_looked_did_record() -> None:
    found = recorded("r001", "recording")(host_session("live", recordings=[recording("processing")]))
    assert found is not None
    assert found.ok


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


def test_a_limit_that_comes_nearer_is_told_once() -> None:
    def warned(level: str, minutes: int) -> Document:
        said = {"kind": "lease", "level": level, "message": f"ends in {minutes} min", "at": "2026-01-01T00:30:00Z"}
        return session("live", 55, warnings=[said])

    first, later, last = warned("near", 30), warned("near", 29), warned("imminent", 5)
    since = beginning(first)
    (told,) = changes(session("live", 55), first, since)
    assert (told.subject, told.key, told.after["status"], told.elapsed) == ("warning", "lease", "near", 55.0)
    assert changes(first, later, since) == []
    assert [change.after["message"] for change in changes(later, last, since)] == ["ends in 5 min"]
