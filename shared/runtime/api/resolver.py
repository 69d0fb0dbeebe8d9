"""Powertools' resolver, for a process that answers several requests at once.

It keeps the request it answers, and what is known of it, in itself: with two at a time, one would be answered by the
other's caller. Here each thread has its own.
"""

from __future__ import annotations

import threading
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver


class Resolver(APIGatewayHttpResolver):
    """One for all threads; ``context`` and ``current_event`` are those of the request that this thread answers."""

    _of_thread = threading.local()

    @property
    def context(self) -> dict[str, Any]:
        if not hasattr(self._of_thread, "context"):
            self._of_thread.context = {}
        found: dict[str, Any] = self._of_thread.context
        return found

    @context.setter
    def context(self, value: dict[str, Any]) -> None:
        self._of_thread.context = value

    @property
    def current_event(self) -> Any:
        return self._of_thread.event

    @current_event.setter
    def current_event(self, value: Any) -> None:
        self._of_thread.event = value

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        self.current_event = self._to_proxy_event(event)
        return super().resolve(event, context)
