"""The ASL files against what they call: every way leads somewhere, every task has its function, every path its data."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from statelint.config import Config
from statelint.linter import Linter

from infra.local.variables import load_yaml
from shared.domain.lifecycle import BranchReport
from shared.runtime.steps import ChannelStep, SessionStep
from shared.runtime.task import EXECUTION
from tests.contract.asl import (
    MACHINES,
    PLACEHOLDER,
    ROOT,
    Json,
    State,
    all_states,
    definition,
    scope_of,
    scopes,
    shape_faults,
    snake,
    tasks,
)
from tests.contract.dataflow import Keys, missing_paths
from tests.contract.handlers import (
    answers,
    file_of,
    function_of,
    handler_files,
    handler_of,
    service,
    takes,
)

every_machine = pytest.mark.parametrize("machine", MACHINES.values())
every_task = pytest.mark.parametrize("task", tasks(), ids=str)


#: States whose file is not called after them, and why.
FILE_OF_STATE = {
    # One file waits for all four: what differs is in the state's Parameters.
    "Await channel created": "await_channel",
    "Await channel running": "await_channel",
    "Await channel stopped": "await_channel",
    "Await channel deleted": "await_channel",
    # One file reports either way a branch comes up.
    "Report live": "report_channel",
    "Report idle": "report_channel",
    # The recorder is a channel that runs for a recording alone.
    "Stop recorder": "stop_channel",
    "Await recorder stopped": "await_channel",
    "Start recorder": "start_channel",
    "Await recorder running": "await_channel",
    "Await outputs set": "await_outputs",
    # A destination that is removed alone is reported as one that is rolled back.
    "Report removal": "report_rollback",
}


#: What state data may hold: ids, statuses, a wait's token, and what a Catch puts there. Nothing else, and no secret.
STATE_DATA = {
    "execution",
    "session_id",
    "operation",
    "destination_id",
    "security_group_id",
    "channels",
    "reports",
    "outcome",
    "settlement",
    "go_live",
    "clean",
    "wanted",
    "attempt",
    "since",
    "task_token",
    "error",
    "failure",
    "Error",
    "Cause",
    # which of the steps a branch needs
    "makes_ivs_channel",
    "takes_flow",
    "records",
    "runs",
    "goes_on",
    "on_air",
    # a recording's ranges of its manifest in S3
    "recording_id",
    "ranges",
    "first",
    "last",
    # what a sweep looks at, and what it has done
    "sweep_id",
    "dry_run",
    "ids",
    "sessions",
    "streams",
    "action",
    "reason",
    "reconciled",
    "orphans",
    "deleted",
    "kind",
    "id",
}


#: What an execution is started with: session and operation, but a recording is its own owner.
INPUTS = {
    "finalize_recording": ("session_id", "recording_id"),
    "remove_destination": ("session_id", "operation", "destination_id", "error"),
    "sweep": ("dry_run", "ids"),
}


# The files themselves


@every_machine
def test_every_way_leads_to_a_state_and_every_state_is_on_a_way(machine: str) -> None:
    assert shape_faults(machine, definition(machine)) == []


def _misspelt_next(source: Json) -> None:
    source["States"]["Plan session"]["Next"] = "Admit sourc"


def _catch_out_of_the_map(source: Json) -> None:
    _branch(source)["Create input"]["Catch"][0]["Next"] = "Abandon session"


def _orphaned_state(source: Json) -> None:
    _branch(source)["Add flow outputs"]["Next"] = "Await channel created"
    _branch(source)["Is it fed by a flow"]["Default"] = "Await channel created"


def _repeated_name(source: Json) -> None:
    source["States"]["Report live"] = {"Type": "Succeed"}
    source["States"]["Admit source"]["Next"] = "Report live"


def _neither_next_nor_end(source: Json) -> None:
    del _branch(source)["Report idle"]["End"]


def _branch(source: Json) -> Json:
    states: Json = source["States"]["Provision channels"]["ItemProcessor"]["States"]
    return states


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_misspelt_next, "no state 'Admit sourc' in the machine"),
        (_catch_out_of_the_map, "no state 'Abandon session' in Provision channels"),
        (_orphaned_state, "Provision channels / Create channel: nothing leads here"),
        (_repeated_name, "2 states are named 'Report live'"),
        (_neither_next_nor_end, "Report idle: has 0 of Next and End"),
    ],
)
def test_a_broken_way_is_told(spoil: Any, told: str) -> None:
    source = copy.deepcopy(definition("provision_session"))
    spoil(source)
    assert any(told in fault for fault in shape_faults("provision_session", source))


@every_machine
def test_statelint_finds_nothing(machine: str) -> None:
    # It wants Resource to be a URI, which a placeholder becomes when the stack is deployed.
    deployed = next(each.definition for each in service().machines.values() if each.logical_id == _logical_id(machine))
    assert Linter.validate(deployed, Config()) == []


@every_machine
def test_a_machine_is_jsonpath_has_a_deadline_and_says_what_it_is_for(machine: str) -> None:
    source = definition(machine)
    assert source.get("QueryLanguage", "JSONPath") == "JSONPath"
    assert source["Comment"]
    assert source["TimeoutSeconds"] > 0
    for state in all_states(machine):
        assert not {"QueryLanguage", "Arguments", "Output", "Assign"} & state.body.keys(), state
        assert "{%" not in str(state.body), state


@every_machine
def test_nothing_is_null(machine: str) -> None:
    """CloudFormation takes no null in a template, and osls drops it before that: ``"ResultPath": null``, which keeps
    the state's data as it is, would come to AWS as nothing at all, which throws it away. What no state needs is
    discarded under a name."""

    def nulls(node: Any, where: str) -> Iterator[str]:
        children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in children:
            yield from [f"{where}/{key}"] if value is None else nulls(value, f"{where}/{key}")

    assert list(nulls(definition(machine), machine)) == []


@every_machine
def test_no_state_reads_what_was_discarded(machine: str) -> None:
    text = str(definition(machine))
    assert text.count("$.discarded") == text.count("'ResultPath': '$.discarded'")


@every_machine
def test_every_state_says_what_it_does(machine: str) -> None:
    assert [str(state) for state in all_states(machine) if not state.body.get("Comment")] == []


# States, functions, files


@every_task
def test_a_task_calls_the_function_of_its_own_name(task: State) -> None:
    file = file_of(function_of(task))
    assert (ROOT / file).is_file()
    assert file.rpartition("/")[2] == FILE_OF_STATE.get(task.name, snake(task.name)) + ".py"


def test_the_exceptions_to_the_naming_rule_are_needed() -> None:
    assert FILE_OF_STATE.keys() <= {task.name for task in tasks()}
    assert all(file != snake(name) for name, file in FILE_OF_STATE.items())


def test_every_handler_is_used_by_a_state_a_route_or_a_rule() -> None:
    used = {file_of(function_of(task)) for task in tasks()}
    used |= {file_of(service().functions[route.function]) for route in service().routes}
    used |= {file_of(service().functions[each.function]) for each in service().schedules}
    used |= {file_of(service().functions[each.function]) for each in service().streams}
    for rule in service().rules:
        for target in rule.targets:
            function = service().function_by_arn(target.arn)
            assert function is not None, rule.name
            used.add(file_of(function))
    assert sorted(used) == handler_files()


@pytest.mark.parametrize(("logical_id", "machine"), MACHINES.items())
def test_placeholders_and_substitutions_are_the_same(logical_id: str, machine: str) -> None:
    properties = load_yaml(ROOT / "infra/aws/machines.yml")["Resources"][logical_id]["Properties"]
    text = (ROOT / f"state_machines/{machine}.asl.json").read_text(encoding="utf-8")
    assert properties["Definition"] == f"${{file(state_machines/{machine}.asl.json)}}"
    substitutions = properties["DefinitionSubstitutions"]
    assert set(PLACEHOLDER.findall(text)) == substitutions.keys()
    for name, value in substitutions.items():
        assert value == {"Fn::GetAtt": name.removesuffix("Arn") + "LambdaFunction.Arn"} or value == {
            "Fn::GetAtt": [name.removesuffix("Arn") + "LambdaFunction", "Arn"]
        }


def test_every_asl_file_is_a_machine() -> None:
    files = {path.name.removesuffix(".asl.json") for path in (ROOT / "state_machines").glob("*.asl.json")}
    assert files == set(MACHINES.values())
    assert {each.logical_id for each in service().machines.values()} == MACHINES.keys()


def _logical_id(machine: str) -> str:
    return next(key for key, name in MACHINES.items() if name == machine)


# What a task is given, and what is there to be given


@every_task
def test_a_task_is_given_exactly_what_its_handler_takes(task: State) -> None:
    model = takes(task)
    given = {key.removesuffix(".$") for key in task.payload} - {EXECUTION}
    needed = {name for name, field in model.model_fields.items() if field.is_required()}
    assert needed <= given <= model.model_fields.keys()
    for key, value in task.payload.items():
        if not key.endswith(".$"):  # a literal: it must be one that the handler knows
            model.__pydantic_validator__.validate_assignment(model.model_construct(), key, value)


@every_task
def test_a_task_tells_its_function_which_execution_it_belongs_to(task: State) -> None:
    """For log and trace alone: no handler takes it. It is not in the ids: some functions serve several machines."""
    assert task.payload[f"{EXECUTION}.$"] == "$$.Execution.Name"
    assert EXECUTION not in takes(task).model_fields


@every_machine
def test_no_state_reads_what_may_not_be_there(machine: str) -> None:
    assert list(missing_in(machine, definition(machine))) == []


def test_a_path_that_may_be_missing_is_told() -> None:
    source = copy.deepcopy(definition("provision_session"))
    del source["States"]["Plan session"]["Catch"][0]["ResultPath"]
    assert any(
        "Abandon session: $.session_id may be missing" in each for each in missing_in("provision_session", source)
    )
    source = copy.deepcopy(definition("provision_session"))
    source["States"]["Admit source"]["ResultPath"] = "$.admited"
    assert any("$.admitted.security_group_id" in each for each in missing_in("provision_session", source))


def missing_in(machine: str, source: Json) -> Iterator[str]:
    found = {scope.inside: scope for scope in scopes(machine, source)}

    def inner(state: State, keys: Keys) -> Iterator[str]:
        selected = state.body.get("ItemSelector")
        item = selected.keys() if selected else ChannelStep.model_fields.keys()
        entry: Keys = dict.fromkeys((key.removesuffix(".$") for key in item), None)
        yield from missing_paths(found[(*state.inside, state.name)], entry, _result, inner)

    entry: Keys = dict.fromkeys(INPUTS.get(machine, SessionStep.model_fields), None)
    yield from missing_paths(found[()], entry, _result, inner)


def _result(state: State) -> frozenset[str]:
    """A parked state gets what ``executions.resume`` sends; no state reads it."""
    return frozenset() if state.parked else frozenset(answers(state).model_fields)


def test_every_end_of_a_branch_is_a_report() -> None:
    branch = scope_of("provision_session", "Provision channels")
    ends = [state for state in branch.states.values() if state.body.get("End")]
    assert len(ends) >= 3
    for state in ends:
        if state.kind == "Pass":
            literal = {key.removesuffix(".$"): value for key, value in state.body["Parameters"].items()}
            BranchReport.model_validate(literal)
        else:
            assert answers(state) is BranchReport, state
            assert state.body["ResultPath"] == "$", state


def test_state_data_is_ids_and_statuses() -> None:
    def keys(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                yield key.removesuffix(".$")
                yield from keys(value)

    for machine in MACHINES.values():
        for state in all_states(machine):
            body = state.body
            named = set(keys(state.payload)) | set(keys(body.get("ItemSelector", {})))
            assert named <= STATE_DATA, state
            if state.kind == "Task":
                assert answers(state).model_fields.keys() <= STATE_DATA, state
    assert not [key for key in STATE_DATA if re.search("secret|password|url|query|stream(?!s$)", key)]


@every_task
def test_a_handler_is_a_task_with_typed_values(task: State) -> None:
    assert callable(handler_of(function_of(task)))
    assert issubclass(takes(task), BaseModel)
    assert issubclass(answers(task), BaseModel)
    assert takes(task).model_config.get("extra") == "forbid"
