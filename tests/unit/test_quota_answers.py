"""Who has how much of a quota: what is reserved, what is listed beyond it, and whose it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.domain.quota_answers import QuotaAnswer, QuotaShare, quota_list
from shared.domain.quotas import Held, QuotaLimits, QuotaUsage, Used

LIMITS = QuotaLimits(push_inputs=5, channels=4, flow_outputs=50)
FLOW, OTHER = "arn:flow:1", "arn:flow:2"
NOTHING = QuotaUsage(push_inputs=(), channels=(), flow_outputs=())


def held(channels: int, **changes: Any) -> Held:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    taken = {"push_inputs": channels, "channels": channels, "flow_outputs": channels, "flow_arn": FLOW}
    return Held(**{**taken, "since": since, "looked": True, **changes})


def used(session: str | None, *ids: str) -> tuple[Used, ...]:
    return tuple(Used(resource_id=one, session_id=session) for one in ids)


def share(session: str | None, count: int, *ids: str) -> QuotaShare:
    return QuotaShare(session_id=session, count=count, resource_ids=ids)


def test_what_is_reserved_counts_once_and_names_what_is_made_of_it() -> None:
    region = NOTHING.model_copy(update={"channels": used("s-1", "c1", "c2"), "push_inputs": used("s-1", "i1")})
    channels, push_inputs = quota_list(LIMITS, {"s-1": held(3)}, region, {}).quotas
    assert channels == QuotaAnswer(
        name="channels",
        title="Channels of this region",
        limit=4,
        used=3,
        flow_arn=None,
        by=(share("s-1", 3, "c1", "c2"),),
    )
    assert (push_inputs.name, push_inputs.used, push_inputs.by) == ("push_inputs", 3, (share("s-1", 3, "i1"),))


def test_what_is_listed_beyond_it_counts_too_and_what_is_not_ours_comes_last() -> None:
    listed = (*used(None, "c8", "c9"), *used("s-1", "c1", "c2"), *used("s-over", "c3"))
    [channels, _] = quota_list(LIMITS, {"s-1": held(1)}, NOTHING.model_copy(update={"channels": listed}), {}).quotas
    assert (channels.used, channels.limit) == (5, 4), "others may use more than there is"
    assert channels.by == (share("s-1", 2, "c1", "c2"), share("s-over", 1, "c3"), share(None, 2, "c8", "c9"))


def test_each_flow_has_its_own_and_a_host_session_has_none() -> None:
    flows = {FLOW: NOTHING.model_copy(update={"flow_outputs": used("s-1", "o1")}), OTHER: NOTHING}
    sessions = {"s-1": held(2), "s-host": held(1, flow_outputs=0, flow_arn="")}
    first, second = quota_list(LIMITS, sessions, NOTHING, flows).quotas[2:]
    assert (first.flow_arn, first.limit, first.used, first.by) == (FLOW, 50, 2, (share("s-1", 2, "o1"),))
    assert (second.flow_arn, second.used, second.by) == (OTHER, 0, ())
