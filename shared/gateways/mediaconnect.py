"""MediaConnect: the flow a session takes its source from, and the outputs that OnAir adds to it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, Field

from shared.domain.errors import FlowNotFound
from shared.domain.payloads import Payload
from shared.gateways.clients import client
from shared.gateways.translate import code_of, translated

#: States between two others: a write in one of them is answered with BadRequest and may work in a moment (facts §9).
BETWEEN = frozenset({"STARTING", "STOPPING", "UPDATING"})


class SeenOutput(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    name: str = Field(alias="Name", default="")
    arn: str = Field(alias="OutputArn")
    status: str = Field(alias="OutputStatus", default="")


class SeenFlow(BaseModel):
    """``egress_ip`` is the address the flow sends from: what an input security group has to admit (facts §7)."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    arn: str = Field(alias="FlowArn")
    name: str = Field(alias="Name", default="")
    status: str = Field(alias="Status", default="")
    egress_ip: str | None = Field(alias="EgressIp", default=None)
    outputs: tuple[SeenOutput, ...] = Field(alias="Outputs", default=())

    def output(self, name: str) -> SeenOutput | None:
        """The output of that name, which is unique within a flow (facts §5)."""
        return next((output for output in self.outputs if output.name == name), None)


def describe_flow(flow_arn: str) -> SeenFlow:
    """Raises ``FlowNotFound``."""
    with translated(f"DescribeFlow of {flow_arn}"):
        try:
            answer: dict[str, Any] = client("mediaconnect").describe_flow(FlowArn=flow_arn)
        except ClientError as error:
            if code_of(error) == "NotFoundException":
                raise FlowNotFound(f"there is no flow {flow_arn}") from None
            raise
    return SeenFlow.model_validate(answer["Flow"])


def add_flow_outputs(request: Payload) -> tuple[SeenOutput, ...]:
    """The outputs as they were added. There is no idempotency token, and every trouble is BadRequest (facts §9): the
    caller describes the flow after it."""
    with translated(f"AddFlowOutputs to {request['FlowArn']}"):
        answer: dict[str, Any] = client("mediaconnect").add_flow_outputs(**request)
    return tuple(SeenOutput.model_validate(one) for one in answer.get("Outputs", ()))


def remove_flow_output(flow_arn: str, output_arn: str) -> None:
    """An output that is not there is done."""
    with translated(f"RemoveFlowOutput from {flow_arn}"):
        try:
            client("mediaconnect").remove_flow_output(FlowArn=flow_arn, OutputArn=output_arn)
        except ClientError as error:
            if code_of(error) != "NotFoundException":
                raise
