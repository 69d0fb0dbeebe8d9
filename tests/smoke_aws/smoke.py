"""The run itself: first what earlier runs have left, then the parts, and whatever happens, everything is taken back."""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from console.client import ProblemError
from tests.smoke_aws import samples
from tests.smoke_aws.catching import Catcher
from tests.smoke_aws.cleaning import clean, clean_earlier, left
from tests.smoke_aws.deployed import Deployed
from tests.smoke_aws.kinds import OF_A_PART, Found, Place
from tests.smoke_aws.plan import SHOW, of_scene
from tests.smoke_aws.price import Part
from tests.smoke_aws.probes import play
from tests.smoke_aws.probes.finding import Finding, Rig, Scene
from tests.smoke_aws.run import NotInTime, Run, TimeUp
from tests.smoke_aws.show import Show, ShowFailed, Shown

TROUBLE = (ClientError, BotoCoreError, ProblemError, NotInTime, ShowFailed)


@dataclass
class Outcome:
    """``broke``: why it did not get to its end, "" if it did. ``left``: what is there now, of it and of earlier runs
    that are over."""

    run: Run
    shown: list[Shown] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    samples: list[Path] = field(default_factory=list)
    broke: str = ""
    left: list[Found] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing is left, and the show did what it should. That a row is not settled is no failure."""
        return not self.left and not self.broke and all(one.true for one in self.shown)


@dataclass
class Smoke:
    """One run on one stage. ``samples_to``: the folder that samples of events go to."""

    run: Run
    stage: Deployed
    show: bool
    scenes: tuple[Scene, ...]
    samples_to: Path = samples.FOLDER

    def __post_init__(self) -> None:
        self.place = Place(self.run.account, self.stage.bucket, self.stage.api)
        self.catcher = Catcher(self.run)
        self.outcome = Outcome(self.run)
        self.kept: list[Found] = []

    def go(self) -> Outcome:
        """All of it. Ctrl-C, a failure and the deadline lead to the clean-up, too."""
        with _interruptible():
            try:
                self.kept = clean_earlier(self.place, self.run.folder, self.run.id, self.run.say)
                self.work()
            except KeyboardInterrupt:
                self.outcome.broke = "interrupted"
            except TimeUp:
                self.outcome.broke = "the deadline has come"
            except TROUBLE as trouble:
                self.outcome.broke = f"{type(trouble).__name__}: {trouble}"
            except Exception as trouble:  # a mistake of the run's own is told like any other trouble, and taken back
                traceback.print_exc()
                self.outcome.broke = f"{type(trouble).__name__}: {trouble}"
            finally:
                self._end()
        return self.outcome

    def work(self) -> None:
        """The parts, one after the other; after each what it made is taken back. No clean-up at the end."""
        self.catcher.begin()
        if self.show:
            self._part(SHOW, self._show)
        for scene in self.scenes:
            self._part(of_scene(scene), partial(self._scene, scene))

    def _part(self, part: Part, work: Callable[[], None]) -> None:
        run = self.run
        run.say(f"{part.name}: {part.makes}")
        whole = run.deadline
        run.deadline = min(whole, run.account.time() + part.minutes * 60)
        try:
            work()
        except TimeUp:
            if run.account.time() > whole:
                raise
            self._broke(part, f"not done within its {part.minutes} minutes")
        except TROUBLE as trouble:
            self._broke(part, f"{type(trouble).__name__}: {trouble}")
        finally:
            run.deadline = whole
        clean(self.place, run.folder, run.id, run.say, OF_A_PART)

    def _broke(self, part: Part, why: str) -> None:
        self.run.say(f"  {part.name} broke off: {why}")
        self.outcome.broke = self.outcome.broke or f"{part.name}: {why}"

    def _show(self) -> None:
        for shown in Show(self.run, self.stage, self.catcher).play():
            self.outcome.shown.append(shown)
            self.run.say(f"  {'✓' if shown.true else '✗'} {shown.what}")

    def _scene(self, scene: Scene) -> None:
        for finding in play(scene, Rig(self.run, self.stage, self.catcher)):
            self.outcome.findings.append(finding)
            self.run.say(
                f"  {finding.name}: {finding.value if finding.value is not None else '?'}  ({finding.verdict})"
            )

    def _end(self) -> None:
        """The events, and then everything away. A second Ctrl-C in here leaves things behind, which the next run
        finds."""
        run = self.run
        with suppress(*TROUBLE, OSError, KeyboardInterrupt):
            self.catcher.listen()
            self.outcome.samples = samples.save(self.catcher.events, run.secrets, self.samples_to)
        run.say("taking everything back")
        clean(self.place, run.folder, run.id, run.say)
        mine = {run.id, *(found.run for found in self.kept)}
        self.outcome.left = [found for found in left(self.place, run=run.id) if found.run in mine]
        run.journal.write(what="over", left=len(self.outcome.left))
        run.journal.close()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Whoever ends this process kindly, or closes its terminal, is answered like Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Windows has no SIGHUP.
    ends = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
    before = {number: signal.signal(number, lambda *_: _interrupt()) for number in ends}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt() -> None:
    raise KeyboardInterrupt
