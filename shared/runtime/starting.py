"""Starting an execution, and saying so: from whoever began it the log leads on to what it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.gateways import executions
from shared.runtime.log import logger


def start(machine_arn: str, name: str, payload: Mapping[str, Any]) -> None:
    """Start an execution, once: see ``executions.start``. A repetition says so, too."""
    executions.start(machine_arn, name, payload)
    logger.info("started", extra={"started": name})
