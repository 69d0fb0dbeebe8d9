"""How a run makes each kind of thing: with its name, its tag, and a line in its journal before."""

from __future__ import annotations

from typing import Any

from tests.smoke_aws.picture import transport_stream
from tests.smoke_aws.run import Run

Request = dict[str, Any]
#: Whom the inputs of probes let in: nobody (RFC 5737).
NOBODY = "203.0.113.0/24"


def security_group(run: Run, what: str) -> str:
    rules = [{"Cidr": NOBODY}]
    make = run.account.client("medialive").create_input_security_group
    answer = run.make(
        "input_security_group",
        run.name(what),
        lambda: make(WhitelistRules=rules, Tags={**run.tags, "Name": run.name(what)}),
        lambda answer: str(answer["SecurityGroup"]["Id"]),
    )
    return str(answer["SecurityGroup"]["Id"])


def an_input(run: Run, what: str, **request: Any) -> Request:
    """CreateInput's answer. ``request`` says its type and what that needs."""
    make = run.account.client("medialive").create_input
    asked = {"Name": run.name(what), "Tags": run.tags, **request}
    answer = run.make("input", run.name(what), lambda: make(**asked), lambda answer: str(answer["Input"]["Id"]))
    found: Request = answer["Input"]
    return found


def rtmp_input(run: Run, what: str, group: str) -> Request:
    return an_input(
        run, what, Type="RTMP_PUSH", InputSecurityGroups=[group], Destinations=[{"StreamName": f"{what}/{run.id}"}]
    )


def file_input(run: Run, what: str, url: str) -> Request:
    return an_input(run, what, Type="TS_FILE", Sources=[{"Url": url}])


def channel(run: Run, what: str, **request: Any) -> Request:
    """CreateChannel's answer. A dry run that makes nothing is written down like any other."""
    make = run.account.client("medialive").create_channel
    asked = {"Name": run.name(what), "Tags": run.tags, **request}
    answer = run.make(
        "channel", run.name(what), lambda: make(**asked), lambda answer: str(answer["Channel"].get("Id", ""))
    )
    found: Request = answer["Channel"]
    return found


def flow(run: Run, what: str, sender: str = NOBODY) -> Request:
    make = run.account.client("mediaconnect").create_flow
    source = {"Name": "source", "Protocol": "rtp", "IngestPort": 5000, "WhitelistCidr": sender}
    answer = run.make(
        "flow",
        run.name(what),
        lambda: make(Name=run.name(what), Source=source, FlowTags=run.tags),
        lambda answer: str(answer["Flow"]["FlowArn"]),
    )
    found: Request = answer["Flow"]
    return found


def ivs_channel(run: Run, what: str) -> tuple[Request, str]:
    """The channel, and its stream key."""
    make = run.account.client("ivs").create_channel
    answer = run.make(
        "ivs_channel",
        run.name(what),
        lambda: make(name=run.name(what), type="BASIC", tags=run.tags),
        lambda answer: str(answer["channel"]["arn"]),
    )
    run.secrets.add(str(answer["streamKey"]["value"]))
    return answer["channel"], str(answer["streamKey"]["value"])


def picture(run: Run, bucket: str, what: str) -> str:
    """A link to what the run plays: an object for the length of the run, which then needs no role to be read."""
    if run.file is not None:
        return run.file
    key = f"buffer/{run.name(what)}"
    s3 = run.account.client("s3")
    run.make("object", key, lambda: s3.put_object(Bucket=bucket, Key=key, Body=transport_stream()), lambda _: key)
    return str(s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=4 * 3600))
