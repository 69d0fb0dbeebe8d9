"""The pictures and sounds of the simulator's segments: a handful, encoded once a process with PyAV (H.264 and AAC).

``transport_stream.py`` puts them together. A picture is 160×90 with a bar that moves over a gradient, or black; a sound
is a tone, or silence, whose period is one AAC frame, so that one encoded frame can be repeated for ever.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from functools import cache

WIDTH, HEIGHT = 160, 90
FRAMES_PER_SECOND = 5
SAMPLE_RATE = 8000
SAMPLES_PER_FRAME = 1024
_BLACK = 16
_NO_COLOUR = 128
_SETTLED = 12  # AAC frames until the encoder has got used to the tone


@cache
def pictures(count: int, black: bool) -> tuple[bytes, ...]:
    """``count`` access units of H.264: the first starts a closed group of pictures, none is shown out of order.

    Any first part of them is a whole group too, which is what a segment that was cut short is made of.
    """
    import av

    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FRAMES_PER_SECOND), Fraction(FRAMES_PER_SECOND)
    encoder.options = {
        "preset": "veryfast",
        "tune": "zerolatency",
        "crf": "35",
        "x264-params": f"keyint={count + 1}:scenecut=0:bframes=0:repeat-headers=1:aud=1:threads=1",
    }
    packets = []
    for number in range(count):
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        luma, *chroma = frame.planes
        luma.update(_line(number, luma.line_size, black) * HEIGHT)
        for plane in chroma:
            plane.update(bytes([_NO_COLOUR]) * plane.buffer_size)
        frame.pts = number
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return tuple(bytes(packet) for packet in packets)


def _line(number: int, width: int, black: bool) -> bytes:
    if black:
        return bytes([_BLACK]) * width
    at = number * 8 % WIDTH
    return bytes(220 if at <= x < at + 16 else 60 + x // 2 for x in range(width))


@cache
def sound(silent: bool) -> bytes:
    """One ADTS frame of AAC, mono: it may follow itself."""
    import av

    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE, "mono", "fltp"
    encoder.bit_rate, encoder.time_base = 2000, Fraction(1, SAMPLE_RATE)
    encoder.options = {"aac_coder": "fast"}
    level = 0.0 if silent else 0.2
    tone = [level * math.sin(2 * math.pi * 32 * at / SAMPLES_PER_FRAME) for at in range(SAMPLES_PER_FRAME)]
    wave = struct.pack(f"<{SAMPLES_PER_FRAME}f", *tone)
    packets = []
    for number in range(_SETTLED + 2):
        frame = av.AudioFrame(format="fltp", layout="mono", samples=SAMPLES_PER_FRAME)
        frame.sample_rate, frame.time_base, frame.pts = (
            SAMPLE_RATE,
            Fraction(1, SAMPLE_RATE),
            number * SAMPLES_PER_FRAME,
        )
        frame.planes[0].update(wave)
        packets += encoder.encode(frame)
    return _adts(bytes(packets[_SETTLED]))


def _adts(frame: bytes) -> bytes:
    """The header that makes an AAC frame stand alone: MPEG-4 AAC LC, no checksum, 8000 Hz (index 11), one channel."""
    size = len(frame) + 7
    fields = 0xFFF << 44 | 1 << 40 | 1 << 38 | 11 << 34 | 1 << 30 | size << 13 | 0x7FF << 2
    return fields.to_bytes(7, "big") + frame
