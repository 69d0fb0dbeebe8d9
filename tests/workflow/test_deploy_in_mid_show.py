"""A deployment, and a roll-back, while shows are on the air: what old code has begun and written, new code ends.

Decision 0023. What was recorded of an older version is in tests/contract/data/version_<number>.
"""

from __future__ import annotations

import pytest

from tests.host_show import ask_host
from tests.next_version import kept, rewrite
from tests.show import Shows, destination

pytestmark = pytest.mark.slow


# Rolled back: rows of a later version


def test_a_session_that_a_later_version_wrote_is_ended_and_nothing_is_left(shows: Shows) -> None:
    show = shows.ask(destination("main"), destination("second"))
    show.reaches("Await channel running")
    assert rewrite(shows.stage) > 5, "parked steps, too"
    show.until("live")
    rewrite(shows.stage)
    assert show.ended()["status"] == "ended"
    assert {"SESSION", "RES"} <= kept(shows.stage)
    shows.nothing_left()


def test_a_host_session_that_a_later_version_wrote_goes_on_and_is_ended(shows: Shows) -> None:
    show = ask_host(shows)
    rewrite(shows.stage)
    show.start()
    show.until("live")
    show.record()
    shows.stage.settle()
    rewrite(shows.stage)
    show.passes(20)
    show.stop_recording()
    show.passes(60)
    show.stop()
    show.until("idle")
    rewrite(shows.stage)
    status, _, answer = shows.stage.request("PATCH", f"/sessions/{show.id}", {"max_continuous_duration": 7200})
    assert status == 200, answer
    assert show.ended()["status"] == "ended"
    assert [each["status"] for each in show.recordings()] == ["ready"]
    shows.nothing_left()


def test_a_session_that_a_later_version_wrote_is_swept(shows: Shows) -> None:
    """Its lease runs out, with the warnings before; what it has left is deleted."""
    show = shows.ask(max_continuous_duration=3600)
    show.until("live")
    for minutes in (25, 20, 1, 0):  # to be warned, to be warned again, to be ended, to be found ended
        rewrite(shows.stage)
        shows.stage.clock.sleep(60 * minutes)
        shows.sweep()
    found = show.look()
    assert (found["status"], found["ended_reason"]) == ("ended", "max_duration")
    shows.nothing_left()
