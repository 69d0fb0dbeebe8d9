"""Cold start: import and first AWS call of each handler, over a bare script that makes the same call.

Both run in fresh processes, by turns, with the runtime's own Python: the handler from what ``make package`` builds, for
this machine; the script from botocore as its wheel has it. All bytecode is valid. An endpoint on loopback refuses every
call, so that a handler is through after its first.
"""

from __future__ import annotations

import json
import platform
import random
import statistics
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.local.service import Function, Service, load_service
from infra.packaging.build import RUNTIME, pack_functions, unpack_layer
from infra.packaging.bytecode import compile_all, interpreter
from infra.packaging.requirements import runtime_requirements
from infra.packaging.wheels import HERE, Target, Wheels
from tests.bench.cold_inputs import given

ROOT = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).with_name("cold_probe.py")
TARGET = 1.1
#: Bootstrap samples of a ratio's interval.
_SAMPLES = 400
Samples = list[tuple[float, float]]


@dataclass(frozen=True)
class Places:
    """``python`` imports from ``functions`` and ``layer``, as they are built; ``whole`` is botocore unchanged."""

    python: str
    functions: Path
    layer: Path
    whole: Path
    is_runtime: bool


@dataclass
class Started:
    """One function: its first call (service and method), what it imported of ours and the layer, and for each round
    seconds of the clock and of the processor. ``bare``: those of the script that makes the same call."""

    function: Function
    call: tuple[str, str]
    modules: int
    own: Samples = field(default_factory=list)
    bare: Samples = field(default_factory=list)

    @property
    def group(self) -> str:
        return "api" if self.function.key == "api" else self.function.handler.split(".")[1]

    def ratio(self, which: int) -> float:
        return _median(self.own, which) / _median(self.bare, which)


@dataclass
class ColdStarts:
    """``slim``: the bare script's samples with the layer as it is built, ``unslim`` with botocore as it comes."""

    places: Places
    started: list[Started]
    slim: Samples
    unslim: Samples


def prepare(folder: Path) -> Places:
    """Build what is measured into an empty folder. PackagingError where the wheels can't be had."""
    python = interpreter(RUNTIME)
    target = _runtime_here() if python is not None else HERE
    wheels = Wheels(ROOT / "build/wheels", runtime_requirements(ROOT), target)
    if wheels.found() is None:
        wheels.download()
    functions, layer, whole = (folder / name for name in ("functions", "layer", "whole"))
    runs = python or sys.executable
    pack_functions(ROOT, folder / "functions.zip", runs)
    with zipfile.ZipFile(folder / "functions.zip") as archive:
        archive.extractall(functions)
    unpack_layer(ROOT, layer, target)
    wheels.unpack(whole)
    for place in (layer, whole):
        compile_all(runs, place, ("",), "/opt/python")
    return Places(runs, functions, layer, whole, python is not None)


def _runtime_here() -> Target:
    """The runtime's Python, on this machine."""
    if sys.platform != "linux":
        return HERE
    numbers = RUNTIME.replace(".", "")
    tags = ("--platform", f"manylinux2014_{platform.machine()}", "--implementation", "cp")
    return Target(f"cp{numbers}-{platform.machine()}", (*tags, "--python-version", RUNTIME, "--abi", f"cp{numbers}"))


def measure(places: Places, rounds: int, seed: int, say: Callable[[str], None], only: Sequence[str] = ()) -> ColdStarts:
    """So many fresh processes of each function and of its script, by turns and in a new order each round."""
    service = load_service(ROOT / "serverless.yml")
    inputs = {key: event for key, event in given(service).items() if key in only or not only}
    with _refusing() as endpoint:
        probe = _Probe(places, service, endpoint)
        found = {key: probe.learn(service.functions[key], event) for key, event in inputs.items()}
        requests = {started.call: request for started, request in found.values()}
        bare: dict[tuple[str, str], Samples] = {call: [] for call in requests}
        slim: Samples = []
        order, chance = list(found), random.Random(seed)
        for number in range(rounds):
            say(f"cold start: round {number + 1} of {rounds}, {len(order)} functions")
            chance.shuffle(order)
            for turn, key in enumerate(order):
                started, request = found[key]
                started.own.append(probe.handler(started.function, inputs[key]))
                if len(bare[started.call]) <= 3 * number + 2:  # three times a round, between the others
                    bare[started.call].append(probe.script(places.whole, started.call, request))
                if turn % 10 == 0:
                    slim.append(probe.script(places.layer, ("dynamodb", "get_item"), _GET))
    for started, _ in found.values():
        started.bare = bare[started.call]
    commonest = max(bare.values(), key=len)
    return ColdStarts(places, [started for started, _ in found.values()], slim, commonest)


_GET = {"TableName": "onair-dev-sessions", "Key": {"pk": {"S": "SESSION#s-1"}, "sk": {"S": "SESSION"}}}


class _Probe:
    """Starts processes of ``cold_probe`` with a function's environment, led to the endpoint."""

    def __init__(self, places: Places, service: Service, endpoint: _Endpoint) -> None:
        self._places = places
        self._endpoint = endpoint
        self._environment = {
            "AWS_ACCESS_KEY_ID": "example-not-real",
            "AWS_SECRET_ACCESS_KEY": "example-not-real",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{endpoint.server_port}",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{RUNTIME}",
            "AWS_LAMBDA_FUNCTION_NAME": "onair-dev-function",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "LAMBDA_TASK_ROOT": str(places.functions),
        }

    def learn(self, function: Function, event: Any) -> tuple[Started, dict[str, Any]]:
        """Run a function once and hear what it calls first."""
        answer = self._run(self._environment | dict(function.environment), self._asked(function, event), listen=True)
        assert answer["calls"], f"{function.key} calls nothing: {answer['said']}"
        service, method, request = answer["calls"][0]
        return Started(function, (service, method), answer["modules"]), request

    def handler(self, function: Function, event: Any) -> tuple[float, float]:
        answer = self._run(self._environment | dict(function.environment), self._asked(function, event))
        return answer["took"], answer["work"]

    def script(self, layer: Path, call: tuple[str, str], request: Mapping[str, Any]) -> tuple[float, float]:
        asked = {"path": [str(layer)], "service": call[0], "method": call[1], "request": request}
        answer = self._run(self._environment, asked)
        return answer["took"], answer["work"]

    def _asked(self, function: Function, event: Any) -> dict[str, Any]:
        path = [str(self._places.functions), str(self._places.layer)]
        return {"path": path, "handler": function.handler, "event": event}

    def _run(self, environment: Mapping[str, str], asked: Mapping[str, Any], listen: bool = False) -> dict[str, Any]:
        # -I and -S: nothing of this machine's own Python packages; -B: what has no bytecode gets none.
        command = [self._places.python, "-I", "-S", "-B", str(PROBE), json.dumps({**asked, "listen": listen})]
        before = self._endpoint.asked
        ran = subprocess.run(command, capture_output=True, text=True, env=dict(environment), cwd="/")
        assert ran.returncode == 0, ran.stderr[-2000:]
        assert self._endpoint.asked > before, f"nothing was called: {ran.stdout[-2000:]}"
        answer: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
        return answer


class _Refuses(BaseHTTPRequestHandler):
    """AccessDenied for everything: nobody asks again, and nobody goes on."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        assert isinstance(self.server, _Endpoint)
        self.server.asked += 1
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b'{"__type":"AccessDeniedException","message":"no"}'
        self.send_response(403)
        self.send_header("Content-Type", "application/json")
        self.send_header("x-amzn-ErrorType", "AccessDeniedException")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nobody reads it."""


class _Endpoint(ThreadingHTTPServer):
    """``asked``: how many calls have come."""

    asked = 0


@contextmanager
def _refusing() -> Iterator[_Endpoint]:
    with _Endpoint(("127.0.0.1", 0), _Refuses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _median(samples: Samples, which: int) -> float:
    return statistics.median(one[which] for one in samples)


def interval(started: Sequence[Started], which: int) -> tuple[float, float]:
    """Within which the median of these functions' ratios lies, 95 times in a hundred (bootstrap)."""
    chance = random.Random(1)

    def again(samples: Samples) -> float:
        return statistics.median(one[which] for one in chance.choices(samples, k=len(samples)))

    drawn = sorted(statistics.median(again(one.own) / again(one.bare) for one in started) for _ in range(_SAMPLES))
    return drawn[int(0.025 * _SAMPLES)], drawn[int(0.975 * _SAMPLES) - 1]


def rows(found: ColdStarts) -> list[list[str]]:
    """The table, header first: one row for each group of functions, and one for all."""
    groups: dict[str, list[Started]] = {}
    for one in found.started:
        groups.setdefault(one.group, []).append(one)
    header = ["functions", "number", "processor time over the script's", "95 %", "clock's", "95 %", "worst", "modules"]
    ordered = sorted(groups.items(), key=lambda each: each[0])
    return [header, *(_row(name, ones) for name, ones in [*ordered, ("all", found.started)])]


def _row(name: str, started: list[Started]) -> list[str]:
    cells = [name, str(len(started))]
    for which in (1, 0):
        low, high = interval(started, which)
        middle = statistics.median(one.ratio(which) for one in started)
        cells += [f"{middle:.2f}", f"{low:.2f} to {high:.2f}"]
    worst = max(started, key=lambda one: one.ratio(1))
    return [*cells, f"{worst.function.key}, {worst.ratio(1):.2f}", str(max(one.modules for one in started))]


def told(found: ColdStarts) -> str:
    """What the table does not say."""
    middle = statistics.median(one.ratio(1) for one in found.started)
    worst = max(found.started, key=lambda one: one.ratio(1))
    python = (
        f"Python {RUNTIME}, as the runtime has it"
        if found.places.is_runtime
        else f"Python {platform.python_version()}, for there is no {RUNTIME} on this machine"
    )
    verdict = "Reached" if worst.ratio(1) <= TARGET else "Missed"
    slim = _median(found.slim, 1) / _median(found.unslim, 1)
    return "\n".join(
        [
            f"- Target: {TARGET} for every function. {verdict}: {middle:.2f} at the median, {worst.ratio(1):.2f} at "
            f"worst ({worst.function.key}).",
            f"- With botocore's data as the layer has it, the bare script itself takes {slim:.2f} of its time.",
            f"- {python}, {platform.machine()}; {len(found.started[0].own)} fresh processes of each function.",
        ]
    )
