"""What moto does where OnAir corrects it, as scenarios that run against moto as it is and against the stage.

A scenario returns its observations by name. ``RIGHT`` says what AWS would do. No import of OnAir here: the process that
runs moto uncorrected must stay uncorrected.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::111122223333:role/example"
PUT_TOKEN = "arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken"


class World(Protocol):
    """Where a scenario runs."""

    def client(self, service: str) -> Any: ...

    def sleep(self, seconds: float) -> None: ...

    def now(self) -> datetime: ...

    def status_events(self, arn: str) -> list[str]: ...

    def changes(self, table_name: str) -> list[str]: ...


Observations = dict[str, Any]
Scenario = Callable[[World], Observations]


def machine(world: World, states: dict[str, Any], **more: Any) -> str:
    """Create a machine that starts at its first state; returns its ARN."""
    definition = {"StartAt": next(iter(states)), "States": states, **more}
    created = world.client("stepfunctions").create_state_machine(
        name=f"m-{uuid.uuid4()}", definition=json.dumps(definition), roleArn=ROLE
    )
    return str(created["stateMachineArn"])


def start(world: World, states: dict[str, Any], given: Any = None, **more: Any) -> str:
    """Start an execution of a new machine; returns its ARN."""
    arn = machine(world, states, **more)
    name = f"e-{uuid.uuid4()}"
    started = world.client("stepfunctions").start_execution(
        stateMachineArn=arn, name=name, input=json.dumps(given or {})
    )
    return str(started["executionArn"])


def describe(world: World, arn: str) -> dict[str, Any]:
    return dict(world.client("stepfunctions").describe_execution(executionArn=arn))


def ended(world: World, arn: str, within: float = 8.0) -> dict[str, Any]:
    """The execution's description once it has ended, or after that many seconds."""
    waited = 0.0
    while (described := describe(world, arn))["status"] == "RUNNING" and waited < within:
        world.sleep(0.2)
        waited += 0.2
    return described


def refused(call: Callable[[], Any]) -> str:
    """The error code a call is refused with, "" if it isn't."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except Exception as error:
        return type(error).__name__
    return ""


def table(world: World, **more: Any) -> str:
    name = f"t-{uuid.uuid4()}"
    world.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        **more,
    )
    return name


def parking(table_name: str, **more: Any) -> dict[str, Any]:
    """A state that puts its token into the table and waits for it."""
    parameters = {"TableName": table_name, "Item": {"pk": {"S.$": "$$.Task.Token"}}}
    state = {"Type": "Task", "Resource": PUT_TOKEN, "Parameters": parameters, "TimeoutSeconds": 20, "End": True}
    return {**state, **more}


def tokens(world: World, table_name: str, count: int = 1, within: float = 8.0) -> list[str]:
    """The tokens put so far, once there are that many."""
    waited = 0.0
    while True:
        items = world.client("dynamodb").scan(TableName=table_name)["Items"]
        if len(items) >= count or waited >= within:
            return [item["pk"]["S"] for item in items]
        world.sleep(0.2)
        waited += 0.2


def failing(table_name: str, **more: Any) -> dict[str, Any]:
    """A state whose write is refused by its condition."""
    parameters = {
        "TableName": table_name,
        "Item": {"pk": {"S": "x"}},
        "ConditionExpression": "attribute_exists(pk)",
    }
    state = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": parameters, "End": True}
    return {**state, **more}


DONE = {"Done": {"Type": "Succeed"}}


# Speed


def machines_are_parsed_once(world: World) -> Observations:
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    definition = json.dumps({"StartAt": "Done", "States": DONE})
    parse = AmazonStateLanguageParser.parse
    return {"kept": parse(definition)[0] is parse(definition)[0]}


def paths_are_parsed_once(world: World) -> Observations:
    from moto.stepfunctions.parser.asl.utils import json_path

    parse = vars(json_path)["parse"]
    return {"kept": parse("$.a.b") is parse("$.a.b")}


def modules_are_listed_once(world: World) -> Observations:
    from moto import backends

    return {"kept": backends.list_of_moto_modules() is backends.list_of_moto_modules()}


def methods_are_listed_once(world: World) -> Observations:
    from moto.core import responses
    from moto.dynamodb.responses import DynamoHandler

    listed = responses.method_names_from_class
    assert "get_item" in listed(DynamoHandler)
    return {"kept": listed(DynamoHandler) is listed(DynamoHandler)}


def lambdas_are_called_directly(world: World) -> Observations:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "nowhere", "Payload": {}},
        "End": True,
    }
    described = ended(world, start(world, {"Call": state}))
    return {"unknown function": described.get("error", described["status"])}


def clients_are_kept(world: World) -> Observations:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_dynamodb

    make = vars(state_task_service_dynamodb)["boto_client_for"]
    return {"kept": make("eu-west-1", "dynamodb") is make("eu-west-1", "dynamodb")}


def attribute_values_go_out_as_they_are(world: World) -> Observations:
    from moto.core.serialize import ResponseSerializer

    name, client = table(world), world.client("dynamodb")
    inner = {"a": {"M": {"b": {"L": [{"S": "c"}, {"N": "1"}, {"NULL": True}, {"SS": ["d", "e"]}]}}}}
    client.put_item(TableName=name, Item={"pk": {"S": "x"}, **inner})
    taken_apart: list[str] = []
    serialize = ResponseSerializer._serialize_structure_member

    def watched(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "NullAttributeValue":
            taken_apart.append(key)
        serialize(self, serialized, value, shape, key)

    ResponseSerializer._serialize_structure_member = watched  # type: ignore[method-assign]
    try:
        item = client.get_item(TableName=name, Key={"pk": {"S": "x"}})["Item"]
    finally:
        ResponseSerializer._serialize_structure_member = serialize  # type: ignore[method-assign]
    assert item == {"pk": {"S": "x"}, **inner}
    return {"taken apart": bool(taken_apart)}


def attribute_values_come_in_as_they_are(world: World) -> Observations:
    from botocore.parsers import BaseJSONParser

    name, client = table(world), world.client("dynamodb")
    inner = {"a": {"M": {"b": {"L": [{"S": "c"}, {"N": "1"}, {"NULL": True}, {"SS": ["d", "e"]}, {"B": b"f"}]}}}}
    client.put_item(TableName=name, Item={"pk": {"S": "x"}, **inner})
    taken_apart: list[str] = []
    parse = BaseJSONParser._handle_map

    def watched(self: Any, shape: Any, value: Any) -> Any:
        taken_apart.extend(value)
        return parse(self, shape, value)

    BaseJSONParser._handle_map = watched
    try:
        binary = client.get_item(TableName=name, Key={"pk": {"S": "x"}})["Item"]
        inner["a"]["M"]["b"]["L"].pop()
        client.put_item(TableName=name, Item={"pk": {"S": "x"}, **inner})
        taken_apart.clear()
        item = client.get_item(TableName=name, Key={"pk": {"S": "x"}})["Item"]
    finally:
        BaseJSONParser._handle_map = parse
    assert binary["a"]["M"]["b"]["L"][-1] == {"B": b"f"} and item == {"pk": {"S": "x"}, **inner}
    return {"taken apart": "b" in taken_apart}


def attributes_are_copied_plainly(world: World) -> Observations:
    import copy

    from moto.dynamodb.models.dynamo_type import DynamoType

    value = {"M": {"a": {"L": [{"S": "b"}, {"SS": ["c"]}]}}}
    memo: dict[int, Any] = {}
    attribute = DynamoType(value)
    twin = copy.deepcopy(attribute, memo)
    twin.value["a"].value[1].value.append("d")
    assert attribute.to_regular_json() == value and twin.to_regular_json() != value
    return {"notes": len(memo) > 2}


def attributes_are_shown_once(world: World) -> Observations:
    from moto.dynamodb.models.dynamo_type import DynamoType

    value = {"M": {"a": {"M": {"b": {"M": {"c": {"L": [{"S": "d"}]}}}}}}}
    attribute, copied = DynamoType(value), []
    deepcopy = DynamoType.__deepcopy__

    def watched(self: Any, memo: dict[int, Any]) -> Any:
        copied.append(self.type)
        return deepcopy(self, memo)

    DynamoType.__deepcopy__ = watched  # type: ignore[method-assign]
    try:
        shown = attribute.to_regular_json()
    finally:
        DynamoType.__deepcopy__ = deepcopy  # type: ignore[method-assign]
    assert shown == value
    shown["M"]["a"]["M"].clear()
    assert attribute.to_regular_json() == value, "what is shown is nobody's"
    return {"copied": bool(copied)}


def items_are_measured_when_they_may_be_too_large(world: World) -> Observations:
    from moto.dynamodb.models.dynamo_type import DynamoType

    name, client = table(world), world.client("dynamodb")
    measured = []
    size = DynamoType.size

    def watched(self: Any) -> int:
        measured.append(self.value)
        return size(self)

    DynamoType.size = watched  # type: ignore[method-assign]
    try:
        client.put_item(TableName=name, Item={"pk": {"S": "x"}, **{str(n): {"S": "here"} for n in range(30)}})
    finally:
        DynamoType.size = size  # type: ignore[method-assign]
    with contextlib.suppress(ClientError):
        client.put_item(TableName=name, Item={"pk": {"S": "y"}, "a": {"S": "a" * 200_000}, "b": {"S": "b" * 210_000}})
    for text in ("c" * 150_000, "d" * 150_000, "e" * 150_000):  # one in the place of the other
        client.update_item(
            TableName=name,
            Key={"pk": {"S": "x"}},
            UpdateExpression="SET a = :a",
            ExpressionAttributeValues={":a": {"S": text}},
        )
    assert "Item" not in client.get_item(TableName=name, Key={"pk": {"S": "y"}})
    return {"each more than twice": measured.count("here") > 60}


def threads_are_forgotten(world: World) -> Observations:
    from moto.stepfunctions.parser.asl.component.state.exec import execute_state

    ended(world, start(world, {"Put": failing(table(world))}))
    return {"kept": len(vars(execute_state)["TMP_THREADS"]) > 0}


def failures_are_not_shouted(world: World) -> Observations:
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear = Ear(logging.ERROR)
    logging.getLogger("moto.stepfunctions").addHandler(ear)
    try:
        ended(world, start(world, {"Put": failing(table(world))}))
    finally:
        logging.getLogger("moto.stepfunctions").removeHandler(ear)
    return {"heard": bool(heard)}


# Stopping


def stop(world: World, arn: str, **how: str) -> dict[str, Any]:
    """Stop an execution and describe it two seconds later."""
    world.client("stepfunctions").stop_execution(executionArn=arn, **how)
    world.sleep(2)
    return describe(world, arn)


def waits_end_when_stopped(world: World) -> Observations:
    name = table(world)
    waiting = start(world, {"Park": parking(name)})
    rest = {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 20, "End": True}}}
    each = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": rest, "End": True}
    mapped = start(world, {"Each": each}, {"items": [1, 2]})
    tokens(world, name)
    return {"on a token": stop(world, waiting)["status"], "in a Map": stop(world, mapped)["status"]}


def stopped_tasks_are_not_scheduled(world: World) -> Observations:
    from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds

    class Stopped:
        """The environment of a task that has worked out what it is given, when it is stopped."""

        def __init__(self) -> None:
            self.stack: list[Any] = [{"given": "to the task"}]

        def is_running(self) -> bool:
            return False

    env: Any = Stopped()
    try:
        TimeoutSeconds(60).eval(env)
    except BaseException as end:  # not an Exception: nothing within the engine is to catch it
        return {"it": type(end).__name__}
    return {"it": f"goes on with {env.stack.pop()} seconds"}


def stop_keeps_error_and_cause(world: World) -> Observations:
    described = stop(
        world, start(world, {"Rest": {"Type": "Wait", "Seconds": 20, "End": True}}), error="Enough", cause="said so"
    )
    return {"error": described.get("error"), "cause": described.get("cause")}


# Tokens


def tokens_answer_once(world: World) -> Observations:
    one, two, three = table(world), table(world), table(world)
    send = world.client("stepfunctions").send_task_success
    rest = {"Rest": {"Type": "Wait", "Seconds": 3, "End": True}}
    park = {key: value for key, value in parking(one).items() if key != "End"}
    start(world, {"Park": {**park, "Next": "Rest"}, **rest})
    start(world, {"Park": parking(two)})
    again = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 1.0}]
    start(world, {"Park": parking(three, TimeoutSeconds=1, Retry=again)})
    (token,) = tokens(world, one)
    send(taskToken=token, output="{}")
    (other,) = tokens(world, two)
    return {
        "twice": refused(lambda: send(taskToken=token, output="{}")),
        "no JSON": refused(lambda: send(taskToken=other, output="{")),
        "tokens of two attempts": len(tokens(world, three, 2, within=4)),
    }


def task_failure_keeps_its_cause(world: World) -> Observations:
    name = table(world)
    arn = start(world, {"Park": parking(name)})
    (token,) = tokens(world, name)
    world.client("stepfunctions").send_task_failure(taskToken=token, error="Broken", cause="the reason")
    return {"cause": ended(world, arn).get("cause")}


def tokens_are_long(world: World) -> Observations:
    name = table(world)
    start(world, {"Park": parking(name)})
    (token,) = tokens(world, name)
    return {"long": len(token) > 100}


# Errors


def outcome(described: dict[str, Any]) -> str:
    return str(described.get("error") or described["status"])


def refused_invocations_have_their_name(world: World) -> Observations:
    work = {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:nowhere", "End": True}
    return {"error": outcome(ended(world, start(world, {"Work": work})))}


def all_is_not_everything(world: World) -> Observations:
    name = table(world)
    world.client("dynamodb").put_item(TableName=name, Item={"pk": {"S": "big"}, "data": {"S": "x" * 300_000}})
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    get = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem", "Catch": catch, "Next": "Done"}
    missing = {**get, "Parameters": {"TableName": name, "Key": {"pk": {"S.$": "$.nowhere"}}}}
    big = {**get, "Parameters": {"TableName": name, "Key": {"pk": {"S": "big"}}}}
    return {
        "runtime": outcome(ended(world, start(world, {"Get": missing, **DONE}))),
        "data limit": outcome(ended(world, start(world, {"Get": big, **DONE}))),
    }


def dynamodb_errors_are_its_own(world: World) -> Observations:
    missing = {"TableName": table(world), "Key": {"pk": {"S.$": "$.nowhere"}}}
    get = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": missing, "End": True}
    return {"a missing path": outcome(ended(world, start(world, {"Get": get})))}


def branches_keep_reserved_names(world: World) -> Observations:
    one, two = table(world), table(world)
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Done"}]
    branch = {"StartAt": "Park", "States": {"Park": parking(one, TimeoutSeconds=1)}}
    both = {"Type": "Parallel", "Branches": [branch], "Catch": catch, "Next": "Done"}
    processor = {"StartAt": "Park", "States": {"Park": parking(two, TimeoutSeconds=1)}}
    each = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "Catch": catch, "Next": "Done"}
    parallel, mapped = start(world, {"Both": both, **DONE}), start(world, {"Each": each, **DONE}, {"items": [1]})
    return {"Parallel": outcome(ended(world, parallel)), "Map": outcome(ended(world, mapped))}


def heartbeats_have_their_name(world: World) -> Observations:
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Done"}]
    park = {key: value for key, value in parking(table(world), HeartbeatSeconds=1, Catch=catch).items() if key != "End"}
    return {"caught": outcome(ended(world, start(world, {"Park": {**park, "Next": "Done"}, **DONE})))}


# Choices and waits


def no_choice_matched(world: World) -> Observations:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "Done"}]}
    return {"error": outcome(ended(world, start(world, {"Which": choice, **DONE}, {"a": 2})))}


def missing_variable_fails(world: World) -> Observations:
    rules = [{"Variable": "$.nowhere", "NumericEquals": 1, "Next": "Done"}]
    choice = {"Type": "Choice", "Choices": rules, "Default": "Done"}
    return {"error": outcome(ended(world, start(world, {"Which": choice, **DONE})))}


def timestamps_are_utc(world: World) -> Observations:
    moment = (world.now() + timedelta(seconds=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    arn = start(world, {"Until": {"Type": "Wait", "Timestamp": moment, "End": True}})
    return {"after it": ended(world, arn, within=3)["status"]}


def backoff_can_be_stopped(world: World) -> Observations:
    again = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 20, "MaxAttempts": 1, "BackoffRate": 1.0}]
    arn = start(world, {"Put": failing(table(world), Retry=again)})
    world.sleep(1.5)
    return {"status": stop(world, arn)["status"]}


def maps_loop(world: World) -> Observations:
    each = {
        "Type": "Map",
        "MaxConcurrency": 1,
        "ItemsPath": "$.items",
        "ItemProcessor": {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}},
        "End": True,
    }
    arn = start(world, {"Each": each}, {"items": list(range(1000))})
    return {"1000 items": ended(world, arn, within=6)["status"]}


# The API


def executions_have_names(world: World) -> Observations:
    arn = machine(world, DONE)
    begin = world.client("stepfunctions").start_execution
    begin(stateMachineArn=arn)
    for _ in range(100):  # a second start while the first one runs is another matter
        world.sleep(0.1)
        running = world.client("stepfunctions").list_executions(stateMachineArn=arn, statusFilter="RUNNING")
        if not running["executions"]:
            break
    return {
        "again without a name": refused(lambda: begin(stateMachineArn=arn)),
        "a bad name": refused(lambda: begin(stateMachineArn=arn, name="a b")),
        "bad input": refused(lambda: begin(stateMachineArn=arn, name="ok", input="{")),
    }


def machines_are_not_replaced(world: World) -> Observations:
    arn = machine(world, DONE)
    other = json.dumps({"StartAt": "Other", "States": {"Other": {"Type": "Succeed"}}})
    create = world.client("stepfunctions").create_state_machine
    return {"another definition": refused(lambda: create(name=arn.split(":")[-1], definition=other, roleArn=ROLE))}


def executions_are_described_in_full(world: World) -> Observations:
    text = start(world, {"Say": {"Type": "Pass", "Result": "said", "End": True}})
    nothing = start(world, {"Say": {"Type": "Pass", "Result": None, "End": True}})
    slow = start(world, {"Rest": {"Type": "Wait", "Seconds": 3, "End": True}}, TimeoutSeconds=1)
    return {
        "a string": ended(world, text).get("output"),
        "null": ended(world, nothing).get("output"),
        "TIMED_OUT has a stopDate": "stopDate" in ended(world, slow),
    }


def history_has_pages(world: World) -> Observations:
    arn = start(world, {"Say": {"Type": "Pass", "End": True}})
    ended(world, arn)
    history = world.client("stepfunctions").get_execution_history
    return {
        "first when reversed": history(executionArn=arn, reverseOrder=True)["events"][0]["type"],
        "events in a page of one": len(history(executionArn=arn, maxResults=1)["events"]),
    }


def queries_look_at_their_partition(world: World) -> Observations:
    from moto.dynamodb.models.table import Table

    name, client = table(world), world.client("dynamodb")
    for key in ("a", "b", "c"):
        client.put_item(TableName=name, Item={"pk": {"S": key}})
    looked_at: list[int] = []
    all_items = Table.all_items

    def watched(self: Any) -> Any:
        items = all_items(self)
        if self.name == name:
            looked_at.append(len(items))
        return items

    Table.all_items = watched  # type: ignore[method-assign]
    try:
        found = client.query(
            TableName=name, KeyConditionExpression="pk = :a", ExpressionAttributeValues={":a": {"S": "a"}}
        )
    finally:
        Table.all_items = all_items  # type: ignore[method-assign]
    assert found["Items"] == [{"pk": {"S": "a"}}]
    return {"looked at": max(looked_at)}


def transactions_copy_what_they_write(world: World) -> Observations:
    from moto.dynamodb.models.dynamo_type import Item

    name, client = table(world), world.client("dynamodb")
    for key in ("a", "b"):
        client.put_item(TableName=name, Item={"pk": {"S": key}, "table": {"S": name}})
    copied: list[str] = []
    deepcopy = Item.__deepcopy__

    def watched(self: Any, memo: dict[int, Any]) -> Any:
        if "table" in self.attrs and self.attrs["table"].value == name:
            copied.append(self.hash_key.value)
        return deepcopy(self, memo)

    Item.__deepcopy__ = watched  # type: ignore[method-assign]
    try:
        client.transact_write_items(TransactItems=[{"Delete": {"TableName": name, "Key": {"pk": {"S": "a"}}}}])
    finally:
        Item.__deepcopy__ = deepcopy  # type: ignore[method-assign]
    return {"copied": copied}


def dynamodb_loses_no_update(world: World) -> Observations:
    from moto.dynamodb.models import DynamoDBBackend

    name, client = table(world), world.client("dynamodb")
    inside, most = [0], [0]
    update_item = DynamoDBBackend.update_item

    meeting = threading.Barrier(2)

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=2)  # the other one comes in beside this one, or, with a lock, can't
        inside[0] -= 1
        return update_item(self, *args, **kwargs)

    def add() -> None:
        client.update_item(
            TableName=name,
            Key={"pk": {"S": "counter"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    DynamoDBBackend.update_item = watched  # type: ignore[method-assign]
    try:
        threads = [threading.Thread(target=add) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        DynamoDBBackend.update_item = update_item  # type: ignore[method-assign]
    return {"at once": most[0]}


def streams_tell_what_changed(world: World) -> Observations:
    client = world.client("dynamodb")
    name = table(world, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    client.update_item(TableName=name, Key={"pk": {"S": "a"}}, **add)
    made = world.changes(name)
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    return {"a new item": made, "the same again": world.changes(name)[len(made) :]}


def events_reach_the_bus(world: World) -> Observations:
    events = world.client("events")
    name = f"r-{uuid.uuid4()}"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    target = "arn:aws:lambda:eu-west-1:111122223333:function:nowhere"
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target}])
    entry = {"Source": name, "DetailType": "Thing", "Detail": "{}"}
    return {"refused": refused(lambda: events.put_events(Entries=[entry])) != ""}


def status_events(world: World) -> Observations:
    arn = start(world, {"Say": {"Type": "Pass", "End": True}})
    ended(world, arn)
    world.sleep(0.5)
    return {"statuses": world.status_events(arn)}


def engine_on_the_clock(world: World) -> Observations:
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function import wait_function

    say = {"Type": "Pass", "Parameters": {"at.$": "$$.State.EnteredTime"}, "End": True}
    entered = json.loads(ended(world, start(world, {"Say": say}))["output"])["at"]
    say = {"Type": "Pass", "Parameters": {"at.$": "$$.Execution.StartTime"}, "End": True}
    arn = start(world, {"Say": say})
    world.sleep(1)
    return {
        "real time": vars(wait_function)["time"] is time,
        "EnteredTime ends in Z": entered.endswith("Z"),
        "StartTime is refused": refused(lambda: describe(world, arn)),
    }


RIGHT: dict[str, tuple[Scenario, Observations]] = {
    "machines_are_parsed_once": (machines_are_parsed_once, {"kept": True}),
    "paths_are_parsed_once": (paths_are_parsed_once, {"kept": True}),
    "modules_are_listed_once": (modules_are_listed_once, {"kept": True}),
    "methods_are_listed_once": (methods_are_listed_once, {"kept": True}),
    "lambdas_are_called_directly": (
        lambdas_are_called_directly,
        {"unknown function": "Lambda.ResourceNotFoundException"},
    ),
    "clients_are_kept": (clients_are_kept, {"kept": True}),
    "attribute_values_go_out_as_they_are": (attribute_values_go_out_as_they_are, {"taken apart": False}),
    "attribute_values_come_in_as_they_are": (attribute_values_come_in_as_they_are, {"taken apart": False}),
    "attributes_are_copied_plainly": (attributes_are_copied_plainly, {"notes": False}),
    "attributes_are_shown_once": (attributes_are_shown_once, {"copied": False}),
    "items_are_measured_when_they_may_be_too_large": (
        items_are_measured_when_they_may_be_too_large,
        {"each more than twice": False},
    ),
    "threads_are_forgotten": (threads_are_forgotten, {"kept": False}),
    "failures_are_not_shouted": (failures_are_not_shouted, {"heard": False}),
    "waits_end_when_stopped": (
        waits_end_when_stopped,
        {"on a token": "ABORTED", "in a Map": "ABORTED"},
    ),
    "stopped_tasks_are_not_scheduled": (stopped_tasks_are_not_scheduled, {"it": "Halted"}),
    "stop_keeps_error_and_cause": (stop_keeps_error_and_cause, {"error": "Enough", "cause": "said so"}),
    "tokens_answer_once": (
        tokens_answer_once,
        {"twice": "TaskTimedOut", "no JSON": "InvalidOutput", "tokens of two attempts": 2},
    ),
    "task_failure_keeps_its_cause": (task_failure_keeps_its_cause, {"cause": "the reason"}),
    "tokens_are_long": (tokens_are_long, {"long": True}),
    "refused_invocations_have_their_name": (
        refused_invocations_have_their_name,
        {"error": "Lambda.ResourceNotFoundException"},
    ),
    "all_is_not_everything": (
        all_is_not_everything,
        {"runtime": "States.Runtime", "data limit": "States.DataLimitExceeded"},
    ),
    "dynamodb_errors_are_its_own": (dynamodb_errors_are_its_own, {"a missing path": "States.Runtime"}),
    "branches_keep_reserved_names": (branches_keep_reserved_names, {"Parallel": "SUCCEEDED", "Map": "SUCCEEDED"}),
    "heartbeats_have_their_name": (heartbeats_have_their_name, {"caught": "SUCCEEDED"}),
    "no_choice_matched": (no_choice_matched, {"error": "States.NoChoiceMatched"}),
    "missing_variable_fails": (missing_variable_fails, {"error": "States.Runtime"}),
    "timestamps_are_utc": (timestamps_are_utc, {"after it": "SUCCEEDED"}),
    "backoff_can_be_stopped": (backoff_can_be_stopped, {"status": "ABORTED"}),
    "maps_loop": (maps_loop, {"1000 items": "SUCCEEDED"}),
    "executions_have_names": (
        executions_have_names,
        {"again without a name": "", "a bad name": "InvalidName", "bad input": "InvalidExecutionInput"},
    ),
    "machines_are_not_replaced": (machines_are_not_replaced, {"another definition": "StateMachineAlreadyExists"}),
    "executions_are_described_in_full": (
        executions_are_described_in_full,
        {"a string": '"said"', "null": "null", "TIMED_OUT has a stopDate": True},
    ),
    "history_has_pages": (
        history_has_pages,
        {"first when reversed": "ExecutionSucceeded", "events in a page of one": 1},
    ),
    "queries_look_at_their_partition": (queries_look_at_their_partition, {"looked at": 1}),
    "transactions_copy_what_they_write": (transactions_copy_what_they_write, {"copied": ["a"]}),
    "dynamodb_loses_no_update": (dynamodb_loses_no_update, {"at once": 1}),
    "streams_tell_what_changed": (streams_tell_what_changed, {"a new item": ["INSERT"], "the same again": []}),
    "events_reach_the_bus": (events_reach_the_bus, {"refused": False}),
    "status_events": (status_events, {"statuses": ["RUNNING", "SUCCEEDED"]}),
    "engine_on_the_clock": (
        engine_on_the_clock,
        {"real time": False, "EnteredTime ends in Z": True, "StartTime is refused": ""},
    ),
}
