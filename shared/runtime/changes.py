"""Sessions that have changed: said by what reads the table's stream, told to whoever asks the API."""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.changes import MOST_SESSIONS, SLOWEST, ChangeCursor, ChangeList, news
from shared.gateways import changes
from shared.runtime.api.caller import Caller
from shared.runtime.clock import now


def tell_changes(sessions: Sequence[str], batch: str) -> None:
    """Say that sessions have changed. One write; see ``shared/domain/changes.py`` for why it may be repeated."""
    while True:
        began = now()
        changes.write(sessions, began, batch)
        if now() - began <= SLOWEST:
            return


def changes_for(who: Caller, after: str | None) -> ChangeList:
    """What has changed since the cursor ``after`` of what the caller may see; without one, the cursor of now.

    One read; a second one, of whose the sessions are, where there is news and the caller is not an operator. Raises
    ``InvalidRequest`` for a cursor that is not one of ours.
    """
    moment = now()  # before the read: what is written behind it is of a later cursor
    if after is None:
        return ChangeList(now=moment, cursor=str(ChangeCursor.of(moment)), sessions=(), complete=True)
    cursor = ChangeCursor.parse(after)
    begins = cursor.begins(moment)
    if begins is None:
        return ChangeList(now=moment, cursor=str(ChangeCursor.of(moment)), sessions=(), complete=False)
    rows, all_of_them = changes.since(begins)
    following = str(ChangeCursor.of(moment, rows))
    changed = news(cursor, rows)
    if changed and all_of_them and not who.operator:
        owners = changes.owners(changed)
        changed = tuple(one for one in changed if one in owners and who.may_see(owners[one]))
    if not all_of_them or len(changed) > MOST_SESSIONS:
        return ChangeList(now=moment, cursor=following, sessions=(), complete=False)
    return ChangeList(now=moment, cursor=following, sessions=changed, complete=True)
