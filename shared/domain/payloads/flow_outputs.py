"""AddFlowOutputs: one RTP output for each pipeline, to the input's endpoints."""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.model import Value
from shared.domain.names import session_tags
from shared.domain.payloads import Payload
from shared.domain.plan import ChannelPlan


class InputEndpoint(Value):
    """Where a push input listens: an IPv4 address and a port."""

    ip: str
    port: int


def add_flow_outputs_request(
    stage: str, session_id: str, flow_arn: str, channel: ChannelPlan, endpoints: Sequence[InputEndpoint]
) -> Payload:
    """``Destination`` is the address, not the rtp:// URL (facts §9). A single pipeline uses the first endpoint only."""
    return {
        "FlowArn": flow_arn,
        "Outputs": [
            {
                "Name": name,
                "Description": f"OnAir: to the MediaLive input {channel.input_name}",
                "Protocol": "rtp",
                "Destination": endpoint.ip,
                "Port": endpoint.port,
                "OutputStatus": "ENABLED",
                "OutputTags": session_tags(stage, session_id),
            }
            for name, endpoint in zip(channel.flow_output_names, endpoints, strict=False)
        ],
    }
