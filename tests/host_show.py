"""What a test of host sessions says: a show whose host pushes RTMP, streamed and recorded apart, and what then is true.

What it tells of channels comes from the simulator's log and of segments from S3, never from OnAir's own code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from infra.local.simulator.store import Call, StateChange
from infra.local.stage import Stage
from shared.domain.session import SessionView
from shared.gateways import sessions
from tests.show import Show, Shows

IVS = {"platform": "ivs"}
LET_IN = {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]}
#: Two marks and the segments between them never agree better than this.
SEGMENT = timedelta(seconds=2)


class Interval(NamedTuple):
    """From the moment a channel was RUNNING until it was not; ``end`` None: it still is."""

    start: datetime
    end: datetime | None


class Segment(NamedTuple):
    key: str
    start: datetime
    seconds: float

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)


class HostShow(Show):
    """One session that streams and records apart: a host session, or a flow session with a recorder."""

    # Asking

    def call(self, move: str, body: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """One POST below the session: status and answer, whatever they are."""
        status, _, answer = self.stage.request("POST", f"/sessions/{self.id}/{move}", body)
        return status, answer

    def does(self, move: str, **body: Any) -> dict[str, Any]:
        status, answer = self.call(move, body or None)
        assert 200 <= status < 300, (status, answer)
        return answer

    def start(self, on_recording: str = "refuse") -> dict[str, Any]:
        return self.does("streaming/start", on_recording=on_recording)

    def stop(self, on_recording: str = "refuse") -> dict[str, Any]:
        return self.does("streaming/stop", on_recording=on_recording)

    def record(self) -> dict[str, Any]:
        return self.does("recording/start")

    def stop_recording(self) -> dict[str, Any]:
        return self.does("recording/stop")

    def provision(self) -> dict[str, Any]:
        return self.does("medialive")

    def passes(self, seconds: float) -> None:
        """Let time pass, whatever runs."""
        self.stage.clock.sleep(seconds)

    def publish(self, started: bool = True) -> None:
        """The host's encoder pushes, or stops."""
        row = next(one for one in self.look()["resources"] if one["kind"] == "input")
        assert self.stage.simulator.publish(row["id"], started)

    # Looking

    def view(self) -> SessionView:
        """Its rows."""
        return sessions.view(self.id)

    def recording(self, number: int) -> dict[str, Any]:
        return next(one for one in self.recordings() if one["recording_id"] == f"r{number:03}")

    def recordings(self) -> list[dict[str, Any]]:
        status, _, answer = self.stage.request("GET", f"/sessions/{self.id}/recordings")
        assert status == 200, answer
        return list(answer["recordings"])

    def channel(self, branch: str = "ivs") -> str:
        """The id of a branch's channel, also when it is gone."""
        found = next(one for one in self.view().resources if one.key == f"{branch}/channel")
        assert found.resource_id is not None
        return found.resource_id

    def state(self, branch: str = "ivs") -> str:
        """What MediaLive's simulator says of a branch's channel now."""
        changes = [one for one in self._changes("channel") if one.id == self.channel(branch)]
        return changes[-1].state

    def runs(self, branch: str = "ivs") -> list[Interval]:
        """When a branch's channel was RUNNING, by the simulator's log."""
        return list(running(self._changes("channel"), self.channel(branch)))

    def calls(self, *operations: str) -> list[Call]:
        """The calls of these operations that took effect, on anybody's channel."""
        log = [one for one in self.stage.simulator.log() if isinstance(one, Call)]
        return [one for one in log if one.operation in operations and one.outcome == "OK"]

    def statuses(self) -> list[str]:
        return [change["status"] for change in self.look()["timeline"]]

    def segments(self, pipeline: int = 0) -> list[Segment]:
        """All segments that its runs have written to S3, oldest first, by the program date-times of their playlists."""
        prefixes = [f"{run.prefix}{pipeline}/" for run in self.view().runs if run.prefix]
        found = [one for prefix in prefixes for one in _segments(self.stage, prefix)]
        return sorted(found, key=lambda one: one.start)

    def recorded(self, number: int) -> list[Segment]:
        """The segments of a finished recording, by its own playlist; each is there."""
        folder = f"recordings/{self.id}/r{number:03}/"
        listed = list(_segments(self.stage, folder, "playlist.m3u8"))
        pages = self.stage.client("s3").get_paginator("list_objects_v2").paginate(Bucket=_bucket(), Prefix=folder)
        there = {one["Key"] for page in pages for one in page.get("Contents", [])}
        assert {one.key for one in listed} <= there
        return listed

    def _changes(self, kind: str) -> list[StateChange]:
        return [one for one in self.stage.simulator.log() if isinstance(one, StateChange) and one.kind == kind]


def ask_host(shows: Shows, destination: Mapping[str, Any] = IVS, **changes: Any) -> HostShow:
    """A host session, at rest; its encoder pushes as soon as there is an input, unless ``publish=False``."""
    publish = changes.pop("publish", True)
    spec = {"name": "A show", "owner": "studio-1", "source": LET_IN, "destinations": [dict(destination)], **changes}
    show = HostShow(shows.stage, {"session_id": shows.post(spec).id})
    shows.stage.settle()
    if publish and changes.get("provision", True):
        show.publish()
    return show


def ask_recorded_flow(shows: Shows, *destinations: Mapping[str, Any], **changes: Any) -> HostShow:
    """A flow session with a recorder."""
    return HostShow(shows.stage, {"session_id": shows.ask(*destinations, record=True, **changes).id})


def running(changes: list[StateChange], channel_id: str) -> Iterator[Interval]:
    since = None
    for change in changes:
        if change.id != channel_id:
            continue
        if change.state == "RUNNING":
            since = change.at
        elif since is not None:
            yield Interval(since, change.at)
            since = None
    if since is not None:
        yield Interval(since, None)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def is_near(one: datetime, other: datetime, within: timedelta = SEGMENT) -> bool:
    return abs(one - other) <= within


def ends_clean(shows: Shows, show: HostShow) -> None:
    assert show.ended()["status"] == "ended"
    assert show.statuses()[-2:] == ["ending", "ended"]
    shows.nothing_left()


def covers_its_marks(recording: dict[str, Any]) -> None:
    """Its segments reach from mark to mark, but for the gaps it declares."""
    assert recording["status"] == "ready" and recording["missing_segments"] == 0, recording
    begin, end = moment(recording["started_at"]), moment(recording["ended_at"])
    lost = sum((moment(gap["ends_at"]) - moment(gap["starts_at"]) for gap in recording["gaps"]), timedelta())
    assert abs(timedelta(seconds=recording["duration"]) - (end - begin - lost)) <= SEGMENT, recording


_TIME = re.compile(r"#EXT-X-PROGRAM-DATE-TIME:(\S+)")
_LENGTH = re.compile(r"#EXTINF:([\d.]+)")


def _bucket() -> str:
    return os.environ["ONAIR_BUCKET"]


def _segments(stage: Stage, folder: str, name: str = "") -> Iterator[Segment]:
    """What the media playlist in a folder lists, nothing if there is none. Its name sorts before its segments'."""
    client = stage.client("s3")
    first = client.list_objects_v2(Bucket=_bucket(), Prefix=folder + name, MaxKeys=5).get("Contents", [])
    for key in [one["Key"] for one in first if one["Key"].endswith(".m3u8")]:
        body = client.get_object(Bucket=_bucket(), Key=key)["Body"].read().decode()
        yield from _listed(body, key.rpartition("/")[0] + "/")


def _listed(playlist: str, folder: str) -> Iterator[Segment]:
    at, seconds = None, 0.0
    for line in playlist.splitlines():
        if found := _TIME.match(line):
            at = datetime.fromisoformat(found[1].replace("Z", "+00:00"))
        elif found := _LENGTH.match(line):
            seconds = float(found[1])
        elif line and not line.startswith("#") and line.endswith(".ts"):
            assert at is not None, "a segment without a time"
            yield Segment(folder + line, at, seconds)
            at += timedelta(seconds=seconds)
