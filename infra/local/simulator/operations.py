"""Which operations are simulated, by service. The rest answer that they are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from infra.local.simulator import batch, channels, flow_outputs, flows, inputs, security_groups, tags
from infra.local.simulator.store import Params
from infra.local.simulator.world import World

Operation = Callable[[World, Params], Params]

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "medialive": {
        "BatchDelete": batch.batch_delete,
        "BatchStart": batch.batch_start,
        "BatchStop": batch.batch_stop,
        "CreateChannel": channels.create_channel,
        "CreateInput": inputs.create_input,
        "CreateInputSecurityGroup": security_groups.create_input_security_group,
        "CreateTags": tags.tag,
        "DeleteChannel": channels.delete_channel,
        "DeleteInput": inputs.delete_input,
        "DeleteInputSecurityGroup": security_groups.delete_input_security_group,
        "DeleteTags": tags.untag,
        "DescribeChannel": channels.describe_channel,
        "DescribeInput": inputs.describe_input,
        "DescribeInputSecurityGroup": security_groups.describe_input_security_group,
        "ListAlerts": channels.list_alerts,
        "ListChannels": channels.list_channels,
        "ListInputSecurityGroups": security_groups.list_input_security_groups,
        "ListInputs": inputs.list_inputs,
        "ListTagsForResource": tags.list_tags,
        "StartChannel": channels.start_channel,
        "StopChannel": channels.stop_channel,
        "UpdateChannel": channels.update_channel,
        "UpdateInput": inputs.update_input,
        "UpdateInputSecurityGroup": security_groups.update_input_security_group,
    },
    "mediaconnect": {
        "AddFlowOutputs": flow_outputs.add_flow_outputs,
        "AddFlowSources": flow_outputs.add_flow_sources,
        "CreateFlow": flows.create_flow,
        "DeleteFlow": flows.delete_flow,
        "DescribeFlow": flows.describe_flow,
        "GrantFlowEntitlements": flow_outputs.grant_flow_entitlements,
        "ListFlows": flows.list_flows,
        "ListTagsForResource": tags.list_tags,
        "RemoveFlowOutput": flow_outputs.remove_flow_output,
        "StartFlow": flows.start_flow,
        "StopFlow": flows.stop_flow,
        "TagResource": tags.tag,
        "UntagResource": tags.untag,
        "UpdateFlowOutput": flow_outputs.update_flow_output,
    },
}
