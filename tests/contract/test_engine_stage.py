"""A stage comes and goes: at every speed, and without a trace in the process."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, WaiterError

from infra.local.stage import Stage

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parent / "data" / "sample_service"


def test_the_process_gets_its_environment_back() -> None:
    environment, streams, path = dict(os.environ), (sys.stdout, sys.stderr), list(sys.path)
    with Stage(root=SAMPLE) as stage:
        assert os.environ["AWS_ENDPOINT_URL"] == stage.endpoint_url
        assert os.environ["SAMPLE_TABLE"] == "sample-dev-things"
        client = boto3.client("dynamodb")
    # moto reads its account from the environment for as long as the process lives.
    assert {name: value for name, value in os.environ.items() if name != "MOTO_ACCOUNT_ID"} == {
        name: value for name, value in environment.items() if name != "MOTO_ACCOUNT_ID"
    }
    assert (sys.stdout, sys.stderr) == streams
    assert sys.path == path
    with pytest.raises(EndpointConnectionError):
        client.list_tables()


def test_a_paced_stage_runs_faster_than_the_wall() -> None:
    stage = Stage(2000, root=SAMPLE)
    try:
        here = time.monotonic()
        arn = stage.start("WorkMachine", {"thing": "a"})
        stage.settle(10_000)
        assert stage.execution(arn)["status"] == "SUCCEEDED"
        assert 1.5 < time.monotonic() - here < 30
    finally:
        stage.close()


def test_botocores_waiters_wait_on_the_stages_clock() -> None:
    with Stage(root=SAMPLE) as stage:
        begun = stage.clock.time()
        waiter = stage.client("dynamodb").get_waiter("table_not_exists")
        with pytest.raises(WaiterError):
            waiter.wait(TableName="sample-dev-things", WaiterConfig={"Delay": 3600, "MaxAttempts": 3})
        assert stage.clock.time() - begun == pytest.approx(7200)


def test_a_stage_that_ends_in_the_middle_leaves_the_next_one_alone() -> None:
    with Stage(root=SAMPLE) as stage:
        stage.start("WorkMachine", {"thing": "a"})
        stage.clock.sleep(10)
    with Stage(root=SAMPLE) as stage:
        assert stage.executions() == []
        assert stage.clock.running() == 1


def test_a_stage_within_a_stage_suspends_it() -> None:
    with Stage(root=SAMPLE) as outer:
        outer.start("WorkMachine", {"thing": "a"})
        with Stage(root=SAMPLE) as inner:
            assert inner.executions() == []
            inner.start("WorkMachine", {"thing": "b"})
            assert os.environ["AWS_ENDPOINT_URL"] == inner.endpoint_url
        assert os.environ["AWS_ENDPOINT_URL"] == outer.endpoint_url
        assert outer.executions() == []
        arn = outer.start("WorkMachine", {"thing": "c"})
        outer.settle(10_000)
        assert outer.execution(arn)["status"] == "SUCCEEDED"
        assert boto3.client("dynamodb").scan(TableName="sample-dev-things")["Count"] == 1
