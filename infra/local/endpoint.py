"""The one WSGI application behind AWS_ENDPOINT_URL: scripted faults, then the simulator, Lambda's Invoke, or moto.

Called in two ways: by ``transport`` in the thread of a handler or of the engine, and by the HTTP server for clients
outside (the ``aws`` command, the CLI). A connection that a fault breaks is told by raising ``Broken``; the transport
turns it into botocore's error, the HTTP server closes the socket.
"""

from __future__ import annotations

import io
import json
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from infra.local.calls import Call, call_of
from infra.local.clock import Clock
from infra.local.faults import Fault, Faults, Kind
from infra.local.lambda_api import answer_invoke
from infra.local.lambdas import Lambdas
from infra.local.service_quotas import answer_quotas

StartResponse = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Broken(Exception):
    """The connection ends without an answer. ``late``: by the caller's read timeout, not by being closed."""

    def __init__(self, before_effect: bool, late: bool = False) -> None:
        super().__init__("connection broken by a scripted fault")
        self.before_effect = before_effect
        self.late = late


@dataclass(frozen=True)
class CallRecord:
    """One line of the call log: what was called, by which invocation ("" for outside), and the answer. No bodies."""

    at: float
    service: str
    operation: str
    function: str
    request_id: str
    status: int
    fault: str = ""


class Endpoint:
    """See the module. ``caller`` tells (function, request id) of the thread that calls, ("", "") outside handlers."""

    def __init__(
        self, clock: Clock, faults: Faults, simulator: Any, moto: Wsgi, lambdas: Lambdas | None = None
    ) -> None:
        self.clock = clock
        self.faults = faults
        self.simulator = simulator
        self.moto = moto
        self.lambdas = lambdas
        self._log: deque[CallRecord] = deque(maxlen=200_000)
        self._lock = threading.Lock()

    def calls(self, service: str | None = None, operation: str | None = None) -> list[CallRecord]:
        """The call log, oldest first, optionally of one service or operation."""
        with self._lock:
            found = list(self._log)
        return [
            each
            for each in found
            if (service is None or each.service == service) and (operation is None or each.operation == operation)
        ]

    def reset(self) -> None:
        """Forget the call log."""
        with self._lock:
            self._log.clear()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        body = _body(environ)
        call = call_of(environ, body)
        fault = self.faults.take(call)
        if fault is not None and fault.before:
            self.clock.sleep(fault.before)
        if fault is not None and fault.kind is Kind.LOST:
            self._record(call, 0, fault)
            raise Broken(before_effect=True)
        if fault is not None and fault.kind is Kind.REJECTED:
            self._record(call, fault.status, fault)
            return _error(start_response, fault)
        status, headers, answer = self._answer(call, environ, body)
        self._record(call, status, fault)
        if fault is not None and fault.after:
            self.clock.sleep(fault.after)
        if fault is not None and fault.kind in {Kind.ANSWER_LOST, Kind.ANSWER_LATE}:
            raise Broken(before_effect=False, late=fault.kind is Kind.ANSWER_LATE)
        start_response(f"{status} {_REASONS.get(status, 'Status')}", headers)
        return [answer]

    def _answer(self, call: Call, environ: dict[str, Any], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        if call.service == "lambda" and self.lambdas is not None and call.operation == "Invoke":
            return answer_invoke(self.lambdas, call, environ)
        if call.service == "servicequotas" and hasattr(self.simulator, "settings"):
            return answer_quotas(call, self.simulator.settings.quotas)
        if call.service in ("s3", "") and hasattr(self.simulator, "write_out"):
            self.simulator.write_out()  # what running channels record, up to this moment
        app = self.simulator if self.simulator is not None and call.service in self.simulator.services else self.moto
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        begun: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            begun[:] = [int(status.split(" ", 1)[0]), headers]
            return _no_write

        parts = app(environ, start)
        answer = b"".join(parts)
        if close := getattr(parts, "close", None):
            close()
        return begun[0], begun[1], answer

    def _record(self, call: Call, status: int, fault: Fault | None) -> None:
        function, request_id = self.lambdas.caller() if self.lambdas is not None else ("", "")
        kind = fault.kind.value if fault is not None else ""
        record = CallRecord(self.clock.time(), call.service, call.operation, function, request_id, status, kind)
        with self._lock:
            self._log.append(record)
        if self.lambdas is not None:
            self.lambdas.called(call.service, call.operation)


def _body(environ: dict[str, Any]) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return bytes(stream.read())
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return bytes(stream.read(length)) if length else b""


def _error(start_response: StartResponse, fault: Fault) -> list[bytes]:
    """An error in a form that botocore's JSON and REST-JSON parsers both read."""
    status, code, message = fault.status, fault.code, fault.message
    body = json.dumps({"__type": code, "message": message, "Message": message, **fault.details}).encode()
    headers = [
        ("Content-Type", "application/x-amz-json-1.0"),
        ("Content-Length", str(len(body))),
        ("x-amzn-ErrorType", code),
        ("x-amzn-RequestId", str(uuid.uuid4())),
    ]
    start_response(f"{status} {_REASONS.get(status, 'Error')}", headers)
    return [body]


def _no_write(data: bytes) -> None:
    raise NotImplementedError("the WSGI write callable is not supported")


_REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 400: "Bad Request", 404: "Not Found"}
