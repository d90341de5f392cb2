"""Roles that write into buckets: at home by IAM alone, elsewhere only if the bucket lets them in."""

from typing import Any

import pytest

from logcov.inventory import Route
from logcov.providers.aws.stores.identity_writes import identity_of, let_in
from providers.aws.stage import HOME, OTHER

ROLE = f"arn:aws:iam::{HOME}:role/firehose"
SOMEBODY = f"arn:aws:iam::{HOME}:root"


def route(writer: str = ROLE) -> Route:
    return Route(
        id="r",
        kind="k",
        setting="s",
        effect="carry",
        origin="o",
        to="aws:s3/logs",
        prefix="app/",
        writer=writer,
    )


def ruled(owner: str, *statements: dict[str, Any], writer: str = ROLE) -> bool | None:
    one = route(writer)
    identity = identity_of(one)
    assert identity is not None
    policy = {"Statement": list(statements)} if statements else None
    return let_in(policy, "logs", owner, identity, one).allowed


def statement(principal: Any, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {
        "Effect": effect,
        "Principal": principal,
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/*",
    } | more


@pytest.mark.parametrize("writer", ["", "delivery.logs.amazonaws.com", "arn:aws:sns:eu-west-1:1:topic"])
def test_services_and_nobody_are_no_identity(writer: str) -> None:
    assert identity_of(route(writer)) is None


@pytest.mark.parametrize("writer", [ROLE, SOMEBODY])
def test_within_an_account_no_policy_of_the_bucket_is_needed(writer: str) -> None:
    assert ruled(HOME, writer=writer) is True
    assert ruled(HOME, statement({"AWS": OTHER}), writer=writer) is True


@pytest.mark.parametrize("writer", [ROLE, SOMEBODY])
def test_a_bucket_of_another_account_without_a_policy_lets_nobody_in(writer: str) -> None:
    assert ruled(OTHER, writer=writer) is False
    assert ruled(OTHER, statement({"AWS": "999999999999"}), writer=writer) is False


@pytest.mark.parametrize("principal", ["*", {"AWS": HOME}, {"AWS": SOMEBODY}, {"AWS": [ROLE, OTHER]}])
def test_a_bucket_that_names_the_role_or_its_account_lets_it_in(principal: Any) -> None:
    assert ruled(OTHER, statement(principal)) is True


def test_a_grant_to_one_role_may_or_may_not_be_for_somebody() -> None:
    assert ruled(OTHER, statement({"AWS": ROLE}), writer=SOMEBODY) is None
    assert ruled(OTHER, statement({"AWS": ROLE + "-other"})) is None


@pytest.mark.parametrize("owner", [HOME, OTHER])
def test_a_denial_stands_in_the_way_everywhere(owner: str) -> None:
    allow, deny = statement("*"), statement("*", "Deny")
    assert ruled(owner, allow, deny) is False
    spared = {"Condition": {"ArnNotEquals": {"aws:PrincipalArn": ROLE}}}
    assert ruled(owner, allow, statement("*", "Deny", **spared)) is True
    assert ruled(owner, allow, statement("*", "Deny", **spared), writer=SOMEBODY) is None
