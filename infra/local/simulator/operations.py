"""Which operations are simulated, by service. The rest answer that they are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from infra.local.simulator import (
    batch,
    channels,
    flow_outputs,
    flows,
    inputs,
    ivs_channels,
    ivs_streams,
    schedule,
    security_groups,
    tags,
)
from infra.local.simulator.store import Params
from infra.local.simulator.world import World

Operation = Callable[[World, Params], Params]

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "medialive": {
        "BatchDelete": batch.batch_delete,
        "BatchStart": batch.batch_start,
        "BatchStop": batch.batch_stop,
        "BatchUpdateSchedule": schedule.batch_update_schedule,
        "CreateChannel": channels.create_channel,
        "CreateInput": inputs.create_input,
        "CreateInputSecurityGroup": security_groups.create_input_security_group,
        "CreateTags": tags.tag,
        "DeleteChannel": channels.delete_channel,
        "DeleteInput": inputs.delete_input,
        "DeleteInputSecurityGroup": security_groups.delete_input_security_group,
        "DeleteSchedule": schedule.delete_schedule,
        "DeleteTags": tags.untag,
        "DescribeChannel": channels.describe_channel,
        "DescribeInput": inputs.describe_input,
        "DescribeInputSecurityGroup": security_groups.describe_input_security_group,
        "DescribeSchedule": schedule.describe_schedule,
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
    "ivs": {
        "CreateChannel": ivs_channels.create_channel,
        "CreateStreamKey": ivs_channels.create_stream_key,
        "DeleteChannel": ivs_channels.delete_channel,
        "DeleteStreamKey": ivs_channels.delete_stream_key,
        "GetChannel": ivs_channels.get_channel,
        "GetStream": ivs_streams.get_stream,
        "GetStreamKey": ivs_channels.get_stream_key,
        "ListChannels": ivs_channels.list_channels,
        "ListStreamKeys": ivs_channels.list_stream_keys,
        "ListStreams": ivs_streams.list_streams,
        "ListTagsForResource": tags.list_tags_of_ivs,
        "StopStream": ivs_streams.stop_stream,
        "TagResource": tags.tag_of_ivs,
        "UntagResource": tags.untag_of_ivs,
        "UpdateChannel": ivs_channels.update_channel,
    },
}
