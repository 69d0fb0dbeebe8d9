"""The table of serverless.yml in moto, and a clock that is set by hand, for the gateways that write rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from moto import mock_aws

from infra.local.service import load_service
from shared.gateways import clients
from shared.gateways.settings import settings
from shared.runtime import clock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Hands:
    """A clock's hands: they move when they are moved."""

    def __init__(self) -> None:
        self.moment = NOON

    def forward(self, seconds: float) -> datetime:
        self.moment += timedelta(seconds=seconds)
        return self.moment


#: Read once: it takes as long as a test.
_service = cache(load_service)


@contextmanager
def empty_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    service = _service(Path(__file__).resolve().parents[2] / "serverless.yml")
    environment = service.functions["planSession"].environment
    for name, value in {**environment, "AWS_DEFAULT_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)
    hands = Hands()
    settings.cache_clear()
    clients.forget_clients()
    before = clock.use(lambda: hands.moment)
    try:
        with mock_aws():
            clients.client("dynamodb").create_table(**service.tables["SessionsTable"].create)
            yield hands
    finally:
        clock.use(before)
        clients.forget_clients()
        settings.cache_clear()
