"""HLS playlists as MediaLive writes them: EVENT while it runs and VOD afterwards, or a moving window (RFC 8216)."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple

from infra.local.simulator.hls_names import Names
from infra.local.simulator.store import Params

_WINDOW, _KEPT, _PERIOD = 10, 21, 600


class Segment(NamedTuple):
    """``date_time`` is what the playlist says of its first picture, ``start`` the clock's time of it."""

    name: str
    duration: float
    date_time: float
    breaks: bool
    start: float


class MediaPlaylist:
    """One output's. ``count`` is how many segments it ever had."""

    def __init__(self, settings: Params) -> None:
        self._settings = settings
        self._length = int(settings.get("SegmentLength", 10))
        self._is_live = settings.get("Mode", "LIVE") == "LIVE"
        self._window = int(settings.get("IndexNSegments", _WINDOW))
        self._kept = max(int(settings.get("KeepSegments", _KEPT)), self._window)
        self._entries: deque[tuple[str, str, bool]] = deque()  # text, name, whether it begins anew
        self._text = bytearray()  # all entries, where none ever goes: a day of them is not joined again and again
        self._ended = False
        self._dated: float | None = None
        self._breaks_gone = 0
        self.count = 0

    def number_of_next(self, first: str) -> str:
        return str(self.count + int(first)).zfill(len(first))

    def add(self, segment: Segment) -> None:
        lines = []
        if segment.breaks and self._settings.get("DiscontinuityTags") != "NEVER_INSERT":
            lines.append("#EXT-X-DISCONTINUITY")
        if self._settings.get("ProgramDateTime") == "INCLUDE" and self._is_dated(segment):
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_date_time(segment.date_time)}")
            self._dated = segment.start
        whole = self._settings.get("ManifestDurationFormat") == "INTEGER"
        duration = str(round(segment.duration)) if whole else f"{segment.duration:.5f}"
        lines += [f"#EXTINF:{duration},", segment.name]
        text = "\n".join(lines) + "\n"
        if self._is_live:
            self._entries.append((text, segment.name, "#EXT-X-DISCONTINUITY" in lines))
        else:
            self._text += text.encode()
        self.count += 1

    def outdated(self) -> list[str]:
        """The names of segments that are no longer kept."""
        gone = []
        while len(self._entries) > self._kept:
            _, name, breaks = self._entries.popleft()
            self._breaks_gone += breaks
            gone.append(name)
        return gone

    def end(self) -> None:
        self._ended = not self._is_live

    def body(self) -> bytes:
        target = self._length
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{target}"]
        listed = list(self._entries)[-self._window :]
        unlisted = list(self._entries)[: -self._window]
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{self.count - len(listed) + 1 if self._is_live else 1}")
        if not self._is_live:
            lines.append(f"#EXT-X-PLAYLIST-TYPE:{'VOD' if self._ended else 'EVENT'}")
        elif skipped := self._breaks_gone + sum(breaks for _, _, breaks in unlisted):
            lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{skipped}")
        head = ("\n".join(lines) + "\n").encode()
        body = "".join(text for text, _, _ in listed).encode() if self._is_live else bytes(self._text)
        return head + body + (b"#EXT-X-ENDLIST\n" if self._ended else b"")

    def _is_dated(self, segment: Segment) -> bool:
        period = self._settings.get("ProgramDateTimePeriod", _PERIOD)
        return self._dated is None or segment.breaks or segment.start >= self._dated + period - 1e-6


def master(renditions: list[tuple[Names, str]], settings: Params) -> bytes:
    """The playlist of playlists; one audio-only rendition or more stand as streams of their own."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for names, playlist in renditions:
        codecs = [*(["avc1.64000A"] if names.has_video else []), *(["mp4a.40.2"] if names.has_audio else [])]
        peak = ceil(names.bitrate * 1.1)
        about = [f"BANDWIDTH={peak}", f"AVERAGE-BANDWIDTH={names.bitrate}", f'CODECS="{",".join(codecs)}"']
        picture = names.video[0] if names.video else {}
        if picture.get("Width") and settings.get("StreamInfResolution") != "EXCLUDE":
            about.append(f"RESOLUTION={picture['Width']}x{picture['Height']}")
        lines += [f"#EXT-X-STREAM-INF:{','.join(about)}", playlist]
    return ("\n".join(lines) + "\n").encode()


def _date_time(seconds: float) -> str:
    return datetime.fromtimestamp(round(seconds, 3), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
