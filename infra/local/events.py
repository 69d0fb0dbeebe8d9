"""The default EventBridge bus: rules from serverless.yml, targets Lambda and Step Functions, scripted event faults.

The simulator and the engine publish to it; handlers put to it through PutEvents, which the corrections route here since
moto can't deliver to either kind of target. Delivery is asynchronous, on threads of the clock.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local.clock import Clock
from infra.local.service import ACCOUNT, REGION, Rule, Target

Event = dict[str, Any]
EventPredicate = Callable[[Event], bool]


@dataclass
class EventFault:
    """One scripted fault of delivery; ``held`` are the events that wait for ``release``."""

    what: str
    detail_type: str
    when: EventPredicate | None
    skip: int
    count: int | None
    seconds: float = 0.0
    times: int = 1
    seen: int = 0
    hits: int = 0
    held: list[Event] = field(default_factory=list)

    def matches(self, event: Event) -> bool:
        """Whether an event is of the kind the fault is for."""
        named = self.detail_type in {"*", event.get("detail-type")}
        return named and (self.when is None or self.when(event))

    def used_up(self) -> bool:
        """Whether it has hit as many events as it was meant to."""
        return self.count is not None and self.hits >= self.count


@dataclass(frozen=True)
class Delivery:
    """One line of the bus's log: which rules an event matched, and the fault that hit it."""

    at: float
    event: Event
    rules: tuple[str, ...]
    fault: str = ""


class EventBus:
    """See the module. ``invoke`` and ``start`` take (ARN, payload); if they raise, the event is a dead letter.

    ``silent``: drop what is published, while the stage resets.
    """

    def __init__(
        self,
        clock: Clock,
        rules: tuple[Rule, ...],
        invoke: Callable[[str, bytes], None],
        start: Callable[[str, str], None],
    ) -> None:
        self._clock = clock
        self._rules = [(rule, Pattern(rule.pattern)) for rule in rules if rule.enabled]
        self._invoke = invoke
        self._start = start
        self._lock = threading.Lock()
        self._faults: list[EventFault] = []
        self._log: deque[Delivery] = deque(maxlen=100_000)
        self._generation = 0
        self.silent = False
        self.dead_letters: list[tuple[str, Event, str]] = []

    # Publishing

    def publish(self, event: Event) -> None:
        """Deliver a whole event (version, id, detail-type, source, …) to every rule it matches; returns at once."""
        if self.silent:
            return
        event = json.loads(json.dumps(event))
        fault, generation = self._take(event), self._generation
        if fault is None:
            self._deliver(event)
        elif fault.what == "lost":
            self._note(event, (), "lost")
        elif fault.what == "held":
            self._note(event, (), "held")
            fault.held.append(event)
        elif fault.what == "delayed":
            self._note(event, (), "delayed")
            self._clock.call_later(fault.seconds, lambda: self._deliver(event, generation=generation))
        else:
            self._deliver(event)
            for number in range(1, fault.times + 1):
                again = fault.seconds * number
                self._clock.call_later(again, lambda: self._deliver(event, "repeated", generation))

    def put(self, source: str, detail_type: str, detail: dict[str, Any], resources: list[str] | None = None) -> Event:
        """Publish what PutEvents or a test gives, with the envelope that EventBridge adds; returns the event."""
        event: Event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": timestamp(self._clock.now()),
            "region": REGION,
            "resources": resources or [],
            "detail": detail,
        }
        self.publish(event)
        return event

    def _deliver(self, event: Event, fault: str = "", generation: int | None = None) -> None:
        if generation is not None and generation != self._generation:
            return  # it was on its way when the stage was reset
        matched = [rule for rule, pattern in self._rules if pattern.matches(event)]
        self._note(event, tuple(rule.name for rule in matched), fault)
        for rule in matched:
            for target in rule.targets:
                self._clock.thread(self._deliver_to, (rule, target, event), name=f"rule {rule.name}")

    def _deliver_to(self, rule: Rule, target: Target, event: Event) -> None:
        payload = target.input if target.input is not None else _at(event, target.input_path)
        try:
            if ":lambda:" in target.arn:
                self._invoke(target.arn, json.dumps(payload).encode())
            elif ":states:" in target.arn:
                self._start(target.arn, json.dumps(payload))
            else:
                raise ValueError(f"no local delivery to {target.arn}")
        except Exception as problem:
            self.dead_letters.append((rule.name, event, str(problem)))

    def _note(self, event: Event, rules: tuple[str, ...], fault: str = "") -> None:
        with self._lock:
            self._log.append(Delivery(self._clock.time(), event, rules, fault))

    def log(self, detail_type: str | None = None) -> list[Delivery]:
        """Every event so far, oldest first."""
        with self._lock:
            found = list(self._log)
        return [each for each in found if detail_type is None or each.event.get("detail-type") == detail_type]

    # Faults

    def lose(
        self, detail_type: str = "*", when: EventPredicate | None = None, *, skip: int = 0, count: int | None = 1
    ) -> EventFault:
        """The event never arrives."""
        return self._add(EventFault("lost", detail_type, when, skip, count))

    def repeat(
        self,
        detail_type: str = "*",
        when: EventPredicate | None = None,
        *,
        times: int = 1,
        seconds: float = 1.0,
        skip: int = 0,
        count: int | None = 1,
    ) -> EventFault:
        """The event arrives, and ``times`` more, ``seconds`` apart."""
        return self._add(EventFault("repeated", detail_type, when, skip, count, seconds, times))

    def delay(
        self,
        detail_type: str = "*",
        when: EventPredicate | None = None,
        *,
        seconds: float,
        skip: int = 0,
        count: int | None = 1,
    ) -> EventFault:
        """The event arrives ``seconds`` late."""
        return self._add(EventFault("delayed", detail_type, when, skip, count, seconds))

    def hold(
        self, detail_type: str = "*", when: EventPredicate | None = None, *, skip: int = 0, count: int | None = None
    ) -> EventFault:
        """Events are kept until ``release``."""
        return self._add(EventFault("held", detail_type, when, skip, count))

    def release(self, fault: EventFault) -> int:
        """Stop holding and deliver what was held, in its order; returns how many."""
        with self._lock:
            if fault in self._faults:
                self._faults.remove(fault)
            held, fault.held = fault.held, []
        for event in held:
            self._deliver(event, "held")
        return len(held)

    def _add(self, fault: EventFault) -> EventFault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def _take(self, event: Event) -> EventFault | None:
        with self._lock:
            for fault in self._faults:
                if fault.used_up() or not fault.matches(event):
                    continue
                fault.seen += 1
                if fault.seen > fault.skip:
                    fault.hits += 1
                    return fault
        return None

    def reset(self) -> None:
        """Forget the log and the faults, held events too."""
        with self._lock:
            self._generation += 1
            self._faults.clear()
            self._log.clear()
        self.dead_letters.clear()


class Pattern:
    """An event pattern, of a rule or of a stream's filter. moto's matcher does the work: an internal API, so it is
    wrapped here and nowhere else."""

    def __init__(self, pattern: dict[str, Any]) -> None:
        from moto.events.models import EventPattern, EventPatternParser

        raw = json.dumps(pattern)
        self._wanted = pattern
        self._pattern = EventPattern(raw, EventPatternParser(raw).parse())

    def matches(self, event: Event) -> bool:
        matches: Any = self._pattern.matches_event
        return bool(matches(_asked_for(event, self._wanted)))


def _asked_for(event: Event, pattern: dict[str, Any]) -> Event:
    """What a pattern asks for of an event. moto copies and flattens all that it is given, and a row may be large."""
    if "$or" in pattern:
        return event
    return {
        name: _asked_for(event[name], wanted)
        if isinstance(wanted, dict) and isinstance(event[name], dict)
        else event[name]
        for name, wanted in pattern.items()
        if name in event
    }


def timestamp(moment: datetime) -> str:
    """An event's ``time``: seconds, in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _at(event: Event, path: str | None) -> Any:
    node: Any = event
    for part in (path or "$").removeprefix("$").split("."):
        if part:
            node = node.get(part) if isinstance(node, dict) else None
    return node
