"""What the region allows: what Service Quotas says, and where it does not, what the settings say.

Asked by ``admission.py``. An answer is kept for an hour by the function's process; a question that failed is asked
again a minute later, and until then what was known before counts.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.domain.errors import OnAirError
from shared.domain.quotas import QuotaLimits
from shared.gateways import service_quotas
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.log import logger

#: Where each limit is found: the service's code, and the quota's name (docs/reference/quotas.md).
QUOTAS = {
    "push_inputs": ("medialive", "Push Inputs"),
    "channels": ("medialive", "Channels"),
    "flow_outputs": ("mediaconnect", "Outputs"),
}

_KEPT = timedelta(hours=1)
_KEPT_AFTER_FAILURE = timedelta(minutes=1)

#: By service: what it said, when it was asked, and how long that is kept.
_answers: dict[str, tuple[dict[str, int], datetime, timedelta]] = {}


def quota_limits() -> QuotaLimits:
    """Never raises for Service Quotas: a refused or failing question leaves the settings."""
    said = {limit: _ask(service).get(name) for limit, (service, name) in QUOTAS.items()}
    return settings().quotas.model_copy(update={limit: value for limit, value in said.items() if value is not None})


def forget_limits() -> None:
    """Ask anew from now on."""
    _answers.clear()


def _ask(service: str) -> dict[str, int]:
    moment = now()
    said, asked_at, kept = _answers.get(service, ({}, moment, timedelta()))
    if not asked_at <= moment < asked_at + kept:
        try:
            said, kept = service_quotas.values(service), _KEPT
        except OnAirError as error:
            logger.warning("quotas not known", extra={"service": service, "reason": error.name()})
            kept = _KEPT_AFTER_FAILURE
        _answers[service] = (said, moment, kept)
    return said
