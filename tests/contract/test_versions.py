"""What an older version has left in flight, against today's functions: a deploy in mid-show breaks nothing.

docs/decisions/0023-a-deploy-in-mid-show.md says what may change in one release and what takes two.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.domain.audit import events_of
from shared.domain.schema import SCHEMA, upgraded
from shared.runtime.steps import SessionStep
from tests.contract.asl import MACHINES
from tests.contract.replay import (
    Version,
    in_flight,
    in_flight_today,
    read_version,
    replay_faults,
    versions,
)
from tests.contract.test_state_machines import INPUTS, missing_in
from tests.next_version import of_the_next_version
from tests.show import KEY

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
every_version = pytest.mark.parametrize("number", versions())

WHAT_TO_DO = f"""
What goes over from one version to the next is not what was recorded as version {SCHEMA}.
- Version {SCHEMA} was never released: python -m tests.contract.record_version
- It was: leave its folder as it is. Add to UPGRADES in shared/domain/schema.py what makes a row of version {SCHEMA} one
  of version {SCHEMA + 1} (`dict`, if rows have not changed), then python -m tests.contract.record_version. The folder
  of version {SCHEMA} stays until nothing of it can be in flight: an execution's longest time, and a roll-back.
docs/decisions/0023-a-deploy-in-mid-show.md says what may change in one release."""


def test_what_goes_over_to_the_next_version_is_what_was_recorded_as_this_one() -> None:
    assert SCHEMA in versions(), WHAT_TO_DO
    assert in_flight(read_version(SCHEMA)) == in_flight_today(), WHAT_TO_DO


@every_version
def test_todays_functions_take_answer_and_read_what_a_version_left(number: int) -> None:
    assert list(replay_faults(read_version(number))) == []


@every_version
def test_a_versions_machines_find_in_todays_answers_what_they_read(number: int) -> None:
    version = read_version(number)
    assert [path for machine, source in version.machines.items() for path in missing_in(machine, source)] == []


@every_version
def test_todays_machines_are_content_with_what_a_version_starts_them_with(number: int) -> None:
    """An older function may start today's machine: while both are deployed, or after a roll-back of the functions."""
    for machine, inputs in read_version(number).started.items():
        needed = set(INPUTS.get(machine, SessionStep.model_fields))
        assert [each for each in inputs if not needed <= each.keys()] == [], machine


@every_version
def test_todays_code_tells_what_has_become_of_a_versions_rows(number: int) -> None:
    """The stream holds changes for a day: both images may be of an older version."""
    rows = [row for kind, each in read_version(number).rows.items() if kind.startswith("SESSION ") for row in each]
    for row in map(upgraded, rows):
        events_of(None, row, MOMENT)
        events_of(row, row, MOMENT)


@every_version
def test_a_recording_is_whole_and_holds_no_secret(number: int) -> None:
    version = read_version(number)
    assert version.inputs.keys() == version.answers.keys()
    assert version.started.keys() == version.machines.keys() >= set(MACHINES.values())
    assert KEY not in str((version.inputs, version.answers, version.rows, version.started))


def test_todays_functions_read_the_rows_of_a_later_version() -> None:
    version = read_version(SCHEMA)
    later = {kind: [of_the_next_version(row) for row in rows] for kind, rows in version.rows.items()}
    told = list(replay_faults(replace(version, rows=later)))
    assert told and all(each.endswith("which nobody knows") for each in told), "read, and its new field is left aside"


# Can it see? A recording that differs from today's code as if the code had changed.


def _an_inputs_field_was_called_otherwise(version: Version) -> None:
    for example in version.inputs["reportChannel"]:
        example["result"] = example.pop("outcome")


def _an_answer_had_a_field_more(version: Version) -> None:
    for example in version.answers["settleSession"]:
        example["since"] = "2026-01-01T00:00:00Z"


def _a_row_has_not_what_is_required_today(version: Version) -> None:
    del version.rows["SESSION RES"][0]["name"]


def _a_rows_field_was_called_otherwise(version: Version) -> None:
    row = next(row for row in version.rows["SESSION SESSION"] if "live_at" in row)
    row["on_air_at"] = row.pop("live_at")


def _a_parked_steps_row_is_of_another_kind(version: Version) -> None:
    version.rows["CHANNEL WAIT"][0]["attempt"] = "the first"


def _a_function_is_gone(version: Version) -> None:
    version.inputs["undoEverything"] = [{}]


def _a_kind_of_row_is_gone(version: Version) -> None:
    version.rows["SESSION NOTE"] = [{"pk": "SESSION#s-recorded0000", "sk": "NOTE#1"}]


def _a_machine_does_not_tell_what_is_required_today(version: Version) -> None:
    del version.machines["end_session"]["States"]["Plan removal"]["Parameters"]["operation.$"]


@pytest.mark.parametrize(
    ("differ", "told"),
    [
        (_an_inputs_field_was_called_otherwise, "reportChannel: an input has result, which nobody knows"),
        (_an_inputs_field_was_called_otherwise, "reportChannel: an input is not read: 1 validation error"),
        (_an_answer_had_a_field_more, "settleSession: an answer has since, which nobody knows"),
        (_a_row_has_not_what_is_required_today, "row SESSION RES is not read: 1 validation error"),
        (_a_rows_field_was_called_otherwise, "row SESSION SESSION has on_air_at, which nobody knows"),
        (_a_parked_steps_row_is_of_another_kind, "row CHANNEL WAIT is not read: 1 validation error"),
        (_a_function_is_gone, "undoEverything: an input: there is no such function any more"),
        (_a_kind_of_row_is_gone, "nobody reads rows SESSION NOTE"),
        (
            _a_machine_does_not_tell_what_is_required_today,
            "Plan removal does not tell operation, without which planRemoval",
        ),
    ],
)
def test_a_change_that_a_deploy_in_mid_show_would_not_survive_is_told(
    differ: Callable[[Version], None], told: str
) -> None:
    version = copy.deepcopy(read_version(SCHEMA))
    differ(version)
    assert any(told in each for each in replay_faults(version)), list(replay_faults(version))


def test_a_path_that_an_older_machine_reads_and_no_answer_has_is_told() -> None:
    source = copy.deepcopy(read_version(SCHEMA).machines["start_streaming"])
    source["States"]["Is it on air"]["Choices"][0]["Variable"] = "$.settled.decision"
    assert list(missing_in("start_streaming", source)) == [
        "start_streaming / Is it on air: $.settled.decision may be missing"
    ]
