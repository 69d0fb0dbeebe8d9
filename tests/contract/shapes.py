"""Holds a request against botocore's model, more strictly than boto3 does, as the service would (facts §13).

boto3 checks types, unknown names and ``required``. This adds enum values, the bounds that MediaLive keeps in the names
of its shapes (``__integerMin30``) and MediaConnect in min, max and pattern, what MediaLive demands without saying
``required``, and the settings of which exactly one must be given. Written apart from the simulator's own validation, so
that the two don't share a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

EXACTLY_ONE = {
    "AudioCodecSettings",
    "AudioSelectorSettings",
    "OutputGroupSettings",
    "OutputSettings",
    "VideoCodecSettings",
}

#: What the services want although their model does not say so (facts §13), and what we always send.
EFFECTIVELY_REQUIRED = {
    "CreateChannelRequest": {
        "ChannelClass",
        "Destinations",
        "EncoderSettings",
        "InputAttachments",
        "InputSpecification",
        "Name",
        "RequestId",
        "RoleArn",
        "Tags",
    },
    "CreateInputRequest": {"InputSecurityGroups", "Name", "RequestId", "Tags", "Type"},
    "AddFlowOutputsRequest": {"FlowArn", "Outputs"},
    "AddOutputRequest": {"Destination", "Name", "OutputStatus", "Port", "Protocol"},
    "OutputDestination": {"Id", "Settings"},
    "OutputDestinationSettings": {"Url"},  # and StreamName, if it is an RTMP one: see _structure
    "InputAttachment": {"InputAttachmentName", "InputId", "InputSettings"},
    "InputSpecification": {"Codec", "MaximumBitrate", "Resolution"},
    "Output": {"AudioDescriptionNames", "OutputName", "VideoDescriptionName"},
}

_NAMED = re.compile(r"__(integer|long|double|string)(?:Min(Negative)?(\d+))?(?:Max(Negative)?(\d+))?(?:Pattern.*)?")


@cache
def service_model(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


def operation(service: str, name: str) -> OperationModel:
    return service_model(service).operation_model(name)


def faults(service: str, name: str, request: dict[str, Any]) -> list[str]:
    """Everything that the model has against a request, each with its place."""
    shape = operation(service, name).input_shape
    report = ParamValidator().validate(request, shape)
    told = [report.generate_report()] if report.has_errors() else []
    return told + [str(fault) for fault in _walk(shape, request, name)]


def bounds(shape: Shape) -> tuple[float | None, float | None]:
    """Smallest and largest value, or length of a text: by the model, else by the shape's name."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    found = _NAMED.fullmatch(shape.name)
    if found:
        _, low_sign, low_digits, high_sign, high_digits = found.groups()
        low = _signed(low_sign, low_digits) if low is None else low
        high = _signed(high_sign, high_digits) if high is None else high
    return low, high


def _signed(sign: str | None, digits: str | None) -> int | None:
    if digits is None:
        return None
    return -int(digits) if sign else int(digits)


def _walk(shape: Shape, value: Any, place: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, place)
    elif isinstance(shape, ListShape):
        for index, one in enumerate(value):
            yield from _walk(shape.member, one, f"{place}[{index}]")
    elif isinstance(shape, MapShape):
        for key, one in value.items():
            yield from _walk(shape.key, key, f"{place} key")
            yield from _walk(shape.value, one, f"{place}[{key}]")
    else:
        yield from _scalar(shape, value, place)


def _structure(shape: StructureShape, value: dict[str, Any], place: str) -> Iterator[str]:
    wanted = set(shape.required_members) | EFFECTIVELY_REQUIRED.get(shape.name, set())
    if shape.name == "OutputDestinationSettings" and not str(value.get("Url", "")).startswith("s3"):
        wanted.add("StreamName")
    yield from (f"{place}.{name} is missing" for name in sorted(wanted - value.keys()))
    if (shape.name in EXACTLY_ONE or shape.is_tagged_union) and len(value) != 1:
        yield f"{place} must hold exactly one of its members"
    for name, one in value.items():
        if name in shape.members:  # ParamValidator tells the others
            yield from _walk(shape.members[name], one, f"{place}.{name}")


def _scalar(shape: Shape, value: Any, place: str) -> Iterator[str]:
    if isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{place} is {value}, which is none of {', '.join(shape.enum)}"
    low, high = bounds(shape)
    size = len(value) if isinstance(value, str) else value
    if low is not None and size < low:
        yield f"{place} is below {low}"
    if high is not None and size > high:
        yield f"{place} is above {high}"
    if shape.type_name == "integer" and not -(2**31) <= size < 2**31:
        yield f"{place} does not fit into 32 bits"
    pattern = shape.metadata.get("pattern")
    # Java's classes of letters and digits, which Python's re does not know.
    pattern = (pattern or "").replace(r"\p{L}", r"\w").replace(r"\p{Z}", r"\s").replace(r"\p{N}", r"\d")
    if pattern and not re.fullmatch(pattern, value):
        yield f"{place} does not match {pattern}"
