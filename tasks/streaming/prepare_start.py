"""Lay out which channels go on the air: those that are built, and what each needs before it is started.

First state of ``start_streaming``. It makes nothing, so nothing undoes it.
"""

from __future__ import annotations

from shared.domain.errors import ChannelLost
from shared.domain.model import Value
from shared.domain.plan import plan_resources
from shared.domain.session import DestinationStatus, ResourceState, channel_key
from shared.gateways import ledger, medialive
from shared.gateways.settings import settings
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import task


class StartingChannel(Value):
    """``records``: its outputs are set anew, since every run writes to a place of its own. ``runs``: it runs for a
    recording alone and has to be stopped before its outputs can be changed (facts §2.3)."""

    destination_id: str
    records: bool
    runs: bool


class StartPlan(Value):
    """The workflow's state from here on: ids only. ``error`` is where a Catch puts what it caught."""

    session_id: str
    operation: int
    channels: tuple[StartingChannel, ...]
    error: None = None


@task
def handler(step: SessionStep) -> StartPlan:
    record = open_session(step)
    starting = []
    for channel in plan_resources(settings().stage, step.session_id, record.spec).streaming():
        row = ledger.get(step.session_id, channel_key(channel.destination_id))
        if row is None or row.state is not ResourceState.CREATED or row.resource_id is None:
            continue  # it was rolled back when the session was provisioned
        runs = channel.records and medialive.describe_channel(row.resource_id).state != "IDLE"
        ledger.set_destination(step.session_id, step.operation, channel.destination_id, DestinationStatus.STARTING)
        starting.append(StartingChannel(destination_id=channel.destination_id, records=channel.records, runs=runs))
    if not starting:
        raise ChannelLost("none of the session's channels is there any more")
    return StartPlan(session_id=step.session_id, operation=step.operation, channels=tuple(starting))
