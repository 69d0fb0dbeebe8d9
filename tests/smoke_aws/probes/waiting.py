"""A channel that runs and waits for an encoder that never comes; and one whose role MediaLive is not trusted with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import get_args

from infra.local.simulator import Alternatives
from tests.smoke_aws import making, requests
from tests.smoke_aws.probes.channels import FOLDER, STATE_CHANGE, a_day_ahead, bodies
from tests.smoke_aws.probes.finding import LONG, SHORT, Finding, Rig, Scene, asked, code_of, either
from tests.smoke_aws.run import NotInTime

#: Seconds on the air in which a channel that makes output without input would have written some segments.
_ON_AIR = 45.0
_SEGMENT = 2
_FAILURES = ("failed_create_event", "failed_start_event")


def without_an_encoder(rig: Rig) -> Iterator[Finding]:
    run = rig.run
    group = making.security_group(run, "waiting")
    found = making.rtmp_input(run, "waiting", group)["Id"]
    rig.reaches(rig.input, found, "DETACHED", patience=SHORT)
    folder = f"{FOLDER}/{run.name('waiting')}"
    output = requests.hls("out", rig.stage.bucket, folder, _SEGMENT)
    body = requests.channel(rig.stage.role, [requests.attachment(found, "in")], output, clock="SYSTEMCLOCK")
    channel = making.channel(run, "waiting", **body)["Id"]
    one = {"ChannelId": channel}
    rig.reaches(rig.channel, channel, "IDLE", patience=SHORT, measured="channel_create")
    rig.medialive.start_channel(**one)
    yield either("start_of_running", asked(rig.medialive.start_channel, **one), "ok", "conflict", "ConflictException")
    rig.reaches(rig.channel, channel, "RUNNING", measured="channel_start")
    run.sleep(_ON_AIR)
    listing = rig.s3.list_objects_v2(Bucket=rig.stage.bucket, Prefix=folder + "/")
    segments = [each["Key"] for each in listing.get("Contents", []) if each["Key"].endswith(".ts")]
    seen = f"{len(segments)} segments in {_ON_AIR:.0f} s"
    yield Finding("output_before_first_input", "black" if segments else "none", seen)
    yield _loss_alert(rig, channel)
    rig.medialive.batch_update_schedule(**one, Creates=a_day_ahead(rig))
    yield code_of("duplicate_action", asked(rig.medialive.batch_update_schedule, **one, Creates=a_day_ahead(rig)))
    yield code_of("delete_schedule_of_running", asked(rig.medialive.delete_schedule, **one))
    before = {alert["Id"] for alert in _alerts(rig, channel) if alert["State"] == "SET"}
    rig.medialive.stop_channel(**one)
    rig.reaches(rig.channel, channel, "IDLE", measured="channel_stop")
    yield _after_the_stop(rig, channel, before)


def _alerts(rig: Rig, channel: str) -> list[dict[str, str]]:
    pages = rig.medialive.get_paginator("list_alerts").paginate(ChannelId=channel)
    return [alert for page in pages for alert in page["Alerts"]]


def _loss_alert(rig: Rig, channel: str) -> Finding:
    name = "rtmp_loss_alert"
    known = get_args(Alternatives.model_fields[name].annotation)
    kinds: list[str] = []
    with suppress(NotInTime):
        kinds = rig.run.until(lambda: sorted({each["AlertType"] for each in _alerts(rig, channel)}), "an alert", SHORT)
    said = ", ".join(kinds) or f"no alert within {SHORT:.0f} s"
    return Finding(name, next((kind for kind in kinds if kind in known), kinds[0] if kinds else None), said)


def _after_the_stop(rig: Rig, channel: str, before: set[str]) -> Finding:
    name = "alerts_of_stopped_channel"
    if not before:
        return Finding(name, None, "there was no alert to be cleared")
    with suppress(NotInTime):  # a moment, for the clearing may come after the stop
        rig.run.until(lambda: not _still_set(rig, channel) & before, "alerts cleared", SHORT / 4)
    still = _still_set(rig, channel) & before
    return Finding(name, "kept" if still else "cleared", f"{len(still)} of {len(before)} still set")


def _still_set(rig: Rig, channel: str) -> set[str]:
    return {alert["Id"] for alert in _alerts(rig, channel) if alert["State"] == "SET"}


def failures(rig: Rig) -> Iterator[Finding]:
    """Nobody knows how to have MediaLive fail. A role that it is not trusted with is the best attempt; where it works
    all the same, it is stopped, and nothing is settled."""
    role, seen = rig.stage.untrusted_role, "nothing failed"
    settled: dict[str, Finding] = {}
    if role is None:
        yield from (Finding(name, None, "there is no role that MediaLive is not trusted with") for name in _FAILURES)
        return
    group = making.security_group(rig.run, "fails")
    for number in (1, 2):
        found = making.rtmp_input(rig.run, f"fails-{number}", group)["Id"]
        rig.reaches(rig.input, found, "DETACHED", patience=SHORT)
        made = asked(making.channel, rig.run, f"fails-{number}", **bodies(rig, found, RoleArn=role))
        if made.code is not None:
            seen = f"CreateChannel is refused: {made}"
            break
        channel = made.body["Id"]
        if rig.reaches(rig.channel, channel, "IDLE", "CREATE_FAILED", patience=SHORT) == "CREATE_FAILED":
            settled["failed_create_event"] = _told(rig, channel, "failed_create_event", "CREATE_FAILED")
            continue
        rig.medialive.start_channel(ChannelId=channel)
        if rig.reaches(rig.channel, channel, "IDLE", "RUNNING", patience=LONG) == "IDLE":
            settled["failed_start_event"] = _told(rig, channel, "failed_start_event", "STOPPED")
        else:
            seen = "the channel runs although MediaLive is not trusted with its role"
        break
    for name in _FAILURES:
        yield settled.get(name) or Finding(name, None, seen)


def _told(rig: Rig, channel: str, name: str, word: str) -> Finding:
    rig.catcher.listen()
    if not rig.catcher.hears():
        return Finding(name, None, "no events are heard at all")
    words = [event["detail"]["state"] for event in rig.catcher.of(channel, STATE_CHANGE)]
    return Finding(name, word if word in words else "none", ", ".join(words) or "no event")


SCENES = (
    Scene(
        "without an encoder",
        (
            "start_of_running",
            "output_before_first_input",
            "rtmp_loss_alert",
            "duplicate_action",
            "delete_schedule_of_running",
            "alerts_of_stopped_channel",
        ),
        "a channel that runs for a minute",
        without_an_encoder,
        runs=((1, 1),),
    ),
    Scene(
        "failures",
        _FAILURES,
        "a channel with a role that MediaLive is not trusted with; it runs only if that works all the same",
        failures,
        runs=((1, 1),),
    ),
)
