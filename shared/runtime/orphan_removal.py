"""One step of an orphan's removal. Used by ``tasks/sweep/delete_orphan.py``, which is asked again until it is gone.

Whoever calls has made sure that it may go. Each step is safe to repeat: what is gone is done.
"""

from __future__ import annotations

from collections.abc import Callable

from shared.domain.channel_states import RUNS, STANDS_STILL
from shared.domain.errors import NotReady
from shared.domain.orphans import OrphanKind, Seen
from shared.domain.security_groups import SecurityGroup
from shared.gateways import ivs, medialive, objects, parameters, parking
from shared.gateways import security_groups as groups
from shared.gateways.locks import flow_lock, security_group_lock
from shared.runtime.clock import now
from shared.runtime.flow_outputs import existing_flow, remove_output
from shared.runtime.orphans import facts_of
from shared.runtime.security_groups import write_group


def take_away(seen: Seen) -> None:
    """Take the next step. Returns once it is gone; raises ``NotReady`` while it is not, ``FlowBusy``."""
    _STEPS[seen.kind](seen)


def _channel(seen: Seen) -> None:
    if seen.state in RUNS:
        medialive.stop_channel(seen.id)
    if seen.state in STANDS_STILL:
        medialive.delete_channel(seen.id)
    state = medialive.describe_channel(seen.id).state
    if state != medialive.DELETED:
        raise NotReady(f"channel {seen.id} is {state}")
    parking.forget(seen.id)


def _input(seen: Seen) -> None:
    if seen.state == "DETACHED":
        medialive.delete_input(seen.id)
    state = medialive.describe_input(seen.id).state
    if state != medialive.DELETED:
        raise NotReady(f"input {seen.id} is {state}")


def _ivs_channel(seen: Seen) -> None:
    ivs.delete_channel(seen.id)
    if ivs.describe_channel(seen.id).state != medialive.DELETED:
        raise NotReady(f"IVS channel {seen.id} is still there")
    parking.forget(seen.id)


def _flow_output(seen: Seen) -> None:
    with flow_lock(seen.place, now()):
        flow = existing_flow(seen.place)
        output = next((one for one in flow.outputs if one.arn == seen.id), None) if flow is not None else None
        if flow is not None and output is not None:
            remove_output(flow, output)


def _security_group(seen: Seen) -> None:
    """The stage's own goes by its row, from which the sessions that are over are taken first; any other goes as it
    is."""
    with security_group_lock(now()):
        own = next((one for one in groups.groups() if _is(one, seen)), None)
        if own is None:
            medialive.delete_security_group(seen.id)
        else:
            _leave(own, seen)
    state = medialive.describe_security_group(seen.id).state
    if state != medialive.DELETED:
        raise NotReady(f"security group {seen.id} is {state}")


def _is(group: SecurityGroup, seen: Seen) -> bool:
    return group.group_id == seen.id or (group.group_id is None and str(group.number) == seen.group)


def _leave(group: SecurityGroup, seen: Seen) -> None:
    """Under the lock: a session that has come to need the group meanwhile keeps it."""
    sessions = facts_of((seen,)).sessions
    users = {user for each in group.users.values() for user in each}
    for user in sorted(users):
        if user in sessions and sessions[user].over_since() is not None:
            group = group.with_leaving(user)
    if group.group_id is None:  # a create whose answer was lost: the group that was listed is its result
        group = group.model_copy(update={"group_id": seen.id})
    groups.save(group)
    write_group(group)
    if group.cidrs():
        raise NotReady(f"security group {seen.id} is needed again")


def _secret(seen: Seen) -> None:
    parameters.delete_secrets([seen.id])
    if parameters.existing_secrets([seen.id]):
        raise NotReady(f"parameter {seen.id} is still there")


def _upload(seen: Seen) -> None:
    objects.abort_upload(objects.Upload(key=seen.place, upload_id=seen.id))


_STEPS: dict[OrphanKind, Callable[[Seen], None]] = {
    OrphanKind.CHANNEL: _channel,
    OrphanKind.INPUT: _input,
    OrphanKind.IVS_CHANNEL: _ivs_channel,
    OrphanKind.FLOW_OUTPUT: _flow_output,
    OrphanKind.SECURITY_GROUP: _security_group,
    OrphanKind.SECRET: _secret,
    OrphanKind.UPLOAD: _upload,
}
