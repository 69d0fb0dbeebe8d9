"""A session as the API answers it, with what that takes beside its rows: its cost, and a host's ingest names."""

from __future__ import annotations

from shared.domain.answers import IngestEndpoint, SessionAnswer, answer
from shared.domain.names import parameter_name
from shared.domain.plan import ResourcePlan, plan_resources
from shared.domain.session import ResourceState, SessionView, input_key
from shared.gateways import parameters, sessions
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.money import spent


def session_answer(session_id: str, for_owner: bool) -> SessionAnswer:
    """``for_owner``: the ingest names are shown, which whoever knows can go on the air with. Raises
    ``SessionNotFound``."""
    view, moment = sessions.view(session_id), now()
    endpoints = ingest_endpoints(view) if for_owner else ()
    return answer(view, spent(view, moment).total, moment, endpoints)


def ingest_endpoints(view: SessionView) -> tuple[IngestEndpoint, ...]:
    """Where the host's encoder pushes to, one for each pipeline; empty until the input has its addresses, and once it
    is gone."""
    stage, session_id = settings().stage, view.record.session_id
    plan: ResourcePlan = plan_resources(stage, session_id, view.record.spec)
    rows = {row.key: row for row in view.resources if row.state is not ResourceState.DELETED}
    found = []
    for channel in plan.channels:
        row = rows.get(input_key(channel.destination_id))
        names = [
            parameter_name(stage, session_id, channel.destination_id, secret) for secret in channel.ingest_secrets()
        ]
        if row is None or not row.addresses or not names:
            continue
        values = parameters.get_secrets(names)
        for address, name in zip(row.addresses, names, strict=False):
            application, _, instance = values.get(name, "").partition("/")
            if instance:
                found.append(IngestEndpoint(url=f"rtmp://{address}/{application}", stream_name=instance))
    return tuple(found)
