"""What a target sets up before it does its work."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.dev import targets


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each time that the page's libraries were asked for. Nothing is installed, and nothing run."""
    asked: list[str] = []

    class Environment:
        python = Path("python")

        def __init__(self, *_: object) -> None: ...

        def ensure(self) -> None: ...

        def program(self, name: str) -> Path:
            return Path(name)

    class Libraries:
        def __init__(self, *_: object) -> None: ...

        def ensure(self, tools: bool) -> bool:
            asked.append("libraries")
            return False

    monkeypatch.setattr(targets, "Environment", Environment)
    monkeypatch.setattr(targets, "Libraries", Libraries)
    monkeypatch.setattr(targets, "_gate", lambda target, steps: 0)
    monkeypatch.setattr(targets, "_become", lambda command: 0)
    return asked


@pytest.mark.parametrize(
    "command", ["up", "demo --keep", "check", "test", "screenshots", "onair up", "onair demo", "deploy --stage dev"]
)
def test_who_shows_or_tests_the_page_gets_its_libraries(asked: list[str], command: str) -> None:
    assert targets.main(command.split()) == 0
    assert asked == ["libraries"]


@pytest.mark.parametrize(
    "command", ["onair", "onair session list", "openapi", "soak", "test-faults", "destroy --stage dev"]
)
def test_nobody_else_hears_of_node(asked: list[str], command: str) -> None:
    assert targets.main(command.split()) == 0
    assert asked == []
