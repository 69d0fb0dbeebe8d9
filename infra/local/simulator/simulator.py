"""MediaLive, MediaConnect and IVS as one WSGI application, and how tests and demos look into it and script faults.

The local stage's endpoint calls it for every request that ``service_of`` claims; plain boto3 and the ``aws`` command
reach it over HTTP. See docs/reference/simulator.md for what it does and which of that is known.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from infra.local.clock import Clock
from infra.local.simulator import alerts, channel_life, flow_parts, flows, inputs, on_air, protocol, publishing, shapes
from infra.local.simulator.errors import INVALID, THROTTLED, Fault, ServiceError, not_found, unprocessable
from infra.local.simulator.faults import FailsOn, Sticks
from infra.local.simulator.inventory import resources
from infra.local.simulator.ivs_channels import REGIONS
from infra.local.simulator.limits import TokenBucket
from infra.local.simulator.operations import OPERATIONS
from infra.local.simulator.settings import RateLimit, SimulatorSettings
from infra.local.simulator.store import Channel, LogEntry, Params, Region, Resource
from infra.local.simulator.world import Core, Storage, World

StartResponse = Callable[..., Any]


class Simulator:
    """See the module. ``publish`` gets each EventBridge event whole, on the thread that caused it, under no lock.

    ``put_object(bucket, key, body)`` is where running channels write what goes to S3, ``delete_object(bucket, key)``
    where they remove it; neither may call the simulator. Without them nothing is written.
    """

    services = protocol.SERVICES

    def __init__(
        self,
        clock: Clock,
        publish: Callable[[dict[str, Any]], None],
        settings: SimulatorSettings | None = None,
        put_object: Callable[[str, str, bytes], None] | None = None,
        delete_object: Callable[[str, str], None] | None = None,
    ) -> None:
        storage = Storage(put_object, delete_object or (lambda bucket, key: None)) if put_object is not None else None
        self._core = Core(clock, publish, settings or SimulatorSettings(), storage)
        self._worlds: dict[str, World] = {}
        self._buckets: dict[tuple[str, ...], TokenBucket] = {}

    @property
    def settings(self) -> SimulatorSettings:
        """Change its fields at any time; a change holds from the next call on."""
        return self._core.settings

    # As a service

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        service = protocol.service_of(environ)
        extra: list[tuple[str, str]] = []
        try:
            if service is None:
                raise not_found("This request is for none of MediaLive, MediaConnect and IVS")
            status, body = self._answer(service, environ)
        except ServiceError as error:
            alike = self.settings.alternatives.ivs_error_text == "both"
            status, body = error.status, _error_body(error, service, alike)
            extra = [("x-amzn-errortype", error.code)]
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("x-amzn-requestid", str(uuid.uuid4())),
            *extra,
        ]
        start_response(f"{status} {_reason(status)}", headers)
        return [body]

    def _answer(self, service: str, environ: Mapping[str, Any]) -> tuple[int, bytes]:
        path = str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")
        route = protocol.api(service).route(str(environ["REQUEST_METHOD"]), path)
        if route is None:
            raise not_found(f"{service} has no operation {environ['REQUEST_METHOD']} {path}")
        arrived_at = self._core.writes
        raw = protocol.read_body(environ)
        outcome = "Crashed"
        with self._core.locked():
            self._core.arrived_at = arrived_at
            try:
                result = self._perform(service, route, environ, raw)
                answer = protocol.serialise(route.operation, result)
                outcome = "OK"
            except ServiceError as error:
                outcome = error.code
                raise
            finally:
                self._core.note_call(service, route.operation.name, outcome)
        return answer

    def _perform(self, service: str, route: protocol.Route, environ: Mapping[str, Any], raw: bytes) -> Params:
        world = self._world(protocol.region_of(environ) or self.settings.default_region)
        operation = route.operation
        if service == "ivs" and world.region.name not in REGIONS:
            raise ServiceError("NoEndpoint", f"IVS has no endpoint in {world.region.name}")
        limit, limited = self._limit(service, operation.name)
        bucket = self._buckets.setdefault((world.region.name, service, limited), TokenBucket())
        if limit is not None and not bucket.take(limit, self._core.clock.time()):
            raise ServiceError(THROTTLED[service], "Too Many Requests")
        behaviour = OPERATIONS[service].get(operation.name)
        if behaviour is None:
            raise ServiceError("NotSimulated", f"{service} {operation.name} is not simulated by OnAir's local stage")
        request = protocol.parse(route, environ, raw)
        found = [_relative(fault) for fault in shapes.faults(operation.input_shape, request)]
        if found:
            declared = {shape.name for shape in operation.error_shapes}
            if "UnprocessableEntityException" in declared:
                raise unprocessable(found)
            raise ServiceError(INVALID[service], "; ".join(str(fault) for fault in found))
        return behaviour(world, request)

    def _limit(self, service: str, operation: str) -> tuple[RateLimit | None, str]:
        """The limit of a call, and what it is counted with: IVS counts each operation by itself (facts §4)."""
        if service == "medialive":
            return self.settings.medialive_rate, ""
        if service == "mediaconnect":
            return self.settings.mediaconnect_rate, ""
        about_tags = operation in ("TagResource", "UntagResource", "ListTagsForResource")
        return self.settings.ivs_tags_rate if about_tags else self.settings.ivs_rate, operation

    # What exists and what happened

    def inventory(self) -> list[Resource]:
        """Everything that exists now, in all regions; no tombstones. Kinds: channel, input, input_security_group,
        flow, flow_output, ivs_channel, ivs_stream_key."""
        with self._core.locked():
            return [resource for world in self._worlds.values() for resource in resources(world.region)]

    def log(self) -> list[LogEntry]:
        """Every call that was answered and every change of state, oldest first."""
        with self._core.locked():
            return list(self._core.log)

    def reset(self) -> None:
        """Forget everything, scripted faults too; settings stay."""
        with self._core.locked():
            for world in self._worlds.values():
                for record in world.region.records():
                    record.moves += 1
                    if record.timer is not None:
                        record.timer.cancel()
            self._worlds.clear()
            self._buckets.clear()
            self._core.restart()

    # What belongs to the customer

    def seed_flow(self, name: str = "demo", arn: str | None = None, status: str = "ACTIVE") -> str:
        """A flow that exists already, with one RTP source. Returns its ARN; the region is the ARN's or the default."""
        region = arn.split(":")[3] if arn else self.settings.default_region
        with self._core.locked():
            world = self._world(region)
            flow = flows.new_flow(world, name, arn)
            flow.state = flow.settled = status
            flow.moves = 1  # it was started before, so the next start is a restart
            flow_parts.add_sources(world, flow, [{"Name": f"{name}-source", "Protocol": "rtp", "IngestPort": 5000}])
            world.region.flows.pop(flow.arn, None)  # one that comes again is the newest
            world.region.flows[flow.arn] = flow
            world.note_state(flow)
            return flow.arn

    def seed_inputs(self, names: Iterable[str]) -> None:
        """Inputs that pull from somewhere and exist already, whatever the quota is; the region is the default."""
        with self._core.locked():
            world = self._world(self.settings.default_region)
            for name in names:
                inputs.seed(world, name)

    def publish(
        self, input_id: str, started: bool = True, source: str = "encoder", endpoint: int | None = None
    ) -> bool:
        """An encoder pushes to an input, or stops. Whether it gets through: security groups keep out addresses.

        ``source`` is its address, or any name for one that is let in; a second source to one endpoint is double
        publishing. ``endpoint`` 0 or 1 is one of the input's endpoints, None is all. Nobody pushes to an RTMP input
        unless told so here; every other input is fed unless told here that it no longer is.
        """
        with self._core.locked():
            for world in self._worlds.values():
                if input_id in world.region.inputs:
                    return publishing.publish(world, world.region.inputs[input_id], started, source, endpoint)
        raise KeyError(f"no input {input_id}")

    def write_out(self) -> None:
        """Have running channels write to S3 whatever is due by now; for ``segments_written="when_looked_at"``."""
        with self._core.locked():
            for world in self._worlds.values():
                for channel in world.region.channels.values():
                    on_air.write_out(world, channel)

    # Scripted faults; ``name_pattern`` is a shell pattern, ``count`` None means every time

    def fail_channel(
        self,
        name_pattern: str,
        on: FailsOn = "start",
        message: str = "Scripted failure",
        count: int | None = 1,
        after: float = 30.0,
    ) -> None:
        """The next channels fail to create (CREATE_FAILED), to start (IDLE), or stop after ``after`` seconds on air."""
        with self._core.locked():
            self._core.faults.fail(name_pattern, on, message, count, after)

    def stick_channel(self, name_pattern: str, state: Sticks, count: int | None = 1) -> None:
        """The next channels that enter ``state`` stay there until ``release_channels``."""
        with self._core.locked():
            self._core.faults.stick(name_pattern, state, count)

    def release_channels(self) -> None:
        """Let every channel that sticks go on."""
        with self._core.locked():
            for world in self._worlds.values():
                for channel in world.region.channels.values():
                    channel_life.resume(channel)

    def reject_channel(
        self,
        name_pattern: str,
        message: str,
        code: str = "UnprocessableEntityException",
        count: int | None = None,
    ) -> None:
        """CreateChannel of such a name is refused, as for a setting that the service does not take."""
        with self._core.locked():
            self._core.faults.reject(name_pattern, message, code, count)

    def raise_alert(self, channel_id: str, alert_type: str, message: str, pipeline: str = "0") -> str:
        """Set an alert on a channel: an event, and an entry in ListAlerts. Returns its id for ``clear_alert``."""
        with self._core.locked():
            world, channel = self._find_channel(channel_id)
            return alerts.set_alert(world, channel, alert_type, message, pipeline).id

    def clear_alert(self, alert_id: str) -> None:
        with self._core.locked():
            for world in self._worlds.values():
                for channel in world.region.channels.values():
                    for alert in channel.alerts:
                        if alert.id == alert_id:
                            alerts.clear_alert(world, channel, alert)

    # Inside, under the lock

    def _world(self, region: str) -> World:
        if region not in self._worlds:
            self._worlds[region] = World(self._core, Region(region))
        return self._worlds[region]

    def _find_channel(self, channel_id: str) -> tuple[World, Channel]:
        for world in self._worlds.values():
            if channel_id in world.region.channels:
                return world, world.region.channels[channel_id]
        raise KeyError(f"no channel {channel_id}")


def _relative(fault: Fault) -> Fault:
    """The service names places in a channel from its encoder settings on."""
    return Fault(fault.path.removeprefix("encoderSettings."), fault.message)


def _error_body(error: ServiceError, service: str | None, alike: bool) -> bytes:
    """IVS's errors call their text ``exceptionMessage``, which boto3 does not look for."""
    body: dict[str, Any] = {"message": error.message} if service != "ivs" or alike else {}
    if service == "ivs":
        body["exceptionMessage"] = error.message
    if error.faults:
        body["validationErrors"] = [
            {"elementPath": fault.path, "errorMessage": fault.message} for fault in error.faults
        ]
    return json.dumps(body).encode()


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Limit Exceeded"
