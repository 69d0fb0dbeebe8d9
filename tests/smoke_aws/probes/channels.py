"""Channels that never run: mostly refused calls. One stands idle for a minute or two (prices.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.smoke_aws import making, requests
from tests.smoke_aws.probes.finding import SHORT, Answer, Finding, Rig, Scene, asked, code_of, either

FOLDER = "buffer"


def bodies(rig: Rig, input_id: str, **changed: Any) -> dict[str, Any]:
    """A channel with one input, that would write to the stage's bucket."""
    output = requests.hls("out", rig.stage.bucket, f"{FOLDER}/{rig.run.name('idle')}", 10)
    return {**requests.channel(rig.stage.role, [requests.attachment(input_id, "in")], output), **changed}


def refused_channels(rig: Rig) -> Iterator[Finding]:
    group = making.security_group(rig.run, "refused")
    found = making.rtmp_input(rig.run, "refused", group)["Id"]
    rig.reaches(rig.input, found, "DETACHED", patience=SHORT)

    def attempt(**body: Any) -> Answer:
        """Refused, as a rule; what is taken is deleted before the next attempt, for it holds the input."""
        answer = asked(making.channel, rig.run, "refused", **body)
        if answer.body.get("Id"):
            rig.reaches(rig.channel, answer.body["Id"], "IDLE", "CREATE_FAILED", patience=SHORT)
            rig.medialive.delete_channel(ChannelId=answer.body["Id"])
            rig.is_gone(rig.channel, answer.body["Id"])
            rig.reaches(rig.input, found, "DETACHED", patience=SHORT)
        return answer

    yield _required(attempt, bodies(rig, found))
    standard = {"ChannelClass": "STANDARD"}
    yield code_of("destination_error", attempt(**bodies(rig, found, **standard)))
    two = bodies(rig, found, **standard)
    two["Destinations"] = [{**one, "Settings": one["Settings"] * 2} for one in two["Destinations"]]
    two["Destinations"][0]["Settings"] = [
        {"Url": f"{one['Url']}-{number}"} for number, one in enumerate(two["Destinations"][0]["Settings"])
    ]
    yield either("single_input_on_standard_channel", attempt(**two), "accepted", "refused")
    yield _pass_role(rig, attempt, found)
    dry = attempt(**bodies(rig, found, DryRun=True))
    if dry.code is not None:
        yield Finding("dry_run", None, str(dry))
    else:
        made = bool(dry.body.get("Id"))
        yield Finding("dry_run", "ignored" if made else "validates", "it was made" if made else "nothing was made")


def _required(attempt: Any, body: dict[str, Any]) -> Finding:
    name = "unmodelled_required"
    nothing = attempt()
    if nothing.code is None:
        return Finding(name, "none", "a channel of nothing but a name was taken")
    less = {key: value for key, value in body.items() if key not in {"RoleArn", "InputSpecification"}}
    answer = attempt(**less)
    if answer.code is None:
        return Finding(name, "structural", "taken without RoleArn and InputSpecification")
    return Finding(name, "all", str(answer))


def _pass_role(rig: Rig, attempt: Any, found: str) -> Finding:
    """A role that does not exist, and a word that is no ARN: whichever is answered with PassRole."""
    missing = f"arn:aws:iam::{rig.run.account.id}:role/{rig.run.name('no-role')}"
    seen = []
    for role in (missing, "nobody"):
        answer = attempt(**bodies(rig, found, RoleArn=role))
        if "PassRole" in answer.text:
            return Finding("pass_role_error", answer.code, str(answer))
        seen.append(str(answer))
    return Finding("pass_role_error", None, "; ".join(seen))


def an_idle_channel(rig: Rig) -> Iterator[Finding]:
    run = rig.run
    group = making.security_group(run, "idle")
    found = making.rtmp_input(run, "idle", group)
    since = rig.now()
    answer = asked(making.channel, run, "idle", **bodies(rig, found["Id"]))
    if found["State"] != "CREATING":
        yield Finding("creating_input_attachable", None, f"an input is {found['State']} as soon as it is created")
    else:
        yield either("creating_input_attachable", answer, "accepted", "refused")
    if answer.code is not None:
        rig.reaches(rig.input, found["Id"], "DETACHED", patience=SHORT)
        since = rig.now()
        answer = asked(making.channel, run, "idle", **bodies(rig, found["Id"]))
    channel = answer.body["Id"]
    one = {"ChannelId": channel}
    started = asked(rig.medialive.start_channel, **one)
    yield code_of("start_of_creating", started)
    yield code_of(
        "schedule_between_states", asked(rig.medialive.batch_update_schedule, **one, Creates=a_day_ahead(rig))
    )
    rig.reaches(rig.channel, channel, "IDLE", patience=SHORT)
    run.measure("channel_create", since)
    yield either("stop_of_idle", asked(rig.medialive.stop_channel, **one), "ok", "conflict", "ConflictException")
    deleted = asked(rig.medialive.delete_input, InputId=found["Id"])
    yield Finding(
        "attached_input_delete_text", deleted.text if deleted.code == "ConflictException" else None, str(deleted)
    )
    yield from _deleted(rig, channel)
    yield _deleted_early(rig, group)


def _deleted(rig: Rig, channel: str) -> Iterator[Finding]:
    one = {"ChannelId": channel}
    rig.medialive.delete_channel(**one)
    again = asked(rig.medialive.delete_channel, **one)
    state = rig.channel(channel)
    if again.code is None and state != "DELETING":
        yield Finding("delete_of_deleting", None, f"it was {state or 'gone'} already")
    else:
        yield either("delete_of_deleting", again, "ok", "conflict", "ConflictException")
    last = rig.is_gone(rig.channel, channel, "channel_delete")
    yield Finding("deleted_resources", "tombstone" if last else "not_found", f"described as {last or 'not found'}")
    pages = rig.medialive.get_paginator("list_channels").paginate()
    listed = [one["State"] for page in pages for one in page["Channels"] if one["Id"] == channel]
    yield Finding("list_shows_deleted", "yes" if listed else "no", f"listed as {listed[0]}" if listed else "not listed")
    rig.catcher.listen()
    words = [event["detail"]["state"] for event in rig.catcher.of(channel, STATE_CHANGE)]
    if not words:
        yield Finding("announced_states", None, "no event of the channel was heard")
    else:
        more = {"CREATING", "DELETING", "RECOVERING"} & set(words)
        yield Finding("announced_states", "all" if more else "seen", ", ".join(words))


def _deleted_early(rig: Rig, group: str) -> Finding:
    found = making.rtmp_input(rig.run, "early", group)["Id"]
    rig.reaches(rig.input, found, "DETACHED", patience=SHORT)
    channel = making.channel(rig.run, "early", **bodies(rig, found))["Id"]
    answer = asked(rig.medialive.delete_channel, ChannelId=channel)
    return either("delete_of_creating", answer, "ok", "conflict", "ConflictException")


STATE_CHANGE = "MediaLive Channel State Change"


def a_day_ahead(rig: Rig) -> dict[str, Any]:
    """An action that nobody will see done."""
    at = datetime.fromtimestamp(rig.now() + 86_400, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    action = {
        "ActionName": "a-day-ahead",
        "ScheduleActionSettings": {"InputSwitchSettings": {"InputAttachmentNameReference": "in"}},
        "ScheduleActionStartSettings": {"FixedModeScheduleActionStartSettings": {"Time": at}},
    }
    return {"ScheduleActions": [action]}


SCENES = (
    Scene(
        "refused channels",
        ("unmodelled_required", "destination_error", "single_input_on_standard_channel", "pass_role_error", "dry_run"),
        "refused CreateChannel calls; those that are taken are deleted at once",
        refused_channels,
    ),
    Scene(
        "an idle channel",
        (
            "creating_input_attachable",
            "start_of_creating",
            "schedule_between_states",
            "stop_of_idle",
            "attached_input_delete_text",
            "delete_of_deleting",
            "deleted_resources",
            "list_shows_deleted",
            "announced_states",
            "delete_of_creating",
        ),
        "two channels that never run",
        an_idle_channel,
    ),
)
