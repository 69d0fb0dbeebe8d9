"""How the files of an HLS output are called (user guide: destinations and identifiers for variable data), and the
``$dt$`` in those names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from infra.local.simulator.store import Params

_IDENTIFIER = re.compile(r"\$([a-z]*)(?:%0(\d+))?\$")


class Names:
    """One output's: base of the destination, name modifier, segment modifier; and what its descriptions are."""

    def __init__(self, encoder: Params, output: Params, url: str) -> None:
        place = urlsplit(url)
        self.bucket = place.netloc
        folder, slash, self._base = place.path.lstrip("/").rpartition("/")
        self.folder = folder + slash
        settings = output["OutputSettings"]["HlsOutputSettings"]
        self._modifier = settings.get("NameModifier", "")
        self._segment_modifier = settings.get("SegmentModifier", "")
        self.video = _described(encoder, "VideoDescriptions", [output.get("VideoDescriptionName", "")])
        self.audio = _described(encoder, "AudioDescriptions", output.get("AudioDescriptionNames", []))
        self.has_video = bool(self.video)
        self.has_audio = bool(self.audio) or not self.has_video
        container = settings["HlsSettings"].get("StandardHlsSettings", {}).get("M3u8Settings", {})
        self.takes_metadata = container.get("TimedMetadataBehavior") == "PASSTHROUGH"

    def master(self, began: float) -> str:
        return self.resolve(f"{self._base}.m3u8", began)

    def playlist(self, began: float) -> str:
        return self.resolve(f"{self._base}{self._modifier}.m3u8", began)

    def segment(self, at: float, number: str) -> str:
        return self.resolve(f"{self._base}{self._modifier}{self._segment_modifier}_{number}.ts", at)

    @property
    def bitrate(self) -> int:
        return self._bitrate(self.video, 5_000_000) + self._bitrate(self.audio, 192_000)

    def resolve(self, text: str, at: float, number: str = "") -> str:
        moment = datetime.fromtimestamp(at, UTC)
        picture = self.video[0] if self.video else {}
        values = {
            "": "$",
            "dt": moment.strftime("%Y%m%dT%H%M%S"),
            "d": moment.strftime("%Y%m%d"),
            "t": moment.strftime("%H%M%S"),
            "rv": str(self._bitrate(self.video, 5_000_000) // 1000),
            "ra": str(self._bitrate(self.audio, 192_000) // 1000),
            "rc": str(self.bitrate // 1000),
            "w": str(picture.get("Width", "")),
            "h": str(picture.get("Height", "")),
            "f": str(_rate(picture)),
            "sn": number,
        }

        def value(found: re.Match[str]) -> str:
            return values[found[1]].rjust(int(found[2] or 0), "0") if found[1] in values else found[0]

        return _IDENTIFIER.sub(value, text)

    @staticmethod
    def _bitrate(descriptions: list[Params], otherwise: int) -> int:
        codecs = [codec for one in descriptions for codec in one.get("CodecSettings", {}).values()]
        return sum(int(codec.get("Bitrate", otherwise)) for codec in codecs) or (otherwise if descriptions else 0)


def _described(encoder: Params, kind: str, names: list[str]) -> list[Params]:
    found: list[dict[str, Any]] = encoder.get(kind, [])
    return [one for one in found if one.get("Name") in names]


def _rate(picture: Params) -> int:
    for codec in picture.get("CodecSettings", {}).values():
        if codec.get("FramerateNumerator"):
            return int(codec["FramerateNumerator"] // codec.get("FramerateDenominator", 1))
    return 30
