"""A session as it is: its record, its destinations' state, its ledger of resources."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.domain.ended_reason import EndedReason as EndedReason  # apart, so that limits.py can name it
from shared.domain.errors import ErrorInfo
from shared.domain.limits import GivenWarning
from shared.domain.model import Value
from shared.domain.recording import Recording, Run
from shared.domain.session_spec import SavedSpec


class SessionStatus(StrEnum):
    """``creating → idle → starting → live → stopping → idle → ending → ended``; ``failed``: rolled back, nothing left;
    ``cleanup_incomplete``: something could not be deleted, and whoever cleans up goes on with it."""

    CREATING = "creating"
    IDLE = "idle"
    STARTING = "starting"
    LIVE = "live"
    STOPPING = "stopping"
    ENDING = "ending"
    ENDED = "ended"
    FAILED = "failed"
    CLEANUP_INCOMPLETE = "cleanup_incomplete"


#: A session in one of these has nothing and gets nothing any more.
FINISHED = frozenset({SessionStatus.ENDED, SessionStatus.FAILED})


class DesiredStatus(StrEnum):
    IDLE = "idle"
    LIVE = "live"
    ENDED = "ended"


class OperationKind(StrEnum):
    """Named as its state machine. The recorder is the channel that runs for a recording alone. ``create`` has no
    execution: the session was written down, and nobody has asked to provision it."""

    CREATE = "create"
    PROVISION = "provision"
    START_STREAMING = "start_streaming"
    STOP_STREAMING = "stop_streaming"
    START_RECORDER = "start_recorder"
    STOP_RECORDER = "stop_recorder"
    END = "end"


class Operation(Value):
    """One lifecycle operation. ``number`` is the fencing token: a task's write is refused once a newer one has begun.

    The execution's name is stored with the claim and its input follows from it, so that whoever dies between claim and
    StartExecution is repaired by a retry under the same name. ``finished_at`` is written together with the status that
    the operation has led to: until then it is under way, and only an end, or a stop of what it starts, may begin.
    """

    number: int
    kind: OperationKind
    execution_name: str
    execution_arn: str
    claimed_at: datetime
    requested_by: str | None = None
    finished_at: datetime | None = None


class StatusChange(Value):
    status: SessionStatus
    at: datetime


class SessionRecord(Value):
    """A session's row. ``status`` is about being on the air; ``timeline`` is every status it has had, oldest first.

    ``open_recording`` is the id of the recording that has begun and not been stopped, empty when there is none;
    ``recordings`` counts all of them. ``error`` is why it failed, or why it could not go on air; ``left``, while its
    clean-up is incomplete, what could not be deleted. ``warned`` holds the warnings of limits that were given and still
    matter. Until ``request_in_flight_until`` the request that makes the session may still be writing its secrets.
    """

    session_id: str
    spec: SavedSpec
    status: SessionStatus
    desired_status: DesiredStatus
    ended_reason: EndedReason | None = None
    error: ErrorInfo | None = None
    left: ErrorInfo | None = None
    operation: Operation
    previous_execution_arn: str | None = None
    lease_expires_at: datetime
    open_recording: str = ""
    recordings: int = 0
    limits_changed_by: str | None = None
    warned: tuple[GivenWarning, ...] = ()
    request_in_flight_until: datetime
    timeline: tuple[StatusChange, ...]
    created_at: datetime
    updated_at: datetime
    live_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_provisioned(self) -> bool:
        """Whether its channels have been made, so far as its row tells."""
        return self.operation.kind is not OperationKind.CREATE and not self.is_busy(OperationKind.PROVISION)

    def is_busy(self, *kinds: OperationKind) -> bool:
        """Whether an operation (of one of the kinds, if any are named) is under way."""
        return self.operation.finished_at is None and (not kinds or self.operation.kind in kinds)


class DestinationStatus(StrEnum):
    IDLE = "idle"
    STARTING = "starting"
    BROADCASTING = "broadcasting"
    RETRYING = "retrying"
    ERRORED = "errored"


class DestinationState(Value):
    destination_id: str
    status: DestinationStatus
    error: ErrorInfo | None = None


class ResourceKind(StrEnum):
    INPUT = "input"
    FLOW_OUTPUT = "flow_output"
    CHANNEL = "channel"
    IVS_CHANNEL = "ivs_channel"


class ResourceState(StrEnum):
    """``intended``: about to exist, perhaps existing already; ``created``: known by id; ``deleted``: gone, verified."""

    INTENDED = "intended"
    CREATED = "created"
    DELETED = "deleted"


class Resource(Value):
    """One row of the ledger: written before the resource is made, and kept after it is gone.

    ``in_flight_until``: while a create call may still be under way, "not found" proves nothing. ``observed`` is the
    state that AWS told last; ``operation`` the fencing number of the last write. ``addresses`` are where an input
    listens (``IP:PORT``), as soon as the service has given it any; ``playback_url`` is where viewers watch an IVS
    channel.
    """

    key: str
    kind: ResourceKind
    destination_id: str
    name: str
    state: ResourceState
    resource_id: str | None = None
    arn: str | None = None
    observed: str | None = None
    addresses: tuple[str, ...] = ()
    playback_url: str | None = None
    in_flight_until: datetime | None = None
    operation: int
    created_at: datetime
    updated_at: datetime


class SessionView(Value):
    """Everything that is known of a session, read at one moment."""

    record: SessionRecord
    destinations: tuple[DestinationState, ...]
    resources: tuple[Resource, ...]
    runs: tuple[Run, ...] = ()
    recordings: tuple[Recording, ...] = ()


def input_key(destination_id: str) -> str:
    return f"{destination_id}/input"


def channel_key(destination_id: str) -> str:
    return f"{destination_id}/channel"


def flow_output_key(destination_id: str, pipeline: int) -> str:
    return f"{destination_id}/flow-output-{pipeline}"


def ivs_channel_key(destination_id: str) -> str:
    return f"{destination_id}/ivs-channel"
