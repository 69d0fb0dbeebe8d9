"""Catches the account's own events while a run goes on: a rule on the default bus, and a queue that it fills.

Both carry the run's name and tag and are taken away at its end. Events of others are read and forgotten.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.smoke_aws import journal
from tests.smoke_aws.run import Run

Event = dict[str, Any]

SOURCES = ("aws.medialive", "aws.mediaconnect", "aws.ivs", "aws.states")
#: Seconds that an event may take to arrive; half a second is usual (facts §1).
LATE = 20.0
#: A queue that answers with nothing may have something all the same (SQS developer guide, short polling).
_EMPTY = 3


@dataclass
class Catcher:
    """``events``: the run's own, in the order in which the queue got them. ``ours``: more words by which an event is
    known as the run's, such as a session's id."""

    run: Run
    events: list[Event] = field(default_factory=list)
    ours: set[str] = field(default_factory=set)
    _seen: dict[str, Event] = field(default_factory=dict)
    _url: str = ""

    def begin(self) -> None:
        run, name = self.run, self.run.name("events")
        account = run.account
        rule_arn = f"arn:aws:events:{account.region}:{account.id}:rule/{name}"
        queue_arn = f"arn:aws:sqs:{account.region}:{account.id}:{name}"
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        sqs, events = account.client("sqs"), account.client("events")
        attributes = {"Policy": policy, "SqsManagedSseEnabled": "true"}
        self._url = run.make(
            "queue",
            name,
            lambda: sqs.create_queue(QueueName=name, Attributes=attributes, tags=run.tags),
            lambda answer: str(answer["QueueUrl"]),
        )["QueueUrl"]
        pattern = json.dumps({"source": list(SOURCES)})
        tags = [{"Key": key, "Value": value} for key, value in run.tags.items()]
        run.make("rule", name, lambda: events.put_rule(Name=name, EventPattern=pattern, Tags=tags), lambda _: name)
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])

    def drain(self) -> list[Event]:
        """Everything of the run's that has arrived by now; called often enough, nothing is kept long in the queue."""
        sqs = self.run.account.client("sqs")
        empty = 0
        while self._url and empty < _EMPTY:
            answer = sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            messages = answer.get("Messages", [])
            if not messages:
                empty += 1
                continue
            for message in messages:
                event = json.loads(message["Body"])
                self._seen.setdefault(str(event["id"]), event)
            done = [{"Id": str(index), "ReceiptHandle": one["ReceiptHandle"]} for index, one in enumerate(messages)]
            sqs.delete_message_batch(QueueUrl=self._url, Entries=done)
        words = {self.run.id, *self.ours, *(one for _, one, _ in journal.made(self.run.folder, self.run.id))}
        self.events = [one for one in self._seen.values() if _is_of(one, words)]
        return self.events

    def of(self, resource: str, detail_type: str) -> list[Event]:
        """What was heard of one resource, by its time, and then by its arrival."""
        mine = [one for one in self.drain() if one["detail-type"] == detail_type and _is_of(one, {resource})]
        return sorted(mine, key=lambda event: str(event["time"]))

    def hears(self) -> bool:
        """Whether anything was heard at all: where nothing is, silence says nothing."""
        return bool(self.drain())

    def listen(self) -> None:
        """Give what is under way the time to arrive."""
        with suppress(Exception):
            self.run.account.sleep(LATE)
        self.drain()


def _is_of(event: Event, words: set[str]) -> bool:
    text = json.dumps(event)
    return any(word in text for word in words)
