"""Whether a channel has reached what a parked step waits for. Asked by the step itself and by the event trigger.

MediaLive's events are best effort, late and repeated (facts §1.1), so nobody believes one: the channel is described,
and this decides.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from shared.domain.channel_states import GONE, STANDS_STILL
from shared.domain.errors import ChannelCreateFailed, ChannelLost, ChannelStartFailed, Permanent
from shared.domain.model import Value


class Wanted(StrEnum):
    """What a step waits for. ``created`` and ``stopped`` are both IDLE to the API; they differ in what makes them
    vain."""

    CREATED = "created"
    RUNNING = "running"
    STOPPED = "stopped"
    DELETED = "deleted"


class Verdict(StrEnum):
    REACHED = "reached"
    UNREACHABLE = "unreachable"
    WAIT = "wait"


class WaitDecision(Value):
    """The verdict, with the error's name and the reason in words when it is unreachable."""

    verdict: Verdict
    error: str | None = None
    reason: str


#: No start takes less (facts §2.4).
STARTS_IN = timedelta(seconds=60)
#: A describe may lag a StartChannel: an IDLE channel counts as one that would not start only after this long.
START_GRACE = timedelta(seconds=10)

_REACHED = {
    Wanted.CREATED: frozenset({"IDLE", "RUNNING", "STARTING"}),
    Wanted.RUNNING: frozenset({"RUNNING"}),
    Wanted.STOPPED: STANDS_STILL | GONE,
    Wanted.DELETED: frozenset({"DELETED"}),
}


def is_worth_a_look(wanted: Wanted, attempt: int, waited_for: timedelta) -> bool:
    """Whether a step that nobody has woken looks for itself: not twice before the channel can be there at all."""
    return attempt == 0 or wanted is not Wanted.RUNNING or waited_for >= STARTS_IN


def decide_wait(wanted: Wanted, observed: str, waited_for: timedelta) -> WaitDecision:
    """``observed`` is the state that DescribeChannel told; ``DELETED`` stands for a channel that is not found, too."""
    if observed in _REACHED[wanted]:
        return WaitDecision(verdict=Verdict.REACHED, reason=f"the channel is {observed}")
    failure = _failure(wanted, observed, waited_for)
    if failure is not None:
        return WaitDecision(
            verdict=Verdict.UNREACHABLE,
            error=failure.name(),
            reason=f"waiting for {wanted}, but the channel is {observed}",
        )
    return WaitDecision(verdict=Verdict.WAIT, reason=f"the channel is {observed}, not {wanted} yet")


def _failure(wanted: Wanted, observed: str, waited_for: timedelta) -> type[Permanent] | None:
    if wanted is Wanted.CREATED:
        if observed == "CREATE_FAILED":
            return ChannelCreateFailed
        return ChannelLost if observed in GONE else None
    if wanted is Wanted.RUNNING:
        if observed in GONE:
            return ChannelLost
        stopped = observed == "STOPPING" or (observed in ("IDLE", "UPDATE_FAILED") and waited_for >= START_GRACE)
        return ChannelStartFailed if stopped else None
    return None
