"""Taking an output off a flow and seeing it gone. Used by the removal of a branch, and by that of an orphan; under the
flow's lock."""

from __future__ import annotations

from shared.domain.errors import FlowNotFound, NotReady, RejectedByService
from shared.gateways import mediaconnect


def existing_flow(flow_arn: str) -> mediaconnect.SeenFlow | None:
    """None for a flow that its owner has deleted: its outputs went with it."""
    try:
        return mediaconnect.describe_flow(flow_arn)
    except FlowNotFound:
        return None


def remove_output(flow: mediaconnect.SeenFlow, output: mediaconnect.SeenOutput) -> None:
    """Remove an output of ``flow``, as that was seen just now. Raises ``NotReady`` while it is there, and
    ``RejectedByService`` if it stays though the flow is not between states."""
    try:
        mediaconnect.remove_flow_output(flow.arn, output.arn)
    except RejectedByService:
        after = existing_flow(flow.arn)
        if after is None or after.output(output.name) is None:
            return
        if not {flow.status, after.status} & mediaconnect.BETWEEN:
            raise
        raise NotReady(f"flow {flow.name} is {after.status}") from None
    after = existing_flow(flow.arn)
    if after is not None and after.output(output.name) is not None:
        raise NotReady(f"output {output.name} is still there")
