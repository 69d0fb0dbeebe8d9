"""A plan that does not fit is told in one sentence for each quota: which, how much of it is used by what."""

from __future__ import annotations

from shared.domain.plan import QuotaNeeds
from shared.domain.quotas import PUSH_INPUT_TYPES, QuotaLimits, QuotaUsage, Used, shortages

NONE = QuotaUsage(push_inputs=(), channels=(), flow_outputs=())
ONE_DESTINATION = QuotaNeeds(push_inputs=1, channels=1, flow_outputs=1)


def used(count: int, session: str | None = None, in_use: bool = True) -> tuple[Used, ...]:
    return tuple(
        Used(resource_id=f"{session or 'foreign'}-{n}", session_id=session, in_use=in_use) for n in range(count)
    )


def test_a_plan_that_fits_to_the_last_one_is_not_short() -> None:
    assert shortages(QuotaNeeds(push_inputs=5, channels=5, flow_outputs=50), NONE, QuotaLimits()) == ()
    four = QuotaUsage(push_inputs=used(4), channels=used(4), flow_outputs=used(49))
    assert shortages(ONE_DESTINATION, four, QuotaLimits()) == ()


def test_a_shortage_says_which_quota_how_much_is_needed_allowed_and_used_by_whom_and_where_to_ask() -> None:
    usage = QuotaUsage(push_inputs=used(2, "s-b") + used(1, "s-a") + used(2), channels=(), flow_outputs=())
    (said,) = shortages(ONE_DESTINATION, usage, QuotaLimits())
    assert said == (
        "push inputs of this region: 1 needed, 5 allowed, 5 in use or reserved "
        "(1 by session s-a; 2 by session s-b; 2 not OnAir's: foreign-0, foreign-1); "
        "ask for more under Service Quotas, AWS Elemental MediaLive, Push Inputs"
    )


def test_what_could_be_freed_is_named() -> None:
    usage = QuotaUsage(push_inputs=used(4, "s-a") + used(1, in_use=False), channels=(), flow_outputs=())
    (said,) = shortages(ONE_DESTINATION, usage, QuotaLimits())
    assert "nobody uses, and could be deleted: foreign-0; ask for more" in said


def test_each_quota_is_told_by_itself() -> None:
    said = shortages(QuotaNeeds(push_inputs=6, channels=6, flow_outputs=51), NONE, QuotaLimits())
    assert [one.partition(":")[0] for one in said] == [
        "push inputs of this region",
        "channels of this region",
        "outputs of this flow",
    ]
    assert all("0 in use or reserved (none)" in one for one in said)
    assert "AWS Elemental MediaConnect" in said[2] and said[2].endswith("take another flow")


def test_the_limits_are_those_of_the_region_and_not_of_a_new_account() -> None:
    assert (
        shortages(QuotaNeeds(push_inputs=9, channels=9, flow_outputs=9), NONE, QuotaLimits(push_inputs=9, channels=9))
        == ()
    )


def test_a_long_list_is_cut() -> None:
    usage = QuotaUsage(push_inputs=(), channels=(), flow_outputs=used(50))
    (said,) = shortages(ONE_DESTINATION, usage, QuotaLimits())
    assert "50 not OnAir's: foreign-0" in said
    assert "foreign-9 …" in said and "foreign-10" not in said


def test_what_counts_as_a_push_input() -> None:
    assert {"RTP_PUSH", "UDP_PUSH", "RTMP_PUSH", "SRT_LISTENER", "MEDIACONNECT"} == PUSH_INPUT_TYPES
