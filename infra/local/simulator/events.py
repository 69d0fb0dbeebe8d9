"""EventBridge events as the services send them (facts §1); posted to ``world.py``'s outbox."""

from __future__ import annotations

import uuid
from typing import Any

from infra.local.simulator.store import Alert, Channel, Flow, IvsChannel, Session
from infra.local.simulator.world import World


def channel_state_change(world: World, channel: Channel, state: str, message: str) -> None:
    """``state`` is the events' own word: CREATED and STOPPED where the API says IDLE."""
    detail = {
        "channel_arn": channel.arn,
        "state": state,
        "message": message,
        "pipelines_running_count": channel.pipelines if state == "RUNNING" else 0,
    }
    _post(world, "aws.medialive", "MediaLive Channel State Change", [channel.arn], detail)


def channel_alert(world: World, channel: Channel, alert: Alert) -> None:
    detail = {
        "alarm_state": "SET" if alert.cleared_at is None else "CLEARED",
        "alarm_id": alert.id,
        "alert_type": alert.type,
        "pipeline": alert.pipeline,
        "channel_arn": channel.arn,
        "message": alert.message,
    }
    _post(world, "aws.medialive", "MediaLive Channel Alert", [channel.arn], detail)


def input_change(world: World, channel: Channel, attachment: str, action: str, pipeline: int) -> None:
    detail = {
        "active_input_attachment_name": attachment,
        "active_input_switch_action_name": action,
        "channel_arn": channel.arn,
        "message": f"Input switch event on pipeline {pipeline}",
        "pipeline": str(pipeline),
    }
    _post(world, "aws.medialive", "MediaLive Channel Input Change", [channel.arn], detail)


def stream_state_change(world: World, channel: IvsChannel, session: Session, name: str) -> None:
    _stream(world, "IVS Stream State Change", channel, session, name)


def stream_health_change(world: World, channel: IvsChannel, session: Session, name: str) -> None:
    _stream(world, "IVS Stream Health Change", channel, session, name)


def _stream(world: World, kind: str, channel: IvsChannel, session: Session, name: str) -> None:
    detail = {"event_name": name, "channel_name": channel.name, "stream_id": session.stream_id}
    _post(world, "aws.ivs", kind, [channel.arn], detail)


def flow_status_change(world: World, flow: Flow, previous: str) -> None:
    detail = {"currentStatus": flow.state, "previousStatus": previous}
    _post(world, "aws.mediaconnect", "MediaConnect Flow Status Change", [flow.arn], detail)


def _post(world: World, source: str, detail_type: str, resources: list[str], detail: dict[str, Any]) -> None:
    world.core.post(
        {
            "version": "0",
            "id": str(uuid.UUID(int=world.core.chance.getrandbits(128), version=4)),
            "detail-type": detail_type,
            "source": source,
            "account": world.settings.account_id,
            "time": world.core.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": world.region.name,
            "resources": resources,
            "detail": detail,
        }
    )
