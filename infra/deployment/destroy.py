"""The steps of ``make destroy``, in the order that leaves nothing behind. Called by ``__main__``.

Sessions first, while everything is there that ends them; then what sessions have left; then the stack; then what lies
outside it. Nothing is written down between the steps: each looks at what is there, so a run that broke off is gone on
with by the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.deployment import buckets, door, leftovers, sessions
from infra.deployment.account import Say, Stage
from infra.deployment.artifacts import bucket_exists
from infra.deployment.stack import Stack
from infra.deployment.troubles import Failed, Trouble
from shared.domain.errors import OnAirError
from shared.domain.orphans import Judgement, Seen, Verdict, remembered
from shared.domain.session import SessionRecord
from shared.gateways.clients import IN_FLIGHT
from shared.runtime.clock import now
from shared.runtime.orphan_removal import take_away
from shared.runtime.orphans import look_again

#: Between two looks at what ends, in seconds.
LOOKS_EVERY = 10.0


@dataclass(frozen=True)
class Wish:
    """``end_all``: end the sessions that there are. ``delete_recordings``: the bucket with them goes, too.
    ``delete_unowned``: so does what carries the stage's tags and no session knows. ``within`` seconds sessions and
    executions must be over."""

    end_all: bool = False
    delete_recordings: bool = False
    delete_unowned: bool = False
    within: float = 1800.0


@dataclass(frozen=True)
class Destroyed:
    """``kept``: the bucket with the recordings, if it stays. ``left``: what should be gone and is not."""

    ended: tuple[str, ...]
    kept: str | None
    left: tuple[str, ...]


class Destruction:
    """One run. ``ask`` is asked before anything is touched, and raises Trouble for a no."""

    def __init__(
        self,
        stage: Stage,
        stack: Stack,
        say: Say,
        ask: Callable[[], None],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stage, self._stack, self._say, self._ask = stage, stack, say, ask
        self._sleep, self._clock = sleep, clock

    def run(self, wish: Wish) -> Destroyed:
        """Raises Trouble: sessions live, something can't be deleted, time has run out."""
        seen = self._stack.settled()
        kept = self._to_keep(wish)
        if not seen.status and not leftovers.left(self._stage, keeps_recordings=kept is not None):
            self._say(f"there is nothing of a stage {self._stage.name} here")
            return Destroyed((), kept, ())
        ended: tuple[str, ...] = ()
        has_table = bool(seen.status) and sessions.has_table(self._stage)
        if has_table:
            with sessions.at(self._stage):
                self._tell_if_shut()
                self._refuse_living(sessions.living(), wish)
        self._ask()
        if has_table:
            with sessions.at(self._stage):
                ended = self._bring_to_rest(wish)
                self._clear(wish)
                self._refuse_late()
        buckets.empty(self._stage, self._stage.bucket("page"), self._say)
        self._stack.delete()
        with sessions.at(self._stage):
            sessions.delete_secrets(self._stage)
        leftovers.delete_log_groups(self._stage)
        # Gone with the stack, unless that was deleted by other hands.
        buckets.remove(self._stage, self._stage.bucket("page"), self._say)
        buckets.remove(self._stage, self._stage.bucket("deployment"), self._say)
        kept = self._recordings(wish)
        return Destroyed(ended, kept, tuple(leftovers.left(self._stage, keeps_recordings=kept is not None)))

    def _refuse_living(self, living: Sequence[SessionRecord], wish: Wish) -> None:
        if not living or wish.end_all:
            return
        listed = "\n".join(f"    {_described(each)}" for each in living)
        one = "session is" if len(living) == 1 else "sessions are"
        raise Trouble(
            f"{len(living)} {one} not over:\n{listed}",
            "End them, or have them ended: "
            f"make destroy STAGE={self._stage.name} ARGUMENTS=--end-all. Nothing has been touched.",
        )

    def _tell_if_shut(self) -> None:
        """Whoever is refused now, or says no, leaves it so."""
        if door.is_shut(self._stage, door.API):
            opens = f"make deploy STAGE={self._stage.name} opens it"
            self._say(f"its API is shut: a run that broke off has left it so, and {opens}")

    def _bring_to_rest(self, wish: Wish) -> tuple[str, ...]:
        """No session lives, none can begin, and nothing runs any more."""
        self._say("shutting the API: no new session may begin")
        door.shut(self._stage, door.API)
        self._say(f"waiting {IN_FLIGHT.seconds} s for requests that were under way")
        self._sleep(IN_FLIGHT.total_seconds())
        living = sessions.living()
        try:
            self._refuse_living(living, wish)
        except Trouble:
            door.open_again(self._stage)
            raise
        until = self._clock() + wish.within
        self._end(living, until)
        door.shut(self._stage, door.SWEEP)
        self._wait_for(lambda: sessions.running(self._stage), "execution", until)
        return tuple(each.session_id for each in living)

    def _refuse_late(self) -> None:
        """The door outlasts this process and is not its own: who deploys meanwhile opens it again."""
        if late := sessions.living():
            listed = "\n".join(f"    {_described(each)}" for each in late)
            one = "session has" if len(late) == 1 else "sessions have"
            raise Failed(
                f"{len(late)} {one} begun meanwhile:\n{listed}",
                "Somebody has opened the stage again, as make deploy does. The stack has not been touched: once it is "
                "clear who does what, run the same command again.",
            )

    def _end(self, living: Sequence[SessionRecord], until: float) -> None:
        def still() -> list[str]:
            rest = sessions.living()
            for each in rest:
                try:
                    sessions.begin_end(each.session_id)
                except OnAirError as error:  # asked again at the next look
                    self._say(f"  {each.session_id} can't be ended just now: {error.name()}")
            return [f"{each.session_id} ({each.status})" for each in rest]

        for each in living:
            self._say(f"ending {each.session_id} ({each.status})")
        self._wait_for(still, "session", until)

    def _wait_for(self, still: Callable[[], list[str]], what: str, until: float) -> None:
        before: list[str] = []
        while rest := still():
            if rest != before:
                self._say(f"  {len(rest)} {what}{'' if len(rest) == 1 else 's'} to go: {', '.join(rest[:5])}")
                before = rest
            if self._clock() >= until:
                raise Failed(
                    f"Time has run out, and there is still: {', '.join(rest)}.",
                    "Look why (docs/runbooks), then run the same command again: it goes on from here. The API stays "
                    f"shut until then, or until make deploy STAGE={self._stage.name}.",
                )
            self._sleep(LOOKS_EVERY)

    def _clear(self, wish: Wish) -> None:
        """Take away what sessions that are over have left. The sweep's belts of time are not needed: nobody can begin
        anything, and nothing runs."""
        self._say("looking for what sessions have left")
        found, unseen = sessions.left_by_sessions()
        unowned = [seen for seen, judged in found if judged.verdict is Verdict.UNOWNED]
        if unseen:
            raise Failed(
                "Not everything could be looked at: " + "; ".join(unseen),
                "Settle that, and run the same command again.",
            )
        if unowned and not wish.delete_unowned:
            named = "\n".join(f"    {each.kind} {each.id} {each.name}".rstrip() for each in unowned)
            raise Failed(
                f"This carries the stage's tags, and no session knows of it:\n{named}",
                "Look whose it is. --delete-unowned deletes it with the stage. Until then the API stays shut, or "
                f"until make deploy STAGE={self._stage.name}.",
            )
        until = self._clock() + wish.within
        for seen, judged in found:
            if judged.verdict in (Verdict.OURS, Verdict.UNOWNED):
                self._take(seen, judged, until)

    def _take(self, seen: Seen, judged: Judgement, until: float) -> None:
        self._say(f"  deleting {seen.kind} {seen.name or seen.id}: {judged.reason}")
        there: Seen | None = seen
        while there is not None:
            try:
                take_away(there)
                return
            except OnAirError as error:
                if self._clock() >= until:
                    raise Failed(
                        f"{seen.kind} {seen.id} can't be deleted: {error.name()}: {error.detail}",
                        f"docs/runbooks/{error.name()}.md says more; then run the same command again.",
                    ) from error
                self._sleep(LOOKS_EVERY)
                there = look_again(remembered(there, judged, None, now()))

    def _to_keep(self, wish: Wish) -> str | None:
        """The bucket with the recordings, if there are any and they stay."""
        bucket = self._stage.bucket("media")
        if wish.delete_recordings or not bucket_exists(self._stage, bucket) or buckets.is_empty(self._stage, bucket):
            return None
        return bucket

    def _recordings(self, wish: Wish) -> str | None:
        """The bucket that is kept, if it is."""
        kept = self._to_keep(wish)
        if kept is not None:
            buckets.abort_uploads(self._stage, kept)
        else:
            buckets.remove(self._stage, self._stage.bucket("media"), self._say)
        return kept


def _described(record: SessionRecord) -> str:
    owner = f"  of {record.spec.owner}" if record.spec.owner else ""
    return f"{record.session_id}  {record.status}{owner}, lease until {record.lease_expires_at:%Y-%m-%d %H:%M} UTC"
