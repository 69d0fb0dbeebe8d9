"""One run: its name and tag on everything it makes, its deadline, its journal, and how long things took."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.smoke_aws.account import Account
from tests.smoke_aws.journal import Journal

PREFIX = "onair-smoke"
#: On everything that can carry a tag; its value is the run's id.
TAG = "onair:smoke"
_ID = re.compile(r"\d{8}t\d{6}[a-z0-9]{4}")
_NAME = re.compile(rf"{PREFIX}-({_ID.pattern})(?:-|$|/)")
#: Seconds after its beginning when no run goes on any more: the longest deadline, and the longest clean-up.
OVER = 3 * 3600.0

Say = Callable[[str], None]


class TimeUp(Exception):
    """The deadline has come: everything is taken back."""


class NotInTime(Exception):
    """What was waited for did not happen."""


def new_id(moment: float) -> str:
    """When the run began, to the second and in UTC, and four letters by chance."""
    drawn = "".join(secrets.choice("abcdefghjkmnpqrstvwxyz0123456789") for _ in range(4))
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dt%H%M%S") + drawn


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def began(run: str) -> float:
    return datetime.strptime(run[:15], "%Y%m%dt%H%M%S").replace(tzinfo=UTC).timestamp()


def run_of(name: str, tags: dict[str, str] | None = None) -> str | None:
    """Which run a resource is of, by its tag or its name; None: of none."""
    tagged = (tags or {}).get(TAG, "")
    if is_id(tagged):
        return tagged
    found = _NAME.search(name)
    return found[1] if found else None


@dataclass
class Run:
    """``deadline``: seconds of the account's clock after which nothing goes on but the clean-up. ``measured``: seconds
    that steps took. ``secrets``: keys and ingest names that a sample of an event must not show. ``file``: a link to a
    transport stream of somebody's, to be played in the place of the run's own."""

    account: Account
    id: str
    folder: Path
    deadline: float
    say: Say
    measured: dict[str, list[float]] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set, repr=False)
    file: str | None = None

    def __post_init__(self) -> None:
        self.journal = Journal(self.folder, self.id)

    @property
    def tags(self) -> dict[str, str]:
        return {TAG: self.id}

    def name(self, what: str) -> str:
        return f"{PREFIX}-{self.id}-{what}"

    def make(self, kind: str, name: str, call: Callable[[], Any], identity: Callable[[Any], str]) -> Any:
        """What ``call`` makes, with its name on the disk before it is made, and its id afterwards."""
        self.check()
        self.journal.write(what="intends", kind=kind, name=name, at=self.account.time())
        try:
            answer = call()
        except ClientError as refusal:
            self.journal.write(what="refused", kind=kind, name=name, code=refusal.response["Error"]["Code"])
            raise
        self.journal.write(what="made", kind=kind, name=name, id=identity(answer), at=self.account.time())
        return answer

    def check(self) -> None:
        """Raises TimeUp."""
        if self.account.time() > self.deadline:
            raise TimeUp

    def sleep(self, seconds: float) -> None:
        """Raises TimeUp."""
        self.check()
        self.account.sleep(seconds)

    def until(self, look: Callable[[], Any], what: str, patience: float, every: float = 2.0) -> Any:
        """Look until what is seen is true. Raises NotInTime, which names ``what``, and TimeUp."""
        given_up = self.account.time() + patience
        while not (seen := look()):
            if self.account.time() >= given_up:
                raise NotInTime(f"{what}: not within {patience:.0f} s")
            self.sleep(every)
        return seen

    def measure(self, name: str, since: float) -> float:
        """Note how long something took that began at ``since``."""
        took = self.account.time() - since
        self.measured.setdefault(name, []).append(took)
        return took
