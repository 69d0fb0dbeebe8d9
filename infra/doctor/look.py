"""What every check is given: whom to ask, as whom, about which stage in which region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.doctor.aws import Asks

Document = dict[str, Any]


class ApiRefused(Exception):
    """OnAir's API answered with an error, or not at all. ``status`` is 0 where nothing answered."""

    def __init__(self, status: int, name: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail


#: From the API's address and a path to the answer; the caller's credentials go with it. Raises ApiRefused.
AskApi = Callable[[str, str], Document]


@dataclass(frozen=True)
class Caller:
    """Who asks. ``principal`` is what a simulation takes: the ARN of the user, or of the role that was assumed; empty
    where there is none to simulate."""

    account: str
    arn: str
    partition: str
    principal: str = ""


@dataclass(frozen=True)
class Stack:
    """A deployed stage. ``resources`` are physical ids by logical id; ``made_at`` is when it was last deployed."""

    status: str
    reason: str
    made_at: datetime
    outputs: dict[str, str]
    resources: dict[str, str]


@dataclass(frozen=True)
class Look:
    """``stack`` is None where the stage is not deployed; ``stack_unknown`` says why nobody can tell."""

    aws: Asks
    region: str
    stage: str
    caller: Caller
    now: datetime
    root: Path
    ask_api: AskApi
    profile: str | None = None
    stack: Stack | None = None
    stack_unknown: str = ""
    arguments: str = field(init=False)

    def __post_init__(self) -> None:
        """``arguments``: what a command of the AWS CLI needs to ask at the same place as the same user."""
        profile = f" --profile {self.profile}" if self.profile else ""
        object.__setattr__(self, "arguments", f"--region {self.region}{profile}")

    @property
    def prefix(self) -> str:
        """What the names of everything begin with that the stage has."""
        return f"onair-{self.stage}"

    def arn(self, service: str, rest: str, region: str | None = None) -> str:
        where = self.region if region is None else region
        return f"arn:{self.caller.partition}:{service}:{where}:{self.caller.account}:{rest}"
