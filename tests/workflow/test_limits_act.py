"""Limits that act: what is warned of and what ends a session, on a stage where time and input come and go."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.simulator.store import StateChange
from shared.domain.errors import Throttled
from shared.domain.input_loss import input_lost_since
from shared.gateways import medialive, sessions
from shared.runtime.reconcile import reconcile
from tests.host_show import HostShow, ask_host
from tests.show import KEY, Show, Shows, destination

ALERT = "MediaLive Channel Alert"


def sweeps(show: Show, times: int = 1) -> None:
    """What a sweep does about this session, without its executions: five minutes pass and somebody looks."""
    for _ in range(times):
        show.stage.clock.sleep(300)
        reconcile(show.id)
        show.stage.settle()


def warned(show: Show) -> list[tuple[str, str]]:
    """What listeners on EventBridge were warned of."""
    show.stage.settle()
    events = [one.event for one in show.stage.bus.log("OnAir Session Warning")]
    found = [event["detail"]["warning"] for event in events if event["detail"]["session_id"] == show.id]
    return [(one["kind"], one["level"]) for one in found]


def lost(show: Show) -> bool:
    show.stage.settle()
    return input_lost_since(sessions.view(show.id)) is not None


def feeds(shows: Shows, show: Show, fed: bool) -> None:
    """Packets come to every input of the session, or stop."""
    for row in show.look()["resources"]:
        if row["kind"] == "input":
            shows.stage.simulator.publish(row["id"], fed)


def stays_on_air(shows: Shows, show: Show) -> None:
    stops = [one for one in shows.stage.simulator.log() if isinstance(one, StateChange) and one.state == "STOPPING"]
    assert show.status == "live" and not stops


# No input


def test_a_host_who_never_comes_is_warned_and_the_session_ended(shows: Shows) -> None:
    show = ask_host(shows, publish=False)
    show.start()
    show.until("live")
    assert lost(show), "a channel to which nobody has pushed yet"
    shows.stage.clock.sleep(900)
    shows.sweep()
    (warning,) = show.look()["warnings"]
    assert (warning["kind"], warning["level"]) == ("idle", "near")
    assert "no input since" in warning["message"]
    stays_on_air(shows, show)
    shows.sweep(2)
    ended = show.look()
    assert (ended["status"], ended["ended_reason"]) == ("ended", "input_lost")
    assert warned(show) == [("idle", "near")]
    shows.nothing_left()


def test_a_flow_that_falls_silent_ends_its_session_only_when_every_channel_has_lost_it(shows: Shows) -> None:
    show = shows.ask(destination("a"), destination("b"), idle_timeout=600)
    show.until("live")
    silent = next(row["id"] for row in show.look()["resources"] if row["key"] == "a/input")
    shows.stage.simulator.publish(silent, False)
    assert not lost(show)
    sweeps(show, 3)
    assert warned(show) == []
    feeds(shows, show, False)
    assert lost(show) and warned(show) == [("idle", "near")], "the alert itself is looked at"
    sweeps(show, 2)
    assert show.look()["ended_reason"] == "input_lost"
    shows.nothing_left()


def test_input_that_comes_back_saves_the_show_also_when_nobody_hears_of_it(shows: Shows) -> None:
    show = shows.ask(idle_timeout=600)
    show.until("live")
    feeds(shows, show, False)
    sweeps(show)
    assert warned(show) == [("idle", "near")]
    shows.stage.bus.lose(ALERT, lambda event: event["detail"]["alarm_state"] == "CLEARED", count=None)
    feeds(shows, show, True)
    assert lost(show), "so the rows say"
    sweeps(show, 2)
    stays_on_air(shows, show)
    assert not lost(show) and show.look()["warnings"] == []
    show.ended()


def test_a_loss_that_nobody_hears_of_at_the_start_is_seen_all_the_same(shows: Shows) -> None:
    shows.stage.bus.lose(ALERT, count=None)
    show = ask_host(shows, publish=False)
    show.start()
    show.until("live")
    assert lost(show)
    show.ended()


def test_alerts_that_cant_be_listed_keep_no_show_from_the_air_and_end_none(shows: Shows) -> None:
    assert medialive.active_alerts("9999999") == ()
    throttled = shows.stage.faults.throttle("medialive", "ListAlerts", count=None)
    show = shows.ask(idle_timeout=600)
    show.until("live")
    assert throttled.hits
    throttled.cancel()
    feeds(shows, show, False)
    sweeps(show)
    assert warned(show) == [("idle", "near")]
    throttled = shows.stage.faults.throttle("medialive", "ListAlerts", count=None)
    with pytest.raises(Throttled):
        sweeps(show, 2)
    stays_on_air(shows, show)
    throttled.cancel()
    sweeps(show)
    assert show.look()["ended_reason"] == "input_lost"


def test_alerts_that_are_late_repeated_foreign_or_nonsense_change_nothing(shows: Shows) -> None:
    show = ask_host(shows, idle_timeout=600)
    bus = shows.stage.bus
    show.start()
    show.until("live")
    held = bus.hold(ALERT, lambda event: event["detail"]["alarm_state"] == "SET")
    bus.repeat(ALERT, times=3, seconds=20, count=None)
    show.publish(False)
    show.publish()
    assert bus.release(held)
    assert not lost(show)
    for detail in ({}, {"channel_arn": "arn:aws:medialive:eu-west-1:111122223333:channel:9999999"}, {"channel_arn": 7}):
        bus.put("aws.medialive", ALERT, detail)
    show.stage.settle()
    channel: dict[str, Any] = {"channel_arn": f"arn:aws:medialive:eu-west-1:111122223333:channel:{show.channel()}"}
    sweeps(show, 3)
    stays_on_air(shows, show)
    show.stop()
    show.until("idle")
    bus.put("aws.medialive", ALERT, {**channel, "alarm_state": "SET", "alert_type": "RTMP Has No Audio/Video"})
    assert not lost(show) and warned(show) == []
    assert not bus.dead_letters
    show.ended()


def test_two_pipelines_have_input_as_long_as_one_of_them_has(shows: Shows) -> None:
    show = ask_host(shows, {"platform": "youtube", "stream_key": KEY, "channel_class": "STANDARD"}, publish=False)
    found = next(row["id"] for row in show.look()["resources"] if row["kind"] == "input")
    shows.stage.simulator.publish(found, endpoint=1)
    show.start()
    show.until("live")
    assert not lost(show)
    shows.stage.simulator.publish(found, False, endpoint=1)
    assert lost(show)
    show.ended()


def test_an_alert_that_a_stop_has_left_behind_does_not_count_in_the_next_run(shows: Shows) -> None:
    alternatives = shows.stage.simulator.settings.alternatives
    shows.stage.simulator.settings.alternatives = alternatives.model_copy(update={"alerts_of_stopped_channel": "kept"})
    show: HostShow = ask_host(shows, publish=False)
    show.start()
    show.until("live")
    show.stop()
    show.until("idle")
    assert not lost(show)
    show.publish()
    show.start()
    show.until("live")
    assert not lost(show)
    show.ended()


# Time and money


def test_a_lease_is_warned_of_twice_and_then_ends_the_session(shows: Shows) -> None:
    show = shows.ask(max_continuous_duration=3600)
    show.until("live")
    shows.stage.clock.sleep(1500)
    shows.sweep(6)
    assert warned(show) == [("lease", "near"), ("lease", "imminent")]
    stays_on_air(shows, show)
    shows.sweep()
    ended = show.look()
    assert (ended["status"], ended["ended_reason"]) == ("ended", "max_duration")
    assert warned(show) == [("lease", "near"), ("lease", "imminent")]
    shows.nothing_left()


def test_a_lease_that_a_change_moves_into_the_past_is_warned_of_before_it_ends_the_session(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    shows.stage.clock.sleep(3600)
    assert show.stage.request("PATCH", f"/sessions/{show.id}", {"max_continuous_duration": 600})[0] == 200
    reconcile(show.id)
    reconcile(show.id)
    assert warned(show) == [("lease", "reached")]
    show.stage.clock.sleep(290)
    reconcile(show.id)
    stays_on_air(shows, show)
    sweeps(show)
    assert show.look()["ended_reason"] == "max_duration"


@pytest.mark.parametrize(("limit", "away"), [("max_continuous_duration", 36000), ("idle_timeout", 86400)])
def test_a_limit_that_is_moved_away_and_back_is_warned_of_anew(shows: Shows, limit: str, away: int) -> None:
    show = ask_host(shows, publish=limit != "idle_timeout", **{limit: 2400})
    show.start()
    show.until("live")
    show.stage.clock.sleep(1900)
    assert reconcile(show.id).action == "warn"
    assert show.stage.request("PATCH", f"/sessions/{show.id}", {limit: away})[0] == 200
    show.stage.clock.sleep(1000)
    assert show.stage.request("PATCH", f"/sessions/{show.id}", {limit: 2400})[0] == 200
    assert reconcile(show.id).action == "warn"
    show.stage.clock.sleep(290)
    stays_on_air(shows, show)


def test_a_budget_warns_or_ends_as_it_was_told(shows: Shows) -> None:
    show = shows.ask(budget={"usd": 0.01})
    show.until("live")
    sweeps(show, 3)
    assert warned(show) == [("budget", "reached")]
    stays_on_air(shows, show)
    budget = {"usd": 0.01, "when_spent": "end"}
    assert show.stage.request("PATCH", f"/sessions/{show.id}", {"budget": budget})[0] == 200
    sweeps(show)
    assert warned(show) == [("budget", "reached")] * 2
    stays_on_air(shows, show)
    sweeps(show)
    assert show.look()["ended_reason"] == "budget"
    shows.nothing_left()
