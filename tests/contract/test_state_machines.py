"""The ASL files against what they rely on: functions, error names, time-outs, the saga's pairs, the data they pass on."""

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
from shared.domain.errors import VOCABULARY, OutcomeUnknown, Permanent, Transient, Waiting
from shared.domain.lifecycle import BranchOutcome, BranchReport
from shared.domain.session_spec import MAX_DESTINATIONS
from shared.gateways import clients
from shared.gateways.locks import HELD_FOR
from shared.runtime.steps import IN_FLIGHT, ChannelStep, SessionStep
from tests.contract.asl import (
    MACHINES,
    PLACEHOLDER,
    ROOT,
    Json,
    Scope,
    State,
    all_states,
    definition,
    scopes,
    shape_faults,
    snake,
    tasks,
)
from tests.contract.dataflow import Keys, missing_paths
from tests.contract.handlers import (
    COMPENSATES,
    UNDONE_BY,
    answers,
    docstring,
    file_of,
    function_of,
    handler_files,
    handler_of,
    names_used,
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
}

#: Where each forward state of provision_session goes when it fails. A step that failed enters at its own delete: it may
#: have had its effect. A step that makes nothing enters where the last one before it that makes something does.
ON_FAILURE = {
    "Plan session": "Abandon session",
    "Admit flow": "Abandon session",
    "Provision channels": "Abandon session",
    "Create input": "Delete input",
    "Add flow outputs": "Remove flow outputs",
    "Create channel": "Delete channel",
    "Await channel created": "Delete channel",
    "Start channel": "Stop channel",
    "Await channel running": "Stop channel",
    "Report live": "Stop channel",
    "Report idle": "Delete channel",
    "Settle session": "Abandon session",
    "Abandon session": "Session abandoned",
}

#: The way back of one branch, the same in both machines, and where it ends in each.
DELETE_CHAIN = (
    "Stop channel",
    "Await channel stopped",
    "Delete channel",
    "Await channel deleted",
    "Remove flow outputs",
    "Delete input",
)
AFTER_CHAIN = {"provision_session": "Report rollback", "end_session": "Branch removed"}

#: Files of tasks/provision that make nothing, so that nothing undoes them.
MAKES_NOTHING = {"plan_session", "report_channel", "settle_session", "abandon_session"}

#: Names that Step Functions and Lambda give errors themselves (Step Functions Developer Guide, "Error names" and
#: "Handle transient Lambda service exceptions").
FOREIGN_ERRORS = {
    "States.ALL",
    "States.Timeout",
    "States.HeartbeatTimeout",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
}

#: What state data may hold: ids, statuses, a wait's token, and what a Catch puts there. Nothing else, and no secret.
STATE_DATA = {
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
    "task_token",
    "error",
}

#: Seconds that a channel may take to get there and still be healthy (facts §2.4), or that we give it.
HEALTHY = {"created": 60, "running": 600, "stopped": 600, "deleted": 600}


def leaves_of(kind: type) -> set[str]:
    return {name for name, leaf in VOCABULARY.items() if issubclass(leaf, kind)}


RETRIED = leaves_of(Transient) | leaves_of(Waiting) | {OutcomeUnknown.name()}


# The files themselves


@every_machine
def test_every_way_leads_to_a_state_and_every_state_is_on_a_way(machine: str) -> None:
    assert shape_faults(machine, definition(machine)) == []


def _misspelt_next(source: Json) -> None:
    source["States"]["Plan session"]["Next"] = "Admit flo"


def _catch_out_of_the_map(source: Json) -> None:
    _branch(source)["Create input"]["Catch"][0]["Next"] = "Abandon session"


def _orphaned_state(source: Json) -> None:
    _branch(source)["Add flow outputs"]["Next"] = "Await channel created"


def _repeated_name(source: Json) -> None:
    source["States"]["Report live"] = {"Type": "Succeed"}
    source["States"]["Admit flow"]["Next"] = "Report live"


def _neither_next_nor_end(source: Json) -> None:
    del _branch(source)["Report idle"]["End"]


def _branch(source: Json) -> Json:
    states: Json = source["States"]["Provision channels"]["ItemProcessor"]["States"]
    return states


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_misspelt_next, "no state 'Admit flo' in the machine"),
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
    given = {key.removesuffix(".$") for key in task.payload}
    needed = {name for name, field in model.model_fields.items() if field.is_required()}
    assert needed <= given <= model.model_fields.keys()
    for key, value in task.payload.items():
        if not key.endswith(".$"):  # a literal: it must be one that the handler knows
            model.__pydantic_validator__.validate_assignment(model.model_construct(), key, value)


@every_machine
def test_no_state_reads_what_may_not_be_there(machine: str) -> None:
    assert list(_missing(machine, definition(machine))) == []


def test_a_path_that_may_be_missing_is_told() -> None:
    source = copy.deepcopy(definition("provision_session"))
    del source["States"]["Plan session"]["Catch"][0]["ResultPath"]
    assert any("Abandon session: $.session_id may be missing" in each for each in _missing("provision_session", source))
    source = copy.deepcopy(definition("provision_session"))
    source["States"]["Admit flow"]["ResultPath"] = "$.admited"
    assert any("$.admitted.security_group_id" in each for each in _missing("provision_session", source))


def _missing(machine: str, source: Json) -> Iterator[str]:
    found = {scope.inside: scope for scope in scopes(machine, source)}

    def inner(state: State, keys: Keys) -> Iterator[str]:
        selected = state.body.get("ItemSelector")
        item = selected.keys() if selected else ChannelStep.model_fields.keys()
        entry: Keys = dict.fromkeys((key.removesuffix(".$") for key in item), None)
        yield from missing_paths(found[(*state.inside, state.name)], entry, _result, inner)

    entry: Keys = dict.fromkeys(SessionStep.model_fields, None)
    yield from missing_paths(found[()], entry, _result, inner)


def _result(state: State) -> frozenset[str]:
    """A parked state gets what ``executions.resume`` sends; no state reads it."""
    return frozenset() if state.parked else frozenset(answers(state).model_fields)


def test_every_end_of_a_branch_is_a_report() -> None:
    branch = _scope("provision_session", "Provision channels")
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
    assert not [key for key in STATE_DATA if re.search("secret|password|url|query|stream", key)]


# Time


@every_task
def test_nothing_is_still_working_when_a_state_gives_up_on_it(task: State) -> None:
    function = function_of(task)
    assert function.timeout < task.body["TimeoutSeconds"]


@pytest.fixture
def somewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "example-not-real")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    clients.forget_clients()
    yield
    clients.forget_clients()


def services_used() -> set[str]:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "shared").rglob("*.py"))
    return set(re.findall(r'client\("([a-z]+)"\)', sources))


def longest_call(name: str) -> float:
    """Seconds that one call of ours can take at most: connecting and reading, as often as the SDK tries."""
    config = clients.client(name).meta.config
    return float((config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"])


@pytest.mark.usefixtures("somewhere")
def test_a_call_ends_before_its_function_does() -> None:
    assert {"medialive", "mediaconnect", "dynamodb", "ssm", "stepfunctions"} == services_used()
    for name in services_used():
        for function in service().functions.values():
            assert longest_call(name) < function.timeout, (name, function.key)


@pytest.mark.usefixtures("somewhere")
def test_a_create_call_is_tried_once_by_the_sdk() -> None:
    for name in ("medialive", "mediaconnect"):
        assert clients.client(name).meta.config.retries["total_max_attempts"] == 1


@pytest.mark.usefixtures("somewhere")
def test_nobody_takes_a_lock_or_trusts_a_not_found_while_a_killed_functions_call_may_arrive() -> None:
    last = max(function_of(task).timeout for task in tasks()) + max(map(longest_call, ("medialive", "mediaconnect")))
    assert HELD_FOR.total_seconds() > last
    assert IN_FLIGHT.total_seconds() > last


@every_task
def test_a_parked_state_looks_again_every_minute_for_as_long_as_the_channel_may_take(task: State) -> None:
    if not task.parked:
        assert task.body["TimeoutSeconds"] <= 30
        return
    assert 45 <= task.body["TimeoutSeconds"] <= 90
    assert task.payload["task_token.$"] == "$$.Task.Token"
    assert task.payload["attempt.$"] == "$$.State.RetryCount"
    again = next(retrier for retrier in task.retries if "States.Timeout" in retrier["ErrorEquals"])
    assert again["BackoffRate"] == 1.0
    assert task.body["TimeoutSeconds"] * (1 + again["MaxAttempts"]) >= HEALTHY[task.payload["wanted"]]


def test_every_park_waits_for_what_its_name_says() -> None:
    for task in tasks():
        if task.parked:
            assert task.name == f"Await channel {task.payload['wanted']}"


@every_machine
def test_all_deadlines_of_the_longest_way_fit_into_the_machines_own(machine: str) -> None:
    """A machine's own time-out can't be caught inside it, so every wait gives up before it: forward, and then back."""
    longest = {scope.inside: _longest(scope) for scope in scopes(machine, definition(machine))}
    assert sum(longest.values()) < definition(machine)["TimeoutSeconds"]


def _longest(scope: Scope) -> float:
    known: dict[str, float] = {}

    def of(name: str) -> float:
        if name not in known:
            state = scope.states[name]
            known[name] = _waits(state) + max(map(of, state.targets()), default=0.0)
        return known[name]

    return of(scope.start)


def _waits(state: State) -> float:
    """Seconds that a state can wait for something to become ready."""
    waiting = leaves_of(Waiting)
    seconds = sum(
        retrier["IntervalSeconds"] * retrier["MaxAttempts"]
        for retrier in state.retries
        if waiting & set(retrier["ErrorEquals"])
    )
    if not state.parked:
        return float(seconds)
    again = next(retrier for retrier in state.retries if "States.Timeout" in retrier["ErrorEquals"])
    return float(seconds + state.body["TimeoutSeconds"] * (1 + again["MaxAttempts"]))


# Errors


@every_task
def test_a_task_retries_what_may_pass_and_nothing_else(task: State) -> None:
    assert task.retried() >= RETRIED
    assert not task.retried() & leaves_of(Permanent)
    assert {"States.Timeout", "Sandbox.Timedout", "Lambda.TooManyRequestsException"} <= task.retried()


@every_task
def test_error_names_are_of_the_vocabulary_or_of_aws(task: State) -> None:
    named = task.retried() | {name for rule in task.catches for name in rule["ErrorEquals"]}
    assert named <= VOCABULARY.keys() | FOREIGN_ERRORS


@every_task
def test_a_retrier_is_bounded_and_backs_off_as_asl_wants_it(task: State) -> None:
    for retrier in task.retries:
        assert isinstance(retrier["BackoffRate"], float), "statelint and the specification want a float"
        assert retrier["BackoffRate"] == 1.0 or "MaxDelaySeconds" in retrier
        assert retrier["MaxAttempts"] > 0
    listed = [name for retrier in task.retries for name in retrier["ErrorEquals"]]
    assert len(listed) == len(set(listed)), "a second retrier of the same name is never asked"


@every_machine
def test_a_failure_is_named_by_the_vocabulary(machine: str) -> None:
    for state in all_states(machine):
        if state.kind == "Fail":
            assert state.body["Error"] in VOCABULARY, state
            assert state.body["Cause"], state


# The saga


@every_machine
def test_nothing_fails_without_being_caught(machine: str) -> None:
    for state in all_states(machine):
        if state.kind in ("Task", "Map", "Parallel"):
            assert state.caught_into() is not None, f"{state} catches not everything"


def test_every_forward_state_catches_everything_into_its_own_compensation() -> None:
    forward = {
        state.name: state.caught_into()
        for state in all_states("provision_session")
        if state.kind == "Map" or (state.kind == "Task" and not _goes_back(state))
    }
    assert forward == ON_FAILURE


def _goes_back(state: State) -> bool:
    return file_of(function_of(state)).startswith("tasks/remove/") or state.name in DELETE_CHAIN


@every_machine
def test_a_failed_compensation_lets_the_next_one_run(machine: str) -> None:
    branch = _scope(machine, "Provision channels" if machine == "provision_session" else "Remove channels")
    following = (*DELETE_CHAIN[1:], AFTER_CHAIN[machine])
    for name, then in zip(DELETE_CHAIN, following, strict=True):
        state = branch.states[name]
        assert (state.body["Next"], state.caught_into()) == (then, then), state


def test_the_delete_chain_is_the_same_in_both_machines() -> None:
    rollback, end = _scope("provision_session", "Provision channels"), _scope("end_session", "Remove channels")
    own = {"Next", "Catch", "Comment"}
    for name in DELETE_CHAIN:
        one, other = ({k: v for k, v in scope.states[name].body.items() if k not in own} for scope in (rollback, end))
        assert one == other, name
    assert end.start == DELETE_CHAIN[0]


def test_a_rollback_keeps_the_error_that_caused_it() -> None:
    """What a compensation's own Catch writes must not cover it: Report rollback tells the first one."""
    for state in all_states("provision_session"):
        if state.name in (*DELETE_CHAIN, "Report rollback"):
            assert [rule["ResultPath"] for rule in state.catches] == ["$.cleanup_error"], state
        elif state.name != "Abandon session":
            assert {rule["ResultPath"] for rule in state.catches} <= {"$.error"}, state


def test_end_session_goes_on_to_its_end_whatever_fails() -> None:
    outer = next(scope for scope in scopes("end_session", definition("end_session")) if not scope.inside)
    assert {state.name: state.caught_into() for state in outer.states.values() if state.catches} == {
        "Plan removal": "Finish end",  # without a plan nothing can be removed; Finish end says what is left
        "Drain session": "Remove channels",
        "Remove channels": "Release flow",
        "Release flow": "Delete secrets",
        "Delete secrets": "Finish end",
        "Finish end": "Cleanup incomplete",
    }


def _scope(machine: str, inside: str) -> Scope:
    return next(scope for scope in scopes(machine, definition(machine)) if scope.inside == (inside,))


def forward_files() -> list[str]:
    return [file for file in handler_files() if file.startswith("tasks/provision/")]


@pytest.mark.parametrize("file", forward_files())
def test_a_forward_step_names_what_undoes_it_and_is_named_by_it(file: str) -> None:
    undone_by = UNDONE_BY.findall(docstring(file))
    if file.removeprefix("tasks/provision/").removesuffix(".py") in MAKES_NOTHING:
        assert undone_by == []
        return
    assert len(undone_by) == 1, f"{file} must say what undoes it"
    assert (ROOT / undone_by[0]).is_file()
    assert COMPENSATES.findall(docstring(undone_by[0])) == [file]


def test_every_compensation_is_of_a_step_that_names_it() -> None:
    for file in handler_files():
        for forward in COMPENSATES.findall(docstring(file)):
            assert UNDONE_BY.findall(docstring(forward)) == [file]


@pytest.mark.parametrize("name", sorted(MAKES_NOTHING))
def test_a_step_without_a_compensation_calls_nothing_that_makes_something(name: str) -> None:
    makers = {used for used in names_used(f"tasks/provision/{name}.py") if re.match("create_|add_|start_ch|put_", used)}
    assert makers == set()


def test_the_states_that_undo_a_file_are_the_ones_its_docstring_names() -> None:
    for state in tasks("provision_session"):
        undone_by = UNDONE_BY.findall(docstring(file_of(function_of(state))))
        if not undone_by or state.name == "Admit flow":  # undone in end_session, which Abandon session starts
            continue
        back = _scope("provision_session", "Provision channels").states[ON_FAILURE[state.name]]
        assert [file_of(function_of(back))] == undone_by


def test_comments_name_the_states_that_undo_and_are_undone() -> None:
    names = {state.name for machine in MACHINES.values() for state in all_states(machine)}
    for state in tasks():
        said = state.body["Comment"]
        for undone in re.findall(r"Undone by ([A-Z][a-z ]+?)(?: in end_session| and what follows)?\.", said):
            assert undone in names, state
            expected = "Release flow" if state.name == "Admit flow" else ON_FAILURE[state.name]
            assert undone == expected, state
        for forward in re.findall(r"Compensates ([A-Z][a-z ]+)\.", said):
            assert forward in names, state
            undone_by = UNDONE_BY.findall(docstring(f"tasks/provision/{snake(forward)}.py"))
            assert undone_by == [file_of(function_of(state))], state


@every_machine
def test_all_branches_run_at_once(machine: str) -> None:
    """An all-or-nothing session waits for all of its branches: one that had to queue would be waited for in vain."""
    for state in all_states(machine):
        if state.kind == "Map":
            assert state.body["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE"
            assert state.body.get("MaxConcurrency", 0) == 0 or state.body["MaxConcurrency"] >= MAX_DESTINATIONS


def test_a_branch_that_fails_returns_its_outcome_instead_of_failing_the_others() -> None:
    for machine, around in (("provision_session", "Provision channels"), ("end_session", "Remove channels")):
        kinds = {state.kind for state in _scope(machine, around).states.values()}
        assert "Fail" not in kinds
    assert (
        _scope("provision_session", "Provision channels").states["Rollback not reported"].body["Parameters"]["outcome"]
        == BranchOutcome.CLEANUP_INCOMPLETE
    )


@every_task
def test_a_handler_is_a_task_with_typed_values(task: State) -> None:
    assert callable(handler_of(function_of(task)))
    assert issubclass(takes(task), BaseModel)
    assert issubclass(answers(task), BaseModel)
    assert takes(task).model_config.get("extra") == "forbid"
