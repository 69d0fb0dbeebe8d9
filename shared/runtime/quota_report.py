"""What is used of the quotas, and by whom, as the API shows it to operators.

Counted as ``admission.py`` counts; AWS's lists are read before the reservations, as there.
"""

from __future__ import annotations

from shared.domain.errors import FlowNotFound
from shared.domain.quota_answers import QuotaList, quota_list
from shared.domain.quotas import QuotaUsage
from shared.gateways import reservations
from shared.gateways.known_flows import known_flows
from shared.runtime.admission import listed_in_region, listed_on
from shared.runtime.quota_limits import quota_limits

#: So many flows are looked at, those that were used last: a region has twenty unless more were asked for (facts §4).
MOST_FLOWS = 20


def quota_report() -> QuotaList:
    """Raises ``Throttled`` when AWS can't be asked for being asked too much."""
    region = listed_in_region()
    flows: dict[str, QuotaUsage] = {}
    for flow in sorted(known_flows(), key=lambda one: one.used_at, reverse=True)[:MOST_FLOWS]:
        try:
            flows[flow.flow_arn] = listed_on(flow.flow_arn)
        except FlowNotFound:
            continue
    return quota_list(quota_limits(), reservations.read().held, region, flows)
