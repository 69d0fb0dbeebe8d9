"""BatchUpdateSchedule: a recording's marks in the stream itself.

A timed ID3 tag lies in the segment of its moment and nowhere else. Id3SegmentTagging would tag every segment from then
on (facts §6.1), which is no mark. Both need an action's name that nothing else in the schedule has (facts §5).
"""

from __future__ import annotations

import base64

from shared.domain.payloads import Payload

_DESCRIPTION = "onair"


def mark_request(channel_id: str, recording_id: str, edge: str) -> Payload:
    """An immediate action. ``edge``: ``start`` or ``stop``."""
    text = f"recording {recording_id} {edge}"
    return {
        "ChannelId": channel_id,
        "Creates": {
            "ScheduleActions": [
                {
                    "ActionName": f"{recording_id}-{edge}",
                    "ScheduleActionStartSettings": {"ImmediateModeScheduleActionStartSettings": {}},
                    "ScheduleActionSettings": {
                        "TimedMetadataSettings": {"Id3": base64.b64encode(id3_text(text)).decode()}
                    },
                }
            ]
        },
    }


def id3_text(text: str) -> bytes:
    """An ID3v2.4 tag with one TXXX frame, described as ``onair`` (id3.org: ID3v2.4.0 §3.1, §4.2.6)."""
    body = b"\x03" + _DESCRIPTION.encode() + b"\x00" + text.encode()
    frame = b"TXXX" + _syncsafe(len(body)) + b"\x00\x00" + body
    return b"ID3\x04\x00\x00" + _syncsafe(len(frame)) + frame


def _syncsafe(number: int) -> bytes:
    """Four bytes of seven bits each."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
