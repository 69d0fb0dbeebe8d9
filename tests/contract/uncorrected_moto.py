"""Runs every scenario against moto as it comes, in a process of its own, and prints what was observed as JSON.

Started by test_corrections.py. The local time zone is set west of Greenwich so that local time and UTC differ.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

import boto3

from tests.contract.scenarios import RIGHT, Observations

QUEUE = "status-events"


class RealWorld:
    """moto in this process, in real time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        events, sqs = self.client("events"), self.client("sqs")
        self._queue = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
        events.put_rule(Name=QUEUE, EventPattern=json.dumps({"source": ["aws.states"]}))
        target = f"arn:aws:sqs:eu-west-1:123456789012:{QUEUE}"
        events.put_targets(Rule=QUEUE, Targets=[{"Id": "1", "Arn": target}])

    def client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = boto3.client(service, region_name="eu-west-1")
            return self._clients[service]

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def status_events(self, arn: str) -> list[str]:
        messages = self.client("sqs").receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"])["detail"]["status"] for message in messages]

    def changes(self, table_name: str) -> list[str]:
        from moto.dynamodb.models import dynamodb_backends

        shard: Any = dynamodb_backends["123456789012"]["eu-west-1"].get_table(table_name).stream_shard
        return [record.to_json()["eventName"] for record in shard.items]


def main() -> None:
    from moto import mock_aws

    config: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
    observed: dict[str, Observations | str] = {}
    with mock_aws(config=config):
        import moto.stepfunctions.parser.models  # noqa: F401 - two seconds that no scenario should wait for

        world = RealWorld()

        def observe(name: str) -> None:
            # Run side by side, scenarios trip over each other now and then: moto looks for a token in executions of
            # others that have only half begun.
            for _ in range(3):
                try:
                    observed[name] = RIGHT[name][0](world)
                    return
                except Exception as error:
                    observed[name] = f"{type(error).__name__}: {error}"

        threads = [threading.Thread(target=observe, args=(name,), daemon=True) for name in RIGHT]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        json.dump(observed, sys.stdout)
        sys.stdout.flush()
        # Executions that hang for ever would keep the interpreter from ending in an orderly way.
        os._exit(0)


if __name__ == "__main__":
    main()
