"""How a sweep is begun, and what is said of one whose execution ended without a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared.domain.errors import SweepNotFound, Throttled
from shared.domain.names import scheduled_sweep_id
from shared.domain.sweep_answers import SweepRequest
from shared.domain.sweeps import SweepStatus
from shared.gateways import executions, sweeps
from shared.gateways.clients import IN_FLIGHT
from shared.gateways.executions import SeenExecution
from shared.runtime.sweeps import begin_sweep, sweep_as_it_is
from tests.unit.table_on_moto import NOON, Hands, empty_table

ID = scheduled_sweep_id(NOON)


class StepFunctions:
    """What was started, by name with its input, and how it goes."""

    def __init__(self) -> None:
        self.started: dict[str, Any] = {}
        self.status = "RUNNING"
        self.refuses = False

    def start(self, machine_arn: str, name: str, payload: dict[str, Any]) -> None:
        if self.refuses:
            raise Throttled("StartExecution")
        self.started.setdefault(name, payload)

    def describe(self, arn: str) -> SeenExecution | None:
        is_there = arn.rpartition(":")[2] in self.started
        return SeenExecution(status=self.status, stopped_at=NOON) if is_there else None


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as hands:
        yield hands


@pytest.fixture
def states(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> StepFunctions:
    fake = StepFunctions()
    monkeypatch.setattr(executions, "start", fake.start)
    monkeypatch.setattr(executions, "describe", fake.describe)
    return fake


def test_a_sweep_is_written_down_and_started_under_its_id(hands: Hands, states: StepFunctions) -> None:
    sweep = begin_sweep(ID, SweepRequest(ids=("1", "2")), "somebody")
    assert states.started == {"sweep-20261120T1200": {"dry_run": True, "ids": ["1", "2"]}}
    assert (sweep.status, sweep.requested_by, sweep.started_at) == (SweepStatus.RUNNING, "somebody", NOON)


def test_a_sweep_that_is_begun_again_is_the_first_one(hands: Hands, states: StepFunctions) -> None:
    begin_sweep(ID, SweepRequest(dry_run=False))
    hands.forward(60)
    again = begin_sweep(ID, SweepRequest(dry_run=True))
    assert (again.dry_run, again.started_at) == (False, NOON)
    assert states.started == {ID: {"dry_run": False, "ids": []}}


def test_a_sweep_that_could_not_be_started_is_started_by_the_next_try(hands: Hands, states: StepFunctions) -> None:
    states.refuses = True
    with pytest.raises(Throttled):
        begin_sweep(ID, SweepRequest(dry_run=False))
    assert sweep_as_it_is(ID).status is SweepStatus.RUNNING
    hands.forward(IN_FLIGHT.total_seconds())
    assert sweep_as_it_is(ID).error == "its execution was never started"
    states.refuses = False
    begin_sweep(ID, SweepRequest(dry_run=False))
    assert sweep_as_it_is(ID).status is SweepStatus.RUNNING


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_an_execution_that_ends_without_a_report_is_a_sweep_that_failed(
    hands: Hands, states: StepFunctions, status: str
) -> None:
    begin_sweep(ID, SweepRequest())
    assert sweep_as_it_is(ID).status is SweepStatus.RUNNING
    states.status = status
    found = sweep_as_it_is(ID)
    assert (found.status, found.finished_at) == (SweepStatus.FAILED, NOON)
    assert status in found.error
    sweeps.note(ID, found.model_copy(update={"status": SweepStatus.DONE}), "status")
    assert sweep_as_it_is(ID).status is SweepStatus.DONE


def test_a_sweep_that_nobody_began_is_not_found(hands: Hands, states: StepFunctions) -> None:
    with pytest.raises(SweepNotFound):
        sweep_as_it_is(ID)
