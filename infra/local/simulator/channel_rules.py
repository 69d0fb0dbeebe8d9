"""What MediaLive refuses in a channel beyond what its shapes say: destinations, references, inputs (facts §3, §13).

Called by ``channels.py`` with the whole channel as it would be. Public projects send channels of many kinds, so what is
not known to be refused is accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from infra.local.simulator.errors import Fault, ServiceError, conflict, unprocessable
from infra.local.simulator.input_kinds import counts_as_push
from infra.local.simulator.lookup import check_pass_role
from infra.local.simulator.store import Params
from infra.local.simulator.world import World

MAX_INPUTS = 20
MAX_PUSH_INPUTS = 2
_DESTINATION_KINDS = (
    "Settings",
    "MediaPackageSettings",
    "MultiplexSettings",
    "SrtSettings",
    "MediaConnectRouterSettings",
)
_STRUCTURAL = ("EncoderSettings", "Destinations", "InputAttachments")
_STRICTER = ("RoleArn", "InputSpecification")


def check_channel(world: World, channel: Params, channel_id: str | None) -> None:
    """Raise what the service would. ``channel_id`` is the channel that is updated, None for a new one."""
    refuse_if_any(_missing(world, channel))
    _check_destinations(world, channel)
    check_pass_role(world, channel.get("RoleArn"))
    attachments = channel.get("InputAttachments", [])
    found = [*_reference_faults(channel), *_input_faults(world, channel, attachments)]
    refuse_if_any(found)
    for attachment in attachments:
        owner = world.region.inputs[attachment["InputId"]].channel_id
        if owner is not None and owner != channel_id:
            raise conflict(f"inputId={attachment['InputId']} is already attached")


def refuse_if_any(faults: list[Fault]) -> None:
    if faults:
        raise unprocessable(faults)


def _missing(world: World, channel: Params) -> list[Fault]:
    strictness = world.alternatives.unmodelled_required
    if strictness == "none":
        return []
    needed = [*_STRUCTURAL, *(_STRICTER if strictness == "all" else ())]
    if "FollowerChannelSettings" in channel.get("LinkedChannelSettings", {}):
        needed.remove("InputAttachments")  # a follower takes the primary channel's
    found = [Fault(name[0].lower() + name[1:], "is required") for name in needed if not channel.get(name)]
    if "EncoderSettings" in channel and not channel["EncoderSettings"].get("OutputGroups"):
        found.append(Fault("outputGroups", "At least one output group is required"))
    return found


# Destinations


def _check_destinations(world: World, channel: Params) -> None:
    """Raised one at a time, as these texts were only ever seen alone."""
    pipelines = 1 if channel.get("ChannelClass") == "SINGLE_PIPELINE" else 2
    for destination in channel.get("Destinations", []):
        identity = destination.get("Id", "")
        if not re.fullmatch(r"[A-Za-z0-9-]+", identity):
            raise ServiceError(
                world.alternatives.destination_error, "DestinationId should include only numbers, letters and hyphen"
            )
        kinds = [kind for kind in _DESTINATION_KINDS if destination.get(kind)]
        if len(kinds) != 1 and not destination.get("LogicalInterfaceNames"):
            raise ServiceError(
                "BadRequestException",
                "Exactly one of settings, MediaPackage settings, or Multiplex settings is required for destination "
                + identity,
            )
        if kinds == ["Settings"] and len(destination["Settings"]) != pipelines:
            raise ServiceError(
                world.alternatives.destination_error, f"Exactly {pipelines} destinations settings required"
            )


# References between the parts of a channel


def _reference_faults(channel: Params) -> Iterator[Fault]:
    encoder = channel.get("EncoderSettings", {})
    destinations = {destination["Id"]: destination for destination in channel.get("Destinations", [])}
    for reference in _destination_references(encoder.get("OutputGroups", [])):
        if reference not in destinations:
            yield Fault("", f'Object references undefined destination "{reference}"')
    for index, group in enumerate(encoder.get("OutputGroups", [])):
        yield from _location_faults(f"outputGroups[{index}].outputGroupSettings.destination", group, destinations)
    yield from _description_faults(encoder)
    yield from _selector_faults(channel, encoder)


def _destination_references(part: Any) -> Iterator[str]:
    """Every ``DestinationRefId`` at any depth."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "DestinationRefId":
                yield value
            else:
                yield from _destination_references(value)
    elif isinstance(part, list):
        for item in part:
            yield from _destination_references(item)


def _location_faults(path: str, group: Params, destinations: dict[str, Params]) -> Iterator[Fault]:
    settings = group["OutputGroupSettings"]
    for kind in ("HlsGroupSettings", "MediaPackageGroupSettings"):
        reference = settings.get(kind, {}).get("Destination", {}).get("DestinationRefId")
        destination = destinations.get(reference, {})
        if kind == "HlsGroupSettings":
            urls = [setting.get("Url", "") for setting in destination.get("Settings", [])]
            if any(not _is_location(url) for url in urls):
                yield Fault(f"{path}.uri", "Locations should be of the form https://<hostname>/<path>")
        for package in destination.get("MediaPackageSettings", []) if kind == "MediaPackageGroupSettings" else []:
            known_by_group = "ChannelGroup" in package or "ChannelName" in package
            if not re.fullmatch(r"[A-Za-z0-9_-]+", package.get("ChannelId", "v2" if known_by_group else "")):
                yield Fault(
                    f"{path}.channelId",
                    "MediaPackage channel ID is invalid. The ID can have numbers, letters, underscores, and dashes."
                    " The ID is case sensitive.",
                )


def _is_location(url: str) -> bool:
    """http(s) needs a host and a path; of the other schemes (s3, s3ssl, mediastoressl) no refusal is known."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return False
    host, slash, path = rest.partition("/")
    return scheme not in ("http", "https") or bool(host and slash and path)


def _description_faults(encoder: Params) -> Iterator[Fault]:
    for kind, words, field in (
        ("AudioDescriptions", "Audio", "AudioDescriptionNames"),
        ("VideoDescriptions", "Video", "VideoDescriptionName"),
        ("CaptionDescriptions", "Caption", "CaptionDescriptionNames"),
    ):
        defined = [description.get("Name", "") for description in encoder.get(kind, [])]
        used: set[str] = set()
        for group_index, group in enumerate(encoder.get("OutputGroups", [])):
            for output_index, output in enumerate(group.get("Outputs", [])):
                value = output.get(field) or []
                names = [value] if isinstance(value, str) else value
                used.update(names)
                for name in names:
                    if name not in defined:
                        path = f"outputGroups[{group_index}].outputs[{output_index}].{field[0].lower()}{field[1:]}"
                        yield Fault(path, f'{words} description "{name}" is not defined')
        if kind == "CaptionDescriptions":
            continue  # no refusal of an unused one was ever seen
        for index, name in enumerate(defined):
            if name not in used:
                yield Fault(
                    f"{words.lower()}Descriptions[{index}]",
                    f'{words} description "{name}" is not referenced by any output',
                )


def _selector_faults(channel: Params, encoder: Params) -> Iterator[Fault]:
    """Checked only if every attachment names its selectors: without, public projects send any name, and it works."""
    attachments = channel.get("InputAttachments", [])
    given = [attachment.get("InputSettings", {}).get("AudioSelectors") for attachment in attachments]
    if not given or not all(given):
        return
    names = {selector["Name"] for selectors in given for selector in selectors or []}
    for index, description in enumerate(encoder.get("AudioDescriptions", [])):
        wanted = description["AudioSelectorName"]
        if wanted and wanted not in names:
            yield Fault(
                f"audioDescriptions[{index}].audioSelectorName",
                f'Audio selector "{wanted}" is not defined by any input attachment',
            )


# Inputs


def _input_faults(world: World, channel: Params, attachments: list[Params]) -> Iterator[Fault]:
    inputs = world.region.inputs
    attached = {attachment.get("InputId") for attachment in attachments}
    if len(attachments) > MAX_INPUTS:
        yield Fault("inputAttachments", f"A channel can have at most {MAX_INPUTS} inputs")
    for index, attachment in enumerate(attachments):
        path = f"inputAttachments[{index}]"
        found = inputs.get(attachment.get("InputId", ""))
        if found is None or found.state in ("DELETING", "DELETED"):
            yield Fault(f"{path}.inputId", f"Input {attachment.get('InputId')} does not exist")
            continue
        if found.state == "CREATING" and world.alternatives.creating_input_attachable == "refused":
            yield Fault(f"{path}.inputId", f"Input {found.id} is still being created")
        secondary = attachment.get("AutomaticInputFailoverSettings", {}).get("SecondaryInputId")
        if secondary is not None and secondary not in attached:
            yield Fault(
                f"{path}.automaticInputFailoverSettings.secondaryInputId",
                f"Secondary input {secondary} is not attached to the channel",
            )
        if (
            world.alternatives.single_input_on_standard_channel == "refused"
            and channel.get("ChannelClass", "STANDARD") == "STANDARD"
            and found.settings["InputClass"] == "SINGLE_PIPELINE"
        ):
            yield Fault(f"{path}.inputId", f"Input {found.id} has one source; a STANDARD channel requires two")
    push = {
        identity
        for identity in attached
        if identity in inputs and counts_as_push(world, inputs[identity].settings["Type"])
    }
    if len(push) > MAX_PUSH_INPUTS:
        yield Fault("inputAttachments", f"A channel can have at most {MAX_PUSH_INPUTS} push inputs")
