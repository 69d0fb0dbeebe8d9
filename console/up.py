"""``onair up``: the local stage, until Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from console.local import (
    ENVIRONMENT,
    FLOW_ARN,
    FLOW_NAME,
    PortTakenError,
    asked_to_stop,
    page_address,
    running_stage,
    stay,
)
from console.options import FAILED, Json, answer

if TYPE_CHECKING:
    from infra.local.stage import Stage

EXAMPLE = "Example: onair up --speed 60"

ApiPort = Annotated[
    int, typer.Option("--api-port", envvar="ONAIR_API_PORT", min=0, max=65535, help="0 takes any free one.")
]
AwsPort = Annotated[
    int, typer.Option("--aws-port", envvar="ONAIR_AWS_PORT", min=0, max=65535, help="0 takes any free one.")
]
Speed = Annotated[float, typer.Option("--speed", min=0.1, help="How many times as fast as AWS things go.")]
Encoder = Annotated[
    bool, typer.Option("--encoder/--no-encoder", help="Whether a host's encoder pushes to every RTMP input there is.")
]


def up(
    context: typer.Context,
    speed: Speed = 1.0,
    api_port: ApiPort = 8420,
    aws_port: AwsPort = 8421,
    encoder: Encoder = True,
    as_json: Json = False,
) -> None:
    """Run the local stage until Ctrl-C: OnAir's page, its HTTP API and the AWS services it uses, on this machine alone.

    It takes requests with its token only: the one that it prints, drawn at random unless ONAIR_TOKEN is set. An encoder
    pushes to every host session's input by itself, for nothing here listens for RTMP. Nothing is kept when it stops.
    """
    how = answer(context, None, as_json)
    stop = asked_to_stop()
    try:
        with running_stage(speed, api_port, aws_port, how.token) as stage:
            stage.simulator.seed_flow(name=FLOW_NAME, arn=FLOW_ARN)
            addresses = {
                "api_url": stage.api_url,
                "token": stage.token,
                "page_url": page_address(stage),
                "aws_endpoint_url": stage.endpoint_url,
                "flow_arn": FLOW_ARN,
                "speed": speed,
            }
            how.say(addresses, _banner(stage, speed))
            stay(stage, stop, encoder)
            if not how.as_json:
                how.out().print("\nstopped; nothing is kept")
    except PortTakenError as trouble:
        document = {
            "type": "about:blank",
            "title": f"Port {trouble.port} is taken",
            "name": "PortTaken",
            "detail": "Something on this machine listens there already; another stage, perhaps.",
            "remedy": "Use that one, or stop it, or take other ports: onair up --api-port 0 --aws-port 0",
        }
        how.fail(document)
        raise typer.Exit(FAILED) from None


def _banner(stage: Stage, speed: float) -> RenderableType:
    api_url, aws_url = stage.api_url, stage.endpoint_url
    pace = "at AWS's own pace" if speed == 1 else f"{speed:g} times as fast as AWS"
    settings = " ".join(f"{name}={value}" for name, value in ENVIRONMENT.items())
    machine = "arn:aws:states:eu-west-1:111122223333:stateMachine:onair-dev-provision-session"
    elsewhere = "" if api_url.endswith(":8420") else f"--url {api_url} "
    return Group(
        Text.assemble(("The local stage is up", "bold green"), f", {pace}. Ctrl-C stops it.\n"),
        Text.assemble(("page          ", "dim"), page_address(stage)),
        Text.assemble(("HTTP API      ", "dim"), api_url),
        Text.assemble(("AWS endpoint  ", "dim"), aws_url),
        Text.assemble(("a flow        ", "dim"), FLOW_ARN, "\n"),
        Text("It takes requests with its token only. In the terminal from which you ask it:", "dim"),
        Text(f"export ONAIR_TOKEN={stage.token}\n"),
        Text("Put a show on air:", "dim"),
        Text(f"  ./onair {elsewhere}session create -f examples/01-restream-1080p30.json --watch"),
        Text("Make one for a host, whose encoder pushes as soon as it may, then stream and record it:", "dim"),
        Text(f"  ./onair {elsewhere}session create -f examples/03-host-to-ivs.json --watch"),
        Text("Look behind the curtain:", "dim"),
        Text(f"  export {settings}"),
        Text(f"  .venv/bin/aws stepfunctions list-executions --endpoint-url {aws_url} --state-machine-arn {machine}"),
    )
