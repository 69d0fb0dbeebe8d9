"""Whether what a stage writes down is kept as long as it should be: the table's backups, the functions' logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.doctor.finding import Finding, fine, some, wrong
from infra.doctor.look import Look

#: The functions' (osls), the state machines' (infra/aws/logs.yml) and the HTTP API's (osls).
_PREFIXES = ("/aws/lambda/{stage}-", "/aws/vendedlogs/states/{stage}", "/aws/http-api/{stage}")


def backups(look: Look) -> Iterator[Finding]:
    """For a stage that is deployed."""
    table = f"{look.prefix}-sessions"
    told = look.aws.ask("dynamodb", "DescribeContinuousBackups", TableName=table)["ContinuousBackupsDescription"]
    recovery = told.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    yield of_table(table, recovery == "ENABLED", look.arguments)


def logs(look: Look) -> Iterator[Finding]:
    """For a stage that is deployed."""
    groups = [
        group
        for prefix in _PREFIXES
        for group in look.aws.pages(
            "logs", "DescribeLogGroups", "logGroups", logGroupNamePrefix=prefix.format(stage=look.prefix)
        )
    ]
    yield kept(groups, look.arguments)


def of_table(table: str, is_on: bool, arguments: str) -> Finding:
    if is_on:
        return fine("the table's backups", "point-in-time recovery is on")
    return wrong(
        "the table's backups",
        "point-in-time recovery is off",
        matters="If the table is lost, nobody knows any more which channel belongs to which show.",
        do=f"aws dynamodb update-continuous-backups --table-name {table} {arguments} "
        "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
    )


def kept(groups: list[dict[str, Any]], arguments: str) -> Finding:
    for_ever = sorted(str(one["logGroupName"]) for one in groups if not one.get("retentionInDays"))
    if not for_ever:
        days = sorted({int(one["retentionInDays"]) for one in groups})
        return fine("logs", f"{len(groups)} log groups, kept for {some([str(one) for one in days])} days")
    return wrong(
        "logs",
        f"{len(for_ever)} of {len(groups)} log groups are kept for ever: {some(for_ever, 2)}",
        matters="What they cost grows every month.",
        do=f"aws logs put-retention-policy --retention-in-days 30 {arguments} --log-group-name {for_ever[0]}",
        details=tuple(for_ever),
    )
