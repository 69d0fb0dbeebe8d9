"""A state machine as a graph to draw: its states, where each leads, and which of them undo something.

Made of the definition that an execution runs (ASL, JSONPath), and answered by the API
(``shared/runtime/executions.py``) to whoever draws the path that it took.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from shared.domain.model import Value

#: What a comparison of a Choice is written as; the operators are ``<type><comparison>`` (ASL specification, "Data-test
#: expression").
_COMPARISONS = (
    ("LessThanEquals", "≤"),
    ("GreaterThanEquals", "≥"),
    ("LessThan", "<"),
    ("GreaterThan", ">"),
    ("Equals", "="),
    ("Matches", "matches"),
)


class EdgeKind(StrEnum):
    """``next``: the state is done; ``choice``, ``default``: a Choice decides; ``catch``: the state has failed."""

    NEXT = "next"
    CHOICE = "choice"
    DEFAULT = "default"
    CATCH = "catch"


class Edge(Value):
    """A way from one state to another. ``label``: a Choice's condition in short, or the errors that a Catch catches."""

    to: str
    kind: EdgeKind
    label: str | None = None


class GraphState(Value):
    """A state. ``end``: nothing comes after it. ``compensation``: it is reached through a Catch alone. ``graph``: what
    a Map runs for each of its items."""

    name: str
    type: str
    comment: str | None
    end: bool
    compensation: bool
    next: tuple[Edge, ...]
    graph: Graph | None = None


class Graph(Value):
    """The states in the definition's order, and the one that it begins with."""

    start_at: str
    states: tuple[GraphState, ...]

    def maps(self, inside: str | None = None) -> Iterator[tuple[str, str | None]]:
        """Every state with the Map that it is inside of: names are unique in a whole definition."""
        for state in self.states:
            yield state.name, inside
            if state.graph is not None:
                yield from state.graph.maps(state.name)


def graph_of(definition: Mapping[str, Any]) -> Graph:
    """The graph of a definition, or of a Map's ItemProcessor."""
    states: Mapping[str, Mapping[str, Any]] = definition["States"]
    edges = {name: tuple(_edges(state)) for name, state in states.items()}
    forward = _reached(definition["StartAt"], edges)
    return Graph(
        start_at=definition["StartAt"],
        states=tuple(
            GraphState(
                name=name,
                type=state["Type"],
                comment=state.get("Comment"),
                end=bool(state.get("End")) or state["Type"] in ("Succeed", "Fail"),
                compensation=name not in forward,
                next=edges[name],
                graph=graph_of(state["ItemProcessor"]) if "ItemProcessor" in state else None,
            )
            for name, state in states.items()
        ),
    )


def _edges(state: Mapping[str, Any]) -> Iterator[Edge]:
    for choice in state.get("Choices", ()):
        yield Edge(to=choice["Next"], kind=EdgeKind.CHOICE, label=_condition(choice))
    if "Default" in state:
        yield Edge(to=state["Default"], kind=EdgeKind.DEFAULT, label="otherwise")
    if "Next" in state:
        yield Edge(to=state["Next"], kind=EdgeKind.NEXT)
    for catch in state.get("Catch", ()):
        yield Edge(to=catch["Next"], kind=EdgeKind.CATCH, label=", ".join(catch["ErrorEquals"]))


def _reached(start_at: str, edges: Mapping[str, tuple[Edge, ...]]) -> set[str]:
    """What is reached from the beginning while nothing fails."""
    found, waiting = {start_at}, [start_at]
    while waiting:
        for edge in edges[waiting.pop()]:
            if edge.kind is not EdgeKind.CATCH and edge.to not in found:
                found.add(edge.to)
                waiting.append(edge.to)
    return found


def _condition(rule: Mapping[str, Any]) -> str:
    """A condition in a few words: ``$.settled.settlement`` StringEquals ``abandon`` is "settlement = abandon"."""
    for operator, word in (("And", " and "), ("Or", " or ")):
        if operator in rule:
            return word.join(_condition(one) for one in rule[operator])
    if "Not" in rule:
        return f"not ({_condition(rule['Not'])})"
    what = re.split(r"[.\[]", rule.get("Variable", ""))[-1].rstrip("]'")
    operator, value = next((item for item in rule.items() if item[0] not in ("Variable", "Next", "Comment")), ("", ""))
    if operator == "BooleanEquals":
        return what if value else f"not {what}"
    if operator.startswith("Is"):
        return f"{what} is {'' if value else 'not '}{operator[2:].lower()}"
    plain = operator.removesuffix("Path")
    word = next((sign for name, sign in _COMPARISONS if plain.endswith(name)), plain)
    return f"{what} {word} {value}"
