"""Runs the handlers that serverless.yml names, in this process, with Lambda's habits.

Called by the engine (Task states), the bus and schedules (asynchronously, with Lambda's own two retries), the HTTP API
and the endpoint (plain ``lambda.invoke``). Event and result go through JSON; errors have Lambda's shape; a function's
timeout is in clock time. An invocation that was killed or has timed out can make no further AWS call.
"""

from __future__ import annotations

import importlib
import json
import linecache
import os
import threading
import time as wall
import traceback
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.clock import Clock
from infra.local.invocation import Context, Invocation, Killed, current, enter
from infra.local.lambda_faults import LambdaFaults
from infra.local.service import Function, Service

SYNC_LIMIT = 6 * 1024 * 1024  # bytes, request and response (Lambda quotas)
ASYNC_LIMIT = 256 * 1024
# Lambda's asynchronous invocation: two more attempts after an error, one and two minutes later (Lambda developer
# guide).
ERROR_DELAYS: tuple[float, ...] = (60.0, 120.0)
THROTTLED_DELAYS: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0)
#: Seconds of real time after which a handler that doesn't return is ended, if the process has worked for so long, too,
#: for each of the handlers that share it: a machine that has no time for us is no endless loop.
WALL_GUARD = 60.0
#: How many times that, whether it has worked or not.
_AT_LAST = 10


class LambdaRefused(Exception):
    """Lambda's API refuses the call: there was no invocation."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Answer:
    """What Invoke returns: the payload, and the errorType if the function failed."""

    payload: bytes
    error: str | None

    def value(self) -> Any:
        """The payload's JSON."""
        return json.loads(self.payload)


class Lambdas:
    """The functions of one service; see the module. ``on_log`` sees every log line as it is written."""

    def __init__(self, clock: Clock, service: Service, root: Path) -> None:
        self.clock = clock
        self.service = service
        self.root = root
        self.faults = LambdaFaults()
        self.on_log: Callable[[Invocation, str], None] | None = None
        self.invocations: deque[Invocation] = deque(maxlen=50_000)
        self.failed_async: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._running: dict[str, Invocation] = {}
        self._generation = 0
        self._closed = threading.Event()
        threading.Thread(target=self._guard, name="lambda-guard", daemon=True).start()

    # Invoking

    def invoke(self, name: str, payload: bytes) -> Answer:
        """Invoke and wait. ``name``: ARN, deployed name or key. LambdaRefused where Lambda's API would answer 4xx."""
        function = self._accepted(name, payload, SYNC_LIMIT)
        return self._run(function, payload)

    def invoke_async(self, name: str, payload: bytes) -> None:
        """Hand over and return, as an event invocation does: at least once, with two retries after errors."""
        function = self._find(name)
        if len(payload) > ASYNC_LIMIT:
            raise LambdaRefused(413, "RequestEntityTooLargeException", f"{len(payload)} byte payload is too large")
        copies = 1 + self.faults.repeats(function, payload)
        for _ in range(copies):
            self.clock.thread(self._run_queued, (function, payload), name=f"queue {function.name}")

    def _run_queued(self, function: Function, payload: bytes) -> None:
        errors = throttles = 0
        generation = self._generation
        while generation == self._generation:
            try:
                answer = self._run(self._accepted(function.name, payload, ASYNC_LIMIT), payload)
                if answer.error is None:
                    return
                failure, delays, done = answer.error, ERROR_DELAYS, errors
                errors += 1
            except LambdaRefused as refused:
                failure, delays, done = refused.code, THROTTLED_DELAYS, throttles
                throttles += 1
            if done >= len(delays):
                self.failed_async.append((function.name, failure))
                return
            self.clock.sleep(delays[done])

    def _find(self, name: str) -> Function:
        function = self.service.functions.get(name) or self.service.function_by_arn(name)
        if function is None:
            raise LambdaRefused(404, "ResourceNotFoundException", f"Function not found: {name}")
        return function

    def _accepted(self, name: str, payload: bytes, limit: int) -> Function:
        function = self._find(name)
        if len(payload) > limit:
            message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
            raise LambdaRefused(413, "RequestEntityTooLargeException", message)
        try:
            json.loads(payload or b"null")
        except ValueError as problem:
            message = f"Could not parse request body into json: {problem}"
            raise LambdaRefused(400, "InvalidRequestContentException", message) from None
        if self.faults.throttles(function, payload):
            raise LambdaRefused(429, "TooManyRequestsException", "Rate Exceeded.")
        return function

    # One invocation

    def _run(self, function: Function, payload: bytes) -> Answer:
        invocation = Invocation(function, str(uuid.uuid4()), self.clock.time(), self.clock.event())
        invocation.on_line = self._line
        invocation.kills = self.faults.kills(function, payload)
        with self._lock:
            self.invocations.append(invocation)
            self._running[invocation.request_id] = invocation
        self.clock.thread(self._body, (invocation, payload), name=f"lambda {function.name}")
        if not invocation.done.wait(function.timeout):
            self._time_out(invocation)
        with self._lock:
            self._running.pop(invocation.request_id, None)
        return Answer(invocation.answer, invocation.error or None)

    def _body(self, invocation: Invocation, payload: bytes) -> None:
        """The invocation's own thread."""
        enter(invocation)
        try:
            self.clock.sleep(self.faults.start_delay(invocation.function))
            self._fault_point(invocation, at="start")
            answer, error = self._handle(invocation, payload)
            self._fault_point(invocation, at="end")
        except Killed:
            error, message = "Runtime.ExitError", "Runtime exited with error: signal: killed"
            answer = _platform_error(invocation, error, message)
        finally:
            enter(None)
        self._end(invocation, error, answer)

    def _handle(self, invocation: Invocation, payload: bytes) -> tuple[bytes, str]:
        try:
            handler = self._handler(invocation.function)
            event = json.loads(payload or b"null")
            result = handler(event, Context(invocation, self.clock))
        except Killed:
            raise
        except SystemExit as stop:
            error = "Runtime.ExitError"
            return _platform_error(invocation, error, f"Runtime exited with error: exit status {stop.code or 0}"), error
        except _HandlerMissing as missing:
            return self._failure(invocation, missing.kind, str(missing), []), missing.kind
        except Exception as exception:
            kind = type(exception).__name__
            return self._failure(invocation, kind, str(exception), self._trace(exception)), kind
        try:
            answer = json.dumps(result, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError) as problem:
            kind = "Runtime.MarshalError"
            return self._failure(invocation, kind, f"Unable to marshal response: {problem}", []), kind
        if len(answer) > SYNC_LIMIT:
            kind = "Function.ResponseSizeTooLarge"
            message = f"Response payload size exceeded maximum allowed payload size ({SYNC_LIMIT} bytes)."
            return self._failure(invocation, kind, message, []), kind
        return answer, ""

    def _handler(self, function: Function) -> Callable[[Any, Context], Any]:
        module_name, _, attribute = function.handler.rpartition(".")
        module_name = module_name.replace("/", ".")
        try:
            module = importlib.import_module(module_name)
        except Exception as problem:
            text = f"Unable to import module '{module_name}': {problem}"
            raise _HandlerMissing("Runtime.ImportModuleError", text) from problem
        handler = getattr(module, attribute, None)
        if handler is None:
            raise _HandlerMissing("Runtime.HandlerNotFound", f"Handler '{attribute}' missing on module '{module_name}'")
        return handler  # type: ignore[no-any-return]

    def _failure(self, invocation: Invocation, kind: str, message: str, trace: list[str]) -> bytes:
        # The runtime writes every unhandled error to the function's log.
        invocation.log(f"[ERROR] {kind}: {message}")
        if trace:
            invocation.log("Traceback (most recent call last):\n" + "".join(trace))
        body = {
            "errorMessage": message,
            "errorType": kind,
            "requestId": invocation.request_id,
            "stackTrace": trace,
        }
        return json.dumps(body).encode()

    def _trace(self, exception: BaseException) -> list[str]:
        """The stack below the runtime, with file names as they are in a function's sandbox."""
        shown = []
        for frame, line in list(traceback.walk_tb(exception.__traceback__))[1:]:
            code = frame.f_code
            # Not traceback's own formatting: it looks at every file on disk again, each time.
            source = linecache.getline(code.co_filename, line, frame.f_globals).strip()
            name = code.co_filename.replace(str(self.root), "/var/task").replace(_PACKAGES, "/opt/python")
            shown.append(f'  File "{name}", line {line}, in {code.co_name}\n' + (f"    {source}\n" if source else ""))
        return shown

    def _time_out(self, invocation: Invocation) -> None:
        error, message = "Sandbox.Timedout", f"Task timed out after {invocation.function.timeout:.2f} seconds"
        invocation.dead = True
        self._end(invocation, error, _platform_error(invocation, error, message))

    def _end(self, invocation: Invocation, error: str, answer: bytes) -> None:
        """The first end counts: what a handler still returns after its timeout is gone."""
        with self._lock:
            if invocation.ended is not None:
                return
            invocation.error, invocation.answer, invocation.ended = error, answer, self.clock.time()
        if error in {"Sandbox.Timedout", "Runtime.ExitError"}:
            invocation.log(json.loads(answer)["errorMessage"])
        invocation.done.set()

    # Who calls, and being killed

    def caller(self) -> tuple[str, str]:
        """(deployed name, request id) of the invocation whose thread this is; ("", "") outside."""
        invocation = current()
        return (invocation.function.name, invocation.request_id) if invocation else ("", "")

    def called(self, service: str, operation: str) -> None:
        """The endpoint answered an AWS call of this thread: a scripted kill may be due."""
        invocation = current()
        if invocation is not None:
            invocation.calls += 1
            self._fault_point(invocation, at="call", service=service, operation=operation)

    def _fault_point(self, invocation: Invocation, at: str, service: str = "", operation: str = "") -> None:
        if any(kill.due(at, service, operation, invocation.calls) for kill in invocation.kills):
            invocation.dead = True
            raise Killed

    def _guard(self) -> None:
        """End handlers that never return, by the wall: no clock can help while they run."""
        while not self._closed.wait(1.0):
            with self._lock:
                running = list(self._running.values())
            for each in running:
                allowed = WALL_GUARD * len(running) + (each.function.timeout if self.clock.speed == 1 else 0.0)
                passed, worked = wall.monotonic() - each.wall_started, wall.process_time() - each.work_started
                if (min(passed, worked) > allowed or passed > _AT_LAST * allowed) and not each.dead:
                    self._time_out(each)
                    each.interrupt()

    # For tests and operators

    def logs(self, function: str | None = None) -> list[str]:
        """Every log line of every invocation, oldest invocation first: the stage's CloudWatch."""
        return [
            line
            for each in list(self.invocations)
            if function is None or function in {each.function.key, each.function.name}
            for line in each.lines
        ]

    def running(self) -> int:
        """How many invocations are under way."""
        with self._lock:
            return len(self._running)

    def _line(self, invocation: Invocation, line: str) -> None:
        if self.on_log is not None:
            self.on_log(invocation, line)

    def reset(self) -> None:
        """Forget invocations and faults, and refuse every call that an invocation still under way may make."""
        with self._lock:
            self._generation += 1
            for each in self._running.values():
                each.dead = True
            self.invocations.clear()
        self.failed_async.clear()
        self.faults.clear()

    def close(self) -> None:
        """Stop the guard."""
        self.reset()
        self._closed.set()


class _HandlerMissing(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _platform_error(invocation: Invocation, kind: str, message: str) -> bytes:
    text = f"RequestId: {invocation.request_id} Error: {message}"
    return json.dumps({"errorType": kind, "errorMessage": text}).encode()


_PACKAGES = os.path.dirname(os.path.dirname(os.path.abspath(json.__file__)))
