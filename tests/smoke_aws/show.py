"""The show of a run: a host session that streams and records, and a flow session with one destination.

Both are asked for as anybody does, through the stage's API. Their source is a channel of the run's own, which plays a
file over and over and pushes to the host's endpoint and to a flow of the run's own: so nothing is needed on this
machine, and all that is let in is that channel's address. The flow session's destination is an address where nobody is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from console.client import Document
from tests.smoke_aws import making, requests
from tests.smoke_aws.catching import Catcher
from tests.smoke_aws.deployed import Deployed
from tests.smoke_aws.probes.finding import LONG, SHORT, Rig
from tests.smoke_aws.run import Run

#: Where nobody is (RFC 5737); and what is no key.
NOWHERE, NO_KEY = "192.0.2.10", "example-key-not-real"
RECORDED = 30.0
#: Seconds that each session may last, whatever becomes of this machine: its own lease, with which it ends by itself.
LEASE = 3600
#: Dollars after which a session ends by itself.
BUDGET = 5
_EVERY = 4.0
_BAD = frozenset({"failed", "cleanup_incomplete"})


class ShowFailed(Exception):
    """A session did not get where it should have got."""


@dataclass(frozen=True)
class Shown:
    """One thing that was to be true, and whether it was."""

    what: str
    true: bool


@dataclass
class Show:
    run: Run
    stage: Deployed
    catcher: Catcher

    def play(self) -> Iterator[Shown]:
        """Raises ShowFailed, NotInTime, TimeUp, and whatever the API and AWS refuse with."""
        rig = Rig(self.run, self.stage, self.catcher)
        source, address = self._source(rig)
        flow, ingest = self._flow(rig, address)
        host = self._host(address)
        yield Shown("a host session is idle and waits for its host", host["status"] == "idle")
        self._source_pushes(rig, source, host, ingest)
        yield from self._on_the_air(host)
        yield from self._through_the_flow(flow)
        yield Shown("nothing tagged with either session is left", not self._tagged(rig))

    # The source

    def _source(self, rig: Rig) -> tuple[str, str]:
        """The channel that plays the host's encoder and the flow's sender, and its address. It doesn't run yet."""
        url = making.picture(self.run, self.stage.bucket, "show.ts")
        file = making.file_input(self.run, "source", url)["Id"]
        rig.reaches(rig.input, file, "DETACHED", patience=SHORT, measured="input_create")
        output = requests.rtmp("host", f"rtmp://{NOWHERE}:1935/live", NO_KEY)
        attachment = requests.attachment(file, "file", "LOOP")
        source = making.channel(self.run, "source", **requests.channel(self.stage.role, [attachment], output))["Id"]
        rig.reaches(rig.channel, source, "IDLE", patience=SHORT, measured="channel_create")
        (endpoint, *_) = rig.medialive.describe_channel(ChannelId=source)["EgressEndpoints"]
        return source, str(endpoint["SourceIp"])

    def _flow(self, rig: Rig, sender: str) -> tuple[str, str]:
        """A flow that takes what the source sends, and the address where it does."""
        made = making.flow(self.run, "show", f"{sender}/32")
        rig.mediaconnect.start_flow(FlowArn=made["FlowArn"])
        rig.reaches(rig.flow, made["FlowArn"], "ACTIVE", measured="flow_start")
        found = rig.mediaconnect.describe_flow(FlowArn=made["FlowArn"])["Flow"]
        return str(made["FlowArn"]), str(found["Source"]["IngestIp"])

    def _source_pushes(self, rig: Rig, source: str, host: Document, ingest: str) -> None:
        (endpoint, *_) = self.stage.api.get_ingest_endpoints(host["session_id"])["ingest_endpoints"]
        self.run.secrets |= {endpoint["stream_name"], endpoint["url"], endpoint["url"].rpartition("/")[2]}
        changed = requests.channel(
            self.stage.role,
            [],
            requests.rtmp("host", endpoint["url"], endpoint["stream_name"]),
            requests.rtp("flow", ingest, 5000),
        )
        outputs = {name: changed[name] for name in ("Destinations", "EncoderSettings")}
        rig.medialive.update_channel(ChannelId=source, **outputs)
        rig.reaches(rig.channel, source, "IDLE", patience=SHORT, measured="channel_update")
        rig.medialive.start_channel(ChannelId=source)
        rig.reaches(rig.channel, source, "RUNNING", measured="channel_start")
        (pushed_to,) = [one["id"] for one in host["resources"] if one["kind"] == "input"]
        (address, *_) = rig.medialive.describe_channel(ChannelId=source)["EgressEndpoints"]
        self.stage.pushes(pushed_to, str(address["SourceIp"]))

    # The host session

    def _host(self, address: str) -> Document:
        spec = {
            "name": self.run.name("host"),
            "source": {"type": "rtmp", "allowed_cidrs": [f"{address}/32"]},
            "destinations": [{"platform": "ivs", "profile": "480p30"}],
        }
        return self._reaches(self._asked_for(spec), "idle", "host session: asked for to idle")

    def _on_the_air(self, host: Document) -> Iterator[Shown]:
        api, session_id = self.stage.api, str(host["session_id"])
        api.start_streaming(session_id)
        live = self._reaches(session_id, "live", "host session: start to live")
        yield Shown("it is live", live["status"] == "live")
        self._until("the IVS stream", lambda: self._destinations(session_id) == {"broadcasting"})
        yield Shown("IVS shows it", self._destinations(session_id) == {"broadcasting"})
        recording = str(api.start_recording(session_id)["recording_id"])
        self.run.sleep(RECORDED)
        api.stop_recording(session_id)
        since = self.run.account.time()
        self._until("the recording", lambda: self._recording(session_id, recording) in {"ready", "failed"})
        self.run.measure("recording: stop to ready", since)
        yield Shown("its recording is ready", self._recording(session_id, recording) == "ready")
        api.stop_streaming(session_id)
        idle = self._reaches(session_id, "idle", "host session: stop to idle")
        yield Shown("it is off the air, and still there", idle["status"] == "idle")
        yield self._ended(session_id, "host session")

    # The flow session

    def _through_the_flow(self, flow: str) -> Iterator[Shown]:
        destination = {"id": "nowhere", "platform": "custom", "url": f"rtmp://{NOWHERE}/live", "stream_key": NO_KEY}
        spec = {
            "name": self.run.name("flow"),
            "source": {"type": "flow", "flow_arn": flow},
            "destinations": [{**destination, "profile": "480p30", "channel_class": "SINGLE_PIPELINE"}],
            "go_live": True,
        }
        session_id = self._asked_for(spec)
        live = self._reaches(session_id, "live", "flow session: asked for to live")
        yield Shown("a flow session is live", live["status"] == "live")
        yield self._ended(session_id, "flow session")

    # Any session

    def _asked_for(self, spec: dict[str, Any]) -> str:
        limits = {"max_continuous_duration": LEASE, "budget": {"usd": BUDGET, "when_spent": "end"}}
        answer = self.run.make(
            "session",
            spec["name"],
            lambda: self.stage.api.create_session({**spec, **limits}, idempotency_key=spec["name"]),
            lambda answer: str(answer["session_id"]),
        )
        self.catcher.ours.add(str(answer["session_id"]))
        return str(answer["session_id"])

    def _reaches(self, session_id: str, status: str, measured: str) -> Document:
        since = self.run.account.time()

        def there() -> Document | None:
            found = self.stage.api.get_session(session_id)
            if found["status"] in _BAD and status not in _BAD:
                raise ShowFailed(f"{measured}: {found['status']}: {found.get('error')}")
            return found if found["status"] == status else None

        found: Document = self.run.until(there, measured, LONG, _EVERY)
        self.run.measure(measured, since)
        return found

    def _ended(self, session_id: str, which: str) -> Shown:
        self.stage.api.end_session(session_id)
        ended = self._reaches(session_id, "ended", f"{which}: end to ended")
        return Shown(f"the {which} has ended", ended["status"] == "ended")

    def _until(self, what: str, look: Callable[[], bool]) -> None:
        self.run.until(look, what, LONG / 3)

    def _destinations(self, session_id: str) -> set[str]:
        return {one["status"] for one in self.stage.api.get_session(session_id)["destinations"]}

    def _recording(self, session_id: str, recording_id: str) -> str:
        return str(self.stage.api.get_recording(session_id, recording_id)["status"])

    def _tagged(self, rig: Rig) -> list[str]:
        """What carries a session's tag, by the services' own lists."""
        sessions = self.catcher.ours
        lists = [
            (rig.medialive, "list_channels", "Channels", "Tags"),
            (rig.medialive, "list_inputs", "Inputs", "Tags"),
            (rig.ivs, "list_channels", "channels", "tags"),
        ]
        return [
            str(one)
            for client, operation, key, tags in lists
            for page in client.get_paginator(operation).paginate()
            for one in page[key]
            if one.get(tags, {}).get("onair:session") in sessions and one.get("State") != "DELETED"
        ]
