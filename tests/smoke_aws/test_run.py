"""A run from its price to "left behind: 0 resources", and what becomes of it when it breaks off, wherever that is."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from infra.local.stage import Stage
from tests.contract.documented import fault
from tests.smoke_aws import picture, rehearsal
from tests.smoke_aws.__main__ import main
from tests.smoke_aws.account import Account
from tests.smoke_aws.cleaning import clean_earlier
from tests.smoke_aws.deployed import Deployed
from tests.smoke_aws.journal import Journal
from tests.smoke_aws.options import FAILED, NOT_RUN, OK
from tests.smoke_aws.probes import SCENES
from tests.smoke_aws.probes.finding import Scene
from tests.smoke_aws.run import Run, new_id
from tests.smoke_aws.smoke import Smoke

SCENE = {scene.name: scene for scene in SCENES}
#: How often each part makes something; "show" is the show.
MAKES = {
    "show": 8,
    "inputs": 6,
    "an idle channel": 7,
    "a flow": 3,
    "without an encoder": 5,
    "on the air": 9,
}


PLACES = [(part, number) for part, most in MAKES.items() for number in range(1, most + 1)]


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


@pytest.fixture(autouse=True)
def small_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator plays no file; to encode one takes a second."""
    monkeypatch.setattr(picture, "encoded", lambda: b"a picture")


@pytest.fixture(autouse=True)
def journals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that dies closes its files."""
    opened: list[Journal] = []
    begin = Journal.__init__

    def beginning(self: Journal, folder: Path, run: str) -> None:
        begin(self, folder, run)
        opened.append(self)

    monkeypatch.setattr(Journal, "__init__", beginning)
    yield
    for journal in opened:
        journal.close()


def begun(stage: Stage, folder: Path, part: str = "inputs", minutes: float = 120) -> Smoke:
    account = rehearsal.account(stage)
    run = Run(account, new_id(account.time()), folder, account.time() + minutes * 60, lambda said: None)
    scenes: tuple[Scene, ...] = () if part == "show" else (SCENE[part],)
    return Smoke(run, rehearsal.deployed(stage), part == "show", scenes, folder / "events")


def things(stage: Stage) -> list[str]:
    """What there is at AWS that a run could have made."""
    queues = stage.client("sqs").list_queues().get("QueueUrls", [])
    rules = [rule["Name"] for rule in stage.client("events").list_rules()["Rules"]]
    (bucket,) = [name for name in stage.service.buckets.values() if "-media-" in name]
    listed = stage.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    files = [one["Key"] for one in listed if "onair-smoke" in one["Key"]]
    media = [one.name for one in stage.simulator.inventory() if "onair:security-group" not in one.tags]
    return [*media, *queues, *rules, *files]


def dies_at(smoke: Smoke, number: int, after: bool) -> None:
    """Have the run's process die at its n-th making: before the call or after it, and before anybody writes it down."""
    seen = iter(range(1, number + 1))
    make = smoke.run.make

    def dying(kind: str, name: str, call: Callable[[], Any], identity: Callable[[Any], str]) -> Any:
        if next(seen) < number:
            return make(kind, name, call, identity)

        def last() -> Any:
            if after:
                call()
            raise Killed

        return make(kind, name, last, identity)

    smoke.run.make = dying  # type: ignore[method-assign]


def test_a_show_is_shown_and_nothing_is_left(stage: Stage, tmp_path: Path) -> None:
    outcome = begun(stage, tmp_path, "show").go()
    assert (outcome.broke, outcome.left) == ("", [])
    assert len(outcome.shown) == 9 and all(one.true for one in outcome.shown)
    assert things(stage) == []
    assert {"channel_start", "host session: start to live", "recording: stop to ready"} <= outcome.run.measured.keys()
    heard = {json.loads(path.read_text())["source"] for path in outcome.samples}
    assert heard == {"aws.medialive", "aws.mediaconnect", "aws.ivs", "aws.states"}


@pytest.mark.enumerated
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("part", "number"), PLACES)
def test_the_next_run_takes_away_what_a_dead_one_has_left(
    stage: Stage, tmp_path: Path, part: str, number: int, after: bool
) -> None:
    dead = begun(stage, tmp_path, part)
    dies_at(dead, number, after)
    with pytest.raises(Killed):
        dead.work()
    dead.run.journal.close()
    following = begun(stage, tmp_path)
    said: list[str] = []
    assert clean_earlier(following.place, tmp_path, following.run.id, said.append) == []
    assert things(stage) == []


def test_each_part_makes_as_much_as_is_broken_here(stage: Stage, tmp_path: Path) -> None:
    smoke = begun(stage, tmp_path, "inputs")
    dies_at(smoke, MAKES["inputs"] + 1, after=True)
    smoke.work()


def test_a_run_that_goes_on_elsewhere_is_left_alone(stage: Stage, tmp_path: Path) -> None:
    other = begun(stage, tmp_path / "another machine")
    dies_at(other, 4, after=True)
    with pytest.raises(Killed):
        other.work()
    mine = begun(stage, tmp_path / "this one")
    before, said = things(stage), list[str]()
    assert clean_earlier(mine.place, tmp_path / "this one", mine.run.id, said.append) == []
    assert things(stage) == before != []
    assert fault(shlex.split(said[1])) is None and f"--clean {other.run.id}" in said[1]
    stage.clock.sleep(3 * 3600)
    clean_earlier(mine.place, tmp_path / "this one", mine.run.id, said.append)
    assert things(stage) == [], "no run is that old and still goes on"


def test_a_run_that_goes_on_here_is_left_alone_however_old_it_is(stage: Stage, tmp_path: Path) -> None:
    other = begun(stage, tmp_path)
    dies_at(other, 4, after=True)
    with pytest.raises(Killed):
        other.work()
    stage.clock.sleep(3 * 3600)
    mine = begun(stage, tmp_path)
    before = things(stage)
    assert clean_earlier(mine.place, tmp_path, mine.run.id, lambda said: None) == []
    assert things(stage) == before != [], "its file is locked: its process lives"


@pytest.mark.parametrize(("minutes", "broke"), [(1, "the deadline has come"), (None, "interrupted")])
def test_the_deadline_and_ctrl_c_take_everything_back(
    stage: Stage, tmp_path: Path, minutes: float | None, broke: str
) -> None:
    smoke = begun(stage, tmp_path, "without an encoder", minutes or 120)
    if minutes is None:

        def interrupted(seconds: float) -> None:
            if stage.clock.time() > started + 60:
                raise KeyboardInterrupt
            stage.clock.sleep(seconds)

        started = stage.clock.time()
        smoke.run.sleep = interrupted  # type: ignore[method-assign]
    outcome = smoke.go()
    assert (outcome.broke, outcome.left, outcome.ok) == (broke, [], False)
    assert things(stage) == []


def test_what_cannot_be_taken_away_is_told(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.smoke_aws.cleaning.PATIENCE", 60.0)
    smoke = begun(stage, tmp_path, "a flow")
    stage.faults.reject("mediaconnect", "DeleteFlow", code="ForbiddenException", status=403, count=None)
    outcome = smoke.go()
    assert [found.kind for found in outcome.left] == ["flow"] and not outcome.ok


def test_what_cannot_be_listed_is_not_taken_for_gone(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.smoke_aws.cleaning.PATIENCE", 60.0)
    smoke = begun(stage, tmp_path, "a flow")
    stage.faults.reject("ivs", "ListChannels", code="AccessDeniedException", status=403, count=None)
    outcome = smoke.go()
    assert [(found.kind, found.id) for found in outcome.left] == [("ivs_channel", "?")] and not outcome.ok
    assert things(stage) == [], "all else is taken away"


def test_a_mistake_of_its_own_is_told_and_taken_back(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    smoke = begun(stage, tmp_path, "inputs")
    monkeypatch.setattr("tests.smoke_aws.probes.inputs._replay", lambda *_: 1 / 0)
    outcome = smoke.go()
    assert (outcome.broke, outcome.left, outcome.ok) == ("ZeroDivisionError: division by zero", [], False)
    assert "ZeroDivisionError" in capsys.readouterr().err and things(stage) == []


# The command


class Gone:
    """A standard output whose reader goes away after some writing."""

    encoding = "utf-8"

    def __init__(self, after: int) -> None:
        self.left = after

    def write(self, text: str) -> int:
        self.left -= 1
        if self.left < 0:
            raise BrokenPipeError
        return len(text)

    def flush(self) -> None:
        if self.left < 0:
            raise BrokenPipeError


def rehearsed_run(stage: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("tests.smoke_aws.__main__._somewhere", lambda _: nullcontext(_rehearsed(stage)))
    return main(["--rehearse", "--row", "created_input_state", "--folder", str(folder)])


def test_a_reader_who_goes_away_keeps_nobody_from_taking_everything_back(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", Gone(after=40))
    rehearsed_run(stage, tmp_path, monkeypatch)
    assert things(stage) == []
    (journal,) = [path.read_text() for path in tmp_path.glob("*.jsonl")]
    assert json.loads(journal.splitlines()[-1]) == {"what": "over", "left": 0}


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_a_terminal_that_is_closed_takes_everything_back(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smoke = begun(stage, tmp_path, "inputs")
    monkeypatch.setattr("tests.smoke_aws.probes.inputs._replay", lambda *_: signal.raise_signal(signal.SIGHUP))
    outcome = smoke.go()
    assert (outcome.broke, outcome.left, things(stage)) == ("interrupted", [], [])


def test_who_interrupts_the_clean_up_is_told_how_it_is_gone_on_with(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.smoke_aws.smoke.clean", interrupted)
    assert rehearsed_run(stage, tmp_path, monkeypatch) == FAILED
    told = capsys.readouterr().out
    (journal,) = tmp_path.glob("*.jsonl")
    assert "before anything was made" not in told
    assert f"make smoke-aws STAGE=dev ARGUMENTS='--clean {journal.stem}'" in told


def test_without_an_account_it_is_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main(["--yes", "--json", "--folder", str(tmp_path)]) == NOT_RUN
    told = capsys.readouterr()
    assert json.loads(told.out)["run"] is False and told.err.startswith("not run: no AWS credentials")
    assert NOT_RUN not in (OK, FAILED)


def test_what_a_run_has_left_is_taken_away_by_its_name_but_not_under_its_feet(
    stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.smoke_aws.__main__._somewhere", lambda _: nullcontext(_rehearsed(stage)))
    dead = begun(stage, tmp_path)
    dies_at(dead, 4, after=True)
    with pytest.raises(Killed):
        dead.work()
    assert main(["--clean", dead.run.id, "--folder", str(tmp_path)]) == NOT_RUN
    assert things(stage) != []
    dead.run.journal.close()
    assert main(["--clean", dead.run.id, "--folder", str(tmp_path)]) == OK
    assert things(stage) == [] and capsys.readouterr().out.endswith("left behind: 0 resources\n")


def _rehearsed(stage: Stage) -> tuple[Account, Deployed]:
    return rehearsal.account(stage), rehearsal.deployed(stage)


def test_a_stage_that_is_not_deployed_is_not_run(
    stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["--yes", "--json", "--endpoint-url", stage.endpoint_url, "--region", "eu-west-1"]
    assert main([*arguments, "--folder", str(tmp_path)]) == NOT_RUN
    told = json.loads(capsys.readouterr().out)
    assert told["run"] is False and "no stack onair-dev" in told["why"]


def test_another_account_than_the_stages_is_not_taken(
    stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.smoke_aws.__main__.ROOT", tmp_path)
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/dev.env").write_text("ONAIR_REGION=eu-west-1\nONAIR_ACCOUNT=444455556666\n")
    assert main(["--yes", "--endpoint-url", stage.endpoint_url, "--folder", str(tmp_path)]) == NOT_RUN
    assert "stages/dev.env says account 444455556666" in capsys.readouterr().out
    (tmp_path / "stages/dev.env").write_text("ONAIR_REGION=eu-west-1\nONAIR_ACCOUNT=111122223333\n")
    assert main(["--yes", "--endpoint-url", stage.endpoint_url, "--folder", str(tmp_path)]) == NOT_RUN
    assert "there is no stack onair-dev in eu-west-1" in capsys.readouterr().out


def test_a_closed_standard_input_says_no_yes(
    stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    monkeypatch.setattr("tests.smoke_aws.__main__.find", lambda *_: rehearsal.deployed(stage))
    arguments = ["--endpoint-url", stage.endpoint_url, "--region", "eu-west-1", "--folder", str(tmp_path)]
    assert main(arguments) == NOT_RUN
    assert "nobody is there to say yes" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["no\n", ""])
def test_nothing_is_made_without_a_yes(
    stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return answer

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("tests.smoke_aws.__main__.find", lambda *_: rehearsal.deployed(stage))
    arguments = ["--endpoint-url", stage.endpoint_url, "--region", "eu-west-1", "--folder", str(tmp_path)]
    assert main(arguments) == NOT_RUN
    told = capsys.readouterr().out
    assert told.index("At most") < told.index("\nnot run"), "the price comes first"
    assert things(stage) == [] and list(tmp_path.iterdir()) == []
