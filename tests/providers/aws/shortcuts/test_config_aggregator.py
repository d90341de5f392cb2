"""A Config aggregator: it gives names to what could not be listed, and decides nothing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from logcov.config import AwsShortcuts, ConfigAggregator
from logcov.findings import Finding
from logcov.inventory import Emitter, Listing, Route
from logcov.providers.aws.shortcuts.config_aggregator import COLUMNS, SELECT, STATUS, expression, read
from providers.aws.crawl import Crawl
from providers.aws.judging import findings, judged
from providers.aws.shortcuts.told import (
    AGGREGATOR,
    DAY,
    FLOWS,
    SHUT,
    aggregated,
    ago,
    item,
    open_network,
    organization,
    shut,
    sources,
)
from providers.aws.stage import HOME, OTHER, REGION, Stage

FLOW = "aws.vpc.flow"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def crawled(stage: Stage, *rows: str, **target: Any) -> Crawl:
    return stage.crawl(*(rows or FLOWS), accounts=(HOME, OTHER), shortcuts=AGGREGATOR, **target)


def named(found: Crawl) -> list[tuple[str, str | None, str | None]]:
    """What was named at the account that lets nobody in."""
    return [(one.scope, one.location, one.resource) for one in found.all(Emitter) if one.scope == SHUT]


def at_shut(found: Crawl, source: str = FLOW, reach: str = '"*"') -> list[Finding]:
    return [one for one in findings(found, source, reach) if one.scope == SHUT]


# --- The join -----------------------------------------------------------------------------------------------


def test_an_organization_with_a_closed_account_shows_what_is_there_by_name(stage: Stage) -> None:
    organization(stage)
    shut(stage)
    open_network(stage)
    aggregated(
        stage, item(name="vpc-0a"), item(name="vpc-0b", configurationItemCaptureTime=ago(days=9, hours=1))
    )
    found = crawled(stage, organization=True)

    shown = {one.resource: one for one in at_shut(found)}
    assert shown.keys() == {"*", "vpc-0a", "vpc-0b"}
    assert {one.status for one in shown.values()} == {"unknown"}
    assert {one.location for one in shown.values()} == {REGION}
    assert (
        "It is known from config-aggregator, may be 10 days old, and from nothing else."
        in shown["vpc-0a"].detail
    )
    (told,) = [one for one in shown["vpc-0a"].evidence if one.via != "direct"]
    assert (told.api, told.via) == (SELECT, "config-aggregator")
    # The oldest thing that is told of a place bounds the age of all.
    assert 9 * DAY < told.as_old_as < 9 * DAY + 4000
    # The account that could be read is judged as it is.
    assert [(one.resource, one.status) for one in findings(found, FLOW) if one.scope != SHUT] == [
        ("vpc-0f", "gap")
    ]


def test_the_population_says_how_resources_were_come_by(stage: Stage) -> None:
    organization(stage)
    shut(stage)
    open_network(stage)
    aggregated(stage, item(name="vpc-0a"), item(name="vpc-0b"))
    line = f"require: [{{id: line, title: a line, logs: {FLOW}, reach: '*'}}]\n"
    (accounts,) = [
        one for one in judged(crawled(stage, organization=True), line).population if one.kind == "account"
    ]
    assert accounts.obtained_by == (
        "organizations:ListAccounts, 2 resources from config-aggregator, may be 3 days old"
    )


def test_nothing_is_concluded_from_what_is_told(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage, item())
    found = crawled(stage)

    assert not [one for one in found.all(Listing) if one.at == SHUT]
    assert not [one for one in found.all(Route) if one.origin == SHUT]
    (emitter,) = [one for one in found.all(Emitter) if one.scope == SHUT]
    assert found.why(emitter.labels).kind == "not-observable"
    assert found.why(emitter.in_use).kind == "not-observable"
    (reading,) = [one for one in found.ledger.readings() if one.id in emitter.readings]
    assert (reading.via, reading.place, reading.location) == ("config-aggregator", SHUT, REGION)


def test_a_place_that_was_read_keeps_what_it_told_though_config_knows_a_vpc_that_is_gone(
    stage: Stage,
) -> None:
    open_network(stage)
    aggregated(stage, item(name="vpc-0dead", accountId=HOME), item(name="vpc-0dead"))
    stage.deny("ec2:DescribeFlowLogs")
    found = crawled(stage)

    assert {one.resource for one in found.all(Emitter)} == {"vpc-0f"}
    assert not stage.asked(SELECT)
    assert not stage.asked(STATUS)


def test_only_regions_that_could_not_be_read_get_names(stage: Stage) -> None:
    open_network(stage)
    stage.deny("ec2:DescribeVpcs", account=OTHER, region="us-east-1")
    aggregated(stage, item(name="vpc-0a"), item(name="vpc-0b", awsRegion="us-east-1"))
    found = crawled(stage, regions=(REGION, "us-east-1"))

    assert named(found) == [(SHUT, REGION, "vpc-0f"), (SHUT, "us-east-1", "vpc-0b")]


@pytest.mark.parametrize("line", ["", ', reach: "*"', ', reach: "*", retain: 365d'])
def test_an_old_item_is_neither_covered_nor_a_gap_where_only_the_list_was_refused(
    stage: Stage, line: str
) -> None:
    open_network(stage)
    stage.deny("ec2:DescribeVpcs", account=OTHER)
    aggregated(stage, item())
    found = crawled(stage)
    policy = f"require: [{{id: line, title: a line, logs: {FLOW}{line}}}]\n"
    shown = {one.resource: one.status for one in judged(found, policy).findings if one.scope == SHUT}

    assert shown == {"*": "unknown", "vpc-0a": "unknown"}


def test_what_the_aggregators_own_account_holds_is_hearsay_too(stage: Stage) -> None:
    """The answer that names it was read from the same account and region, and still is no direct reading of it."""
    open_network(stage)
    stage.deny("ec2:DescribeVpcs", account=HOME)
    aggregated(stage, item(accountId=HOME))
    found = crawled(stage)
    (named_one,) = [one for one in found.all(Emitter) if one.resource == "vpc-0a"]
    (reading,) = [one for one in found.ledger.readings() if one.id in named_one.readings]

    assert (named_one.scope, reading.via) == (f"aws:accounts/{HOME}", "config-aggregator")
    policy = f"require: [{{id: line, title: a line, logs: {FLOW}}}]\n"
    shown = {one.resource: one.status for one in judged(found, policy).findings if one.resource == "vpc-0a"}
    assert shown == {"vpc-0a": "unknown"}


def test_what_several_queries_tell_of_one_place_has_an_age_each(stage: Stage) -> None:
    open_network(stage)
    for call in ("ec2:DescribeVpcs", "rds:DescribeDBInstances", "rds:DescribeDBClusters"):
        stage.deny(call, account=OTHER)
    arn = f"arn:aws:rds:{REGION}:{OTHER}:db:orders"
    old = item(kind="AWS::RDS::DBInstance", arn=arn, configurationItemCaptureTime="2020-01-01T00:00:00.000Z")
    stage.tell(
        SELECT,
        lambda ask: {"Results": [json.dumps(old if "DBInstance" in ask.params["Expression"] else item())]},
    )
    sources(stage)
    found = stage.crawl(*FLOWS, "aws.rds", accounts=(HOME, OTHER), shortcuts=AGGREGATOR)
    ages = {
        one.resource: reading.as_old_as
        for one in found.all(Emitter)
        for reading in found.ledger.readings()
        if reading.id in one.readings and reading.via != "direct"
    }
    assert ages["vpc-0a"] < 4 * 365 * DAY < ages["db:orders"]


def test_without_the_names_findings_are_the_same_but_for_them(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage, item())
    with_names = {(one.id, one.status) for one in findings(crawled(stage), FLOW)}
    stage.deny(SELECT)
    without = {(one.id, one.status) for one in findings(crawled(stage), FLOW)}

    assert without < with_names
    assert {status for _, status in with_names - without} == {"unknown"}


# --- What may be wrong with it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["NoSuchConfigurationAggregatorException", "InvalidExpressionException", "SomethingNewException"]
)
def test_an_aggregator_that_is_not_there_or_does_not_understand_is_a_blind_spot(
    stage: Stage, code: str
) -> None:
    shut(stage)
    open_network(stage)
    stage.refuse(SELECT, code)
    stage.refuse(STATUS, code)
    found = crawled(stage)
    assert not named(found)
    assert [one.hides for one in (*found.spots(SELECT), *found.spots(STATUS))] == [(), ()]


@pytest.mark.parametrize("call", [SELECT, STATUS])
def test_a_denied_call_is_a_blind_spot_that_hides_nothing(stage: Stage, call: str) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage, item())
    stage.deny(call)
    found = crawled(stage)

    (spot,) = found.spots(call)[:1]
    assert (spot.place, spot.permission, spot.hides) == (f"aws:accounts/{HOME}", call, ())
    assert bool(named(found)) is (call == STATUS)
    assert "*" in {one.resource for one in at_shut(found)}


def test_an_aggregator_in_an_account_that_lets_nobody_in_is_asked_nothing(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage, item())
    closed = AwsShortcuts(config_aggregator=ConfigAggregator(name="acme-org", account=OTHER, region=REGION))
    found = stage.crawl(*FLOWS, accounts=(HOME, OTHER), shortcuts=closed)

    assert not stage.asked(SELECT)
    assert not named(found)
    assert found.spots("sts:AssumeRole")


def test_all_pages_are_read(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage)
    pages = {None: ("vpc-0a", "1"), "1": (None, "2"), "2": ("vpc-0b", None)}

    def page(ask: Any) -> dict[str, Any]:
        assert ask.params["Limit"] == 100
        name, following = pages[ask.params.get("NextToken")]
        told: dict[str, Any] = {"Results": [json.dumps(item(name=name))] if name else []}
        return told | ({"NextToken": following} if following else {})

    stage.tell(SELECT, page)
    found = crawled(stage)

    assert named(found) == [(SHUT, REGION, "vpc-0a"), (SHUT, REGION, "vpc-0b")]
    assert stage.asked(SELECT) == 3


@pytest.mark.parametrize("status", ["OUTDATED", "FAILED"])
def test_a_source_that_is_not_current_is_told_and_its_names_are_shown_with_their_age(
    stage: Stage, status: str
) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage, item())
    sources(stage, (OTHER, REGION, status), (HOME, REGION, "SUCCEEDED"), (OTHER, "us-east-1", "SUCCEEDED"))
    found = crawled(stage)

    (spot,) = found.spots(STATUS)
    assert (spot.place, spot.location, spot.hides) == (SHUT, REGION, ())
    assert spot.detail == f"the aggregator acme-org is not up to date here: {status} since 2026-11-01"
    assert named(found) == [(SHUT, REGION, "vpc-0a")]


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[]",
        "null",
        '"text"',
        "{",
        "[" * 100_000,
        '{"resourceType": "AWS::EC2::VPC", "resourceType": "AWS::EC2::VPC"}',
        item(accountId=None),
        item(awsRegion=7),
        item(resourceId=""),
        item(resourceId=["vpc-0a"]),
        item(resourceId="*"),
        item(resourceType=None),
        item(configurationItemStatus=["OK"]),
        item(configurationItemStatus={}),
        item(configurationItemCaptureTime=None),
        item(configurationItemCaptureTime="yesterday"),
        item(configurationItemCaptureTime="2026-11-22T08:30:00"),
        item(configurationItemCaptureTime="9999-12-31T23:59:59Z"),
        item(configurationItemCaptureTime="0001-01-01T00:00:00+23:59") | {"resourceId": "x"},
    ],
    ids=lambda one: str(one)[:60],
)
def test_a_result_that_names_nothing_is_told_and_the_others_are_taken(
    stage: Stage, broken: dict[str, Any] | str
) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage, broken, item(name="vpc-0b"))
    found = crawled(stage)

    assert named(found) == [(SHUT, REGION, "vpc-0b")]
    (spot,) = [one for one in found.spots(SELECT) if one.kind == "unparseable"]
    assert (spot.detail, spot.hides) == ("what names a resource is missing in 1 of 2 results", ())


@pytest.mark.parametrize("status", ["ResourceDeleted", "ResourceDeletedNotRecorded", "ResourceNotRecorded"])
def test_what_config_knows_to_be_gone_is_not_named(stage: Stage, status: str) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage, item(configurationItemStatus=status))
    found = crawled(stage)
    assert not named(found)
    assert not found.spots(SELECT)


def test_what_belongs_to_no_place_that_is_audited_is_left_out(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    aggregated(
        stage,
        item(accountId="999999999999"),
        item(awsRegion="global", arn="arn:aws:ec2::1:vpc/vpc-0a"),
        item(awsRegion="us-west-2"),
        item(kind="AWS::EC2::Subnet"),
    )
    assert not named(crawled(stage))


@pytest.mark.parametrize("state", ["SUSPENDED", "CLOSED", "PENDING_CLOSURE"])
def test_an_account_in_which_nobody_can_act_gets_no_names(stage: Stage, state: str) -> None:
    organization(stage)
    shut(stage)
    open_network(stage)
    accounts = [{"Id": HOME, "State": "ACTIVE"}, {"Id": OTHER, "State": state}]
    aggregated(stage, item())
    stage.tell("organizations:ListAccounts", {"Accounts": accounts})
    found = crawled(stage, organization=True)
    named_there = {one.resource for one in found.all(Emitter)}
    assert ("vpc-0a" in named_there) is (state == "PENDING_CLOSURE") is bool(stage.asked(SELECT))


# --- The question -------------------------------------------------------------------------------------------


def test_only_types_of_the_log_sources_in_question_and_accounts_that_miss_some_are_asked_about(
    stage: Stage,
) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage)
    crawled(stage)

    (asked,) = [ask.params["Expression"] for ask in stage.calls if ask.operation.startswith("Select")]
    assert asked == (
        f"SELECT {', '.join(COLUMNS)} WHERE resourceType IN ('AWS::EC2::VPC') AND accountId IN ('{OTHER}')"
    )


def test_a_thousand_accounts_are_not_named_one_by_one() -> None:
    many = {f"{number:012}": None for number in range(1000)}
    types = [f"AWS::Service{number}::Thing" for number in range(20)]
    text = expression(types, "configuration.VPCs.VPCId", many)  # type: ignore[arg-type]
    assert "accountId IN" not in text
    hundred = dict(list(many.items())[:100])
    assert "accountId IN" in expression(types, "", hundred)  # type: ignore[arg-type]
    assert len(expression(types, "configuration.VPCs.VPCId", hundred)) <= 4096  # type: ignore[arg-type]


def test_ages_are_counted_from_the_time_of_capture() -> None:
    def age(at: str) -> int:
        told = read([json.dumps(item(configurationItemCaptureTime=at))], frozenset({"AWS::EC2::VPC"}), NOW)
        return told.seen[0].age

    assert age("2026-11-24T07:59:00.500Z") == 59
    assert age("2026-11-23T09:00:00+01:00") == DAY
    # A clock that is a little ahead.
    assert age((NOW + timedelta(hours=1)).isoformat()) == 0
