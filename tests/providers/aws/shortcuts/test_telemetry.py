"""CloudWatch's telemetry configuration: names for what could not be listed, where it is evaluated."""

from typing import Any

import pytest

from logcov.config import AwsShortcuts, TelemetryConfiguration
from logcov.inventory import Emitter, Route
from logcov.providers.aws.shortcuts.telemetry import LIST, STATUS, TYPES, read
from providers.aws.crawl import Crawl
from providers.aws.judging import findings
from providers.aws.shortcuts.told import (
    DAY,
    FLOWS,
    SHUT,
    TELEMETRY,
    evaluated,
    open_network,
    resource,
    shut,
)
from providers.aws.stage import HOME, OTHER, REGION, Stage

FLOW = "aws.vpc.flow"
SECONDS = 1_764_000_000


def crawled(stage: Stage, *rows: str, shortcuts: AwsShortcuts = TELEMETRY, **target: Any) -> Crawl:
    return stage.crawl(*(rows or FLOWS), accounts=(HOME, OTHER), shortcuts=shortcuts, **target)


def named(found: Crawl) -> list[tuple[str | None, str | None]]:
    return sorted(
        {(one.location, one.resource) for one in found.all(Emitter) if one.scope == SHUT},
        key=lambda one: (str(one[0]), str(one[1])),
    )


@pytest.mark.parametrize("state", ["Enabled", "Disabled", "NotApplicable"])
def test_a_closed_account_shows_what_is_there_whatever_is_said_of_its_telemetry(
    stage: Stage, state: str
) -> None:
    shut(stage)
    open_network(stage)
    evaluated(stage, resource(TelemetryConfigurationState={"Logs": state}))
    found = crawled(stage)

    shown = {one.resource: one for one in findings(found, FLOW) if one.scope == SHUT}
    assert {name: one.status for name, one in shown.items()} == {"*": "unknown", "vpc-0a": "unknown"}
    (told,) = [one for one in shown["vpc-0a"].evidence if one.via == "telemetry-configuration"]
    assert 3 * DAY < told.as_old_as < 3 * DAY + 4000
    assert "It is known from telemetry-configuration, may be 4 days old" in shown["vpc-0a"].detail
    assert not [one for one in found.all(Route) if one.origin == SHUT]


@pytest.mark.parametrize("status", ["NOT_STARTED", "STARTING", "FAILED_START", "STOPPING", "STOPPED"])
def test_a_list_that_is_not_being_evaluated_means_nothing(stage: Stage, status: str) -> None:
    shut(stage)
    open_network(stage)
    evaluated(stage, resource(), Status=status)
    found = crawled(stage)

    assert not named(found)
    assert not stage.asked(LIST)
    (spot,) = found.spots(STATUS)
    assert spot.detail == f"telemetry configuration is {status} here, so that its list means nothing"
    assert spot.hides == ()


@pytest.mark.parametrize("call", [STATUS, LIST])
def test_a_denied_call_is_a_blind_spot_that_hides_nothing(stage: Stage, call: str) -> None:
    shut(stage)
    open_network(stage)
    evaluated(stage, resource())
    stage.deny(call)
    found = crawled(stage)

    assert not named(found)
    (spot,) = found.spots(call)
    assert (spot.permission, spot.hides) == (call, ())


def test_nobody_is_asked_where_everything_was_read(stage: Stage) -> None:
    open_network(stage)
    evaluated(stage, resource(name="vpc-0dead"))
    found = crawled(stage)
    assert not stage.asked(STATUS)
    assert named(found) == [(REGION, "vpc-0f")]


def test_log_sources_of_which_it_knows_nothing_are_no_reason_to_ask(stage: Stage) -> None:
    shut(stage)
    evaluated(stage)
    stage.tell("rds:DescribeDBInstances", {"DBInstances": []})
    stage.tell("rds:DescribeDBClusters", {"DBClusters": []})
    crawled(stage, "aws.rds")
    assert not stage.asked(STATUS)


def test_each_region_that_is_named_tells_of_itself(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    evaluated(stage, resource())
    stage.tell(LIST, {"TelemetryConfigurations": [resource(name="vpc-0e")]}, region="us-east-1")
    two = AwsShortcuts(telemetry=TelemetryConfiguration(account=HOME, regions=(REGION, "us-east-1")))
    found = crawled(stage, shortcuts=two, regions=(REGION, "us-east-1"))
    assert named(found) == [(REGION, "vpc-0a"), ("us-east-1", "vpc-0e")]


def test_a_home_region_tells_of_others_too_so_that_ids_alone_do_not_say_where(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    balancer = f"arn:aws:elasticloadbalancing:us-east-1:{OTHER}:loadbalancer/net/edge/0a"
    evaluated(
        stage,
        resource(),
        resource("AWS::ElasticLoadBalancingV2::LoadBalancer", balancer),
        HomeRegion=REGION,
        RegionStatuses=[{"Region": "us-east-1", "Status": "RUNNING"}],
    )
    found = crawled(stage, *FLOWS, "aws.elb", regions=(REGION, "us-east-1"))

    assert named(found) == [("us-east-1", balancer)]
    (spot,) = [one for one in found.spots(LIST) if one.kind == "unparseable"]
    assert spot.detail == "what names a resource and its region is missing in 1 of 2 results"


def test_all_pages_are_read_ten_accounts_and_the_types_in_question_at_a_time(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    evaluated(stage)

    def page(ask: Any) -> dict[str, Any]:
        if "NextToken" in ask.params:
            return {"TelemetryConfigurations": [resource(name="vpc-0b")]}
        return {"TelemetryConfigurations": [resource()], "NextToken": "more"}

    stage.tell(LIST, page)
    assert named(crawled(stage)) == [(REGION, "vpc-0a"), (REGION, "vpc-0b")]
    asked = [ask.params for ask in stage.calls if f"{ask.service}:{ask.operation}" == LIST]
    assert asked[0] == {"AccountIdentifiers": [OTHER], "ResourceTypes": ["AWS::EC2::VPC"], "MaxResults": 50}
    assert len(asked) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"AccountIdentifier": None},
        {"ResourceIdentifier": None},
        {"ResourceIdentifier": "subnet-0a"},
        {"LastUpdateTimeStamp": None},
        {"LastUpdateTimeStamp": 0},
        {"LastUpdateTimeStamp": 10**18},
        {"ResourceType": "AWS::WAFv2::WebACL", "ResourceIdentifier": "web"},
    ],
    ids=str,
)
def test_a_result_that_names_nothing_is_counted(changes: dict[str, Any]) -> None:
    broken = {name: value for name, value in (resource() | changes).items() if value is not None}
    told = read([broken, resource(LastUpdateTimeStamp=SECONDS * 1000)], REGION, SECONDS + DAY)
    assert (len(told.seen), told.unusable) == (1, 1)
    assert told.seen[0].age == DAY


def test_types_that_it_may_learn_later_are_passed_over() -> None:
    told = read([resource("AWS::Quantum::Computer"), resource("AWS::EC2::Instance", "i-0a")], REGION, SECONDS)
    assert (told.seen, told.unusable) == ((), 0)


def test_it_is_asked_only_about_types_that_it_knows() -> None:
    import botocore.session

    model = botocore.session.get_session().get_service_model("observabilityadmin")
    assert set(TYPES) <= set(model.shape_for("ResourceType").enum)
    assert len(TYPES) <= model.shape_for("ResourceTypes").metadata["max"]
