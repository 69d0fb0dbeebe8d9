"""Validates parameters against botocore's shapes the way the services do, which is more than boto3 checks.

boto3 checks types and ``required`` before it sends; the service also refuses unknown enum values, numbers and strings
out of bounds, and settings that must name exactly one kind. MediaLive's model keeps its bounds in the *names* of
shapes (``__integerMin30``, ``__integerMinNegative60Max6``), the others theirs in ``min``, ``max``, ``pattern``:
facts §13.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from botocore.model import Shape

from infra.local.simulator.errors import Fault

# Seen: "OutputSettings must contain exactly one property: …" (facts §3). Empty codec settings are refused like them.
EXACTLY_ONE = frozenset({"OutputSettings", "OutputGroupSettings", "VideoCodecSettings", "AudioCodecSettings"})
# May be absent or empty, which means the default.
AT_MOST_ONE = frozenset(
    {
        "ArchiveCdnSettings",
        "ArchiveContainerSettings",
        "AudioSelectorSettings",
        "CaptionDestinationSettings",
        "CaptionSelectorSettings",
        "FailoverConditionSettings",
        "HlsCdnSettings",
        "HlsSettings",
        "VideoSelectorSettings",
    }
)
# The order in which the service's own message was seen to name them; newer ones follow in the model's order.
_SEEN_ORDER = (
    "cmafIngestOutputSettings",
    "hlsOutputSettings",
    "rtmpOutputSettings",
    "udpOutputSettings",
    "msSmoothOutputSettings",
    "archiveOutputSettings",
    "frameCaptureOutputSettings",
    "mediaPackageOutputSettings",
    "multiplexOutputSettings",
    "srtOutputSettings",
)
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


# IVS's model allows a resource's type one character only, which no resource has.
_MISSPELT = {
    "arn:aws:ivs:[a-z0-9-]+:[0-9]+:[a-z-]/[a-zA-Z0-9-]+": "arn:aws:ivs:[a-z0-9-]+:[0-9]+:[a-z-]+/[a-zA-Z0-9-]+"
}


class Bounds(NamedTuple):
    low: float | None
    high: float | None


# Lost on the way to botocore, and there in MediaLive's model elsewhere (aws-sdk-go, models/apis/medialive).
_LOST = {"MaxResults": Bounds(1, 1000)}


@cache
def named_bounds(name: str) -> Bounds:
    """What a shape's name says: ``__integerMinNegative60Max6`` is -60 to 6, ``__stringMin32Max32`` is 32 characters."""
    if name in _LOST:
        return _LOST[name]
    found = re.match(r"__(?:integer|long|double|string)(?:Min(Negative)?(\d+))?(?:Max(Negative)?(\d+))?", name)
    if not found:
        return Bounds(None, None)
    low_sign, low, high_sign, high = found.groups()
    return Bounds(_number(low_sign, low), _number(high_sign, high))


def _number(sign: str | None, digits: str | None) -> float | None:
    return None if digits is None else (-int(digits) if sign else int(digits))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A model's pattern in Python's words: of letters, numbers and spaces (``\\p{L}``) ours knows no finer kinds."""
    kinds = {"L": r"\w", "N": r"\d", "Z": r"\s"}
    return re.compile(re.sub(r"\\p\{(\w)\w*\}", lambda found: kinds[found[1]], _MISSPELT.get(pattern, pattern)))


def faults(shape: Shape | None, value: Any, path: str = "") -> Iterator[Fault]:
    """Everything about ``value`` that the shape does not allow. Paths use the wire's names, as the service's do."""
    if shape is None:
        return
    expected = _TYPES.get(shape.type_name)
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and shape.type_name != "boolean")):
        yield Fault(path, f"must be of type {shape.type_name}")
        return
    match shape.type_name:
        case "structure":
            yield from _structure_faults(shape, value, path)
        case "list":
            yield from _bound_faults(shape, len(value), "items", path)
            for index, item in enumerate(value):
                yield from faults(shape.member, item, f"{path}[{index}]")
        case "map":
            for key, item in value.items():
                yield from faults(shape.value, item, f"{path}.{key}")
        case "string":
            yield from _string_faults(shape, value, path)
        case "integer" | "long" | "float" | "double":
            yield from _bound_faults(shape, value, "", path)


def _structure_faults(shape: Shape, value: dict[str, Any], path: str) -> Iterator[Fault]:
    wire_names = {name: member.serialization.get("name", name) for name, member in shape.members.items()}
    for name in shape.required_members:
        if name not in value:
            yield Fault(_join(path, wire_names[name]), "is required")
    if shape.name in EXACTLY_ONE and len(value) != 1:
        ordered = sorted(wire_names.values(), key=lambda wire: _SEEN_ORDER.index(wire) if wire in _SEEN_ORDER else 99)
        yield Fault("", f"{_spoken(shape.name)} must contain exactly one property: {', '.join(ordered)}")
    elif shape.name in AT_MOST_ONE and len(value) > 1:
        yield Fault("", f"{shape.name} must contain at most one property: {', '.join(wire_names.values())}")
    for name, item in value.items():
        yield from faults(shape.members[name], item, _join(path, wire_names[name]))


def _spoken(name: str) -> str:
    return "CodecSettings" if name.endswith("CodecSettings") else name


def _string_faults(shape: Shape, value: str, path: str) -> Iterator[Fault]:
    if shape.enum and value not in shape.enum:
        yield Fault(path, f"must be one of: {', '.join(shape.enum)}")
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        yield Fault(path, f"must match {pattern}")
    yield from _bound_faults(shape, len(value), "characters", path)


def _bound_faults(shape: Shape, size: float, unit: str, path: str) -> Iterator[Fault]:
    named = named_bounds(shape.name)
    low = shape.metadata.get("min", named.low)
    high = shape.metadata.get("max", named.high)
    if low is not None and size < low:
        yield Fault(path, f"must be at least {low} {unit}".rstrip())
    if high is not None and size > high:
        yield Fault(path, f"must be at most {high} {unit}".rstrip())


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
