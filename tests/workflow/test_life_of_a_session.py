"""The way of a session when nothing goes wrong: the path taken, the records, and what AWS has at each point."""

from __future__ import annotations

import pytest

from infra.local.simulator import RateLimit
from infra.local.stage import Stage
from tests.show import KEY, Show, Shows, destination

FORWARD = [
    "Plan session",
    "Admit source",
    "Provision channels",
    "Does it make an IVS channel",
    "Create input",
    "Is it fed by a flow",
    "Add flow outputs",
    "Create channel",
    "Await channel created",
    "Should it go live",
    "Start channel",
    "Await channel running",
    "Report live",
    "Settle session",
    "Is it kept",
    "Provisioned",
]
REMOVAL = [
    "Plan removal",
    "Drain session",
    "Close recordings",
    "Remove channels",
    "Stop channel",
    "Await channel stopped",
    "Delete channel",
    "Await channel deleted",
    "Remove flow outputs",
    "Delete input",
    "Delete IVS channel",
    "Branch removed",
    "Release source",
    "Delete secrets",
    "Finish end",
    "Is it clean",
    "Ended",
]


def statuses(show: Show) -> list[str]:
    return [change["status"] for change in show.look()["timeline"]]


def test_a_session_goes_on_air_and_comes_off_again(shows: Shows) -> None:
    show = shows.ask(destination("main"))
    live = show.until("live")

    assert show.path() == FORWARD
    assert statuses(show) == ["creating", "idle", "starting", "live"]
    assert live["desired_status"] == "live" and live["error"] is None and live["live_at"]
    assert show.destination("main")["status"] == "broadcasting"
    assert {row["kind"]: (row["state"], row["observed"]) for row in live["resources"]} == {
        "input": ("created", "ATTACHED"),
        "flow_output": ("created", "ENABLED"),
        "channel": ("created", "RUNNING"),
    }
    assert shows.count() == {"channel": 1, "input": 1, "flow_output": 1, "input_security_group": 1, "secret": 1}

    ended = show.ended()
    assert show.path("end") == REMOVAL
    assert statuses(show) == ["creating", "idle", "starting", "live", "ending", "ended"]
    assert ended["ended_reason"] == "requested" and ended["ended_at"]
    assert {row["state"] for row in ended["resources"]} == {"deleted"}
    shows.nothing_left()


def test_the_channel_is_what_was_asked_for(shows: Shows) -> None:
    show = shows.ask(
        destination("main", username="host", password="example-word", url="rtmp://x.example.net/a?t=example")
    )
    live = show.until("live")
    row = next(one for one in live["resources"] if one["kind"] == "channel")
    channel = shows.stage.client("medialive").describe_channel(ChannelId=row["id"])
    assert channel["ChannelClass"] == "SINGLE_PIPELINE"
    assert channel["Tags"] == {"onair:stage": "dev", "onair:session": show.id}
    [setting] = channel["Destinations"][0]["Settings"]
    assert setting == {
        "Url": "rtmp://x.example.net/a?t=example",
        "StreamName": f"{KEY}-main",
        "Username": "host",
        "PasswordParam": f"/onair/dev/{show.id}/main/password",
    }
    assert show.destination("main")["url"] == "rtmp://x.example.net/a"
    show.ended()
    shows.nothing_left()


def test_a_session_that_is_not_to_go_live_stops_at_idle(shows: Shows) -> None:
    show = shows.ask(go_live=False)
    show.until("idle")
    assert statuses(show) == ["creating", "idle"]
    assert shows.calls("medialive", "StartChannel") == 0
    assert show.path()[-5:] == ["Should it go live", "Report idle", "Settle session", "Is it kept", "Provisioned"]
    show.ended()
    assert shows.calls("medialive", "StopChannel") == 0
    shows.nothing_left()


def test_standard_has_two_outputs_and_two_ingests(shows: Shows) -> None:
    show = shows.ask({"platform": "youtube", "stream_key": KEY, "channel_class": "STANDARD"})
    live = show.until("live")
    assert shows.count()["flow_output"] == 2
    row = next(one for one in live["resources"] if one["kind"] == "channel")
    channel = shows.stage.client("medialive").describe_channel(ChannelId=row["id"])
    assert [setting["Url"] for setting in channel["Destinations"][0]["Settings"]] == [
        "rtmps://a.rtmps.youtube.com:443/live2",
        "rtmps://b.rtmps.youtube.com:443/live2?backup=1",
    ]
    assert channel["PipelinesRunningCount"] == 2
    show.ended()
    shows.nothing_left()


def test_ten_destinations_at_once_against_one_call_a_second(shows: Shows) -> None:
    shows.allow(20)
    shows.stage.simulator.settings.mediaconnect_rate = RateLimit(rate=1, burst=5)
    show = shows.ask(*(destination(f"d{number}") for number in range(10)))
    live = show.until("live")
    assert {one["status"] for one in live["destinations"]} == {"broadcasting"}
    assert shows.count() == {"channel": 10, "input": 10, "flow_output": 10, "input_security_group": 1, "secret": 10}
    show.ended()
    throttled = [call for call in shows.stage.endpoint.calls("mediaconnect") if call.status == 429]
    assert throttled, "the rate limit was never met, so this test shows nothing"
    shows.nothing_left()


def test_two_sessions_on_one_flow_share_the_rule_until_the_last_has_gone(shows: Shows) -> None:
    first, second = shows.ask(destination("a")), shows.ask(destination("b"))
    first.until("live")
    second.until("live")
    assert rules(shows.stage) == [1]
    first.ended()
    assert rules(shows.stage) == [1]
    assert second.status == "live"
    second.ended()
    shows.nothing_left()


def test_an_eleventh_flow_gets_a_second_security_group(shows: Shows) -> None:
    shows.allow(20)
    running = []
    for number in range(11):
        shows.flow = shows.stage.simulator.seed_flow(name=f"flow-{number}")
        running.append(shows.ask(destination("main"), go_live=False))
    for show in running:
        show.until("idle")
    assert sorted(rules(shows.stage)) == [1, 10]
    for show in running:
        show.ended()
    shows.nothing_left()


def rules(stage: Stage) -> list[int]:
    """How many addresses each security group admits; each a single one."""
    groups = stage.client("medialive").list_input_security_groups()["InputSecurityGroups"]
    assert all(rule["Cidr"].endswith("/32") for group in groups for rule in group["WhitelistRules"])
    return [len(group["WhitelistRules"]) for group in groups]


@pytest.mark.parametrize("status", ["live", "idle"])
def test_sessions_are_listed_by_status_and_in_pages(shows: Shows, status: str) -> None:
    shows.allow(20)
    made = []
    for number in range(5):
        made.append(shows.ask(destination("main"), name=f"show {number}", go_live=status == "live"))
        shows.stage.clock.sleep(2)
    for show in made:
        show.until(status)
    made[0].ended()
    seen: list[str] = []
    query = {"status": status, "limit": "3"}
    while True:
        code, _, page = shows.stage.request("GET", "/sessions", query=query)
        assert code == 200 and len(page["sessions"]) <= 3
        seen += [one["session_id"] for one in page["sessions"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [show.id for show in reversed(made[1:])]
    _, _, everything = shows.stage.request("GET", "/sessions")
    assert len(everything["sessions"]) == 5
