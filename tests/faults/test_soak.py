"""A short day of the soak (``python -m tests.soak``) in every test run, and that its judge sees what it looks for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.simulator.store import StateChange
from infra.local.stage import Stage
from shared.gateways.clients import forget_clients
from shared.gateways.settings import settings
from tests.soak import judge
from tests.soak.day import Outcome, Size, run_day
from tests.soak.memory import flatness
from tests.soak.player import Asked, Wanted
from tests.soak.summary import Summary
from tests.soak.worker import Report

pytestmark = pytest.mark.slow

SHORT = Size(shows=3, seconds=600)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SESSION = "s-000000000000"
CHANNEL = f"onair-dev-{SESSION}-main"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    drawn = random.getstate()
    with Stage(speed=None) as stage:
        forget_clients()
        yield stage
    settings.cache_clear()
    random.setstate(drawn)


@pytest.fixture(scope="module")
def day(stage: Stage) -> Outcome:
    return run_day(stage, seed=1, day=5, size=SHORT)


def test_a_day_of_random_shows_and_faults_leaves_nothing(day: Outcome) -> None:
    assert not day.violations, (day.violations, day.trails)
    assert day.shows == SHORT.shows and day.live >= 2
    assert {kind.split()[0] for kind in day.faults} >= {"call", "event", "invocation"}


def test_what_is_left_is_seen(day: Outcome, stage: Stage) -> None:
    stage.client("medialive").create_input_security_group(WhitelistRules=[{"Cidr": "203.0.113.7/32"}])
    stage.client("ssm").put_parameter(Name=f"/onair/dev/{SESSION}/main/stream-key", Value="x", Type="String")
    row = {"pk": {"S": "STAGE"}, "sk": {"S": "LOCK"}}
    table = next(iter(stage.service.tables.values())).create["TableName"]
    stage.client("dynamodb").put_item(TableName=table, Item=row)
    found = [one.found.split()[0] for one in judge.judge(stage, [], []).violations if one.kind == "left"]
    assert found == ["input_security_group", "secret", "STAGE"]


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def changes(*told: tuple[float, str], channel: str = "1", name: str = CHANNEL) -> list[StateChange]:
    return [StateChange(at(minutes), "channel", channel, name, state) for minutes, state in told]


def cuts(*told: tuple[float, str], until: float | None = 60, lease: float = 120) -> list[judge.Violation]:
    """Of a show that was wanted from noon on, and live five minutes later."""
    item: dict[str, Any] = {
        "status": "ended",
        "ended_reason": "requested",
        "lease_expires_at": at(lease).isoformat(),
        "timeline": [{"status": "creating", "at": at(0).isoformat()}, {"status": "live", "at": at(5).isoformat()}],
    }
    show = Asked(1, "flow", SESSION, [Wanted(at(0), None if until is None else at(until))])
    return list(judge.cuts(show, item, list(judge.runs(changes(*told)))))


def test_a_healthy_show_that_is_cut_is_seen() -> None:
    assert cuts((4, "RUNNING"), (40, "STOPPING"))
    assert cuts((4, "RUNNING"), (119, "STOPPING"), until=None), "nobody ended it, and its lease was not over"


def test_a_show_that_ends_as_it_should_is_not_cut() -> None:
    assert not cuts((4, "RUNNING"), (61, "STOPPING"))
    assert not cuts((4, "RUNNING"), (121, "STOPPING"), until=None)
    assert not cuts((4, "RUNNING"), (30, "RECOVERING"), (31, "IDLE")), "its channel broke by itself"
    assert not cuts((1, "RUNNING"), (2, "STOPPING")), "it never was on the air"


def test_what_is_made_twice_is_seen() -> None:
    one, two = changes((0, "CREATING"), (9, "DELETED")), changes((8, "CREATING"), channel="2")
    assert [one.kind for one in judge.made_twice(sorted([*one, *two], key=lambda change: change.at))] == ["twice"]
    later = changes((10, "CREATING"), channel="2")
    assert not list(judge.made_twice([*one, *later])), "the first was gone by then"


def test_memory_is_flat_or_it_is_not() -> None:
    assert flatness([300.0] * 5) is None, "too few days"
    level = flatness([250, 300, 310, 315, 311, 314, 312, 315, 313])
    growing = flatness([250, 300, 310, 320, 330, 340, 350, 360, 370])
    assert level is not None and level.is_flat
    assert growing is not None and not growing.is_flat


def test_the_last_line_says_what_came_of_it() -> None:
    summary = Summary(seed=1)
    summary.add(Report(1, Outcome(1, shows=40, live=30), memory=300.0))
    assert summary.last_line() == ("soak: 40 shows, 0 faults, 0 left, 0 stuck, 0 cut, memory not judged (too few days)")
    assert summary.passed
    summary.add(Report(1, Outcome(2, shows=40, violations=[judge.Violation("cut", "on the air", "STOPPING")])))
    assert "1 cut" in summary.last_line() and not summary.passed
