"""CreateInput and the input security group's rules."""

from __future__ import annotations

from collections.abc import Iterable

from shared.domain.names import request_id, session_tags
from shared.domain.payloads import Payload
from shared.domain.plan import ChannelPlan


def create_input_request(
    stage: str, session_id: str, channel: ChannelPlan, security_group_id: str, generation: int
) -> Payload:
    """CreateInput of an ``RTP_PUSH`` input. It has no Destinations in the request: the service makes two (facts §7)."""
    return {
        "Name": channel.input_name,
        "Type": "RTP_PUSH",
        "InputSecurityGroups": [security_group_id],
        "RequestId": request_id(channel.input_name, "input", generation),
        "Tags": session_tags(stage, session_id),
    }


def whitelist_rules(cidrs: Iterable[str]) -> list[Payload]:
    """The rules of a security group, in a fixed order, so that what is read back can be compared."""
    return [{"Cidr": cidr} for cidr in sorted(cidrs)]
