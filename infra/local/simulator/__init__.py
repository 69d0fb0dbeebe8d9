"""MediaLive, MediaConnect and IVS as they really behave, for the local stage: a WSGI application and its controls."""

from infra.local.simulator.alternatives import Alternatives
from infra.local.simulator.protocol import service_of
from infra.local.simulator.settings import Duration, Durations, Quotas, RateLimit, SimulatorSettings
from infra.local.simulator.simulator import Simulator
from infra.local.simulator.store import Call, LogEntry, Resource, StateChange

__all__ = [
    "Alternatives",
    "Call",
    "Duration",
    "Durations",
    "LogEntry",
    "Quotas",
    "RateLimit",
    "Resource",
    "Simulator",
    "SimulatorSettings",
    "StateChange",
    "service_of",
]
