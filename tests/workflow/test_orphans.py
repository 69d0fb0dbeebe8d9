"""The sweep and what nobody owns: exactly what is ours goes, by the belts, and nothing else is touched."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from infra.local.simulator import SimulatorSettings
from infra.local.stage import Stage
from shared.domain.orphans import FOREIGN_KEPT
from shared.gateways import medialive, security_groups
from shared.gateways.settings import settings
from tests.host_show import ask_host
from tests.leftovers import Leftovers, Thing, changes, everything, orphans, ours, sweeps
from tests.show import Show, Shows, destination


@pytest.fixture
def over(shows: Shows) -> Show:
    """A flow session that is over, with everything that it had gone."""
    show = shows.ask(destination("main"))
    show.until("live")
    assert show.ended()["status"] == "ended"
    shows.nothing_left()
    return show


@pytest.fixture
def left(stage: Stage, shows: Shows, over: Show) -> Leftovers:
    quotas = stage.simulator.settings.quotas
    quotas.channels = quotas.push_inputs = quotas.input_security_groups = quotas.ivs_channels = 1000
    quotas.flow_outputs = 1000
    return Leftovers(stage, shows.flow, over)


@contextmanager
def unlimited(settings: SimulatorSettings) -> Iterator[None]:
    """Calls are taken as fast as they come; afterwards at the services' own rates."""
    names = ("medialive_rate", "mediaconnect_rate", "ivs_rate")
    before = {name: getattr(settings, name) for name in names}
    for name in names:
        setattr(settings, name, None)
    yield
    for name in names:
        setattr(settings, name, before[name])


def unrelated(left: Leftovers, live: Show, over: Show) -> None:
    """A thousand resources that no sweep may touch: of others, like ours by name alone, in use, at rest, and of a live
    session."""
    foreign = {"onair:stage": "prod", "onair:session": over.id}
    half = [{"onair:stage": "dev"}, {"onair:session": over.id}, {"owner": "somebody"}, {}]
    group, number, channels = left.group({"owner": "somebody"}), count(), list[Thing]()

    def named() -> str:
        return f"onair-dev-{over.id}-{next(number)}"

    for index in range(340):
        left.input(foreign if index % 2 else half[index // 2 % 4], named(), group)
    for index in range(60):
        tags = foreign if index % 2 else half[index // 2 % 4]
        channels.append(left.channel(left.input(foreign, named(), group), tags, named()))
    for _ in range(99):
        left.group(foreign)
    for index in range(200):
        left.ivs_channel(foreign if index % 2 else half[index // 2 % 4], named())
    for index in range(100):
        left.flow_output(f"onair-prod-{over.id}-main-{index}" if index % 2 else f"onair-dev-{index}-0")
    for index in range(100):
        left.parameter(f"/onair/prod/{over.id}/main/{index}" if index % 2 else f"/onair/dev2/{over.id}/main/{index}")
    for index in range(40):
        left.upload(f"buffer/{live.id}/1/{index}.ts" if index % 2 else f"elsewhere/{index}")
    left.stage.clock.sleep(10)
    for channel in channels[:10]:
        left.started(channel)


def twenty(left: Leftovers, flow_show: Show, host_show: Show) -> set[Thing]:
    """Orphans of every kind, of two sessions that are over."""
    tags, host_tags = ours(flow_show), ours(host_show)
    shared = left.stage_group(1)
    inputs = [left.input(tags, f"left-{index}", shared) for index in range(4)]
    channels = [left.channel(one, tags, f"left-{one[1]}") for one in inputs]
    detached = [left.input(host_tags, f"left-{index}", shared) for index in range(3)]
    outputs = [left.output_of(flow_show, "main", 0)]
    ivs = [left.ivs_channel(host_tags) for _ in range(3)]
    secrets = [left.secret_of(flow_show, "main"), left.secret_of(host_show, "ivs")]
    uploads = [left.upload(f"buffer/{host_show.id}/2/{index}.ts") for index in range(2)]
    left.stage.clock.sleep(10)
    left.started(channels[0])
    return {shared, *inputs, *channels, *detached, *outputs, *ivs, *secrets, *uploads}


def test_of_a_thousand_resources_of_others_and_twenty_orphans_the_twenty_go(
    stage: Stage, shows: Shows, over: Show, left: Leftovers
) -> None:
    hosted = ask_host(shows)
    hosted.ended()
    live = shows.ask()
    live.until("live")
    before = everything(stage)
    with unlimited(stage.simulator.settings):
        unrelated(left, live, over)
        assert len(everything(stage) - before) == 1000
        orphaned = twenty(left, over, hosted)
    assert len(orphaned) == 20
    stage.clock.sleep(300)
    before = everything(stage)
    stage.endpoint.reset()

    shows.sweep(4)

    assert before - everything(stage) == orphaned
    assert not everything(stage) - before
    assert live.status == "live"
    assert Counter(changes(stage)) == {
        "StopChannel": 1,
        "DeleteChannel": 4 + 3,  # MediaLive's and IVS's
        "DeleteInput": 7,
        "RemoveFlowOutput": 1,
        "DeleteInputSecurityGroup": 1,
        "DeleteParameters": 2,
        "AbortMultipartUpload": 2,
    }
    for report in sweeps(stage):
        assert len(report["chosen"]) <= 10
        assert all(one["reason"] for one in (*report["chosen"], *report["deleted"]))
    assert not [report["not_seen"] for report in sweeps(stage) if report["not_seen"]]
    assert {one["verdict"] for one in orphans(stage).values()} == {"foreign"}


def test_with_the_sessions_gone_from_the_table_nothing_is_deleted_and_the_alarm_is_raised_once(
    stage: Stage, shows: Shows, over: Show, left: Leftovers
) -> None:
    live = shows.ask()
    live.until("live")
    tagged = left.input(ours(over))
    shows.sweep()
    stage.clock.sleep(600)
    before = everything(stage)
    for item in shows.items():
        key = {"pk": item["pk"], "sk": item["sk"]}
        stage.client("dynamodb").delete_item(TableName=settings().table, Key=key)
    stage.endpoint.reset()

    shows.sweep(3)

    assert everything(stage) == before
    assert changes(stage) == []
    (alarm,) = [one.event for one in stage.bus.log("OnAir Unowned Resources")]
    told = {(one["kind"], one["id"]) for one in alarm["detail"]["resources"]}
    assert tagged in told
    assert {kind for kind, _ in told} == {"channel", "input", "security_group", "secret"}
    assert alarm["source"] == "onair" and "not one session" in alarm["detail"]["held_back"]
    assert {one["verdict"] for one in orphans(stage).values()} == {"unowned"}
    for report in sweeps(stage, 3):
        assert "not one session" in report["held_back"] and not report["chosen"]
    metrics = [json.loads(line) for line in stage.lambdas.logs("reportSweep") if "_aws" in line][-1]
    assert metrics["UnownedResources"] == metrics["OrphansOfOurs"] == [len(told)] and metrics["OrphansDeleted"] == [0]
    assert metrics["OrphanChannelsRunning"] == [1] and metrics["SweepsDone"] == [1]
    assert (metrics["service"], metrics["stage"]) == ("onair", "dev")


def test_a_person_names_what_is_foreign_and_it_goes_unless_it_is_in_use(
    stage: Stage, over: Show, left: Leftovers
) -> None:
    group = left.group()
    idle, taken, unowned, other = (left.input(name=name, group=group) for name in ("a", "b", "c", "d"))
    ghost = {"onair:stage": "dev", "onair:session": "s-nosuchsessio"}
    channel = left.channel(unowned, ghost)
    stage.clock.sleep(10)
    left.started(channel)
    stage.clock.sleep(1000)
    assert sweep(stage, dry_run=True)["chosen"] == []
    assert {orphans(stage)[one]["verdict"] for one in (idle, taken, other)} == {"foreign"}
    assert orphans(stage)[channel]["verdict"] == "unowned"
    before = everything(stage)
    named = [idle[1], f"input#{taken[1]}", channel[1], "7"]

    dry = sweep(stage, dry_run=True, ids=named)
    assert [(one["kind"], one["id"]) for one in dry["chosen"]] == [channel, *sorted((idle, taken))]
    assert dry["not_found"] == ["7"] and dry["deleted"] == [] and everything(stage) == before

    # It comes into use after the sweep has chosen it, and before it is deleted.
    stage.faults.delay("medialive", "DescribeInput", before=1.0, count=None)
    begun = ask_sweep(stage, dry_run=False, ids=named)
    stage.wait(lambda: look(stage, begun)["chosen"], every=0.1)
    left.channel(taken)
    stage.settle()
    done = look(stage, begun)
    outcomes = {(one["kind"], one["id"]): one["outcome"] for one in done["deleted"]}
    assert outcomes == {idle: "deleted", taken: "kept", channel: "deleted"}
    assert before - everything(stage) == {idle, channel}


def test_a_living_sessions_channel_stays_whatever_somebody_has_made_of_its_tags(
    stage: Stage, shows: Shows, over: Show
) -> None:
    live, hosted = shows.ask(), ask_host(shows)
    live.until("live")
    hosted.until("idle")
    rows = [row for show in (live, hosted) for row in show.look()["resources"]]
    retagged, untagged = (row for row in rows if row["kind"] == "channel")
    stage.client("medialive").create_tags(ResourceArn=retagged["arn"], Tags=ours(over))
    stage.client("medialive").delete_tags(ResourceArn=untagged["arn"], TagKeys=["onair:stage", "onair:session"])
    shows.sweep(4)
    named = sweep(stage, dry_run=False, ids=[untagged["id"]])
    kept = {one["id"] for one in named["deleted"] if one["outcome"] == "kept" and "which lives" in one["reason"]}
    assert kept == {retagged["id"], untagged["id"]}
    assert (live.status, hosted.status) == ("live", "idle")


def test_a_service_that_refuses_hides_its_own_kind_and_proves_nothing(
    stage: Stage, shows: Shows, over: Show, left: Leftovers
) -> None:
    tagged = left.input(ours(over))
    held = left.input(ours(over), "left-2")
    channel = left.channel(held, ours(over))
    output = left.output_of(over, "main")
    stage.clock.sleep(600)
    shows.sweep()
    assert {tagged, held, channel, output} <= orphans(stage).keys()
    for service, operation in (("medialive", "ListChannels"), ("mediaconnect", "DescribeFlow")):
        stage.faults.reject(service, operation, 403, "ForbiddenException", count=None)
    for service, operation in (("ivs", "ListChannels"), ("s3", "ListMultipartUploads")):
        stage.faults.lose(service, operation, count=None)

    shows.sweep(2)

    stage.faults.clear()
    report = sweeps(stage)[-1]
    assert {one["kind"] for one in report["not_seen"]} == {"channel", "flow_output", "ivs_channel", "upload"}
    assert "NotPermitted" in next(one["reason"] for one in report["not_seen"] if one["kind"] == "channel")
    assert tagged not in everything(stage) and {channel, output} <= everything(stage)
    assert {channel, output} <= orphans(stage).keys()
    assert orphans(stage)[channel]["looks"] == 1
    shows.sweep(2)
    assert not {held, channel, output} & everything(stage)


def test_a_list_without_end_hides_its_own_kind_and_holds_up_no_other(
    stage: Stage, shows: Shows, over: Show, left: Leftovers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look stops in time: what was seen until then is judged, of the rest nothing is concluded."""
    monkeypatch.setattr(medialive, "_PAGES", {"PageSize": 100})
    channel = left.channel(left.input(ours(over)), ours(over))
    stage.simulator.seed_inputs(f"others-{number}" for number in range(1500))
    last = left.input(ours(over), "left-2")
    stage.clock.sleep(600)
    shows.sweep()
    assert {channel, last} <= orphans(stage).keys() and sweeps(stage)[-1]["found"]["foreign"] == 1500
    assert len([one for one in orphans(stage).values() if one["verdict"] == "foreign"]) == FOREIGN_KEPT
    stage.faults.delay("medialive", "ListInputs", after=7, count=None)

    shows.sweep()

    report = sweeps(stage)[-1]
    assert (report["status"], report["error"]) == ("done", "")
    assert [(one["kind"], one["reason"]) for one in report["not_seen"]] == [
        ("input", "there was no time to look at all of it")
    ]
    assert channel not in everything(stage) and last in everything(stage)
    assert orphans(stage)[last]["looks"] == 1
    stage.faults.clear()
    shows.sweep()
    assert last not in everything(stage)


def test_the_stages_own_security_group_goes_with_the_sessions_that_needed_it(
    stage: Stage, shows: Shows, over: Show, left: Leftovers
) -> None:
    (row,) = security_groups.groups()
    kept = left.stage_group(row.number)
    users = {"192.0.2.0/24": (over.id,)}
    security_groups.save(row.model_copy(update={"group_id": kept[1], "users": users}))
    stage.clock.sleep(600)
    shows.sweep(2)
    assert kept not in everything(stage)
    (row,) = security_groups.groups()
    assert (row.group_id, row.users, row.leaving) == (None, {}, ())
    shows.ask().until("live")


def test_only_operators_are_told_and_a_sweep_is_asked_once(stage: Stage, shows: Shows) -> None:
    other = stage.token_for("studio-1")
    for method, path in (("GET", "/orphans"), ("POST", "/sweeps"), ("GET", "/sweeps/sweep-20261122T0710")):
        status, _, answer = stage.request(method, path, token=other)
        assert (status, answer["name"]) == (403, "OperatorsOnly")
    for unknown in ("sweep-20261122T0710", "s-7f3k2mexamp1", "sweep-%0a"):
        status, _, answer = stage.request("GET", f"/sweeps/{unknown}")
        assert (status, answer["name"]) == (404, "SweepNotFound")
    key = {"Idempotency-Key": "friday"}
    first, again = (stage.request("POST", "/sweeps", {}, key) for _ in range(2))
    assert first[0] == again[0] == 202 and first[2]["sweep_id"] == again[2]["sweep_id"]
    assert first[1]["location"] == f"/sweeps/{first[2]['sweep_id']}"
    assert stage.request("POST", "/sweeps", {"dry_run": False}, key)[0] == 409
    for odd in ({"ids": "all"}, {"ids": ["\N{FIRE}" * 1024] * 20}, {"ids": [""]}, {"dry_run": 0}, {"dry_run": "no"}):
        status, _, answer = stage.request("POST", "/sweeps", odd)
        assert (status, answer["name"]) == (422, "InvalidRequest"), odd
    stage.settle()
    assert [one["status"] for one in sweeps(stage)] == ["done"]


def test_a_schedule_that_tells_twice_begins_one_sweep(stage: Stage) -> None:
    for _ in range(3):
        stage.run_schedules()
    stage.settle()
    (only,) = sweeps(stage)
    assert only["status"] == "done" and only["dry_run"] is False and only["error"] == ""


def test_a_sweep_that_is_killed_has_failed_and_the_next_one_does_it_all(
    stage: Stage, over: Show, left: Leftovers, shows: Shows
) -> None:
    tagged = left.input(ours(over))
    stage.clock.sleep(600)
    shows.sweep()
    stage.lambdas.faults.kill_before("findOrphans", count=None)
    shows.sweep()
    assert stage.executions("onair-dev-sweep")[-1]["error"] == "InternalError"
    assert tagged in everything(stage)
    stage.lambdas.faults.clear()
    shows.sweep()
    assert tagged not in everything(stage)


def ask_sweep(stage: Stage, **wish: Any) -> str:
    status, _, answer = stage.request("POST", "/sweeps", wish)
    assert status == 202, answer
    return str(answer["sweep_id"])


def look(stage: Stage, sweep_id: str) -> dict[str, Any]:
    status, _, answer = stage.request("GET", f"/sweeps/{sweep_id}")
    assert status == 200, answer
    return dict(answer)


def sweep(stage: Stage, **wish: Any) -> dict[str, Any]:
    """One sweep that a person asks for, at its end."""
    sweep_id = ask_sweep(stage, **wish)
    stage.settle()
    found = look(stage, sweep_id)
    assert found["status"] == "done", found
    return found
