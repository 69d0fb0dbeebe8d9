"""Sessions for somebody to look at: asked for over the API, with an encoder that pushes, ended in the end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from infra.local.stage import Stage
from tests.contract.asl import ROOT

Document = dict[str, Any]

HOST: Document = json.loads((ROOT / "examples/03-host-to-ivs.json").read_text(encoding="utf-8"))
FLOW: Document = json.loads((ROOT / "examples/02-four-platforms.json").read_text(encoding="utf-8"))
FLOW.pop("owner")


@contextmanager
def encoders(stage: Stage) -> Iterator[None]:
    """While it lasts an encoder pushes to every input there is: nothing here listens for RTMP."""
    over = threading.Event()

    def push() -> None:
        while not over.wait(0.2):
            for resource in stage.simulator.inventory():
                if resource.kind == "input":
                    with suppress(KeyError, ValueError):  # deleted meanwhile
                        stage.simulator.publish(resource.id)

    pushing = threading.Thread(target=push, daemon=True)
    pushing.start()
    yield
    over.set()
    pushing.join()


class Shows:
    """The API as one of its callers uses it."""

    def __init__(self, stage: Stage, owner: str = "host") -> None:
        self._stage, self._token = stage, stage.token_for(owner)
        self._made: list[str] = []

    def ask(self, spec: Document, **changes: Any) -> Document:
        made = self._call("POST", "/sessions", {**spec, **changes})
        self._made.append(made["session_id"])
        return made

    def get(self, session_id: str) -> Document:
        return self._call("GET", f"/sessions/{session_id}")

    def post(self, session_id: str, what: str, body: Any = None) -> Document:
        return self._call("POST", f"/sessions/{session_id}/{what}", body)

    def until(self, session_id: str, fits: Callable[[Document], Any]) -> Document:
        """The session, once it is as wanted."""
        self._stage.wait(lambda: fits(self.get(session_id)), timeout=3600)
        return self.get(session_id)

    def until_status(self, session_id: str, status: str) -> Document:
        return self.until(session_id, lambda session: session["status"] == status)

    def end_all(self) -> None:
        for session_id in self._made:
            self._call("DELETE", f"/sessions/{session_id}")
        for session_id in self._made:
            self.until(session_id, lambda session: session["status"] in ("ended", "failed"))

    def _call(self, method: str, path: str, body: Any = None) -> Document:
        status, _, answer = self._stage.request(method, path, body, token=self._token)
        assert status < 300, answer
        found: Document = answer
        return found
