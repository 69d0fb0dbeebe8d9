"""What a probe found out, and what it works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from botocore.exceptions import ClientError

from infra.local.simulator import Alternatives
from tests.smoke_aws.catching import Catcher
from tests.smoke_aws.deployed import Deployed
from tests.smoke_aws.run import NotInTime, Run

Value = str | float
#: Seconds: the longest that a start or a stop was ever seen to take, and half as much (facts §2.4).
LONG = 900.0
SHORT = 120.0


@dataclass(frozen=True)
class Finding:
    """One row: which alternative holds, and what was seen. ``value`` None: it is still not established, and why."""

    name: str
    value: Value | None
    seen: str

    @property
    def verdict(self) -> str:
        field = Alternatives.model_fields[self.name]
        if self.value is None:
            return "not settled"
        if self.value == field.default:
            return "as assumed"
        choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        return "other" if not choices or self.value in choices else "neither"


@dataclass(frozen=True)
class Scene:
    """A few calls that settle some rows. ``makes`` is for people; ``runs``: how many channels run in it, each charged
    for ten minutes at least."""

    name: str
    settles: tuple[str, ...]
    makes: str
    play: Callable[[Rig], Iterator[Finding]]
    runs: tuple[tuple[int, int], ...] = ()  # inputs and outputs of each channel that runs
    ivs: bool = False


@dataclass(frozen=True)
class Answer:
    """What a call answered: ``code`` and ``text`` of a refusal, else ``body``."""

    code: str | None
    text: str
    body: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.code}: {self.text}" if self.code else "accepted"


def asked(call: Callable[..., Any], *given: Any, **parameters: Any) -> Answer:
    try:
        body = call(*given, **parameters)
    except ClientError as refusal:
        found = refusal.response
        text = found["Error"].get("Message") or str(found.get("exceptionMessage", ""))
        return Answer(found["Error"]["Code"], text, {})
    return Answer(None, "", body if isinstance(body, dict) else {})


@dataclass(frozen=True)
class Rig:
    """``run`` makes things, ``stage`` lends its role and bucket, ``catcher`` hears events."""

    run: Run
    stage: Deployed
    catcher: Catcher

    @property
    def medialive(self) -> Any:
        return self.run.account.client("medialive")

    @property
    def mediaconnect(self) -> Any:
        return self.run.account.client("mediaconnect")

    @property
    def ivs(self) -> Any:
        return self.run.account.client("ivs")

    @property
    def s3(self) -> Any:
        return self.run.account.client("s3")

    def now(self) -> float:
        return self.run.account.time()

    # States; "" while it is not found, which a description that lags behind says, too

    def channel(self, identity: str) -> str:
        return self._state(self.medialive.describe_channel, "State", ChannelId=identity)

    def input(self, identity: str) -> str:
        return self._state(self.medialive.describe_input, "State", InputId=identity)

    def flow(self, arn: str) -> str:
        return self._state(
            lambda FlowArn: self.mediaconnect.describe_flow(FlowArn=FlowArn)["Flow"], "Status", FlowArn=arn
        )

    def _state(self, call: Callable[..., Any], key: str, **given: str) -> str:
        answer = asked(call, **given)
        if answer.code is None:
            return str(answer.body[key])
        if "NotFound" in answer.code:
            return ""
        raise NotInTime(f"{answer}")

    def reaches(
        self, look: Callable[[str], str], identity: str, *wanted: str, patience: float = LONG, measured: str = ""
    ) -> str:
        """Wait until it is in one of the states."""
        since = self.now()
        found = self.run.until(
            lambda: state if (state := look(identity)) in wanted else None, f"{identity} {'/'.join(wanted)}", patience
        )
        if measured:
            self.run.measure(measured, since)
        return str(found)

    def is_gone(self, look: Callable[[str], str], identity: str, measured: str = "") -> str:
        """Wait until it is DELETED, or not found any more: which of the two."""
        since = self.now()
        self.run.until(lambda: look(identity) in {"", "DELETED"}, f"{identity} gone", LONG)
        if measured:
            self.run.measure(measured, since)
        return look(identity)


def code_of(name: str, answer: Answer) -> Finding:
    """For rows whose alternatives are codes of refusal."""
    return Finding(name, answer.code, str(answer) if answer.code else "it was accepted")


def either(name: str, answer: Answer, accepted: str, refused: str, code: str | None = None) -> Finding:
    """For rows that ask whether a call is taken. ``code``: another refusal than this settles nothing."""
    if answer.code is None:
        return Finding(name, accepted, "accepted")
    if code is not None and answer.code != code:
        return Finding(name, None, str(answer))
    return Finding(name, refused, str(answer))
