"""A flow that runs for a few minutes. Nothing is sent to it, and its outputs lead to where nobody is (RFC 5737)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.smoke_aws import making
from tests.smoke_aws.probes.finding import LONG, SHORT, Finding, Rig, Scene, asked, code_of

_OUTPUT: dict[str, Any] = {"Protocol": "rtp", "Destination": "203.0.113.7"}


def a_flow(rig: Rig) -> Iterator[Finding]:
    arn = making.flow(rig.run, "probe")["FlowArn"]
    rig.reaches(rig.flow, arn, "STANDBY", patience=SHORT)
    first = _started(rig, arn)
    yield _changed(rig, arn)
    rig.reaches(rig.flow, arn, "ACTIVE", patience=SHORT)
    yield code_of("duplicate_output", asked(_add, rig, arn, "one", 5010))
    rig.reaches(rig.flow, arn, "ACTIVE", patience=SHORT)
    rig.mediaconnect.stop_flow(FlowArn=arn)
    rig.reaches(rig.flow, arn, "STANDBY", patience=LONG, measured="flow_stop")
    second = _started(rig, arn)
    kept = first == second
    yield Finding(
        "egress_ip_on_restart", "kept" if kept else "changes", "the same address" if kept else "another address"
    )


def _started(rig: Rig, arn: str) -> str:
    rig.mediaconnect.start_flow(FlowArn=arn)
    rig.reaches(rig.flow, arn, "ACTIVE", patience=LONG, measured="flow_start")
    return str(rig.mediaconnect.describe_flow(FlowArn=arn)["Flow"].get("EgressIp"))


def _add(rig: Rig, arn: str, name: str, port: int) -> dict[str, Any]:
    outputs = [{**_OUTPUT, "Name": name, "Port": port}]
    answer: dict[str, Any] = rig.mediaconnect.add_flow_outputs(FlowArn=arn, Outputs=outputs)
    return answer


def _changed(rig: Rig, arn: str) -> Finding:
    _add(rig, arn, "one", 5000)
    state = rig.flow(arn)
    if state != "UPDATING":
        return Finding("flow_update", "invisible", f"{state} right after AddFlowOutputs")
    again = asked(_add, rig, arn, "two", 5002)
    return Finding(
        "flow_update", "updating" if again.code is None else "exclusive", f"UPDATING; a second change: {again}"
    )


SCENES = (
    Scene(
        "a flow",
        ("flow_update", "duplicate_output", "egress_ip_on_restart"),
        "a flow that is started twice, two outputs to nobody",
        a_flow,
    ),
)
