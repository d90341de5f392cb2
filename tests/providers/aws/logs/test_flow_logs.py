import re
from collections.abc import Callable
from typing import Any

import pytest

from logcov.inventory import Delivery, Emitter, Filter, Route
from providers.aws.company import Company
from providers.aws.crawl import Crawl, crawl
from providers.aws.front import Front, Reply, denied, on

REGION = "eu-west-1"


def look(front: Front) -> Crawl:
    return crawl(front.endpoint, ("aws.vpcs", "aws.flow_logs"), organization=True)


def xml(name: str, root: str, *items: dict[str, Any]) -> Reply:
    """An EC2 answer that lists these things; nested lists are given as they look in XML."""
    told = "".join(
        "<item>" + "".join(f"<{field}>{value}</{field}>" for field, value in item.items()) + "</item>"
        for item in items
    )
    return Reply(body=f"<{name}Response><{root}>{told}</{root}></{name}Response>".encode())


def logs(front: Front, company: Company, *flow_logs: dict[str, Any]) -> None:
    """The member's flow logs in eu-west-1; None leaves a field out."""
    usual = {
        "flowLogStatus": "ACTIVE",
        "trafficType": "ALL",
        "logDestinationType": "s3",
        "logDestination": "arn:aws:s3:::member-logs",
        "deliverLogsStatus": "SUCCESS",
        "creationTime": "2026-01-02T03:04:05Z",
    }
    items = [
        {
            name: value
            for name, value in ({"flowLogId": f"fl-{number}"} | usual | one).items()
            if value is not None
        }
        for number, one in enumerate(flow_logs)
    ]
    answer = xml("DescribeFlowLogs", "flowLogSet", *items)
    front.rules.insert(0, on("ec2:DescribeFlowLogs", lambda _: answer, account=company.member, region=REGION))


def of(found: Crawl, resource: str) -> list[Route]:
    return [one for one in found.all(Route) if one.resource == resource]


# --- VPCs -------------------------------------------------------------------------------------------------


def test_every_vpc_emits_and_tells_whether_it_is_in_use(front: Front, company: Company) -> None:
    found = look(front)
    emitters = {one.resource: one for one in found.all(Emitter) if one.location == REGION}
    used, bare = emitters[company.vpc], emitters[company.bare_vpc]
    assert (used.scope, used.labels, used.in_use) == (
        f"aws:accounts/{company.member}",
        {"tier": "edge"},
        True,
    )
    assert (bare.labels, bare.in_use) == ({}, False)
    assert (f"aws:accounts/{company.member}", REGION) in found.listed("aws.vpc")


def test_refused_interfaces_leave_the_use_unread_and_the_vpcs_known(front: Front, company: Company) -> None:
    front.rules.insert(0, on("ec2:DescribeNetworkInterfaces", denied))
    found = look(front)
    (one,) = [one for one in found.all(Emitter) if one.resource == company.vpc]
    assert found.why(one.in_use).permission == "ec2:DescribeNetworkInterfaces"
    assert (one.scope, REGION) in found.listed("aws.vpc")


def test_refused_vpcs_leave_neither_listing(front: Front, company: Company) -> None:
    front.rules.insert(0, on("ec2:DescribeVpcs", denied, account=company.member, region=REGION))
    found = look(front)
    place = (f"aws:accounts/{company.member}", REGION)
    assert place not in found.listed("aws.vpc")
    assert place not in found.listed("aws.flow_log")
    assert found.spots("ec2:DescribeVpcs")[0].hides == ("aws.flow_log", "aws.vpc")


def test_a_shared_vpc_is_its_owners(front: Front, company: Company) -> None:
    shared = xml("DescribeVpcs", "vpcSet", {"vpcId": "vpc-shared", "ownerId": company.home})
    front.rules.insert(0, on("ec2:DescribeVpcs", lambda _: shared, account=company.member, region=REGION))
    found = look(front)
    assert not [one for one in found.all(Emitter) if one.resource == "vpc-shared"]


@pytest.mark.parametrize("owner", [{"ownerId": "999999999999"}, {}])
def test_a_vpc_whose_owner_is_not_audited_is_shown_and_in_doubt(
    front: Front, company: Company, owner: dict[str, str]
) -> None:
    shared = xml("DescribeVpcs", "vpcSet", {"vpcId": "vpc-shared"} | owner)
    front.rules.insert(0, on("ec2:DescribeVpcs", lambda _: shared, account=company.member, region=REGION))
    found = look(front)
    (emitter,) = [one for one in found.all(Emitter) if one.resource == "vpc-shared"]
    assert found.why(emitter.labels).kind == "not-observable"
    assert found.why(emitter.in_use).kind == "not-observable"
    (route,) = of(found, "vpc-shared")
    assert found.why(route.enabled).kind == "not-observable"


def test_an_empty_region_has_no_vpcs_and_says_so(front: Front, company: Company) -> None:
    front.rules.insert(0, on("ec2:DescribeVpcs", lambda _: xml("DescribeVpcs", "vpcSet")))
    found = look(front)
    assert (f"aws:accounts/{company.member}", REGION) in found.listed("aws.vpc")
    assert not [one for one in found.all(Emitter) if one.resource]


# --- flow logs of VPCs ------------------------------------------------------------------------------------


def test_a_flow_log_is_a_route_out_of_its_vpc(front: Front, company: Company) -> None:
    found = look(front)
    (one,) = of(found, company.bare_vpc)
    assert (one.kind, one.effect, one.sources) == ("aws.flow_log", "carry", ("aws.vpc.flow",))
    assert (one.origin, one.location) == (f"aws:accounts/{company.member}", REGION)
    assert re.fullmatch(rf"aws:flow-log/{REGION}/{company.member}/fl-\w+", one.setting)
    assert (one.to, one.writer) == ("aws:s3/member-logs", "delivery.logs.amazonaws.com")
    assert one.prefix == f"AWSLogs/{company.member}/vpcflowlogs/{REGION}/"
    kept = found.one(Filter, str(one.filter))
    assert (kept.dialect, kept.text) == ("aws.flow-traffic", "REJECT")
    assert (one.enabled, one.delivery) == (True, None)


def test_a_refused_list_leaves_no_listing_of_flow_logs(front: Front, company: Company) -> None:
    front.rules.insert(0, on("ec2:DescribeFlowLogs", denied, account=company.member, region=REGION))
    found = look(front)
    place = (f"aws:accounts/{company.member}", REGION)
    assert place in found.listed("aws.vpc")
    assert place not in found.listed("aws.flow_log")
    assert found.spots("ec2:DescribeFlowLogs")[0].hides == ("aws.flow_log",)


@pytest.mark.parametrize(
    ("change", "to", "prefix"),
    [
        ({}, "aws:s3/member-logs", "AWSLogs/{account}/vpcflowlogs/eu-west-1/"),
        (
            {"logDestination": "arn:aws:s3:::member-logs/net/flows/"},
            "aws:s3/member-logs",
            "net/flows/AWSLogs/{account}/vpcflowlogs/eu-west-1/",
        ),
        (
            {"destinationOptions": "<hiveCompatiblePartitions>true</hiveCompatiblePartitions>"},
            "aws:s3/member-logs",
            "AWSLogs/aws-account-id={account}/aws-service=vpcflowlogs/aws-region=eu-west-1/",
        ),
        (
            {
                "logDestinationType": "cloud-watch-logs",
                "logDestination": "arn:aws:logs:eu-west-1:1:log-group:flows:*",
            },
            "aws:logs/eu-west-1/1/flows",
            "",
        ),
        (
            {"logDestinationType": "cloud-watch-logs", "logDestination": None, "logGroupName": "flows"},
            "aws:logs/eu-west-1/{account}/flows",
            "",
        ),
        (
            {
                "logDestinationType": "kinesis-data-firehose",
                "logDestination": "arn:aws:firehose:eu-west-1:1:deliverystream/s",
            },
            "aws:firehose/eu-west-1/1/s",
            "",
        ),
    ],
)
def test_where_a_flow_log_leads(
    front: Front, company: Company, change: dict[str, Any], to: str, prefix: str
) -> None:
    logs(front, company, {"resourceId": company.vpc} | change)
    (one,) = of(look(front), company.vpc)
    assert one.to == to.format(account=company.member)
    assert one.prefix == prefix.format(account=company.member)


def test_a_delivery_that_fails_is_told_in_its_own_words(front: Front, company: Company) -> None:
    failed = {"deliverLogsStatus": "FAILED", "deliverLogsErrorMessage": "Access error"}
    logs(front, company, {"resourceId": company.vpc} | failed)
    (one,) = of(look(front), company.vpc)
    assert one.delivery == Delivery(last_success=None, last_error="Access error")


@pytest.mark.parametrize(
    ("change", "read"),
    [
        ({"trafficType": None}, lambda one: one.filter),
        ({"trafficType": "SOME"}, lambda one: one.filter),
        ({"flowLogStatus": None}, lambda one: one.enabled),
        ({"logDestinationType": "new"}, lambda one: one.to),
        ({"logDestination": "odd"}, lambda one: one.to),
        ({"deliverLogsStatus": None}, lambda one: one.delivery.last_error),
        ({"deliverLogsStatus": "NEW"}, lambda one: one.delivery.last_error),
    ],
)
def test_what_a_flow_log_does_not_tell_is_unread(
    front: Front, company: Company, change: dict[str, Any], read: Callable[[Route], Any]
) -> None:
    logs(front, company, {"resourceId": company.vpc} | change)
    found = look(front)
    (one,) = of(found, company.vpc)
    assert found.why(read(one)).kind == "unparseable"


def test_flow_logs_of_gateways_say_nothing_of_vpcs(front: Front, company: Company) -> None:
    logs(front, company, {"resourceId": "tgw-1"}, {"resourceId": "tgw-attach-1"})
    found = look(front)
    assert [one for one in found.all(Route) if one.location == REGION] == []
    assert (f"aws:accounts/{company.member}", REGION) in found.listed("aws.flow_log")


def test_a_flow_log_of_something_new_may_cover_any_vpc(front: Front, company: Company) -> None:
    logs(front, company, {"resourceId": "new-1"})
    found = look(front)
    (one,) = [one for one in found.all(Route) if one.location == REGION]
    assert one.resource is None
    assert found.why(one.enabled).kind == "not-observable"


@pytest.mark.parametrize("missing", ["flowLogId", "resourceId"])
def test_a_flow_log_that_names_nothing_spoils_the_listing(
    front: Front, company: Company, missing: str
) -> None:
    logs(front, company, {"resourceId": company.vpc} | {missing: None})
    assert (f"aws:accounts/{company.member}", REGION) not in look(front).listed("aws.flow_log")


# --- flow logs of parts -----------------------------------------------------------------------------------


def test_equal_logs_of_all_subnets_cover_the_vpc(front: Front, company: Company) -> None:
    logs(front, company, *({"resourceId": subnet} for subnet in company.subnets))
    (one,) = of(look(front), company.vpc)
    assert one.enabled is True
    assert one.setting.endswith("/fl-0")


def test_a_subnet_without_any_log_leaves_nothing_said_of_the_vpc(front: Front, company: Company) -> None:
    logs(front, company, {"resourceId": company.subnets[0]})
    found = look(front)
    assert of(found, company.vpc) == []
    assert (f"aws:accounts/{company.member}", REGION) in found.listed("aws.flow_log")


def test_unlike_logs_that_together_cover_the_vpc_leave_doubt(front: Front, company: Company) -> None:
    first, second = company.subnets
    logs(front, company, {"resourceId": first}, {"resourceId": second, "trafficType": "REJECT"})
    found = look(front)
    routes = of(found, company.vpc)
    assert len(routes) == 2
    assert {found.why(one.enabled).kind for one in routes} == {"not-observable"}


@pytest.mark.parametrize("call", ["ec2:DescribeSubnets", "ec2:DescribeNetworkInterfaces"])
def test_parts_of_a_network_that_is_not_known_leave_doubt(front: Front, company: Company, call: str) -> None:
    logs(front, company, *({"resourceId": subnet} for subnet in company.subnets))
    front.rules.insert(0, on(call, denied))
    found = look(front)
    (one,) = of(found, company.vpc)
    assert found.why(one.enabled).call == call


def test_a_log_of_the_whole_vpc_counts_beside_logs_of_parts(front: Front, company: Company) -> None:
    logs(front, company, {"resourceId": company.vpc}, {"resourceId": company.subnets[0]})
    assert [one.enabled for one in of(look(front), company.vpc)] == [True]
