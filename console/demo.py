"""``onair demo``: shows go on air and come off again, on this machine, told as it happens.

It does what a customer does, over HTTP: plain boto3 for the flow, for IVS and for what was recorded, the API for the
sessions. From inside the stage come only the refusal that is scripted for one destination, the host's encoder, which
has no socket to push to here, the time of day, and the count at the end, which is taken from the simulator (what "AWS"
was asked and what exists there) and not from OnAir's own records.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.client import Document
from console.demo_host import host_session
from console.local import FLOW_NAME, asked_to_stop, page_address, running_stage, stay
from console.look import counts, problem
from console.options import FAILED, Answer, Json, answer
from console.performance import Performance, Shown, of_session

if TYPE_CHECKING:
    from infra.local.stage import Stage

EXAMPLE = "Example: onair demo --speed 20"
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

KINDS = {
    "channel": ("medialive", "CreateChannel", "DeleteChannel"),
    "input": ("medialive", "CreateInput", "DeleteInput"),
    "input_security_group": ("medialive", "CreateInputSecurityGroup", "DeleteInputSecurityGroup"),
    "ivs_channel": ("ivs", "CreateChannel", "DeleteChannel"),
    "flow_output": ("mediaconnect", "AddFlowOutputs", "RemoveFlowOutput"),
    "flow": ("mediaconnect", "CreateFlow", "DeleteFlow"),
}
"""What costs money or counts against a quota: the calls that make it and unmake it, one each a call."""

GONE = "the demo's stage is gone, and everything on it"

Speed = Annotated[float, typer.Option("--speed", min=1, help="How many times as fast as AWS things go.")]
Keep = Annotated[
    bool, typer.Option("--keep", help="Leave the stage running behind it, to look at on its page, until Ctrl-C.")
]


def demo(context: typer.Context, speed: Speed = 80.0, keep: Keep = False, as_json: Json = False) -> None:
    """Put a show on air, on one destination and then on four of which one is refused; let a host stream and record;
    take all of it off, and count what is left and what it would have cost.

    Needs no account and no other stage; takes ports of its own. Exits 0 only if everything went as it says.
    """
    how = answer(context, None, as_json)
    with how.reporting(GONE), running_stage(speed) as stage:
        passed = Demo(how, stage).run(speed, keep)
        if keep:
            _stay(how, stage)
    if not passed:
        raise typer.Exit(FAILED)


def _stay(how: Answer, stage: Stage) -> None:
    if not how.as_json:
        there = f"The stage is still up, with all that happened on it: {page_address(stage)}"
        print(f"{there}\nCtrl-C stops it.", flush=True)
    stay(stage, asked_to_stop())


class Demo:
    """All acts, in their order."""

    def __init__(self, how: Answer, stage: Stage) -> None:
        self._show = Performance(how, stage)

    def run(self, speed: float, keep: bool) -> bool:
        """True if every expectation held. ``keep``: the page is there afterwards, too."""
        show, begun = self._show, time.monotonic()
        show.say(f"OnAir on this machine, {speed:g} times as fast as AWS. Times are AWS's.", "bold")
        show.say(f"On the page: {page_address(show.stage)}", "dim")
        if not keep:
            show.say("(onair demo --keep leaves it there when the demo is over)", "dim")
        if show.how.as_json:
            show.how.line({"type": "page", "page_url": page_address(show.stage)})

        show.act("A MediaConnect flow that already runs, the customer's own")
        flow = self._customer_flow()

        show.act("One destination: POST /sessions with examples/01-restream-1080p30.json")
        first = self._session("01-restream-1080p30.json", flow, lambda change: True)
        path = [entry["status"] for entry in first["timeline"]]
        show.expect("it went creating → idle → starting → live", path == ["creating", "idle", "starting", "live"])

        show.act("Four destinations, and MediaLive refuses the channel for twitch: examples/02-four-platforms.json")
        show.stage.simulator.reject_channel("*-twitch", "The stream name is not one that this platform takes")
        second = self._session(
            "02-four-platforms.json", flow, lambda change: change.subject != "resource" or "twitch" in change.key
        )
        self._four_of_which_one_failed(second)

        show.act("Off the air: DELETE /sessions/…, both")
        for session in [show.client.end_session(session["session_id"]) for session in (first, second)]:
            self._ended(session)

        third = host_session(show, json.loads((EXAMPLES / "03-host-to-ivs.json").read_text(encoding="utf-8")))
        self._ended(show.client.end_session(third["session_id"]))

        show.act("What each session would have cost: GET /sessions/…/cost")
        self._costs([first, second, third])

        show.act("What AWS was asked to make and to delete, by the simulator's own log")
        self._delete_flow(flow)
        left = self._count()
        show.say(f"\n{time.monotonic() - begun:.0f} s on this machine", "dim")
        for broken in show.broken:
            show.say(f"✗ expected, and not so: {broken}", "bold red")
        if show.how.as_json:
            ok = not show.broken
            show.how.line({"type": "result", "ok": ok, "broken": show.broken, "left_behind": left})
        else:
            print(f"left behind: {left} resources", flush=True)
        return not show.broken

    def _customer_flow(self) -> str:
        """Make and start a flow as a customer does it: plain boto3 at the endpoint. Answers its ARN."""
        mediaconnect = self._show.aws("mediaconnect")
        source = {"Name": "studio", "Protocol": "rtp", "IngestPort": 5000, "WhitelistCidr": "198.51.100.7/32"}
        arn: str = mediaconnect.create_flow(Name=FLOW_NAME, Source=source)["Flow"]["FlowArn"]
        mediaconnect.start_flow(FlowArn=arn)
        self._show.until("the flow is ACTIVE", lambda: _flow(mediaconnect, arn)["Status"] == "ACTIVE")
        self._show.say(f"  {arn}", "dim")
        return arn

    def _session(self, example: str, flow: str, shown: Shown) -> Document:
        spec = json.loads((EXAMPLES / example).read_text(encoding="utf-8"))
        spec["source"]["flow_arn"] = flow
        session, _ = self._show.follow(self._show.client.create_session(spec), shown)
        self._show.expect(f"{session['name']} is live", session["status"] == "live")
        return session

    def _four_of_which_one_failed(self, session: Document) -> None:
        show = self._show
        status = {d["destination_id"]: d["status"] for d in session["destinations"]}
        error = next((d["error"] or {} for d in session["destinations"] if d["destination_id"] == "twitch"), {})
        show.say(problem({"destination_id": "twitch", **error}))
        show.expect(
            "twitch is in error, for the reason that the service gave", error.get("name") == "RejectedByService"
        )
        others = {name: state for name, state in status.items() if name != "twitch"}
        show.expect(
            f"the others are on the air: {', '.join(others)}",
            len(others) == 3 and set(others.values()) == {"broadcasting"},
        )
        mine = [resource for resource in show.inventory() if session["session_id"] in resource.name]
        channels = [resource.state for resource in mine if resource.kind == "channel"]
        show.expect("three channels run for it", channels == ["RUNNING"] * 3)
        show.expect("nothing made for twitch is left", not any("-twitch" in resource.name for resource in mine))

    def _ended(self, session: Document) -> None:
        ended, outcome = self._show.follow(session, of_session)
        held = outcome.ok and ended["ended_reason"] == "requested"
        self._show.expect(f"{ended['name']} is ended, as requested", held)

    def _costs(self, sessions: list[Document]) -> None:
        costs = [self._show.client.get_cost(session["session_id"]) for session in sessions]
        rows = [(session["name"], cost["total"]) for session, cost in zip(sessions, costs, strict=True)]
        self._show.say(counts("session", ("USD",), rows))
        self._show.say("  onair cost SESSION shows each line, and what its price rests on", "dim")
        for cost in costs if self._show.how.as_json else ():
            self._show.how.line({"type": "cost", "session_id": cost["session_id"], "total": cost["total"]})
        self._show.expect(
            "each has its total, and nothing was free", all(cost["final"] and float(cost["total"]) for cost in costs)
        )

    def _delete_flow(self, flow: str) -> None:
        """The customer's own tidying up: OnAir never touches a flow but for its outputs."""
        show, mediaconnect = self._show, self._show.aws("mediaconnect")
        now = _flow(mediaconnect, flow)
        as_it_was = now["Status"] == "ACTIVE" and not now.get("Outputs")
        show.expect("the customer's flow still runs, without outputs", as_it_was)
        mediaconnect.stop_flow(FlowArn=flow)
        show.until("the flow is STANDBY", lambda: _flow(mediaconnect, flow)["Status"] == "STANDBY")
        mediaconnect.delete_flow(FlowArn=flow)
        show.until("the flow is gone", lambda: all(resource.arn != flow for resource in show.inventory()))

    def _count(self) -> int:
        from infra.local.simulator import Call  # late, like the stage

        show = self._show
        log = show.stage.simulator.log()
        asked = Counter((one.service, one.operation) for one in log if isinstance(one, Call) and one.outcome == "OK")
        inventory = show.inventory()
        exists = Counter(resource.kind for resource in inventory)
        rows = [
            (kind, asked[service, make], asked[service, unmake], exists[kind])
            for kind, (service, make, unmake) in KINDS.items()
        ]
        show.say(counts("resource", ("made", "deleted", "left"), rows))
        made_channels = asked["medialive", "CreateChannel"]
        show.expect("three sessions of six destinations made five channels", made_channels == 5)
        show.expect(
            "what was made and not deleted is what exists", all(made - gone == left for _, made, gone, left in rows)
        )
        show.expect("nothing is left behind", not inventory)
        return len(inventory)


def _flow(mediaconnect: Any, arn: str) -> Document:
    found: Document = mediaconnect.describe_flow(FlowArn=arn)["Flow"]
    return found
