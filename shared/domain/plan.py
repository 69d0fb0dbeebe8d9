"""From a spec to what will exist: the plan of a session's resources.

Pure and repeatable: provisioning creates by it, clean-up deletes by it (not by memory), quotas are counted from it.
"""

from __future__ import annotations

from shared.domain.destinations import ChannelClass, Destination, SecretName, video_bitrate
from shared.domain.model import Value
from shared.domain.names import RECORDER, branch_name, flow_output_name, parameter_name
from shared.domain.platforms import PlatformName
from shared.domain.profiles import PROFILES, ProfileName
from shared.domain.session_spec import SavedSpec, SessionSpec


class ChannelPlan(Value):
    """One branch of a session, with one channel.

    In a flow session: flow outputs -> RTP input -> channel -> one destination, or S3 in the branch of the recorder. In
    a host session: RTMP input -> channel -> the destination and S3. Two pipelines when STANDARD.
    ``streams``: it has an output group to a destination; ``records``: it has one to S3.
    """

    destination_id: str
    channel_class: ChannelClass
    input_name: str
    is_pushed_to: bool = False
    flow_output_names: tuple[str, ...] = ()
    ivs_channel_name: str | None = None
    channel_name: str
    profile: ProfileName
    video_bitrate: int
    streams: bool
    records: bool

    def ingest_secrets(self) -> tuple[SecretName, ...]:
        """The names that a host's encoder pushes to, one for each pipeline; none in a flow session."""
        if not self.is_pushed_to:
            return ()
        return (SecretName.INGEST_NAME, SecretName.BACKUP_INGEST_NAME)[: pipelines(self.channel_class)]


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

    def streaming(self) -> tuple[ChannelPlan, ...]:
        """The branches that go on the air."""
        return tuple(channel for channel in self.channels if channel.streams)

    def recorder(self) -> ChannelPlan | None:
        """The branch that records: a host session's only one, a flow session's recorder if it has one."""
        return next((channel for channel in self.channels if channel.records), None)

    def needs(self) -> QuotaNeeds:
        return QuotaNeeds(
            push_inputs=len(self.channels),
            channels=len(self.channels),
            flow_outputs=sum(len(channel.flow_output_names) for channel in self.channels),
        )


def pipelines(channel_class: ChannelClass) -> int:
    """How many pipelines a channel has, and with it flow outputs and destination settings."""
    return 2 if channel_class is ChannelClass.STANDARD else 1


def plan_resources(stage: str, session_id: str, spec: SessionSpec | SavedSpec) -> ResourcePlan:
    """Everything that a session will make, by name. The same spec always gives the same plan."""
    channels = [_channel(stage, session_id, destination, spec.is_hosted) for destination in spec.destinations]
    if spec.record and not spec.is_hosted:
        channels.append(_recorder(stage, session_id, _best(spec)))
    return ResourcePlan(session_id=session_id, channels=tuple(channels))


def _channel(stage: str, session_id: str, destination: Destination, hosted: bool) -> ChannelPlan:
    name = branch_name(stage, session_id, destination.id)
    outputs = 0 if hosted else pipelines(destination.channel_class)
    return ChannelPlan(
        destination_id=destination.id,
        channel_class=destination.channel_class,
        input_name=name,
        is_pushed_to=hosted,
        flow_output_names=tuple(
            flow_output_name(stage, session_id, destination.id, number) for number in range(outputs)
        ),
        ivs_channel_name=name if hosted and destination.platform is PlatformName.IVS else None,
        channel_name=name,
        profile=destination.profile,
        video_bitrate=video_bitrate(destination),
        streams=True,
        records=hosted,
    )


def _recorder(stage: str, session_id: str, profile: ProfileName) -> ChannelPlan:
    name = branch_name(stage, session_id, RECORDER)
    return ChannelPlan(
        destination_id=RECORDER,
        channel_class=ChannelClass.SINGLE_PIPELINE,
        input_name=name,
        flow_output_names=(flow_output_name(stage, session_id, RECORDER, 0),),
        channel_name=name,
        profile=profile,
        video_bitrate=PROFILES[profile].video_bitrate,
        streams=False,
        records=True,
    )


def _best(spec: SessionSpec | SavedSpec) -> ProfileName:
    """What a recorder makes of the picture: the best that one of the destinations gets."""
    profiles = [PROFILES[destination.profile] for destination in spec.destinations]
    return max(profiles, key=lambda profile: (profile.height, profile.frame_rate)).name


def secret_parameters(stage: str, session_id: str, spec: SavedSpec) -> list[str]:
    """Every SSM parameter that a session can have, whichever of them its destinations use."""
    return [
        parameter_name(stage, session_id, destination.id, secret)
        for destination in spec.destinations
        for secret in SecretName
    ]
