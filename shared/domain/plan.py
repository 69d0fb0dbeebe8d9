"""From a spec to what will exist: the plan of a session's resources.

Pure and repeatable: provisioning creates by it, clean-up deletes by it (not by memory), quotas are counted from it.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.domain.model import Value
from shared.domain.names import branch_name, flow_output_name, parameter_name
from shared.domain.session_spec import ChannelClass, Destination, SavedSpec, SecretName


class ChannelPlan(Value):
    """One branch of a session: flow outputs -> input -> channel -> one destination (two ingests when STANDARD)."""

    destination_id: str
    channel_class: ChannelClass
    input_name: str
    flow_output_names: tuple[str, ...]
    channel_name: str


class QuotaNeeds(Value):
    """How much of the region's and the flow's quotas a plan takes."""

    push_inputs: int
    channels: int
    flow_outputs: int


class ResourcePlan(Value):
    session_id: str
    channels: tuple[ChannelPlan, ...]

    def channel(self, destination_id: str) -> ChannelPlan:
        """The branch of a destination. Raises KeyError when the plan has none."""
        for channel in self.channels:
            if channel.destination_id == destination_id:
                return channel
        raise KeyError(destination_id)

    def needs(self) -> QuotaNeeds:
        return QuotaNeeds(
            push_inputs=len(self.channels),
            channels=len(self.channels),
            flow_outputs=sum(len(channel.flow_output_names) for channel in self.channels),
        )


def pipelines(channel_class: ChannelClass) -> int:
    """How many pipelines a channel has, and with it flow outputs and destination settings."""
    return 2 if channel_class is ChannelClass.STANDARD else 1


def plan_resources(stage: str, session_id: str, destinations: Iterable[Destination]) -> ResourcePlan:
    """Everything that a session will make for its destinations, by name. The same ones always give the same plan."""
    return ResourcePlan(
        session_id=session_id,
        channels=tuple(plan_channel(stage, session_id, destination) for destination in destinations),
    )


def plan_channel(stage: str, session_id: str, destination: Destination) -> ChannelPlan:
    name = branch_name(stage, session_id, destination.id)
    return ChannelPlan(
        destination_id=destination.id,
        channel_class=destination.channel_class,
        input_name=name,
        flow_output_names=tuple(
            flow_output_name(stage, session_id, destination.id, pipeline)
            for pipeline in range(pipelines(destination.channel_class))
        ),
        channel_name=name,
    )


def secret_parameters(stage: str, session_id: str, spec: SavedSpec) -> list[str]:
    """Every SSM parameter that a session can have, whichever of them its destinations use."""
    return [
        parameter_name(stage, session_id, destination.id, secret)
        for destination in spec.destinations
        for secret in SecretName
    ]
