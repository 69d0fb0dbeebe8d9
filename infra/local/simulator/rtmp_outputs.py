"""A running channel's RTMP outputs: what goes to an IVS channel arrives there, all else is taken to arrive (facts §8).

``on_air.py`` makes and drives them. An output that is refused or cut off connects again by itself: after its
ConnectionRetryInterval, NumRetries times, then after RestartDelay, 0 of which is never (facts §10.1).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from infra.local.clock import Timer
from infra.local.simulator import alerts, ivs_streams
from infra.local.simulator.store import Channel, IvsChannel, Params
from infra.local.simulator.world import World

_RETRIES, _RESTART_DELAY = 10, 15


def pushes(world: World, channel: Channel) -> list[Push]:
    encoder = channel.settings.get("EncoderSettings", {})
    destinations = {one.get("Id"): one for one in channel.settings.get("Destinations", [])}
    made = []
    for group in encoder.get("OutputGroups", []):
        for output in group["Outputs"] if "RtmpGroupSettings" in group["OutputGroupSettings"] else []:
            settings = output["OutputSettings"].get("RtmpOutputSettings", {})
            destination = destinations.get(settings.get("Destination", {}).get("DestinationRefId"), {})
            for pipeline, target in enumerate(destination.get("Settings", [])[: channel.pipelines]):
                made.append(Push(world, channel, pipeline, group, settings, target))
    return made


class Push:
    """One RTMP output of one pipeline."""

    def __init__(
        self, world: World, channel: Channel, pipeline: int, group: Params, settings: Params, target: Params
    ) -> None:
        group_settings = group["OutputGroupSettings"]["RtmpGroupSettings"]
        self.pipeline = pipeline
        self.group_name = str(group.get("Name", ""))
        self.pauses = group_settings.get("InputLossAction") == "PAUSE_OUTPUT"
        self._world, self._channel = world, channel
        self._url, self._key = str(target.get("Url", "")), str(target.get("StreamName", ""))
        self._interval: int | None = settings.get("ConnectionRetryInterval")
        self._retries: int = settings.get("NumRetries", _RETRIES)
        self._restart_delay: int = group_settings.get("RestartDelay", _RESTART_DELAY)
        self._wanted = False
        self._silent = False
        self._attempts = 0
        self._was_taken_over = False
        self._retry: Timer | None = None
        self._to: IvsChannel | None = None  # where it is connected

    @property
    def publisher(self) -> str:
        return f"{self._channel.id}/{self.group_name}/{self.pipeline}"

    def go(self, now: float) -> None:
        self._silent = False
        if not self._wanted:
            self._wanted = True
            self._connect()
        elif self._to is not None:
            ivs_streams.starve(self._world, self._to, False)

    def pause(self, now: float) -> None:
        """The connection stays; nothing comes over it."""
        self._silent = True
        if self._to is not None:
            ivs_streams.starve(self._world, self._to, True)

    def stop(self) -> None:
        self._wanted = False
        if self._retry is not None:
            self._retry.cancel()
        connected, self._to = self._to, None
        if connected is not None:
            ivs_streams.disconnect(self._world, connected)

    def _connect(self) -> None:
        self._retry = None
        url = urlsplit(self._url)
        host = (url.hostname or "").lower()
        if not self._wanted or not ivs_streams.is_ingest(host):
            return
        found = ivs_streams.admitted(self._world, host, url.scheme, url.path, self._key)
        if found is not None and ivs_streams.connect(
            self._world, found, self.publisher, self._lost, newcomer=not self._was_taken_over
        ):
            self._to, self._attempts, self._was_taken_over = found, 0, False
            ivs_streams.starve(self._world, found, self._silent)
            self._hold_alert(False)
            return
        self._hold_alert(True)
        self._try_again()

    def _lost(self, taken_over: bool) -> None:
        """Cut off from the other end."""
        self._to = None
        self._was_taken_over = taken_over
        self._try_again()

    def _try_again(self) -> None:
        self._attempts += 1
        if self._attempts <= self._retries:
            drawn = self._world.core.draw(self._world.settings.durations.rtmp_retry, self.publisher)
            wait = drawn if self._interval is None else float(self._interval)
        elif self._restart_delay:
            self._attempts, wait = 0, float(self._restart_delay)
        else:
            return
        self._retry = self._world.later(wait, self._connect)

    def _hold_alert(self, holds: bool) -> None:
        """Without the stream's name, which is a key."""
        message = f"Unable to connect to {self._url}"
        alerts.hold(self._world, self._channel, alerts.RTMP_FAILED, message, self.pipeline, holds)
