"""What the region allows: Service Quotas where it answers, the settings where it does not, asked once an hour."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.domain.errors import NotPermitted, OnAirError, Throttled
from shared.domain.quotas import QuotaLimits
from shared.gateways import service_quotas
from shared.runtime.quota_limits import forget_limits, quota_limits
from tests.unit.table_on_moto import Hands, empty_table


class ServiceQuotas:
    """Answers what it is told to, and counts."""

    def __init__(self) -> None:
        self.quotas: dict[str, dict[str, int]] = {
            "medialive": {"Channels": 12, "Push Inputs": 20, "UHD Channels": 1},
            "mediaconnect": {"Flows": 20},
        }
        self.error: OnAirError | None = None
        self.asked: list[str] = []

    def values(self, service: str) -> dict[str, int]:
        self.asked.append(service)
        if self.error is not None:
            raise self.error
        return dict(self.quotas[service])


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as made:
        forget_limits()
        yield made
        forget_limits()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> ServiceQuotas:
    fake = ServiceQuotas()
    monkeypatch.setattr(service_quotas, "values", fake.values)
    return fake


@pytest.mark.usefixtures("hands", "aws")
def test_what_service_quotas_lists_counts_and_the_setting_for_what_it_does_not() -> None:
    assert quota_limits() == QuotaLimits(push_inputs=20, channels=12, flow_outputs=50)


def test_an_answer_is_kept_for_an_hour(hands: Hands, aws: ServiceQuotas) -> None:
    quota_limits()
    aws.quotas["medialive"]["Channels"] = 30
    hands.forward(3599)
    assert quota_limits().channels == 12 and len(aws.asked) == 2
    hands.forward(1)
    assert quota_limits().channels == 30 and len(aws.asked) == 4


@pytest.mark.parametrize("error", [NotPermitted("no"), Throttled("slow down")])
def test_a_refusal_leaves_the_settings_and_is_asked_again_in_a_minute(
    hands: Hands, aws: ServiceQuotas, error: OnAirError
) -> None:
    aws.error = error
    assert quota_limits() == QuotaLimits()
    aws.error = None
    hands.forward(59)
    assert quota_limits() == QuotaLimits() and len(aws.asked) == 2
    hands.forward(1)
    assert quota_limits().channels == 12


def test_what_was_known_counts_while_it_can_not_be_asked(hands: Hands, aws: ServiceQuotas) -> None:
    quota_limits()
    aws.error = Throttled("slow down")
    hands.forward(3600)
    assert quota_limits().channels == 12


def test_a_clock_that_goes_back_does_not_keep_an_answer_for_ever(hands: Hands, aws: ServiceQuotas) -> None:
    quota_limits()
    hands.forward(-86400)
    quota_limits()
    assert len(aws.asked) == 4
