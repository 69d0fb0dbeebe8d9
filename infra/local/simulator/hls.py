"""What a running channel's HLS outputs write into S3: segments, their playlists, and the master playlist.

``on_air.py`` makes the writers and tells them when their output goes on and when it pauses. A writer is brought up to
date whenever somebody asks, and what it writes depends on the run's history alone, not on when it is asked.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from infra.local.simulator import alerts
from infra.local.simulator.hls_names import Names
from infra.local.simulator.hls_playlists import MediaPlaylist, Segment, master
from infra.local.simulator.id3 import id3
from infra.local.simulator.pictures import FRAMES_PER_SECOND
from infra.local.simulator.run import Run
from infra.local.simulator.store import Channel, Params
from infra.local.simulator.transport_stream import PICTURE_TICKS, SOUND_TICKS, TICKS, Counters, Look, stamped, template
from infra.local.simulator.world import World

FIRST_TICK = 10 * TICKS
_SEGMENT_LENGTH = 10
_SYSTEM_CLOCK = "SYSTEM_CLOCK"


def writers(world: World, channel: Channel) -> list[HlsWriter]:
    """One for each output and pipeline of each HLS group that goes to a bucket."""
    if world.core.storage is None or channel.run is None:
        return []
    encoder = channel.settings.get("EncoderSettings", {})
    destinations = {one.get("Id"): one for one in channel.settings.get("Destinations", [])}
    made = []
    for group in encoder.get("OutputGroups", []):
        settings = group["OutputGroupSettings"].get("HlsGroupSettings")
        reference = (settings or {}).get("Destination", {}).get("DestinationRefId")
        for pipeline, target in enumerate(destinations.get(reference, {}).get("Settings", [])[: channel.pipelines]):
            if urlsplit(target.get("Url", "")).scheme in ("s3", "s3ssl"):
                renditions = [Names(encoder, one, target["Url"]) for one in group["Outputs"] if _is_written(one)]
                made += [HlsWriter(world, channel, pipeline, group, one, renditions) for one in renditions]
    return made


def _is_written(output: Params) -> bool:
    kinds = output["OutputSettings"].get("HlsOutputSettings", {}).get("HlsSettings", {})
    return "StandardHlsSettings" in kinds or "AudioOnlyHlsSettings" in kinds


class HlsWriter:
    """One output of one pipeline, over one run."""

    def __init__(
        self, world: World, channel: Channel, pipeline: int, group: Params, names: Names, renditions: list[Names]
    ) -> None:
        assert channel.run is not None and world.core.storage is not None
        self.pipeline = pipeline
        self.group_name = str(group.get("Name", ""))
        self._settings: Params = group["OutputGroupSettings"]["HlsGroupSettings"]
        self.pauses = self._settings.get("InputLossAction") == "PAUSE_OUTPUT"
        self._world, self._channel, self._run = world, channel, channel.run
        self._storage = world.core.storage
        self._names, self._renditions = names, renditions
        self._full = FRAMES_PER_SECOND * int(self._settings.get("SegmentLength", _SEGMENT_LENGTH))
        self._from: float | None = None  # since when the output goes without a break; None while it pauses
        self._frames = 0  # of it that are in segments
        self._shown = 0.0  # seconds in all segments, for the program date-time
        self._breaks = False  # the next segment does not follow on the last
        self._has_master = False  # nothing changes in it over a run
        self._counters = Counters()
        self._playlist = MediaPlaylist(self._settings)
        self._clock: tuple[float, float] | None = None  # the first segment's start, and its timecode

    # When it is told

    def go(self, now: float) -> None:
        if self._from is None:
            self._from, self._frames = now, 0

    def pause(self, now: float) -> None:
        if self._from is not None:
            self._complete(now)
            self._from, self._breaks = None, True

    def advance(self, now: float) -> None:
        """Write every segment that is due."""
        if self._write_until(now - self._world.settings.segment_delay):
            self._put_playlist()

    def finish(self, now: float) -> None:
        """The run is over: what there is is written, and the playlist says that nothing follows."""
        if self._from is not None:
            self._complete(now)
            self._from = None
        if self._playlist.count:
            self._playlist.end()
            self._put_playlist()

    def due(self) -> float | None:
        """When the next segment is to be written."""
        if self._from is None:
            return None
        return self._moment(self._frames + self._full) + self._world.settings.segment_delay

    # Segments

    def _write_until(self, now: float) -> bool:
        wrote = False
        while self._from is not None and self._moment(self._frames + self._full) <= now + 1e-6:
            self._write(self._full)
            wrote = True
        return wrote

    def _complete(self, now: float) -> None:
        """All up to now, with a last segment that is shorter than the others, if there is one."""
        assert self._from is not None
        wrote = self._write_until(now)
        frames = int((now - self._from) * FRAMES_PER_SECOND + 1e-6) - self._frames
        behaviour = self._settings.get("IncompleteSegmentBehavior", "AUTO")
        kept = behaviour == "AUTO" and self._world.alternatives.last_segment == "written"
        if frames > 0 and kept:
            self._write(frames)
            wrote = True
        if wrote:
            self._put_playlist()

    def _write(self, frames: int) -> None:
        assert self._from is not None
        start, end = self._moment(self._frames), self._moment(self._frames + frames)
        duration = frames / FRAMES_PER_SECOND
        first = self._frames * PICTURE_TICKS
        look = Look(
            frames=frames,
            full=self._full,
            black=self._run.feeds[self.pipeline].missing(start, end) > duration / 2,
            video=self._names.has_video,
            audio=self._names.has_audio,
            metadata=self._names.takes_metadata,
            phase=-first % SOUND_TICKS,
        )
        # A break keeps the clock's time, so it shows in the stamps; within a stretch they are exact.
        offset = round((self._from - self._run.started_at) * TICKS)
        offset += FIRST_TICK + TICKS * int(self._settings.get("TimestampDeltaMilliseconds", 0)) // 1000
        number = self._playlist.number_of_next(self._world.alternatives.segment_counter)
        by_run = self._world.alternatives.dates_in_names == "run"
        name = self._names.segment(self._run.started_at if by_run else start, number)
        tags = self._tags(start, end, number) if self._names.takes_metadata else []
        self._put(name, stamped(template(look), first + offset, self._counters, tags))
        self._playlist.add(Segment(name, duration, self._date_time(start), self._breaks, start))
        for outdated in self._playlist.outdated():
            self._storage.delete_object(self._names.bucket, self._names.folder + outdated)
        self._breaks = False
        self._frames += frames
        self._shown += duration

    def _moment(self, frames: int) -> float:
        assert self._from is not None
        return self._from + frames / FRAMES_PER_SECOND

    def _date_time(self, start: float) -> float:
        """By the clock that the group has: the wall's, or the timecode's, which was read once (HlsGroupSettings)."""
        chosen = self._settings.get("ProgramDateTimeClock", self._world.alternatives.program_date_time_clock)
        if chosen == _SYSTEM_CLOCK:
            return start
        if self._clock is None:
            self._clock = (start, start if _has_clock(self._world, self._channel, self._run) else 0.0)
        began, timecode = self._clock
        jumps = self._world.alternatives.program_date_time_after_pause == "jumps"
        return timecode + (start - began if jumps else self._shown)

    def _tags(self, start: float, end: float, number: str) -> list[tuple[int, bytes]]:
        """ID3 of the schedule: what was said for once, and the last that was said for every segment."""
        tagging = self._settings.get("HlsId3SegmentTagging") == "ENABLED"
        told = [tag for tag in self._run.tags if tag.at < end and (tagging or not tag.is_segments)]
        due = [tag for tag in told if not tag.lasting and tag.at >= start]
        due += [tag for tag in told if tag.lasting][-1:]
        found = []
        for tag in sorted(due, key=lambda tag: tag.at):
            text = {"Tag": self._names.resolve(tag.settings["Tag"], start, number)} if "Tag" in tag.settings else {}
            ticks = round(max(0.0, tag.at - start) * TICKS)
            found.append((ticks, id3({**tag.settings, **text})))
        return found

    # S3

    def _put_playlist(self) -> None:
        selection = self._settings.get("OutputSelection", "MANIFESTS_AND_SEGMENTS")
        began = self._run.started_at
        if selection == "MANIFESTS_AND_SEGMENTS" and not self._has_master:
            self._has_master = True
            listed = [(one, one.playlist(began)) for one in self._renditions]
            self._put(self._names.master(began), master(listed, self._settings))
        if selection != "SEGMENTS_ONLY":
            self._put(self._names.playlist(began), self._playlist.body())

    def _put(self, name: str, body: bytes) -> None:
        """A write that fails is an alert until one succeeds again; the segment is lost, as with the service."""
        failed = False
        try:
            self._storage.put_object(self._names.bucket, self._names.folder + name, body)
        except Exception:  # whatever the storage has against it
            failed = True
        message = f"Unable to write to s3://{self._names.bucket}/{self._names.folder}"
        alerts.hold(self._world, self._channel, alerts.WRITE_FAILED, message, self.pipeline, failed)


def _has_clock(world: World, channel: Channel, run: Run) -> bool:
    """Whether the output's timecode is the time of day; else it counts from zero (TimecodeConfig)."""
    source = channel.settings["EncoderSettings"].get("TimecodeConfig", {}).get("Source")
    attachments: list[Params] = channel.settings.get("InputAttachments", [])
    active = [one["InputId"] for one in attachments if one.get("InputAttachmentName", "") == run.attachment]
    kinds = [world.region.inputs[identity].settings["Type"] for identity in active]
    return source == "SYSTEMCLOCK" or (
        source == "EMBEDDED" and any(kind in world.settings.timecoded_inputs for kind in kinds)
    )
