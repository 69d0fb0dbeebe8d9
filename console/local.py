"""Starts the local stage for ``up`` and ``demo``, and stops it.

Nobody here enters the stage (``with Stage()``): who does takes part in its clock, and time then waits for them. A
person at a terminal, or a demo that talks HTTP like any client, must not hold it up.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.stage import Stage

FLOW_NAME = "main-stage"
FLOW_ARN = f"arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-AbCdEf0123456789-0123456789ab:{FLOW_NAME}"
"""The flow that ``onair up`` starts with and that examples/ name: the customer's, as far as OnAir is concerned."""

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "eu-west-1"}
"""What any AWS client needs to be told; the local endpoint looks at the region alone."""


class PortTakenError(Exception):
    """Something listens on that port already."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken")
        self.port = port


def page_address(stage: Stage) -> str:
    """Where a browser finds the page. The token stands behind the #, which no browser sends anywhere."""
    return f"{stage.api_url}/#token={stage.token}"


@contextmanager
def running_stage(speed: float, api_port: int = 0, aws_port: int = 0, token: str | None = None) -> Iterator[Stage]:
    """A stage at that speed on those ports (0: any free one), with that token (None: a fresh one). Raises
    PortTakenError."""
    for port in filter(None, (api_port, aws_port)):
        if _is_taken(port):
            raise PortTakenError(port)
    from infra.local.stage import Stage  # late: it brings the whole engine, and most commands need none

    stage = Stage(speed=speed, api_port=api_port, endpoint_port=aws_port, token=token)
    try:
        yield stage
    finally:
        stage.close()


def asked_to_stop() -> threading.Event:
    """Set from now on by Ctrl-C, or by whoever ends this process kindly."""
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    return stop


def stay(stage: Stage, stop: threading.Event, encoder: bool = True) -> None:
    """Leave the stage to whoever looks at it, until it is to stop. ``encoder``: one pushes to every input meanwhile."""
    while not stop.wait(0.5):  # a wait without end can't be interrupted on Windows
        if encoder:
            _push(stage)


def _push(stage: Stage) -> None:
    """Have an encoder push to every input: nothing here listens for RTMP, so a host session would wait for ever.

    A push input that a flow feeds is fed already; pushing again changes nothing.
    """
    for resource in stage.simulator.inventory():
        if resource.kind == "input":
            with suppress(KeyError, ValueError):  # it was deleted meanwhile; nobody can push to its kind
                stage.simulator.publish(resource.id)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
