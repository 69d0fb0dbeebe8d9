"""Whether alarms ring, and whether anybody would hear them; and what waits in the dead-letter queue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from infra.doctor.aws import AwsRefused
from infra.doctor.finding import Finding, fine, some, unseen, wrong
from infra.doctor.look import Look

_RUNBOOK = re.compile(r"docs/runbooks/\w+\.md")
_UNHEARD = "Something is left behind, or the sweep stops, and nobody is told."


def alarms(look: Look) -> Iterator[Finding]:
    """For a stage that is deployed."""
    found = list(look.aws.pages("cloudwatch", "DescribeAlarms", "MetricAlarms", AlarmNamePrefix=f"{look.prefix}-"))
    yield ringing(found, look.stage)
    topics = sorted({action for one in found for action in one.get("AlarmActions") or ()})
    if not topics:
        yield told_to_nobody(look.stage)
    for topic in topics:
        yield _topic(look, topic)


def dead_letters(look: Look) -> Iterator[Finding]:
    """For a stage that is deployed."""
    url = look.aws.ask("sqs", "GetQueueUrl", QueueName=f"{look.prefix}-events-dead-letter")["QueueUrl"]
    asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = look.aws.ask("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=asked)["Attributes"]
    yield waiting(sum(int(told[name]) for name in asked))


def ringing(found: list[dict[str, Any]], stage: str) -> Finding:
    if not found:
        return wrong("alarms", "there are none", matters=_UNHEARD, do=f"deploy again: make deploy STAGE={stage}")
    rings = [one for one in found if one["StateValue"] == "ALARM"]
    if not rings:
        return fine("alarms", f"none of {len(found)} rings")
    pages = [page[0] for one in rings if (page := _RUNBOOK.search(str(one.get("AlarmDescription", ""))))]
    names = [str(one["AlarmName"]) for one in rings]
    return wrong(
        "alarms",
        f"{some(names)} {'rings' if len(names) == 1 else 'ring'}",
        matters=" ".join(_RUNBOOK.sub("", str(one.get("AlarmDescription", ""))).strip() for one in rings),
        do=", ".join(pages) or "see the alarm's description in CloudWatch",
        details=tuple(names),
    )


def told_to_nobody(stage: str) -> Finding:
    return wrong(
        "alarms are heard",
        "they tell nobody",
        matters=_UNHEARD,
        do=f"make an SNS topic, subscribe to it, name it in stages/{stage}.env (ONAIR_ALARM_TOPIC=ARN), and: "
        f"make deploy STAGE={stage}",
    )


def heard(topic: str, confirmed: int, pending: int, arguments: str) -> Finding:
    name = topic.rsplit(":", 1)[-1]
    if confirmed:
        return fine("alarms are heard", f"{confirmed} subscribed to {name}")
    waits = f"; {pending} not confirmed yet: open the mail that AWS has sent" if pending else ""
    return wrong(
        "alarms are heard",
        f"nobody has subscribed to {name}{waits}",
        matters=_UNHEARD,
        do=f"aws sns subscribe --topic-arn TOPIC --protocol email --notification-endpoint YOU@EXAMPLE.COM {arguments}, "
        f"where TOPIC ends in {name}; then confirm the mail",
    )


def waiting(messages: int) -> Finding:
    if not messages:
        return fine("dead letters", "none")
    return wrong(
        "dead letters",
        f"{messages} events wait in the dead-letter queue",
        matters="A change of a channel was not heard of, or a sweep not begun; the next sweep makes up for most of it.",
        do="docs/runbooks/EventsUndelivered.md",
    )


def _topic(look: Look, topic: str) -> Finding:
    if ":sns:" not in topic:
        return unseen("alarms are heard", f"they tell {topic.rsplit(':', 1)[-1]}, which is no SNS topic")
    try:
        told = look.aws.ask("sns", "GetTopicAttributes", TopicArn=topic)["Attributes"]
    except AwsRefused as refusal:
        if refusal.code != "NotFound":
            return unseen("alarms are heard", f"the topic can't be looked at: {refusal}")
        return wrong(
            "alarms are heard",
            f"their topic {topic.rsplit(':', 1)[-1]} is not there",
            matters=_UNHEARD,
            do=f"make it anew, or name another in ONAIR_ALARM_TOPIC, and: make deploy STAGE={look.stage}",
        )
    return heard(topic, int(told["SubscriptionsConfirmed"]), int(told["SubscriptionsPending"]), look.arguments)
