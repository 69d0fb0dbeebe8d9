"""What a test of finalizing says: runs of a channel in the buffer, two marks, and what became of the recording.

The segments are a few bytes each; what a channel really writes is in ``workflow/test_finalizing.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.backends import put_object
from infra.local.stage import Stage
from shared.domain.names import buffer_prefix, finalizing_name, recording_prefix
from shared.domain.recording import Recording, RecordingStatus, Run
from shared.gateways import recordings, table
from shared.gateways.settings import settings


def honour_conditions_of_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 refuses a copy with If-None-Match over what is there (API reference, CopyObject); moto does so for writes
    only, and a copy that was made twice would not be told from one that was refused."""
    from moto.s3.exceptions import PreconditionFailed
    from moto.s3.responses import S3Response

    copy_object = S3Response.copy_object

    def conditional(self: Any) -> Any:
        there = self.backend.get_object(self.bucket_name, self.parse_key_name()) is not None
        if self.headers.get("If-None-Match") == "*" and there:
            raise PreconditionFailed("If-None-Match")
        return copy_object(self)

    monkeypatch.setattr(S3Response, "copy_object", conditional)


SESSION, RECORDING = "s-000000000000", "r001"
LENGTH = 2.0


class Recorded:
    """One session's buffer and its recording; times are seconds after a moment that is an hour ago."""

    def __init__(self, stage: Stage) -> None:
        settings.cache_clear()
        self.stage = stage
        self.bucket = settings().bucket
        self.s3 = stage.client("s3")
        # Every version of an object is kept, so that a second copy of a segment is seen.
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self._zero = stage.clock.now().replace(microsecond=0) - timedelta(hours=1)

    def at(self, seconds: float) -> datetime:
        return self._zero + timedelta(seconds=seconds)

    def seconds(self, moment: datetime | None) -> float:
        assert moment is not None
        return (moment - self._zero).total_seconds()

    # What there is

    def run(
        self,
        number: int,
        segments: int,
        begins: float = 0.0,
        *,
        missing: Collection[int] = (),
        pipeline: int = 0,
        over: bool = True,
        noted: bool = True,
    ) -> None:
        """A run that wrote so many segments, numbered from 1, without those that are ``missing`` from the bucket.

        ``over``: its playlist has ended; ``noted``: its row says so.
        """
        folder = f"{buffer_prefix(SESSION, number)}{pipeline}/"
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2", "#EXT-X-MEDIA-SEQUENCE:1"]
        for count in range(segments):
            name = f"show_1080_{count + 1:05}.ts"
            if count + 1 not in missing:
                put_object(self.bucket, folder + name, self.content(number, count + 1))
            dated = self.at(begins + count * LENGTH).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            lines += [f"#EXT-X-PROGRAM-DATE-TIME:{dated}", f"#EXTINF:{LENGTH:.5f},", name]
        lines += ["#EXT-X-ENDLIST"] * over
        put_object(self.bucket, f"{folder}show.m3u8", b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nshow_1080.m3u8\n")
        put_object(self.bucket, f"{folder}show_1080.m3u8", "\n".join([*lines, ""]).encode())
        run = Run(
            destination_id="main",
            number=number,
            channel_id="1234567",
            prefix=buffer_prefix(SESSION, number),
            streams=True,
            asked_at=self.at(begins - 60),
            running_at=self.at(begins),
        )
        recordings.begin_run(SESSION, run)
        if over and noted:
            recordings.note_stopped(SESSION, run, self.at(begins + segments * LENGTH))

    @staticmethod
    def content(run: int, segment: int) -> bytes:
        """What a segment holds: each something else, not all of one size."""
        return f"run {run} segment {segment}".encode()

    def marked(self, started: float, ended: float) -> None:
        """A recording that was stopped."""
        recording = Recording(
            recording_id=RECORDING,
            status=RecordingStatus.STOPPING,
            requested_at=self.at(started),
            started_at=self.at(started),
            ended_at=self.at(ended),
            updated_at=self.at(ended),
        )
        table.put(recordings.recording_item(SESSION, recording))

    # What is done with it

    def finalize(self, attempt: int = 1) -> str:
        """Start the machine; returns the execution's ARN."""
        given = {"session_id": SESSION, "recording_id": RECORDING}
        return self.stage.start("FinalizeRecordingMachine", given, finalizing_name(SESSION, RECORDING, attempt))

    def finalized(self, attempt: int = 1) -> Recording:
        """Let the machine run to its end, whichever; returns the recording's row."""
        self.finalize(attempt)
        self.stage.settle()
        return self.row()

    def row(self) -> Recording:
        return recordings.get(SESSION, RECORDING)

    # What became of it

    def playlist(self) -> list[str]:
        key = recording_prefix(SESSION, RECORDING) + "playlist.m3u8"
        text: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return text.decode().splitlines()

    def copies(self) -> Counter[str]:
        """How often each segment of the recording was written."""
        prefix = recording_prefix(SESSION, RECORDING)
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix)
        keys = [one["Key"].removeprefix(prefix) for page in pages for one in page.get("Versions", ())]
        return Counter(key for key in keys if key.endswith(".ts"))

    def body(self, name: str) -> bytes:
        found: bytes = self.s3.get_object(Bucket=self.bucket, Key=recording_prefix(SESSION, RECORDING) + name)[
            "Body"
        ].read()
        return found

    def complete(self, segments: int) -> Recording:
        """The invariant: the recording is ready, it is whole, and every segment of it was copied exactly once."""
        recording = self.row()
        assert recording.status is RecordingStatus.READY, recording
        names = [line for line in self.playlist() if not line.startswith("#")]
        assert len(names) == segments == recording.segments
        assert self.copies() == Counter(names), "copied twice, or not at all"
        assert recording.size == sum(len(self.body(name)) for name in names)
        assert recording.starts_at is not None and recording.ends_at is not None and recording.duration is not None
        gaps = sum((gap.ends_at - gap.starts_at for gap in recording.gaps), timedelta())
        assert timedelta(seconds=recording.duration) + gaps == recording.ends_at - recording.starts_at
        return recording
