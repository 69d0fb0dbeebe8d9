"""What nobody could establish about the services, as one switch each.

``simulator.settings.alternatives`` picks; no production code may depend on which. The table in
docs/reference/simulator.md is ``table()`` of this model, and a test keeps the two equal.
"""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat


def _open(default: Any, why: str) -> Any:
    return Field(default=default, description=why)


class Alternatives(BaseModel):
    """One field for each behaviour in doubt; the description says why the default is what it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Creating
    request_id_replay: Literal["same_resource", "refused", "ignored"] = _open(
        "same_resource",
        "The model only says 'handled exactly once'. Same id and body: the same resource, or ConflictException, or a"
        " second resource. Same id with another body is a ConflictException unless ignored.",
    )
    unmodelled_required: Literal["structural", "all", "none"] = _open(
        "structural",
        "The model requires nothing of CreateChannel. structural: EncoderSettings, Destinations, an input attachment"
        " and an output group; all: RoleArn and InputSpecification too.",
    )
    destination_error: Literal["BadRequestException", "UnprocessableEntityException"] = _open(
        "BadRequestException",
        "Only the texts about ids and counts of destinations are known; the one neighbour with a known code is a 400.",
    )
    quota_error: Literal["TooManyRequestsException", "BadRequestException", "ConflictException"] = _open(
        "TooManyRequestsException",
        "Of MediaLive's quota errors only the text 'Too many push inputs' is known; 429 is declared everywhere.",
    )
    pass_role_error: Literal["ForbiddenException", "BadRequestException"] = _open(
        "ForbiddenException", "Only the text is known; 403 is what IAM refusals are elsewhere."
    )
    push_input_without_group: Literal["refused", "accepted"] = _open(
        "refused", "Inferred from the documentation, which makes the group a must; no answer was ever seen."
    )
    mediaconnect_counts_as_push: Literal["yes", "no"] = _open(
        "yes", "The user guide counts MEDIACONNECT inputs as push inputs of a channel; of the quota it does not say."
    )
    single_input_on_standard_channel: Literal["accepted", "refused"] = _open(
        "accepted", "The model calls it invalid, but not when it is found out or with which words."
    )
    creating_input_attachable: Literal["accepted", "refused"] = _open(
        "accepted", "Public code attaches an input right after CreateInput; whether it must be DETACHED is not written."
    )
    created_input_state: Literal["CREATING", "DETACHED"] = _open(
        "CREATING", "What state CreateInput answers; the model has CREATING and the waiter expects it."
    )
    endpoints_at_create: Literal["shown", "later"] = _open(
        "shown", "Public code reads the endpoints out of CreateInput's answer; that they are there is not promised."
    )
    dry_run: Literal["validates", "ignored"] = _open(
        "validates", "DryRun of CreateChannel and UpdateChannel is in the model without a word on what it does."
    )

    # Channel states
    start_of_running: Literal["conflict", "ok"] = _open(
        "conflict", "StartChannel on STARTING or RUNNING: one public project treats it as ConflictException."
    )
    start_of_creating: Literal["ConflictException", "BadRequestException"] = _open(
        "ConflictException", "A public report says 'a 400 response', which may mean any 4xx; 409 is declared."
    )
    stop_of_idle: Literal["conflict", "ok"] = _open(
        "conflict", "Seen for a channel that raced into STOPPING; for IDLE it is inferred."
    )
    delete_of_creating: Literal["conflict", "ok"] = _open(
        "conflict", "Only IDLE, CREATE_FAILED and UPDATE_FAILED channels and DETACHED inputs are known to be deletable."
    )
    delete_of_deleting: Literal["ok", "conflict"] = _open(
        "ok", "Deleting what is DELETED answers 200, as was seen; of DELETING nothing is known. Inputs too."
    )
    failed_create_event: Literal["none", "CREATE_FAILED"] = _open(
        "none", "No event of a failed create was ever seen, so nobody may wait for one."
    )
    failed_start_event: Literal["STOPPED", "none"] = _open(
        "STOPPED", "A failed start ends in IDLE, and STOPPED is how the events say IDLE; no sample was seen."
    )
    announced_states: Literal["seen", "all"] = _open(
        "seen", "all: also CREATING, DELETING and RECOVERING, which the console lists but no event sample shows."
    )
    deleted_resources: Literal["tombstone", "not_found"] = _open(
        "tombstone", "Seen: DELETED stays describable. not_found: gone at once, which terraform also takes as deleted."
    )

    # Reading
    list_shows_deleted: Literal["no", "yes"] = _open("no", "Whether a list shows tombstones is not documented.")
    list_lag: NonNegativeFloat = _open(
        0.0, "Seconds until a list shows what was created; nothing says that lists are consistent."
    )
    describe_lag: NonNegativeFloat = _open(
        0.0, "Seconds until a describe finds what was created (NotFoundException before); never seen, never ruled out."
    )

    # Inputs and security groups
    attached_input_delete_text: str = _open(
        "The input is attached to a channel and cannot be deleted.",
        "DeleteInput of an ATTACHED input is a ConflictException; its text is not known.",
    )
    empty_whitelist_update: Literal["refused", "accepted"] = _open(
        "refused", "CreateInputSecurityGroup refuses an empty list; of UpdateInputSecurityGroup nothing is known."
    )
    security_group_update: Literal["immediate", "updating"] = _open(
        "immediate", "updating: the group is UPDATING for a moment and reads back the old rules until it is over."
    )

    # MediaConnect
    duplicate_output: Literal["BadRequestException", "ConflictException"] = _open(
        "BadRequestException", "Names are unique in a flow; AddFlowOutputs declares no 409."
    )
    flow_update: Literal["updating", "invisible", "exclusive"] = _open(
        "updating",
        "Whether a change of outputs shows. updating: UPDATING for a moment, further changes go through; exclusive:"
        " they are refused meanwhile.",
    )
    egress_ip_on_restart: Literal["kept", "changes"] = _open(
        "kept", "Whether EgressIp survives stop and start is not documented."
    )

    # What a running channel does
    output_before_first_input: Literal["none", "black"] = _open(
        "none",
        "The text of alert 5007 says that a pipeline makes no output while it waits for an input that it can decode;"
        " black: as when an input is lost later.",
    )
    rtmp_loss_alert: Literal["RTMP Has No Audio/Video", "RTMP Stream Not Found", "RTMP Server Disconnected"] = _open(
        "RTMP Has No Audio/Video", "The one that a log shows of an RTMP push input that nobody pushes to."
    )
    alerts_of_stopped_channel: Literal["cleared", "kept"] = _open(
        "cleared", "Whether a stop clears the alerts of inputs and outputs is not documented."
    )

    # Schedule
    duplicate_action: Literal["UnprocessableEntityException", "BadRequestException", "ConflictException"] = _open(
        "UnprocessableEntityException", "Action names are unique; what a second one answers was never seen."
    )
    schedule_between_states: Literal["ConflictException", "UnprocessableEntityException"] = _open(
        "ConflictException",
        "BatchUpdateSchedule is for channels that are IDLE or RUNNING; of the rest nothing is known.",
    )
    delete_schedule_of_running: Literal["BadRequestException", "ConflictException"] = _open(
        "BadRequestException", "Documented as only for idle channels; DeleteSchedule declares neither 409 nor 422."
    )
    id3_segment_tagging: Literal["every_segment", "once"] = _open(
        "every_segment",
        "The model says 'insert ID3 metadata in every segment', which is taken as from the action's time on, until the"
        " next such action or the end of the run.",
    )

    # HLS
    segment_counter: Literal["00001", "000002"] = _open(
        "00001",
        "The user guide says six digits from 000002 on one page and shows five on others. Each run begins anew.",
    )
    dates_in_names: Literal["segment", "run"] = _open(
        "segment",
        "For HLS outputs the user guide resolves $dt$, $d$ and $t$ to the time of each segment; of the names of"
        " manifests it does not say, so there it is the start of the run.",
    )
    last_segment: Literal["written", "suppressed"] = _open(
        "written",
        "IncompleteSegmentBehavior AUTO lets MediaLive decide about a segment that a stop or pause cuts short.",
    )
    program_date_time_clock: Literal["INITIALIZE_FROM_OUTPUT_TIMECODE", "SYSTEM_CLOCK"] = _open(
        "INITIALIZE_FROM_OUTPUT_TIMECODE", "Which clock a group has that names none."
    )
    program_date_time_after_pause: Literal["lags", "jumps"] = _open(
        "lags",
        "Initialised from the timecode, the date-time goes on by each segment's duration, so that a pause of the output"
        " is missing from it ever after; jumps: it catches up.",
    )

    # IVS
    ivs_error_text: Literal["exceptionMessage", "both"] = _open(
        "exceptionMessage", "The model's errors have this member alone, which boto3 does not show; both: message too."
    )
    stream_is_live_from: Literal["stream_start", "session_created"] = _open(
        "stream_start", "From when on GetStream answers, and a channel can be neither changed nor deleted."
    )
    stream_ends: Literal["session_first", "stream_first"] = _open(
        "session_first", "Session Ended may come before Stream End; the other order is not ruled out."
    )
    second_publisher: Literal["takes_over", "refused"] = _open(
        "takes_over",
        "What a second encoder with the same key does to a live stream. The priorities of the codes of Stream Takeover"
        " Failure are not simulated. One that was taken over is refused as long as the other stays.",
    )


def table() -> str:
    """The model as the Markdown table of docs/reference/simulator.md."""
    lines = ["| name | default | alternatives | why |", "|---|---|---|---|"]
    for name, field in Alternatives.model_fields.items():
        choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        others = ", ".join(f"`{choice}`" for choice in choices if choice != field.default)
        if not choices:
            others = "any text" if isinstance(field.default, str) else "any number of seconds"
        lines.append(f"| `{name}` | `{field.default}` | {others} | {field.description} |")
    return "\n".join(lines)
