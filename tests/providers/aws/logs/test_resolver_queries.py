from typing import Any

import pytest

from logcov.inventory import Delivery, Emitter, Route, Unread
from providers.aws.crawl import Crawl
from providers.aws.judging import findings
from providers.aws.plain_group import log_group
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Stage

SOURCE = "aws.route53.resolver_query"
GROUP = f"arn:aws:logs:{REGION}:{HOME}:log-group:/dns"
BUCKET = "arn:aws:s3:::dns-logs/queries"
PROFILE = "rp-1"


def vpcs(stage: Stage, *told: dict[str, Any]) -> None:
    stage.tell("ec2:DescribeVpcs", {"Vpcs": [{"VpcId": "vpc-1", "OwnerId": HOME} | one for one in told]})
    stage.tell("ec2:DescribeNetworkInterfaces", {"NetworkInterfaces": []})


def configs(stage: Stage, *told: dict[str, Any]) -> None:
    usual = {"Id": "rqlc-1", "OwnerId": HOME, "Status": "CREATED", "DestinationArn": GROUP}
    stage.tell(
        "route53resolver:ListResolverQueryLogConfigs",
        {"ResolverQueryLogConfigs": [usual | one for one in told]},
    )


def associations(stage: Stage, *told: dict[str, Any]) -> None:
    usual = {
        "Id": "rqlca-1",
        "ResolverQueryLogConfigId": "rqlc-1",
        "ResourceId": "vpc-1",
        "Status": "ACTIVE",
        "Error": "NONE",
    }
    stage.tell(
        "route53resolver:ListResolverQueryLogConfigAssociations",
        {"ResolverQueryLogConfigAssociations": [usual | one for one in told]},
    )


def profile(stage: Stage, config: str = "rqlc-1", **more: Any) -> None:
    tied = {"ProfileId": PROFILE, "ResourceId": "vpc-1", "Status": "COMPLETE"} | more
    stage.tell("route53profiles:ListProfileAssociations", {"ProfileAssociations": [tied]})
    arn = f"arn:aws:route53resolver:{REGION}:{HOME}:resolver-query-log-config/{config}"
    zone = {"ResourceArn": "arn:aws:route53:::hostedzone/Z1", "Status": "COMPLETE"}
    stage.tell(
        "route53profiles:ListProfileResourceAssociations",
        {"ProfileResourceAssociations": [zone, {"ResourceArn": arn, "Status": "COMPLETE"}]},
    )


@pytest.fixture(autouse=True)
def _one_vpc(stage: Stage) -> None:
    log_group(stage, "/dns")
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": []})
    stage.tell("route53profiles:ListProfileAssociations", {"ProfileAssociations": []})
    vpcs(stage, {})
    configs(stage, {})
    associations(stage)


def look(stage: Stage, **target: Any) -> Crawl:
    return stage.crawl("aws.route53.resolver", **target)


def verdict(stage: Stage) -> tuple[str, str | None]:
    (one,) = findings(look(stage), SOURCE)
    return one.status, one.reason


def test_each_vpc_emits_with_its_tags_and_use(stage: Stage) -> None:
    vpcs(stage, {"Tags": [{"Key": "env", "Value": "prod"}]})
    found = look(stage)
    (one,) = found.all(Emitter)
    assert (one.source, one.resource, one.labels, one.in_use) == (SOURCE, "vpc-1", {"env": "prod"}, False)
    assert one.fields == {"account_id": HOME, "region": REGION, "vpc_id": "vpc-1"}
    assert found.listed("aws.route53.resolver_vpc") == {(SCOPE, REGION)}
    assert found.listed("aws.route53.resolver_query_logging") == {(SCOPE, REGION)}


def test_a_region_without_vpcs_asks_the_resolver_nothing(stage: Stage) -> None:
    vpcs(stage)
    found = look(stage)
    assert found.listed("aws.route53.resolver_query_logging") == {(SCOPE, REGION)}
    assert stage.asked("route53resolver:ListResolverQueryLogConfigs") == 0


def test_vpcs_are_asked_once_for_flow_logs_and_queries(stage: Stage) -> None:
    stage.tell("ec2:DescribeFlowLogs", {"FlowLogs": []})
    stage.crawl("aws.vpcs", "aws.flow_logs", "aws.route53.resolver")
    assert stage.asked("ec2:DescribeVpcs") == 1


def test_queries_go_to_the_bucket_of_the_configuration(stage: Stage) -> None:
    configs(stage, {"DestinationArn": BUCKET})
    associations(stage, {})
    (route,) = look(stage).all(Route)
    assert (route.to, route.writer) == ("aws:s3/dns-logs", "delivery.logs.amazonaws.com")
    assert route.prefix == f"queries/AWSLogs/{HOME}/vpcdnsquerylogs/vpc-1/"


def test_a_shared_configuration_is_trusted_to_be_let_in(stage: Stage) -> None:
    configs(stage, {"OwnerId": OTHER, "DestinationArn": BUCKET, "ShareStatus": "SHARED_WITH_ME"})
    associations(stage, {})
    (route,) = look(stage).all(Route)
    assert (route.to, route.prefix, route.writer) == ("aws:s3/dns-logs", "queries/AWSLogs/", "")


def test_a_configuration_that_is_not_listed_leads_nobody_knows_where(stage: Stage) -> None:
    configs(stage)
    associations(stage, {})
    (route,) = look(stage).all(Route)
    assert isinstance(route.to, Unread)
    assert verdict(stage)[0] == "unknown"


def test_a_shared_vpc_is_its_owners(stage: Stage) -> None:
    vpcs(stage, {"OwnerId": OTHER})
    found = look(stage, accounts=(HOME, OTHER))
    assert [(one.scope, one.resource) for one in found.all(Emitter)] == [(f"aws:accounts/{OTHER}", "vpc-1")]


def test_a_vpc_of_nobody_audited_is_shown_and_unknown(stage: Stage) -> None:
    vpcs(stage, {"OwnerId": "999999999999"})
    assert verdict(stage)[0] == "unknown"


@pytest.mark.parametrize(
    ("association", "configuration", "verdict_told"),
    [
        ({}, {}, ("covered", None)),
        ({"Status": "CREATING"}, {}, ("gap", "route-disabled")),
        ({"Status": "DELETING"}, {}, ("gap", "route-disabled")),
        ({"Status": "FAILED", "Error": "DESTINATION_NOT_FOUND"}, {}, ("gap", "delivery-failing")),
        ({"Status": "ACTION_NEEDED", "Error": "ACCESS_DENIED"}, {}, ("gap", "delivery-failing")),
        ({}, {"Status": "FAILED"}, ("gap", "delivery-failing")),
        ({}, {"Status": "DELETING"}, ("gap", "route-disabled")),
    ],
)
def test_states_are_judged(
    stage: Stage,
    association: dict[str, Any],
    configuration: dict[str, Any],
    verdict_told: tuple[str, str | None],
) -> None:
    configs(stage, configuration)
    associations(stage, association)
    assert verdict(stage) == verdict_told


def test_an_error_says_what_is_wrong(stage: Stage) -> None:
    associations(stage, {"Status": "FAILED", "Error": "ACCESS_DENIED"})
    (route,) = look(stage).all(Route)
    assert route.delivery == Delivery(last_error="ACCESS_DENIED")


def test_a_vpc_without_a_configuration_is_a_gap(stage: Stage) -> None:
    assert verdict(stage) == ("gap", "not-routed")


@pytest.mark.parametrize("call", ["ListResolverQueryLogConfigs", "ListResolverQueryLogConfigAssociations"])
def test_refused_lists_leave_the_vpcs_known_and_unknown(stage: Stage, call: str) -> None:
    associations(stage, {})
    stage.deny(f"route53resolver:{call}")
    found = look(stage)
    (spot,) = found.spots(f"route53resolver:{call}")
    assert spot.hides == ("aws.route53.resolver_query_logging",)
    assert found.listed("aws.route53.resolver_vpc") == {(SCOPE, REGION)}
    assert findings(found, SOURCE)[0].status == "unknown"


# --- profiles and deliveries ------------------------------------------------------------------------------


def test_a_profile_carries_a_configuration_to_its_vpcs(stage: Stage) -> None:
    profile(stage)
    assert verdict(stage) == ("covered", None)


def test_profiles_are_not_asked_where_every_vpc_has_a_configuration(stage: Stage) -> None:
    associations(stage, {})
    assert verdict(stage) == ("covered", None)
    assert stage.asked("route53profiles:ListProfileAssociations") == 0


def test_a_profile_that_is_not_yet_tied_to_the_vpc_is_off(stage: Stage) -> None:
    profile(stage, Status="CREATING")
    assert verdict(stage) == ("gap", "route-disabled")


def test_a_profile_with_a_configuration_of_another_account_is_unknown(stage: Stage) -> None:
    profile(stage, config="rqlc-elsewhere")
    assert verdict(stage)[0] == "unknown"


def test_a_profile_that_may_not_be_read_is_unknown(stage: Stage) -> None:
    profile(stage)
    stage.deny("route53profiles:ListProfileResourceAssociations")
    assert verdict(stage)[0] == "unknown"


def test_profiles_that_may_not_be_listed_leave_bare_vpcs_unknown(stage: Stage) -> None:
    vpcs(stage, {}, {"VpcId": "vpc-2"})
    associations(stage, {})
    stage.deny("route53profiles:ListProfileAssociations")
    verdicts = {one.resource: one.status for one in findings(look(stage), SOURCE)}
    assert verdicts == {"vpc-1": "covered", "vpc-2": "unknown"}


def test_a_vended_delivery_counts(stage: Stage) -> None:
    there = f"arn:aws:logs:{REGION}:{HOME}:delivery-destination:there"
    vpc = f"arn:aws:ec2:{REGION}:{HOME}:vpc/vpc-1"
    source = {"name": "dns", "logType": "ROUTE53_RESOLVER_QUERY_LOGS", "resourceArns": [vpc]}
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": [source]})
    delivery = {
        "id": "d",
        "deliverySourceName": "dns",
        "deliveryDestinationArn": there,
        "deliveryDestinationType": "CWL",
    }
    stage.tell("logs:DescribeDeliveries", {"deliveries": [delivery]})
    destination = {"arn": there, "deliveryDestinationConfiguration": {"destinationResourceArn": GROUP}}
    stage.tell("logs:DescribeDeliveryDestinations", {"deliveryDestinations": [destination]})
    assert verdict(stage) == ("covered", None)


def test_it_reads_what_moto_says_of_a_configuration(stage: Stage) -> None:
    client = stage.moto("route53resolver")
    made = client.create_resolver_query_log_config(Name="q", DestinationArn=GROUP, CreatorRequestId="1")
    config = made["ResolverQueryLogConfig"]
    vpc = stage.moto("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    client.associate_resolver_query_log_config(ResolverQueryLogConfigId=config["Id"], ResourceId=vpc)
    vpcs(stage, {"VpcId": vpc})
    told = client.list_resolver_query_log_configs()["ResolverQueryLogConfigs"]
    configs(stage, *told)
    tied = client.list_resolver_query_log_config_associations()["ResolverQueryLogConfigAssociations"]
    associations(stage, *tied)
    (route,) = look(stage).all(Route)
    assert (route.resource, route.to) == (vpc, f"aws:logs/{REGION}/{HOME}//dns")
