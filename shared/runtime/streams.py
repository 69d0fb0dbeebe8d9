"""Whether a destination really gets the stream. For IVS that can be asked; a platform of its own says nothing.

Used by the step that reports a channel on the air, by the trigger that hears of IVS streams, and by the sweep.
"""

from __future__ import annotations

from shared.domain.session import DestinationStatus, ivs_channel_key
from shared.gateways import ivs, ledger


def status_on_air(session_id: str, destination_id: str, before: DestinationStatus) -> DestinationStatus:
    """The status of a destination whose channel runs."""
    row = ledger.get(session_id, ivs_channel_key(destination_id))
    live = row is None or row.resource_id is None or ivs.is_live(row.resource_id)
    return status_by_stream(live, before)


def status_by_stream(live: bool, before: DestinationStatus) -> DestinationStatus:
    """The same, where it is known whether its stream is ``live``.

    An IVS channel is LIVE on ingest (facts §8), so until the host's encoder pushes it is ``starting``; one that has
    lost its stream is ``retrying``, for MediaLive goes on connecting.
    """
    if live:
        return DestinationStatus.BROADCASTING
    had_it = before in (DestinationStatus.BROADCASTING, DestinationStatus.RETRYING)
    return DestinationStatus.RETRYING if had_it else DestinationStatus.STARTING
