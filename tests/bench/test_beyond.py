"""docs/scale.md says what follows from docs/benchmarks.md and from the quotas, in tables and in words."""

from __future__ import annotations

import json

import pytest

from shared.domain.sweep_turns import turns
from tests.bench import beyond, report

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


def test_the_words_say_what_the_tables_say() -> None:
    one, ten = (round(min(beyond.most(each).values()), -1) for each in (ONE, TEN))
    assert f"some {one} live sessions of one destination, or {ten} of ten" in PROSE
    assert f"| {one} or {ten} live | the last table |" in PAGE
    whole = round(beyond.ITEM // beyond.reserved(), -1)
    assert f"some {whole} sessions that have a flow each" in PROSE and f"| {whole} live, a flow each |" in PAGE
    looked_at = [beyond.most(each)["each looked at by every sweep"] for each in (TEN, ONE)]
    assert "| {} of ten, {} of one | the sweep's state |".format(*looked_at) in PAGE
    assert "one session of one destination start a second, or one of ten every eight seconds" in PROSE
    assert [round(each.start["calls of MediaLive"] / 20) for each in (ONE, TEN)] == [1, 8]


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
