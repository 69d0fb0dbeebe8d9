"""What a workflow test says: ask for a show, let it get somewhere, look at what is there, at AWS and in our records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from infra.local.stage import Stage
from shared.gateways.settings import settings
from shared.runtime.quota_limits import forget_limits

KEY = "example-key-not-real"


def destination(name: str, **changes: Any) -> dict[str, Any]:
    """A custom RTMP destination of that id."""
    return {
        "id": name,
        "platform": "custom",
        "url": f"rtmp://{name}.example.net/live",
        "stream_key": f"{KEY}-{name}",
        **changes,
    }


class Show:
    """One session."""

    def __init__(self, stage: Stage, answer: dict[str, Any]) -> None:
        self.stage = stage
        self.id: str = answer["session_id"]

    def look(self) -> dict[str, Any]:
        status, _, answer = self.stage.request("GET", f"/sessions/{self.id}")
        assert status == 200, answer
        return dict(answer)

    @property
    def status(self) -> str:
        return str(self.look()["status"])

    def until(self, status: str, timeout: float = 3600) -> dict[str, Any]:
        """Let time pass until every execution has ended; the session must then have that status."""
        self.stage.settle(timeout)
        found = self.look()
        assert found["status"] == status, found
        return found

    def reaches(self, state: str, kind: str = "provision") -> None:
        """Let time pass until the session's execution has entered a state."""
        self.stage.wait(lambda: state in self.path(kind), timeout=3600)

    def end(self) -> dict[str, Any]:
        status, _, answer = self.stage.request("DELETE", f"/sessions/{self.id}")
        assert status == 202, answer
        return dict(answer)

    def ended(self) -> dict[str, Any]:
        """End the session and wait for it."""
        self.end()
        self.stage.settle()
        return self.look()

    def destination(self, name: str) -> dict[str, Any]:
        return next(one for one in self.look()["destinations"] if one["destination_id"] == name)

    def path(self, kind: str = "provision") -> list[str]:
        """The states that the session's last execution of a kind entered."""
        arns = [one["executionArn"] for one in self.stage.executions() if one["name"].startswith(self.id)]
        return self.stage.path(next(arn for arn in reversed(arns) if arn.endswith(f"-{kind}")))

    def execution(self, kind: str = "provision") -> dict[str, Any]:
        found = [one for one in self.stage.executions() if one["name"].startswith(self.id)]
        return next(one for one in reversed(found) if one["name"].endswith(f"-{kind}"))


class Shows:
    """Asks for sessions on a stage, and counts what AWS has."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage = stage
        self._monkeypatch = monkeypatch
        settings.cache_clear()
        forget_limits()
        self.flow = stage.simulator.seed_flow(name="main-stage")

    def spec(self, *destinations: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        return {
            "name": "A show",
            "owner": "studio-1",
            "source": {"type": "flow", "flow_arn": self.flow},
            "destinations": list(destinations or [destination("main")]),
            **changes,
        }

    def ask(self, *destinations: Mapping[str, Any], **changes: Any) -> Show:
        return self.post(self.spec(*destinations, **changes))

    def post(self, spec: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Show:
        status, _, answer = self.stage.request("POST", "/sessions", spec, headers)
        assert status == 202, answer
        return Show(self.stage, answer)

    def sweep(self, times: int = 1) -> None:
        """Let five minutes pass and the sweep do its work, as often as told."""
        for _ in range(times):
            self.stage.clock.sleep(300)
            self.stage.run_schedules()
            self.stage.settle()

    def allow(self, many: int) -> None:
        """Raise the region's quotas; Service Quotas tells."""
        quotas = self.stage.simulator.settings.quotas
        quotas.channels = quotas.push_inputs = many
        forget_limits()

    def count(self) -> Counter[str]:
        """What exists at AWS, by kind, without the customer's flow; secrets too."""
        found = Counter(one.kind for one in self.stage.simulator.inventory() if one.kind != "flow")
        found["secret"] = len(self.secrets())
        return +found

    def secrets(self) -> list[str]:
        pages = self.stage.client("ssm").get_paginator("describe_parameters").paginate()
        return [one["Name"] for page in pages for one in page["Parameters"]]

    def calls(self, service: str, operation: str) -> int:
        """How often an operation took effect or answered, as the endpoint saw it."""
        return len(self.stage.endpoint.calls(service, operation))

    def items(self) -> list[dict[str, Any]]:
        return list(self.stage.client("dynamodb").scan(TableName=settings().table)["Items"])

    def nothing_left(self) -> None:
        """The invariant: nothing exists at AWS that OnAir made, and no lock or token is kept for it."""
        assert not self.count(), self.stage.simulator.inventory()
        kinds: Sequence[str] = [item["sk"]["S"] for item in self.items()]
        assert not [kind for kind in kinds if kind.startswith(("LOCK", "WAIT#"))]
