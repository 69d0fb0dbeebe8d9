"""The platforms a destination can be on, with the limits they publish (facts §10.2, with sources).

Rates are bits per second. A limit that a platform does not publish is None, and nothing is checked for it.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from shared.domain.model import Value
from shared.domain.profiles import ProfileName


class PlatformName(StrEnum):
    CUSTOM = "custom"
    RESTREAM = "restream"
    YOUTUBE = "youtube"
    FACEBOOK = "facebook"
    TWITCH = "twitch"
    IVS = "ivs"


class Platform(Value):
    """Where a platform takes streams and what it takes.

    ``host_suffixes``: a caller's own ``url`` must point below one of them (empty: anywhere).
    ``max_video_bitrates``: per profile; ``max_video_bitrate`` holds where the profile has none of its own.
    """

    name: PlatformName
    title: str
    url: str | None = None
    backup_url: str | None = None
    host_suffixes: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ("rtmp", "rtmps")
    max_video_bitrate: int | None = None
    max_video_bitrates: dict[ProfileName, int] = Field(default_factory=dict)
    min_video_bitrates: dict[ProfileName, int] = Field(default_factory=dict)

    def max_for(self, profile: ProfileName) -> int | None:
        return self.max_video_bitrates.get(profile, self.max_video_bitrate)

    def min_for(self, profile: ProfileName) -> int | None:
        return self.min_video_bitrates.get(profile)


PLATFORMS: dict[PlatformName, Platform] = {
    platform.name: platform
    for platform in (
        Platform(name=PlatformName.CUSTOM, title="A custom RTMP server"),
        Platform(
            name=PlatformName.RESTREAM,
            title="Restream",
            url="rtmp://live.restream.io/live",
            host_suffixes=(".restream.io",),
        ),
        Platform(
            name=PlatformName.YOUTUBE,
            title="YouTube",
            url="rtmps://a.rtmps.youtube.com:443/live2",
            backup_url="rtmps://b.rtmps.youtube.com:443/live2?backup=1",
            host_suffixes=(".youtube.com",),
            max_video_bitrate=51_000_000,
            max_video_bitrates={ProfileName.P1080_60: 12_000_000, ProfileName.P1080_30: 10_000_000},
            min_video_bitrates={
                ProfileName.P1080_60: 4_000_000,
                ProfileName.P1080_30: 3_000_000,
                ProfileName.P720_30: 3_000_000,
            },
        ),
        Platform(
            name=PlatformName.FACEBOOK,
            title="Facebook",
            url="rtmps://rtmp-api.facebook.com:443/rtmp",
            host_suffixes=(".facebook.com",),
            schemes=("rtmps",),
            max_video_bitrate=9_000_000,
            max_video_bitrates={
                ProfileName.P720_30: 4_000_000,
                ProfileName.P720_60: 6_000_000,
                ProfileName.P1080_30: 6_000_000,
                ProfileName.P1080_60: 9_000_000,
            },
        ),
        Platform(
            name=PlatformName.TWITCH,
            title="Twitch",
            url="rtmp://live.twitch.tv/app",
            host_suffixes=(".twitch.tv",),
            max_video_bitrate=6_000_000,
        ),
        Platform(
            # A flow session brings its own IVS channel's ingest and key; a host session makes the channel (facts §8).
            name=PlatformName.IVS,
            title="Amazon IVS",
            host_suffixes=(".live-video.net",),
            schemes=("rtmps",),
            max_video_bitrate=8_500_000,
        ),
    )
}
