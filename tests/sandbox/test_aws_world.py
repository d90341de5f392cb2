"""What is wrong with an AWS world is told at the start, all at once."""

import copy
from typing import Any

import pytest

from logcov.errors import SandboxError
from logcov.sandbox.aws_world import world_of
from sandbox.acme_aws import NOW, shipped


def changed(**keys: Any) -> dict[str, Any]:
    return {**copy.deepcopy(shipped()["aws"]), **keys}


def test_the_shipped_world_is_right() -> None:
    world = world_of(shipped()["aws"], NOW)
    assert [account.state for account in world.accounts].count("ACTIVE") == 4


def test_every_problem_is_told_with_its_place() -> None:
    account = {"id": "12", "name": "x", "parent": "r-ab12", "colour": "red"}
    with pytest.raises(SandboxError) as caught:
        world_of(changed(accounts=[account], regoins=[]), NOW)
    for told in ("aws.accounts.0.id", "aws.accounts.0.colour", "aws.regoins"):
        assert told in str(caught.value)


def test_a_misspelled_time_is_told() -> None:
    event = {"name": "A", "source": "s", "user": "u", "read_only": True, "at": "yesterday"}
    with pytest.raises(SandboxError, match="relative to now"):
        world_of(changed(events={"recent": [event]}), NOW)


def test_a_key_that_is_not_there_is_told() -> None:
    bucket = {"name": "b", "account": "1" * 12, "region": "us-east-1", "key": "none"}
    with pytest.raises(SandboxError, match="bucket b: there is no key none"):
        world_of(changed(buckets=[bucket], trails=[]), NOW)


def test_a_trail_that_does_not_log_has_stopped_once() -> None:
    trail = {"name": "t", "account": "1" * 12, "home": "us-east-1", "bucket": "b", "logging": False}
    with pytest.raises(SandboxError, match="say when it stopped"):
        world_of(changed(trails=[trail]), NOW)
