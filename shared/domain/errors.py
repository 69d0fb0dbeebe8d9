"""The error vocabulary: every way in which OnAir fails, once, with its cause in plain words and its remedy.

The class name is the error name that a state machine matches on, the API answers with and a runbook page is called by
(``docs/runbooks/<Name>.md``). ASL matches exact names and knows no inheritance, so the leaves are few and the middle
classes never leave a task:

    OnAirError
    ├── Transient            the same call may work in a moment: retried with back-off and jitter
    │   ├── Throttled
    │   ├── ServiceUnavailable
    │   └── WriteConflict
    ├── Waiting              not an error yet: asked again every second or two, up to a deadline
    │   ├── NotReady
    │   └── FlowBusy
    ├── OutcomeUnknown       the call may or may not have taken effect: look before doing it again
    └── Permanent            asking again gives the same answer
        ├── NotSignedIn, NotYours, OperatorsOnly, InvalidRequest, IdempotencyKeyReused, SessionNotFound,
        │   RecordingNotFound, RecordingNotReady, ExecutionNotFound, SweepNotFound, NotAllowedNow
        │                                                        (the caller's)
        ├── QuotaExceeded, RejectedByService, NotPermitted, FlowNotFound, FlowNotActive, SecretMissing
        ├── ChannelCreateFailed, ChannelUpdateFailed, ChannelStartFailed, ChannelStopped, ChannelLost, RecordingEmpty,
        │   SiblingFailed, StepTimedOut
        └── Superseded, SessionAbandoned, CleanupIncomplete, InternalError

An error's ``detail`` says what happened this time. It must never hold a secret: see ``shared/gateways/translate.py``.
"""

from __future__ import annotations

import json
import re
from typing import ClassVar

from shared.domain.known_refusals import remedy_for
from shared.domain.model import Value

#: What Step Functions takes as an execution's Cause, in characters.
LONGEST_CAUSE = 32_768


class FieldFault(Value):
    """One fault of a request: the field as the caller wrote it (``destinations.0.url``) and what is wrong with it."""

    field: str
    message: str


class Failure(Value):
    """What a Fail state says: the error's name, and everything that is known of it in one text."""

    Error: str
    Cause: str


class ErrorInfo(Value):
    """An error as records, answers, failed executions and the command line show it."""

    name: str
    title: str
    cause: str
    remedy: str
    runbook: str

    def explained(self) -> str:
        """All of it in one text. If it is too long for an execution's Cause, what happened this time is cut short."""
        before, after = f"{self.title}: ", f" What to do: {self.remedy} More: {self.runbook}"
        cause = self.cause.rstrip().removesuffix(".")
        room = LONGEST_CAUSE - len(before) - len(after) - 1
        return f"{before}{cause if len(cause) <= room else cause[: room - 2] + ' …'}.{after}"

    def failure(self) -> Failure:
        """What an execution that fails for it says."""
        return Failure(Error=self.name, Cause=self.explained())


class OnAirError(Exception):
    """Root of the vocabulary. ``detail`` says what happened this time, without secrets."""

    title: ClassVar[str] = ""
    remedy: ClassVar[str] = ""
    http_status: ClassVar[int] = 500

    def __init__(self, detail: str, faults: tuple[FieldFault, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults

    @classmethod
    def name(cls) -> str:
        return cls.__name__

    def info(self) -> ErrorInfo:
        return describe(self.name(), self.detail)


class Transient(OnAirError):
    """The same call may work in a moment."""

    http_status = 503


class Waiting(OnAirError):
    """What the step waits for is not there yet."""

    http_status = 503


class Permanent(OnAirError):
    """Asking again gives the same answer."""


class Throttled(Transient):
    title = "AWS asked to slow down"
    remedy = (
        "Try again in a moment, with fewer sessions at once. If the cause says that there are too many of something, a "
        "quota of the region is used up: end a session, or ask for more under Service Quotas in the AWS console."
    )


class ServiceUnavailable(Transient):
    title = "An AWS service did not answer as it should"
    remedy = "Try again in a moment. If it goes on, look at the AWS Health Dashboard."


class WriteConflict(Transient):
    title = "Two writes to one record met"
    remedy = "Try again: the other write is done by now."


class NotReady(Waiting):
    title = "A resource is not in the wanted state yet"
    remedy = "Look at the resource in its console: it did not get where it should within its time."


class FlowBusy(Waiting):
    title = "Another step is changing the flow's outputs"
    remedy = "Try again: writes to one flow go one at a time, and many were waiting."


class OutcomeUnknown(OnAirError):
    title = "The answer to a call was lost"
    remedy = "Try again in a moment: what the call may have made is looked for first, and nothing is made twice."
    http_status = 503


class NotSignedIn(Permanent):
    title = "The request does not say who asks"
    remedy = (
        "Sign the request with AWS credentials, or send a token: `onair` takes --profile, or --token (ONAIR_TOKEN), "
        "and `onair up` prints its stage's token at the start."
    )
    http_status = 401


class NotYours(Permanent):
    title = "This is for its owner, or for an operator"
    remedy = (
        "Leave the owner out, or name yourself; or ask as an operator (docs/reference/api.md says who is one). Where a "
        "host's encoder pushes to is for the session's owner alone: ask as the owner."
    )
    http_status = 403


class OperatorsOnly(Permanent):
    title = "Only an operator may do this"
    remedy = "Ask as an operator: docs/reference/api.md says who is one."
    http_status = 403


class InvalidRequest(Permanent):
    title = "The request is not valid"
    remedy = "Correct every field that is named and send the request again. Nothing was made."
    http_status = 422


class IdempotencyKeyReused(Permanent):
    title = "The Idempotency-Key was used for another request"
    remedy = "Use a new key for a new request, or send the same body again to get the same answer."
    http_status = 409


class SessionNotFound(Permanent):
    title = "There is no such session"
    remedy = "Check the id; `onair session list --all` shows the sessions there are."
    http_status = 404


class RecordingNotFound(Permanent):
    title = "The session has no such recording"
    remedy = "Check the id; `onair record list` shows the session's recordings."
    http_status = 404


class RecordingNotReady(Permanent):
    title = "The recording can't be played"
    remedy = (
        "Wait until its status is ready, a few minutes after its stop: `onair record get` shows it. One that failed "
        "says why."
    )
    http_status = 409


class ExecutionNotFound(Permanent):
    title = "The session has no such execution"
    remedy = "Check the name against the session's own list, `GET /sessions/{sessionId}/executions`."
    http_status = 404


class SweepNotFound(Permanent):
    title = "There is no such sweep"
    remedy = "Check the id: a sweep is kept for a week, and `onair orphans` begins a new one."
    http_status = 404


class NotAllowedNow(Permanent):
    title = "The session's state does not allow this now"
    remedy = "Look at what is allowed now (the answer names it) and, if the request still applies, send it then."
    http_status = 409

    def __init__(self, detail: str, faults: tuple[FieldFault, ...] = (), allowed: tuple[str, ...] = ()) -> None:
        super().__init__(detail, faults)
        self.allowed = allowed


class QuotaExceeded(Permanent):
    title = "An AWS quota of this region is used up"
    remedy = (
        "End a session or delete what is no longer needed (the answer names what uses the quota), "
        "or ask for more under Service Quotas in the AWS console."
    )
    http_status = 409


class RejectedByService(Permanent):
    title = "AWS refused the request as it stands"
    remedy = "Read the service's own words in the cause, correct the session's request and create a new session."
    http_status = 422


class NotPermitted(Permanent):
    title = "OnAir's role may not do this"
    remedy = (
        "Give the function's role the action that the cause names. If it is iam:PassRole, the role needs it on the "
        "MediaLive service role, and that role must trust medialive.amazonaws.com."
    )
    http_status = 403


class FlowNotFound(Permanent):
    title = "The MediaConnect flow does not exist"
    remedy = "Check the flow's ARN, its region and its account, and create a new session."
    http_status = 422


class FlowNotActive(Permanent):
    title = "The MediaConnect flow does not run"
    remedy = "Start the flow, wait until it is ACTIVE, and create a new session."
    http_status = 409


class SecretMissing(Permanent):
    title = "A destination's stream key is not in the parameter store any more"
    remedy = "Create a new session with the key. Parameters below /onair/ are OnAir's: nothing else should delete them."


class ChannelCreateFailed(Permanent):
    title = "MediaLive could not create the channel"
    remedy = "Look at the channel's alerts in the MediaLive console, then create a new session."


class ChannelUpdateFailed(Permanent):
    title = "MediaLive could not change the channel's outputs"
    remedy = "Look at the channel's alerts in the MediaLive console; end the session and create a new one."


class ChannelStartFailed(Permanent):
    title = "The channel would not start"
    remedy = "Check that the source is sending and that the destination takes a connection, then create a new session."


class ChannelStopped(Permanent):
    title = "The channel stopped without being asked"
    remedy = (
        "Look in CloudTrail for StopChannel and at the channel's alerts. Start the session again if it is idle, else "
        "create a new one."
    )


class ChannelLost(Permanent):
    title = "The channel was deleted by somebody else"
    remedy = "Find out in CloudTrail who called DeleteChannel; create a new session."


class RecordingEmpty(Permanent):
    title = "Nothing was recorded between the recording's start and its stop"
    remedy = (
        "Check that the encoder was sending, since a channel writes nothing before its first picture; and that "
        "MediaLive can write: the bucket exists, and its role has s3:PutObject on it (the channel's alerts say if it "
        "could not)."
    )


class SiblingFailed(Permanent):
    title = "Another destination of an all-or-nothing session failed"
    remedy = "See the other destination's error, or create the session with on_destination_failure: continue."


class StepTimedOut(Permanent):
    title = "A step did not finish within its time"
    remedy = "Look at the step in the execution's history and at the resource in its console; create a new session."


class Superseded(Permanent):
    title = "A newer operation owns the session"
    remedy = "Nothing to do: the newer operation finishes what this one began."
    http_status = 409


class SessionAbandoned(Permanent):
    title = "An operation of the session came to nothing"
    remedy = (
        "See the errors of the session's destinations. If they have none, an execution was stopped from outside or "
        "ran out of time. A session that is idle again can be started again; for one that is being removed, create a "
        "new one."
    )


class CleanupIncomplete(Permanent):
    title = "Something that the session made could not be deleted"
    remedy = (
        "OnAir ends it again by itself, at first every few minutes. To have it done now, end the session again: every "
        "delete is safe to repeat. The cause names what is left."
    )


class InternalError(Permanent):
    title = "A fault of OnAir's own"
    remedy = "Look at the function's log under the request id, and report it."


def _leaves(cls: type[OnAirError]) -> list[type[OnAirError]]:
    below = [leaf for child in cls.__subclasses__() for leaf in _leaves(child)]
    return below or [cls]


#: Every error that can leave a task, by its name.
VOCABULARY: dict[str, type[OnAirError]] = {leaf.name(): leaf for leaf in _leaves(OnAirError)}

#: What Step Functions and Lambda say for themselves, in our words.
_FOREIGN: dict[str, type[OnAirError]] = {
    "States.Timeout": StepTimedOut,
    "States.HeartbeatTimeout": StepTimedOut,
    "Sandbox.Timedout": StepTimedOut,
}


_TIMED_OUT = re.compile(r"Task timed out after [0-9.]+ seconds")


def describe(name: str, detail: str) -> ErrorInfo:
    """The vocabulary's entry for an error name, also for the names that Step Functions and Lambda give themselves."""
    leaf = VOCABULARY.get(name) or _FOREIGN.get(name, InternalError)
    return ErrorInfo(
        name=leaf.name(),
        title=leaf.title,
        cause=detail,
        remedy=remedy_for(leaf.name(), detail) or leaf.remedy,
        runbook=f"docs/runbooks/{leaf.name()}.md",
    )


def from_state(error: str, cause: str, state: str = "") -> ErrorInfo:
    """The entry for an error that a state caught. ``cause`` is Lambda's JSON, or the words of a failed task token.

    The text of an error that is not of the vocabulary is left out, but for how long a function had: nobody has looked
    whether it holds a secret. ``state``: which one it was, if that is known.
    """
    leaf = VOCABULARY.get(error)
    if leaf is None:
        had = _TIMED_OUT.search(cause)
        return describe(error, f"the step {state}".rstrip() + f" ended with {error}" + (f": {had[0]}" if had else ""))
    try:
        said = json.loads(cause)["errorMessage"]
    except (ValueError, TypeError, KeyError):
        said = cause
    if issubclass(leaf, Waiting):
        return describe(StepTimedOut.name(), f"waited in vain: {said}")
    return describe(error, str(said))
