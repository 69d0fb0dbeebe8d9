"""A stack in every state in which a deployment or a destruction may find it, and what is said of its failures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.deployment.account import Stage
from infra.deployment.stack import Stack
from infra.deployment.troubles import Failed, Trouble

ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/onair-live/1"
URL = "https://example.s3.eu-west-1.amazonaws.com/template/1.json"
Event = tuple[str, str, str]


class CloudFormation:
    """A stack that moves one step at each look: its status, and the events that came with it."""

    def __init__(self, status: str = "") -> None:
        self.status = status
        self.asked: list[tuple[str, Any]] = []
        self.events: list[dict[str, str]] = []
        self.script: list[tuple[str, list[Event]]] = []
        self.no_changes = False

    def will(self, *steps: tuple[str, list[Event]]) -> CloudFormation:
        self.script = list(steps)
        return self

    def describe_stacks(self, StackName: str) -> Any:
        if self.script and self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS":
            self.status, events = self.script.pop(0)
            for name, status, reason in events:
                self._event(name, status, reason)
        if self.status in ("", "DELETE_COMPLETE") and StackName != ID:
            error = {"Code": "ValidationError", "Message": "Stack with id onair-live does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        outputs = [{"OutputKey": "HttpApiUrl", "OutputValue": "https://api.example.com"}]
        return {"Stacks": [{"StackStatus": self.status or "DELETE_COMPLETE", "StackId": ID, "Outputs": outputs}]}

    def get_paginator(self, name: str) -> Any:
        assert name == "describe_stack_events"
        cloudformation = self

        class Pages:
            def paginate(self, StackName: str) -> Iterator[Any]:
                yield {"StackEvents": cloudformation.events[::-1]}

        return Pages()

    def create_change_set(self, **asked: Any) -> Any:
        self.asked.append(("create_change_set", asked))
        if not self.status:
            self.status = "REVIEW_IN_PROGRESS"
            self._event("onair-live", "REVIEW_IN_PROGRESS", "", ID)
        return {"Id": "change-set", "StackId": ID}

    def describe_change_set(self, ChangeSetName: str) -> Any:
        if self.no_changes:
            return {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."}
        return {"Status": "CREATE_COMPLETE"}

    def delete_change_set(self, ChangeSetName: str) -> None:
        self.asked.append(("delete_change_set", ChangeSetName))

    def execute_change_set(self, ChangeSetName: str) -> None:
        made = self.asked[-1][1]["ChangeSetType"]
        self.status = f"{made}_IN_PROGRESS"
        self._event("onair-live", self.status, "User Initiated", ID)

    def delete_stack(self, StackName: str) -> None:
        self.asked.append(("delete_stack", StackName))
        self.status = "DELETE_IN_PROGRESS"
        self._event("onair-live", self.status, "User Initiated", ID)

    def _event(self, name: str, status: str, reason: str, physical: str = "") -> None:
        kind = "AWS::CloudFormation::Stack" if name == "onair-live" else "AWS::Logs::LogGroup"
        event = {"EventId": str(len(self.events)), "LogicalResourceId": name, "ResourceStatus": status}
        event |= {"ResourceType": kind, "PhysicalResourceId": ID if name == "onair-live" else physical}
        self.events.append({**event, "ResourceStatusReason": reason})


class OneClient(Stage):
    def client(self, service: str) -> Any:
        return self.session


def a_stack(cloudformation: CloudFormation) -> tuple[Stack, list[str]]:
    said: list[str] = []
    stage = OneClient(
        "live", "111122223333", "eu-west-1", "arn:aws:iam::111122223333:user/somebody", None, cloudformation
    )
    time = iter(range(0, 100000, 5))
    return Stack(stage, said.append, lambda seconds: None, lambda: next(time)), said


def deploy(cloudformation: CloudFormation, takes_over: bool = False) -> tuple[Any, list[str]]:
    stack, said = a_stack(cloudformation)
    return stack.deploy(URL, stack.settled(), takes_over=takes_over), said


def test_a_first_deployment_creates_and_tells_what_comes_up() -> None:
    world = CloudFormation().will(
        ("CREATE_IN_PROGRESS", [("ApiLogGroup", "CREATE_IN_PROGRESS", ""), ("ApiLogGroup", "CREATE_COMPLETE", "")]),
        ("CREATE_COMPLETE", [("onair-live", "CREATE_COMPLETE", "")]),
    )
    (seen, changed), said = deploy(world)
    assert (seen.outputs, changed) == ({"HttpApiUrl": "https://api.example.com"}, True)
    asked = dict(world.asked)["create_change_set"]
    assert (asked["ChangeSetType"], asked["TemplateURL"]) == ("CREATE", URL)
    assert asked["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert "ImportExistingResources" not in asked
    assert said == ["creating the stack onair-live", "  create complete  ApiLogGroup", "  create complete  onair-live"]


def test_a_bucket_that_was_kept_is_taken_over_by_a_new_stack_and_by_no_other() -> None:
    world = CloudFormation().will(("CREATE_COMPLETE", []))
    deploy(world, takes_over=True)
    assert dict(world.asked)["create_change_set"]["ImportExistingResources"] is True
    world = CloudFormation("UPDATE_COMPLETE").will(("UPDATE_COMPLETE", []))
    deploy(world, takes_over=True)
    assert "ImportExistingResources" not in dict(world.asked)["create_change_set"]


def test_nothing_to_change_is_an_answer_and_its_change_set_goes() -> None:
    world = CloudFormation("UPDATE_COMPLETE")
    world.no_changes = True
    (_, changed), said = deploy(world)
    assert (changed, said) == (False, [])
    assert world.asked[-1] == ("delete_change_set", "change-set")


def test_a_stack_that_never_worked_is_deleted_first_and_made_anew() -> None:
    world = CloudFormation("ROLLBACK_COMPLETE").will(("DELETE_COMPLETE", []), ("CREATE_COMPLETE", []))
    (seen, changed), said = deploy(world)
    assert (seen.status, changed) == ("CREATE_COMPLETE", True)
    assert [name for name, _ in world.asked] == ["delete_stack", "create_change_set"]
    assert "its first deployment failed" in said[0]


@pytest.mark.parametrize(
    ("status", "remedy"),
    [("DELETE_FAILED", "make destroy STAGE=live"), ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback")],
)
def test_a_stack_that_cannot_be_deployed_to_says_what_to_do(status: str, remedy: str) -> None:
    with pytest.raises(Trouble) as told:
        deploy(CloudFormation(status))
    assert remedy in told.value.remedy
    assert told.value.exit_code == 3


def test_what_somebody_else_has_begun_is_waited_for() -> None:
    world = CloudFormation("UPDATE_IN_PROGRESS").will(
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", []), ("UPDATE_COMPLETE", []), ("UPDATE_COMPLETE", [])
    )
    (seen, _), said = deploy(world)
    assert seen.status == "UPDATE_COMPLETE"
    assert "what has begun is waited for" in said[0]


def test_a_failure_is_told_by_the_first_resource_that_failed_for_a_reason_of_its_own() -> None:
    world = CloudFormation("UPDATE_COMPLETE").will(
        (
            "UPDATE_ROLLBACK_IN_PROGRESS",
            [
                ("PageDistribution", "CREATE_FAILED", "Your account must be verified before you can add resources"),
                ("ApiRole", "UPDATE_FAILED", "Resource update cancelled"),
                ("onair-live", "UPDATE_ROLLBACK_IN_PROGRESS", "failed to create: [PageDistribution]"),
            ],
        ),
        ("UPDATE_ROLLBACK_COMPLETE", [("onair-live", "UPDATE_ROLLBACK_COMPLETE", "")]),
    )
    world._event("OldThing", "CREATE_FAILED", "of an earlier deployment")
    with pytest.raises(Failed) as told:
        deploy(world)
    assert "The stage is what it was before. It began with PageDistribution" in told.value.what
    assert "OldThing" not in told.value.what
    assert "ask AWS Support to verify it" in told.value.remedy
    assert told.value.exit_code == 1


def test_the_status_of_before_is_not_taken_for_the_result() -> None:
    """CloudFormation answers ExecuteChangeSet before the stack begins to move."""

    class Slow(CloudFormation):
        looks = 0

        def execute_change_set(self, ChangeSetName: str) -> None:
            self.slow = True

        def describe_stacks(self, StackName: str) -> Any:
            self.looks += 1
            if getattr(self, "slow", False) and self.looks > 5:
                self.slow = False
                super().execute_change_set("change-set")
            return super().describe_stacks(StackName)

    world = Slow("UPDATE_COMPLETE").will(("UPDATE_ROLLBACK_COMPLETE", [("Api", "UPDATE_FAILED", "no")]))
    with pytest.raises(Failed, match="It began with Api"):
        deploy(world)


def test_a_deletion_waits_until_the_stack_is_gone() -> None:
    world = CloudFormation("UPDATE_COMPLETE").will(("DELETE_IN_PROGRESS", []), ("DELETE_COMPLETE", []))
    stack, _ = a_stack(world)
    stack.delete()
    assert world.asked == [("delete_stack", "onair-live")]
    stack.delete()
    assert len(world.asked) == 1


def test_a_deletion_that_fails_says_with_what() -> None:
    failed = ("PageBucket", "DELETE_FAILED", "The bucket you tried to delete is not empty")
    world = CloudFormation("UPDATE_COMPLETE").will(("DELETE_FAILED", [failed]))
    stack, _ = a_stack(world)
    with pytest.raises(Failed, match="It began with PageBucket") as told:
        stack.delete()
    assert "it empties the stage's buckets" in told.value.remedy
