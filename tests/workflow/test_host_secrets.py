"""An IVS channel's key and a host's ingest names appear nowhere that OnAir writes, and the names in the one answer to
their owner that is for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.host_show import HostShow
from tests.show import Shows
from tests.workflow.test_secrets import dump

HOST = {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]}


def secrets_of(shows: Shows, session: dict[str, Any]) -> list[str]:
    """The IVS key as IVS has it, and both ingest names as SSM has them."""
    ivs, ssm = shows.stage.client("ivs"), shows.stage.client("ssm")
    keys = [
        ivs.get_stream_key(arn=one["arn"])["streamKey"]["value"]
        for one in ivs.list_stream_keys(
            channelArn=next(row["id"] for row in session["resources"] if row["kind"] == "ivs_channel")
        )["streamKeys"]
    ]
    names = [name for name in shows.secrets() if "ingest-name" in name]
    values = [one["Value"] for one in ssm.get_parameters(Names=names, WithDecryption=True)["Parameters"]]
    assert len(keys) == 1 and len(values) == 1
    return [*keys, *values[0].split("/")]


def written(shows: Shows) -> dict[str, str]:
    """Everything that OnAir wrote. MediaLive's and IVS's own answers show the names and the key: that is AWS."""
    stage = shows.stage
    executions = stage.executions()
    bucket = stage.client("s3").list_buckets()["Buckets"][0]["Name"]
    return {
        "executions": dump(executions),
        "histories": dump([stage.history(one["executionArn"]) for one in executions]),
        "logs": "\n".join(stage.lambdas.logs()),
        "results of workflow functions": dump(
            [one.answer.decode() for one in stage.lambdas.invocations if one.function.key != "api"]
        ),
        "table": dump(shows.items()),
        "events": dump([one.event for one in stage.bus.log()]),
        "parameter names": dump(shows.secrets()),
        "object names": dump(stage.client("s3").list_objects_v2(Bucket=bucket)),
        "call log": dump([vars(one) for one in stage.endpoint.calls()]),
    }


def test_the_key_and_the_names_are_found_nowhere_and_shown_to_the_owner_alone(
    shows: Shows, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO")
    stage = shows.stage
    stage.faults.lose_answer("medialive", "CreateInput", count=1)
    stage.faults.lose_answer("ivs", "CreateChannel", count=1)
    stage.lambdas.faults.kill_after_call("createChannel", "ivs", "GetStreamKey")
    asked = stage.request("POST", "/sessions", shows.spec({"platform": "ivs"}, source=HOST))
    show = HostShow(stage, asked[2])
    stage.settle()
    secrets = secrets_of(shows, show.look())
    show.publish()
    answers = [asked, show.start()]
    stage.settle()
    stage.faults.reject("medialive", "UpdateChannel", 422, "UnprocessableEntityException", f"bad {secrets[0]}", count=1)
    answers += [show.record(), show.look(), show.stop("finish")]
    stage.settle()
    answers += [show.start()]  # its UpdateChannel is refused, with the key in the refusal
    stage.settle()
    for path in ("", "/recordings", "/cost", "/events"):
        answers.append(stage.request("GET", f"/sessions/{show.id}{path}"))
    answers.append(stage.request("GET", "/sessions"))

    mine, read = stage.token_for("studio-1"), shows.calls("ssm", "GetParameters")
    answers += [stage.request("GET", f"/sessions/{show.id}{path}", token=mine) for path in ("", "/events")]
    assert shows.calls("ssm", "GetParameters") == read, "what is masked is not read"
    (endpoint,) = stage.request("GET", f"/sessions/{show.id}/ingest-endpoints", token=mine)[2]["ingest_endpoints"]
    assert endpoint["url"].endswith(f":1935/{secrets[1]}") and endpoint["stream_name"] == secrets[2]
    answers.append(show.ended())

    found = {**written(shows), "answers": dump(answers), "log": caplog.text, "output": "".join(capfd.readouterr())}
    for where, text in found.items():
        assert not [secret for secret in secrets if secret in text], f"a secret is in the {where}"
    shows.nothing_left()
    assert shows.secrets() == []


def test_the_search_can_see(shows: Shows) -> None:
    """What is written where it must not be is found: else the test above shows nothing."""
    item = {"pk": {"S": "x"}, "sk": {"S": "y"}, "leak": {"S": "sk_eu-west-1_example"}}
    shows.stage.client("dynamodb").put_item(TableName="onair-dev-sessions", Item=item)
    assert "sk_eu-west-1_example" in written(shows)["table"]
