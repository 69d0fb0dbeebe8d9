"""What the API answers about a session's executions. No secrets, by construction: states' inputs and outputs are not
in it."""

from __future__ import annotations

from datetime import datetime

from shared.domain.execution_graph import Graph
from shared.domain.execution_visits import ExecutionError, Visit
from shared.domain.model import Value


class ExecutionSummary(Value):
    """An execution. ``operation`` is the number of the session's operation that it carries out, or ``recording_id`` the
    recording that it finalizes.

    ``status``: Step Functions' own (``RUNNING``, ``SUCCEEDED``, ``FAILED``, ``TIMED_OUT``, ``ABORTED``), or
    ``NOT_STARTED`` (it was claimed, and is not there), or ``GONE`` (it is not kept any more, 90 days after its end).
    """

    execution: str
    arn: str
    machine: str
    status: str
    operation: int | None
    recording_id: str | None
    requested_by: str | None
    started_at: datetime | None
    stopped_at: datetime | None


class ExecutionList(Value):
    """The newest first. ``truncated``: there are older ones."""

    executions: tuple[ExecutionSummary, ...]
    truncated: bool


class ExecutionAnswer(ExecutionSummary):
    """An execution with its machine's graph and the path that it took through it, the first visit first.

    ``truncated``: its history is longer than what is read of it; the newest visits are told.
    """

    error: ExecutionError | None
    truncated: bool
    graph: Graph
    visits: tuple[Visit, ...]
