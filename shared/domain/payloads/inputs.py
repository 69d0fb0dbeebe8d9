"""CreateInput and the input security group's rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.domain.names import request_id, session_tags
from shared.domain.payloads import Payload
from shared.domain.plan import ChannelPlan


def create_input_request(
    stage: str,
    session_id: str,
    channel: ChannelPlan,
    security_group_id: str,
    ingest_names: Sequence[str],
    generation: int,
) -> Payload:
    """CreateInput of a push input.

    ``RTMP_PUSH`` has a Destination for each pipeline, which make its class; ``RTP_PUSH`` has none in the request, and
    the service makes two (facts §7).
    """
    request: Payload = {
        "Name": channel.input_name,
        "Type": "RTMP_PUSH" if channel.is_pushed_to else "RTP_PUSH",
        "InputSecurityGroups": [security_group_id],
        "RequestId": request_id(channel.input_name, "input", generation),
        "Tags": session_tags(stage, session_id),
    }
    if channel.is_pushed_to:
        request["Destinations"] = [{"StreamName": name} for name in ingest_names]
    return request


def whitelist_rules(cidrs: Iterable[str]) -> list[Payload]:
    """The rules of a security group, in a fixed order, so that what is read back can be compared."""
    return [{"Cidr": cidr} for cidr in sorted(cidrs)]
