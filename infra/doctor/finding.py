"""What a check found: one line for people, one object for machines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

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

    def masked(self, account: str) -> Finding:
        """The same, with an account's id wherever it stands (AWS writes it into its refusals) cut to its end."""
        if not account:
            return self
        short = masked(account)
        return replace(
            self,
            says=self.says.replace(account, short),
            matters=self.matters.replace(account, short),
            do=self.do.replace(account, short),
            details=tuple(one.replace(account, short) for one in self.details),
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


def some(names: list[str], most: int = 5) -> str:
    """The first few of a list, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
