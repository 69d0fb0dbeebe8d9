"""Service Quotas: what the account may have here and now, asked by the names that its console shows.

The names of MediaLive's quotas are in no page of its guide. "Channels" (L-D1AFAF75) and "Push Inputs" (L-9E233AF7) are
what Service Quotas itself lists for ``medialive``: docs/reference/quotas.md. A name that is not there is no error.
"""

from __future__ import annotations

from typing import Any

from shared.gateways.clients import client
from shared.gateways.translate import translated


def values(service: str) -> dict[str, int]:
    """The quotas that apply to a service (``medialive``), by name."""
    pages: Any = client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode=service)
    with translated(f"ListServiceQuotas of {service}"):
        return {
            str(one["QuotaName"]): int(one["Value"])
            for page in pages
            for one in page["Quotas"]
            if "QuotaName" in one and "Value" in one
        }
