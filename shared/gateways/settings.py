"""What a function is told by its environment, typed. ``serverless.yml`` sets every one of these."""

from __future__ import annotations

import os
from functools import cache

from shared.domain.model import Value
from shared.domain.quotas import QuotaLimits


class Settings(Value):
    """``stage`` names the deployment; ``media_live_role_arn`` is the one role that MediaLive assumes."""

    stage: str
    table: str
    media_live_role_arn: str
    provision_session_arn: str
    end_session_arn: str
    quotas: QuotaLimits


@cache
def settings() -> Settings:
    """Raises KeyError, naming the variable, when the environment lacks one."""
    return Settings(
        stage=os.environ["ONAIR_STAGE"],
        table=os.environ["ONAIR_TABLE"],
        media_live_role_arn=os.environ["ONAIR_MEDIALIVE_ROLE_ARN"],
        provision_session_arn=os.environ["ONAIR_PROVISION_SESSION_ARN"],
        end_session_arn=os.environ["ONAIR_END_SESSION_ARN"],
        quotas=QuotaLimits(
            push_inputs=int(os.environ["ONAIR_QUOTA_PUSH_INPUTS"]),
            channels=int(os.environ["ONAIR_QUOTA_CHANNELS"]),
            flow_outputs=int(os.environ["ONAIR_QUOTA_FLOW_OUTPUTS"]),
        ),
    )
