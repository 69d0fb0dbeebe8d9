"""The page's words against the vocabulary that they are for: what gets a new value here gets its words there."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import takewhile

import pytest

from infra.page_files import FOLDER
from shared.domain.audit_events import AuditKind
from shared.domain.ended_reason import EndedReason
from shared.domain.execution_visits import VisitStatus
from shared.domain.limits import WarningKind, WarningLevel
from shared.domain.moves import Move
from shared.domain.orphans import Verdict
from shared.domain.platforms import PlatformName
from shared.domain.pricing.estimate import Activity
from shared.domain.profiles import ProfileName
from shared.domain.recording import RecordingStatus
from shared.domain.session import DestinationStatus, OperationKind, SessionStatus
from tests.contract.asl import ROOT


def told(file: str, constant: str) -> set[str]:
    """The keys of an object, or the texts of a list, that a module of the page defines, formatted as prettier does."""
    text = (ROOT / FOLDER / file).read_text(encoding="utf-8")
    first, *rest = text.partition(f"const {constant} = ")[2].splitlines()
    if first[-1] not in "{[":
        return set(re.findall(r'[{[,] *"?([\w./]+)"?(?=[:,\]])', first))
    indent = rest[0][: len(rest[0]) - len(rest[0].lstrip())]
    lines = takewhile(lambda line: line.startswith(indent), rest)
    return {found[1] for line in lines if (found := re.match(rf'{indent}\[?"?([\w./]+)"?(?::|,)', line))}


@pytest.mark.parametrize(
    ("file", "constant", "vocabulary", "elsewhere"),
    [
        ("views/sessions.js", "STATUSES", SessionStatus, set()),
        ("views/trail.js", "words", AuditKind, set()),
        ("views/orphans.js", "VERDICTS", Verdict, set()),
        ("host/moves.js", "MOVES", Move, set()),
        ("host/moves.js", "UNDER_WAY", OperationKind, {"create", "end"}),
        ("host/lights.js", "ENDED", EndedReason, set()),
        ("host/lights.js", "NOT_BROADCASTING", DestinationStatus, {"broadcasting"}),
        ("host/lease.js", "TITLES", WarningKind, set()),
        ("host/lease.js", "LEVELS", WarningLevel, set()),
        ("host/money.js", "ACTIVITIES", Activity, set()),
        ("platforms.js", "PLATFORMS", PlatformName, set()),
        ("platforms.js", "PROFILES", ProfileName, set()),
        ("picture/lanes.js", "STATUS_VERDICT", DestinationStatus, set()),
        ("graph/says.js", "SAYS", VisitStatus, set()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_value_has_its_words(file: str, constant: str, vocabulary: type[StrEnum], elsewhere: set[str]) -> None:
    """``elsewhere``: the values that the module speaks of in another place."""
    assert told(file, constant) | elsewhere == {one.value for one in vocabulary}
    assert not told(file, constant) & elsewhere


@pytest.mark.parametrize("vocabulary", [SessionStatus, DestinationStatus, RecordingStatus, VisitStatus])
def test_every_status_has_a_sign(vocabulary: type[StrEnum]) -> None:
    assert {one.value for one in vocabulary} <= told("parts.js", "STATUS")
