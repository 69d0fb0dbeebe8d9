"""Delete the input of one branch, and see it gone.

Compensation of ``tasks/provision/create_input.py``. Idempotent. An input is released by its channel only when that is
DELETED (facts §2.3), and it has no events: it goes within seconds, for which the step waits; while it is attached, or
not gone yet, the step says ``NotReady`` and is asked again.
"""

from __future__ import annotations

from shared.domain.errors import NotReady
from shared.domain.session import input_key
from shared.gateways import ledger, medialive
from shared.runtime.clock import now
from shared.runtime.patience import patience, patiently
from shared.runtime.steps import ChannelStep, locate, open_branch, state_of
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    open_branch(step)
    key = input_key(step.destination_id)
    row = ledger.get(step.session_id, key)
    input_id = locate(step, row)
    if input_id is None:
        if row is not None:
            ledger.mark_deleted(step.session_id, step.operation, row, now())
        return Done()
    state = state_of(row, medialive.describe_input(input_id))
    if state in ("CREATING", "ATTACHED"):
        raise NotReady(f"input {input_id} is {state}")
    if state == "DETACHED":
        medialive.delete_input(input_id)
    if state != medialive.DELETED:
        patiently(patience(), NotReady, lambda: _see_gone(input_id))
    ledger.observe(step.session_id, key, medialive.DELETED, now())
    return Done()


def _see_gone(input_id: str) -> None:
    """Raises ``NotReady`` while it is still there."""
    state = medialive.describe_input(input_id).state
    if state != medialive.DELETED:
        raise NotReady(f"input {input_id} is {state}")
