"""Every step has a way back: what a state does when it fails, what undoes a file, and the order of the deletes."""

from __future__ import annotations

import re

import pytest

from shared.domain.lifecycle import BranchOutcome
from shared.domain.session_spec import MAX_DESTINATIONS
from tests.contract.asl import (
    MACHINES,
    ROOT,
    Scope,
    State,
    all_states,
    definition,
    scope_of,
    scopes,
    snake,
    tasks,
)
from tests.contract.handlers import (
    COMPENSATES,
    UNDONE_BY,
    docstring,
    file_of,
    function_of,
    handler_files,
    names_used,
)

every_machine = pytest.mark.parametrize("machine", MACHINES.values())
every_task = pytest.mark.parametrize("task", tasks(), ids=str)


#: Where each forward state goes when it fails, by machine. A step that failed enters at its own delete: it may have had
#: its effect. A step that makes nothing enters where the last one before it that makes something does.
ON_FAILURE = {
    "provision_session": {
        "Plan session": "Abandon session",
        "Admit source": "Abandon session",
        "Provision channels": "Abandon session",
        "Create IVS channel": "Delete IVS channel",
        "Create input": "Delete input",
        "Add flow outputs": "Remove flow outputs",
        "Create channel": "Delete channel",
        "Await channel created": "Delete channel",
        "Start channel": "Stop channel",
        "Await channel running": "Stop channel",
        "Report live": "Stop channel",
        "Report idle": "Delete channel",
        "Settle session": "Abandon session",
        "Record": "Provisioned",
        "Abandon session": "Failure not noted",
    },
    "start_streaming": {
        "Prepare start": "Give up start",
        "Start channels": "Give up start",
        "Stop recorder": "Stop channel",
        "Await recorder stopped": "Stop channel",
        "Set outputs": "Stop channel",
        "Await outputs set": "Stop channel",
        "Start channel": "Stop channel",
        "Await channel running": "Stop channel",
        "Report live": "Stop channel",
        "Settle start": "Give up start",
        "Give up start": "Failure not noted",
    },
    "start_recorder": {
        "Prepare recorder": "Give up start",
        "Set outputs": "Give up start",
        "Await outputs set": "Give up start",
        "Start recorder": "Give up start",
        "Await recorder running": "Give up start",
        "Settle recorder": "Give up start",
        "Give up start": "Failure not noted",
    },
    # What starts again for a recording that goes on is stopped again; all else is a way back and goes on.
    "stop_streaming": {
        "Drain session": "Give up stop",
        "Prepare stop": "Give up stop",
        "Settle stop": "Give up stop",
        "Give up stop": "Failure not noted",
        "Set outputs": "Stop recorder",
        "Await outputs set": "Stop recorder",
        "Start recorder": "Stop recorder",
        "Await recorder running": "Stop recorder",
    },
    "stop_recorder": {
        "Drain session": "Give up stop",
        "Prepare recorder": "Give up stop",
        "Settle stop": "Give up stop",
        "Give up stop": "Failure not noted",
    },
}

#: The states that need not catch what fails them.
MAY_FAIL = {
    "finalize_recording": {"Copy segments"},  # its Map catches: ranges that are copied already are found and kept
}

#: The way back of one branch, the same in each machine that goes it: in which Map, and where it ends.
DELETE_CHAIN = (
    "Stop channel",
    "Await channel stopped",
    "Delete channel",
    "Await channel deleted",
    "Remove flow outputs",
    "Delete input",
    "Delete IVS channel",
)
CHAINS = {
    "provision_session": ("Provision channels", "Report rollback"),
    "end_session": ("Remove channels", "Branch removed"),
    "remove_destination": ("", "Report removal"),
}

#: Files of tasks/provision that make nothing, so that nothing undoes them.
MAKES_NOTHING = {"plan_session", "report_channel", "settle_session", "abandon_session", "record"}


@every_machine
def test_nothing_fails_without_being_caught(machine: str) -> None:
    for state in all_states(machine):
        if state.kind in ("Task", "Map", "Parallel") and state.name not in MAY_FAIL.get(machine, set()):
            assert state.caught_into() is not None, f"{state} catches not everything"


@pytest.mark.parametrize("machine", ON_FAILURE)
def test_every_forward_state_catches_everything_into_its_own_compensation(machine: str) -> None:
    expected = ON_FAILURE[machine]
    found = {state.name: state.caught_into() for state in all_states(machine) if state.name in expected}
    assert found == expected


@pytest.mark.parametrize("machine", ["provision_session", "start_streaming", "start_recorder"])
def test_no_forward_state_is_left_out(machine: str) -> None:
    forward = {state.name for state in all_states(machine) if state.kind == "Map" or _goes_forward(state)}
    back = set() if machine == "provision_session" else {"Stop channel", "Await channel stopped", "Report off air"}
    assert forward - back == ON_FAILURE[machine].keys()


def _goes_forward(state: State) -> bool:
    if state.kind != "Task" or state.name in DELETE_CHAIN:
        return False
    removes = file_of(function_of(state)).startswith("tasks/remove/")
    return not removes or state.name == "Stop recorder"


def branch_of(machine: str) -> Scope:
    around, _ = CHAINS[machine]
    return scope_of(machine, around) if around else next(scope for scope in scopes(machine, definition(machine)))


@pytest.mark.parametrize("machine", CHAINS)
def test_a_failed_compensation_lets_the_next_one_run(machine: str) -> None:
    branch = branch_of(machine)
    following = (*DELETE_CHAIN[1:], CHAINS[machine][1])
    for name, then in zip(DELETE_CHAIN, following, strict=True):
        state = branch.states[name]
        assert (state.body["Next"], state.caught_into()) == (then, then), state


def test_the_delete_chain_is_the_same_in_each_machine() -> None:
    own = {"Next", "Catch", "Comment"}
    for name in DELETE_CHAIN:
        one, *others = (
            {key: value for key, value in branch_of(machine).states[name].body.items() if key not in own}
            for machine in CHAINS
        )
        assert all(other == one for other in others), name
    assert branch_of("end_session").start == DELETE_CHAIN[0]


def test_a_rollback_keeps_the_error_that_caused_it() -> None:
    """What a compensation's own Catch writes must not cover it: Report rollback tells the first one."""
    back = {*DELETE_CHAIN, "Report rollback", "Report off air"}
    last = {"Abandon session", "Give up start"}
    for state in (*all_states("provision_session"), *all_states("start_streaming"), *all_states("start_recorder")):
        if state.name in back:
            assert [rule["ResultPath"] for rule in state.catches] == ["$.cleanup_error"], state
        elif state.name not in last:
            assert {rule["ResultPath"] for rule in state.catches} <= {"$.error"}, state


def test_end_session_goes_on_to_its_end_whatever_fails() -> None:
    outer = next(scope for scope in scopes("end_session", definition("end_session")) if not scope.inside)
    assert {state.name: state.caught_into() for state in outer.states.values() if state.catches} == {
        "Plan removal": "Finish end",  # without a plan nothing can be removed; Finish end says what is left
        "Drain session": "Close recordings",
        "Close recordings": "Remove channels",
        "Remove channels": "Release source",
        "Release source": "Delete secrets",
        "Delete secrets": "Finish end",
        "Finish end": "Failure not noted",
    }


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
        if not undone_by or state.name == "Admit source":  # undone in end_session, which Abandon session starts
            continue
        back = scope_of("provision_session", "Provision channels").states[ON_FAILURE["provision_session"][state.name]]
        assert [file_of(function_of(back))] == undone_by


def test_comments_name_the_states_that_undo_and_are_undone() -> None:
    names = {state.name for machine in MACHINES.values() for state in all_states(machine)}
    for state in tasks():
        said = state.body["Comment"]
        for undone in re.findall(r"Undone by ([A-Z][A-Za-z ]+?)(?: in end_session| and what follows)?\.", said):
            assert undone in names, state
            if state.name == "Record":
                continue  # the mark of an end is not in a state's name
            expected = "Release source" if state.name == "Admit source" else ON_FAILURE[state.machine][state.name]
            assert undone == expected, state
        for forward in re.findall(r"Compensates ([A-Z][A-Za-z ]+)\.", said):
            assert forward in names, state
            file = "start_channel" if forward == "Start recorder" else snake(forward)
            undone_by = UNDONE_BY.findall(docstring(f"tasks/provision/{file}.py"))
            assert undone_by == [file_of(function_of(state))], state


@every_machine
def test_all_branches_run_at_once(machine: str) -> None:
    """An all-or-nothing session waits for all of its branches: one that had to queue would be waited for in vain.

    Ranges of segments wait for nobody, nor does what a sweep looks at.
    """
    for state in all_states(machine) if machine not in ("finalize_recording", "sweep") else ():
        if state.kind == "Map":
            assert state.body["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE"
            assert state.body.get("MaxConcurrency", 0) == 0 or state.body["MaxConcurrency"] > MAX_DESTINATIONS


def test_a_branch_that_fails_returns_its_outcome_instead_of_failing_the_others() -> None:
    for machine, around in (("provision_session", "Provision channels"), ("end_session", "Remove channels")):
        kinds = {state.kind for state in scope_of(machine, around).states.values()}
        assert "Fail" not in kinds
    assert (
        scope_of("provision_session", "Provision channels")
        .states["Rollback not reported"]
        .body["Parameters"]["outcome"]
        == BranchOutcome.CLEANUP_INCOMPLETE
    )
