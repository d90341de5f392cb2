import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from logcov.inventory import Destination, Keep, Ledger, Route, Scope, Unread
from logcov.providers.aws.stores.log_groups import SINGLY, read_log_group
from providers.aws.crawl import Crawl, crawl, open_session
from providers.aws.front import HOME, Front, denied, on, refused, told
from providers.aws.stage import HOME as HERE
from providers.aws.stage import REGION, Stage

GROUP = f"aws:logs/us-east-1/{HOME}//trail/main"
SUBSCRIPTION = "aws.logs.subscription"
COUNTED = "aws.logs.metric_filter"
QUERIED = "aws.cloudwatch.log_alarm"
ONWARD = (SUBSCRIPTION, COUNTED, QUERIED)


def look(front: Front) -> Crawl:
    return crawl(front.endpoint, ("aws.trails",))


def group(front: Front, **fields: Any) -> None:
    told_ = {"logGroupName": "/trail/main"} | fields
    front.rules.insert(
        0,
        on(
            "logs:DescribeLogGroups",
            lambda _: told("logs:DescribeLogGroups", logGroups=[{"logGroupName": "/trail/main2"}, told_]),
        ),
    )


def found_group(found: Crawl) -> Destination:
    one = found.one(Destination, GROUP)
    assert isinstance(one, Destination)
    return one


def test_a_group_keeps_and_finds_records_as_long_as_it_is_told(front: Front) -> None:
    found = look(front)
    one = found_group(found)
    assert (one.kind, one.end, one.owner) == ("aws.logs", True, f"aws:accounts/{HOME}")
    assert one.retained == one.online == one.searchable == (Keep(days=90),)
    assert (one.encrypted, one.lock) == ("provider", False)
    assert all((GROUP, None) in found.listed(kind) for kind in ONWARD)


@pytest.mark.parametrize(
    ("fields", "retained", "searchable"),
    [
        ({}, (Keep(days=None),), (Keep(days=None),)),
        ({"retentionInDays": 7, "logGroupClass": "INFREQUENT_ACCESS"}, (Keep(days=7),), (Keep(days=7),)),
        ({"retentionInDays": 400, "logGroupClass": "DELIVERY"}, (Keep(days=1),), (Keep(days=0),)),
    ],
)
def test_retention_by_class(front: Front, fields: dict[str, Any], retained: Any, searchable: Any) -> None:
    group(front, **fields)
    one = found_group(look(front))
    assert (one.retained, one.online, one.searchable) == (retained, retained, searchable)


def test_a_class_that_nobody_knows_may_not_be_searchable(front: Front) -> None:
    group(front, logGroupClass="ESSENTIALS")
    found = look(front)
    assert found.why(found_group(found).searchable).kind == "not-observable"


def test_a_retention_by_a_named_policy_is_not_for_ever(front: Front) -> None:
    group(front, retentionPolicyName="short")
    found = look(front)
    assert found.why(found_group(found).retained).kind == "not-observable"


def test_a_group_that_is_gone_is_not_one_whose_name_begins_alike(front: Front) -> None:
    front.rules.insert(
        0,
        on(
            "logs:DescribeLogGroups",
            lambda ask: told(ask.call, logGroups=[{"logGroupName": "/trail/main2"}]),
        ),
    )
    assert found_group(look(front)).exists is False


def test_a_refused_group_is_unread_in_everything(front: Front) -> None:
    front.rules.insert(0, on("logs:DescribeLogGroups", denied))
    found = look(front)
    one = found_group(found)
    for field in ("exists", "usable", "retained", "online", "searchable", "lock", "encrypted"):
        assert found.why(getattr(one, field)).permission == "logs:DescribeLogGroups"
    assert not any((GROUP, None) in found.listed(kind) for kind in ONWARD)
    (spot,) = found.spots("logs:DescribeLogGroups")
    assert (spot.place, spot.location, set(spot.hides)) == (GROUP, None, set(ONWARD))


def key(
    front: Front,
    *statements: Mapping[str, Any],
    state: str = "Enabled",
    grants: Sequence[Mapping[str, Any]] = (),
) -> None:
    """The group is encrypted with a key of this policy, and these grants."""
    arn = f"arn:aws:kms:us-east-1:{HOME}:key/k"
    group(front, kmsKeyId=arn)
    metadata = {"KeyId": "k", "Arn": arn, "KeyState": state, "KeyManager": "CUSTOMER"}
    policy = json.dumps({"Statement": [ROOT, *statements]})
    front.rules.insert(0, on("kms:DescribeKey", lambda ask: told(ask.call, KeyMetadata=metadata)))
    front.rules.insert(0, on("kms:GetKeyPolicy", lambda ask: told(ask.call, Policy=policy)))
    front.rules.insert(0, on("kms:ListGrants", lambda ask: told(ask.call, Grants=list(grants))))


ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
LOGS = {
    "Sid": "Logs",
    "Effect": "Allow",
    "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
    "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
    "Resource": "*",
}


@pytest.mark.parametrize(("state", "usable"), [("Enabled", True), ("Disabled", False)])
def test_a_group_is_as_good_as_its_key(front: Front, state: str, usable: bool) -> None:
    key(front, LOGS, state=state)
    one = found_group(look(front))
    assert (one.usable, one.encrypted) == (usable, "customer-key")


def only(*, operator: str = "ArnEquals", arn: str) -> dict[str, Any]:
    return LOGS | {"Condition": {operator: {"kms:EncryptionContext:aws:logs:arn": arn}}}


GROUP_ARN = f"arn:aws:logs:us-east-1:{HOME}:log-group:/trail/main"


@pytest.mark.parametrize(
    ("statement", "usable"),
    [
        (only(arn=GROUP_ARN), True),
        (only(arn=f"{GROUP_ARN}:*"), None),
        (only(operator="ArnLike", arn=f"arn:aws:logs:us-east-1:{HOME}:*"), True),
        (only(operator="ArnLike", arn=f"arn:aws:logs:us-east-1:{HOME}:log-group:/trail/*"), True),
        (only(arn=f"arn:aws:logs:us-east-1:{HOME}:log-group:/other"), False),
        (only(operator="ArnLike", arn=f"arn:aws:logs:eu-west-1:{HOME}:*"), False),
        (LOGS | {"Principal": {"Service": "logs.eu-west-1.amazonaws.com"}}, False),
        (LOGS | {"Principal": {"Service": "logs.amazonaws.com"}}, None),
        (LOGS | {"Action": ["kms:GenerateDataKey*", "kms:Encrypt", "kms:Decrypt"]}, True),
        (LOGS | {"Action": ["kms:GenerateDataKey*", "kms:Encrypt"]}, None),
        (LOGS | {"Action": ["kms:Encrypt", "kms:Decrypt"]}, None),
        (LOGS | {"Action": ["kms:Decrypt", "kms:Describe*"]}, False),
        (LOGS | {"Condition": {"StringEquals": {"kms:CallerAccount": HOME}}}, None),
        (ROOT, False),
    ],
)
def test_a_groups_key_must_let_cloudwatch_logs_of_the_region_encrypt(
    front: Front, statement: Mapping[str, Any], usable: bool | None
) -> None:
    key(front, statement)
    found = look(front)
    one = found_group(found)
    if usable is None:
        assert found.why(one.usable).call == "kms:GetKeyPolicy"
    else:
        assert one.usable is usable
        assert ("policy of the key" in one.unusable_because) is not usable


def test_a_groups_key_that_denies_takes_nothing(front: Front) -> None:
    key(front, LOGS, LOGS | {"Sid": "No", "Effect": "Deny", "Principal": "*"})
    one = found_group(look(front))
    assert one.usable is False
    assert "statement No denies it" in one.unusable_because
    assert one.raw["KeyStatement"]["Sid"] == "No"


def test_a_groups_key_may_let_cloudwatch_logs_in_by_a_grant(front: Front) -> None:
    service = {
        "GranteeServicePrincipal": "logs.us-east-1.amazonaws.com",
        "Operations": ["Encrypt", "GenerateDataKey"],
    }
    key(front, grants=[service])
    found = look(front)
    assert found.why(found_group(found).usable).call == "kms:ListGrants"
    key(front, grants=[service | {"GranteeServicePrincipal": "logs.eu-west-1.amazonaws.com"}])
    assert found_group(look(front)).usable is False


def test_a_groups_key_whose_policy_may_not_be_read_leaves_doubt(front: Front) -> None:
    key(front, LOGS)
    front.rules.insert(0, on("kms:GetKeyPolicy", denied))
    found = look(front)
    assert found.why(found_group(found).usable).permission == "kms:GetKeyPolicy"


def test_a_key_of_ones_own_account_that_does_not_exist_does_not_work(front: Front) -> None:
    group(front, kmsKeyId=f"arn:aws:kms:us-east-1:{HOME}:key/k")
    front.rules.insert(0, on("kms:DescribeKey", lambda ask: refused(ask, "NotFoundException")))
    assert found_group(look(front)).usable is False


def test_a_key_of_somebody_else_that_is_not_found_may_only_be_hidden(front: Front) -> None:
    group(front, kmsKeyId="arn:aws:kms:us-east-1:999999999999:key/k")
    front.rules.insert(0, on("kms:DescribeKey", lambda ask: refused(ask, "NotFoundException")))
    assert isinstance(found_group(look(front)).usable, Unread)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("logs:DescribeSubscriptionFilters", SUBSCRIPTION),
        ("logs:DescribeAccountPolicies", SUBSCRIPTION),
        ("logs:DescribeMetricFilters", COUNTED),
    ],
)
def test_a_refused_list_of_what_is_onward_leaves_no_listing(front: Front, call: str, kind: str) -> None:
    front.rules.insert(0, on(call, denied))
    found = look(front)
    assert [one for one in ONWARD if (GROUP, None) not in found.listed(one)] == [kind]
    (spot,) = found.spots(call)
    assert (spot.place, spot.location, spot.hides) == (GROUP, None, (kind,))
    assert found_group(found).retained == (Keep(days=90),)


# --- many groups ------------------------------------------------------------------------------------------


def read(stage: Stage, *names: str) -> Crawl:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    session.audited[HERE] = Scope(id=f"aws:accounts/{HERE}", kind="aws.account", provider="aws")
    stage.tell("logs:DescribeSubscriptionFilters", {"subscriptionFilters": []})
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
    stage.tell("logs:DescribeMetricFilters", {"metricFilters": []})
    stage.tell("cloudwatch:DescribeAlarms", {"MetricAlarms": [], "CompositeAlarms": []})
    facts = [
        fact for name in names for fact in read_log_group(session, f"aws:logs/{REGION}/{HERE}/{name}", ())
    ]
    return Crawl(tuple(facts), ledger)


def test_of_many_groups_the_list_is_read_once(stage: Stage) -> None:
    names = [f"app-{number}" for number in range(40)]

    def listed(ask: Any) -> dict[str, Any]:
        wanted = [name for name in names if name.startswith(ask.params.get("logGroupNamePrefix", ""))]
        return {"logGroups": [{"logGroupName": name, "retentionInDays": 7} for name in wanted]}

    stage.tell("logs:DescribeLogGroups", listed)
    found = read(stage, *names, "gone")
    stores = found.all(Destination)
    assert [one.exists for one in stores] == [True] * 40 + [False]
    assert {one.retained for one in stores[:-1]} == {(Keep(days=7),)}
    assert stage.asked("logs:DescribeLogGroups") == SINGLY + 1


def test_a_group_that_a_service_makes_by_itself_may_be_yet_to_come(stage: Stage) -> None:
    stage.tell("logs:DescribeLogGroups", {"logGroups": []})
    found = read(stage, "/aws/lambda/idle", "/app/lost")
    idle, lost = found.all(Destination)
    assert "with its first record" in found.why(idle.exists).detail
    assert lost.exists is False


def policy_for_all(stage: Stage, **document: Any) -> None:
    told = {"DestinationArn": f"arn:aws:kinesis:{REGION}:{HERE}:stream/siem", "FilterPattern": ""} | document
    one = {
        "policyName": "all",
        "policyType": "SUBSCRIPTION_FILTER_POLICY",
        "policyDocument": json.dumps(told),
    }
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": [one]})


def look_at(stage: Stage, name: str, *routes: Route) -> Crawl:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    session.audited[HERE] = Scope(id=f"aws:accounts/{HERE}", kind="aws.account", provider="aws")
    stage.tell("logs:DescribeSubscriptionFilters", {"subscriptionFilters": []})
    stage.tell("logs:DescribeMetricFilters", {"metricFilters": []})
    stage.tell("cloudwatch:DescribeAlarms", {"MetricAlarms": [], "CompositeAlarms": []})
    at = f"aws:logs/{REGION}/{HERE}/{name}"
    return Crawl(tuple(read_log_group(session, at, routes)), ledger)


def test_a_policy_for_all_groups_will_act_on_one_that_is_yet_to_come(stage: Stage) -> None:
    stage.tell("logs:DescribeLogGroups", {"logGroups": []})
    policy_for_all(stage)
    found = look_at(stage, "/aws/eks/idle/cluster")
    assert [one.to for one in found.all(Route)] == [f"aws:kinesis/{REGION}/{HERE}/siem"]
    assert all(found.listed(kind) for kind in ONWARD)
    stage.deny("logs:DescribeAccountPolicies")
    found = look_at(stage, "/aws/eks/idle/cluster")
    assert not found.listed(SUBSCRIPTION)
    assert found.listed(COUNTED)


def test_flow_logs_make_their_group_whatever_its_name(stage: Stage) -> None:
    stage.tell("logs:DescribeLogGroups", {"logGroups": []})
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
    way = Route(id="f", kind="aws.flow_log", setting="f", effect="carry", origin="o")
    (idle,) = look_at(stage, "flows", way).all(Destination)
    assert isinstance(idle.exists, Unread)
    (lost,) = look_at(stage, "flows").all(Destination)
    assert lost.exists is False


@pytest.mark.parametrize(
    ("kind", "document", "whole"),
    [
        ("STANDARD", {}, True),
        ("INFREQUENT_ACCESS", {}, False),
        ("STANDARD", {"FieldSelectionCriteria": "x"}, False),
    ],
)
def test_a_policy_for_all_groups_may_not_act_on_every_class(
    stage: Stage, kind: str, document: dict[str, Any], whole: bool
) -> None:
    stage.tell("logs:DescribeLogGroups", {"logGroups": [{"logGroupName": "app", "logGroupClass": kind}]})
    policy_for_all(stage, **document)
    (one,) = look_at(stage, "app").all(Route)
    assert (one.filter is None) is whole
    assert whole or isinstance(one.filter, Unread)
