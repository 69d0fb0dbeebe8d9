"""moto behind the endpoint: as a WSGI application, in this process, without its server.

Services with one JSON endpoint (Step Functions, DynamoDB, SSM, EventBridge) are called directly; the others (S3, IAM,
…) go through moto's own Flask applications. Used by ``stage`` alone.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from infra.local.calls import CREDENTIAL
from infra.local.corrections import apply_corrections
from infra.local.service import ACCOUNT

StartResponse = Callable[..., Any]


def moto_application() -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """moto, corrected, with its account set to the stage's."""
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
    from moto.core.config import default_user_config

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    apply_corrections()
    for noisy in ("werkzeug", "moto"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    return _Moto()


def reset_moto() -> None:
    """Drop everything moto holds."""
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    BackendDict.reset()
    reset_model_data()


#: moto's other backends take one call at a time: a list that is read while it is written to fails.
_REST_LOCK = threading.RLock()


def put_object(bucket: str, key: str, body: bytes) -> None:
    """Into moto's S3 without a request, for what writes thousands of them. An exception if there is no such bucket."""
    with _REST_LOCK:
        _s3().put_object(bucket, key, body)


def delete_object(bucket: str, key: str) -> None:
    """Out of moto's S3."""
    with _REST_LOCK:
        _s3().delete_object(bucket, key)


def _s3() -> Any:
    from moto.s3.models import s3_backends

    return s3_backends[ACCOUNT]["aws"]


class _Moto:
    def __init__(self) -> None:
        from moto.dynamodb.responses import DynamoHandler
        from moto.events.responses import EventsHandler
        from moto.ssm.responses import SimpleSystemManagerResponse
        from moto.stepfunctions.responses import StepFunctionResponse

        self._direct: dict[str, Any] = {
            "states": StepFunctionResponse,
            "dynamodb": DynamoHandler,
            "ssm": SimpleSystemManagerResponse,
            "events": EventsHandler,
        }
        # None of moto's backends is written for threads. Step Functions is left out: StopExecution waits for the
        # engine.
        self._locks = {name: threading.RLock() for name in ("ssm", "events")}
        self._rest: Any = None

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        match = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        service = match.group(2) if match else ""
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if service in self._direct and not target.startswith("DynamoDBStreams"):
            return self._answer(service, environ, start_response)
        with _REST_LOCK:
            if self._rest is None:
                from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

                self._rest = DomainDispatcherApplication(create_backend_app)
            return [b"".join(self._rest(environ, start_response))]

    def _answer(self, service: str, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        from moto.core.request import Request

        # The host decides nothing here, but moto reads the region from it when it looks like AWS's.
        request = Request(environ)
        dispatch = self._direct[service].dispatch
        if service in self._locks:
            with self._locks[service]:
                status, headers, content = dispatch(request, request.raw_url, dict(request.headers))
        else:
            status, headers, content = dispatch(request, request.raw_url, dict(request.headers))
        body = content.encode() if isinstance(content, str) else content
        pairs = [(str(name), str(value)) for name, value in headers.items() if name.lower() != "status"]
        if not any(name.lower() == "content-length" for name, _ in pairs):
            pairs.append(("Content-Length", str(len(body))))
        start_response(f"{status} Status", pairs)
        return [body]
