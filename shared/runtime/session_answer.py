"""A session as the API answers it, with what that takes beside its rows: its cost, and where a host pushes to."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.answers import IngestEndpoint, SessionAnswer, answer
from shared.domain.names import parameter_name
from shared.domain.plan import plan_resources
from shared.domain.session import ResourceState, SessionView, input_key
from shared.gateways import parameters, sessions
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.money import spent


def session_answer(session_id: str) -> SessionAnswer:
    """A session for whoever may see it. Raises ``SessionNotFound``."""
    view, moment = sessions.view(session_id), now()
    return answer(view, spent(view, moment).total, moment, [address for address, _ in _pushed_to(view)])


def ingest_endpoints(session_id: str) -> tuple[IngestEndpoint, ...]:
    """Where the host's encoder pushes to, whole: whoever knows it can go on the air. One for each pipeline; empty until
    the input has its addresses, and once it is gone. Raises ``SessionNotFound``."""
    found = list(_pushed_to(sessions.view(session_id)))
    values = parameters.get_secrets([name for _, name in found]) if found else {}
    split = [(address, *values.get(name, "").partition("/")) for address, name in found]
    return tuple(
        IngestEndpoint(url=f"rtmp://{address}/{application}", stream_name=instance)
        for address, application, _, instance in split
        if instance
    )


def _pushed_to(view: SessionView) -> Iterator[tuple[str, str]]:
    """The address of each endpoint of the session's inputs, and the parameter that holds what is pushed to there."""
    stage, session_id = settings().stage, view.record.session_id
    rows = {row.key: row for row in view.resources if row.state is not ResourceState.DELETED}
    for channel in plan_resources(stage, session_id, view.record.spec).channels:
        row = rows.get(input_key(channel.destination_id))
        secrets = channel.ingest_secrets()
        if row is not None:
            names = [parameter_name(stage, session_id, channel.destination_id, secret) for secret in secrets]
            yield from zip(row.addresses, names, strict=False)
