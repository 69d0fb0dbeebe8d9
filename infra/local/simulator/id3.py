"""ID3 tags for timed metadata: a given one as it is, or a text as a TXXX frame (Id3SegmentTaggingSettings)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping


def id3(settings: Mapping[str, str]) -> bytes:
    """``Id3`` is base64 of whole tags, ``Tag`` is text. What is no base64 makes no tag."""
    if "Id3" in settings:
        try:
            return base64.b64decode(settings["Id3"], validate=True)
        except binascii.Error:
            return b""
    content = b"\x03\x00" + settings.get("Tag", "").encode() + b"\x00"  # UTF-8, no description
    frame = b"TXXX" + _syncsafe(len(content)) + b"\x00\x00" + content
    return b"ID3\x04\x00\x00" + _syncsafe(len(frame)) + frame


def _syncsafe(size: int) -> bytes:
    """Seven bits a byte, so that no size looks like a frame of sound."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
