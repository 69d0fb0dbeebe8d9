"""A hundred sessions asked for in one moment: all go live, none fails for throttling, none waits twice the ideal.

Minutes of this machine's time, so ``make test-slow`` runs it, and by itself:

    ONAIR_EXAMPLES=1 python -m pytest -q -s tests/bench/test_many_at_once.py
"""

from __future__ import annotations

import os

import pytest

from tests.many_shows import ask_at_once, ideal, prepare
from tests.show import Shows

MANY = 100


@pytest.mark.skipif("ONAIR_EXAMPLES" not in os.environ, reason="takes minutes: make test-slow runs it")
def test_a_hundred_sessions_at_once_all_go_live_and_none_waits_beyond_twice_the_ideal(
    shows: Shows, capsys: pytest.CaptureFixture[str]
) -> None:
    flows = prepare(shows, MANY + 1)
    [first], alone = ask_at_once(shows, flows[-1:], 1)
    first.ended()
    shows.nothing_left()
    shows.stage.clock.sleep(60)  # the rate limits' bursts are whole again
    running, together = ask_at_once(shows, flows, MANY)
    best = ideal(shows, alone, MANY)
    with capsys.disabled():
        print(f"\n{alone.told('one session alone')}\n{together.told(f'{MANY} at once')}")
        print(f"ideal for the last: {best:.0f} s; it took {together.last / best:.2f} times as long")
        print(f"calls answered: {dict(together.operations)}\nattempts that came too early: {dict(together.retried)}")
    assert together.statuses == {"live": MANY} and not together.refused
    assert together.last <= 2 * best
    for show in running:
        show.end()
    shows.stage.settle(7200)
    assert [show.status for show in running] == ["ended"] * MANY
    shows.nothing_left()
