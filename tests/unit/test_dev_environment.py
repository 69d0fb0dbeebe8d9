"""The environment that the bootstrap makes: once, anew when it has to be, never half, never two at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from infra.dev.environment import DONE, CannotSetUp, Environment


class Recorded(Environment):
    """An environment whose two programs, venv and pip, only leave traces."""

    fails_at: str | None = None

    def __init__(self, root: Path) -> None:
        self.said: list[str] = []
        super().__init__(root, self.said.append)
        self.ran: list[str] = []
        self.hold = threading.Event()
        self.hold.set()

    def _step(self, command: list[str], failure: str) -> None:
        program = command[command.index("-m") + 1]
        self.ran.append(program)
        if program == self.fails_at:
            raise CannotSetUp(failure)
        self.python.parent.mkdir(parents=True, exist_ok=True)
        self.python.touch()
        assert self.hold.wait(10)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements.lock").write_text("boto3==1.44.5\n")
    return tmp_path


def made(root: Path) -> list[str]:
    environment = Recorded(root)
    environment.ensure()
    return environment.ran


def test_it_is_made_once(root: Path) -> None:
    assert made(root) == ["venv", "pip"]
    assert made(root) == []


def test_another_lock_makes_it_anew(root: Path) -> None:
    made(root)
    (root / "requirements.lock").write_text("boto3==1.44.6\n")
    assert made(root) == ["venv", "pip"]


def test_a_python_that_has_gone_makes_it_anew(root: Path) -> None:
    made(root)
    Recorded(root).python.unlink()
    assert made(root) == ["venv", "pip"]


def test_an_install_that_broke_off_does_not_count(root: Path) -> None:
    made(root)
    (root / "requirements.lock").write_text("boto3==1.44.6\n")
    broken = Recorded(root)
    broken.fails_at = "pip"
    with pytest.raises(CannotSetUp, match="network"):
        broken.ensure()
    assert not (root / ".venv" / DONE).exists()
    assert made(root) == ["venv", "pip"]


def test_two_at_once_make_one(root: Path) -> None:
    first, second = Recorded(root), Recorded(root)
    first.hold.clear()
    one = threading.Thread(target=first.ensure)
    two = threading.Thread(target=second.ensure)
    one.start()
    while "venv" not in first.ran:
        one.join(0.01)
    two.start()
    while not second.said:
        two.join(0.01)
    first.hold.set()
    one.join()
    two.join()
    assert (first.ran, second.ran) == (["venv", "pip"], [])
    assert "waiting" in second.said[0]
