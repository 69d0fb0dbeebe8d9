"""Listens to what handlers call while other tests run. A pytest plugin: ``-p tests.permissions.recorder``.

tests/conftest.py listens, too, in ``make test-slow``, and holds what it hears against the recording.

It listens where botocore takes a call's parameters, before anything is sent: so it hears of a call that a fault then
loses, and of addresses that are signed without any call. A call is that function's whose invocation the thread works
for; what a test calls by itself is nobody's. Each process writes what it heard into a file of its own, in the folder
that ``ONAIR_PERMISSIONS`` names.
"""

from __future__ import annotations

import json
import os
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.client
import pytest

from infra.local.invocation import current
from tests.permissions.template import read_template
from tests.permissions.uses import uses_of

FOLDER = "ONAIR_PERMISSIONS"

heard: dict[str, set[str]] = defaultdict(set)

_emit = botocore.client.BaseClient._emit_api_params


def _listening(client: Any, api_params: Any, operation_model: Any, context: Any) -> Any:
    working = current()
    if working is not None and working.function.handler == _handlers().get(working.function.key):
        service = client.meta.service_model.service_name
        presigned = bool(context and context.get("is_presign_request"))
        heard[working.function.key].update(uses_of(service, operation_model.name, api_params, presigned))
    return _emit(client, api_params, operation_model, context)


@cache
def _handlers() -> dict[str, str]:
    """Of our functions: other tests have stages with some of their own."""
    return {key: str(function["handler"]) for key, function in read_template().functions.items()}


def listen() -> None:
    """Hear every call of this process from now on. Harmless to repeat."""
    botocore.client.BaseClient._emit_api_params = _listening


def not_in(recording: Mapping[str, Iterable[str]]) -> list[str]:
    """What was heard since this was last asked and is not in the recording, in words. Nothing while one is made."""
    if FOLDER in os.environ:
        return []
    told = [
        f"{function} calls {use}"
        for function in heard
        for use in sorted(heard[function] - {*recording.get(function, ())})
    ]
    heard.clear()
    return told


def pytest_configure(config: pytest.Config) -> None:
    listen()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down what this process heard: before it tells that it is done, for then it may be killed."""
    told = {function: sorted(uses) for function, uses in sorted(heard.items())}
    if told and FOLDER in os.environ:
        Path(os.environ[FOLDER], f"{uuid.uuid4()}.json").write_text(json.dumps(told), encoding="utf-8")
