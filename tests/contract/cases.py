"""Destinations as callers may ask for them, and the payloads that come of them, built the way the tasks build them.

Every platform × channel class (where legal) × profile, each with and without a user, a password, a token, a bit rate.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.domain.destinations import ChannelClass, SavedDestination, SecretName
from shared.domain.names import parameter_name
from shared.domain.payloads import Payload
from shared.domain.payloads.channels import (
    ChannelOutputs,
    DestinationSecrets,
    create_channel_request,
    destination_settings,
)
from shared.domain.payloads.flow_outputs import InputEndpoint, add_flow_outputs_request
from shared.domain.payloads.inputs import create_input_request
from shared.domain.plan import ChannelPlan, plan_resources
from shared.domain.platforms import PLATFORMS, Platform, PlatformName
from shared.domain.profiles import MAX_VIDEO_BITRATE, PROFILES, Profile, ProfileName
from shared.domain.session_spec import parse_spec, saved_spec

ROOT = Path(__file__).resolve().parents[2]
STAGE, SESSION = "dev", "s-7f3k2mexamp1"
FLOW_ARN = "arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-AbCdEf0123456789-0123456789ab:main-stage"
ROLE_ARN = "arn:aws:iam::111122223333:role/onair-dev-MediaLiveRole"
KEY = "example-stream-key-not-real"
ENDPOINTS = (InputEndpoint(ip="203.0.113.10", port=5000), InputEndpoint(ip="203.0.113.20", port=5000))

#: Letters, digits and hyphens, none at either end: for every id and name that OnAir gives.
WORD = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")

#: Where a caller's own URL may point, for each platform.
OWN_URL = {
    PlatformName.CUSTOM: "rtmp://ingest.example.com:1936/app/live",
    PlatformName.RESTREAM: "rtmp://dublin.restream.io/live",
    PlatformName.YOUTUBE: "rtmp://x.rtmp.youtube.com/live2",
    PlatformName.FACEBOOK: "rtmps://live-api-s.facebook.com:443/rtmp",
    PlatformName.TWITCH: "rtmps://live-ams.twitch.tv/app",
    PlatformName.IVS: "rtmps://a1b2c3d4e5f6.global-contribute.live-video.net:443/app",
}


@dataclass(frozen=True)
class Case:
    """One destination as a caller may ask for it, and the payloads that come of it."""

    title: str
    destination: SavedDestination
    plan: ChannelPlan
    secrets: DestinationSecrets

    @property
    def platform(self) -> Platform:
        return PLATFORMS[self.destination.platform]

    @property
    def profile(self) -> Profile:
        return PROFILES[self.destination.profile]

    @property
    def ingests(self) -> int:
        return 2 if self.destination.channel_class is ChannelClass.STANDARD else 1

    def channel(self) -> Payload:
        rtmp = tuple(destination_settings(self.destination, self.secrets))
        outputs = ChannelOutputs(rtmp=rtmp)
        return create_channel_request(STAGE, SESSION, self.plan, outputs, "1234567", ROLE_ARN, generation=1)

    def input(self) -> Payload:
        return create_input_request(STAGE, SESSION, self.plan, "7654321", (), generation=1)

    def outputs(self) -> Payload:
        return add_flow_outputs_request(STAGE, SESSION, FLOW_ARN, self.plan, ENDPOINTS)


def case(body: dict[str, Any]) -> Case:
    spec = parse_spec({"name": "Show", "owner": "o", "source": {"type": "flow", "flow_arn": FLOW_ARN}, **body})
    asked, kept = spec.destinations[0], saved_spec(spec)
    saved = kept.destinations[0]
    known = asked.secrets()
    password = SecretName.PASSWORD in saved.secrets
    return Case(
        title=" ".join(f"{name}={value}" for name, value in body["destinations"][0].items() if name != "stream_key"),
        destination=saved,
        plan=plan_resources(STAGE, SESSION, kept).channel(saved.id),
        secrets=DestinationSecrets(
            stream_key=known[SecretName.STREAM_KEY],
            url_query=known.get(SecretName.URL_QUERY),
            backup_url_query=known.get(SecretName.BACKUP_URL_QUERY),
            password_parameter=parameter_name(STAGE, SESSION, saved.id, SecretName.PASSWORD) if password else None,
        ),
    )


def legal_classes(name: PlatformName) -> list[ChannelClass]:
    has_backup = name is PlatformName.CUSTOM or PLATFORMS[name].backup_url is not None
    return [ChannelClass.SINGLE_PIPELINE, *([ChannelClass.STANDARD] if has_backup else [])]


def bitrates(name: PlatformName, profile: ProfileName) -> list[int | None]:
    """The profile's own, the least and the most that is allowed."""
    platform = PLATFORMS[name]
    return [None, platform.min_for(profile) or 100_000, min(platform.max_for(profile) or 20_000_000, MAX_VIDEO_BITRATE)]


def cases(name: PlatformName, channel_class: ChannelClass, profile: ProfileName) -> Iterator[Case]:
    """Every way to ask for it: own or platform's URL, with and without a user, a password, a query, a bit rate."""
    own_urls = [False, True] if PLATFORMS[name].url else [True]
    users: list[dict[str, str]] = [{}, {"username": "studio"}, {"username": "studio", "password": "example-not-real"}]
    queries = ["", "?token=example-token-not-real"]
    for own, user, query, bitrate in itertools.product(own_urls, users, queries, bitrates(name, profile)):
        destination: dict[str, Any] = {
            "id": "Main-1",
            "platform": name.value,
            "stream_key": KEY,
            "profile": profile.value,
            "channel_class": channel_class.value,
            **user,
        }
        if own:
            destination["url"] = OWN_URL[name] + query
            if channel_class is ChannelClass.STANDARD:
                destination["backup_url"] = OWN_URL[name].replace("://", "://b.", 1) + query
        if bitrate is not None:
            destination["video_bitrate"] = bitrate
        yield case({"destinations": [destination]})
