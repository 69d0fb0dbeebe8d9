"""All checks, in their order. Called by ``console/doctor.py``, which shows each finding as it comes.

A check that can't be made says so, and the others go on. Without credentials, a region or a way to AWS only this
machine is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from infra.doctor import stack as stacks
from infra.doctor.alarms import alarms, dead_letters
from infra.doctor.api import api
from infra.doctor.aws import Asks, AwsRefused, AwsUnreachable, NoCredentials
from infra.doctor.finding import Finding, unseen
from infra.doctor.identity import caller_of, no_credentials, region_found
from infra.doctor.leftovers import leftovers
from infra.doctor.look import AskApi, Caller, Look
from infra.doctor.media_live_role import media_live_role
from infra.doctor.permissions import permissions
from infra.doctor.quotas import concurrency, flow_outputs, quotas
from infra.doctor.records import backups, logs
from infra.doctor.regions import regions
from infra.doctor.secrets import key, secrets, writing
from infra.doctor.stack import stack
from infra.doctor.sweep import sweep
from infra.doctor.tools import tools

Check = Callable[[Look], Iterator[Finding]]

#: By heading: what a check is called where it can't be made, and the check.
HERE: dict[str, Check] = {"this machine": tools}
ACCOUNT: dict[str, dict[str, Check]] = {
    "the region": {"services": regions},
    "quotas": {"quotas": quotas, "outputs of a flow": flow_outputs, "functions at once": concurrency},
    "permissions": {"permissions": permissions},
    "stream keys": {"stream keys": secrets, "writing parameters": writing, "the key aws/ssm": key},
}
STAGE: dict[str, Check] = {"the stack": stack, "MediaLive's role": media_live_role, "left behind": leftovers}
DEPLOYED: dict[str, Check] = {
    "the API": api,
    "the sweep": sweep,
    "dead letters": dead_letters,
    "alarms": alarms,
    "the table's backups": backups,
    "logs": logs,
}

#: What comes of an answer that is not as AWS's documents have it: whoever gave it is not AWS. All else that is asked
#: is as good as before.
_ODD = (AttributeError, LookupError, TypeError, ValueError)

Nobody = Literal["", "no credentials", "unreachable"]


@dataclass
class Doctor:
    """One examination. ``stages_account``: the account that the stage is to be in, if its settings say so.

    ``nobody`` says afterwards why AWS could not be asked at all, ``account`` whose it was.
    """

    aws: Asks
    region: str | None
    stage: str
    now: datetime
    root: Path
    ask_api: AskApi
    profile: str | None = None
    stages_account: str = ""
    nobody: Nobody = ""
    account: str = ""

    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Each with its heading, as soon as it is found."""
        for heading, finding in self._findings():
            yield heading, finding.masked()

    def _findings(self) -> Iterator[tuple[str, Finding]]:
        you = "you"
        caller = None
        try:
            if self.region:
                caller, finding = caller_of(self.aws, self.profile, self.stages_account)
            else:
                finding = unseen("credentials", "AWS is asked in a region")
        except AwsUnreachable as trouble:
            self.nobody, finding = "unreachable", unseen("credentials", f"AWS does not answer: {trouble}")
        except _ODD as trouble:
            self.nobody, finding = "unreachable", unseen("credentials", _not_understood(trouble))
        if self.region and caller is None and not self.nobody:
            self.nobody = "no credentials"
        self.account = caller.account if caller else ""
        yield you, finding
        yield you, region_found(self.region)
        look = self._look(caller or Caller("", "", "aws"))
        for name, check in HERE.items():
            yield from self._of(name, name, check, look)
        if caller is None:
            why = f"{self.nobody or 'no region is named'}: nothing can be asked"
            yield "the account", unseen(", ".join([*ACCOUNT, f"the stage {self.stage}"]), why)
            return
        for heading, checks in ACCOUNT.items():
            for name, check in checks.items():
                yield from self._of(heading, name, check, look)
        yield from self._stage(self._with_stack(look))

    def _stage(self, look: Look) -> Iterator[tuple[str, Finding]]:
        heading = f"the stage {self.stage}"
        for name, check in STAGE.items():
            yield from self._of(heading, name, check, look)
        if look.stack is not None:
            for name, check in DEPLOYED.items():
                yield from self._of(heading, name, check, look)
            return
        yield heading, unseen(", ".join(DEPLOYED), look.stack_unknown or "the stage is not deployed")

    def _of(self, heading: str, name: str, check: Check, look: Look) -> Iterator[tuple[str, Finding]]:
        try:
            for finding in check(look):
                yield heading, finding
        except AwsRefused as refusal:
            yield heading, unseen(name, f"{'you may not ask' if refusal.is_denied else 'AWS does not tell'}: {refusal}")
        except AwsUnreachable as trouble:
            yield heading, unseen(name, f"AWS does not answer: {trouble}")
        except NoCredentials as trouble:
            yield heading, no_credentials(str(trouble), self.profile)
        except _ODD as trouble:
            yield heading, unseen(name, _not_understood(trouble))

    def _look(self, caller: Caller) -> Look:
        region = self.region or ""
        return Look(self.aws, region, self.stage, caller, self.now, self.root, self.ask_api, self.profile)

    def _with_stack(self, look: Look) -> Look:
        try:
            return replace(look, stack=stacks.read(self.aws, look.prefix))
        except (AwsRefused, AwsUnreachable, NoCredentials) as trouble:
            return replace(look, stack_unknown=f"whether it is deployed can't be told: {trouble}")
        except _ODD as trouble:
            return replace(look, stack_unknown=_not_understood(trouble))


def _not_understood(trouble: Exception) -> str:
    return f"the answer is not understood: {type(trouble).__name__} {trouble}"
