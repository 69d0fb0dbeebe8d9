"""Where a show comes from: a union by ``type``, with room for further kinds.

``flow``: a MediaConnect flow that already runs and stays the caller's. ``rtmp``: the host's encoder, which pushes to an
input that the session makes.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, ValidationInfo, field_validator

from shared.domain.model import Value

#: A security group has at most ten rules (facts §4), and all addresses of one source are in one group.
MAX_CIDRS = 10
#: Every IPv4 address: what open access admits.
ANYONE = "0.0.0.0/0"

_FLOW_ARN = re.compile(r"^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:\d{12}:flow:[A-Za-z0-9_-]+:[^\s/?#]+\Z")


class FlowSource(Value):
    """A MediaConnect flow that already runs and stays the caller's."""

    type: Literal["flow"]
    flow_arn: str = Field(max_length=512)

    @field_validator("flow_arn")
    @classmethod
    def _is_a_flow_arn(cls, value: str) -> str:
        if not _FLOW_ARN.match(value):
            raise ValueError("must be a MediaConnect flow's ARN: arn:aws:mediaconnect:REGION:ACCOUNT:flow:ID:NAME")
        return value


class RtmpSource(Value):
    """The host's encoder, pushing RTMP from one of ``allowed_cidrs`` (IPv4), or from anywhere if that is said in so
    many words with ``open_to_anyone``: the application and instance names are then all that keeps strangers out."""

    type: Literal["rtmp"]
    open_to_anyone: StrictBool = False
    allowed_cidrs: tuple[str, ...] = Field(default=(), validate_default=True)

    @field_validator("allowed_cidrs", mode="before")
    @classmethod
    def _has_one_to_ten(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, list | tuple):
            return value
        if info.data.get("open_to_anyone") is True:
            if value:
                raise ValueError("has no use with open_to_anyone: leave one of the two out")
        elif not 1 <= len(value) <= MAX_CIDRS:
            raise ValueError(
                f"must have 1 to {MAX_CIDRS} entries: the addresses that the encoder pushes from (203.0.113.7/32). "
                "If it may come from anywhere, say open_to_anyone: true"
            )
        return value

    @field_validator("allowed_cidrs")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({_network(one) for one in value}))

    def cidrs(self) -> tuple[str, ...]:
        """What the input security group has to admit."""
        return (ANYONE,) if self.open_to_anyone else self.allowed_cidrs


Source = Annotated[FlowSource | RtmpSource, Field(discriminator="type")]


def _network(text: str) -> str:
    try:
        network = IPv4Network(text)
    except ValueError:
        raise ValueError("must be IPv4 networks as 203.0.113.0/24, without bits beyond the mask") from None
    if network.prefixlen < 8:
        raise ValueError("must not be wider than /8; if the encoder may come from anywhere, say open_to_anyone: true")
    return str(network)
