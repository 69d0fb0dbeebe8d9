"""The picture that a run sends: ten seconds of a moving bar and a tone, as a transport stream. Encoded once."""

from __future__ import annotations

import io
import math
import struct
from fractions import Fraction
from functools import cache

SECONDS = 10
_WIDTH, _HEIGHT, _RATE = 640, 360, 30
_SAMPLE_RATE, _SAMPLES = 48_000, 1024


def transport_stream() -> bytes:
    """H.264 and AAC in MPEG-TS, 360p30: what MediaLive takes as a TS_FILE."""
    return encoded()


@cache
def encoded() -> bytes:
    import av

    body = io.BytesIO()
    with av.open(body, "w", format="mpegts") as container:
        pictures = container.add_stream("libx264", rate=_RATE, options={"preset": "ultrafast", "g": str(_RATE)})
        pictures.width, pictures.height, pictures.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        sounds = container.add_stream("aac", rate=_SAMPLE_RATE, layout="mono")
        for number in range(SECONDS * _RATE):
            frame = av.VideoFrame(_WIDTH, _HEIGHT, "yuv420p")
            luma, *chroma = frame.planes
            at = number * 4 % _WIDTH
            line = bytearray(b"\x50" * luma.line_size)
            line[at : at + 40] = b"\xdc" * len(line[at : at + 40])
            luma.update(bytes(line) * _HEIGHT)
            for plane in chroma:
                plane.update(b"\x80" * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            container.mux(pictures.encode(frame))
        for number in range(SECONDS * _SAMPLE_RATE // _SAMPLES):
            tone = [0.2 * math.sin(math.tau * 440 * (number * _SAMPLES + at) / _SAMPLE_RATE) for at in range(_SAMPLES)]
            heard = av.AudioFrame(format="fltp", layout="mono", samples=_SAMPLES)
            heard.planes[0].update(struct.pack(f"<{_SAMPLES}f", *tone))
            heard.sample_rate, heard.pts, heard.time_base = _SAMPLE_RATE, number * _SAMPLES, Fraction(1, _SAMPLE_RATE)
            container.mux(sounds.encode(heard))
        container.mux(pictures.encode(None))
        container.mux(sounds.encode(None))
    return body.getvalue()
