from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.crawl import Crawl
from providers.aws.judging import findings
from providers.aws.plain_group import log_group
from providers.aws.stage import HOME, REGION, SCOPE, Stage

ARN = f"arn:aws:network-firewall:{REGION}:{HOME}:firewall/edge"
POLICY = f"arn:aws:network-firewall:{REGION}:{HOME}:firewall-policy/p"
ALERT, FLOW, TLS = (f"aws.network_firewall.{kind}" for kind in ("alert", "flow", "tls"))


def firewalls(stage: Stage, *configs: dict[str, Any], tls: bool = False, **firewall: Any) -> None:
    told = {
        "FirewallArn": ARN,
        "FirewallName": "edge",
        "FirewallId": "0" * 36,
        "FirewallPolicyArn": POLICY,
        "VpcId": "vpc-1",
        "SubnetMappings": [],
    } | firewall
    stage.tell("network-firewall:ListFirewalls", {"Firewalls": [{"FirewallArn": ARN}]})
    stage.tell("network-firewall:DescribeFirewall", {"Firewall": told})
    logging = {"LoggingConfiguration": {"LogDestinationConfigs": list(configs)}} if configs else {}
    stage.tell("network-firewall:DescribeLoggingConfiguration", {"FirewallArn": ARN} | logging)
    stage.tell(
        "network-firewall:DescribeFirewallPolicy",
        {
            "UpdateToken": "1",
            "FirewallPolicyResponse": {
                "FirewallPolicyName": "p",
                "FirewallPolicyArn": POLICY,
                "FirewallPolicyId": "0" * 36,
            },
            "FirewallPolicy": {"StatelessDefaultActions": [], "StatelessFragmentDefaultActions": []}
            | ({"TLSInspectionConfigurationArn": "arn:aws:network-firewall:x"} if tls else {}),
        },
    )
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": []})


def to(kind: str, where: str = "CloudWatchLogs", **target: str) -> dict[str, Any]:
    return {
        "LogType": kind,
        "LogDestinationType": where,
        "LogDestination": target or {"logGroup": "/nfw"},
    }


def look(stage: Stage) -> Crawl:
    return stage.crawl("aws.network_firewall")


def emitters(found: Crawl) -> dict[str, Emitter]:
    return {one.source: one for one in found.all(Emitter)}


def verdicts(stage: Stage) -> dict[str, tuple[str, str | None]]:
    log_group(stage, "/nfw")
    found = look(stage)
    return {
        source: (one.status, one.reason) for source in (ALERT, FLOW, TLS) for one in findings(found, source)
    }


def test_each_firewall_emits_three_logs_with_its_tags(stage: Stage) -> None:
    firewalls(stage, tls=True, Tags=[{"Key": "env", "Value": "prod"}])
    found = look(stage)
    told = emitters(found)
    assert set(told) == {ALERT, FLOW, TLS}
    assert {(one.resource, one.not_applicable) for one in told.values()} == {(ARN, "")}
    assert told[ALERT].labels == {"env": "prod"}
    assert told[ALERT].fields == {"firewall_name": "edge"}
    assert found.listed("aws.network_firewall.firewall") == {(SCOPE, REGION)}


def test_a_firewall_that_does_not_inspect_tls_has_no_such_log(stage: Stage) -> None:
    firewalls(stage)
    told = emitters(look(stage))
    assert told[TLS].not_applicable == "the firewall does not inspect TLS"
    assert told[TLS].labels == {}


@pytest.mark.parametrize(
    ("config", "destination", "prefix", "writer"),
    [
        (to("FLOW"), f"aws:logs/{REGION}/{HOME}//nfw", "", ""),
        (
            to("FLOW", "S3", bucketName="b", prefix="fw"),
            "aws:s3/b",
            f"fw/AWSLogs/{HOME}/network-firewall/flow/{REGION}/edge/",
            "delivery.logs.amazonaws.com",
        ),
        (
            to("FLOW", "KinesisDataFirehose", deliveryStream="s"),
            f"aws:firehose/{REGION}/{HOME}/s",
            "",
            "",
        ),
    ],
)
def test_logs_go_to_what_is_named(
    stage: Stage, config: dict[str, Any], destination: str, prefix: str, writer: str
) -> None:
    firewalls(stage, config)
    (route,) = look(stage).all(Route)
    assert (route.sources, route.to, route.prefix, route.writer) == ((FLOW,), destination, prefix, writer)


def test_an_unknown_destination_is_unread(stage: Stage) -> None:
    firewalls(stage, to("FLOW", "S3", logGroup="/odd"))
    (route,) = look(stage).all(Route)
    assert isinstance(route.to, Unread)


def test_a_firewall_deleted_since_it_was_listed_is_no_firewall(stage: Stage) -> None:
    firewalls(stage)
    stage.refuse("network-firewall:DescribeFirewall", "ResourceNotFoundException")
    found = look(stage)
    assert found.all(Emitter) == []
    assert found.listed("aws.network_firewall.firewall")


def test_a_logging_configuration_that_is_not_found_does_not_make_the_firewall_vanish(stage: Stage) -> None:
    firewalls(stage)
    stage.refuse("network-firewall:DescribeLoggingConfiguration", "ResourceNotFoundException")
    assert verdicts(stage)[FLOW][0] == "unknown"


def test_refused_firewalls_leave_no_listing(stage: Stage) -> None:
    stage.deny("network-firewall:ListFirewalls")
    found = look(stage)
    (spot,) = found.spots("network-firewall:ListFirewalls")
    assert spot.hides == ("aws.network_firewall.firewall", "aws.network_firewall.logging")


def test_each_policy_is_asked_once(stage: Stage) -> None:
    firewalls(stage)
    stage.tell(
        "network-firewall:ListFirewalls", {"Firewalls": [{"FirewallArn": ARN}, {"FirewallArn": ARN + "2"}]}
    )
    look(stage)
    assert stage.asked("network-firewall:DescribeFirewallPolicy") == 1


def test_logged_types_are_covered_and_others_gaps(stage: Stage) -> None:
    firewalls(stage, to("ALERT"))
    assert verdicts(stage) == {
        ALERT: ("covered", None),
        FLOW: ("gap", "not-routed"),
        TLS: ("not-applicable", None),
    }


def test_a_firewall_that_never_logged_is_a_gap(stage: Stage) -> None:
    firewalls(stage, tls=True)
    assert set(verdicts(stage).values()) == {("gap", "not-routed")}


def test_logging_that_may_not_be_read_is_unknown(stage: Stage) -> None:
    firewalls(stage, to("ALERT"))
    stage.deny("network-firewall:DescribeLoggingConfiguration")
    told = verdicts(stage)
    assert (told[ALERT][0], told[FLOW][0]) == ("unknown", "unknown")


def test_a_policy_that_may_not_be_read_leaves_only_the_tls_log_unknown(stage: Stage) -> None:
    firewalls(stage, to("ALERT"))
    stage.deny("network-firewall:DescribeFirewallPolicy")
    told = verdicts(stage)
    assert told[ALERT] == ("covered", None)
    assert told[FLOW][0] == "gap"
    assert told[TLS][0] == "unknown"


def test_a_firewall_that_may_not_be_described_is_known_and_its_logs_judged(stage: Stage) -> None:
    firewalls(stage, to("ALERT"))
    stage.deny("network-firewall:DescribeFirewall")
    assert isinstance(emitters(look(stage))[ALERT].labels, Unread)
    assert verdicts(stage)[ALERT] == ("covered", None)


def test_a_vended_delivery_counts(stage: Stage) -> None:
    firewalls(stage)
    there = f"arn:aws:logs:{REGION}:{HOME}:delivery-destination:there"
    source = {"name": "edge", "logType": "FLOW_LOGS", "resourceArns": [ARN]}
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": [source]})
    delivery = {
        "id": "d",
        "deliverySourceName": "edge",
        "deliveryDestinationArn": there,
        "deliveryDestinationType": "CWL",
    }
    stage.tell("logs:DescribeDeliveries", {"deliveries": [delivery]})
    group = f"arn:aws:logs:{REGION}:{HOME}:log-group:/nfw"
    destination = {"arn": there, "deliveryDestinationConfiguration": {"destinationResourceArn": group}}
    stage.tell("logs:DescribeDeliveryDestinations", {"deliveryDestinations": [destination]})
    assert verdicts(stage)[FLOW] == ("covered", None)


def test_it_reads_what_moto_says_of_a_firewall(stage: Stage) -> None:
    client = stage.moto("network-firewall")
    client.create_firewall(
        FirewallName="edge", FirewallPolicyArn=POLICY, VpcId="vpc-1", SubnetMappings=[{"SubnetId": "s"}]
    )
    client.update_logging_configuration(
        FirewallName="edge", LoggingConfiguration={"LogDestinationConfigs": [to("ALERT")]}
    )
    found = look(stage)
    assert [(one.sources, one.to) for one in found.all(Route) if isinstance(one.to, str)] == [
        ((ALERT,), f"aws:logs/{REGION}/{HOME}//nfw")
    ]
