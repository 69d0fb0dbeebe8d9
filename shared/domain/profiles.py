"""Encoding profiles: what a channel makes of the picture. 1080p30 is the standard.

Rates are bits per second. H.264 level 4.1 carries 1080p30 and 720p60; 1080p60 needs 4.2 (H.264 table A-1).
"""

from __future__ import annotations

from enum import StrEnum

from shared.domain.model import Value


class ProfileName(StrEnum):
    P1080_60 = "1080p60"
    P1080_30 = "1080p30"
    P720_60 = "720p60"
    P720_30 = "720p30"
    P480_30 = "480p30"


class Profile(Value):
    """Size in pixels, frames a second, video and audio rate in bits per second."""

    name: ProfileName
    width: int
    height: int
    frame_rate: int
    video_bitrate: int
    level: str


AUDIO_BITRATE = 128_000
AUDIO_SAMPLE_RATE = 48_000
#: The most that any destination may be given, in bits per second: the decoder's buffer holds two seconds of it, and in
#: HIGH at levels 4.1 and 4.2 that buffer is 78 Mbit (H.264 table A-1).
MAX_VIDEO_BITRATE = 39_000_000
#: Seconds between key frames: every platform asks for 2 (facts §10.2).
GOP_SECONDS = 2

PROFILES: dict[ProfileName, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            name=ProfileName.P1080_60,
            width=1920,
            height=1080,
            frame_rate=60,
            video_bitrate=6_000_000,
            level="H264_LEVEL_4_2",
        ),
        Profile(
            name=ProfileName.P1080_30,
            width=1920,
            height=1080,
            frame_rate=30,
            video_bitrate=5_000_000,
            level="H264_LEVEL_4_1",
        ),
        Profile(
            name=ProfileName.P720_60,
            width=1280,
            height=720,
            frame_rate=60,
            video_bitrate=4_500_000,
            level="H264_LEVEL_4_1",
        ),
        Profile(
            name=ProfileName.P720_30,
            width=1280,
            height=720,
            frame_rate=30,
            video_bitrate=3_000_000,
            level="H264_LEVEL_4_1",
        ),
        Profile(
            name=ProfileName.P480_30,
            width=854,
            height=480,
            frame_rate=30,
            video_bitrate=1_500_000,
            level="H264_LEVEL_4_1",
        ),
    )
}
