"""docs/scale.md says what follows from docs/benchmarks.md and from the quotas, in tables and in words."""

from __future__ import annotations

import json
import math
import re

import pytest

from shared.domain.sweep_turns import turns
from tests.bench import beyond, report
from tests.bench.prices import prices

PAGE = beyond.PAGE.read_text(encoding="utf-8")
PROSE = " ".join(" ".join(line for line in PAGE.splitlines() if not line.startswith("|")).split())
ONE, TEN = beyond.sessions()


@pytest.mark.parametrize("label", list(beyond.tables()))
def test_a_table_is_what_follows_from_the_figures(label: str) -> None:
    assert report.part(PAGE, label) == beyond.tables()[label], "run: python -m tests.bench.beyond"


def test_every_quota_says_what_it_is_from() -> None:
    assert all(one["source"] and one["value"] > 0 for one in beyond.KNOWN)
    assert {one["name"] for one in beyond.KNOWN if not one["sourced"]} == {
        "SSM PutParameter",
        "SSM standard parameters",
    }


def near(pattern: str, *found: float) -> bool:
    """Whether the page says each figure, within a tenth: counts differ a little from run to run."""
    said = re.search(pattern.replace("N", r"(\d[\d,]*)"), PROSE) or re.search(pattern.replace("N", r"(\d[\d,]*)"), PAGE)
    assert said, pattern
    figures = [float(one.replace(",", "")) for one in said.groups()]
    return all(abs(one - other) <= other / 10 for one, other in zip(figures, found, strict=True))


def test_the_words_say_what_the_tables_say() -> None:
    one, ten = (min(beyond.most(each).values()) for each in (ONE, TEN))
    assert near("some N live sessions of one destination, or N of ten", one, ten)
    assert near(r"\| N or N live \| the last table \|", one, ten)
    whole = beyond.ITEM // beyond.reserved()
    assert near("some N sessions that have a flow each", whole) and near(r"\| N live, a flow each \|", whole)
    ten_looked_at, one_looked_at = (beyond.most(each)["each looked at by every sweep"] for each in (TEN, ONE))
    assert near(r"\| N of ten, N of one \| the sweep's state \|", ten_looked_at, one_looked_at)
    assert "one session of one destination start a second, or one of ten every eight seconds" in PROSE
    assert [round(each.start["calls of MediaLive"] / 20) for each in (ONE, TEN)] == [1, 8]


def test_the_words_say_what_a_session_uses() -> None:
    units = ONE.start["DynamoDB write units"]
    assert near("one start a second takes N, and", units) and near("below the N units that a start writes", units)
    assert near("one start a second keeps N functions busy", ONE.start["Lambda GB-seconds"] / 0.5)
    assert "*Events out*: seven a start, three an end" in PROSE
    assert [each["own events on EventBridge"] for each in (ONE.start, ONE.end)] == [7, 3]
    reserving = 2 * math.ceil(450 * beyond.reserved() / 1024)
    assert near("with 450 sessions a reservation and its release write some N units", reserving)
    more = reserving * float(prices()["write_units"].usd) / ONE.both("US dollars of control")
    assert "a sixth more dollars" in PROSE and 1 / 7 < more < 1 / 5


def test_how_many_of_those_that_wait_give_up_is_what_the_machines_retries_make_of_it() -> None:
    machine = json.loads((report.ROOT / "state_machines/provision_session.asl.json").read_text(encoding="utf-8"))
    branch = machine["States"]["Provision channels"]["ItemProcessor"]["States"]
    [retry] = [one for one in branch["Create channel"]["Retry"] if "Throttled" in one["ErrorEquals"]]
    assert (retry["MaxAttempts"], retry["MaxDelaySeconds"], retry["JitterStrategy"]) == (15, 20, "FULL")
    fails = {many: (1 - 20 * 10 / many) ** 16 for many in (500, 1_000)}
    assert (
        f"of 500 that wait, one in {round(1 / fails[500], -2):,.0f}; of 1,000, one in {1 / fails[1_000]:.0f}" in PROSE
    )


def test_a_larger_stage_never_takes_less() -> None:
    """What is reckoned with grows: or else the largest number that fits would not be the limit."""
    assert [turns([1] * live) for live in beyond.SIZES] == sorted(turns([1] * live) for live in beyond.SIZES)
    calls = [beyond.medialive_calls(TEN, live) for live in beyond.SIZES]
    assert calls == sorted(calls)
