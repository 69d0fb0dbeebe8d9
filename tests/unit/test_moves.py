"""What may be asked of a session in each of its states, as a table, and that nothing outside the table surprises."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.errors import NotAllowedNow
from shared.domain.moves import DONE, Move, OnRecording, Step, allowed, decide
from shared.domain.session import FINISHED, OperationKind, SessionRecord, SessionStatus
from shared.domain.session_spec import parse_spec, saved_spec
from tests.unit.domain_objects import FLOW_ARN, NOON, a_destination, a_record

S, K = SessionStatus, OperationKind
REFUSED = None
FINISH, GO_ON = OnRecording.FINISH, OnRecording.CONTINUE_WITH_GAP
HOST: dict[str, Any] = {"source": {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]}}
FLOW: dict[str, Any] = {"source": {"type": "flow", "flow_arn": FLOW_ARN}}


class Row(NamedTuple):
    """A state, and what each move does in it, the caller saying nothing about recordings: one letter a move."""

    status: SessionStatus
    kind: OperationKind
    busy: bool
    open: bool
    recordings: int
    outcomes: str


# The moves are, in this order: medialive, streaming/start, streaming/stop, recording/start, recording/stop, DELETE.
# ``-`` refused, ``=`` done already; P B S R T E begin an operation: provision, start_streaming, stop_streaming,
# start_recorder (a recording opens), stop_recorder (it closes), end; ``o`` opens and ``c`` closes without any.
HOSTED = {
    "created": Row(S.IDLE, K.CREATE, False, False, 0, "P----E"),
    "creating": Row(S.CREATING, K.PROVISION, True, False, 0, "=----E"),
    "provisioned, its channel starts": Row(S.STARTING, K.PROVISION, True, False, 0, "==---E"),
    "idle": Row(S.IDLE, K.PROVISION, False, False, 0, "=B=R-E"),
    "idle, has recorded": Row(S.IDLE, K.STOP_STREAMING, False, False, 2, "=B=R=E"),
    "recorder starting": Row(S.IDLE, K.START_RECORDER, True, True, 1, "=-==TE"),
    "recording alone": Row(S.IDLE, K.START_RECORDER, False, True, 1, "=-==TE"),
    "recording alone after a stop": Row(S.IDLE, K.STOP_STREAMING, False, True, 1, "=-==TE"),
    "recorder stopping": Row(S.IDLE, K.STOP_RECORDER, True, False, 1, "=-=-=E"),
    "starting": Row(S.STARTING, K.START_STREAMING, True, False, 0, "==So-E"),
    "starting, recording asked for": Row(S.STARTING, K.START_STREAMING, True, True, 1, "==-=cE"),
    "live": Row(S.LIVE, K.START_STREAMING, False, False, 0, "==So-E"),
    "live since it was provisioned": Row(S.LIVE, K.PROVISION, False, False, 0, "==So-E"),
    "live, recording": Row(S.LIVE, K.START_STREAMING, False, True, 1, "==-=cE"),
    "stopping": Row(S.STOPPING, K.STOP_STREAMING, True, False, 0, "=-=--E"),
    "stopping, recording goes on": Row(S.STOPPING, K.STOP_STREAMING, True, True, 1, "=-==-E"),
    "ending": Row(S.ENDING, K.END, True, False, 0, "-----E"),
    "ending, recording not closed yet": Row(S.ENDING, K.END, True, True, 1, "-----E"),
    "ended": Row(S.ENDED, K.END, False, False, 0, "-----="),
    "ended, had recorded": Row(S.ENDED, K.END, False, False, 1, "----=="),
    "failed": Row(S.FAILED, K.END, False, False, 0, "-----="),
    "cleanup incomplete": Row(S.CLEANUP_INCOMPLETE, K.END, False, False, 0, "-----E"),
}
# Where the recorder's channel is another one than those on the air, no recording stands in the way of the stream.
RECORDED_FLOW = {
    **HOSTED,
    "recording alone": Row(S.IDLE, K.START_RECORDER, False, True, 1, "=B==TE"),
    "recording alone after a stop": Row(S.IDLE, K.STOP_STREAMING, False, True, 1, "=B==TE"),
    "starting": Row(S.STARTING, K.START_STREAMING, True, False, 0, "==S--E"),
    "starting, recording asked for": Row(S.STARTING, K.START_STREAMING, True, True, 1, "==S=-E"),
    "live": Row(S.LIVE, K.START_STREAMING, False, False, 0, "==SR-E"),
    "live since it was provisioned": Row(S.LIVE, K.PROVISION, False, False, 0, "==SR-E"),
    "live, recording": Row(S.LIVE, K.START_STREAMING, False, True, 1, "==S=TE"),
    "live, recorder starting": Row(S.LIVE, K.START_RECORDER, True, True, 1, "==-=TE"),
    "live, recorder stopping": Row(S.LIVE, K.STOP_RECORDER, True, False, 1, "==--=E"),
}
BARE_FLOW = {
    name: row._replace(outcomes=row.outcomes[:3] + "-" + row.outcomes[4:])
    for name, row in RECORDED_FLOW.items()
    if not row.recordings
}
STEPS = {
    "=": DONE,
    "P": Step(operation=K.PROVISION),
    "B": Step(operation=K.START_STREAMING),
    "S": Step(operation=K.STOP_STREAMING),
    "R": Step(operation=K.START_RECORDER, opens=True),
    "T": Step(operation=K.STOP_RECORDER, closes=True),
    "E": Step(operation=K.END),
    "o": Step(opens=True),
    "c": Step(closes=True),
    "-": REFUSED,
}
#: What the caller's word makes of the moves that are refused for the sake of an open recording.
DECIDED = {
    ("recording alone", Move.START_STREAMING): K.START_STREAMING,
    ("recording alone after a stop", Move.START_STREAMING): K.START_STREAMING,
    ("starting, recording asked for", Move.STOP_STREAMING): K.STOP_STREAMING,
    ("live, recording", Move.STOP_STREAMING): K.STOP_STREAMING,
}


def a_state(row: Row, source: dict[str, Any], **spec: Any) -> SessionRecord:
    record = a_record(status=row.status, recordings=row.recordings, open_recording="r001" if row.open else "")
    request = {"name": "A show", "owner": "studio-1", "destinations": [a_destination()], **source, **spec}
    operation = record.operation.model_copy(update={"kind": row.kind, "finished_at": None if row.busy else NOON})
    return record.model_copy(update={"spec": saved_spec(parse_spec(request)), "operation": operation})


def outcome(record: SessionRecord, move: Move, on_recording: OnRecording = OnRecording.REFUSE) -> Step | None:
    try:
        return decide(record, move, on_recording)
    except NotAllowedNow:
        return REFUSED


TABLES = [(HOSTED, HOST, {}), (RECORDED_FLOW, FLOW, {"record": True}), (BARE_FLOW, FLOW, {})]
STATES = [
    pytest.param(name, row, source, spec, id=f"{'host' if source is HOST else 'recorded' if spec else 'flow'}-{name}")
    for table, source, spec in TABLES
    for name, row in table.items()
]


@pytest.mark.parametrize(("name", "row", "source", "spec"), STATES)
def test_each_move_in_each_state(name: str, row: Row, source: dict[str, Any], spec: dict[str, Any]) -> None:
    record = a_state(row, source, **spec)
    for move, letter in zip(Move, row.outcomes, strict=True):
        assert outcome(record, move) == STEPS[letter], (name, move)
        for on_recording in (FINISH, GO_ON):
            decided = DECIDED.get((name, move)) if source is HOST else None
            wanted = Step(operation=decided, closes=on_recording is FINISH) if decided else STEPS[letter]
            assert outcome(record, move, on_recording) == wanted, (name, move, on_recording)


@pytest.mark.parametrize(("name", "row", "source", "spec"), STATES)
def test_what_is_allowed_is_what_would_change_something(
    name: str, row: Row, source: dict[str, Any], spec: dict[str, Any]
) -> None:
    decided = {move for state, move in DECIDED if state == name} if source is HOST else set()
    changing = tuple(
        move for move, letter in zip(Move, row.outcomes, strict=True) if letter not in "-=" or move in decided
    )
    assert allowed(a_state(row, source, **spec)) == changing


def test_a_refusal_says_why_and_what_is_allowed_instead() -> None:
    with pytest.raises(NotAllowedNow, match="would cut recording r001, which is open: say on_recording") as refused:
        decide(a_state(HOSTED["live, recording"], HOST), Move.STOP_STREAMING)
    assert refused.value.allowed == ("streaming/stop", "recording/stop", "end")
    with pytest.raises(NotAllowedNow, match="no channel yet"):
        decide(a_state(HOSTED["created"], HOST), Move.START_STREAMING)
    with pytest.raises(NotAllowedNow, match="nothing is being recorded"):
        decide(a_state(HOSTED["live"], HOST), Move.STOP_RECORDING)


ROWS = st.builds(
    Row,
    status=st.sampled_from(S),
    kind=st.sampled_from(K),
    busy=st.booleans(),
    open=st.booleans(),
    recordings=st.integers(0, 3),
    outcomes=st.just(""),
)
SOURCES = st.sampled_from([(HOST, False), (FLOW, True), (FLOW, False)])


@settings(max_examples=400, derandomize=True, deadline=None)
@given(row=ROWS, source=SOURCES, move=st.sampled_from(Move), on_recording=st.sampled_from(OnRecording))
def test_any_state_whatsoever_gets_an_answer(
    row: Row, source: tuple[dict[str, Any], bool], move: Move, on_recording: OnRecording
) -> None:
    """Rows of a state that should not be, too: whoever reads one is refused, or does something that fits together."""
    record = a_state(row, source[0], record=source[1])
    step = outcome(record, move, on_recording)
    if step is REFUSED:
        return
    assert not (step.done and (step.operation or step.opens or step.closes))
    assert not (step.opens and record.open_recording), "a second recording"
    assert not (step.closes and not record.open_recording), "nothing to close"
    if record.status in FINISHED:
        assert step.done
    changes = not step.done
    if changes and move is not Move.END:
        assert record.status not in (S.ENDING, S.CLEANUP_INCOMPLETE)
        assert move in allowed(record)
    if changes and record.is_busy() and step.operation not in (None, K.END, K.PROVISION):
        assert {K.STOP_STREAMING: K.START_STREAMING, K.STOP_RECORDER: K.START_RECORDER}[step.operation] is row.kind
