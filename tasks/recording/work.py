"""What the steps of ``finalize_recording`` share: their input, where a recording's objects are, what is there."""

from __future__ import annotations

from shared.domain.errors import InternalError
from shared.domain.model import Value
from shared.domain.names import recording_prefix
from shared.domain.playlists import Cut, number_of, segment_name
from shared.gateways import objects
from shared.gateways.objects import PAGE


class RecordingStep(Value):
    """The input of a step. There is no fence: a recording is its own owner."""

    session_id: str
    recording_id: str

    @property
    def folder(self) -> str:
        return recording_prefix(self.session_id, self.recording_id)

    @property
    def work_key(self) -> str:
        return f"{self.folder}work/segments.json"

    @property
    def playlist_key(self) -> str:
        return f"{self.folder}playlist.m3u8"

    def segment_key(self, number: int) -> str:
        return self.folder + segment_name(number)


def read_cut(step: RecordingStep) -> Cut:
    """What the recording consists of, as *Gather segments* wrote it down."""
    body = objects.get(step.work_key)
    if body is None:
        raise InternalError(f"{step.work_key} is not there, which Gather segments writes and nothing deletes")
    return Cut.from_json(body)


def copied(step: RecordingStep, first: int = 0, last: int | None = None) -> dict[int, int]:
    """The segments that are there, by number, with their size in bytes."""
    found: dict[int, int] = {}
    after = step.segment_key(first - 1) if first else ""
    page = PAGE if last is None else min(PAGE, last - first + 1)
    for stored in objects.listed(step.folder, after, page):
        if not stored.key.endswith(".ts"):
            break  # the playlist and the work file come behind all digits
        number = number_of(stored.key.removeprefix(step.folder))
        if last is not None and number > last:
            break
        found[number] = stored.size
    return found
