"""What is refused before anything is made: here, IVS in a region that has none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.domain.errors import InvalidRequest
from shared.domain.session_spec import parse_spec
from shared.gateways import clients, ivs
from shared.gateways.settings import settings
from shared.runtime.admission import admit
from tests.contract.handlers import service
from tests.unit.domain_objects import SESSION, a_request

HOST = {"source": {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]}}


@pytest.fixture
def in_stockholm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in service().functions["api"].environment.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, "eu-north-1")
    clients.forget_clients()
    settings.cache_clear()
    yield
    clients.forget_clients()
    settings.cache_clear()


@pytest.mark.usefixtures("in_stockholm")
def test_a_region_without_ivs_is_said_before_anything_is_made() -> None:
    assert not ivs.is_available()
    with pytest.raises(InvalidRequest) as refused:
        admit(SESSION, parse_spec(a_request({"platform": "ivs"}, **HOST)))
    assert [(fault.field, fault.message) for fault in refused.value.faults] == [
        ("destinations.0.platform", "must not be ivs: Amazon IVS is not in eu-north-1")
    ]
