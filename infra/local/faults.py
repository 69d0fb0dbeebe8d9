"""Scripted faults of AWS calls: any call of any service, by operation. Tests write them, the endpoint asks for them.

``stage.faults.reject("medialive", "CreateChannel", 422, "UnprocessableEntityException", "…")`` hits the next matching
call; ``skip`` lets that many pass first, ``count`` says how many are hit (None: all). ``when`` looks at the raw call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from infra.local.calls import Call

Predicate = Callable[[Call], bool]


class Kind(Enum):
    """What happens to the call."""

    REJECTED = "rejected"  # answered with an error, without effect
    LOST = "lost"  # the connection breaks before the effect
    ANSWER_LOST = "answer lost"  # the effect happens, the caller sees a closed connection
    ANSWER_LATE = "answer late"  # the effect happens, the caller's read times out
    DELAYED = "delayed"  # the effect happens after `before` seconds, the answer comes `after` seconds later


@dataclass
class Fault:
    """One scripted fault; ``hits`` counts how often it happened. ``details``: what a rejection's body holds besides."""

    kind: Kind
    service: str
    operation: str
    when: Predicate | None = None
    skip: int = 0
    count: int | None = 1
    status: int = 400
    code: str = ""
    message: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    before: float = 0.0
    after: float = 0.0
    seen: int = 0
    hits: int = 0

    def cancel(self) -> None:
        """Let every later call pass."""
        self.count = self.hits

    def matches(self, call: Call) -> bool:
        """Whether this call is of the kind the fault is for, whatever has been hit before."""
        named = self.service in {call.service, "*"} and self.operation in {call.operation, "*"}
        return named and (self.when is None or self.when(call))


class Faults:
    """The faults in force. Thread-safe; the first one that matches and isn't used up is taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def reject(
        self,
        service: str,
        operation: str,
        status: int,
        code: str,
        message: str = "",
        *,
        when: Predicate | None = None,
        skip: int = 0,
        count: int | None = 1,
    ) -> Fault:
        """Answer with this status, error code and message, without effect."""
        return self.add(Fault(Kind.REJECTED, service, operation, when, skip, count, status, code, message))

    def throttle(
        self, service: str, operation: str, *, when: Predicate | None = None, skip: int = 0, count: int | None = 1
    ) -> Fault:
        """Refuse as too many requests, in the service's own words (facts §4)."""
        code, status = ("ThrottlingException", 400) if service in JSON_SERVICES else ("TooManyRequestsException", 429)
        if service == "ivs":
            code = "ThrottlingException"
        return self.reject(service, operation, status, code, "Too Many Requests", when=when, skip=skip, count=count)

    def lose(
        self, service: str, operation: str, *, when: Predicate | None = None, skip: int = 0, count: int | None = 1
    ) -> Fault:
        """Break the connection before the call has any effect."""
        return self.add(Fault(Kind.LOST, service, operation, when, skip, count))

    def lose_answer(
        self,
        service: str,
        operation: str,
        *,
        when: Predicate | None = None,
        skip: int = 0,
        count: int | None = 1,
        late: bool = False,
        after: float = 0.0,
    ) -> Fault:
        """Let the call take effect, then close the connection; ``late``: let the caller's read time out instead.

        ``after``: seconds of clock time that pass before the caller notices.
        """
        kind = Kind.ANSWER_LATE if late else Kind.ANSWER_LOST
        return self.add(Fault(kind, service, operation, when, skip, count, after=after))

    def delay(
        self,
        service: str,
        operation: str,
        *,
        before: float = 0.0,
        after: float = 0.0,
        when: Predicate | None = None,
        skip: int = 0,
        count: int | None = 1,
    ) -> Fault:
        """Seconds of clock time before the effect, and between the effect and the answer."""
        return self.add(Fault(Kind.DELAYED, service, operation, when, skip, count, before=before, after=after))

    def take(self, call: Call) -> Fault | None:
        """The fault that hits this call, counted as used; asked once a call by the endpoint."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(call) or (fault.count is not None and fault.hits >= fault.count):
                    continue
                fault.seen += 1
                if fault.seen > fault.skip:
                    fault.hits += 1
                    return fault
        return None

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._faults.clear()


JSON_SERVICES = frozenset({"states", "dynamodb", "ssm", "events"})
