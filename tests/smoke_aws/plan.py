"""What a run does, part for part, as people see it before they say yes, and as it is then done."""

from __future__ import annotations

from shared.domain.pricing.usage import BitrateBand, IvsChannelType, Resolution
from tests.smoke_aws.price import Part, Runs
from tests.smoke_aws.probes import SCENES
from tests.smoke_aws.probes.finding import Scene

SHOW = Part(
    "show",
    "a host session (IVS, one recording) and a flow session, with a channel and a flow that feed them",
    minutes=45,
    usual=22,
    channels=(
        Runs("source", 1, 2),
        Runs("host", 1, 2, Resolution.HD),
        Runs("flow", 1, 1, Resolution.HD, BitrateBand.FROM_10),
    ),
    ivs=(IvsChannelType.STANDARD,),
    flows=1,
    inputs=3,
)
#: Minutes of a scene: without a channel that runs, with one, and with one after the other.
_MINUTES = (10, 20, 35)
_USUAL = (2, 5, 12)


def of_scene(scene: Scene) -> Part:
    size = min(len(scene.runs), 2)
    return Part(
        scene.name,
        scene.makes,
        _MINUTES[size],
        _USUAL[size],
        tuple(Runs(str(number), inputs, outputs) for number, (inputs, outputs) in enumerate(scene.runs)),
        (IvsChannelType.BASIC,) if scene.ivs else (),
        1 if "flow" in scene.name else 0,
        2,
    )


def parts(show: bool, scenes: tuple[Scene, ...] = SCENES) -> list[Part]:
    return [*([SHOW] if show else []), *(of_scene(scene) for scene in scenes)]
