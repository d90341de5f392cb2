import json
from typing import Any

import pytest

from logcov.providers.aws.stores.topic_policy import Publish, ruling
from providers.aws.controls import ALARM_ARN, OWNERS, RULE_ARN, TOPIC_ARN
from providers.aws.stage import HOME, OTHER

ALARM = Publish(
    service="cloudwatch.amazonaws.com", account=HOME, source=ALARM_ARN, topic=TOPIC_ARN, owner=HOME
)
EVENT = Publish(service="events.amazonaws.com", account=HOME, source=RULE_ARN, topic=TOPIC_ARN, owner=HOME)
FOREIGN = Publish(
    service="cloudwatch.amazonaws.com",
    account=OTHER,
    source=ALARM_ARN.replace(HOME, OTHER),
    topic=TOPIC_ARN,
    owner=HOME,
)


def said(publish: Publish, *statements: Any) -> bool | None:
    return ruling(json.dumps({"Statement": list(statements)}), publish).allowed


def service(name: str = "cloudwatch.amazonaws.com", effect: str = "Allow", **fields: Any) -> dict[str, Any]:
    told = {"Effect": effect, "Principal": {"Service": name}, "Action": "sns:Publish", "Resource": TOPIC_ARN}
    return told | fields


def where(**conditions: dict[str, Any]) -> dict[str, Any]:
    return service(Condition=conditions)


def test_the_statement_that_every_topic_has_lets_alarms_of_its_account_in() -> None:
    assert said(ALARM, OWNERS) is True
    assert said(FOREIGN, OWNERS) is None
    assert said(EVENT, OWNERS) is None


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (service(), True),
        (service(Action=["SNS:*"], Resource="*"), True),
        (service(Action="sns:Subscribe"), None),
        (service(Resource=f"{TOPIC_ARN}-other"), None),
        (service(Resource="arn:aws:sns:*:*:${aws:PrincipalTag/t}"), None),
        (service("events.amazonaws.com"), None),
        (where(StringEquals={"aws:SourceAccount": HOME}), True),
        (where(StringEquals={"aws:SourceAccount": [OTHER, HOME]}), True),
        (where(StringEquals={"aws:SourceAccount": OTHER}), None),
        (where(ArnLike={"aws:SourceArn": f"arn:aws:cloudwatch:*:{HOME}:alarm:*"}), True),
        (where(ArnLike={"aws:SourceArn": f"arn:aws:cloudwatch:*:{OTHER}:alarm:*"}), None),
        (where(StringLike={"aws:SourceArn": f"{ALARM_ARN[:-2]}*"}), True),
        (where(StringEquals={"aws:PrincipalOrgID": "o-1"}), None),
        (where(StringEqualsIfExists={"aws:SourceAccount": HOME}), None),
        (where(StringEquals={"aws:SourceAccount": "${x}"}), None),
        ({"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}, None),
        (service(Effect="Perhaps"), None),
    ],
)
def test_a_statement_lets_alarms_in_only_if_it_is_understood_whole(
    statement: dict[str, Any], allowed: bool | None
) -> None:
    assert said(ALARM, statement) is allowed


@pytest.mark.parametrize(
    ("deny", "allowed"),
    [
        (service(effect="Deny"), False),
        (service(effect="Deny", Principal="*"), False),
        (service(effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}), True),
        (service(effect="Deny", Principal="*", Condition={"StringNotEquals": {"aws:x": "1"}}), None),
        (service(effect="Deny", Principal="*", Action="sns:Subscribe"), True),
        (service(effect="Deny", Principal={"AWS": f"arn:aws:iam::{OTHER}:root"}), True),
        (service(effect="Deny", Principal="*", Resource="arn:${x}"), None),
        (service("cloudwatch.eu-west-1.amazonaws.com", effect="Deny"), None),
        ({"Effect": "Deny", "NotPrincipal": {"AWS": HOME}, "Action": "sns:*", "Resource": "*"}, None),
        ({"Effect": "Deny", "Principal": "*", "NotAction": "sns:Get*", "Resource": "*"}, None),
    ],
)
def test_a_denial_wins_where_it_applies_or_may(deny: dict[str, Any], allowed: bool | None) -> None:
    assert said(ALARM, service(), deny) is allowed


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"Statement": ["x"]}'])
def test_a_policy_that_is_none_tells_nothing(text: Any) -> None:
    assert ruling(text, ALARM).allowed is None


def test_a_denial_that_does_not_say_of_what_may_be_one() -> None:
    denial = service(effect="Deny")
    del denial["Resource"]
    assert said(ALARM, OWNERS, denial) is None


@pytest.mark.parametrize("text", ['{"Statement": [], "Statement": []}', "[" * 200_000])
def test_a_policy_that_is_not_plainly_one_thing_is_not_understood(text: str) -> None:
    assert ruling(text, ALARM).allowed is None
