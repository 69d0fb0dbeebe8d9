"""The operator's view: resources as they are and should be, executions as graphs, the trail, orphans, quotas."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from infra.local.stage import Stage
from tests.browser.shows import FLOW, Shows
from tests.browser.viewer import Viewer

Viewers = Callable[..., Viewer]
WHY = "The stream name is not one that this platform takes"


@pytest.fixture(scope="module")
def shows(stage: Stage) -> Iterator[Shows]:
    shows = Shows(stage)
    yield shows
    shows.end_all()


@pytest.fixture(scope="module")
def session_id(stage: Stage, shows: Shows) -> str:
    """Four destinations, of which one was refused and taken back."""
    stage.simulator.reject_channel("*-twitch", WHY)
    made = shows.ask(FLOW)
    shows.until_status(made["session_id"], "live")
    return str(made["session_id"])


def test_the_picture_tells_how_each_resource_is_and_should_be(viewers: Viewers, shows: Shows, session_id: str) -> None:
    operator = viewers("operator", operator=True)
    page = operator.open(f"/sessions/{session_id}/resources")
    table = page.get_by_role("table")
    expect(table.get_by_role("row").filter(has_text="Channel youtube")).to_contain_text("RUNNING")
    expect(table.get_by_role("row").filter(has_text="Channel youtube")).to_contain_text("as it should be, and running")
    expect(table.get_by_role("row").filter(has_text="Input facebook")).to_contain_text("ATTACHED")
    shows.post(session_id, "streaming/stop")
    expect(table.get_by_role("row").filter(has_text="Channel youtube")).to_contain_text("IDLE")
    shows.until_status(session_id, "idle")
    shows.post(session_id, "streaming/start")
    expect(table.get_by_role("row").filter(has_text="Channel youtube")).to_contain_text("STARTING")


def test_the_graph_tells_the_path_its_compensations_and_why(viewers: Viewers, session_id: str) -> None:
    operator = viewers("operator", operator=True)
    page = operator.open(f"/sessions/{session_id}/executions/{session_id}-1-provision")
    expect(page.get_by_role("heading", name="The path taken")).to_be_visible()
    # The destination that failed is the one that somebody looks for.
    expect(page.get_by_label("Path of")).to_contain_text("twitch")
    steps = page.locator("[data-state='Create channel'][data-status=caught]")
    expect(steps.first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(WHY)
    expect(page.locator("[data-state='Delete input'][data-status=succeeded]").first).to_be_visible()


def test_what_waits_says_for_what_and_since_when(viewers: Viewers, stage: Stage, shows: Shows) -> None:
    stage.simulator.stick_channel("*-youtube", "STARTING")
    made = shows.ask({**FLOW, "destinations": FLOW["destinations"][:1]})
    session_id = made["session_id"]
    page = viewers("operator", operator=True).open(f"/sessions/{session_id}/executions/{session_id}-1-provision")
    expect(page.locator("[data-state='Await channel running'][data-status=waiting]").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(
        re.compile(r"waits \d+:\d\d for the event “MediaLive Channel State Change”: channel \d+ running")
    )
    stage.simulator.release_channels()
    expect(page.locator("[data-state='Report live'][data-status=succeeded]").first).to_be_visible()


def test_on_aws_its_consoles_are_one_press_away(viewers: Viewers, shows: Shows, session_id: str) -> None:
    """``config.json`` names the region there. Nothing is asked of AWS here: the links are looked at."""
    operator = viewers("operator", operator=True)
    config = json.dumps({"sign_in": {"by": "token"}, "aws": {"region": "eu-west-1"}})
    operator.page.route("**/config.json", lambda route: route.fulfill(body=config, content_type="application/json"))
    page = operator.open(f"/sessions/{session_id}/executions/{session_id}-1-provision")
    home = "https://eu-west-1.console.aws.amazon.com"
    execution = page.get_by_role("link", name="Step Functions in AWS")
    expect(execution).to_have_attribute("href", re.compile(f"^{home}/states/.*:{session_id}-1-provision$"))
    logs = page.get_by_role("link", name="Functions' logs in AWS")
    expect(logs).to_have_attribute("href", re.compile(f"^{home}/cloudwatch/.*onair-dev-$"))
    page = operator.open(f"/sessions/{session_id}/resources")
    rows = shows.get(session_id)["resources"]
    [channel] = [row["id"] for row in rows if (row["destination_id"], row["kind"]) == ("youtube", "channel")]
    page.locator("#node-youtube-channel").click()
    link = page.get_by_role("link", name="MediaLive channel in AWS")
    expect(link).to_have_attribute("href", f"{home}/medialive/home?region=eu-west-1#/channels/{channel}")
    link = page.get_by_role("link", name="The channel's metrics in AWS")
    expect(link).to_have_attribute("href", re.compile(f"^{home}/cloudwatch/.*{channel}$"))


def test_the_trail_tells_what_happened_newest_first(viewers: Viewers, session_id: str) -> None:
    operator = viewers("operator", operator=True)
    page = operator.open(f"/sessions/{session_id}/trail")
    expect(page.locator(".trail li").last).to_contain_text("The session was created")
    expect(page.locator(".trail")).to_contain_text("Twitch is errored")
    expect(page.locator(".trail")).to_contain_text(WHY)
    expect(page.locator(".trail")).to_contain_text("asked for by host")


def test_quotas_name_who_takes_them(viewers: Viewers, session_id: str) -> None:
    page = viewers("operator", operator=True).open("/quotas")
    channels = page.locator("[data-quota=channels]")
    expect(channels).to_contain_text("of 5")
    expect(channels.get_by_role("link", name=session_id)).to_be_visible()


def test_a_dry_run_tells_what_nobody_owns_and_a_sweep_deletes_what_is_named(viewers: Viewers, stage: Stage) -> None:
    medialive = stage.client("medialive")
    group = medialive.create_input_security_group(WhitelistRules=[{"Cidr": "192.0.2.0/24"}])["SecurityGroup"]["Id"]
    operator = viewers("operator", operator=True)
    page = operator.open("/orphans")
    operator.sees("Nothing is left behind.")
    operator.press("Dry run")
    row = page.locator(f"[data-orphan='{group}']")
    expect(row).to_contain_text("foreign")
    expect(page.locator("#sweep").get_by_role("heading", name="Dry run")).to_be_visible()
    expect(page.locator("#sweep")).to_contain_text("1 foreign")
    assert group in [each["Id"] for each in medialive.list_input_security_groups()["InputSecurityGroups"]]
    row.get_by_role("checkbox").check()
    operator.press("Sweep now, and delete 1 named one")
    page.get_by_role("dialog").get_by_role("button", name="Sweep now").click()
    expect(page.locator("#sweep")).to_contain_text("done")
    expect(row).to_have_count(0)
    assert group not in [each["Id"] for each in medialive.list_input_security_groups()["InputSecurityGroups"]]
