"""Delete the session's secrets from the parameter store.

Compensation of what ``POST /sessions`` wrote there. Idempotent: all names that a destination can have are deleted, by
plan.
"""

from __future__ import annotations

from shared.domain.plan import secret_parameters
from shared.gateways import parameters
from shared.gateways.settings import settings
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import Done, task


@task
def handler(step: SessionStep) -> Done:
    record = open_session(step)
    parameters.delete_secrets(secret_parameters(settings().stage, step.session_id, record.spec))
    return Done()
