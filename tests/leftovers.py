"""What a test of orphans puts on a stage: what a session has left behind, and what belongs to others.

Made by calls of the test's own, so that no row of OnAir's speaks of it but the ones of the session that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from infra.local.stage import Stage
from shared.domain.names import flow_output_name, parameter_name, security_group_tags, session_tags
from shared.domain.payloads.channels import ChannelOutputs, create_channel_request
from shared.domain.plan import plan_resources
from shared.gateways import sessions
from shared.gateways.settings import settings
from tests.show import Show

#: Kind and id, as the sweeps call them.
Thing = tuple[str, str]

#: What changes something at AWS, of all that a sweep may call.
CHANGES = {
    "StopChannel",
    "DeleteChannel",
    "DeleteInput",
    "DeleteInputSecurityGroup",
    "UpdateInputSecurityGroup",
    "CreateInputSecurityGroup",
    "RemoveFlowOutput",
    "DeleteParameters",
    "AbortMultipartUpload",
}


def ours(show: Show) -> dict[str, str]:
    """The tags of what a session makes."""
    return session_tags("dev", show.id)


class Leftovers:
    """Makes one of each kind, with whatever tags and names are asked for."""

    def __init__(self, stage: Stage, flow: str, like: Show) -> None:
        """``like``: a flow session, whose channel is the pattern for all others."""
        self.stage, self.flow = stage, flow
        self._medialive = stage.client("medialive")
        self._record = sessions.get(like.id)
        self._ports = count(5000)

    def group(self, tags: Mapping[str, str] | None = None) -> Thing:
        made = self._medialive.create_input_security_group(
            WhitelistRules=[{"Cidr": "192.0.2.0/24"}], Tags=dict(tags or {})
        )
        return "security_group", made["SecurityGroup"]["Id"]

    def stage_group(self, number: int) -> Thing:
        return self.group(security_group_tags("dev", number))

    def input(self, tags: Mapping[str, str] | None = None, name: str = "left", group: Thing | None = None) -> Thing:
        group = group or self.group()
        made = self._medialive.create_input(
            Name=name, Type="RTP_PUSH", InputSecurityGroups=[group[1]], Tags=dict(tags or {})
        )
        return "input", made["Input"]["Id"]

    def channel(self, at: Thing, tags: Mapping[str, str] | None = None, name: str = "left") -> Thing:
        """A channel on an input."""
        plan = plan_resources("dev", self._record.session_id, self._record.spec).channels[0]
        outputs = ChannelOutputs(rtmp=({"Url": "rtmp://left.example.net/live", "StreamName": "example-key-not-real"},))
        role = settings().media_live_role_arn
        request = create_channel_request("dev", self._record.session_id, plan, outputs, at[1], role, 1)
        request |= {"Name": name, "Tags": dict(tags or {}), "RequestId": f"left-{at[1]}"}
        return "channel", self._medialive.create_channel(**request)["Channel"]["Id"]

    def started(self, channel: Thing) -> Thing:
        self._medialive.start_channel(ChannelId=channel[1])
        return channel

    def flow_output(self, name: str) -> Thing:
        output = {"Name": name, "Protocol": "rtp", "Destination": "198.51.100.7", "Port": next(self._ports)}
        made = self.stage.client("mediaconnect").add_flow_outputs(FlowArn=self.flow, Outputs=[output])
        return "flow_output", made["Outputs"][0]["OutputArn"]

    def output_of(self, show: Show, destination: str, pipeline: int = 0) -> Thing:
        return self.flow_output(flow_output_name("dev", show.id, destination, pipeline))

    def ivs_channel(self, tags: Mapping[str, str] | None = None, name: str = "left") -> Thing:
        made = self.stage.client("ivs").create_channel(name=name, tags=dict(tags or {}))
        return "ivs_channel", made["channel"]["arn"]

    def parameter(self, name: str) -> Thing:
        self.stage.client("ssm").put_parameter(Name=name, Value="example-value-not-real", Type="SecureString")
        return "secret", name

    def secret_of(self, show: Show, destination: str) -> Thing:
        return self.parameter(parameter_name("dev", show.id, destination, "stream-key"))

    def upload(self, key: str) -> Thing:
        made = self.stage.client("s3").create_multipart_upload(Bucket=settings().bucket, Key=key)
        return "upload", made["UploadId"]


def everything(stage: Stage) -> set[Thing]:
    """All that exists, by kind and id. A stream key is part of its IVS channel."""
    kinds = {"input_security_group": "security_group"}
    found = {(kinds.get(one.kind, one.kind), one.id) for one in stage.simulator.inventory() if "key" not in one.kind}
    pages = stage.client("ssm").get_paginator("describe_parameters").paginate()
    found |= {("secret", one["Name"]) for page in pages for one in page["Parameters"]}
    uploads = stage.client("s3").list_multipart_uploads(Bucket=settings().bucket).get("Uploads", [])
    return found | {("upload", one["UploadId"]) for one in uploads}


def changes(stage: Stage) -> list[str]:
    """Every call by which one of our functions has changed something at AWS."""
    return [one.operation for one in stage.endpoint.calls() if one.function and one.operation in CHANGES]


def orphans(stage: Stage) -> dict[Thing, dict[str, Any]]:
    """What the last sweep saw."""
    status, _, answer = stage.request("GET", "/orphans")
    assert status == 200, answer
    return {(one["kind"], one["id"]): one for one in answer["orphans"]}


def sweeps(stage: Stage, last: int = 0) -> list[dict[str, Any]]:
    """The reports of all sweeps, or of the last few, oldest first."""
    executions = stage.executions("onair-dev-sweep")[-last:]
    found = [stage.request("GET", f"/sweeps/{one['name']}") for one in executions]
    assert {status for status, _, _ in found} <= {200}, found
    return [report for _, _, report in found]
