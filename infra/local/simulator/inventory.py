"""What exists, as a test or a demo is told it: ``Simulator.inventory``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from infra.local.simulator.store import Region, Resource


def resources(region: Region) -> Iterator[Resource]:
    """No tombstones. Schedule actions are part of their channel."""
    for record in region.records():
        if not record.gone and record.kind != "schedule_action":
            made = datetime.fromtimestamp(record.created_at, UTC)
            tags = dict(record.tags)
            yield Resource(record.service, record.kind, record.id, record.arn, record.name, record.state, tags, made)
    for flow in region.flows.values():
        made = datetime.fromtimestamp(flow.created_at, UTC)
        for arn, output in flow.outputs.items():
            tags = dict(flow.part_tags.get(arn, {}))
            yield Resource("mediaconnect", "flow_output", arn, arn, output["Name"], output["OutputStatus"], tags, made)
