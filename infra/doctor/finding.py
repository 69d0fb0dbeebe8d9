"""What a check found: one line for people, one object for machines."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

_ACCOUNT = re.compile(r"\b\d{12}\b")

Verdict = Literal["ok", "wrong", "unseen"]


@dataclass(frozen=True)
class Finding:
    """``wrong`` says what is wrong, why it ``matters`` and what to ``do``; ``unseen`` says why nobody looked, or what
    may be left as it is. ``details`` are for machines: every action, every name, where the line names a few."""

    check: str
    verdict: Verdict
    says: str
    matters: str = ""
    do: str = ""
    details: tuple[str, ...] = ()

    def masked(self) -> Finding:
        """The same, with every account's id (AWS writes it into its refusals) cut to its end."""
        return replace(
            self,
            says=_without_accounts(self.says),
            matters=_without_accounts(self.matters),
            do=_without_accounts(self.do),
            details=tuple(_without_accounts(one) for one in self.details),
        )


def fine(check: str, says: str, *details: str) -> Finding:
    return Finding(check, "ok", says, details=details)


def wrong(check: str, says: str, *, matters: str, do: str, details: tuple[str, ...] = ()) -> Finding:
    return Finding(check, "wrong", says, matters, do, details)


def unseen(check: str, why: str, do: str = "") -> Finding:
    return Finding(check, "unseen", why, do=do)


def masked(account: str) -> str:
    """``…3333`` of ``111122223333``."""
    return f"…{account[-4:]}"


def _without_accounts(text: str) -> str:
    return _ACCOUNT.sub(lambda found: masked(found[0]), text)


def some(names: list[str], most: int = 5) -> str:
    """The first few of a list, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
