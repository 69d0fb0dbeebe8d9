"""Park the execution until a channel has reached a state: park, look, wait, with a deadline; an event is only a hint.

The token is stored first, then the channel is described: whatever happens in between, the event's trigger finds the
token or this look finds the state. If neither does (a lost event), the state's time-out and its retry look again. The
execution is resumed by this step or by ``tasks/triggers/channel_state_changed.py``, whichever sees it first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.domain.session import channel_key
from shared.domain.waits import Wanted, decide_wait, is_worth_a_look
from shared.gateways import ledger, medialive, parking
from shared.runtime.clock import now
from shared.runtime.steps import ChannelStep, locate, open_branch
from shared.runtime.task import Done, task
from shared.runtime.waits import look, wake

NO_TIME = timedelta(0)


class AwaitChannelStep(ChannelStep):
    """``attempt`` is the state's retry count; with the operation's number in front it never goes backwards. ``since``
    is when the state was entered."""

    wanted: Wanted
    attempt: int
    since: datetime
    task_token: str


@task
def handler(step: AwaitChannelStep) -> Done:
    open_branch(step)
    row = ledger.get(step.session_id, channel_key(step.destination_id))
    channel_id = locate(step, row)
    if channel_id is None:
        if row is not None:
            ledger.observe(step.session_id, row.key, medialive.DELETED, now())
        wake(step.task_token, "of this branch", medialive.DELETED, decide_wait(step.wanted, medialive.DELETED, NO_TIME))
        return Done()
    parked = parking.ParkedStep(
        channel_id=channel_id,
        wanted=step.wanted,
        token=step.task_token,
        attempt=step.operation * 1000 + step.attempt,
        since=step.since,
    )
    if parking.park(parked) and is_worth_a_look(step.wanted, step.attempt, now() - step.since):
        look(parked)
    return Done()
