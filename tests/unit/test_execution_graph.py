"""A state machine as a graph: every one of ours, and what a condition is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.execution_graph import Edge, EdgeKind, Graph, GraphState, graph_of

MACHINES = sorted((Path(__file__).parents[2] / "state_machines").glob("*.asl.json"))


def graph(name: str) -> Graph:
    path = next(path for path in MACHINES if path.name == f"{name}.asl.json")
    return graph_of(json.loads(path.read_text(encoding="utf-8")))


def state(of: Graph, name: str) -> GraphState:
    return next(one for one in of.states if one.name == name)


def graphs(of: Graph) -> list[Graph]:
    return [of, *(inner for one in of.states if one.graph for inner in graphs(one.graph))]


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.name)
def test_every_machine_is_a_whole_graph(path: Path) -> None:
    whole = graph_of(json.loads(path.read_text(encoding="utf-8")))
    for one in graphs(whole):
        names = {each.name for each in one.states}
        assert one.start_at in names
        for each in one.states:
            assert {edge.to for edge in each.next} <= names
            assert each.end == (not [edge for edge in each.next if edge.kind is not EdgeKind.CATCH])
            assert each.comment
            assert bool(each.graph) == (each.type in ("Map", "Parallel"))
    every = [name for name, _ in whole.maps()]
    assert len(every) == len(set(every)), "a state's name says which one it is"


def test_what_only_a_catch_leads_to_is_compensation() -> None:
    provision = graph("provision_session")
    inner = state(provision, "Provision channels").graph
    assert inner is not None
    assert [one.name for one in inner.states if one.compensation] == [
        "Stop channel",
        "Await channel stopped",
        "Delete channel",
        "Await channel deleted",
        "Remove flow outputs",
        "Delete input",
        "Delete IVS channel",
        "Report rollback",
        "Rollback not reported",
    ]
    assert [one.name for one in provision.states if one.compensation] == ["Failure not noted"]
    stop = graph("end_session")
    assert not [one.name for one in stop.states[3].graph.states if one.compensation]  # type: ignore[union-attr]


def test_edges_say_why_they_are_taken() -> None:
    provision = graph("provision_session")
    assert state(provision, "Is it kept").next == (
        Edge(to="Abandon session", kind=EdgeKind.CHOICE, label="settlement = abandon"),
        Edge(to="Record", kind=EdgeKind.CHOICE, label="records"),
        Edge(to="Provisioned", kind=EdgeKind.DEFAULT, label="otherwise"),
    )
    assert state(provision, "Plan session").next == (
        Edge(to="Admit source", kind=EdgeKind.NEXT),
        Edge(to="Abandon session", kind=EdgeKind.CATCH, label="States.ALL"),
    )
    assert state(provision, "Provisioned").end and not state(provision, "Provisioned").next


@pytest.mark.parametrize(
    ("rule", "label"),
    [
        ({"Variable": "$.a.goes_on", "BooleanEquals": False}, "not goes_on"),
        ({"Variable": "$.count", "NumericGreaterThanEquals": 3}, "count ≥ 3"),
        ({"Variable": "$.list[0]", "IsPresent": False}, "0 is not present"),
        ({"Variable": "$.a", "StringEqualsPath": "$.b"}, "a = $.b"),
        ({"Variable": "$.a", "StringMatches": "s-*"}, "a matches s-*"),
        ({"Not": {"Variable": "$.a", "BooleanEquals": True}}, "not (a)"),
        ({"And": [{"Variable": "$.a", "IsNull": True}, {"Variable": "$.b", "StringEquals": ""}]}, "a is null and b = "),
    ],
)
def test_a_condition_is_told_in_a_few_words(rule: dict[str, Any], label: str) -> None:
    made = graph_of(
        {"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{**rule, "Next": "B"}]}, "B": {"Type": "Fail"}}}
    )
    assert made.states[0].next[0].label == label
