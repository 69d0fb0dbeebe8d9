"""Several sessions of one flow asked for, and ended, in one moment, though every call takes its time.

A hundred of them: tests/bench/test_many_at_once.py.
"""

from __future__ import annotations

from shared.gateways import reservations
from tests.many_shows import ask_at_once, ideal, prepare
from tests.show import Shows

MANY = 12


def test_a_dozen_sessions_at_once_all_go_live_within_twice_the_ideal_and_come_off_again(shows: Shows) -> None:
    flows = prepare(shows, MANY + 1)
    [first], alone = ask_at_once(shows, flows, 1)
    first.ended()
    shows.stage.clock.sleep(60)
    running, together = ask_at_once(shows, flows, MANY)
    assert together.statuses == {"live": MANY} and not together.refused, together.told("a dozen")
    assert together.last <= 2 * ideal(shows, alone, MANY), together.told("a dozen")
    assert together.calls["mediaconnect"] < 6 * MANY and together.calls["medialive"] < 21 * MANY
    assert len(reservations.read().held) == MANY
    for show in running:
        show.end()
    shows.stage.settle(7200)
    assert [show.status for show in running] == ["ended"] * MANY
    assert not reservations.read().held
    shows.nothing_left()
