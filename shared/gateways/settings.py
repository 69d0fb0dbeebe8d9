"""What a function is told by its environment, typed. ``serverless.yml`` sets all of it, but for the trace, which Lambda
does."""

from __future__ import annotations

import os
from functools import cache

from shared.domain.model import Value
from shared.domain.quotas import QuotaLimits


class Settings(Value):
    """``stage`` names the deployment; ``media_live_role_arn`` is the one role that MediaLive assumes;
    ``operators`` are patterns of the IAM names that see and do everything (``shared/runtime/api/caller.py``)."""

    stage: str
    table: str
    bucket: str
    media_live_role_arn: str
    provision_session_arn: str
    start_streaming_arn: str
    stop_streaming_arn: str
    start_recorder_arn: str
    stop_recorder_arn: str
    finalize_recording_arn: str
    remove_destination_arn: str
    end_session_arn: str
    sweep_arn: str
    operators: tuple[str, ...]
    quotas: QuotaLimits


def trace_header() -> str:
    """Which trace this invocation belongs to, and whether it is kept: ``Root=…;Parent=…;Sampled=1`` (Lambda developer
    guide, "Defined runtime environment variables"). Lambda writes it anew for each; empty elsewhere."""
    return os.environ.get("_X_AMZN_TRACE_ID", "")


@cache
def settings() -> Settings:
    """Raises KeyError, naming the variable, when the environment lacks one."""
    return Settings(
        stage=os.environ["ONAIR_STAGE"],
        table=os.environ["ONAIR_TABLE"],
        bucket=os.environ["ONAIR_BUCKET"],
        media_live_role_arn=os.environ["ONAIR_MEDIALIVE_ROLE_ARN"],
        provision_session_arn=os.environ["ONAIR_PROVISION_SESSION_ARN"],
        start_streaming_arn=os.environ["ONAIR_START_STREAMING_ARN"],
        stop_streaming_arn=os.environ["ONAIR_STOP_STREAMING_ARN"],
        start_recorder_arn=os.environ["ONAIR_START_RECORDER_ARN"],
        stop_recorder_arn=os.environ["ONAIR_STOP_RECORDER_ARN"],
        finalize_recording_arn=os.environ["ONAIR_FINALIZE_RECORDING_ARN"],
        remove_destination_arn=os.environ["ONAIR_REMOVE_DESTINATION_ARN"],
        end_session_arn=os.environ["ONAIR_END_SESSION_ARN"],
        sweep_arn=os.environ["ONAIR_SWEEP_ARN"],
        operators=tuple(filter(None, (one.strip() for one in os.environ["ONAIR_OPERATORS"].split(",")))),
        quotas=QuotaLimits(
            push_inputs=int(os.environ["ONAIR_QUOTA_PUSH_INPUTS"]),
            channels=int(os.environ["ONAIR_QUOTA_CHANNELS"]),
            flow_outputs=int(os.environ["ONAIR_QUOTA_FLOW_OUTPUTS"]),
        ),
    )
