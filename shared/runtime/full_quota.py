"""Whether a call that AWS went on throttling was refused for a quota: then waiting does not help, so the error says it.

Which code MediaLive gives a full quota is not established; it may be the one of throttling (facts §3). So every retry
comes first, and then its own lists tell, never the text. Called by ``tasks/remove/report_rollback.py``.
"""

from __future__ import annotations

from contextlib import suppress

from shared.domain.errors import ErrorInfo, OnAirError, QuotaExceeded, Throttled
from shared.domain.names import SESSION_TAG
from shared.domain.plan import ChannelPlan, QuotaNeeds
from shared.domain.quotas import PUSH_INPUT_TYPES, QuotaUsage, Used, shortages
from shared.gateways import medialive
from shared.runtime.quota_limits import quota_limits


def explained(error: ErrorInfo, branch: ChannelPlan) -> ErrorInfo:
    """``QuotaExceeded`` with the usage for a ``Throttled`` whose branch, rolled back, has no room in the region; any
    other error as it is, and this one, too, when the lists can't be had or show room."""
    if error.name != Throttled.name():
        return error
    needs = QuotaNeeds(push_inputs=1, channels=1, flow_outputs=0)
    with suppress(OnAirError):
        short = shortages(needs, _others(branch), quota_limits(), {}, "")
        if short:
            return QuotaExceeded(" | ".join((error.cause, *short))).info()
    return error


def _others(branch: ChannelPlan) -> QuotaUsage:
    """What is in use without the branch itself, which a list may still show."""
    return QuotaUsage(
        push_inputs=tuple(
            Used(resource_id=one.id, session_id=one.tags.get(SESSION_TAG), in_use=one.state != "DETACHED")
            for one in medialive.list_inputs()
            if one.type in PUSH_INPUT_TYPES and one.state != medialive.DELETED and one.name != branch.input_name
        ),
        channels=tuple(
            Used(resource_id=one.id, session_id=one.tags.get(SESSION_TAG))
            for one in medialive.list_channels()
            if one.state != medialive.DELETED and one.name != branch.channel_name
        ),
        flow_outputs=(),
    )
