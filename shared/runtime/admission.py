"""Whether a session may be made: its flow exists, if it has one, and what it needs fits into the quotas.

Asked before anything is made."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shared.domain.errors import FieldFault, FlowNotFound, InvalidRequest, QuotaExceeded
from shared.domain.names import SESSION_TAG
from shared.domain.plan import plan_resources
from shared.domain.quotas import PUSH_INPUT_TYPES, QuotaUsage, Used, shortages
from shared.domain.session_spec import SavedSpec, SessionSpec
from shared.gateways import ivs, mediaconnect, medialive
from shared.gateways.clients import region
from shared.gateways.settings import settings


def check_admission(session_id: str, spec: SessionSpec | SavedSpec) -> None:
    """Raises ``InvalidRequest`` for IVS in a region without it, ``FlowNotFound``, or ``QuotaExceeded``, which says
    which quota, how much of it is used by whom, what could go, and where to ask for more."""
    plan = plan_resources(settings().stage, session_id, spec)
    if any(channel.ivs_channel_name for channel in plan.channels) and not ivs.is_available():
        fault = FieldFault(field="destinations.0.platform", message=f"must not be ivs: Amazon IVS is not in {region()}")
        raise InvalidRequest("Amazon IVS is not in this region", (fault,))
    outputs = () if spec.is_hosted else _flow(spec.flow_arn).outputs
    usage = QuotaUsage(
        push_inputs=tuple(
            Used(resource_id=one.id, session_id=one.tags.get(SESSION_TAG), in_use=one.state != "DETACHED")
            for one in medialive.list_inputs()
            if one.type in PUSH_INPUT_TYPES and one.state != medialive.DELETED
        ),
        channels=tuple(
            Used(resource_id=one.id, session_id=one.tags.get(SESSION_TAG))
            for one in medialive.list_channels()
            if one.state != medialive.DELETED
        ),
        flow_outputs=tuple(Used(resource_id=one.name, session_id=None) for one in outputs),
    )
    short = shortages(plan.needs(), usage, settings().quotas)
    if short:
        raise QuotaExceeded(" | ".join(short))


def _flow(flow_arn: str) -> mediaconnect.SeenFlow:
    try:
        return mediaconnect.describe_flow(flow_arn)
    except FlowNotFound as error:
        raise FlowNotFound(error.detail, (FieldFault(field="source.flow_arn", message="does not exist"),)) from None


def release_forgotten(unfinished: Collection[str], moment: datetime) -> None:
    """Give back what sessions hold that are not among the unfinished."""
