"""Plays what was recorded, as a viewer's player would: takes an HLS playlist and its segments and decodes all of it.
For the demo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory


def seconds_played(playlist: str, read: Callable[[str], bytes]) -> float:
    """How long the pictures of a playlist (``s3://BUCKET/KEY``) last; ``read`` gets the object of a key.

    Raises av.FFmpegError where a decoder would stop.
    """
    import av  # late: the other commands need no decoder

    key = playlist.split("/", 3)[3]
    folder = key.rpartition("/")[0]
    with TemporaryDirectory() as there:
        text = read(key).decode()
        for name in (line for line in text.splitlines() if line and not line.startswith("#")):
            (Path(there) / name).write_bytes(read(f"{folder}/{name}"))
        local = Path(there) / "playlist.m3u8"
        local.write_text(text, encoding="utf-8")
        with av.open(str(local)) as container:
            times = [frame.time for frame in container.decode(video=0) if frame.time is not None]
    if len(times) < 2:
        return 0.0
    between = (times[-1] - times[0]) / (len(times) - 1)
    return times[-1] - times[0] + between
