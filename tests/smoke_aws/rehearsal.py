"""The local stage in the place of an account: ``--rehearse``, and the tests of all this.

What AWS does and the stage does not is made up here: the bus fills a queue (the stage's own bus knows no queues), and
what one channel pushes arrives at another's input. Nothing else: a run does not know where it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from console.client import Client, Document, ProblemError
from infra.local.events import Pattern
from infra.local.stage import Stage
from tests.smoke_aws.account import Account
from tests.smoke_aws.deployed import Deployed

ROLE = "arn:aws:iam::111122223333:role/onair-dev-MediaLiveRole"
UNTRUSTED = "arn:aws:iam::111122223333:role/onair-dev-ApiRole"


def account(stage: Stage) -> Account:
    queues = _Queues(stage)

    def client(service: str) -> Any:
        return queues if service == "sqs" else stage.client(service)

    return Account(client, "111122223333", "eu-west-1", stage.clock.time, stage.clock.sleep)


def deployed(stage: Stage) -> Deployed:
    (bucket,) = [name for name in stage.service.buckets.values() if "-media-" in name]

    def pushes(input_id: str, source: str) -> None:
        stage.simulator.publish(input_id, source=source)

    return Deployed("dev", InProcess(stage), bucket, ROLE, UNTRUSTED, pushes)


class InProcess(Client):
    """The stage's API without a socket, in the caller's own thread, as virtual time wants it."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.api_url)
        self._stage = stage

    def _call(
        self, method: str, path: str, body: Document | None = None, headers: dict[str, str] | None = None
    ) -> Document:
        status, _, document = self._stage.request(method, path, body, headers)
        if status >= 400:
            raise ProblemError(document)
        found: Document = document
        return found


@dataclass
class _Queues:
    """moto's SQS, with EventBridge before it: whoever reads a queue finds what the rules have sent there by then."""

    stage: Stage
    _delivered: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stage.client("sqs"), name)

    def receive_message(self, **asked: Any) -> Any:
        self._deliver()
        return self.stage.client("sqs").receive_message(**asked)

    def _deliver(self) -> None:
        events, sqs = self.stage.client("events"), self.stage.client("sqs")
        log = self.stage.bus.log()
        fresh, self._delivered = log[min(self._delivered, len(log)) :], len(log)
        for rule in events.list_rules()["Rules"]:
            pattern = Pattern(json.loads(rule["EventPattern"]))
            bodies = [json.dumps(one.event) for one in fresh if pattern.matches(one.event)]
            for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                url = sqs.get_queue_url(QueueName=target["Arn"].rpartition(":")[2])["QueueUrl"]
                for body in bodies:
                    sqs.send_message(QueueUrl=url, MessageBody=body)
