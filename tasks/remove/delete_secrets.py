"""Delete the session's secrets from the parameter store.

Compensation of what ``POST /sessions`` wrote there. Idempotent: all names that a destination can have are deleted, by
plan.
"""

from __future__ import annotations

from shared.domain.names import parameter_name
from shared.domain.session_spec import SavedSpec, SecretName
from shared.gateways import parameters
from shared.gateways.settings import settings
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import Done, task


@task
def handler(step: SessionStep) -> Done:
    record = open_session(step)
    parameters.delete_secrets(secret_parameters(step.session_id, record.spec))
    return Done()


def secret_parameters(session_id: str, spec: SavedSpec) -> list[str]:
    """Every parameter that the session can have."""
    return [
        parameter_name(settings().stage, session_id, destination.id, secret)
        for destination in spec.destinations
        for secret in SecretName
    ]
