"""Let whoever feeds the session through a security group of the stage, and say which group that is.

A flow's egress address, or the addresses that a host session's caller gave.
Saga step: forward. Undone by ``tasks/remove/release_source.py``. Idempotent: the need is counted per session.
"""

from __future__ import annotations

from shared.domain.errors import FlowNotActive, NotReady
from shared.domain.model import Value
from shared.domain.security_groups import choose_group
from shared.domain.session_spec import SavedSpec
from shared.domain.sources import RtmpSource
from shared.gateways import mediaconnect, security_groups
from shared.gateways.locks import security_group_lock
from shared.runtime.clock import now
from shared.runtime.security_groups import write_group
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import task


class SourceAdmitted(Value):
    security_group_id: str


@task
def handler(step: SessionStep) -> SourceAdmitted:
    open_session(step)
    with security_group_lock(now()):
        record = open_session(step)  # once more, under the lock: a session that is ending must not come in again
        cidrs = _addresses(record.spec)  # here, or each of those who wait for the lock would ask for it each time
        group = choose_group(security_groups.groups(), cidrs, step.session_id).with_user(cidrs, step.session_id)
        security_groups.save(group)
        group = write_group(group)
    return SourceAdmitted(security_group_id=group.group_id or "")


def _addresses(spec: SavedSpec) -> tuple[str, ...]:
    """Raises ``FlowNotActive``, and ``NotReady`` while the flow is between states."""
    if isinstance(spec.source, RtmpSource):
        return spec.source.cidrs()
    flow = mediaconnect.describe_flow(spec.source.flow_arn)
    if flow.status in mediaconnect.BETWEEN:
        raise NotReady(f"flow {flow.name} is {flow.status}")
    if flow.status != "ACTIVE" or flow.egress_ip is None:
        raise FlowNotActive(f"flow {flow.name} is {flow.status or 'without an egress address'}")
    return (f"{flow.egress_ip}/32",)
