"""Stands where the stage asks for its scripted faults: names the place, notes it, and breaks it if it is the one.

The endpoint asks before every call, ``Lambdas`` at every invocation, the bus at every event. What is to break is one
``Breakage`` (see ``kinds``); in a clean walk there is none.
"""

from __future__ import annotations

import threading
from typing import Any

from infra.local.calls import Call
from infra.local.events import Event, EventFault
from infra.local.faults import Fault, Faults
from infra.local.invocation import current
from infra.local.lambda_faults import LambdaFaults
from infra.local.service import Function
from infra.local.stage import Stage
from tests.faults.matrix.places import Marker, Namer, Place, read
from tests.faults.matrix.shadow import Shadow


class Breakage:
    """What breaks, and when; by itself nothing, see ``kinds``. ``hits``: how often it happened."""

    hits = 0

    def call(self, place: Place, call: Call) -> Fault | None:
        return None

    def is_throttled(self, place: Place, event: Any) -> bool:
        return False

    def kills(self, place: Place, event: Any) -> list[Any]:
        return []

    def repeats(self, place: Place) -> int:
        return 0

    def event(self, place: Place, event: Event) -> EventFault | None:
        return None

    def begin(self) -> None:
        """The segment it belongs to begins."""

    def lift(self) -> None:
        """What lasts is over."""


class Watch:
    """``places``: every place so far, by name, in the order in which they were first seen."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.shadow = Shadow()
        self.namer = Namer(stage, self.shadow)
        self.places: dict[str, Place] = {}
        self.breakages: list[Breakage] = []
        #: How long the simulator's log was when the segment began.
        self.mark = 0
        self._lock = threading.Lock()
        calls, invocations = _Calls(self), _Invocations(self)
        stage.faults = stage.endpoint.faults = calls
        stage.lambdas.faults = invocations
        self._take_event = stage.bus._take
        vars(stage.bus)["_take"] = self._event

    def attach(self) -> None:
        """The stage has just been reset: begin anew."""
        self.shadow.attach(self.stage)
        self.places.clear()
        self.breakages.clear()

    def note(self, place: Place) -> None:
        with self._lock:
            self.places.setdefault(place.name, place)

    def _event(self, event: Event) -> EventFault | None:
        """The bus asks it for each event that is published."""
        place = self.namer.event(event)
        if place is not None:
            self.note(place)
            for each in self.breakages:
                fault = each.event(place, event)
                if fault is not None:
                    return fault
        return self._take_event(event)


class _Calls(Faults):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def take(self, call: Call) -> Fault | None:
        place = self._watch.namer.call(call)
        if place is not None:
            self._watch.note(place)
            for each in self._watch.breakages:
                fault = each.call(place, call)
                if fault is not None:
                    return fault
        return super().take(call)


class _Invocations(LambdaFaults):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def throttles(self, function: Function, payload: bytes) -> bool:
        event = read(payload)
        place = self._watch.namer.invocation(function, event)
        self._watch.note(place)
        throttled = [each.is_throttled(place, event) for each in self._watch.breakages]
        return any(throttled) or super().throttles(function, payload)

    def kills(self, function: Function, payload: bytes) -> list[Any]:
        event = read(payload)
        place = self._watch.namer.invocation(function, event)
        found = [kill for each in self._watch.breakages for kill in each.kills(place, event)]
        return [Marker(event), *found, *super().kills(function, payload)]

    def repeats(self, function: Function, payload: bytes) -> int:
        place = self._watch.namer.invocation(function, read(payload))
        return sum(each.repeats(place) for each in self._watch.breakages) + super().repeats(function, payload)


def killed_next() -> None:
    """End this thread's invocation as soon as the call that it is making has taken effect."""
    invocation = current()
    if invocation is not None:
        invocation.kills.append(_Now())


class _Now:
    def due(self, at: str, service: str, operation: str, calls: int) -> bool:
        return at == "call"
