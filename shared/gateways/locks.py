"""Short locks in the table, for what AWS takes one writer at a time: a flow's outputs, a security group's rules.

A lock lapses by itself after the holder's function can no longer run, so that a killed function blocks nobody for
long, and nobody takes it while the killed one's last call may still arrive.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from uuid import uuid4

from shared.domain.errors import FlowBusy, NotReady, OnAirError, OutcomeUnknown
from shared.gateways import table
from shared.gateways.clients import IN_FLIGHT
from shared.gateways.translate import ConditionFailed


@contextmanager
def flow_lock(flow_arn: str, now: datetime) -> Iterator[None]:
    """Be the only writer of a flow's outputs. Raises ``FlowBusy`` while another is."""
    with _lock(f"FLOW#{flow_arn}", now, FlowBusy("another step is writing to the flow")):
        yield


@contextmanager
def security_group_lock(now: datetime) -> Iterator[None]:
    """Be the only writer of the stage's security groups. Raises ``NotReady`` while another is."""
    with _lock("STAGE", now, NotReady("another step is writing to the security groups")):
        yield


@contextmanager
def _lock(pk: str, now: datetime, busy: OnAirError) -> Iterator[None]:
    holder = uuid4().hex
    moment = int(now.timestamp())
    until = moment + int(IN_FLIGHT.total_seconds())
    try:
        table.put(
            {"pk": pk, "sk": "LOCK", "holder": holder, "until": until},
            "attribute_not_exists(pk) OR #until < :now OR holder = :holder",
            {":now": moment, ":holder": holder},
        )
    except ConditionFailed:
        raise busy from None
    try:
        yield
    except OutcomeUnknown:
        raise  # the call may still arrive: the lock is left to lapse
    except BaseException:
        _release(pk, holder)
        raise
    _release(pk, holder)


def _release(pk: str, holder: str) -> None:
    with suppress(ConditionFailed):
        table.delete(pk, "LOCK", "holder = :holder", {":holder": holder})
