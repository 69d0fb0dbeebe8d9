"""The AWS account that a run works in: its clients, and its time. ``__main__`` opens it, ``rehearsal`` makes one up."""

from __future__ import annotations

import time as wall
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

#: A call that hangs must not outlast the run's deadline by much: 4 attempts of 35 seconds.
_PATIENT = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})
#: botocore left to itself signs links with SigV2 in the older regions, which no new bucket takes (S3 user guide).
_S3 = _PATIENT.merge(
    Config(signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"})
)


class NotRun(Exception):
    """Nothing was made. ``why``, and what to ``do`` about it."""

    def __init__(self, why: str, do: str) -> None:
        super().__init__(why)
        self.why, self.do = why, do


@dataclass(frozen=True)
class Account:
    """``client`` makes a boto3 client of a service. ``time`` in seconds since 1970 and ``sleep`` are one clock's."""

    client: Callable[[str], Any]
    id: str
    region: str
    time: Callable[[], float] = wall.time
    sleep: Callable[[float], None] = wall.sleep


def open_account(profile: str | None, region: str | None, endpoint_url: str | None = None) -> Account:
    """The account of a profile, or of whatever any AWS command would take. Raises NotRun if there is none."""
    try:
        session = boto3.session.Session(profile_name=profile, region_name=region or None)
        if session.get_credentials() is None:
            raise NotRun("no AWS credentials were found on this machine", _LOG_IN)
        where = session.region_name
        if where is None:
            raise NotRun("no region is set", "say --region, or set AWS_DEFAULT_REGION or the profile's region")
        with_ivs = session.get_available_regions("ivs")  # the show needs it
        if where not in with_ivs:
            raise NotRun(f"IVS is not in {where}", f"deploy the stage in one of {', '.join(with_ivs)}")

        @cache
        def client(service: str) -> Any:
            config = _S3 if service == "s3" else _PATIENT
            return session.client(service, endpoint_url=endpoint_url, config=config)

        return Account(client, str(client("sts").get_caller_identity()["Account"]), where)
    except (BotoCoreError, ClientError) as trouble:
        raise NotRun(f"AWS does not take these credentials ({trouble})", _LOG_IN) from None


_LOG_IN = "name a profile that may use MediaLive, MediaConnect, IVS, S3, EventBridge and SQS: --profile or AWS_PROFILE"
