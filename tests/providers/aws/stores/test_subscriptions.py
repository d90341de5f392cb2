import json
from typing import Any

import pytest

from logcov.inventory import Destination, Filter, Ledger, Route, Scope
from logcov.providers.aws.stores.subscriptions import (
    FORWARDING,
    SUBSCRIPTION,
    follow,
    own_of,
    read_shared_destination,
)
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, REGION, SCOPE, Stage

GROUP = f"aws:logs/{REGION}/{HOME}//trail/main"
STREAM = f"arn:aws:kinesis:{REGION}:{HOME}:stream/siem"
SHARED = f"aws:logs-destination/{REGION}/{HOME}/siem"


def ways(stage: Stage, group: str = "/trail/main") -> Crawl:
    ledger = Ledger()
    place = open_session(stage.endpoint, ledger).place("", REGION, GROUP)
    own = own_of(place, group)
    assert own is not None
    return Crawl(tuple(follow(place, GROUP, group, own)), ledger)


def quiet(stage: Stage) -> None:
    stage.tell("logs:DescribeSubscriptionFilters", {"subscriptionFilters": []})
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})


def subscribe(stage: Stage, **fields: Any) -> None:
    quiet(stage)
    one = {"filterName": "siem", "filterPattern": "", "destinationArn": STREAM} | fields
    stage.tell("logs:DescribeSubscriptionFilters", {"subscriptionFilters": [one]})


def account_policy(stage: Stage, criteria: str | None = None, **document: Any) -> None:
    quiet(stage)
    policy = {
        "policyName": "all",
        "policyType": "SUBSCRIPTION_FILTER_POLICY",
        "policyDocument": json.dumps({"DestinationArn": STREAM, "FilterPattern": ""} | document),
    }
    stage.tell(
        "logs:DescribeAccountPolicies",
        {"accountPolicies": [policy | ({"selectionCriteria": criteria} if criteria is not None else {})]},
    )


@pytest.mark.parametrize(
    ("arn", "to"),
    [
        (f"arn:aws:firehose:{REGION}:1:deliverystream/s", f"aws:firehose/{REGION}/1/s"),
        (f"arn:aws:kinesis:{REGION}:1:stream/s", f"aws:kinesis/{REGION}/1/s"),
        (f"arn:aws:lambda:{REGION}:1:function:f", f"aws:lambda/{REGION}/1/f"),
        (f"arn:aws:lambda:{REGION}:1:function:f:live", f"aws:lambda/{REGION}/1/f"),
        (f"arn:aws:logs:{REGION}:1:destination:d", f"aws:logs-destination/{REGION}/1/d"),
    ],
)
def test_a_subscription_carries_everything_to_its_target(stage: Stage, arn: str, to: str) -> None:
    subscribe(stage, destinationArn=arn)
    found = ways(stage)
    (one,) = found.all(Route)
    assert (one.origin, one.kind, one.to, one.filter) == (GROUP, SUBSCRIPTION, to, None)
    assert found.listed(SUBSCRIPTION) == {(GROUP, None)}


def test_a_pattern_is_kept_word_for_word(stage: Stage) -> None:
    subscribe(stage, filterPattern='{ $.eventName = "ConsoleLogin" }')
    found = ways(stage)
    (one,), (chosen,) = found.all(Route), found.all(Filter)
    assert one.filter == chosen.id
    assert (chosen.dialect, chosen.text) == ("aws.logs-pattern", '{ $.eventName = "ConsoleLogin" }')


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"fieldSelectionCriteria": '@aws.account = "1"'}, "filter"),
        ({"filterPattern": "ERROR", "applyOnTransformedLogs": True}, "filter"),
        ({"destinationArn": "arn:aws:sqs:eu-west-1:1:queue"}, "to"),
    ],
)
def test_what_a_subscription_does_not_plainly_say_is_in_doubt(
    stage: Stage, fields: dict[str, Any], field: str
) -> None:
    subscribe(stage, **fields)
    found = ways(stage)
    (one,) = found.all(Route)
    assert found.why(getattr(one, field)).kind == "not-observable"


def test_a_policy_of_the_account_subscribes_the_group_too(stage: Stage) -> None:
    account_policy(stage, FilterPattern="ERROR")
    (one,) = ways(stage).all(Route)
    assert (one.to, one.setting.rpartition("/")[2]) == (
        f"aws:kinesis/{REGION}/{HOME}/siem",
        "account policy all",
    )
    assert one.raw["filterPattern"] == "ERROR"


def test_a_policy_of_the_account_leaves_out_the_groups_that_it_names(stage: Stage) -> None:
    account_policy(stage, 'LogGroupName NOT IN ["/trail/main", "/other"]')
    found = ways(stage)
    assert found.all(Route) == []
    assert found.listed(SUBSCRIPTION)
    assert len(ways(stage, "/third").all(Route)) == 1


@pytest.mark.parametrize("criteria", ['LogGroupName LIKE "x"', "LogGroupName NOT IN [oops]"])
def test_a_choice_of_groups_that_is_not_understood_hides_what_is_carried_on(
    stage: Stage, criteria: str
) -> None:
    account_policy(stage, criteria)
    found = ways(stage)
    assert not found.listed(SUBSCRIPTION)
    (spot,) = found.spots("logs:DescribeAccountPolicies")
    assert (spot.kind, spot.hides) == ("unparseable", (SUBSCRIPTION,))


@pytest.mark.parametrize(
    "policy",
    [{"policyName": "all", "policyDocument": "{"}, {"policyName": "all", "policyDocument": "[]"}, {}],
)
def test_a_policy_that_is_no_policy_hides_what_is_carried_on(stage: Stage, policy: dict[str, str]) -> None:
    quiet(stage)
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": [policy]})
    assert not ways(stage).listed(SUBSCRIPTION)


def test_a_subscription_without_a_name_hides_what_is_carried_on(stage: Stage) -> None:
    quiet(stage)
    stage.tell("logs:DescribeSubscriptionFilters", {"subscriptionFilters": [{"filterPattern": ""}]})
    assert not ways(stage).listed(SUBSCRIPTION)


# --- destinations that accounts share ---------------------------------------------------------------------


def shared(stage: Stage, destination: str = SHARED) -> Crawl:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    session.audited[HOME] = Scope(id=SCOPE, kind="aws.account", provider="aws")
    return Crawl(tuple(read_shared_destination(session, destination, ())), ledger)


def test_a_shared_destination_leads_to_its_stream(stage: Stage) -> None:
    names = ("siem-old", "siem")
    stage.tell(
        "logs:DescribeDestinations",
        {"destinations": [{"destinationName": name, "targetArn": f"{STREAM}-{name}"} for name in names]},
    )
    found = shared(stage)
    (one,) = found.all(Route)
    assert (one.origin, one.to) == (SHARED, f"aws:kinesis/{REGION}/{HOME}/siem-siem")
    assert found.one(Destination, SHARED).end is False
    assert found.listed(FORWARDING) == {(SHARED, None)}


def test_a_shared_destination_that_is_gone_carries_nothing(stage: Stage) -> None:
    stage.tell("logs:DescribeDestinations", {"destinations": [{"destinationName": "siem-old"}]})
    found = shared(stage)
    assert found.one(Destination, SHARED).exists is False
    assert (found.all(Route), found.listed(FORWARDING)) == ([], {(SHARED, None)})


def test_a_refused_shared_destination_is_unread(stage: Stage) -> None:
    stage.deny("logs:DescribeDestinations")
    found = shared(stage)
    spot = found.why(found.one(Destination, SHARED).exists)
    assert (spot.permission, spot.hides) == ("logs:DescribeDestinations", (FORWARDING,))


def test_a_shared_destination_of_a_stranger_is_not_asked_about(stage: Stage) -> None:
    found = shared(stage, SHARED.replace(HOME, "999999999999"))
    (one,) = found.all(Destination)
    assert "not audited" in found.why(one.exists).detail
    assert stage.asked("logs:DescribeDestinations") == 0


@pytest.mark.parametrize("document", ['{"FilterPattern": "", "FilterPattern": "x"}', "[" * 200_000, "[]"])
def test_a_policy_that_is_not_plainly_one_thing_hides_that_they_are_all(stage: Stage, document: str) -> None:
    account_policy(stage)
    one = {"policyName": "all", "policyType": "SUBSCRIPTION_FILTER_POLICY", "policyDocument": document}
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": [one]})
    found = ways(stage)
    assert (found.all(Route), found.listed(SUBSCRIPTION)) == ([], set())
    assert found.spots("logs:DescribeAccountPolicies")[0].kind == "unparseable"
