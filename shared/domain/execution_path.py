"""The path that an execution took: one visit for each time that a state was entered, told from its history.

A history is a list of events, each of which names the one before it (``previousEventId``): branches of a Map are told
apart by these chains. States' inputs and outputs are read for the destination's id and for what a parked step waits
for, and for nothing else; no visit holds any of them. Pure; called by ``shared/runtime/executions.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.execution_graph import Graph
from shared.domain.execution_visits import (
    RETRIES_TOLD,
    ExecutionError,
    Visit,
    VisitStatus,
    WaitsFor,
    error_in_words,
    retry_in_words,
)
from shared.domain.model import Value
from shared.domain.waits import Wanted

Event = Mapping[str, Any]

#: The events with which an execution is over.
ENDS = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})


class Awaited(Value):
    """Whose channel a parked step waits for."""

    destination_id: str
    wanted: Wanted


class Ending(Value):
    """How an execution is over: FAILED, TIMED_OUT, ABORTED or SUCCEEDED, when, and for what."""

    status: str
    at: datetime | None
    error: ExecutionError | None = None


class Path(Value):
    """The visits in the order in which they were entered; ``awaited`` by a visit's place among them."""

    visits: tuple[Visit, ...]
    awaited: dict[int, Awaited]


@dataclass
class _Frame:
    """One item of a Map, or the execution itself. ``outer``: where the Map stands."""

    inside: str | None = None
    item: int | None = None
    label: str | None = None
    outer: _Place | None = None


@dataclass
class _Open:
    """A visit while its events are read. Without a name its entry is not among them."""

    frame: _Frame
    state: str | None = None
    entered_at: datetime | None = None
    left_at: datetime | None = None
    status: VisitStatus | None = None
    retries: list[tuple[datetime, str, str]] = field(default_factory=list)
    failed: tuple[datetime, str, str] | None = None
    error: ExecutionError | None = None
    left_to: str | None = None
    awaited: Awaited | None = None

    def leave(self, at: datetime | None, status: VisitStatus) -> None:
        if self.status is None:
            self.left_at, self.status = at, status
            if self.failed is not None and status in (VisitStatus.CAUGHT, VisitStatus.FAILED):
                _, error, cause = self.failed
                self.error, self.failed = error_in_words(error, cause, self.state or ""), None
            _again(self)  # it was ended before the next attempt


@dataclass
class _Place:
    """Where the chain of events has got to: the visit is the one that is open, or was last, None at the beginning."""

    frame: _Frame
    visit: _Open | None = None


def path_of(graph: Graph, events: Iterable[Event], ending: Ending | None) -> Path:
    """The path that the events tell. They may begin in the middle: what was entered before, and can still be told, is.

    ``ending``: how the execution is over, None while it runs. What is still open then is over with it.
    """
    reader = _Reader(dict(graph.maps()))
    for event in sorted(events, key=lambda one: int(one["id"])):
        reader.read(event)
    reader.end(ending)
    told = [one for one in reader.visits if one.state is not None]
    told.sort(key=lambda one: one.entered_at is not None)
    return Path(
        visits=tuple(_visit(one) for one in told),
        awaited={
            number: one.awaited
            for number, one in enumerate(told)
            if one.awaited is not None and _status(one) is VisitStatus.WAITING
        },
    )


def with_waits(path: Path, found: Mapping[Awaited, WaitsFor]) -> tuple[Visit, ...]:
    """The visits, with what those which wait are parked for, where that is known."""
    return tuple(
        visit.model_copy(update={"waits_for": found.get(path.awaited[number])}) if number in path.awaited else visit
        for number, visit in enumerate(path.visits)
    )


class _Reader:
    """Reads events, the oldest first, into visits."""

    def __init__(self, maps: Mapping[str, str | None]) -> None:
        self.visits: list[_Open] = []
        self._maps = maps
        self._places: dict[int, _Place] = {}
        self._top = _Frame()

    def read(self, event: Event) -> None:
        previous = int(event.get("previousEventId", 0))
        place = self._places.get(previous)
        if place is None:
            # Either the beginning of the execution, or the middle of something whose beginning was not read.
            place = _Place(self._top) if previous == 0 else _Place(_Frame())
        self._places[int(event["id"])] = self._next(place, event)

    def _next(self, place: _Place, event: Event) -> _Place:
        kind, at = str(event["type"]), event["timestamp"]
        details: Mapping[str, Any] = next(
            (value for name, value in event.items() if name.endswith("EventDetails") and value), {}
        )
        if kind.endswith("StateEntered"):
            return self._entered(place, details, at)
        if kind.endswith("StateExited"):
            return self._exited(place, str(details["name"]), at)
        if kind.startswith("MapIteration"):
            return self._iteration(place, kind, details, at)
        if kind.startswith("MapState"):
            return self._up(place) if kind.endswith(("Succeeded", "Failed", "Aborted")) else place
        if not kind.startswith("Execution"):
            self._attempt(place, kind, details, at)
        return place

    def _entered(self, place: _Place, details: Mapping[str, Any], at: datetime) -> _Place:
        name, frame = str(details["name"]), place.frame
        if place.visit is not None and place.visit.left_at is not None:
            place.visit.left_to = name
        inside = self._maps.get(name)
        if inside is None:
            frame = self._top
        elif frame.inside is None:  # an item whose beginning was not read
            frame = _Frame(inside=inside)
        if frame.inside is not None and frame.label is None:
            frame.label = _destination(details.get("input"))
        visit = _Open(frame, name, at)
        self.visits.append(visit)
        return _Place(frame, visit)

    def _exited(self, place: _Place, name: str, at: datetime) -> _Place:
        while place.frame.outer is not None and not (place.visit and place.visit.state in (name, None)):
            place = place.frame.outer
        visit = place.visit
        if visit is None or visit.status is not None or visit.state not in (name, None):
            visit = self._unread(place.frame)
        if visit.state is None:
            visit.state = name
            visit.frame = self._top if self._maps.get(name) is None else visit.frame
            visit.frame.inside = self._maps.get(name)
        for one in self.visits:  # a Map that is left leaves nothing behind that runs
            if one.status is None and one.frame.outer is not None and one.frame.outer.visit is visit:
                one.leave(at, VisitStatus.ABORTED)
        visit.leave(at, VisitStatus.CAUGHT if visit.failed else VisitStatus.SUCCEEDED)
        return _Place(visit.frame, visit)

    def _iteration(self, place: _Place, kind: str, details: Mapping[str, Any], at: datetime) -> _Place:
        name, index = str(details.get("name", "")), details.get("index")
        if kind == "MapIterationStarted":
            outer = place.frame.outer if place.frame.inside == name and place.frame.outer else place
            return _Place(_Frame(inside=name, item=index, outer=outer))
        if place.frame.inside == name and place.frame.item is None:
            place.frame.item = index
        visit = place.visit
        if visit is not None and kind == "MapIterationFailed":
            failed = visit.failed
            visit.leave(at, VisitStatus.FAILED)
            if place.frame.outer is not None and place.frame.outer.visit is not None and failed is not None:
                place.frame.outer.visit.failed = failed
        elif visit is not None and kind == "MapIterationAborted":
            visit.leave(at, VisitStatus.ABORTED)
        return place

    def _up(self, place: _Place) -> _Place:
        """Where a Map stands that says of itself how it went: after its last item, or where its item stands."""
        return place.frame.outer or place

    def _attempt(self, place: _Place, kind: str, details: Mapping[str, Any], at: datetime) -> None:
        visit = place.visit
        if visit is None or visit.status is not None:
            visit = place.visit = self._unread(place.frame)
        if kind.endswith("Aborted"):
            visit.leave(at, VisitStatus.ABORTED)
        elif kind.endswith("Scheduled"):
            _again(visit)
            visit.awaited = _awaited(details)
        elif kind.endswith(("Failed", "TimedOut")):
            _again(visit)
            default = "States.Timeout" if kind.endswith("TimedOut") else "States.TaskFailed"
            visit.failed = (at, str(details.get("error") or default), str(details.get("cause") or ""))
            visit.awaited = None
        elif kind.endswith("Succeeded"):
            visit.awaited = None

    def _unread(self, frame: _Frame) -> _Open:
        """A visit that was entered before the first event that was read."""
        visit = _Open(frame)
        self.visits.append(visit)
        return visit

    def end(self, ending: Ending | None) -> None:
        self._enclose()
        if ending is None:
            return
        for visit in self.visits:
            if visit.status is not None:
                continue
            if ending.status == "SUCCEEDED":  # the history lags behind
                visit.leave(ending.at, VisitStatus.SUCCEEDED)
            elif ending.status == "FAILED" and visit.frame is self._top:
                visit.leave(ending.at, VisitStatus.FAILED)
                visit.error = ending.error or visit.error
            else:
                visit.leave(ending.at, VisitStatus.ABORTED)

    def _enclose(self) -> None:
        """Tell the Maps, too, whose items were read and whose own beginning was not."""
        named = {one.state for one in self.visits}
        for inside in {one.frame.inside for one in self.visits if one.state is not None} - named - {None}:
            self.visits.append(_Open(self._top, inside))


def _again(visit: _Open) -> None:
    """Count the attempt that failed as one that was followed by another."""
    if visit.failed is not None:
        visit.retries.append(visit.failed)
        visit.failed = None


def _status(visit: _Open) -> VisitStatus:
    return visit.status or (VisitStatus.WAITING if visit.awaited else VisitStatus.RUNNING)


def _visit(one: _Open) -> Visit:
    retries = [*one.retries, *([one.failed] if one.failed is not None and one.status is None else [])]
    return Visit(
        state=one.state or "",
        inside=one.frame.inside,
        item=one.frame.item,
        item_label=one.frame.label,
        entered_at=one.entered_at,
        left_at=one.left_at,
        status=_status(one),
        retry_count=len(retries),
        retries=tuple(retry_in_words(one.state or "", *each) for each in retries[-RETRIES_TOLD:]),
        error=one.error,
        left_to=one.left_to,
    )


def _destination(given: Any) -> str | None:
    """The destination that a state's input names."""
    try:
        found = json.loads(given)["destination_id"]
    except (ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, str) else None


def _awaited(details: Mapping[str, Any]) -> Awaited | None:
    if not str(details.get("resource", "")).endswith(".waitForTaskToken"):
        return None
    try:
        payload = json.loads(details["parameters"])["Payload"]
        return Awaited(destination_id=payload["destination_id"], wanted=Wanted(payload["wanted"]))
    except (ValueError, TypeError, KeyError):
        return None
