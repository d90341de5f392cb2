from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.crawl import Crawl
from providers.aws.judging import findings
from providers.aws.plain_group import log_group
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Stage

SOURCE = "aws.transit_gateway.flow"
TGW = "tgw-1"
GROUP = f"arn:aws:logs:{REGION}:{HOME}:log-group:/tgw"
USUAL = {
    "FlowLogStatus": "ACTIVE",
    "DeliverLogsStatus": "SUCCESS",
    "LogDestinationType": "cloud-watch-logs",
    "LogDestination": GROUP,
}


def gateways(stage: Stage, *told: dict[str, Any]) -> None:
    usual = {"TransitGatewayId": TGW, "OwnerId": HOME, "State": "available"}
    stage.tell("ec2:DescribeTransitGateways", {"TransitGateways": [usual | one for one in told]})


def attachments(stage: Stage, *names: str, **more: Any) -> None:
    usual = {"TransitGatewayId": TGW, "State": "available", "ResourceType": "vpc"} | more
    told = [usual | {"TransitGatewayAttachmentId": f"tgw-attach-{name}"} for name in names]
    stage.tell("ec2:DescribeTransitGatewayAttachments", {"TransitGatewayAttachments": told})


def logs(stage: Stage, **by_resource: dict[str, Any]) -> None:
    told = [
        USUAL | {"FlowLogId": f"fl-{number}", "ResourceId": name.replace("_", "-")} | log
        for number, (name, log) in enumerate(by_resource.items())
    ]
    stage.tell("ec2:DescribeFlowLogs", {"FlowLogs": told})


@pytest.fixture(autouse=True)
def _one_gateway(stage: Stage) -> None:
    log_group(stage, "/tgw")
    gateways(stage, {})
    attachments(stage, "a", "b")
    logs(stage)


def look(stage: Stage, **target: Any) -> Crawl:
    return stage.crawl("aws.transit_gateways", **target)


def verdict(stage: Stage) -> tuple[str, str | None]:
    (one,) = findings(look(stage), SOURCE)
    return one.status, one.reason


def test_each_gateway_emits_and_tells_its_tags_and_use(stage: Stage) -> None:
    gateways(
        stage,
        {"Tags": [{"Key": "env", "Value": "prod"}]},
        {"TransitGatewayId": "tgw-2"},
        {"TransitGatewayId": "tgw-3", "State": "deleted"},
    )
    found = look(stage)
    first, second = found.all(Emitter)
    assert (first.resource, first.labels, first.in_use) == (TGW, {"env": "prod"}, True)
    assert (second.resource, second.labels, second.in_use) == ("tgw-2", {}, False)
    assert found.listed("aws.transit_gateway") == {(SCOPE, REGION)}
    assert found.listed("aws.transit_gateway.flow_log") == {(SCOPE, REGION)}


def test_a_region_without_gateways_takes_one_call(stage: Stage) -> None:
    gateways(stage)
    found = look(stage)
    assert found.listed("aws.transit_gateway.flow_log") == {(SCOPE, REGION)}
    assert stage.asked("ec2:DescribeFlowLogs") == 0
    assert stage.asked("ec2:DescribeTransitGatewayAttachments") == 0


def test_flow_logs_are_asked_once_for_gateways_and_vpcs(stage: Stage) -> None:
    stage.tell("ec2:DescribeVpcs", {"Vpcs": [{"VpcId": "vpc-1", "OwnerId": HOME}]})
    logs(stage, tgw_1={}, vpc_1={"TrafficType": "ALL"})
    found = stage.crawl("aws.flow_logs", "aws.transit_gateways")
    assert stage.asked("ec2:DescribeFlowLogs") == 1
    assert {(one.resource, one.kind) for one in found.all(Route)} == {
        (TGW, "aws.transit_gateway.flow_log"),
        ("vpc-1", "aws.flow_log"),
    }


def test_a_shared_gateway_is_its_owners(stage: Stage) -> None:
    gateways(stage, {"OwnerId": OTHER})
    found = look(stage, accounts=(HOME, OTHER))
    assert [(one.scope, one.resource) for one in found.all(Emitter)] == [(f"aws:accounts/{OTHER}", TGW)]


def test_a_gateway_of_nobody_audited_is_shown_and_unknown(stage: Stage) -> None:
    gateways(stage, {"OwnerId": "999999999999"})
    found = look(stage)
    (one,) = found.all(Emitter)
    assert isinstance(one.labels, Unread)
    assert findings(found, SOURCE)[0].status == "unknown"


def test_a_flow_log_into_a_bucket_needs_a_grant(stage: Stage) -> None:
    logs(stage, tgw_1={"LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::b"})
    (route,) = look(stage).all(Route)
    assert (route.to, route.writer) == ("aws:s3/b", "delivery.logs.amazonaws.com")
    assert route.prefix == f"AWSLogs/{HOME}/vpcflowlogs/{REGION}/"


def test_a_gateway_with_a_flow_log_is_covered(stage: Stage) -> None:
    logs(stage, tgw_1={})
    assert verdict(stage) == ("covered", None)


def test_a_gateway_without_flow_logs_is_a_gap(stage: Stage) -> None:
    assert verdict(stage) == ("gap", "not-routed")


def test_a_flow_log_that_cannot_deliver_is_a_gap(stage: Stage) -> None:
    logs(stage, tgw_1={"DeliverLogsStatus": "FAILED", "DeliverLogsErrorMessage": "Access error"})
    assert verdict(stage) == ("gap", "delivery-failing")


def test_equal_flow_logs_of_all_attachments_stand_for_the_gateway(stage: Stage) -> None:
    logs(stage, tgw_attach_a={}, tgw_attach_b={})
    assert verdict(stage) == ("covered", None)


def test_flow_logs_of_some_attachments_prove_nothing(stage: Stage) -> None:
    logs(stage, tgw_attach_a={}, tgw_attach_other={})
    assert verdict(stage) == ("gap", "not-routed")


def test_different_flow_logs_of_all_attachments_are_unknown(stage: Stage) -> None:
    logs(stage, tgw_attach_a={}, tgw_attach_b={"LogDestination": GROUP + "2"})
    assert verdict(stage)[0] == "unknown"


def test_connect_attachments_need_no_flow_log(stage: Stage) -> None:
    told = [
        {
            "TransitGatewayId": TGW,
            "State": "available",
            "ResourceType": kind,
            "TransitGatewayAttachmentId": name,
        }
        for name, kind in (("tgw-attach-a", "vpc"), ("tgw-attach-c", "connect"))
    ]
    stage.tell("ec2:DescribeTransitGatewayAttachments", {"TransitGatewayAttachments": told})
    logs(stage, tgw_attach_a={})
    assert verdict(stage) == ("covered", None)


def test_refused_attachments_leave_the_use_and_their_flow_logs_unread(stage: Stage) -> None:
    stage.deny("ec2:DescribeTransitGatewayAttachments")
    logs(stage, tgw_attach_a={})
    found = look(stage)
    (one,) = found.all(Emitter)
    assert found.why(one.in_use).permission == "ec2:DescribeTransitGatewayAttachments"
    assert findings(found, SOURCE)[0].status == "unknown"


def test_refused_attachments_do_not_take_away_a_gateways_own_flow_log(stage: Stage) -> None:
    stage.deny("ec2:DescribeTransitGatewayAttachments")
    logs(stage, tgw_1={})
    assert verdict(stage) == ("covered", None)


def test_refused_flow_logs_leave_the_gateways_known_and_unknown(stage: Stage) -> None:
    stage.deny("ec2:DescribeFlowLogs")
    found = look(stage)
    (spot,) = found.spots("ec2:DescribeFlowLogs")
    assert spot.hides == ("aws.transit_gateway.flow_log",)
    assert found.listed("aws.transit_gateway") == {(SCOPE, REGION)}
    assert findings(found, SOURCE)[0].status == "unknown"


def test_an_unheard_of_traffic_type_is_unknown(stage: Stage) -> None:
    logs(stage, tgw_1={"TrafficType": "REJECT"})
    assert verdict(stage)[0] == "unknown"
