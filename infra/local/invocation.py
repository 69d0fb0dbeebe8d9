"""One invocation of a Lambda function: its identity, its logs, and how it is ended from outside. Used by ``lambdas``.

What a handler prints or logs is kept per invocation, as CloudWatch would show it: lines of stdout and stderr, logging
records as the logger's own handlers format them, and the trace of an unhandled error.
"""

from __future__ import annotations

import ctypes
import logging
import sys
import threading
import time as wall
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.local.clock import Clock, ClockEvent
from infra.local.service import Function


class Killed(BaseException):
    """Ends the thread of an invocation that is dead; a BaseException so that no handler's ``except`` holds it up."""


@dataclass
class Invocation:
    """One run of a handler. ``error`` is Lambda's errorType, "" while it runs and after success. Times by the clock."""

    function: Function
    request_id: str
    started: float
    done: ClockEvent
    ended: float | None = None
    error: str = ""
    calls: int = 0
    dead: bool = False
    lines: list[str] = field(default_factory=list)
    on_line: Callable[[Invocation, str], None] | None = None
    wall_started: float = field(default_factory=wall.monotonic)
    work_started: float = field(default_factory=wall.process_time)
    thread_id: int | None = None
    kill_at_end: bool = False
    answer: bytes = b""
    kills: list[Any] = field(default_factory=list)

    def log(self, text: str) -> None:
        """Add what the handler wrote, line by line."""
        for line in text.splitlines():
            if line.strip():
                self.lines.append(line)
                if self.on_line is not None:
                    self.on_line(self, line)

    def interrupt(self) -> None:
        """Raise Killed inside the handler's thread at its next Python instruction: the way out of an endless loop."""
        if self.thread_id is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread_id), ctypes.py_object(Killed))


class Context:
    """The second argument of a handler, as AWS documents it."""

    def __init__(self, invocation: Invocation, clock: Clock) -> None:
        function = invocation.function
        self._clock = clock
        self._deadline = invocation.started + function.timeout
        self.function_name = function.name
        self.function_version = "$LATEST"
        self.invoked_function_arn = function.arn
        self.memory_limit_in_mb = str(function.memory)
        self.aws_request_id = invocation.request_id
        self.log_group_name = f"/aws/lambda/{function.name}"
        self.log_stream_name = f"{clock.now():%Y/%m/%d}/[$LATEST]{invocation.request_id.replace('-', '')}"
        self.identity = None
        self.client_context = None
        self.tenant_id = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds of clock time until Lambda ends the invocation."""
        return max(0, int((self._deadline - self._clock.time()) * 1000))


_here = threading.local()


def current() -> Invocation | None:
    """The invocation whose handler runs in this thread."""
    return getattr(_here, "invocation", None)


def enter(invocation: Invocation | None) -> None:
    """Say which invocation this thread works for."""
    _here.invocation = invocation
    if invocation is not None:
        invocation.thread_id = threading.get_ident()
        # Test runners put streams of their own in place between one test and the next.
        _capture_streams()


def refuse_the_dead() -> None:
    """Raise Killed if this thread belongs to an invocation that is no more."""
    invocation = current()
    if invocation is not None and invocation.dead:
        raise Killed


class CapturedStream:
    """stdout or stderr that goes to the invocation's log in a handler's thread and to the real stream elsewhere."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        invocation = current()
        if invocation is None:
            return int(self.stream.write(text) or 0)
        invocation.log(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _capture_streams() -> None:
    if not isinstance(sys.stdout, CapturedStream):
        sys.stdout = CapturedStream(sys.stdout)
    if not isinstance(sys.stderr, CapturedStream):
        sys.stderr = CapturedStream(sys.stderr)


def release_streams() -> None:
    """Give the process its streams back."""
    if isinstance(sys.stdout, CapturedStream):
        sys.stdout = sys.stdout.stream
    if isinstance(sys.stderr, CapturedStream):
        sys.stderr = sys.stderr.stream


_call_handlers = logging.Logger.callHandlers


def _capturing(logger: logging.Logger, record: logging.LogRecord) -> None:
    invocation = current()
    if invocation is None:
        _call_handlers(logger, record)
        return
    handled = False
    each: logging.Logger | None = logger
    while each is not None:
        for handler in each.handlers:
            # Test runners hang handlers on the root logger; they are not what the function would have on AWS.
            if record.levelno >= handler.level and not type(handler).__module__.startswith("_pytest"):
                invocation.log(handler.format(record))
                handled = True
        each = each.parent if each.propagate else None
    if not handled:
        # Lambda's runtime has a root handler of its own, at WARNING unless the function sets a level.
        invocation.log(f"[{record.levelname}]\t{invocation.request_id}\t{record.getMessage()}")


def capture_logging() -> None:
    """Send the logging records of handlers to their invocation. Harmless to repeat, and harmless outside a stage."""
    setattr(logging.Logger, _call_handlers.__name__, _capturing)
