"""Remove the branch's outputs from the flow.

Compensation of ``tasks/provision/add_flow_outputs.py``. Idempotent: an output that is not there, or a flow that is not
there, is success. Outputs are found by name, which is unique within a flow.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.errors import FlowBusy, NotReady
from shared.domain.session import Resource, ResourceKind, ResourceState
from shared.gateways import ledger
from shared.gateways.locks import flow_lock
from shared.runtime.clock import now
from shared.runtime.flow_outputs import existing_flow, remove_output
from shared.runtime.patience import patience, patiently
from shared.runtime.steps import ChannelStep, open_branch
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    branch = open_branch(step)
    rows = [
        row
        for row in ledger.resources(step.session_id)
        if row.destination_id == step.destination_id
        and row.kind is ResourceKind.FLOW_OUTPUT
        and row.state is not ResourceState.DELETED
    ]
    if not rows:
        return Done()
    flow_arn = branch.record.spec.flow_arn
    patiently(patience(), FlowBusy, lambda: _remove_all(flow_arn, rows))
    for row in rows:
        ledger.mark_deleted(step.session_id, step.operation, row, now())
    return Done()


def _remove_all(flow_arn: str, rows: Sequence[Resource]) -> None:
    """Raises ``FlowBusy``, and what ``_remove`` does."""
    with flow_lock(flow_arn, now()):
        for row in rows:
            _remove(flow_arn, row)


def _remove(flow_arn: str, row: Resource) -> None:
    """Remove one output and see it gone. Raises ``NotReady`` while the flow is between states, or the add in flight."""
    flow = existing_flow(flow_arn)
    output = flow.output(row.name) if flow else None
    if flow is None or output is None:
        may_come = row.state is ResourceState.INTENDED and row.in_flight_until is not None
        if flow is not None and may_come and row.in_flight_until and now() < row.in_flight_until:
            raise NotReady(f"output {row.name} is not found, but the call that adds it may still be under way")
        return
    remove_output(flow, output)
