"""Faults of single resources, scripted from outside: the next channel of a name fails, sticks or is refused.

A demo or a test scripts them on ``Simulator``; ``channels.py`` and ``channel_life.py`` ask for them. Faults of calls
(throttled, lost, answered too late) are none of this: the endpoint in front of the simulator makes those.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from infra.local.simulator.errors import STATUS, Fault, ServiceError, unprocessable

FailsOn = Literal["create", "start", "run"]
Sticks = Literal["CREATING", "STARTING", "RECOVERING", "STOPPING", "DELETING", "UPDATING"]
_STICKS = frozenset({"CREATING", "STARTING", "RECOVERING", "STOPPING", "DELETING", "UPDATING"})


@dataclass
class ResourceFault:
    """``what`` happens to the next ``count`` channels whose name matches; None is every one."""

    kind: Literal["fail", "stick", "reject"]
    name_pattern: str
    what: str
    message: str
    count: int | None
    after: float = 0.0


class ResourceFaults:
    """The script. Guarded by the simulator's lock."""

    def __init__(self) -> None:
        self._script: list[ResourceFault] = []

    def fail(self, name_pattern: str, on: FailsOn, message: str, count: int | None, after: float) -> None:
        if on not in ("create", "start", "run"):
            raise ValueError(f"a channel fails on create, start or run, not on {on!r}")
        self._script.append(ResourceFault("fail", name_pattern, on, message, count, after))

    def stick(self, name_pattern: str, state: Sticks, count: int | None) -> None:
        if state not in _STICKS:
            raise ValueError(f"a channel sticks in one of {sorted(_STICKS)}, not in {state!r}")
        self._script.append(ResourceFault("stick", name_pattern, state, "", count))

    def reject(self, name_pattern: str, message: str, code: str, count: int | None) -> None:
        if code not in STATUS:
            raise ValueError(f"unknown error code {code!r}, known are {sorted(STATUS)}")
        self._script.append(ResourceFault("reject", name_pattern, code, message, count))

    def failing(self, name: str, on: FailsOn) -> ResourceFault | None:
        return self._take("fail", name, on)

    def sticking(self, name: str, state: str) -> bool:
        return self._take("stick", name, state) is not None

    def rejection(self, name: str) -> ServiceError | None:
        """The error that CreateChannel of this name answers, if one is scripted."""
        fault = self._take("reject", name, None)
        if fault is None:
            return None
        if fault.what == "UnprocessableEntityException":
            return unprocessable([Fault("", fault.message)])
        return ServiceError(fault.what, fault.message)

    def clear(self) -> None:
        self._script.clear()

    def _take(self, kind: str, name: str, what: str | None) -> ResourceFault | None:
        for fault in self._script:
            if fault.kind != kind or (what is not None and fault.what != what):
                continue
            if fault.count == 0 or not fnmatchcase(name, fault.name_pattern):
                continue
            if fault.count is not None:
                fault.count -= 1
            return fault
        return None
