"""Money, checked against arithmetic done by hand: the figures in the comments are worked out without the code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.domain.destinations import ChannelClass
from shared.domain.pricing.cost import Cost, cost
from shared.domain.pricing.estimate import Activity, Planned, PlannedChannel, per_hour
from shared.domain.pricing.price_list import Price, PriceList, Unit, prices_of
from shared.domain.pricing.usage import (
    BitrateBand,
    ChannelRun,
    Existence,
    ExistenceKind,
    FlowOutput,
    FrameRateBand,
    InputKind,
    IvsChannelType,
    IvsStream,
    OutputKind,
    Resolution,
    Storage,
    Usage,
)
from shared.domain.profiles import PROFILES, ProfileName

PRICES = prices_of("us-east-1")
SINGLE, STANDARD = ChannelClass.SINGLE_PIPELINE, ChannelClass.STANDARD
HD_IN = InputKind(resolution=Resolution.HD, bitrate=BitrateBand.BELOW_10)
HD_IN_20 = InputKind(resolution=Resolution.HD, bitrate=BitrateBand.FROM_10)
HD_OUT = OutputKind.of(PROFILES[ProfileName.P1080_30])
SD_OUT = OutputKind.of(PROFILES[ProfileName.P480_30])


def at(hours: int, minutes: int = 0, seconds: int = 0) -> datetime:
    """A time of the day of the examples."""
    return datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def run(
    since: datetime,
    until: datetime | None,
    channel: str = "show",
    outputs: tuple[OutputKind, ...] = (HD_OUT,),
    inputs: tuple[InputKind, ...] = (HD_IN,),
    channel_class: ChannelClass = SINGLE,
) -> ChannelRun:
    return ChannelRun(
        channel=channel,
        channel_class=channel_class,
        inputs=inputs,
        outputs=outputs,
        running_from=since,
        running_to=until,
    )


def channel(since: datetime, until: datetime | None = None, name: str = "show") -> Existence:
    return Existence(kind=ExistenceKind.CHANNEL, name=name, since=since, until=until)


def push_input(since: datetime, until: datetime | None = None, of: str | None = "show") -> Existence:
    return Existence(kind=ExistenceKind.PUSH_INPUT, name="in", channel=of, since=since, until=until)


def amounts(bill: Cost) -> Mapping[str, Decimal]:
    return {line.what: line.amount for line in bill.lines}


class TestByHand:
    def test_a_host_session_of_an_afternoon(self) -> None:
        # The channel and its input exist from 12:00 to 15:00. On the air from 12:30:00 to 13:40:20, with two outputs;
        # recording alone, so with one output, from 14:00 to 14:04. IVS is live from 12:31 to 13:40.
        #   Billed: 70 min 20 s -> 71 minutes; 4 minutes -> 10 minutes.
        #   Input   0.1404/h x (71 + 10) min      = 0.1404 x 81 / 60             = 0.18954
        #   Outputs 0.4212/h x (2 x 71 + 10) min  = 0.4212 x 152 / 60            = 1.06704
        #   Idle: 180 min - 70 min 20 s - 4 min = 105 min 40 s = 6340 s, for the channel and for the input:
        #   each    0.01/h x 6340 s               = 0.01 x 6340 / 3600           = 0.017611...
        #   IVS     2.00/h x 69 min               = 2 x 69 / 60                  = 2.30
        #   S3: 2200 segments -> 4400 PUTs, 120 copies: 4520 x 0.000005          = 0.0226
        #   Sum: 0.18954 + 1.06704 + 2 x 0.0176111 + 2.30 + 0.0226              = 3.6144022...
        #   Kept: 3 GB, 3 x 0.023 = 0.069 a month.
        usage = Usage(
            runs=(
                run(at(12, 30), at(13, 40, 20), outputs=(HD_OUT, HD_OUT)),
                run(at(14), at(14, 4)),
            ),
            existences=(channel(at(12), at(15)), push_input(at(12), at(15))),
            ivs_streams=(IvsStream(since=at(12, 31), until=at(13, 40)),),
            storage=Storage(segments=2200, copies=120, bytes=3 * 1_073_741_824),
        )
        bill = cost(usage, PRICES, at(20))
        assert {what: str(amount)[:8] for what, amount in amounts(bill).items()} == {
            "show: input HD below 10 Mbit/s": "0.18954",
            "show: output HD up to 30 fps, below 10 Mbit/s": "1.06704",
            "show: channel, idle": "0.017611",
            "in: push input, idle": "0.017611",
            "IVS input, STANDARD": "2.3",
            "S3 requests": "0.0226",
        }
        assert str(bill.total).startswith("3.61440222222222")
        assert bill.shown == Decimal("3.61")
        assert [(line.what, line.unit, line.amount) for line in bill.monthly] == [
            ("S3 storage", Unit.GB_MONTH, Decimal("0.069"))
        ]

    def test_a_flow_session_to_two_destinations_of_which_one_has_two_pipelines(self) -> None:
        # Both channels and inputs exist from 9:00 to 11:00 and run from 9:10 to 10:40, 90 minutes; idle for 30.
        #   a: single, 480p, an input below 10 Mbit/s:  (0.1404 + 0.2124) x 1.5     = 0.5292
        #   b: standard, 1080p, an input of 10 to 20:   (0.294 + 0.702) x 1.5       = 1.494
        #   Idle: two channels and two inputs, 0.01 x 0.5 each                      = 0.02
        #   The flow sends three copies of 8 Mbit/s for two hours:
        #   3 x 8,000,000 / 8 x 7200 = 21,600,000,000 bytes / 2^30 = 20.116567611694... GB x 0.01 = 0.20116567...
        #   Sum: 0.5292 + 1.494 + 0.02 + 0.20116567                                 = 2.24436567...
        usage = Usage(
            runs=(
                run(at(9, 10), at(10, 40), "a", (SD_OUT,)),
                run(at(9, 10), at(10, 40), "b", (HD_OUT,), (HD_IN_20,), STANDARD),
            ),
            existences=(
                channel(at(9), at(11), "a"),
                channel(at(9), at(11), "b"),
                push_input(at(9), at(11), "a"),
                push_input(at(9), at(11), "b"),
            ),
            flow_outputs=(FlowOutput(bitrate=8_000_000, since=at(9), until=at(11)),) * 3,
        )
        bill = cost(usage, PRICES, at(20))
        assert str(bill.total).startswith("2.24436567611694")
        assert amounts(bill)["b: output HD up to 30 fps, below 10 Mbit/s"] == Decimal("1.053")
        assert bill.monthly == ()

    def test_a_channel_that_is_forgotten_for_a_day(self) -> None:
        # 24 x (0.1404 + 0.4212) = 13.4784, and going on.
        forgotten = Usage(runs=(run(at(0), None),), existences=(channel(at(0)), push_input(at(0))))
        assert cost(forgotten, PRICES, at(24)).total == Decimal("13.4784")
        assert cost(forgotten, PRICES, at(48)).total == Decimal("26.9568")

    @pytest.mark.parametrize(
        ("seconds", "billed_minutes"), [(0, 10), (1, 10), (600, 10), (601, 11), (660, 11), (3599, 60), (3600, 60)]
    )
    def test_a_run_is_charged_by_the_minute_begun_and_for_ten_at_least(self, seconds: int, billed_minutes: int) -> None:
        # 0.1404 + 0.4212 = 0.5616 an hour, 0.00936 a minute.
        bill = cost(Usage(runs=(run(at(1), at(1, 0, seconds)),)), PRICES, at(9))
        assert bill.total == Decimal("0.00936") * billed_minutes

    def test_each_run_owes_its_own_ten_minutes(self) -> None:
        # Three runs of one minute: 30 minutes at 0.00936.
        flapping = Usage(runs=tuple(run(at(1, minute), at(1, minute + 1)) for minute in (0, 5, 10)))
        assert cost(flapping, PRICES, at(2)).total == Decimal("0.2808")


class TestIdle:
    def test_a_push_input_is_idle_whenever_its_channel_does_not_run(self) -> None:
        # From 0:00 to 10:00, less 2:00-3:00 and 3:00-5:30: 6.5 hours. Overlapping runs count once.
        runs = (run(at(2), at(3)), run(at(3), at(5, 30)), run(at(4), at(5)))
        bill = cost(Usage(runs=runs, existences=(push_input(at(0), at(10)),)), PRICES, at(20))
        assert amounts(bill)["in: push input, idle"] == Decimal("0.065")

    @pytest.mark.parametrize("of", [None, "another"])
    def test_one_without_a_channel_or_on_another_is_idle_all_the_time(self, of: str | None) -> None:
        bill = cost(Usage(runs=(run(at(2), at(3)),), existences=(push_input(at(0), at(10), of),)), PRICES, at(20))
        assert amounts(bill)["in: push input, idle"] == Decimal("0.1")

    def test_running_outside_its_existence_changes_nothing(self) -> None:
        runs = (run(at(0), at(1)), run(at(1, 30), at(2, 30)), run(at(3, 30), at(3, 45)), run(at(5), at(6)))
        bill = cost(Usage(runs=runs, existences=(channel(at(2), at(4)),)), PRICES, at(20))
        # 2:00-4:00 less 2:00-2:30 and 3:30-3:45: 1.25 hours.
        assert amounts(bill)["show: channel, idle"] == Decimal("0.0125")

    def test_a_channel_that_always_runs_has_no_line_for_idling(self) -> None:
        bill = cost(Usage(runs=(run(at(0), at(1)),), existences=(channel(at(0), at(1)),)), PRICES, at(2))
        assert not [line for line in bill.lines if "idle" in line.what]


class TestNow:
    def test_nothing_costs_nothing(self) -> None:
        bill = cost(Usage(), PRICES, at(1))
        assert bill.total == 0
        assert not (bill.lines or bill.monthly or bill.notes)

    def test_a_session_of_no_length_costs_nothing(self) -> None:
        moment = Usage(
            existences=(channel(at(1), at(1)), push_input(at(1), at(1))),
            ivs_streams=(IvsStream(since=at(1), until=at(1)),),
            flow_outputs=(FlowOutput(bitrate=10**7, since=at(1), until=at(1)),),
        )
        assert cost(moment, PRICES, at(5)).total == 0

    def test_what_is_still_to_come_costs_nothing(self) -> None:
        later = Usage(
            runs=(run(at(2), at(3)),),
            existences=(channel(at(2)),),
            ivs_streams=(IvsStream(since=at(2)),),
        )
        assert cost(later, PRICES, at(1)).total == 0

    def test_what_goes_on_is_charged_until_now(self) -> None:
        # An end in the future is no end yet: 30 minutes of 0.5616 and of 2.00 an hour.
        going_on = Usage(runs=(run(at(1), at(9)),), ivs_streams=(IvsStream(since=at(1), until=at(9)),))
        assert cost(going_on, PRICES, at(1, 30)).total == Decimal("1.2808")

    def test_times_must_know_their_zone(self) -> None:
        with pytest.raises(ValidationError):
            run(datetime(2026, 11, 20), None)


class TestEstimate:
    HOST = Planned(
        channels=(
            PlannedChannel(
                channel="show",
                channel_class=SINGLE,
                inputs=(HD_IN_20,),
                streaming=(HD_OUT, HD_OUT),
                recording=(HD_OUT,),
                hls=(5_000_000,),
            ),
        ),
        ivs=(IvsChannelType.STANDARD,),
    )
    FLOW = Planned(
        channels=(
            PlannedChannel(channel="youtube", channel_class=STANDARD, inputs=(HD_IN_20,), streaming=(HD_OUT,)),
            PlannedChannel(
                channel="recorder", channel_class=SINGLE, inputs=(HD_IN_20,), recording=(HD_OUT,), hls=(5_000_000,)
            ),
        ),
        flow_outputs=(8_000_000, 8_000_000, 8_000_000),
    )

    def test_an_hour_of_a_host_session(self) -> None:
        # Idle: channel and input                                     0.02
        # Streaming: 0.1764 + 2 x 0.4212 + 2.00 (IVS) + 3600 PUTs (0.018)              = 3.0368
        # Recording: 0.1764 + 0.4212 + 3600 PUTs and 1800 copies (0.027)               = 0.6246
        # Both:      0.1764 + 2 x 0.4212 + 2.00 + 0.027                                = 3.0458
        assert {activity: bill.total for activity, bill in per_hour(self.HOST, PRICES).items()} == {
            Activity.IDLE: Decimal("0.02"),
            Activity.STREAMING: Decimal("3.0368"),
            Activity.RECORDING: Decimal("0.6246"),
            Activity.BOTH: Decimal("3.0458"),
        }

    def test_an_hour_of_a_flow_session_with_a_recorder(self) -> None:
        # Transfer, always: 3 x 8 Mbit/s = 10,800,000,000 bytes an hour / 2^30 x 0.01           = 0.1005828...
        # Idle: two channels, two inputs                                  0.04                   -> 0.1405828...
        # Streaming: 0.294 + 0.702, and the recorder idle                 0.996 + 0.02           -> 1.1165828...
        # Recording: 0.1764 + 0.4212 + 0.027, and the other idle          0.6246 + 0.02          -> 0.7451828...
        # Both:                                                           0.996 + 0.6246         -> 1.7211828...
        bills = per_hour(self.FLOW, PRICES)
        assert {activity: str(bill.total)[:9] for activity, bill in bills.items()} == {
            Activity.IDLE: "0.1405828",
            Activity.STREAMING: "1.1165828",
            Activity.RECORDING: "0.7451828",
            Activity.BOTH: "1.7211828",
        }

    def test_an_hour_of_recording_is_kept_twice_in_the_buffer_and_as_the_recording(self) -> None:
        # 5 Mbit/s = 2,250,000,000 bytes an hour; / 2^30 x 0.023 = 0.04819... a month.
        bills = per_hour(self.HOST, PRICES)
        (streamed,), (recorded,) = bills[Activity.STREAMING].monthly, bills[Activity.RECORDING].monthly
        assert str(streamed.amount).startswith("0.04819")
        assert recorded.amount == 2 * streamed.amount


class TestKinds:
    @pytest.mark.parametrize(
        ("profile", "bitrate", "name"),
        [
            (ProfileName.P480_30, None, "sd.30_fps.below_10_mbps"),
            (ProfileName.P720_30, None, "hd.30_fps.below_10_mbps"),
            (ProfileName.P720_60, None, "hd.60_fps.below_10_mbps"),
            (ProfileName.P1080_30, 9_999_999, "hd.30_fps.below_10_mbps"),
            (ProfileName.P1080_30, 10_000_000, "hd.30_fps.10_to_20_mbps"),
            (ProfileName.P1080_60, 20_000_000, "hd.60_fps.20_to_50_mbps"),
        ],
    )
    def test_an_output_is_priced_by_its_profile_and_bit_rate(
        self, profile: ProfileName, bitrate: int | None, name: str
    ) -> None:
        assert OutputKind.of(PROFILES[profile], bitrate).price_name(STANDARD) == f"medialive.standard.output.{name}"

    def test_an_input_is_priced_by_what_the_channel_says_of_it(self) -> None:
        assert InputKind.of({"Codec": "AVC", "Resolution": "HD", "MaximumBitrate": "MAX_20_MBPS"}) == HD_IN_20
        with pytest.raises(ValueError, match="uhd"):
            InputKind.of({"Codec": "AVC", "Resolution": "UHD", "MaximumBitrate": "MAX_20_MBPS"})


class TestPrices:
    def test_every_kind_has_a_price(self) -> None:
        for channel_class, resolution, bitrate in product(ChannelClass, Resolution, BitrateBand):
            assert PRICES.price(InputKind(resolution=resolution, bitrate=bitrate).price_name(channel_class)).usd > 0
            for rate in FrameRateBand:
                kind = OutputKind(resolution=resolution, frame_rate=rate, bitrate=bitrate)
                assert PRICES.price(kind.price_name(channel_class)).usd > 0
        assert all(PRICES.price(f"ivs.input.{kind.lower()}").usd > 0 for kind in IvsChannelType)
        assert all(PRICES.price(f"medialive.idle.{kind}").usd > 0 for kind in ExistenceKind)

    def test_every_price_says_where_it_comes_from_and_when(self) -> None:
        for name, price in PRICES.prices.items():
            assert price.name == name
            assert len(price.source) > 20
            assert date(2026, 1, 1) <= price.date <= PRICES.compiled_on
            assert not (price.sourced and price.source.startswith("no source"))

    def test_one_that_is_missing_is_not_taken_for_nothing(self) -> None:
        empty = PriceList(region="us-east-1", assumed_from=None, compiled_on=date(2026, 11, 22), prices={})
        with pytest.raises(KeyError, match=r"medialive.single_pipeline.input"):
            cost(Usage(runs=(run(at(1), at(2)),)), empty, at(3))

    def test_a_bill_says_which_of_its_prices_have_no_source(self) -> None:
        sourced = cost(Usage(runs=(run(at(1), at(2)),)), PRICES, at(3))
        assert (sourced.unsourced, sourced.notes) == ((), ())
        idle = cost(Usage(runs=(run(at(1), at(2)),), existences=(channel(at(0)),)), PRICES, at(3))
        assert idle.unsourced == ("medialive.idle.channel",)
        assert idle.notes == ("Prices without a source: medialive.idle.channel.",)
        assert [line.sourced for line in idle.lines] == [True, True, False]

    @pytest.mark.parametrize("region", ["eu-west-1", "nowhere", "../prices/us-east-1"])
    def test_a_region_without_a_list_has_another_ones_prices_and_says_so(self, region: str) -> None:
        assumed = prices_of(region)
        assert (assumed.region, assumed.assumed_from) == (region, "us-east-1")
        assert assumed.prices == PRICES.prices
        bill = cost(Usage(), assumed, at(1))
        assert bill.assumed_from == "us-east-1"
        assert bill.notes == (f"There are no prices for {region}; these are those of us-east-1.",)

    def test_what_people_read_is_rounded_and_what_is_kept_is_not(self) -> None:
        # One third of an hour at 1 USD.
        prices = PriceList(
            region="here",
            assumed_from=None,
            compiled_on=date(2026, 11, 22),
            prices={
                "ivs.input.standard": Price(
                    name="ivs.input.standard",
                    usd=Decimal(1),
                    unit=Unit.HOUR,
                    source="made up for a test",
                    sourced=False,
                    date=date(2026, 11, 22),
                )
            },
        )
        bill = cost(Usage(ivs_streams=(IvsStream(since=at(1), until=at(1, 20)),)), prices, at(2))
        (line,) = bill.lines
        assert line.amount == Decimal("0.3333333333333333333333333333")
        assert (str(line.shown), str(bill.shown)) == ("0.3333", "0.33")


seconds = st.integers(min_value=0, max_value=86_400)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """A session of up to two channels with an input each, and some runs of them that may overlap."""
    existences, runs = [], []
    for name in draw(st.sampled_from([("a",), ("a", "b")])):
        since, lasts = draw(seconds), draw(st.none() | seconds)
        until = None if lasts is None else at(0, 0, since + lasts)
        existences += [channel(at(0, 0, since), until, name), push_input(at(0, 0, since), until, name)]
        runs += draw(st.lists(runs_of(name), max_size=3))
    return Usage(
        runs=tuple(runs),
        existences=tuple(existences),
        ivs_streams=(IvsStream(since=at(0, 0, draw(seconds)), until=at(30)),),
        flow_outputs=(FlowOutput(bitrate=draw(seconds) * 100, since=at(0, 0, draw(seconds))),),
    )


@st.composite
def runs_of(draw: st.DrawFn, name: str = "a") -> ChannelRun:
    since, lasts = draw(seconds), draw(st.none() | seconds)
    outputs = draw(st.lists(st.sampled_from([HD_OUT, SD_OUT]), min_size=1, max_size=3))
    until = None if lasts is None else at(0, 0, since + lasts)
    return run(at(0, 0, since), until, name, tuple(outputs), channel_class=draw(st.sampled_from(ChannelClass)))


class TestProperties:
    @settings(deadline=None)
    @given(usages(), runs_of(), seconds)
    def test_one_more_run_never_costs_less(self, usage: Usage, more: ChannelRun, now: int) -> None:
        longer = usage.model_copy(update={"runs": (*usage.runs, more)})
        assert cost(longer, PRICES, at(0, 0, now)).total >= cost(usage, PRICES, at(0, 0, now)).total

    @settings(deadline=None)
    @given(usages(), runs_of(), seconds, seconds)
    def test_a_run_in_two_parts_never_costs_less_than_in_one(
        self, usage: Usage, whole: ChannelRun, cut: int, now: int
    ) -> None:
        middle = min(max(whole.running_from, at(0, 0, cut)), whole.running_to or at(48))
        parts = (whole.model_copy(update={"running_to": middle}), whole.model_copy(update={"running_from": middle}))
        in_one = usage.model_copy(update={"runs": (*usage.runs, whole)})
        in_two = usage.model_copy(update={"runs": (*usage.runs, *parts)})
        assert cost(in_two, PRICES, at(0, 0, now)).total >= cost(in_one, PRICES, at(0, 0, now)).total

    @settings(deadline=None)
    @given(usages(), seconds, seconds)
    def test_it_never_gets_cheaper_with_time(self, usage: Usage, one: int, other: int) -> None:
        sooner, later = sorted((at(0, 0, one), at(0, 0, other)))
        assert cost(usage, PRICES, sooner).total <= cost(usage, PRICES, later).total

    @settings(deadline=None)
    @given(usages(), seconds)
    def test_the_total_is_the_sum_of_the_lines_and_no_line_is_below_nothing(self, usage: Usage, now: int) -> None:
        bill = cost(usage, PRICES, at(0, 0, now))
        assert bill.total == sum(line.amount for line in bill.lines)
        assert all(line.amount > 0 for line in bill.lines)

    @settings(deadline=None)
    @given(seconds, st.none() | seconds, seconds)
    def test_a_run_that_has_begun_owes_ten_minutes(self, since: int, lasts: int | None, now: int) -> None:
        # 10 x 0.00936, as above.
        until = None if lasts is None else at(0, 0, since + lasts)
        total = cost(Usage(runs=(run(at(0, 0, since), until),)), PRICES, at(0, 0, now)).total
        assert total >= Decimal("0.0936") if since <= now else total == 0
