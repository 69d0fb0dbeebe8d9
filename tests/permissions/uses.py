"""One AWS call of a handler, told as shortly as IAM can tell calls apart: ``dynamodb:Query index/by-owner``.

A use is a service and operation as botocore names them and, behind a blank, what of its parameters decides which
permission it needs: the table or its index, a bucket's prefix, a machine, whose role is passed. Used by ``recorder``;
``table`` says what each needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Parameters = Mapping[str, Any]


def uses_of(service: str, operation: str, parameters: Parameters, presigned: bool = False) -> Iterator[str]:
    """The uses of one call. A call may have several: a transaction has one for each kind of write."""
    name = f"{service}:{operation}"
    if presigned:
        name += "(presigned)"
    told = False
    for detail in _DETAILS.get(service, _nothing)(operation, parameters):
        told = True
        yield f"{name} {detail}"
    if not told:
        yield name


def _nothing(operation: str, parameters: Parameters) -> Iterator[str]:
    return iter(())


def _dynamodb(operation: str, parameters: Parameters) -> Iterator[str]:
    if operation == "TransactWriteItems":
        for write in parameters["TransactItems"]:
            yield from write
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        yield "table"
    else:
        index = parameters.get("IndexName")
        yield f"index/{index}" if index else "table"


def _s3(operation: str, parameters: Parameters) -> Iterator[str]:
    if operation in ("ListObjectsV2", "ListMultipartUploads", "AbortMultipartUpload"):
        return  # lists are of the bucket, and an upload that a person names to the sweep may be to any key
    target = _folder(parameters["Key"])
    if operation == "CopyObject":
        yield f"{_folder(parameters['CopySource']['Key'])} to {target}"
    else:
        yield target


def _folder(key: str) -> str:
    head, slash, _ = key.partition("/")
    return head + slash if slash else "*"


def _states(operation: str, parameters: Parameters) -> Iterator[str]:
    """Which machine is started. Whose execution is looked at or stopped is a matter of data: any of the stage's."""
    if operation == "StartExecution":
        yield str(parameters["stateMachineArn"]).rpartition(":")[2].split("-", 2)[2]  # onair-dev-sweep


def _medialive(operation: str, parameters: Parameters) -> Iterator[str]:
    if "RoleArn" in parameters:
        yield "with a role"
    if "Tags" in parameters:
        yield "with tags"


def _mediaconnect(operation: str, parameters: Parameters) -> Iterator[str]:
    if any("OutputTags" in output for output in parameters.get("Outputs", ())):
        yield "with tags"


def _ivs(operation: str, parameters: Parameters) -> Iterator[str]:
    if "tags" in parameters:
        yield "with tags"


def _ssm(operation: str, parameters: Parameters) -> Iterator[str]:
    if operation == "PutParameter":
        yield "with tags" if "Tags" in parameters else "over"


def _events(operation: str, parameters: Parameters) -> Iterator[str]:
    for entry in parameters.get("Entries", ()):
        yield f"{entry['Source']} to {entry.get('EventBusName', 'default')}"


_DETAILS: dict[str, Callable[[str, Parameters], Iterator[str]]] = {
    "dynamodb": _dynamodb,
    "s3": _s3,
    "stepfunctions": _states,
    "medialive": _medialive,
    "mediaconnect": _mediaconnect,
    "ivs": _ivs,
    "ssm": _ssm,
    "events": _events,
}
