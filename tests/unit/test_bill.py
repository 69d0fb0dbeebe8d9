"""From a session's rows to what it used: which outputs a run had, what existed, what was sent and stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shared.domain.bill import planned, usage_of
from shared.domain.plan import ResourcePlan, plan_resources
from shared.domain.pricing.cost import cost
from shared.domain.pricing.price_list import prices_of
from shared.domain.recording import Recording, RecordingStatus, Run
from shared.domain.session import Resource, ResourceKind, ResourceState, SessionView
from shared.domain.session_spec import parse_spec, saved_spec
from tests.unit.domain_objects import NOON, SESSION, a_destination, a_record, a_request
from tests.unit.test_recording import at

HOST = {"source": {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]}}
IVS = {"id": "main", "platform": "ivs"}


def a_run(number: int, start: float, end: float | None, streams: bool = True, branch: str = "main") -> Run:
    prefix = "" if branch == "plain" else f"buffer/{SESSION}/{number}/"
    times: dict[str, Any] = {"asked_at": at(start), "running_at": at(start), "stopped_at": end and at(end)}
    return Run(destination_id=branch, number=number, channel_id="1", prefix=prefix, streams=streams, **times)


def a_row(kind: ResourceKind, branch: str = "main", since: float = 0, until: float | None = None) -> Resource:
    return Resource(
        key=f"{branch}/{kind}",
        kind=kind,
        destination_id=branch,
        name=f"onair-dev-{SESSION}-{branch}",
        state=ResourceState.CREATED if until is None else ResourceState.DELETED,
        resource_id="1234567",
        operation=1,
        created_at=at(since),
        updated_at=at(until or since),
    )


def a_view(
    request: dict[str, Any], runs: list[Run], rows: list[Resource], **more: Any
) -> tuple[SessionView, ResourcePlan]:
    spec = saved_spec(parse_spec(a_request(**request)))
    record = a_record().model_copy(update={"spec": spec})
    view = SessionView(record=record, destinations=(), resources=tuple(rows), runs=tuple(runs), **more)
    return view, plan_resources("dev", SESSION, spec)


def test_a_hosts_channel_has_an_output_more_while_it_streams() -> None:
    view, plan = a_view({**HOST, "destinations": [IVS]}, [a_run(2, 0, 30), a_run(3, 40, 70, streams=False)], [])
    usage = usage_of(view, plan, at(100))
    assert [len(run.outputs) for run in usage.runs] == [2, 1]
    [stream] = usage.ivs_streams
    assert (stream.since, stream.until) == (at(0), at(30)), "what records alone goes to no viewer"
    assert usage.runs[0].inputs[0].bitrate == "below_10"


def test_a_platform_that_is_not_ours_to_pay_for_costs_no_ivs() -> None:
    view, plan = a_view({**HOST, "destinations": [a_destination()]}, [a_run(2, 0, 30)], [])
    assert usage_of(view, plan, at(100)).ivs_streams == ()


def test_a_run_that_was_never_seen_running_costs_nothing() -> None:
    never = a_run(2, 0, None).model_copy(update={"running_at": None})
    view, plan = a_view({**HOST, "destinations": [IVS]}, [never], [])
    usage = usage_of(view, plan, at(100))
    assert usage.runs == () and usage.ivs_streams == () and usage.storage.segments == 0


def test_a_run_whose_end_nobody_saw_is_not_charged_beside_the_next_one() -> None:
    view, plan = a_view({**HOST, "destinations": [IVS]}, [a_run(2, 0, None), a_run(3, 60, None)], [])
    assert [run.running_to for run in usage_of(view, plan, at(90)).runs] == [at(60), None]


def test_a_flows_recorder_and_its_channels_are_charged_by_themselves() -> None:
    rows = [a_row(ResourceKind.FLOW_OUTPUT, "main", 0, 60), a_row(ResourceKind.FLOW_OUTPUT, "recorder")]
    runs = [a_run(1, 0, 60).model_copy(update={"prefix": ""}), a_run(1, 0, 30, False, "recorder")]
    view, plan = a_view({"record": True}, runs, rows)
    usage = usage_of(view, plan, at(90))
    assert [(run.channel.rpartition("-")[2], len(run.outputs)) for run in usage.runs] == [("main", 1), ("recorder", 1)]
    assert [output.bitrate for output in usage.flow_outputs] == [5_128_000, 5_128_000]
    assert [output.until for output in usage.flow_outputs] == [at(60), None]
    assert usage.storage.segments == 30 * 60 / 2, "the recorder's"


def test_what_was_only_intended_never_existed() -> None:
    intended = a_row(ResourceKind.CHANNEL).model_copy(update={"resource_id": None, "state": ResourceState.INTENDED})
    view, plan = a_view({**HOST, "destinations": [IVS]}, [], [intended, a_row(ResourceKind.INPUT, until=50)])
    [thing] = usage_of(view, plan, at(100)).existences
    assert (thing.kind, thing.since, thing.until) == ("push_input", at(0), at(50))


def test_an_ivs_channel_costs_nothing_while_nobody_streams() -> None:
    view, plan = a_view({**HOST, "destinations": [IVS]}, [], [a_row(ResourceKind.IVS_CHANNEL)])
    assert usage_of(view, plan, at(100)).existences == ()


def test_storage_is_what_was_written_copied_and_kept() -> None:
    ready = Recording(
        recording_id="r001",
        status=RecordingStatus.READY,
        requested_at=NOON,
        segments=40,
        size=2**30,
        updated_at=NOON,
    )
    failed = ready.model_copy(update={"recording_id": "r002", "segments": None, "size": None})
    standard = {"platform": "youtube", "id": "main", "stream_key": "example-not-real", "channel_class": "STANDARD"}
    view, plan = a_view({**HOST, "destinations": [standard]}, [a_run(2, 0, 10)], [], recordings=(ready, failed))
    storage = usage_of(view, plan, at(100)).storage
    assert (storage.segments, storage.copies, storage.bytes) == (2 * 300, 40, 2**30)


def test_the_estimate_has_what_the_runs_will_have() -> None:
    _, host = a_view({**HOST, "destinations": [IVS]}, [], [])
    [channel] = planned(host).channels
    assert (len(channel.streaming), len(channel.recording), len(channel.hls)) == (2, 1, 1)
    assert planned(host).ivs == ("STANDARD",) and planned(host).flow_outputs == ()
    _, flow = a_view({"record": True}, [], [])
    main, recorder = planned(flow).channels
    assert (len(main.streaming), len(main.recording), len(main.hls)) == (1, 0, 0)
    assert (len(recorder.streaming), len(recorder.recording), len(recorder.hls)) == (0, 1, 1)
    assert planned(flow).flow_outputs == (5_128_000, 5_128_000)


def test_an_hour_on_ivs_by_hand() -> None:
    rows = [a_row(ResourceKind.CHANNEL), a_row(ResourceKind.INPUT), a_row(ResourceKind.IVS_CHANNEL)]
    view, plan = a_view({**HOST, "destinations": [IVS]}, [a_run(2, 0, 60)], rows)
    spent = cost(usage_of(view, plan, at(90)), prices_of("us-east-1"), at(90))
    hand = (
        Decimal("0.1404") + 2 * Decimal("0.4212") + Decimal("2.00") + 2 * Decimal("0.005") + 3600 * Decimal("0.000005")
    )
    assert abs(spent.total - hand) < Decimal("1e-9")
