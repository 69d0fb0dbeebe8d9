"""The first peer: a plain boto3 script, as people write it, with botocore's own waiters.

One phase after the other for all destinations: inputs, outputs of the flow, channels, starts. It keeps what it made in
variables, and whoever runs it has to be there at the end. No state, no retries but the SDK's, nothing after a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Client = Callable[[str], Any]


@dataclass(frozen=True)
class Made:
    """What the script remembers between going live and coming off again."""

    group: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    channels: tuple[str, ...]


def go_live(client: Client, flow: str, channels: Sequence[dict[str, Any]]) -> Made:
    """Take ``channels`` (CreateChannel requests without their input) on the air with the flow as their source."""
    medialive, mediaconnect = client("medialive"), client("mediaconnect")
    egress = mediaconnect.describe_flow(FlowArn=flow)["Flow"]["EgressIp"]
    group = medialive.create_input_security_group(WhitelistRules=[{"Cidr": f"{egress}/32"}])["SecurityGroup"]["Id"]
    inputs = [
        medialive.create_input(Name=one["Name"], Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]["Id"]
        for one in channels
    ]
    for each in inputs:
        medialive.get_waiter("input_detached").wait(InputId=each)
    listening = [medialive.describe_input(InputId=each)["Destinations"][0] for each in inputs]
    added = mediaconnect.add_flow_outputs(
        FlowArn=flow,
        Outputs=[
            {"Name": one["Name"], "Protocol": "rtp", "Destination": end["Ip"], "Port": int(end["Port"])}
            for one, end in zip(channels, listening, strict=True)
        ],
    )["Outputs"]
    made = []
    for one, input_id in zip(channels, inputs, strict=True):
        attachment = {**one["InputAttachments"][0], "InputId": input_id}
        made.append(medialive.create_channel(**{**one, "InputAttachments": [attachment]})["Channel"]["Id"])
    for channel in made:
        medialive.get_waiter("channel_created").wait(ChannelId=channel)
    for channel in made:
        medialive.start_channel(ChannelId=channel)
    for channel in made:
        medialive.get_waiter("channel_running").wait(ChannelId=channel)
    return Made(group, tuple(inputs), tuple(each["OutputArn"] for each in added), tuple(made))


def come_off(client: Client, flow: str, made: Made) -> None:
    """Stop and delete everything, in the reverse order."""
    medialive, mediaconnect = client("medialive"), client("mediaconnect")
    for channel in made.channels:
        medialive.stop_channel(ChannelId=channel)
    for channel in made.channels:
        medialive.get_waiter("channel_stopped").wait(ChannelId=channel)
    for channel in made.channels:
        medialive.delete_channel(ChannelId=channel)
    for channel in made.channels:
        medialive.get_waiter("channel_deleted").wait(ChannelId=channel)
    for output in made.outputs:
        mediaconnect.get_waiter("flow_active").wait(FlowArn=flow, WaiterConfig={"Delay": 3})
        mediaconnect.remove_flow_output(FlowArn=flow, OutputArn=output)
    for each in made.inputs:
        medialive.get_waiter("input_detached").wait(InputId=each)
        medialive.delete_input(InputId=each)
    for each in made.inputs:
        medialive.get_waiter("input_deleted").wait(InputId=each)
    medialive.delete_input_security_group(InputSecurityGroupId=made.group)
