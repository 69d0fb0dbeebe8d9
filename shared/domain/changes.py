"""Which sessions have changed since a caller last asked: the rows of it, the cursor, and what is told of the rows.

Whoever changes a session knows nothing of this. ``record_changes`` sees every change in the table's stream and writes
one row for each batch; ``GET /changes`` reads the rows behind a cursor. A change may be told twice and is never not
told:

- A row carries the time at which its writing began, and counts only if that took no longer than ``SLOWEST``; else it is
  written again, under a new time. So a row that a reader at the time T does not see is no older than T less
  ``SLOWEST`` and what two machines' clocks differ by.
- Rows therefore become visible out of order, by less than ``LOOK_BACK``. A reader looks that far behind its cursor
  again, and the cursor names the rows there that it has told already.
- A first cursor names none: what changed in the last seconds is told behind it once more. Whoever reads a list between
  the two reads an index, and an index lags.

Pure; times are microseconds since 1970, so that a cursor from outside can't break their arithmetic.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from shared.domain.errors import FieldFault, InvalidRequest
from shared.domain.model import Value

#: How long writing a row may take until it is written again.
SLOWEST = timedelta(seconds=5)
#: How far readers look behind their cursor: ``SLOWEST``, and as much again for clocks that differ.
LOOK_BACK = timedelta(seconds=10)
#: How long a row is kept.
KEPT = timedelta(hours=1)
#: More rows than this are not read, and more sessions not told one by one: reading a list anew is less work then.
MOST_ROWS = 500
MOST_SESSIONS = 100
#: A cursor names no more rows than this, so that it has its place in an address: API Gateway takes 10,240 bytes of
#: request line and headers (developer guide, "Quotas"). What it leaves out is told again.
MOST_TOLD = 250

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BYTES = 8
#: What a cursor begins with, so that hardly anything else is taken for one.
_MARK = b"after"


class ChangeRow(Value):
    """One batch of the table's stream: when its row was written, and which sessions changed. ``name`` is its own."""

    name: str
    at: datetime
    sessions: tuple[str, ...]


class ChangeList(Value):
    """``sessions``: what changed since the cursor that was sent. If not ``complete``, who knows: read all anew.
    ``now``: the time here, which a caller's own clock may not tell."""

    now: datetime
    cursor: str
    sessions: tuple[str, ...]
    complete: bool


class ChangeCursor(Value):
    """Up to when changes were told, in microseconds, and the rows shortly before that which were, by their digest."""

    until: int
    told: tuple[bytes, ...] = ()

    @staticmethod
    def of(until: datetime, rows: Sequence[ChangeRow] = ()) -> ChangeCursor:
        """A cursor for whoever has been told ``rows``, newest first."""
        behind = [row for row in rows if row.at >= until - LOOK_BACK]
        return ChangeCursor(until=(until - _EPOCH) // _MICROSECOND, told=tuple(map(_digest, behind[:MOST_TOLD])))

    @staticmethod
    def parse(text: str) -> ChangeCursor:
        """Raises ``InvalidRequest`` for what is not a cursor of ours."""
        try:
            found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            found = b""
        parts = [found[start : start + _BYTES] for start in range(len(_MARK), len(found), _BYTES)]
        if not found.startswith(_MARK) or not 1 <= len(parts) <= MOST_TOLD + 1 or len(parts[-1]) < _BYTES:
            fault = FieldFault(field="after", message="is not a cursor of this list; leave it out to start again")
            raise InvalidRequest("after is not valid", (fault,))
        return ChangeCursor(until=int.from_bytes(parts[0]), told=tuple(parts[1:]))

    def __str__(self) -> str:
        found = _MARK + self.until.to_bytes(_BYTES) + b"".join(self.told)
        return base64.urlsafe_b64encode(found).decode().rstrip("=")

    def begins(self, now: datetime) -> datetime | None:
        """From when on rows are to be read; None where no rows can say what has changed: the cursor is older than they
        are kept, or of a clock that is far ahead of this one."""
        age = (now - _EPOCH) // _MICROSECOND - self.until
        if not -(LOOK_BACK // _MICROSECOND) <= age <= (KEPT - LOOK_BACK) // _MICROSECOND:
            return None
        return _EPOCH + self.until * _MICROSECOND - LOOK_BACK

    def has_told(self, row: ChangeRow) -> bool:
        return _digest(row) in self.told


def news(after: ChangeCursor, rows: Sequence[ChangeRow]) -> tuple[str, ...]:
    """The sessions of the rows that were not told yet, each once."""
    return tuple(dict.fromkeys(one for row in rows if not after.has_told(row) for one in row.sessions))


def _digest(row: ChangeRow) -> bytes:
    return blake2b(row.name.encode(), digest_size=_BYTES).digest()
