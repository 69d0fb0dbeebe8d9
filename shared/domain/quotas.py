"""Whether a plan fits into what the region and the flow allow, before anything is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from shared.domain.model import Value
from shared.domain.plan import QuotaNeeds

#: The input types that count as push inputs (facts §7).
PUSH_INPUT_TYPES = frozenset({"RTP_PUSH", "UDP_PUSH", "RTMP_PUSH", "SRT_LISTENER", "MEDIACONNECT"})


class QuotaLimits(Value):
    """What is allowed: push inputs and channels a region, outputs a flow. The defaults are a new account's (facts
    §4)."""

    push_inputs: int = 5
    channels: int = 5
    flow_outputs: int = 50


class Used(Value):
    """One resource that counts against a quota: its id, its session if it is one of ours, and whether it is in use."""

    resource_id: str
    session_id: str | None
    in_use: bool = True


class QuotaUsage(Value):
    push_inputs: tuple[Used, ...]
    channels: tuple[Used, ...]
    flow_outputs: tuple[Used, ...]


def shortages(needs: QuotaNeeds, usage: QuotaUsage, limits: QuotaLimits) -> tuple[str, ...]:
    """One sentence for each quota that the plan does not fit into; empty when it fits."""
    checks = (
        (
            "push inputs of this region",
            needs.push_inputs,
            usage.push_inputs,
            limits.push_inputs,
            "AWS Elemental MediaLive",
        ),
        ("channels of this region", needs.channels, usage.channels, limits.channels, "AWS Elemental MediaLive"),
        (
            "outputs of this flow",
            needs.flow_outputs,
            usage.flow_outputs,
            limits.flow_outputs,
            "AWS Elemental MediaConnect",
        ),
    )
    return tuple(
        f"{what}: {need} needed, {limit} allowed, {len(used)} in use ({_by_whom(used)}); {_free(used)}"
        f"ask for more under Service Quotas, {service}"
        for what, need, used, limit, service in checks
        if need + len(used) > limit
    )


def _by_whom(used: Iterable[Used]) -> str:
    sessions = Counter(one.session_id for one in used if one.session_id)
    foreign = [one.resource_id for one in used if not one.session_id]
    parts = [f"{count} by session {session}" for session, count in sorted(sessions.items())]
    if foreign:
        parts.append(f"{len(foreign)} not OnAir's: {', '.join(foreign[:10])}{' …' if len(foreign) > 10 else ''}")
    return "; ".join(parts) or "none"


def _free(used: Iterable[Used]) -> str:
    unused = [one.resource_id for one in used if not one.in_use]
    return f"not attached to anything and could be deleted: {', '.join(unused[:10])}; " if unused else ""
