"""A recording as a player in a browser gets it: its playlist from the API, its segments by links into the bucket.

The segments of a day are some gigabytes, and a function answers 6 MB at most: so they are read from S3 itself, which a
link allows for an hour, for that one segment.
"""

from __future__ import annotations

from datetime import timedelta

from shared.domain.answers import PlaylistAnswer, SegmentLink, SegmentLinks
from shared.domain.errors import RecordingNotReady
from shared.domain.playlists import named
from shared.domain.recording import RecordingStatus
from shared.gateways import objects, recordings
from shared.gateways.settings import settings
from shared.runtime.clock import now

#: How long a link is good for.
GOOD_FOR = timedelta(hours=1)
#: Links of one answer: a kilobyte or two each with a role's credentials, so well within what a function answers.
MOST_LINKS = 500


def playlist_of(session_id: str, recording_id: str) -> PlaylistAnswer:
    """Raises ``RecordingNotFound``, ``RecordingNotReady``."""
    _, text = _playlist(session_id, recording_id)
    return PlaylistAnswer(playlist=text, segments=len(named(text)))


def segment_links(session_id: str, recording_id: str, first: int, count: int) -> SegmentLinks:
    """Links to ``count`` segments from the one at place ``first`` of the playlist on, as far as there are any.

    Raises ``RecordingNotFound``, ``RecordingNotReady``.
    """
    expires_at = now() + GOOD_FOR
    folder, text = _playlist(session_id, recording_id)
    return SegmentLinks(
        links=tuple(
            SegmentLink(name=name, url=objects.link(folder + name, GOOD_FOR))
            for name in named(text)[first : first + count]
        ),
        expires_at=expires_at,
    )


def _playlist(session_id: str, recording_id: str) -> tuple[str, str]:
    """The folder of a recording's playlist, and the playlist."""
    recording = recordings.get(session_id, recording_id)
    if recording.status is not RecordingStatus.READY or recording.playlist is None:
        raise RecordingNotReady(f"recording {recording_id} of session {session_id} is {recording.status}")
    key = recording.playlist.removeprefix(f"s3://{settings().bucket}/")
    body = objects.get(key)
    if body is None:
        raise RecordingNotReady(f"{recording.playlist} is not there any more")
    return key.rpartition("/")[0] + "/", body.decode()
