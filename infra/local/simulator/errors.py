"""What the simulated services say when they refuse.

Raised by the operations and rules of this package, turned into an HTTP answer by ``simulator.py``. One class on
purpose: the code is data, as it is on the wire, and tests check which operation may give which in botocore's model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

STATUS = {
    "BadRequestException": 400,
    "ValidationException": 400,
    "ServiceQuotaExceededException": 402,
    "ForbiddenException": 403,
    "ChannelNotBroadcasting": 404,
    "NotFoundException": 404,
    "ResourceNotFoundException": 404,
    "ConflictException": 409,
    "AddFlowOutputs420Exception": 420,
    "CreateFlow420Exception": 420,
    "UnprocessableEntityException": 422,
    "ThrottlingException": 429,
    "TooManyRequestsException": 429,
    "InternalServerErrorException": 500,
    "NoEndpoint": 501,
    "NotSimulated": 501,
}
# How each service calls what all of them have.
INVALID = {"medialive": "BadRequestException", "mediaconnect": "BadRequestException", "ivs": "ValidationException"}
THROTTLED = {
    "medialive": "TooManyRequestsException",
    "mediaconnect": "TooManyRequestsException",
    "ivs": "ThrottlingException",
}


class Fault(NamedTuple):
    """One thing wrong with a request: where (``outputGroups[0].outputs[1]``, may be empty) and what."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}" if self.path else self.message


class ServiceError(Exception):
    """A refusal: AWS error code, message, and for a 422 the single faults behind the message."""

    def __init__(self, code: str, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.faults = tuple(faults)
        self.status = STATUS.get(code, 400)


def bad_request(message: str) -> ServiceError:
    return ServiceError("BadRequestException", message)


def conflict(message: str) -> ServiceError:
    return ServiceError("ConflictException", message)


def not_found(message: str) -> ServiceError:
    return ServiceError("NotFoundException", message)


def unprocessable(faults: Sequence[Fault]) -> ServiceError:
    """422 as MediaLive words it: the message is all faults joined by ``; `` (facts §2.2)."""
    return ServiceError("UnprocessableEntityException", "; ".join(str(fault) for fault in faults), faults)
