"""The rows that the simulator lists as not established, each settled by a probe: a scene of a few calls.

``SCENES`` is the table; a contract test holds it against ``settings.alternatives``. A scene that breaks off settles
nothing more; the others go on.
"""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from tests.smoke_aws.probes import channels, flows, inputs, pictures, waiting
from tests.smoke_aws.probes.finding import Finding, Rig, Scene
from tests.smoke_aws.run import NotInTime

SCENES: tuple[Scene, ...] = (
    *inputs.SCENES,
    *channels.SCENES,
    *flows.SCENES,
    *waiting.SCENES,
    *pictures.SCENES,
)


def play(scene: Scene, rig: Rig) -> Iterator[Finding]:
    """Each row of the scene once, in its order; those that it did not come to say why."""
    found: dict[str, Finding] = {}
    why = "the scene ended without it"
    try:
        for finding in scene.play(rig):
            found[finding.name] = finding
    except (ClientError, BotoCoreError, NotInTime) as trouble:
        why = f"{type(trouble).__name__}: {trouble}"
    for name in scene.settles:
        yield found.pop(name) if name in found else Finding(name, None, why)
    assert not found, f"{scene.name} settles more than it says: {sorted(found)}"
