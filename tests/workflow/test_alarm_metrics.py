"""What the alarms look at is counted when it happens: on a stage where it is brought about."""

from __future__ import annotations

import json

from tests.show import Shows


def counted(shows: Shows, function: str, name: str) -> list[int]:
    """Each value that a function has written of a metric, oldest first."""
    lines = [json.loads(line) for line in shows.stage.lambdas.logs(function) if '"_aws"' in line]
    return [value for line in lines if name in line for value in line[name]]


def test_a_budget_that_is_spent_and_a_clean_up_that_is_incomplete(shows: Shows) -> None:
    show = shows.ask(budget={"usd": 0.01})
    show.until("live")
    shows.stage.clock.sleep(900)
    shows.sweep(2)
    assert counted(shows, "listSessions", "BudgetsReached") == [0, 1]

    shows.stage.faults.reject("medialive", "DeleteInput", 400, "BadRequestException", "not today", count=None)
    assert show.ended()["status"] == "cleanup_incomplete"
    assert counted(shows, "executionStopped", "ExecutionsFailed") == [1]
    shows.sweep()
    assert counted(shows, "listSessions", "SessionsCleanupIncomplete") == [0, 0, 1]


def test_only_scheduled_sweeps_say_that_sweeps_go_on(shows: Shows) -> None:
    shows.sweep()
    shows.stage.request("POST", "/sweeps", {"dry_run": True})
    shows.stage.settle()
    assert counted(shows, "reportSweep", "SweepsDone") == [1, 0]
