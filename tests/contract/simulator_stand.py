"""The simulator behind a real port with plain boto3 clients, and a record of every answer it gave, for its tests.

One server serves the whole run; each test has a simulator and a clock of its own. When a test is done, every answer
that went out is held against botocore's model: shape by shape, and error code by operation.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.client import Config
from botocore.exceptions import ClientError
from botocore.model import Shape
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from infra.local.clock import Clock
from infra.local.simulator import Simulator, SimulatorSettings
from infra.local.simulator.protocol import api, service_of

REGION = "eu-west-1"

# Codes that the service gives, or is taken to give, where the model does not declare them.
UNDECLARED = {
    # Calls are limited for every operation, declared or not (facts §4).
    ("*", "TooManyRequestsException"),
    # Ours, not AWS's.
    ("*", "NotSimulated"),
    # Seen (facts §2.2).
    ("DeleteInputSecurityGroup", "ConflictException"),
    # RequestId with another body (facts §5) has no declared error here.
    ("CreateInput", "ConflictException"),
    # An id that never existed, for an operation that declares no 404.
    ("UpdateChannel", "NotFoundException"),
    # The other choice of the alternative `duplicate_output`.
    ("AddFlowOutputs", "ConflictException"),
    # Seen (facts §2.2), and what is given to a channel that is between two states.
    ("BatchUpdateSchedule", "ConflictException"),
    # The other choice of the alternative `delete_schedule_of_running`.
    ("DeleteSchedule", "ConflictException"),
    # IVS limits every operation (facts §4), and declares it for one.
    ("*", "ThrottlingException"),
    # Ours, not AWS's: there, such a host does not exist.
    ("*", "NoEndpoint"),
}


@dataclass
class Answer:
    service: str
    operation: str
    status: int
    code: str | None
    body: Any


@dataclass
class S3:
    """Where running channels write: ``objects`` by bucket and key, ``written`` what was ever put, in order."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)  # buckets that are not there

    def put(self, bucket: str, key: str, body: bytes) -> None:
        if bucket in self.missing:
            raise LookupError(bucket)
        self.objects[bucket, key] = body
        self.written.append(key)

    def delete(self, bucket: str, key: str) -> None:
        del self.objects[bucket, key]

    def keys(self, ending: str = "") -> list[str]:
        """The keys that are there, sorted; of all buckets."""
        return sorted(key for _, key in self.objects if key.endswith(ending))

    def text(self, key: str) -> str:
        (body,) = [body for (_, found), body in self.objects.items() if found == key]
        return body.decode()


@dataclass
class Stand:
    """One test's simulator. On the virtual clock time goes by only in ``passes``."""

    clock: Clock
    simulator: Simulator
    events: list[dict[str, Any]]
    s3: S3
    answers: list[Answer] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{_server().server_port}"

    def client(self, service: str, region: str = REGION) -> Any:
        return _client(service, region)

    @property
    def medialive(self) -> Any:
        return self.client("medialive")

    @property
    def mediaconnect(self) -> Any:
        return self.client("mediaconnect")

    @property
    def ivs(self) -> Any:
        return self.client("ivs")

    def passes(self, seconds: float) -> None:
        """Let so much of the clock's time go by, and everything happen that is due by then."""
        self.clock.sleep(seconds)
        self.clock.sleep(1e-6)

    def states(self) -> list[str]:
        """The words of the channel events so far."""
        channels = [event for event in self.events if event["detail-type"] == "MediaLive Channel State Change"]
        return [event["detail"]["state"] for event in channels]

    def set_alternatives(self, **chosen: Any) -> None:
        settings = self.simulator.settings
        settings.alternatives = type(settings.alternatives)(**{**settings.alternatives.model_dump(), **chosen})


class _Current:
    """What the one server serves now."""

    stand: Stand | None = None


class _Quick(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open
    disable_nagle_algorithm = True

    def log(self, *_: Any) -> None:
        pass


def _recording(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    stand = _Current.stand
    assert stand is not None, "a call after its test"
    begun: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        begun.extend((int(status[:3]), dict(headers)))
        start_response(status, headers)

    chunks = list(stand.simulator(environ, start))
    service = service_of(environ) or ""
    route = api(service).route(environ["REQUEST_METHOD"], environ["PATH_INFO"]) if service else None
    body = b"".join(chunks)
    stand.answers.append(
        Answer(
            service,
            route.operation.name if route else "",
            begun[0],
            begun[1].get("x-amzn-errortype"),
            json.loads(body) if body else None,
        )
    )
    return chunks


@cache
def _server() -> BaseWSGIServer:
    server = make_server("127.0.0.1", 0, _recording, threaded=True, request_handler=_Quick)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="simulator", daemon=True).start()
    return server


@cache
def _client(service: str, region: str) -> Any:
    return boto3.session.Session().client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{_server().server_port}",
        aws_access_key_id="example",
        aws_secret_access_key="example-not-real",
        config=Config(retries={"total_max_attempts": 1}),
    )


@contextmanager
def served(speed: float | None = None, settings: SimulatorSettings | None = None) -> Iterator[Stand]:
    """A fresh simulator at the one address, without rate limits unless ``settings`` say otherwise.

    On the virtual clock the test itself counts as running, so time passes only where it says so.
    """
    clock = Clock(speed)
    events: list[dict[str, Any]] = []
    settings = settings or SimulatorSettings(
        medialive_rate=None, mediaconnect_rate=None, ivs_rate=None, ivs_tags_rate=None
    )
    s3 = S3()
    simulator = Simulator(clock, events.append, settings, s3.put, s3.delete)
    stand = Stand(clock, simulator, events, s3)
    _Current.stand = stand
    try:
        if speed is None:
            with clock.participating():
                yield stand
        else:
            yield stand
    finally:
        _Current.stand = None
        clock.close()
    for answer in stand.answers:
        assert_within_model(answer)


@contextmanager
def refused(code: str, words: str = "") -> Iterator[Any]:
    """The block must end in a ClientError of this code whose message has these words."""
    with pytest.raises(ClientError) as caught:
        yield caught
    assert caught.value.response["Error"]["Code"] == code, caught.value
    answer = caught.value.response
    assert words in (answer.get("exceptionMessage") or answer["Error"]["Message"]), answer


# An answer against the model, independent of the simulator's own walk


def assert_within_model(answer: Answer) -> None:
    operation = api(answer.service).model.operation_model(answer.operation)
    if answer.code is None:
        assert answer.status == operation.http["responseCode"], answer
        faults = [] if answer.body is None else list(_faults(operation.output_shape, answer.body, answer.operation))
        assert not faults, faults
        return
    declared = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation.error_shapes}
    if answer.code in declared:
        assert answer.status == declared[answer.code], answer
    else:
        assert {(answer.operation, answer.code), ("*", answer.code)} & UNDECLARED, answer
    text = "exceptionMessage" if answer.service == "ivs" else "message"
    assert isinstance(answer.body[text], str), answer


_JSON = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "double": (int, float),
    "float": (int, float),
    "timestamp": (str, int, float),
}


def _faults(shape: Shape | None, value: Any, path: str) -> Iterator[str]:
    if shape is None or (shape.type_name == "structure" and not isinstance(value, dict)):
        yield f"{path}: {value!r} where the model has {shape}"
    elif shape.type_name == "structure":
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        required = {shape.members[name].serialization.get("name", name) for name in shape.required_members}
        yield from (f"{path}.{name} is missing" for name in required - value.keys())
        for name, item in value.items():
            if name not in members:
                yield f"{path}.{name} is not in the model"
            else:
                yield from _faults(members[name], item, f"{path}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from _faults(shape.member, item, f"{path}[{index}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _faults(shape.value, item, f"{path}.{key}")
    elif not isinstance(value, _JSON[shape.type_name]):
        yield f"{path}: {value!r} is no {shape.type_name}"
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"
