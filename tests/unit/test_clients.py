"""The SDK's patience: one attempt for the media services, three short ones for the rest, and one client each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.gateways import clients


@pytest.fixture(autouse=True)
def somewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "example-not-real")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    clients.forget_clients()
    yield
    clients.forget_clients()


@pytest.mark.parametrize(
    ("service", "connect", "read", "attempts"),
    [("medialive", 3, 8, 1), ("mediaconnect", 3, 8, 1), ("dynamodb", 1, 3, 3), ("ssm", 1, 3, 3)],
)
def test_time_outs_and_attempts(service: str, connect: int, read: int, attempts: int) -> None:
    config = clients.client(service).meta.config
    assert (config.connect_timeout, config.read_timeout) == (connect, read)
    assert config.retries["total_max_attempts"] == attempts
    assert config.retries["mode"] == "standard"


def test_a_client_is_made_once_until_it_is_forgotten() -> None:
    first = clients.client("ssm")
    assert clients.client("ssm") is first
    clients.forget_clients()
    assert clients.client("ssm") is not first


def test_the_environment_says_where_aws_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert clients.client("ssm").meta.endpoint_url == "http://127.0.0.1:9"
