"""The demo's act with a host: an encoder pushes, the stream goes into IVS, and recordings come and go beside it."""

from __future__ import annotations

from datetime import timedelta

from console.client import Document
from console.performance import Performance, of_session
from console.playing import seconds_played
from console.progress import Change, moment, on_air, recorded, recording_of

ENCODER, STRANGER = "203.0.113.7", "198.51.100.99"
"""Who pushes, from an address that the example allows, and somebody else."""

SECONDS = (30, 20)
"""How long each recording goes on, in AWS's time."""

SEGMENT = 2.0
"""Seconds of a segment: a recording is cut at segments, so it is exact to one."""


def host_session(show: Performance, spec: Document) -> Document:
    """Make the session, put it on the air, record twice, and take it off the air. Answers it, idle."""
    show.act("A host: POST /sessions with examples/03-host-to-ivs.json")
    session, _ = show.follow(show.client.create_session(spec), _but_resources)
    show.expect("it is idle, and waits for its host", session["status"] == "idle")
    _has_an_endpoint(show, session)

    show.act("The encoder pushes, and it goes on the air: POST /sessions/…/streaming/start")
    _encoder_pushes(show, session)
    session, _ = show.follow(show.client.start_streaming(session["session_id"]), _but_resources, on_air("live"))
    show.expect(f"{session['name']} is live", session["status"] == "live")
    show.until("IVS says LIVE", lambda: _ivs_states(show, session) == ["LIVE"])
    show.expect("IVS says LIVE", _ivs_states(show, session) == ["LIVE"])

    show.act("Recorded twice meanwhile: POST /sessions/…/recording/start and …/stop")
    for seconds in SECONDS:
        recording = show.client.start_recording(session["session_id"])
        show.passes(seconds)
        show.client.stop_recording(session["session_id"])
        show.say(f"  {recording['recording_id']} went on for {seconds} s or a little more", "dim")
    for number in range(1, len(SECONDS) + 1):
        _plays(show, session, f"r{number:03}")
    show.expect("the channel ran all the time, in one go", _runs(show, session) == 1)

    show.act("Off the air, and the session stays: POST /sessions/…/streaming/stop")
    session, _ = show.follow(show.client.stop_streaming(session["session_id"]), of_session, on_air("idle"))
    show.expect("it is idle again, and nobody is on the air", _ivs_states(show, session) == [])

    show.act("And ended: DELETE /sessions/…")
    return session


def _but_resources(change: Change) -> bool:
    return change.subject != "resource" or change.after["kind"] in {"channel", "ivs_channel"}


def _has_an_endpoint(show: Performance, session: Document) -> None:
    for endpoint in session["ingest_endpoints"]:
        show.say(f"  the encoder's server: {endpoint['url']}  (onair session endpoints shows it whole)", "dim")
    whole = show.client.get_ingest_endpoints(session["session_id"])["ingest_endpoints"]
    show.expect(
        "it has an endpoint to push to, whose names are masked wherever a session is shown",
        len(whole) == 1 and whole[0]["stream_name"] not in str(session) and whole[0]["url"] not in str(session),
    )


def _encoder_pushes(show: Performance, session: Document) -> None:
    resource = next(resource for resource in session["resources"] if resource["kind"] == "input")
    publish = show.stage.simulator.publish
    show.expect("a stranger's address is kept out", not publish(resource["id"], source=STRANGER))
    show.expect("the host's is let in", publish(resource["id"], source=ENCODER))


def _ivs_states(show: Performance, session: Document) -> list[str]:
    """The state of each stream of the session's, by IVS itself."""
    ivs = show.aws("ivs")
    arns = [resource["arn"] for resource in session["resources"] if resource["kind"] == "ivs_channel"]
    live = ivs.list_streams()["streams"]
    return [stream["state"] for stream in live if stream["channelArn"] in arns]


def _plays(show: Performance, session: Document, recording_id: str) -> None:
    """Wait until a recording is ready, and play it from the first picture to the last."""
    first = recording_of({"recordings": show.client.list_recordings(session["session_id"])["recordings"]}, recording_id)
    ready = recorded(recording_id, "ready")
    session, outcome = show.follow(
        session, lambda change: change.key == recording_id, ready, since=moment(first["requested_at"])
    )
    found = recording_of(session, recording_id)
    show.expect(f"{recording_id} is ready", outcome.ok)
    if not outcome.ok:
        return
    asked_for = (moment(found["ended_at"]) - moment(found["started_at"])) / timedelta(seconds=1)
    s3, bucket = show.aws("s3"), found["playlist"].split("/")[2]
    played = seconds_played(found["playlist"], lambda key: s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    show.say(f"  {found['playlist']}", "dim")
    show.say(f"  {played:.1f} s of pictures, {asked_for:.1f} s between start and stop", "dim")
    show.expect("it plays, and is as long as it was asked for, to a segment", abs(played - asked_for) <= SEGMENT)


def _runs(show: Performance, session: Document) -> int:
    """How often the session's channel has begun to run, by the simulator's log."""
    from infra.local.simulator import StateChange  # late, like the stage

    channel = next(resource["id"] for resource in session["resources"] if resource["kind"] == "channel")
    log = show.stage.simulator.log()
    return sum(isinstance(one, StateChange) and one.id == channel and one.state == "RUNNING" for one in log)
