from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.judging import findings
from providers.aws.plain_group import log_group
from providers.aws.stage import HOME, REGION, SCOPE, Stage

ON = {"Enabled": True, "CloudwatchLogGroup": "/vpn", "CloudwatchLogStream": "s"}
OFF = {"Enabled": False}


def endpoints(stage: Stage, *told: dict[str, Any]) -> None:
    usual = {"ClientVpnEndpointId": "cvpn-endpoint-1", "Status": {"Code": "available"}}
    stage.tell("ec2:DescribeClientVpnEndpoints", {"ClientVpnEndpoints": [usual | one for one in told]})


def test_each_endpoint_emits_and_tells_its_tags_and_use(stage: Stage) -> None:
    endpoints(
        stage,
        {"ConnectionLogOptions": ON, "Tags": [{"Key": "env", "Value": "prod"}]},
        {
            "ClientVpnEndpointId": "cvpn-endpoint-2",
            "ConnectionLogOptions": OFF,
            "Status": {"Code": "pending-associate"},
        },
    )
    found = stage.crawl("aws.client_vpn")
    first, second = found.all(Emitter)
    assert (first.resource, first.labels, first.in_use) == ("cvpn-endpoint-1", {"env": "prod"}, True)
    assert (second.labels, second.in_use) == ({}, False)
    assert found.listed("aws.vpn.client_endpoint") == {(SCOPE, REGION)}
    assert found.listed("aws.vpn.client_logging") == {(SCOPE, REGION)}


def test_connections_go_to_the_log_group_of_the_same_account_and_region(stage: Stage) -> None:
    endpoints(stage, {"ConnectionLogOptions": ON})
    (route,) = stage.crawl("aws.client_vpn").all(Route)
    assert (route.enabled, route.to) == (True, f"aws:logs/{REGION}/{HOME}//vpn")


def test_a_deleted_endpoint_is_no_endpoint(stage: Stage) -> None:
    endpoints(stage, {"Status": {"Code": "deleted"}})
    found = stage.crawl("aws.client_vpn")
    assert found.all(Emitter) == []
    assert found.listed("aws.vpn.client_endpoint")


def test_an_unknown_state_leaves_the_use_unread(stage: Stage) -> None:
    endpoints(stage, {"ConnectionLogOptions": ON, "Status": {"Code": "pending"}})
    (one,) = stage.crawl("aws.client_vpn").all(Emitter)
    assert isinstance(one.in_use, Unread)


@pytest.mark.parametrize("options", [{}, {"ConnectionLogOptions": {"CloudwatchLogGroup": "g"}}])
def test_logging_that_is_not_told_is_unread(stage: Stage, options: dict[str, Any]) -> None:
    endpoints(stage, options)
    found = stage.crawl("aws.client_vpn")
    (route,) = found.all(Route)
    assert isinstance(route.enabled, Unread)
    assert findings(found, "aws.vpn.client")[0].status == "unknown"


def test_logging_without_a_group_leads_nobody_knows_where(stage: Stage) -> None:
    endpoints(stage, {"ConnectionLogOptions": {"Enabled": True}})
    (route,) = stage.crawl("aws.client_vpn").all(Route)
    assert isinstance(route.to, Unread)


def test_refused_endpoints_leave_no_listing(stage: Stage) -> None:
    stage.deny("ec2:DescribeClientVpnEndpoints")
    found = stage.crawl("aws.client_vpn")
    (spot,) = found.spots("ec2:DescribeClientVpnEndpoints")
    assert spot.hides == ("aws.vpn.client_endpoint", "aws.vpn.client_logging")
    assert findings(found, "aws.vpn.client")[0].status == "unknown"


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (ON, ("covered", None)),
        (OFF, ("gap", "not-routed")),
        ({**OFF, "CloudwatchLogGroup": "/vpn"}, ("gap", "route-disabled")),
        ({**ON, "CloudwatchLogGroup": "/gone"}, ("gap", "destination-missing")),
    ],
)
def test_verdicts(stage: Stage, options: dict[str, Any], verdict: tuple[str, str | None]) -> None:
    log_group(stage, "/vpn")
    endpoints(stage, {"ConnectionLogOptions": options})
    (one,) = findings(stage.crawl("aws.client_vpn"), "aws.vpn.client")
    assert (one.status, one.reason) == verdict
