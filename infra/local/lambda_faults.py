"""Scripted faults of Lambda invocations; tests write them through ``stage.lambdas.faults``.

Functions are named by their key in serverless.yml. ``when`` looks at the event. Each fault hits ``count`` invocations
after letting ``skip`` pass.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.service import Function

EventPredicate = Callable[[Any], bool]


@dataclass
class LambdaFault:
    """One scripted fault; ``hits`` counts the invocations it was given to."""

    what: str
    function: str
    when: EventPredicate | None = None
    skip: int = 0
    count: int | None = 1
    nth_call: int = 0
    service: str = ""
    operation: str = ""
    seen: int = 0
    hits: int = 0

    def matches(self, function: Function, payload: bytes) -> bool:
        """Whether an invocation is of the kind the fault is for."""
        if self.function not in {"*", function.key, function.name}:
            return False
        return self.when is None or self.when(json.loads(payload or b"null"))


class Kill:
    """A kill that waits in one invocation for its moment."""

    def __init__(self, fault: LambdaFault) -> None:
        self._fault = fault
        self._left = max(1, fault.nth_call)

    def due(self, at: str, service: str, operation: str, calls: int) -> bool:
        """Asked at the start, after each AWS call, and at the end."""
        fault = self._fault
        if fault.what != f"kill {at}":
            return False
        if at != "call":
            return True
        if (fault.service and fault.service != service) or (fault.operation and fault.operation != operation):
            return False
        self._left -= 1
        return self._left == 0


class LambdaFaults:
    """The faults in force. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[LambdaFault] = []

    def add(self, fault: LambdaFault) -> LambdaFault:
        """Put a fault in force."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def kill_before(
        self, function: str, *, when: EventPredicate | None = None, skip: int = 0, count: int | None = 1
    ) -> LambdaFault:
        """End the sandbox before the handler runs (Runtime.ExitError)."""
        return self.add(LambdaFault("kill start", function, when, skip, count))

    def kill_after_call(
        self,
        function: str,
        service: str = "",
        operation: str = "",
        nth: int = 1,
        *,
        when: EventPredicate | None = None,
        skip: int = 0,
        count: int | None = 1,
    ) -> LambdaFault:
        """End the sandbox right after its nth AWS call (of this service and operation, if given) took effect."""
        return self.add(LambdaFault("kill call", function, when, skip, count, nth, service, operation))

    def kill_at_end(
        self, function: str, *, when: EventPredicate | None = None, skip: int = 0, count: int | None = 1
    ) -> LambdaFault:
        """Let the handler do all its work and lose its answer."""
        return self.add(LambdaFault("kill end", function, when, skip, count))

    def repeat(
        self, function: str, *, when: EventPredicate | None = None, skip: int = 0, count: int | None = 1
    ) -> LambdaFault:
        """Run an asynchronous invocation twice, as at-least-once delivery may."""
        return self.add(LambdaFault("repeat", function, when, skip, count))

    def throttle(
        self, function: str, *, when: EventPredicate | None = None, skip: int = 0, count: int | None = 1
    ) -> LambdaFault:
        """Refuse to invoke (Lambda.TooManyRequestsException in a state machine)."""
        return self.add(LambdaFault("throttle", function, when, skip, count))

    def kills(self, function: Function, payload: bytes) -> list[Kill]:
        """The kills this new invocation gets."""
        return [Kill(each) for each in self._take(function, payload, "kill ")]

    def repeats(self, function: Function, payload: bytes) -> int:
        """How many extra times this asynchronous invocation runs."""
        return len(self._take(function, payload, "repeat"))

    def throttles(self, function: Function, payload: bytes) -> bool:
        """Whether this invocation is refused."""
        return bool(self._take(function, payload, "throttle"))

    def start_delay(self, function: Function) -> float:
        """Seconds of clock time before the handler of a new invocation begins: none, unless a subclass says so."""
        return 0.0

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._faults.clear()

    def _take(self, function: Function, payload: bytes, what: str) -> list[LambdaFault]:
        taken = []
        with self._lock:
            for fault in self._faults:
                used_up = fault.count is not None and fault.hits >= fault.count
                if not fault.what.startswith(what) or used_up or not fault.matches(function, payload):
                    continue
                fault.seen += 1
                if fault.seen > fault.skip:
                    fault.hits += 1
                    taken.append(fault)
        return taken
