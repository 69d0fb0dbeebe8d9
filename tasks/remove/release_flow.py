"""Take the session's need of the flow's address out of the stage's security groups.

Compensation of ``tasks/provision/admit_flow.py``. Idempotent. A rule goes when the last session that needs it has
gone; a group without rules goes too.
"""

from __future__ import annotations

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
        for group in security_groups.groups():
            released = group.without_user(step.session_id)
            if released is not group:
                security_groups.save(released)
            if released is not group or not released.cidrs():
                write_group(released)
    return Done()
