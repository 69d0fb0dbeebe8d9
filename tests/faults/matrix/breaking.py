"""Compensations broken on purpose: whether the matrix can see. Each by itself must make a short run fail.

A trunk reads ``ONAIR_MATRIX_BREAK`` and does nothing in the place of that compensation, answering as its state machine
expects. Every file of ``tasks/remove`` that puts something right is here (a test keeps it so), and some others.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.domain.reconcile import Action, Decision

VARIABLE = "ONAIR_MATRIX_BREAK"


@dataclass(frozen=True)
class Broken:
    """``module`` and ``attribute``: what is replaced, by ``instead``. ``where``: scenario, segment and words in
    the names of the trials in which it is looked for. ``meanwhile``: what a caller does in the same invocation."""

    module: str
    where: tuple[str, ...]
    instead: Callable[..., Any] = lambda *_, **__: {}
    attribute: str = "handler"
    meanwhile: str = ""


def _removal(event: Any, context: Any) -> Any:
    return {"session_id": event["session_id"], "operation": event["operation"], "channels": []}


def _rolled_back(event: Any, context: Any) -> Any:
    return {"destination_id": event["destination_id"], "outcome": "rolled_back"}


def _nothing_to_do(*_: Any, **__: Any) -> Decision:
    return Decision(action=Action.NOTHING, reason="broken on purpose")


BROKEN = {
    "stop_channel": Broken("tasks.remove.stop_channel", ("host", "stop")),
    "delete_channel": Broken("tasks.remove.delete_channel", ("flow", "end")),
    "remove_flow_outputs": Broken("tasks.remove.remove_flow_outputs", ("flow", "end")),
    "delete_input": Broken("tasks.remove.delete_input", ("flow", "end")),
    "delete_ivs_channel": Broken("tasks.remove.delete_ivs_channel", ("host", "end")),
    "release_source": Broken("tasks.remove.release_source", ("flow", "end")),
    "delete_secrets": Broken("tasks.remove.delete_secrets", ("flow", "end")),
    "close_recordings": Broken("tasks.remove.close_recordings", ("host", "end")),
    "plan_removal": Broken("tasks.remove.plan_removal", ("flow", "end"), _removal),
    "drain_session": Broken(
        "tasks.remove.drain_session", ("flow", "provision", "PutParameter", "timed out"), meanwhile="DELETE meanwhile"
    ),
    "report_rollback": Broken(
        "tasks.remove.report_rollback", ("flow", "provision", "createInput", "× rejected"), _rolled_back
    ),
    "finish_end": Broken(
        "tasks.remove.finish_end", ("flow", "end", "refused until lifted"), lambda record: [], "_verified"
    ),
    "give_up_start": Broken(
        "shared.runtime.operations", ("host", "start", "rejected"), lambda record, error: record, "give_up"
    ),
    "settle_stop": Broken("tasks.streaming.settle_stop", ("host", "stop")),
    "reconcile": Broken("shared.runtime.reconcile", ("flow", "provision", "aborted"), _nothing_to_do, "reconcile"),
}
#: Files of ``tasks/remove`` that put nothing right: what they tell is told again behind them.
TELLING = {"report_stopped"}


def broken() -> str:
    """The name of what is broken in this process, or nothing."""
    return os.environ.get(VARIABLE, "")


def take_out() -> None:
    """Break what the environment names."""
    if not broken():
        return
    chosen = BROKEN[broken()]
    module = importlib.import_module(chosen.module)
    before = getattr(module, chosen.attribute)
    setattr(module, chosen.attribute, chosen.instead)
    # Others have imported it by its name.
    for name, other in list(sys.modules.items()):
        if name.startswith(("tasks.", "shared.")) and getattr(other, chosen.attribute, None) is before:
            setattr(other, chosen.attribute, chosen.instead)
