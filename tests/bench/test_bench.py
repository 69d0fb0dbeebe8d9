"""The short version of ``make bench``: every part runs, small, and docs/benchmarks.md has the form that it writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.bench import money, report, scale, sweep, time_to_live
from tests.bench.__main__ import climate, money_rest, price_table
from tests.bench.meter import MEDIA, transitions
from tests.bench.prices import dollars, prices
from tests.bench.ways import World

COMMITTED = report.PAGE.read_text(encoding="utf-8")
LABELS = (
    *("money", "phases", "rest", "prices", "time to live", "seeds", "latencies"),
    *("sweep", "sweep of sessions", "scale"),
)


def said(message: str) -> None:
    """Nobody listens."""


def columns(text: str) -> list[str]:
    """The first line of a table and the first cell of each other: what doesn't change with the figures."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [report.shape(lines[0])[0], *(report.shape(line.split("|")[1])[0] for line in lines[2:])]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World.open() as world:
        yield world


@pytest.fixture(scope="module")
def spent(world: World) -> money.Money:
    return money.measure(world, 1, 1, said)


def test_the_committed_page_has_a_place_for_every_table_and_a_table_in_it() -> None:
    for label in LABELS:
        assert report.part(COMMITTED, label).strip(), f"{label}: run make bench"


def test_money_counts_a_whole_session_and_leaves_nothing(spent: money.Money) -> None:
    first = spent.first
    assert list(spent.sessions) == ["OnAir", "boto3 script", "wait 10 s and describe", "wait 30 s and describe"]
    assert first.operations["medialive:CreateChannel"] == first.operations["medialive:DeleteChannel"] == 1
    assert first.counts["transitions"] > 20 and first.counts["write_units"] > first.calls(*MEDIA)
    assert spent.sessions["boto3 script"].counts["invocations"] == 0, "OnAir's rules are no part of a peer"
    loops = [used.counts["transitions"] for name, used in spent.sessions.items() if name.startswith("wait")]
    assert loops[0] > loops[1] > 0


def test_a_session_of_one_destination_costs_less_than_a_fifth_of_a_cent(spent: money.Money) -> None:
    assert 0 < dollars(spent.first.counts) < money.TARGET / 5


def test_a_parked_step_that_nobody_wakes_looks_once_a_minute_at_most(spent: money.Money) -> None:
    assert spent.first.parked_looks <= spent.first.parked


def test_the_page_has_the_form_that_money_writes(spent: money.Money) -> None:
    assert columns(report.part(COMMITTED, "money")) == columns(report.table(money.rows(spent)))
    assert columns(report.part(COMMITTED, "phases"))[1:] == columns(report.table(money.phase_rows(spent)))[1:]
    assert report.part(COMMITTED, "prices") == price_table()
    assert len(report.part(COMMITTED, "rest").splitlines()) == len(money_rest(spent).splitlines())


def rounded(cell: str, digits: int) -> set[str]:
    """A figure of the page to so many digits; it has been rounded once already."""
    half = 0.5 * 10.0 ** -len(cell.strip("| ").partition(".")[2])
    value = float(cell.strip("| "))
    return {f"{each:.{digits}f}" for each in (value - half, value, value + half)}


def test_readme_quotes_the_page(spent: money.Money) -> None:
    readme = report.README.read_text(encoding="utf-8")
    told = report.part(readme, f"money{report.IN_SHORT}")
    assert report.shape(told) == report.shape(money.in_short(spent))
    dollars_row = next(line for line in report.part(COMMITTED, "money").splitlines() if "US dollars" in line)
    assert any(f"{figure} US dollars" in told for figure in rounded(dollars_row.split(" | ")[1], 4))

    told = report.part(readme, f"time to live{report.IN_SHORT}")
    quoted = 0
    for line in report.part(COMMITTED, "time to live").splitlines()[2:6]:
        for cell in line.split(" | ")[1:3]:
            assert any(figure in told for figure in rounded(cell, 2)), line
            quoted += 1
    assert quoted == 8


def test_time_to_live_is_never_below_the_ideal_and_the_page_has_its_form(world: World) -> None:
    found = time_to_live.measure(world, 1, 1, said)
    assert all(ratio >= 1 for one in found for ratio in one.ratios)
    onair, *_ = found
    assert onair.more[0] < 90 and onair.cold_starts == 0 and found[1].cold_starts > 5
    assert columns(report.part(COMMITTED, "time to live")) == columns(report.table(time_to_live.rows(found)))
    assert report.shape(report.part(COMMITTED, "seeds")) == report.shape(time_to_live.told(found[:1]))
    assert columns(report.part(COMMITTED, "latencies")) == columns(climate(found))


def test_a_sweep_lists_a_thousand_foreign_resources_a_page_and_the_page_has_its_form(world: World) -> None:
    found = sweep.measure(world, [5, 1500], 1, said)
    assert [one.pages for one in found] == [1, 2]
    assert all(one.usd < 0.01 and one.tried == 1 for one in found)
    assert [one.status for one in found] == ["SUCCEEDED", "SUCCEEDED"]
    header, own = report.table(sweep.rows(found)).splitlines()[0], report.table(sweep.own_rows([])).splitlines()[0]
    assert report.part(COMMITTED, "sweep").splitlines()[0] == header
    assert report.part(COMMITTED, "sweep of sessions").splitlines()[0] == own


def test_sessions_at_once_are_all_live_and_all_gone_and_the_page_has_their_form(world: World) -> None:
    world.weather.calm = True
    found = scale.measure(world.stage, [1], said)
    assert [(one.failures, one.left) for one in found] == [(0, 0)]
    written = report.part(COMMITTED, "scale")
    assert (
        scale.rows(found)[0] == scale.rows([], written)[0]
        and report.table(scale.rows(found)).splitlines()[0] in written
    )


def test_a_run_of_one_size_leaves_the_others_in_the_table_and_the_picture_shows_all_of_them() -> None:
    written = report.part(COMMITTED, "scale")
    sizes = [cells[0] for cells in scale.rows([], written)[1:]]
    new = scale.Scaled(10, failures=0, left=0, live=80.0, ended=40.0, wall=9.5, work=8.0, megabytes=300.0)
    table = scale.rows([new, replace(new, sessions=100_000)], written)
    assert [cells[0] for cells in table[1:]] == [*sizes, "100,000"] and new.cells in table
    assert table[1:] == scale.rows([], report.table(table))[1:]
    picture = ElementTree.fromstring(scale.picture(table))
    assert len(picture.findall("{http://www.w3.org/2000/svg}circle")) == 3 * len(table)


def test_the_committed_picture_is_that_of_the_committed_table() -> None:
    assert report.SCALE.read_text(encoding="utf-8") == scale.picture(scale.rows([], report.part(COMMITTED, "scale")))
    assert "images/scale.svg" in COMMITTED


def test_a_price_that_is_assumed_says_so() -> None:
    assumed = {one.name for one in prices().values() if not one.sourced}
    assert assumed == {"log_gb"} and price_table().count("**assumed**") == 1
    assert all(one.usd > 0 and one.date and one.unit for one in prices().values())


def test_retries_are_transitions_too() -> None:
    entered = {"type": "TaskStateEntered"}
    scheduled = {"type": "LambdaFunctionScheduled"}
    assert transitions([entered, scheduled]) == 3
    assert transitions([entered, scheduled, scheduled, {"type": "ChoiceStateEntered"}]) == 5


def test_a_table_is_put_between_its_markers_and_nowhere_else() -> None:
    page = "before\n<!-- bench: a -->\nold\n<!-- end -->\nafter\n<!-- bench: b -->\nkept\n<!-- end -->\n"
    written = report.put(page, {"a": "| new \\1 |"})
    assert report.part(written, "a") == "| new \\1 |" and report.part(written, "b") == "kept"
    assert written.startswith("before\n") and "old" not in written
    with pytest.raises(KeyError):
        report.put(page, {"c": "nowhere"})
