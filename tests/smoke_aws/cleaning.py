"""Takes away what a run has made, found by tag and by name, and by the ids in its journal, until nothing is left.

Each round finds what there is and takes its next step; a refusal is tried again. So it does not matter where a run
broke off, or in which state something is. Called after each part, at the end of every run, and for the runs before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from console.client import ProblemError
from tests.smoke_aws import journal
from tests.smoke_aws.kinds import KINDS, Found, Kind, Place
from tests.smoke_aws.run import OVER, Say, began

#: Seconds: the longest stop that was ever seen is ten minutes (facts §2.4).
PATIENCE = 1800.0
_EVERY = 5.0
_REFUSALS = (ClientError, BotoCoreError, ProblemError)
#: The id of what can't be listed, so that nothing is taken for gone because nobody may look.
UNKNOWN = "?"
#: Seconds in which what was made may not be found yet.
_YOUNG = 30.0


def left(place: Place, kinds: Iterable[Kind] = KINDS, run: str = "") -> list[Found]:
    """Everything of any run that is there now. What can't be listed is told as there, of ``run``."""
    return [found for kind in kinds for found in _listed(place, kind, run)]


def _listed(place: Place, kind: Kind, run: str) -> list[Found]:
    try:
        return list(kind.found(place))
    except _REFUSALS as trouble:
        return [Found(kind.name, UNKNOWN, "", run, f"can't be listed: {trouble}")]


def clean(place: Place, folder: Path, run: str, say: Say, kinds: Sequence[Kind] = KINDS) -> list[Found]:
    """Take away what a run has made; what is left of it if that takes too long."""
    account, refused, gone = place.account, dict[str, str](), set[str]()
    given_up = account.time() + PATIENCE
    while True:
        there = _of(place, folder, run, kinds, gone)
        if not there:
            return []
        if account.time() > given_up:
            for found in there:
                say(f"  left behind: {found.kind} {found.id} {found.state} {refused.get(found.id, '')}".rstrip())
            return there
        for kind in kinds:
            mine = [found for found in there if found.kind == kind.name]
            if kind.name == "object" and any(found.kind == "channel" for found in there):
                continue  # more would come
            if kind.batch is not None and mine and mine[0].id != UNKNOWN:
                _attempt(partial(kind.batch, place, mine), mine[0], refused)
                continue
            for found in (one for one in mine if one.id != UNKNOWN):
                refused.pop(found.id, None)
                _attempt(partial(kind.step, place, found), found, refused)
        account.sleep(_EVERY)


def clean_earlier(place: Place, folder: Path, but: str, say: Say) -> list[Found]:
    """Take away what earlier runs have left, if they are over: those of this machine whose process is gone, and any
    that is older than a run can be. What is left of those, and nothing of those that go on."""
    kept: list[Found] = []
    runs = sorted({found.run for found in left(place)} - {but, ""})
    for run in runs:
        going = journal.goes_on(folder, run)
        if going or (going is None and place.account.time() - began(run) < OVER):
            say(f"run {run} has things here and may go on: leaving them. If it does not:")
            say(f'  make smoke-aws ARGUMENTS="--clean {run}"')
            continue
        say(f"taking away what run {run} has left")
        kept += clean(place, folder, run, say)
    return kept


def _of(place: Place, folder: Path, run: str, kinds: Sequence[Kind], gone: set[str]) -> list[Found]:
    """What there is of a run. An id that is not found is ``gone``, unless it is so young that it may not be known."""
    every = left(place, kinds, run)
    there = {(found.kind, found.id): found for found in every if found.run == run}
    by_name = {kind.name: kind for kind in kinds}
    for name, identity, at in journal.made(folder, run):
        kind = by_name.get(name)
        if kind is None or kind.describe is None or identity in gone or (name, identity) in there:
            continue
        try:
            state = kind.describe(place, identity)
        except _REFUSALS as trouble:
            state = f"can't be described: {trouble}"
        young = place.account.time() - at < _YOUNG
        if state or young:
            there[name, identity] = Found(name, identity, "", run, state)
        else:
            gone.add(identity)
    return list(there.values())


def _attempt(step: Callable[[], None], found: Found, refused: dict[str, str]) -> None:
    try:
        step()
    except _REFUSALS as trouble:
        refused[found.id] = str(trouble)
