"""Whether the region has the services that not every region has (docs/reference/aws-facts.md §13): MediaLive,
MediaConnect and IVS. By what the SDK knows, as OnAir itself decides it (shared/gateways/ivs.py)."""

from __future__ import annotations

from collections.abc import Iterator

from infra.doctor.finding import Finding, fine, wrong
from infra.doctor.look import Look

_SERVICES = {
    "medialive": ("MediaLive", "Every session's channels are MediaLive's: nothing can go on the air here."),
    "mediaconnect": ("MediaConnect", "A show that comes from a MediaConnect flow can't be put on the air here."),
    "ivs": ("IVS", "A session whose platform is ivs is refused here; everything else works."),
}


def regions(look: Look) -> Iterator[Finding]:
    for service in _SERVICES:
        yield judged(service, look.region, look.aws.regions(service))


def judged(service: str, region: str, there: list[str]) -> Finding:
    name, matters = _SERVICES[service]
    if region in there:
        return fine(name, f"it is in {region}")
    with_all = f"deploy to a region that has it: {', '.join(there)}"
    do = with_all if service != "ivs" else f"{with_all}; or leave it so, if no session is to stream into IVS"
    return wrong(name, f"it is not in {region}", matters=matters, do=do)
