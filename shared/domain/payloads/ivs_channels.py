"""IVS CreateChannel, and where a MediaLive channel pushes into it."""

from __future__ import annotations

from shared.domain.names import session_tags
from shared.domain.payloads import Payload
from shared.domain.plan import ChannelPlan


def create_ivs_channel_request(stage: str, session_id: str, channel: ChannelPlan) -> Payload:
    """STANDARD is transcoded for every viewer and takes up to 8.5 Mbit/s at 1080p (facts §8). ``insecureIngest`` stays
    off: a key that travels over plain RTMP can be read on the way."""
    return {
        "name": channel.ivs_channel_name,
        "type": "STANDARD",
        "latencyMode": "LOW",
        "insecureIngest": False,
        "tags": session_tags(stage, session_id),
    }


def ivs_ingest_url(ingest_endpoint: str) -> str:
    """``Url`` of a MediaLive destination; its ``StreamName`` is the channel's key (facts §8)."""
    return f"rtmps://{ingest_endpoint}:443/app"
