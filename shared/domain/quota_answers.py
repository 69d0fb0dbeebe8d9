"""What the API answers about quotas: what is allowed, and who has how much of it.

Counted as a request for a session is counted (``quotas.py``): what sessions have reserved, and what AWS lists beyond
that. Pure; called by ``shared/runtime/quota_report.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.domain.model import Value
from shared.domain.quotas import Held, QuotaLimits, QuotaUsage, Used


class QuotaShare(Value):
    """What one session has of a quota, or, with no ``session_id``, all that is not OnAir's. ``count``: what it has
    reserved, and what of it AWS lists beyond that; ``resource_ids``: all that AWS lists, a flow's outputs by name."""

    session_id: str | None
    count: int
    resource_ids: tuple[str, ...]


class QuotaAnswer(Value):
    """A quota: ``channels``, ``push_inputs``, or one flow's ``flow_outputs``. ``used`` may be more than ``limit``,
    where others use it, too."""

    name: str
    title: str
    limit: int
    used: int
    flow_arn: str | None
    by: tuple[QuotaShare, ...]


class QuotaList(Value):
    """The region's quotas first, then those of each flow that sessions have taken their source from."""

    quotas: tuple[QuotaAnswer, ...]


def quota_list(
    limits: QuotaLimits,
    held: Mapping[str, Held],
    region: QuotaUsage,
    flows: Mapping[str, QuotaUsage],
) -> QuotaList:
    """``region``: what is listed in the region; ``flows``: by ARN, what is listed on each."""
    beyond = region.beyond(held, "")
    channels = {session: one.channels for session, one in held.items()}
    push_inputs = {session: one.push_inputs for session, one in held.items()}
    answers = [
        _answer("channels", "Channels of this region", limits.channels, channels, region.channels, beyond.channels),
        _answer(
            "push_inputs",
            "Push inputs of this region",
            limits.push_inputs,
            push_inputs,
            region.push_inputs,
            beyond.push_inputs,
        ),
    ]
    for arn, usage in flows.items():
        outputs = {session: one.flow_outputs for session, one in held.items() if one.flow_arn == arn}
        title, listed = "Outputs of this flow", usage.flow_outputs
        uncovered = usage.beyond(held, arn).flow_outputs
        answers.append(_answer("flow_outputs", title, limits.flow_outputs, outputs, listed, uncovered, arn))
    return QuotaList(quotas=tuple(answers))


def _answer(
    name: str,
    title: str,
    limit: int,
    reserved: Mapping[str, int],
    listed: Iterable[Used],
    beyond: Iterable[Used],
    flow_arn: str | None = None,
) -> QuotaAnswer:
    counts: dict[str | None, int] = {session: count for session, count in reserved.items() if count}
    for one in beyond:
        counts[one.session_id] = counts.get(one.session_id, 0) + 1
    ids: dict[str | None, list[str]] = {}
    for one in listed:
        ids.setdefault(one.session_id, []).append(one.resource_id)
    shares = sorted(counts.items(), key=lambda item: (item[0] is None, -item[1], item[0] or ""))
    return QuotaAnswer(
        name=name,
        title=title,
        limit=limit,
        used=sum(counts.values()),
        flow_arn=flow_arn,
        by=tuple(
            QuotaShare(session_id=session, count=count, resource_ids=tuple(ids.get(session, ())))
            for session, count in shares
        ),
    )
