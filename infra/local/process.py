"""What a stage changes in its process, and gives back: environment, default session, streams, path, handlers' clock.

Used by ``stage``. A process has one of each, which is why one stage at a time is at work in it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from infra.local import invocation
from infra.local.service import REGION, Service
from infra.local.transport import TRANSPORT
from infra.local.variables import ServiceError

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "example-not-real", "AWS_SECRET_ACCESS_KEY": "example-not-real"}
# What would lead boto3 elsewhere than to the stage, beside AWS_ENDPOINT_URL_<SERVICE>.
CLEARED = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_RETRY_MODE",
    "AWS_MAX_ATTEMPTS",
)


class Process:
    """The changes of one stage. ``take`` makes them, ``give_back`` undoes them."""

    def __init__(self, service: Service, root: Path, endpoint_url: str) -> None:
        self._root = str(root)
        self._environment: dict[str, str | None] = {
            **environment_of(service),
            **CREDENTIALS,
            **dict.fromkeys(CLEARED),
            **dict.fromkeys(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
        }
        self._before: dict[str, str | None] = {}
        self._session: Any = None
        self._on_path = False

    def take(self) -> None:
        """Lead boto3, and what handlers import and write, to the stage."""
        self._before = {name: os.environ.get(name) for name in self._environment}
        _set(self._environment)
        # A session made earlier would keep the credentials and settings it found then.
        self._session, boto3.DEFAULT_SESSION = boto3.DEFAULT_SESSION, None
        self._on_path = self._root not in sys.path
        if self._on_path:
            sys.path.insert(0, self._root)
        invocation.capture_logging()

    def give_back(self) -> None:
        """Leave the process as it was found."""
        invocation.release_streams()
        if self._on_path and self._root in sys.path:
            sys.path.remove(self._root)
        boto3.DEFAULT_SESSION = self._session
        _set(self._before)


def environment_of(service: Service) -> dict[str, str]:
    """The union of all functions' variables; a process has one environment, so functions must not disagree."""
    union: dict[str, str] = {}
    for function in service.functions.values():
        for name, value in function.environment.items():
            if union.setdefault(name, value) != value:
                raise ServiceError(f"functions disagree about {name}: {union[name]!r} and {value!r} ({function.key})")
    return union


def use_clock(source: Callable[[], Any] | None) -> None:
    """Let the handlers' ``now`` come from ``source``, and their ``rest`` pass on the stage's clock; None: as on any
    machine. A service without shared.runtime has none to set."""
    try:
        clock = importlib.import_module("shared.runtime.clock")
    except ModuleNotFoundError:
        return
    clock.use(source)
    clock.rest_by(TRANSPORT.sleep if source else None)


def _set(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
