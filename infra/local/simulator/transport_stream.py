"""MPEG transport streams, as far as a segment needs them: made once, then given their time in microseconds.

``template`` lays out one segment (tables, pictures, sound) and notes where its times and counters are; ``stamped``
copies it for a moment of the stream. So a channel that is on the air for a day encodes nothing after its first segment.
PIDs are those that MediaLive uses when none are given. Times are in ticks of 90 kHz.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from infra.local.simulator.pictures import FRAMES_PER_SECOND, SAMPLE_RATE, SAMPLES_PER_FRAME, pictures, sound

TICKS = 90_000
PICTURE_TICKS = TICKS // FRAMES_PER_SECOND
SOUND_TICKS = TICKS * SAMPLES_PER_FRAME // SAMPLE_RATE
PAT_PID, PMT_PID, VIDEO_PID, AUDIO_PID, METADATA_PID = 0, 480, 481, 482, 502
_PACKET = 188
_WRAP = 1 << 33
_CLOCK_LEAD = TICKS // 2  # the clock runs ahead of what is shown, so that a decoder can fill its buffers
_SOUNDS_A_PES = 4  # about what one packet holds


class Look(NamedTuple):
    """What a segment is made of. ``frames`` of the ``full`` that one has; ``phase``: ticks until its first sound."""

    frames: int
    full: int
    black: bool
    video: bool
    audio: bool
    metadata: bool
    phase: int


class Template(NamedTuple):
    body: bytes
    counters: tuple[tuple[int, int], ...]  # where each packet's counter is, and its PID
    stamps: tuple[tuple[int, int], ...]  # where each presentation time is, and the time
    clocks: tuple[tuple[int, int], ...]  # where each clock reference is, and the time


class Counters(dict[int, int]):
    """The next continuity counter of each PID; it goes on from segment to segment."""

    def __missing__(self, pid: int) -> int:
        return 0


@lru_cache(maxsize=256)
def template(look: Look) -> Template:
    """A segment that starts at 0. Its pictures fill ``frames`` exactly; a sound that begins in it is in it."""
    layout = _Layout()
    layout.tables(look)
    end = look.frames * PICTURE_TICKS
    units: list[tuple[int, int, bytes]] = []
    if look.video:
        shown = pictures(look.full, look.black)[: look.frames]
        units += [(number * PICTURE_TICKS, VIDEO_PID, unit) for number, unit in enumerate(shown)]
    if look.audio:
        times = range(look.phase, end, SOUND_TICKS)
        frame = sound(look.black)
        for first in range(0, len(times), _SOUNDS_A_PES):
            units.append((times[first], AUDIO_PID, frame * len(times[first : first + _SOUNDS_A_PES])))
    clock = VIDEO_PID if look.video else AUDIO_PID
    for at, pid, payload in sorted(units, key=lambda unit: unit[:2]):
        layout.unit(at, pid, payload, clocked=pid == clock)
    return Template(bytes(layout.body), tuple(layout.counters), tuple(layout.stamps), tuple(layout.clocks))


def stamped(made: Template, start: int, counters: Counters, tags: Iterable[tuple[int, bytes]] = ()) -> bytes:
    """The template at ``start`` of the stream, with ID3 ``tags`` (ticks from its start, bytes) after its tables."""
    body = bytearray(made.body)
    for offset, pid in made.counters:
        count = counters[pid]
        body[offset] = body[offset] & 0xF0 | count
        counters[pid] = (count + 1) & 0x0F
    for offset, at in made.stamps:
        body[offset : offset + 5] = _time(start + at)
    for offset, at in made.clocks:
        body[offset : offset + 6] = _reference(start + at)
    extra = _Layout()
    for at, tag in tags:
        extra.unit(start + at, METADATA_PID, tag, clocked=False)
    for offset, pid in extra.counters:
        extra.body[offset] |= counters[pid]
        counters[pid] = (counters[pid] + 1) & 0x0F
    body[2 * _PACKET : 2 * _PACKET] = extra.body
    return bytes(body)


class _Layout:
    """Packets in a row, and where in them the times and counters are."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.counters: list[tuple[int, int]] = []
        self.stamps: list[tuple[int, int]] = []
        self.clocks: list[tuple[int, int]] = []

    def tables(self, look: Look) -> None:
        self._section(PAT_PID, b"\x00", b"\x00\x01" + (0xE000 | PMT_PID).to_bytes(2, "big"))
        streams, about = b"", b""
        if look.video:
            streams += _stream(0x1B, VIDEO_PID)
        if look.audio:
            streams += _stream(0x0F, AUDIO_PID)
        if look.metadata:
            about = b"\x25\x0f\xff\xffID3 \xffID3 \x00\x1f\x00\x01"
            streams += _stream(0x15, METADATA_PID, b"\x26\x0d\xff\xffID3 \xffID3 \x00\x0f")
        clock = 0xE000 | (VIDEO_PID if look.video else AUDIO_PID)
        self._section(
            PMT_PID, b"\x02", clock.to_bytes(2, "big") + (0xF000 | len(about)).to_bytes(2, "big") + about + streams
        )

    def _section(self, pid: int, table: bytes, content: bytes) -> None:
        body = b"\x00\x01\xc1\x00\x00" + content
        section = table + (0xB000 | len(body) + 4).to_bytes(2, "big") + body
        section += _checksum(section).to_bytes(4, "big")
        self.counters.append((len(self.body) + 3, pid))
        self.body += b"\x47" + (0x4000 | pid).to_bytes(2, "big") + b"\x10\x00" + section
        self.body += b"\xff" * (-len(self.body) % _PACKET)

    def unit(self, at: int, pid: int, payload: bytes, clocked: bool) -> None:
        """One picture, some sounds or one tag, as a PES packet over as many packets as it takes."""
        kind = {VIDEO_PID: 0xE0, AUDIO_PID: 0xC0, METADATA_PID: 0xBD}[pid]
        size = 0 if pid == VIDEO_PID else len(payload) + 8
        header = b"\x00\x00\x01" + bytes([kind]) + size.to_bytes(2, "big") + b"\x84\x80\x05"
        rest = memoryview(header + _time(at) + payload)
        first = True
        while rest:
            field = b""
            if first and clocked:
                field = b"\x50" + _reference(at)  # a place to begin, and the clock
            room = _PACKET - 4 - (len(field) + 1 if field else 0)
            short = room - len(rest)
            if short > 0:  # fill up: a field of one byte is a length of 0
                field = (field or (b"\x00" if short > 1 else b"")) + b"\xff" * (short if field else max(short - 2, 0))
            has_field = bool(field) or short > 0
            start = len(self.body)
            self.counters.append((start + 3, pid))
            self.body += b"\x47" + ((0x4000 if first else 0) | pid).to_bytes(2, "big")
            self.body += (b"\x30" + bytes([len(field)]) + field) if has_field else b"\x10"
            if first:
                if clocked:
                    self.clocks.append((start + 6, at))
                self.stamps.append((len(self.body) + len(header), at))
            taken = _PACKET - (len(self.body) - start)
            self.body += rest[:taken]
            rest = rest[taken:]
            first = False


def _stream(kind: int, pid: int, about: bytes = b"") -> bytes:
    return bytes([kind]) + (0xE000 | pid).to_bytes(2, "big") + (0xF000 | len(about)).to_bytes(2, "big") + about


def _time(ticks: int) -> bytes:
    ticks %= _WRAP
    high = (0x20 | ticks >> 29 & 0x0E | 1) << 32
    middle = (ticks >> 15 & 0x7FFF) << 17 | 1 << 16
    return (high | middle | (ticks & 0x7FFF) << 1 | 1).to_bytes(5, "big")


def _reference(ticks: int) -> bytes:
    return ((ticks - _CLOCK_LEAD) % _WRAP << 15 | 0x3F << 9).to_bytes(6, "big")


def _checksum(section: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in section:
        crc ^= byte << 24
        for _ in range(8):
            crc = crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)
            crc &= 0xFFFFFFFF
    return crc
