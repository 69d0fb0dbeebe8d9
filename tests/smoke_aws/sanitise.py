"""Events of a real account, made fit to be shown: no account, name, id, address or key is left in them.

Nothing is passed on because it looks harmless: a value stays only if its field is known to hold one of the service's
own words, or a number. All else is replaced, the same by the same, in the same form; account, region and stage become
those of the samples in tests/contract/data/events. What a free text says is cut to its plain words.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain.names import SESSION_ID_PATTERN
from shared.domain.session import OperationKind

ACCOUNT, REGION, STAGE = "111122223333", "eu-west-1", "dev"
EXAMPLE = "example"

#: Fields whose values are the services' own words, or times.
_WORDS = frozenset(
    {
        "version",
        "detail-type",
        "source",
        "state",
        "alarm_state",
        "alert_type",
        "pipeline",
        "event_name",
        "currentStatus",
        "previousStatus",
        "status",
        "redriveStatus",
        "severity",
    }
)
_WORD = re.compile(r"[A-Za-z][A-Za-z /()_.-]{0,79}|\d{1,2}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_TIMES = frozenset({"time", "stream_start_time", "recording_start_time"})
_ARN = re.compile(r"arn:[a-z-]+:([a-z0-9-]*):[a-z0-9-]*:\d*:(.*)")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MACHINE = re.compile(r"onair-[A-Za-z0-9]+-([a-z-]+)")
_PLAIN = re.compile(r"[A-Za-z]{1,20}(-[A-Za-z]{1,20})?[.,:;]?")
_FIELD = re.compile(r"[A-Za-z_]{1,40}|detail-type")
#: A session, and what one of its executions is called after it.
_SESSION = re.compile(rf"({SESSION_ID_PATTERN})(-\d{{1,4}}-(?:{'|'.join(OperationKind)}))?")
#: Parts of ARNs that say what kind of thing it is.
_KINDS = frozenset(
    {"channel", "input", "flow", "execution", "express", "stateMachine", "output", "source", "stream-key"}
)
#: What a machine was given and what it said may hold anything.
_BODIES = {"input": "{}", "output": None, "cause": None, "error": None}


def sanitised(events: Iterable[Mapping[str, Any]], secrets: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The events with every value replaced that is not a word of the service's. ``secrets``: taken out wherever they
    are, also as part of something else."""
    cleaner = _Cleaner(tuple(sorted((one for one in secrets if one), key=len, reverse=True)))
    return [cleaner.event(event) for event in events]


class _Cleaner:
    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets
        self._names: dict[str, str] = {}

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return self._fields(event)

    def _fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is no name of a field may be a name of somebody's: left out."""
        return {key: self._value(key, value) for key, value in given.items() if _FIELD.fullmatch(key)}

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self._fields(value)
        if isinstance(value, list):
            return [self._value(key, inner) for inner in value]
        if key in _BODIES:
            return _BODIES[key]
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return value if abs(value) < 1000 else self._number(key, value)
        return self._text(key, str(value))

    def _number(self, key: str, value: float) -> float:
        """Moments in milliseconds stay; any other large number may be an id."""
        return value if key.endswith("Date") else 1234567

    def _text(self, key: str, text: str) -> str:
        if key == "account":
            return ACCOUNT
        if key == "region":
            return REGION
        if any(secret in text for secret in self._secrets):
            return EXAMPLE
        if key in _TIMES and _TIME.fullmatch(text):
            return text
        if key in _WORDS and _WORD.fullmatch(text):
            return text
        if key == "message":
            return " ".join(self._word(word) for word in text.split())
        arn = _ARN.fullmatch(text)
        if arn is not None:
            return f"arn:aws:{arn[1]}:{REGION}:{ACCOUNT}:{self._resource(arn[2])}"
        return self._instead(text)

    def _resource(self, text: str) -> str:
        """What an ARN names, part for part: kinds of things stay, a machine of ours keeps its name after the stage."""
        parts = re.split(r"([:/])", text)
        return "".join(part if part in {":", "/"} or part in _KINDS else self._instead(part) for part in parts)

    def _word(self, word: str) -> str:
        return word if _PLAIN.fullmatch(word) else EXAMPLE

    def _instead(self, text: str) -> str:
        """The same for the same, in its form."""
        machine = _MACHINE.fullmatch(text)
        if machine is not None and machine[1] in _machines():
            return f"onair-{STAGE}-{machine[1]}"
        session = _SESSION.fullmatch(text)
        if session is not None and session[2]:
            return self._instead(session[1]) + session[2]
        if text not in self._names:
            number = len(self._names) + 1
            if _UUID.fullmatch(text):
                made = str(uuid.UUID(int=number, version=4))
            elif text.isdigit():
                made = str(1234566 + number)
            elif session is not None:
                made = f"s-{EXAMPLE}{number:05}"
            elif text.startswith("st-"):
                made = f"st-{EXAMPLE}{number}"
            else:
                made = f"{EXAMPLE}-{number}"
            self._names[text] = made
        return self._names[text]


def _machines() -> frozenset[str]:
    """The state machines' names after ``onair-STAGE-``: their files'."""
    from tests.contract.asl import ROOT

    return frozenset(
        path.name.removesuffix(".asl.json").replace("_", "-") for path in (ROOT / "state_machines").glob("*.asl.json")
    )
