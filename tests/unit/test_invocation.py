"""What a function tells of itself: in its log always, in a trace where X-Ray keeps it. Ids, and never a payload.

The functions run in a process of their own, as on Lambda: the environment says that it is one, and whose trace it is;
the daemon that traces are sent to is a socket of this test.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRET = "example-stream-key-not-real"
EXECUTION = "s-7f3k2mexamp1-3-start_streaming"
STEP = {"execution": EXECUTION, "session_id": "s-7f3k2mexamp1", "operation": 3, "destination_id": "youtube"}
TRACE = "1-6921b7e5-0123456789abcdef01234567"

#: A step that succeeds, four that fail, an event's function, each with a key in what it takes, answers or raises. The
#: last line tells whether the X-Ray SDK was imported.
FUNCTIONS = """
import contextlib, json, sys
from botocore.exceptions import ClientError
from shared.domain.errors import NotReady
from shared.domain.model import Value
from shared.runtime.invocation import bind, trigger
from shared.runtime.task import task

step, secret = json.loads(sys.argv[1]), sys.argv[2]

class Step(Value):
    session_id: str
    operation: int
    destination_id: str
    note: str = ""

class Told(Value):
    note: str

class Context:
    aws_request_id = "example-request-id"

def answers(given: Step) -> Told:
    return Told(note=given.note)

def is_not_ready(given: Step) -> Told:
    raise NotReady("input 1234567 is CREATING")

def fails(given: Step) -> Told:
    raise ValueError(given.note)

def is_refused(given: Step) -> Told:
    raise ClientError({"Error": {"Code": "X", "Message": given.note}}, "CreateChannel")

def hears(event, context):
    bind(session_id=event["session_id"], operation=None)
    raise KeyError(event["note"])

for work in (answers, is_not_ready, fails, is_refused):
    with contextlib.suppress(Exception):
        task(work)({**step, "note": secret}, Context())
with contextlib.suppress(Exception):
    task(answers)({**step, "note": {"of another kind": secret}}, Context())
with contextlib.suppress(KeyError):
    trigger(hears)({**step, "note": secret}, Context())
print(json.dumps({"imported": "aws_xray_sdk" in sys.modules}))
"""


@dataclass(frozen=True)
class Ran:
    """What came of it. ``written``: as it was sent and printed; ``told``: each trace document's annotations."""

    written: str
    lines: list[dict[str, Any]]
    documents: list[dict[str, Any]]

    @property
    def told(self) -> list[dict[str, Any]]:
        return [each["annotations"] for each in self.documents]


def run(daemon: socket.socket, **environment: str) -> Ran:
    host, port = daemon.getsockname()
    on_lambda = {"LAMBDA_TASK_ROOT": str(ROOT), "AWS_XRAY_DAEMON_ADDRESS": f"{host}:{port}"}
    ran = subprocess.run(
        [sys.executable, "-c", FUNCTIONS, json.dumps(STEP), SECRET],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "AWS_DEFAULT_REGION": "eu-west-1", **on_lambda, **environment},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    received = list(_received(daemon))
    documents = [json.loads(text.partition("\n")[2]) for text in received]
    lines = [json.loads(each) for each in ran.stdout.splitlines()]
    return Ran("".join(received) + ran.stdout + ran.stderr, lines, documents)


def _received(daemon: socket.socket) -> Iterator[str]:
    """Whatever has come by now; a process that has ended sends nothing more."""
    daemon.setblocking(False)
    while True:
        try:
            yield daemon.recv(65536).decode()
        except BlockingIOError:
            return


@pytest.fixture(scope="module")
def daemon() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        yield listening


@pytest.fixture(scope="module")
def traced(daemon: socket.socket) -> Ran:
    return run(daemon, _X_AMZN_TRACE_ID=f"Root={TRACE};Parent=0123456789abcdef;Sampled=1")


def test_every_invocation_tells_its_trace_what_it_works_for(traced: Ran) -> None:
    assert len(traced.documents) == 6
    assert {each["trace_id"] for each in traced.documents} == {TRACE}
    *steps, event = traced.told
    for told in steps:
        assert {key: told.get(key) for key in STEP} == STEP
        assert told["request_id"] == "example-request-id"
    assert (event["session_id"], event.get("operation")) == ("s-7f3k2mexamp1", None)


def test_a_trace_tells_an_errors_name(traced: Ran) -> None:
    names = [told.get("error") for told in traced.told]
    assert names == [None, "NotReady", "InternalError", "InternalError", "InternalError", "KeyError"]
    assert [each.get("fault", False) for each in traced.documents] == [name is not None for name in names]


def test_no_trace_and_no_log_line_holds_what_was_taken_answered_or_raised(traced: Ran) -> None:
    assert SECRET not in traced.written
    assert "CREATING" not in json.dumps(traced.documents), "not even our own errors' words"


def test_log_lines_and_traces_lead_to_each_other(traced: Ran) -> None:
    steps = [line for line in traced.lines if line.get("task") and "operation" in line]
    assert len(steps) >= 5
    for line in steps:
        assert {key: line.get(key) for key in STEP} == STEP
        assert line["xray_trace_id"] == TRACE


@pytest.mark.parametrize(
    "environment",
    [{"_X_AMZN_TRACE_ID": f"Root={TRACE};Parent=0123456789abcdef;Sampled=0"}, {}],
    ids=["a trace that is not kept", "the local stage"],
)
def test_where_no_trace_is_kept_nothing_is_sent_and_the_sdk_is_not_imported(
    daemon: socket.socket, environment: dict[str, str]
) -> None:
    ran = run(daemon, **environment)
    assert ran.documents == []
    assert ran.lines[-1] == {"imported": False}
    assert [line["execution"] for line in ran.lines if line.get("message") == "done"] == [EXECUTION]
