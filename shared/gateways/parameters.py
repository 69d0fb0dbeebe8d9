"""Secrets in the SSM parameter store: the only place where OnAir writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from botocore.exceptions import ClientError

from shared.gateways.clients import client
from shared.gateways.translate import code_of, translated

#: GetParameters and DeleteParameters take ten names a call.
_BATCH = 10


def put_secret(name: str, value: str, tags: Mapping[str, str]) -> None:
    """Write a SecureString. Repeatable: SSM takes no tags with Overwrite, and what is there has them already."""
    request = {"Name": name, "Value": value, "Type": "SecureString"}
    with translated(f"PutParameter {name}", (value,)):
        try:
            client("ssm").put_parameter(**request, Tags=[{"Key": key, "Value": tag} for key, tag in tags.items()])
        except ClientError as error:
            if code_of(error) != "ParameterAlreadyExists":
                raise
            client("ssm").put_parameter(**request, Overwrite=True)


def put_once(name: str, value: str, tags: Mapping[str, str]) -> str:
    """Write a SecureString unless there is one of that name, and return what is there now."""
    with translated(f"PutParameter {name}", (value,)):
        try:
            client("ssm").put_parameter(
                Name=name,
                Value=value,
                Type="SecureString",
                Tags=[{"Key": key, "Value": tag} for key, tag in tags.items()],
            )
        except ClientError as error:
            if code_of(error) != "ParameterAlreadyExists":
                raise
    return get_secrets([name]).get(name, value)


def get_secrets(names: Sequence[str]) -> dict[str, str]:
    """Name to value, of those there are."""
    found: dict[str, str] = {}
    for batch in _batches(names):
        with translated("GetParameters"):
            answer = client("ssm").get_parameters(Names=batch, WithDecryption=True)
        found |= {one["Name"]: one["Value"] for one in answer["Parameters"]}
    return found


def delete_secrets(names: Sequence[str]) -> None:
    """Those that are not there are done."""
    for batch in _batches(names):
        with translated("DeleteParameters"):
            client("ssm").delete_parameters(Names=batch)


def existing_secrets(names: Sequence[str]) -> tuple[str, ...]:
    """Which of the names exist, without reading a value."""
    found: list[str] = []
    for batch in _batches(names):
        with translated("DescribeParameters"):
            pages = (
                client("ssm")
                .get_paginator("describe_parameters")
                .paginate(ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": batch}])
            )
            found += [one["Name"] for page in pages for one in page["Parameters"]]
    return tuple(found)


def secrets_below(path: str) -> tuple[str, ...]:
    """The names of all parameters below a path, without reading a value."""
    below = [{"Key": "Path", "Option": "Recursive", "Values": [path]}]
    with translated("DescribeParameters"):
        pages = (
            client("ssm")
            .get_paginator("describe_parameters")
            .paginate(ParameterFilters=below, PaginationConfig={"PageSize": 50})
        )
        return tuple(one["Name"] for page in pages for one in page["Parameters"])


def _batches(names: Sequence[str]) -> list[list[str]]:
    return [list(names[start : start + _BATCH]) for start in range(0, len(names), _BATCH)]
