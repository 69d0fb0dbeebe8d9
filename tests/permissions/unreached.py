"""Calls that the reading of the code finds and that are never made, each with its reason: nobody gets a permission for
them. tests/contract/test_permissions.py refuses a call that is neither heard nor listed here, and a line that is not
true any more.
"""

from __future__ import annotations

#: What a row speaks of is looked for in the list of its own kind (``locate`` in shared/runtime/steps.py).
_WORK_ON_CHANNELS = frozenset(
    {"createChannel", "startChannel", "setOutputs", "awaitOutputs", "stopChannel", "deleteChannel", "awaitChannel"}
)
_WORK_ON_INPUTS = frozenset({"createInput", "deleteInput"})
_WORK_ON_IVS_CHANNELS = frozenset({"createIvsChannel", "deleteIvsChannel"})

#: Come behind steps that have written the channel's id into the ledger: they never look for it.
_KNOW_THE_CHANNEL = frozenset({"startChannel", "setOutputs", "awaitOutputs"})

#: operation → the functions that never call it
NEVER: dict[str, frozenset[str]] = {
    "ivs:ListChannels": _WORK_ON_CHANNELS | _WORK_ON_INPUTS,
    "medialive:ListInputs": _WORK_ON_CHANNELS | _WORK_ON_IVS_CHANNELS,
    "medialive:ListChannels": _WORK_ON_INPUTS | _WORK_ON_IVS_CHANNELS | _KNOW_THE_CHANNEL,
    # Writing down what was found: not by those who never look, and of an input no owner is written.
    "dynamodb:TransactWriteItems ConditionCheck": frozenset({"setOutputs", "awaitOutputs"}),
    # … and what only closes recordings opens none.
    "dynamodb:TransactWriteItems Put": frozenset(
        {"setOutputs", "awaitOutputs", "giveUpStart", "giveUpStop", "closeRecordings"}
    ),
    "dynamodb:PutItem": frozenset({"setOutputs", "awaitOutputs"}) | _WORK_ON_INPUTS,
    # A source that is admitted needs its group; one that is released may be the last.
    "medialive:DeleteInputSecurityGroup": frozenset({"admitSource"}),
    # A group that the sweep has seen has an id, so it is not looked for by its tags.
    "medialive:ListInputSecurityGroups": frozenset({"deleteOrphan"}),
    # Whoever wakes the step before it has noted that the channel runs.
    "medialive:ListAlerts": frozenset({"settleStop"}),
}
