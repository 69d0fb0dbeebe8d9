"""Look at the channel of a parked step and wake the step if its wait is over, one way or the other.

Used by the step itself and by the event trigger. The token is removed after it was sent: if we die in between, it is
sent again, which is harmless.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.domain.session import channel_key
from shared.domain.waits import Verdict, WaitDecision, decide_wait
from shared.gateways import executions, ledger, medialive, parking, recordings
from shared.runtime.clock import now
from shared.runtime.input_loss import glance_at_input
from shared.runtime.log import logger
from shared.runtime.steps import shows

#: States of a channel that does not run, nor comes up or drains.
_AT_REST = frozenset({"IDLE", "CREATE_FAILED", "UPDATING", "UPDATE_FAILED", "DELETING", "DELETED"})


def look(*steps: parking.ParkedStep) -> None:
    """Describe the channel once and decide for each step. All steps are of one channel."""
    if not steps:
        return
    channel_id = steps[0].channel_id
    seen = _observe(channel_id)
    if seen is None:
        return
    state = seen.state
    for step in steps:
        decision = decide_wait(step.wanted, state, now() - step.since)
        logger.info("look", extra={"channel_id": channel_id, "wanted": step.wanted, "reason": decision.reason})
        if wake(step.token, channel_id, state, decision):
            parking.unpark(step)
    seen.glance()


def wake(token: str, channel_id: str, state: str, decision: WaitDecision) -> bool:
    """Send what was decided to a parked step. False while it has to wait on."""
    if decision.verdict is Verdict.WAIT:
        return False
    if decision.verdict is Verdict.REACHED:
        executions.resume(token, {"state": state})
    else:
        executions.fail(token, decision.error or "", f"channel {channel_id}: {decision.reason}")
    return True


def observe(channel_id: str) -> str | None:
    """Describe a channel and keep the ledger's ``observed`` true, for whoever watches.

    None while the channel was just made and does not show yet.
    """
    seen = _observe(channel_id)
    if seen is None:
        return None
    seen.glance()
    return seen.state


@dataclass(frozen=True)
class _Observed:
    """The state that AWS told of a channel. ``came_up``: whose it is, if nobody had seen it running before."""

    state: str
    came_up: parking.ChannelOwner | None = None

    def glance(self) -> None:
        """Whether a channel that has come up has input: the event that there is none yet may get lost."""
        if self.came_up is not None:
            glance_at_input(self.came_up.session_id, self.came_up.destination_id)


def _observe(channel_id: str) -> _Observed | None:
    """``observe`` without its glance at the input, for which nobody who is waiting has to wait."""
    seen = medialive.describe_channel(channel_id)
    owner = parking.owner_of(channel_id)
    if owner is None:
        return _Observed(seen.state)
    key, moment = channel_key(owner.destination_id), now()
    row = ledger.get(owner.session_id, key)
    if not shows(row, seen):
        return None
    if row is None or row.observed != seen.state:
        ledger.observe(owner.session_id, key, seen.state, moment)
    return _Observed(seen.state, owner if _note_run(owner, seen.state, moment) else None)


def _note_run(owner: parking.ChannelOwner, state: str, moment: datetime) -> bool:
    """Keep the channel's run true: recordings are cut by it, costs are counted by it. Whether it has come up now."""
    if state != "RUNNING" and state not in _AT_REST:
        return False
    run = recordings.last_run(owner.session_id, owner.destination_id)
    if run is not None and state == "RUNNING" and run.running_at is None:
        recordings.note_running(owner.session_id, run, moment)
        return True
    if run is not None and state in _AT_REST and run.running_at is not None and run.stopped_at is None:
        recordings.note_stopped(owner.session_id, run, moment)
    return False
