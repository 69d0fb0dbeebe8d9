"""What MediaLive refuses in a batch of schedule actions (facts §6.3; the texts that are known: facts §3).

Called by ``schedule.py`` with the schedule as it is. The paths of faults are the schedule's own, in snake case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

from infra.local.simulator.errors import Fault, ServiceError, unprocessable
from infra.local.simulator.store import Channel, Params, ScheduleAction
from infra.local.simulator.world import World

_AHEAD = 15.0
_FURTHEST = 14 * 24 * 3600.0
_APART = 5.0
_MILLISECOND = 1e-3  # an action's time has no more
_STANDARD_DELAY = 10.0  # so that both pipelines do an immediate action at one moment
SWITCH, PREPARE = "InputSwitchSettings", "InputPrepareSettings"
_MAY_FOLLOW = frozenset(
    {
        SWITCH,
        PREPARE,
        "Scte35InputSettings",
        "Scte35ReturnToNetworkSettings",
        "Scte35SpliceInsertSettings",
        "Scte35TimeSignalSettings",
    }
)
_FIXED, _FOLLOW, _IMMEDIATE = (f"{mode}ModeScheduleActionStartSettings" for mode in ("Fixed", "Follow", "Immediate"))
_FILES = frozenset({"MP4_FILE", "TS_FILE"})


def kind_of(action: Params) -> str:
    """The one member of ScheduleActionSettings."""
    return str(next(iter(action), ""))


def follows(begins: Params) -> Params | None:
    """Which action an action follows, and at which of its ends."""
    found: Params | None = begins.get(_FOLLOW)
    return found


def start_of(world: World, channel: Channel, begins: Params) -> float | None:
    """When an action is due, if that is known yet: one that follows waits, and so does one that waits for a start."""
    if _FIXED in begins:
        return _moment(begins[_FIXED]["Time"])
    if _IMMEDIATE in begins and channel.run is not None:
        return world.core.clock.time() + (_STANDARD_DELAY if channel.pipelines > 1 else 0.0)
    return None


def check_batch(world: World, channel: Channel, deletes: list[str], creates: list[Params]) -> None:
    """Raise what the service would; nothing has been changed yet."""
    faults = list(_delete_faults(world, channel, deletes))
    kept = {name: action for name, action in channel.schedule.items() if name not in deletes}
    taken = Counter([*kept, *(asked["ActionName"] for asked in creates)])
    for index, asked in enumerate(creates):
        name = asked["ActionName"]
        if taken[name] > 1:
            raise ServiceError(
                world.alternatives.duplicate_action,
                f"schedule_actions[{index}].action_name actionName: {name} error: Action name is not unique.",
            )
    if len(kept) + len(creates) > world.settings.quotas.schedule_actions:
        most = world.settings.quotas.schedule_actions
        faults.append(Fault("", f"A schedule can have at most {most} actions"))
    for index, asked in enumerate(creates):
        faults += _action_faults(world, channel, index, asked)
    if not faults:
        faults += _distance_faults(world, channel, kept, creates)
        faults += _follow_faults(world, channel, kept, creates)
        faults += _orphan_faults(kept, creates)
    if faults:
        raise unprocessable(faults)


def _fault(index: int, place: str, name: str, words: str) -> Fault:
    return Fault(f"schedule_actions[{index}].{place}", f"actionName: {name} error: {words}")


# Each action by itself


def _action_faults(world: World, channel: Channel, index: int, asked: Params) -> Iterator[Fault]:
    name, settings, begins = asked["ActionName"], asked["ScheduleActionSettings"], asked["ScheduleActionStartSettings"]
    if len(settings) != 1:
        yield _fault(index, "schedule_action_settings", name, "Exactly one action setting is required.")
        return
    if len(begins) != 1:
        yield _fault(index, "schedule_action_start_settings", name, "Exactly one start setting is required.")
        return
    kind = kind_of(settings)
    if _FIXED in begins:
        yield from _time_faults(world, index, name, begins[_FIXED]["Time"])
    elif _FOLLOW in begins and kind not in _MAY_FOLLOW:
        yield _fault(index, "schedule_action_start_settings", name, "This action cannot follow another.")
    yield from _reference_faults(channel, index, name, kind, settings[kind])
    if kind == "PauseStateSettings":
        for one in settings[kind].get("Pipelines", []):
            if one["PipelineId"] == "PIPELINE_1" and channel.pipelines == 1:
                yield _fault(index, "schedule_action_settings", name, "The channel has no PIPELINE_1.")


def _time_faults(world: World, index: int, name: str, text: str) -> Iterator[Fault]:
    at, now = _moment(text), world.core.clock.time()
    if at is None:
        yield _fault(index, "schedule_action_start_settings.time", name, f"Invalid time {text}.")
    elif at < now + _AHEAD - _MILLISECOND:
        words = f"Cannot schedule actionName={name} with action time={_spoken(at)}, missed deadline of 15 seconds"
        yield Fault("", f"actionName: {name} error: {words}")
    elif at > now + _FURTHEST + _MILLISECOND:
        words = f"Cannot schedule actionName={name} with action time={_spoken(at)}, more than 14 days ahead"
        yield Fault("", f"actionName: {name} error: {words}")


def _reference_faults(channel: Channel, index: int, name: str, kind: str, settings: Params) -> Iterator[Fault]:
    attachments = channel.settings.get("InputAttachments", [])
    reference = settings.get("InputAttachmentNameReference")
    if kind in (SWITCH, PREPARE, "Scte35InputSettings") and reference is not None:
        known = [attachment.get("InputAttachmentName", "") for attachment in attachments]
        if reference not in known:
            place = "schedule_action_settings.input_attachment_name_reference"
            yield _fault(index, place, name, f"Input attachment {reference} does not exist in the channel.")
    if kind == PREPARE:
        features = channel.settings["EncoderSettings"].get("FeatureActivations", {})
        if features.get("InputPrepareScheduleActions") != "ENABLED":
            yield _fault(index, "schedule_action_settings", name, "Input prepare is not enabled in the channel.")


# Together


def _distance_faults(
    world: World, channel: Channel, kept: dict[str, ScheduleAction], creates: list[Params]
) -> Iterator[Fault]:
    """Input switches are at least five seconds apart; the later of two says so, or else the one that is new."""
    new = {asked["ActionName"]: index for index, asked in enumerate(creates)}
    times = [
        (action.at, action.name)
        for action in kept.values()
        if kind_of(action.settings) == SWITCH and action.at is not None
    ]
    for asked in creates:
        at = start_of(world, channel, asked["ScheduleActionStartSettings"])
        if kind_of(asked["ScheduleActionSettings"]) == SWITCH and at is not None:
            times.append((at, asked["ActionName"]))
    times.sort(key=lambda one: one[0])
    for (before, first), (after, second) in pairwise(times):
        guilty = second if second in new else first
        if after - before < _APART and guilty in new:
            yield _fault(
                new[guilty],
                "schedule_action_start_settings.time",
                guilty,
                "Input switch actions must be separated by at least 5 seconds;"
                f" violation found between action names [{first}] and [{second}].",
            )


def _follow_faults(
    world: World, channel: Channel, kept: dict[str, ScheduleAction], creates: list[Params]
) -> Iterator[Fault]:
    settings = {action.name: action.settings for action in kept.values()}
    settings |= {asked["ActionName"]: asked["ScheduleActionSettings"] for asked in creates}
    followers = Counter(
        reference
        for kind, reference in [
            *((kind_of(one.settings), _reference(one.begins)) for one in kept.values()),
            *(
                (kind_of(one["ScheduleActionSettings"]), _reference(one["ScheduleActionStartSettings"]))
                for one in creates
            ),
        ]
        if kind == SWITCH and reference is not None
    )
    place = "schedule_action_start_settings.reference_action_name"
    for index, asked in enumerate(creates):
        begins = follows(asked["ScheduleActionStartSettings"])
        if begins is None:
            continue
        name, reference = asked["ActionName"], begins["ReferenceActionName"]
        is_switch = kind_of(asked["ScheduleActionSettings"]) == SWITCH
        if reference not in settings or reference == name:
            yield _fault(index, place, name, f"Reference action name {reference} does not exist.")
        elif is_switch and followers[reference] > 1:
            words = f"Reference action name {reference} is used for multiple input switch follow actions."
            yield _fault(index, place, name, words + " Only one input switch can follow another.")
        elif kind_of(settings[reference]) != SWITCH:
            yield _fault(index, place, name, f"Reference action {reference} is not an input switch.")
        elif begins["FollowPoint"] == "END" and not _ends(world, channel, settings[reference][SWITCH]):
            words = f"Reference action {reference} never ends: it must switch to a file whose end behavior is CONTINUE."
            yield _fault(index, place, name, words)
        elif is_switch and begins["FollowPoint"] != "END":
            yield _fault(index, place, name, "An input switch can only follow the end of another.")


def _orphan_faults(kept: dict[str, ScheduleAction], creates: list[Params]) -> Iterator[Fault]:
    names = {*kept, *(asked["ActionName"] for asked in creates)}
    for action in kept.values():
        reference = _reference(action.begins)
        if action.state == "PENDING" and reference is not None and reference not in names:
            words = f"Reference action name {reference} does not exist."
            yield Fault("", f"actionName: {action.name} error: {words}")


def _delete_faults(world: World, channel: Channel, names: list[str]) -> Iterator[Fault]:
    """Nothing that is less than 15 seconds ahead, and nothing that the running channel still goes by."""
    protected = _gone_by(channel)
    for name in names:
        action = channel.schedule.get(name)
        if action is None:
            yield Fault("", f"actionName: {name} error: Action does not exist in the schedule.")
        elif (
            action.state == "PENDING"
            and action.at is not None
            and action.at < world.core.clock.time() + _AHEAD - _MILLISECOND
        ):
            words = f"Cannot delete actionName={name} with action time={_spoken(action.at)}"
            yield Fault("", f"actionName: {name} error: {words}, missed deadline of 15 seconds")
        elif name in protected:
            yield Fault("", f"actionName: {name} error: The action is in effect and cannot be deleted.")


def _gone_by(channel: Channel) -> set[str]:
    """The latest switch that was not a follower, all that follow it, and the latest prepare."""
    if channel.run is None:
        return set()
    done = [action for action in channel.schedule.values() if action.state == "EXECUTED"]
    done.sort(key=lambda action: action.at or 0.0)
    firsts = [one for one in done if kind_of(one.settings) == SWITCH and follows(one.begins) is None]
    prepares = [one for one in done if kind_of(one.settings) == PREPARE]
    found = {action.name for action in [*firsts[-1:], *prepares[-1:]]}
    for _ in channel.schedule:
        found |= {one.name for one in channel.schedule.values() if _reference(one.begins) in found}
    return found


def _reference(begins: Params) -> str | None:
    found = follows(begins)
    return None if found is None else str(found["ReferenceActionName"])


def _ends(world: World, channel: Channel, switch: Params) -> bool:
    for attachment in channel.settings.get("InputAttachments", []):
        if attachment.get("InputAttachmentName") == switch["InputAttachmentNameReference"]:
            kind = world.region.inputs[attachment["InputId"]].settings["Type"]
            return kind in _FILES and attachment.get("InputSettings", {}).get("SourceEndBehavior") != "LOOP"
    return False


def _moment(text: str) -> float | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        pass
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _spoken(at: float) -> str:
    """Without fractions if there are none, as in the text that was seen."""
    moment = datetime.fromtimestamp(at, UTC)
    form = "%Y-%m-%dT%H:%M:%SZ"
    return moment.strftime(form) if not moment.microsecond else moment.isoformat(timespec="milliseconds")[:-6] + "Z"
