"""What is still there of a stage, by its name and tags. ``destroy`` counts it at its end, and ``deploy`` looks before a
stack is made anew: what lies in its way would break it off half-way."""

from __future__ import annotations

from botocore.exceptions import ClientError

from infra.deployment import sessions
from infra.deployment.account import Stage
from infra.deployment.artifacts import bucket_exists
from shared.gateways.translate import code_of


def in_the_way(stage: Stage) -> list[str]:
    """What has names that a new stack gives, and can't be taken over by it."""
    found = [f"function {name}" for name in functions(stage)]
    found += [f"log group {name}" for name in log_groups(stage)]
    if sessions.has_table(stage):
        found.append(f"table onair-{stage.name}-sessions")
    if bucket_exists(stage, stage.bucket("page")):
        found.append(f"bucket {stage.bucket('page')}")
    return found


def left(stage: Stage, keeps_recordings: bool) -> list[str]:
    """Everything that is left, named; what is kept on purpose is not."""
    found = in_the_way(stage)
    if bucket_exists(stage, stage.bucket("deployment")):
        found.append(f"bucket {stage.bucket('deployment')}")
    if not keeps_recordings and bucket_exists(stage, stage.bucket("media")):
        found.append(f"bucket {stage.bucket('media')}")
    with sessions.at(stage):
        return found + sessions.tagged(stage)


def functions(stage: Stage) -> list[str]:
    pages = stage.client("lambda").get_paginator("list_functions").paginate()
    prefix = f"onair-{stage.name}-"
    return [
        each["FunctionName"] for page in pages for each in page["Functions"] if each["FunctionName"].startswith(prefix)
    ]


def log_groups(stage: Stage) -> list[str]:
    """Of its functions, its machines and its API. No stage's name holds a hyphen (infra/stage_settings.py), so that no
    function's group is another stage's."""
    pages, found = stage.client("logs").get_paginator("describe_log_groups"), []
    for prefix in (
        f"/aws/lambda/{stage.stack}-",
        f"/aws/vendedlogs/states/{stage.stack}",
        f"/aws/http-api/{stage.stack}",
    ):
        names = [
            each["logGroupName"] for page in pages.paginate(logGroupNamePrefix=prefix) for each in page["logGroups"]
        ]
        found += [name for name in names if name == prefix or prefix.endswith("-")]
    return found


def delete_log_groups(stage: Stage) -> None:
    """A function that ran while its stack was being deleted may have left one."""
    logs = stage.client("logs")
    for name in log_groups(stage):
        try:
            logs.delete_log_group(logGroupName=name)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
