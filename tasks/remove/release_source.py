"""Take the session's need of its source's addresses out of the stage's security groups.

Compensation of ``tasks/provision/admit_source.py``. Idempotent. A rule goes when the last session that needs it has
gone; a group without rules goes too.
"""

from __future__ import annotations

import contextlib

from shared.domain.errors import Transient, Waiting
from shared.gateways import security_groups
from shared.gateways.locks import security_group_lock
from shared.runtime.clock import now
from shared.runtime.security_groups import write_group
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import Done, task


@task
def handler(step: SessionStep) -> Done:
    open_session(step)
    with security_group_lock(now()):
        groups = security_groups.groups()
        for group in groups:
            if group.has_user(step.session_id):
                leaving = group.with_leaving(step.session_id)
                security_groups.save(leaving)
                write_group(leaving)
        for group in groups:
            if not group.users and (group.group_id or group.in_flight_until):
                # An earlier release could not delete it, which is not this session's fault. A call of unknown outcome
                # must be known to the lock, though.
                with contextlib.suppress(Transient, Waiting):
                    write_group(group)
    return Done()
