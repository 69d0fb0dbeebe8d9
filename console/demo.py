"""``onair demo``: a show goes on air and comes off again, on this machine, told as it happens.

It does what a customer does, over HTTP: plain boto3 for the flow, the API for the sessions. Only two things come from
inside the stage: the refusal that is scripted for one destination, and the count at the end, which is taken from the
simulator (what "AWS" was asked and what exists there) and not from OnAir's own records. Every sentence with a ✓ is an
expectation checked in code; one that does not hold makes the demo fail.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from console import render
from console.client import Client, Document
from console.local import ENVIRONMENT, FLOW_NAME, running_stage
from console.options import FAILED, Answer, Json, answer
from console.progress import Change, Verdict, follow, moves, verdict

if TYPE_CHECKING:
    from infra.local.stage import Stage

EXAMPLE = "Example: onair demo --speed 20"
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

KINDS = {
    "channel": ("CreateChannel", "DeleteChannel"),
    "input": ("CreateInput", "DeleteInput"),
    "input_security_group": ("CreateInputSecurityGroup", "DeleteInputSecurityGroup"),
    "flow_output": ("AddFlowOutputs", "RemoveFlowOutput"),
    "flow": ("CreateFlow", "DeleteFlow"),
}
"""What costs money or counts against a quota: the calls that make it and unmake it, one each a call."""

PATIENCE = 60.0
"""Seconds on this machine until the demo gives up on something and says so."""

Speed = Annotated[float, typer.Option("--speed", min=1, help="How many times as fast as AWS things go.")]


def demo(context: typer.Context, speed: Speed = 40.0, as_json: Json = False) -> None:
    """Put a show on air, on one destination and then on four of which one is refused; take it off; count what is left.

    Needs no account and no other stage; takes ports of its own. Exits 0 only if everything went as it says.
    """
    how = answer(context, None, as_json)
    with how.reporting(), running_stage(speed) as stage:
        passed = Demo(how, stage).run(speed)
    if not passed:
        raise typer.Exit(FAILED)


class Demo:
    """One performance on one stage."""

    def __init__(self, how: Answer, stage: Stage) -> None:
        self._how = how
        self._out = how.out()
        self._stage = stage
        self._client = Client(stage.api_url)
        self._broken: list[str] = []

    def run(self, speed: float) -> bool:
        """All acts; True if every expectation held."""
        begun = time.monotonic()
        self._say(f"OnAir on this machine, {speed:g} times as fast as AWS. Times are AWS's.", "bold")

        self._act("A MediaConnect flow that already runs, the customer's own")
        flow = self._customer_flow()

        self._act("One destination: POST /sessions with examples/01-restream-1080p30.json")
        first = self._session("01-restream-1080p30.json", flow, lambda change: True)
        self._expect(
            "it went creating → idle → starting → live", self._path(first) == ["creating", "idle", "starting", "live"]
        )

        self._act("Four destinations, and MediaLive refuses the channel for twitch: examples/02-four-platforms.json")
        self._stage.simulator.reject_channel("*-twitch", "The stream name is not one that this platform takes")
        second = self._session(
            "02-four-platforms.json", flow, lambda change: change.subject != "resource" or "twitch" in change.key
        )
        self._four_of_which_one_failed(second)

        self._act("Off the air: DELETE /sessions/…, both")
        for session in [self._client.end_session(session["session_id"]) for session in (first, second)]:
            self._ended(session)

        self._act("What AWS was asked to make and to delete, by the simulator's own log")
        self._delete_flow(flow)
        left = self._count()
        self._say(f"\n{time.monotonic() - begun:.0f} s on this machine", "dim")
        for broken in self._broken:
            self._say(f"✗ expected, and not so: {broken}", "bold red")
        if self._how.as_json:
            ok = not self._broken
            self._how.line({"type": "result", "ok": ok, "broken": self._broken, "left_behind": left})
        else:
            print(f"left behind: {left} resources", flush=True)
        return not self._broken

    # The acts

    def _customer_flow(self) -> str:
        """Make and start a flow as a customer does it: plain boto3 at the endpoint. Answers its ARN."""
        mediaconnect = self._mediaconnect()
        source = {"Name": "studio", "Protocol": "rtp", "IngestPort": 5000, "WhitelistCidr": "198.51.100.7/32"}
        arn: str = mediaconnect.create_flow(Name=FLOW_NAME, Source=source)["Flow"]["FlowArn"]
        mediaconnect.start_flow(FlowArn=arn)
        self._until("the flow is ACTIVE", lambda: self._flow_status(arn) == "ACTIVE")
        self._say(f"  {arn}", "dim")
        return arn

    def _session(self, example: str, flow: str, shown: Callable[[Change], bool]) -> Document:
        spec = json.loads((EXAMPLES / example).read_text(encoding="utf-8"))
        spec["source"]["flow_arn"] = flow
        session, _ = self._follow(self._client.create_session(spec), shown)
        self._expect(f"{session['name']} is live", session["status"] == "live")
        return session

    def _four_of_which_one_failed(self, session: Document) -> None:
        status = {d["destination_id"]: d["status"] for d in session["destinations"]}
        error = next((d["error"] or {} for d in session["destinations"] if d["destination_id"] == "twitch"), {})
        self._say(render.problem({"destination_id": "twitch", **error}))
        self._expect(
            "twitch is in error, for the reason that the service gave", error.get("name") == "RejectedByService"
        )
        others = {name: state for name, state in status.items() if name != "twitch"}
        self._expect(
            f"the others are on the air: {', '.join(others)}",
            len(others) == 3 and set(others.values()) == {"broadcasting"},
        )
        mine = [resource for resource in self._inventory() if session["session_id"] in resource.name]
        channels = [resource.state for resource in mine if resource.kind == "channel"]
        self._expect("three channels run for it", channels == ["RUNNING"] * 3)
        self._expect("nothing made for twitch is left", not any("-twitch" in resource.name for resource in mine))

    def _ended(self, session: Document) -> None:
        ended, outcome = self._follow(session, lambda change: change.subject == "session")
        self._expect(f"{ended['name']} is ended, as requested", outcome.ok and ended["ended_reason"] == "requested")

    def _delete_flow(self, flow: str) -> None:
        """The customer's own tidying up: OnAir never touches a flow but for its outputs."""
        mediaconnect = self._mediaconnect()
        self._expect("the customer's flow still runs, without outputs", self._flow_is_as_it_was(flow))
        mediaconnect.stop_flow(FlowArn=flow)
        self._until("the flow is STANDBY", lambda: self._flow_status(flow) == "STANDBY")
        mediaconnect.delete_flow(FlowArn=flow)
        self._until("the flow is gone", lambda: all(resource.arn != flow for resource in self._inventory()))

    def _count(self) -> int:
        from infra.local.simulator import Call  # late, like the stage

        log = self._stage.simulator.log()
        asked = Counter(entry.operation for entry in log if isinstance(entry, Call) and entry.outcome == "OK")
        inventory = self._inventory()
        exists = Counter(resource.kind for resource in inventory)
        rows = [(kind, asked[make], asked[unmake], exists[kind]) for kind, (make, unmake) in KINDS.items()]
        self._say(render.counts("resource", ("made", "deleted", "left"), rows))
        self._expect("two sessions of five destinations made four channels", asked["CreateChannel"] == 4)
        self._expect(
            "what was made and not deleted is what exists", all(made - gone == left for _, made, gone, left in rows)
        )
        self._expect("nothing is left behind", not inventory)
        return len(inventory)

    # How it is told and checked

    def _follow(self, first: Document, shown: Callable[[Change], bool]) -> tuple[Document, Verdict]:
        session = first
        readings = follow(lambda: self._client.get_session(first["session_id"]), every=0.1)
        deadline = time.monotonic() + PATIENCE
        for reading, moved in moves(first, readings):
            session = reading
            self._show(change for change in moved if shown(change))
            if time.monotonic() > deadline:
                self._expect(f"{session['name']} gets where it was wanted within {PATIENCE:g} s", False)
                break
        return session, verdict(session) or Verdict(False, session["status"])

    def _show(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if self._how.as_json:
                self._how.line(change.as_json())
            else:
                self._out.print(render.change_line(change))

    def _expect(self, statement: str, held: bool) -> None:
        if not held:
            self._broken.append(statement)
        if self._how.as_json:
            self._how.line({"type": "expectation", "statement": statement, "held": held})
        else:
            self._out.print(Text.assemble(("  ✓ ", "green") if held else ("  ✗ ", "bold red"), statement))

    def _act(self, title: str) -> None:
        self._say(f"\n{title}", "bold")

    def _say(self, what: Any, style: str = "") -> None:
        if not self._how.as_json:
            self._out.print(Text(what, style) if isinstance(what, str) else what)

    def _until(self, what: str, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > deadline:
                self._expect(f"{what} within {PATIENCE:g} s", False)
                return
            time.sleep(0.05)

    # What it asks

    def _path(self, session: Document) -> list[str]:
        return [entry["status"] for entry in session["timeline"]]

    def _inventory(self) -> list[Any]:
        return list(self._stage.simulator.inventory())

    def _flow_status(self, arn: str) -> str:
        return str(self._mediaconnect().describe_flow(FlowArn=arn)["Flow"]["Status"])

    def _flow_is_as_it_was(self, arn: str) -> bool:
        flow = self._mediaconnect().describe_flow(FlowArn=arn)["Flow"]
        return flow["Status"] == "ACTIVE" and not flow.get("Outputs")

    def _mediaconnect(self) -> Any:
        import boto3  # late: half a second that the other commands need not wait for

        return boto3.client(
            "mediaconnect",
            endpoint_url=self._stage.endpoint_url,
            region_name=ENVIRONMENT["AWS_DEFAULT_REGION"],
            aws_access_key_id=ENVIRONMENT["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
        )
