"""Stop the older execution of the session and wait until nothing that it had in flight can still take effect.

Of ``end_session``, which always wins, and of the stops, which win over a start: the newer fencing number refuses the
older execution's writes, and this stops its states. A call that may still be under way is waited for: until
``IN_FLIGHT`` after the older execution stopped, until ``in_flight_until`` of every intent, and until that of the
request that makes the session. Idempotent.
"""

from __future__ import annotations

from datetime import timedelta

from shared.domain.errors import NotReady, Superseded
from shared.domain.session import ResourceState
from shared.gateways import executions, sessions
from shared.gateways.clients import IN_FLIGHT
from shared.runtime.clock import now
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import Done, task

#: An execution that gives up begins this one as its last step: so long it has to say itself why it has failed.
GIVING_UP = timedelta(seconds=5)


@task
def handler(step: SessionStep) -> Done:
    record = open_session(step)
    quiet_at = [record.request_in_flight_until]
    if record.previous_execution_arn is not None:
        older = executions.describe(record.previous_execution_arn)
        if older is not None and older.status == "RUNNING":
            if record.operation.requested_by is None and now() < record.operation.claimed_at + GIVING_UP:
                raise NotReady("the older execution may have begun this one, and ends by itself")
            taken = Superseded(f"operation {step.operation} ({record.operation.kind}) takes its place").info().failure()
            executions.stop(record.previous_execution_arn, taken.Error, taken.Cause)
            raise NotReady("the older execution has just been stopped")
        if older is not None and older.status != "SUCCEEDED" and older.stopped_at is not None:
            quiet_at.append(older.stopped_at + IN_FLIGHT)  # its Lambdas go on when their execution is stopped
    quiet_at += [
        row.in_flight_until
        for row in sessions.view(step.session_id).resources
        if row.state is ResourceState.INTENDED and row.in_flight_until is not None
    ]
    latest = max(quiet_at)
    if now() < latest:
        raise NotReady(f"a call of an older step may be under way until {latest:%H:%M:%S} UTC")
    return Done()
