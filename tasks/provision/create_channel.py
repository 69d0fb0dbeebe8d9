"""Create the MediaLive channel of one branch.

Saga step: forward. Undone by ``tasks/remove/delete_channel.py``.
Idempotent: what an earlier attempt made is found by name and tag; the RequestId is the same in every attempt.
The stream key goes from the parameter store into the call and nowhere else.
"""

from __future__ import annotations

from shared.domain.errors import SecretMissing
from shared.domain.names import parameter_name
from shared.domain.payloads.channels import DestinationSecrets, create_channel_request
from shared.domain.session import ResourceKind, channel_key, input_key
from shared.domain.session_spec import SecretName
from shared.gateways import ledger, medialive, parameters
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.steps import (
    Branch,
    ChannelStep,
    intended,
    locate,
    open_branch,
    ready_input,
    record_created,
    refusal_noted,
)
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    branch = open_branch(step)
    key = channel_key(step.destination_id)
    earlier = ledger.get(step.session_id, key)
    if locate(step, earlier) is not None:
        return Done()
    input_id = ready_input(step).id
    secrets = _secrets(branch)
    row = intended(step, key, ResourceKind.CHANNEL, branch.plan.channel_name, now(), earlier)
    ledger.intend(step.session_id, row)
    request = create_channel_request(
        settings().stage,
        step.session_id,
        branch.plan,
        branch.destination,
        secrets,
        input_id,
        settings().media_live_role_arn,
        step.operation,
    )
    with refusal_noted(step, row, earlier):
        seen = medialive.create_channel(request, secrets.values())
    record_created(step, row, seen)
    ledger.observe(step.session_id, input_key(step.destination_id), medialive.describe_input(input_id).state, now())
    return Done()


def _secrets(branch: Branch) -> DestinationSecrets:
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
