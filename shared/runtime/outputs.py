"""Where a channel's output goes in its next run, with the secrets that takes. Used when a channel is made or changed.

A destination's key goes from the parameter store, an IVS channel's from IVS, straight into the call.
"""

from __future__ import annotations

from shared.domain.destinations import SecretName
from shared.domain.errors import NotReady, SecretMissing
from shared.domain.model import Value
from shared.domain.names import buffer_prefix, parameter_name
from shared.domain.payloads import Payload
from shared.domain.payloads.channels import ChannelOutputs, DestinationSecrets, destination_settings
from shared.domain.payloads.ivs_channels import ivs_ingest_url
from shared.domain.session import ivs_channel_key
from shared.gateways import ivs, ledger, parameters
from shared.gateways.settings import settings
from shared.runtime.steps import Branch, ChannelStep


class OutputsWithSecrets(Value):
    """``secrets``: every secret in ``outputs``, to be struck out of whatever the service answers."""

    outputs: ChannelOutputs
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return "OutputsWithSecrets(…)"


def outputs_of(step: ChannelStep, branch: Branch, streams: bool) -> OutputsWithSecrets:
    """What the branch's channel puts out in the run that this operation starts. ``streams``: also to its destination.

    Raises ``SecretMissing``, and ``NotReady`` while an IVS channel has no key yet.
    """
    rtmp: tuple[Payload, ...] = ()
    secrets: tuple[str, ...] = ()
    if streams and branch.plan.ivs_channel_name is not None:
        ingest = _ivs_ingest(step)
        rtmp = ({"Url": ivs_ingest_url(ingest.endpoint), "StreamName": ingest.stream_key},)
        secrets = (ingest.stream_key,)
    elif streams and branch.destination is not None:
        found = _destination_secrets(branch)
        rtmp = tuple(destination_settings(branch.destination, found))
        secrets = found.values()
    buffer = f"{settings().bucket}/{buffer_prefix(step.session_id, step.operation)}" if branch.plan.records else ""
    return OutputsWithSecrets(outputs=ChannelOutputs(rtmp=rtmp, buffer=buffer), secrets=secrets)


def _ivs_ingest(step: ChannelStep) -> ivs.Ingest:
    row = ledger.get(step.session_id, ivs_channel_key(step.destination_id))
    ingest = ivs.ingest_of(row.resource_id) if row is not None and row.resource_id is not None else None
    if ingest is None:
        raise NotReady("the branch's IVS channel is not known yet, or has no key")
    return ingest


def _destination_secrets(branch: Branch) -> DestinationSecrets:
    assert branch.destination is not None
    stage, session_id, destination = settings().stage, branch.record.session_id, branch.destination
    names = {name: parameter_name(stage, session_id, destination.id, name) for name in destination.secrets}
    password = names.pop(SecretName.PASSWORD, None)  # MediaLive reads this one itself, by its name
    found = parameters.get_secrets(list(names.values()))
    missing = [name for name in names.values() if name not in found]
    if missing:
        raise SecretMissing(f"not in the parameter store: {', '.join(missing)}")
    values = {name: found[parameter] for name, parameter in names.items()}
    return DestinationSecrets(
        stream_key=values[SecretName.STREAM_KEY],
        url_query=values.get(SecretName.URL_QUERY),
        backup_url_query=values.get(SecretName.BACKUP_URL_QUERY),
        password_parameter=password,
    )
