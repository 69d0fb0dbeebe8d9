"""Let the flow's egress address through the stage's input security group, and say which group that is.

Saga step: forward. Undone by ``tasks/remove/release_flow.py``. Idempotent: the need is counted per session.
"""

from __future__ import annotations

from shared.domain.errors import FlowNotActive, NotReady
from shared.domain.model import Value
from shared.domain.security_groups import choose_group
from shared.gateways import mediaconnect, security_groups
from shared.gateways.locks import security_group_lock
from shared.runtime.clock import now
from shared.runtime.security_groups import write_group
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import task


class FlowAdmitted(Value):
    security_group_id: str


@task
def handler(step: SessionStep) -> FlowAdmitted:
    flow = mediaconnect.describe_flow(open_session(step).spec.source.flow_arn)
    if flow.status in mediaconnect.BETWEEN:
        raise NotReady(f"flow {flow.name} is {flow.status}")
    if flow.status != "ACTIVE" or flow.egress_ip is None:
        raise FlowNotActive(f"flow {flow.name} is {flow.status or 'without an egress address'}")
    cidr = f"{flow.egress_ip}/32"
    with security_group_lock(now()):
        open_session(step)  # once more, under the lock: a session that is ending must not come in again
        group = choose_group(security_groups.groups(), cidr, step.session_id).with_user(cidr, step.session_id)
        security_groups.save(group)
        group = write_group(group)
    return FlowAdmitted(security_group_id=group.group_id or "")
