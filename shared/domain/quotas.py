"""Whether a plan fits into what the region and the flow allow, before anything is made.

What is taken is what sessions have reserved, whether it exists already or not, and what AWS lists beyond that.
Pure; asked by ``shared/runtime/admission.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from shared.domain.model import Value
from shared.domain.plan import QuotaNeeds

#: The input types that count as push inputs (facts §7).
PUSH_INPUT_TYPES = frozenset({"RTP_PUSH", "UDP_PUSH", "RTMP_PUSH", "SRT_LISTENER", "MEDIACONNECT"})

#: So many ids are named in one sentence.
_NAMED = 10


class QuotaLimits(Value):
    """What is allowed: push inputs and channels a region, outputs a flow. The defaults are a new account's (facts
    §4)."""

    push_inputs: int = 5
    channels: int = 5
    flow_outputs: int = 50


class Held(Value):
    """What a session has reserved, for as long as it lives. ``flow_arn`` is empty in a host session.

    ``looked``: whether what AWS lists was counted when it was reserved. ``since``: when that was.
    """

    push_inputs: int
    channels: int
    flow_outputs: int
    flow_arn: str = ""
    since: datetime
    looked: bool


class Used(Value):
    """One resource that counts against a quota: its id, its session if it is one of ours, and whether it is in use.

    Not in use is what nobody needs any more: an input that is attached to nothing, or what a session has left behind.
    """

    resource_id: str
    session_id: str | None
    in_use: bool = True


class QuotaUsage(Value):
    """What AWS lists. ``flow_outputs`` are those of the one flow that is asked about."""

    push_inputs: tuple[Used, ...]
    channels: tuple[Used, ...]
    flow_outputs: tuple[Used, ...]

    def beyond(self, held: Mapping[str, Held], flow_arn: str) -> QuotaUsage:
        """What is listed and not covered by its session's reservation. More than a session has reserved is not."""
        here = {session: one.flow_outputs for session, one in held.items() if one.flow_arn == flow_arn}
        return QuotaUsage(
            push_inputs=_uncovered(self.push_inputs, {session: one.push_inputs for session, one in held.items()}),
            channels=_uncovered(self.channels, {session: one.channels for session, one in held.items()}),
            flow_outputs=_uncovered(self.flow_outputs, here),
        )

    def sessions(self) -> set[str]:
        every = (*self.push_inputs, *self.channels, *self.flow_outputs)
        return {one.session_id for one in every if one.session_id is not None}

    def left_by(self, over: Collection[str], alive: Collection[str]) -> QuotaUsage:
        """The same, where nothing that sessions have left which are over is in use, and all is that others have."""

        def marked(every: tuple[Used, ...]) -> tuple[Used, ...]:
            return tuple(
                one.model_copy(update={"in_use": one.session_id in alive}) if one.session_id in {*over, *alive} else one
                for one in every
            )

        return QuotaUsage(
            push_inputs=marked(self.push_inputs),
            channels=marked(self.channels),
            flow_outputs=marked(self.flow_outputs),
        )

    def leaves(self, limits: QuotaLimits) -> QuotaLimits:
        """What it leaves of the limits."""
        return QuotaLimits(
            push_inputs=limits.push_inputs - len(self.push_inputs),
            channels=limits.channels - len(self.channels),
            flow_outputs=limits.flow_outputs - len(self.flow_outputs),
        )


def fits(needs: QuotaNeeds, room: QuotaLimits, held: Mapping[str, Held], flow_arn: str) -> bool:
    """Whether a plan fits into what there is room for, besides what is reserved."""
    outputs = sum(one.flow_outputs for one in held.values() if one.flow_arn == flow_arn)
    return (
        needs.push_inputs + sum(one.push_inputs for one in held.values()) <= room.push_inputs
        and needs.channels + sum(one.channels for one in held.values()) <= room.channels
        and (needs.flow_outputs == 0 or needs.flow_outputs + outputs <= room.flow_outputs)
    )


def shortages(
    needs: QuotaNeeds,
    usage: QuotaUsage,
    limits: QuotaLimits,
    held: Mapping[str, Held] | None = None,
    flow_arn: str = "",
) -> tuple[str, ...]:
    """One sentence for each quota that the plan does not fit into; empty when it fits.

    ``usage``: what is listed and covered by none of the reservations in ``held``.
    """
    held = held or {}
    outputs = {session: one.flow_outputs for session, one in held.items() if one.flow_arn == flow_arn}
    checks = (
        (
            "push inputs of this region",
            needs.push_inputs,
            usage.push_inputs,
            {session: one.push_inputs for session, one in held.items()},
            limits.push_inputs,
            "ask for more under Service Quotas, AWS Elemental MediaLive, Push Inputs",
        ),
        (
            "channels of this region",
            needs.channels,
            usage.channels,
            {session: one.channels for session, one in held.items()},
            limits.channels,
            "ask for more under Service Quotas, AWS Elemental MediaLive, Channels",
        ),
        (
            "outputs of this flow",
            needs.flow_outputs,
            usage.flow_outputs,
            outputs,
            limits.flow_outputs,
            "AWS raises this one for nobody (AWS Elemental MediaConnect): take another flow",
        ),
    )
    return tuple(
        f"{what}: {need} needed, {limit} allowed, {len(used) + sum(reserved.values())} in use or reserved "
        f"({_by_whom(used, reserved)}); {_free(used)}{remedy}"
        for what, need, used, reserved, limit, remedy in checks
        if need and need + len(used) + sum(reserved.values()) > limit
    )


def _uncovered(listed: Iterable[Used], reserved: Mapping[str, int]) -> tuple[Used, ...]:
    left = dict(reserved)
    uncovered = []
    for one in listed:
        if one.session_id is not None and left.get(one.session_id, 0) > 0:
            left[one.session_id] -= 1
        else:
            uncovered.append(one)
    return tuple(uncovered)


def _by_whom(used: Iterable[Used], reserved: Mapping[str, int]) -> str:
    sessions = Counter(one.session_id for one in used if one.session_id) + Counter(reserved)
    foreign = [one.resource_id for one in used if not one.session_id]
    parts = [f"{count} by session {session}" for session, count in sorted(sessions.items())]
    if foreign:
        parts.append(f"{len(foreign)} not OnAir's: {_named(foreign)}")
    return "; ".join(parts) or "none"


def _free(used: Iterable[Used]) -> str:
    unused = [one.resource_id for one in used if not one.in_use]
    return f"nobody uses, and could be deleted: {_named(unused)}; " if unused else ""


def _named(ids: list[str]) -> str:
    return ", ".join(ids[:_NAMED]) + (" …" if len(ids) > _NAMED else "")
