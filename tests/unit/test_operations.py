"""Ending a session: always possible, repeatable, and never a second execution beside one that runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.reconcile import Action
from shared.domain.session import EndedReason, OperationKind, SessionStatus
from shared.gateways import executions, sessions
from shared.runtime.operations import end_session
from shared.runtime.reconcile import reconcile
from tests.unit.domain_objects import NOON, SESSION, a_record
from tests.unit.table_on_moto import Hands, empty_table


class Executions:
    """Step Functions: an execution's name is taken for good, and its status is set by hand."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}

    def start(self, machine_arn: str, name: str, payload: Any) -> None:
        self.status.setdefault(executions.execution_arn(machine_arn, name), "RUNNING")

    def describe(self, arn: str) -> executions.SeenExecution | None:
        status = self.status.get(arn)
        stopped = None if status == "RUNNING" else NOON + timedelta(hours=1)
        return executions.SeenExecution(status=status, stopped_at=stopped) if status else None

    def running(self) -> list[str]:
        return [arn.rpartition(":")[2] for arn, status in self.status.items() if status == "RUNNING"]


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as hands:
        yield hands


@pytest.fixture
def started(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> Executions:
    world = Executions()
    monkeypatch.setattr(executions, "start", world.start)
    monkeypatch.setattr(executions, "describe", world.describe)
    sessions.create(a_record(), (), None)
    return world


def end() -> None:
    end_session(SESSION, EndedReason.REQUESTED)


def test_the_end_takes_the_next_number_and_starts_its_execution(started: Executions) -> None:
    end()
    record = sessions.get(SESSION)
    assert (record.operation.number, record.operation.kind) == (2, OperationKind.END)
    assert (record.status, record.desired_status, record.ended_reason) == ("ending", "ended", "requested")
    assert started.running() == [f"{SESSION}-2-end"]


def test_to_end_again_while_the_end_runs_changes_nothing(started: Executions) -> None:
    end()
    before = sessions.get(SESSION)
    end()
    assert sessions.get(SESSION) == before
    assert started.running() == [f"{SESSION}-2-end"]


def test_an_end_that_died_before_its_execution_began_is_repaired_under_the_same_name(started: Executions) -> None:
    end()
    started.status.clear()
    end()
    assert started.running() == [f"{SESSION}-2-end"]


def test_an_end_that_left_something_is_repeated_by_a_new_operation(started: Executions) -> None:
    end()
    _becomes(SessionStatus.CLEANUP_INCOMPLETE)
    end()
    assert sessions.get(SESSION).operation.number == 3
    assert f"{SESSION}-3-end" in started.running()


def test_what_has_ended_stays_so(started: Executions) -> None:
    end()
    _becomes(SessionStatus.ENDED)
    end()
    assert sessions.get(SESSION).operation.number == 2


@pytest.mark.parametrize("how", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_an_end_whose_execution_died_on_the_way_is_repeated_by_a_new_operation(started: Executions, how: str) -> None:
    """Finish end can fail, and its Catch leads to Cleanup incomplete, which writes nothing; or somebody aborts it."""
    end()
    started.status[sessions.get(SESSION).operation.execution_arn] = how
    end()
    assert started.running() == [f"{SESSION}-3-end"]


def test_what_is_overtaken_between_look_and_write_is_decided_anew(
    started: Executions, monkeypatch: pytest.MonkeyPatch
) -> None:
    end()
    dead, finish = sessions.get(SESSION).operation.execution_arn, sessions.finish
    started.status[dead] = "ABORTED"

    def too_late(*args: Any) -> None:
        monkeypatch.setattr(sessions, "finish", finish)
        end()
        finish(*args)

    monkeypatch.setattr(sessions, "finish", too_late)
    assert reconcile(SESSION, {dead: "ABORTED"}).action is Action.NOTHING
    assert started.running() == [f"{SESSION}-3-end"]


def _becomes(status: SessionStatus) -> None:
    record = sessions.get(SESSION)
    change = record.timeline[-1].model_copy(update={"status": status})
    sessions.advance(record, record.operation.number, change)
