"""Scripted faults of AWS calls, as plain boto3 and as a client outside the process see them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from infra.local.stage import Stage

pytestmark = pytest.mark.slow


def table(**config: Any) -> Any:
    """What a handler would have: nothing but the environment says where it leads."""
    return boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}, **config))


def put(client: Any, key: str = "x") -> None:
    client.put_item(TableName="sample-dev-things", Item={"pk": {"S": key}})


def stored(stage: Stage) -> int:
    return int(stage.client("dynamodb").scan(TableName="sample-dev-things")["Count"])


def test_a_rejected_call_has_no_effect_and_the_given_error(stage: Stage) -> None:
    stage.faults.reject("dynamodb", "PutItem", 400, "ResourceInUseException", "busy")
    with pytest.raises(ClientError) as refused:
        put(table())
    assert refused.value.response["Error"] == {"Code": "ResourceInUseException", "Message": "busy"}
    assert stored(stage) == 0
    put(table())
    assert stored(stage) == 1


def test_a_rest_service_can_be_rejected_too(stage: Stage) -> None:
    stage.faults.throttle("medialive", "ListChannels")
    client = boto3.client("medialive", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.list_channels()
    assert client.list_channels()["Channels"] == []


def test_a_fault_hits_the_calls_it_means(stage: Stage) -> None:
    fault = stage.faults.reject(
        "dynamodb",
        "PutItem",
        500,
        "InternalServerError",
        when=lambda call: call.parameters()["Item"]["pk"]["S"] == "bad",
        skip=1,
        count=2,
    )
    outcomes = []
    for key in ("good", "bad", "bad", "good", "bad", "bad"):
        try:
            put(table(), key)
            outcomes.append(True)
        except ClientError:
            outcomes.append(False)
    assert outcomes == [True, True, False, True, False, True]
    assert fault.hits == 2


def test_a_lost_call_has_no_effect_and_a_lost_answer_all(stage: Stage) -> None:
    stage.faults.lose("dynamodb", "PutItem")
    with pytest.raises(ConnectionClosedError):
        put(table())
    assert stored(stage) == 0
    stage.faults.lose_answer("dynamodb", "PutItem")
    with pytest.raises(ConnectionClosedError):
        put(table())
    assert stored(stage) == 1
    stage.faults.lose_answer("dynamodb", "PutItem", late=True, after=60)
    begun = stage.clock.time()
    with pytest.raises(ReadTimeoutError):
        put(table(), "y")
    assert stored(stage) == 2
    assert stage.clock.time() - begun == 60


def test_botocores_own_retries_take_clock_time(stage: Stage) -> None:
    stage.faults.throttle("medialive", "ListChannels", count=3)
    begun = stage.clock.time()
    boto3.client("medialive", config=Config(retries={"total_max_attempts": 4, "mode": "standard"})).list_channels()
    assert 0 < stage.clock.time() - begun < 60
    assert [call.status for call in stage.endpoint.calls("medialive")] == [429, 429, 429, 200]


def test_a_delay_before_and_after_the_effect(stage: Stage) -> None:
    stage.faults.delay("dynamodb", "PutItem", before=5, after=7)
    begun = stage.clock.time()
    put(table())
    assert stage.clock.time() - begun == 12


def test_a_client_outside_sees_a_closed_connection(stage: Stage) -> None:
    import http.client

    stage.faults.lose("", "")
    connection = http.client.HTTPConnection(stage.endpoint_url.removeprefix("http://"))
    with pytest.raises(http.client.RemoteDisconnected):
        connection.request("POST", "/", headers={"X-Amz-Target": ""})
        connection.getresponse()
    connection.close()


def test_the_call_log_names_who_called_and_keeps_no_body(stage: Stage) -> None:
    arn = stage.start("WorkMachine", {"thing": "a"})
    stage.settle(10_000)
    assert stage.execution(arn)["status"] == "SUCCEEDED"
    update = stage.endpoint.calls("dynamodb", "UpdateItem")
    assert [(call.function, call.status) for call in update] == [("sample-dev-work", 200)]
    assert not any("body" in vars(call) for call in update)


def test_a_client_kept_from_an_earlier_stage_still_finds_its_way(stage: Stage) -> None:
    address = stage.endpoint_url.rpartition(":")[0] + ":9"
    from infra.local.transport import TRANSPORT

    TRANSPORT.addresses.add(address.removeprefix("http://"))
    old = boto3.client("dynamodb", endpoint_url=address)
    put(old)
    assert stored(stage) == 1
