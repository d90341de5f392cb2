from typing import Any

import pytest

from logcov.inventory import Emitter, Route
from providers.aws.crawl import Crawl
from providers.aws.judging import findings, judged
from providers.aws.stage import HOME, OTHER, REGION, Stage

SOURCE = "aws.securityhub.finding"
V1, V2 = "Security Hub Findings - Imported", "Findings Imported V2"


def hub(stage: Stage, **where: str) -> None:
    """A hub without standards, administrator or aggregation, and a bus without rules."""
    stage.tell(
        "securityhub:DescribeHub", {"HubArn": f"arn:aws:securityhub:{REGION}:{HOME}:hub/default"}, **where
    )
    stage.tell("securityhub:GetEnabledStandards", {"StandardsSubscriptions": []}, **where)
    stage.tell("securityhub:GetAdministratorAccount", {}, **where)
    stage.tell("securityhub:ListFindingAggregators", {"FindingAggregators": []}, **where)
    stage.tell("events:ListRules", {"Rules": []}, **where)
    stage.tell("events:DescribeEventBus", {"Name": "default"}, **where)


def off(stage: Stage) -> None:
    stage.refuse("securityhub:DescribeHub", "InvalidAccessException", status=401)
    stage.refuse("securityhub:DescribeSecurityHubV2", "ResourceNotFoundException", status=404)


def rule(stage: Stage, pattern: str, **where: str) -> None:
    """A rule that hands events to a log group that is there."""
    stage.moto("logs").create_log_group(logGroupName="findings")
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
    told = {"Name": "out", "State": "ENABLED", "EventPattern": pattern}
    target = {"Id": "t", "Arn": f"arn:aws:logs:{REGION}:{HOME}:log-group:findings"}
    stage.tell("events:ListRules", {"Rules": [told]}, **where)
    stage.tell("events:ListTargetsByRule", {"Targets": [target]}, **where)


def generated(found: Crawl) -> tuple[str, str | None]:
    """The verdict without `reach`, like CIS 5.16."""
    (one,) = judged(found, f"require: [{{id: line, title: a line, logs: {SOURCE}}}]\n").findings
    return one.status, one.reason


def verdict(found: Crawl, only: str = "", account: str = HOME) -> tuple[str, str | None]:
    told = findings(found, SOURCE, '"aws:logs/*"', only)
    (one,) = [one for one in told if one.scope.endswith(account)]
    return one.status, one.reason


def buses(found: Crawl, account: str = HOME) -> dict[str, Any]:
    return {
        str(one.to).removeprefix("aws:events/"): one.enabled
        for one in found.all(Route)
        if one.kind == "aws.securityhub.events" and one.origin.endswith(account)
    }


def test_a_hub_that_is_on_is_enough_without_any_destination(stage: Stage) -> None:
    hub(stage)
    arn = "arn:aws:securityhub:::standards/x"
    standard = {
        "StandardsSubscriptionArn": "s",
        "StandardsArn": arn,
        "StandardsInput": {},
        "StandardsStatus": "READY",
    }
    stage.tell("securityhub:GetEnabledStandards", {"StandardsSubscriptions": [standard]})
    found = stage.crawl("aws.security_hub")
    assert generated(found) == ("covered", None)
    (route,) = [one for one in found.all(Route) if one.effect == "generate"]
    assert route.raw["standards"] == {arn: "READY"}
    assert stage.asked("securityhub:DescribeSecurityHubV2") == 0


@pytest.mark.parametrize("code", ["InvalidAccessException", "ResourceNotFoundException"])
def test_a_hub_that_is_off_is_a_gap(stage: Stage, code: str) -> None:
    off(stage)
    stage.refuse("securityhub:DescribeHub", code)
    found = stage.crawl("aws.security_hub")
    assert generated(found) == ("gap", "not-generated")
    assert verdict(found) == ("gap", "not-generated")


def test_the_second_version_counts_too(stage: Stage) -> None:
    hub(stage)
    off(stage)
    stage.tell("securityhub:DescribeSecurityHubV2", {"HubV2Arn": "arn"})
    rule(stage, f'{{"detail-type": ["{V2}"]}}')
    found = stage.crawl("aws.security_hub")
    assert [one.fields for one in found.all(Emitter)] == [{"detail-type": V2}]
    assert verdict(found) == ("covered", None)


@pytest.mark.parametrize("call", ["DescribeHub", "DescribeSecurityHubV2"])
def test_a_hub_that_may_not_be_described_is_a_doubt(stage: Stage, call: str) -> None:
    hub(stage)
    off(stage)
    stage.deny(f"securityhub:{call}")
    assert generated(stage.crawl("aws.security_hub")) == ("unknown", "blind-spot")


@pytest.mark.parametrize("denied", [("DescribeSecurityHubV2",), ("DescribeHub", "DescribeSecurityHubV2")])
def test_a_rule_for_the_second_version_may_carry_what_was_not_told(
    stage: Stage, denied: tuple[str, ...]
) -> None:
    hub(stage)
    off(stage)
    for call in denied:
        stage.deny(f"securityhub:{call}")
    rule(stage, f'{{"detail-type": ["{V2}"]}}')
    assert verdict(stage.crawl("aws.security_hub"))[0] == "unknown"


def test_the_first_version_may_be_on_beside_the_second(stage: Stage) -> None:
    hub(stage)
    stage.deny("securityhub:DescribeHub")
    stage.tell("securityhub:DescribeSecurityHubV2", {"HubV2Arn": "arn"})
    rule(stage, f'{{"detail-type": ["{V1}"]}}')
    found = stage.crawl("aws.security_hub")
    assert generated(found) == ("covered", None)
    assert verdict(found)[0] == "unknown"


def test_who_administers_the_second_version_is_not_told_by_the_first(stage: Stage) -> None:
    hub(stage)
    off(stage)
    stage.tell("securityhub:DescribeSecurityHubV2", {"HubV2Arn": "arn"})
    for call in ("GetAdministratorAccount", "ListFindingAggregators"):
        stage.refuse(f"securityhub:{call}", "InvalidAccessException")
    assert verdict(stage.crawl("aws.security_hub")) == ("unknown", "blind-spot")
    stage.tell("securityhub:ListFindingAggregators", {"FindingAggregators": []})
    assert verdict(stage.crawl("aws.security_hub")) == ("unknown", "blind-spot")


def test_refused_standards_change_nothing(stage: Stage) -> None:
    hub(stage)
    stage.deny("securityhub:GetEnabledStandards")
    assert generated(stage.crawl("aws.security_hub")) == ("covered", None)


def test_a_rule_on_the_bus_carries_findings(stage: Stage) -> None:
    hub(stage)
    rule(stage, f'{{"source": ["aws.securityhub"], "detail-type": ["{V1}"]}}')
    assert verdict(stage.crawl("aws.security_hub")) == ("covered", None)


def test_a_rule_for_grave_findings_carries_only_them(stage: Stage) -> None:
    hub(stage)
    rule(stage, '{"detail": {"findings": {"Severity": {"Label": ["CRITICAL"]}}}}')
    found = stage.crawl("aws.security_hub")
    assert verdict(found) == ("gap", "filtered-out")
    assert verdict(found, ", only: {Severity.Label: CRITICAL}") == ("covered", None)


def test_no_rule_is_a_gap(stage: Stage) -> None:
    hub(stage)
    found = stage.crawl("aws.security_hub")
    assert buses(found) == {f"{REGION}/{HOME}/default": True}
    assert verdict(found) == ("gap", "wrong-destination")


def aggregated(stage: Stage, mode: str, regions: list[str], **where: str) -> None:
    arn = f"arn:aws:securityhub:us-east-1:{HOME}:finding-aggregator/x"
    stage.tell(
        "securityhub:ListFindingAggregators", {"FindingAggregators": [{"FindingAggregatorArn": arn}]}, **where
    )
    told = {"FindingAggregationRegion": "us-east-1", "RegionLinkingMode": mode, "Regions": regions}
    stage.tell("securityhub:GetFindingAggregator", told, **where)


@pytest.mark.parametrize(
    ("mode", "regions", "linked"),
    [
        ("ALL_REGIONS", [], True),
        ("SPECIFIED_REGIONS", [REGION], True),
        ("SPECIFIED_REGIONS", ["us-west-2"], False),
        ("ALL_REGIONS_EXCEPT_SPECIFIED", [REGION], False),
        ("ALL_REGIONS_EXCEPT_SPECIFIED", ["us-west-2"], True),
        ("NO_REGIONS", [], False),
    ],
)
def test_linked_regions_come_to_the_bus_of_the_aggregation_region(
    stage: Stage, mode: str, regions: list[str], linked: bool
) -> None:
    hub(stage)
    aggregated(stage, mode, regions)
    assert (f"us-east-1/{HOME}/default" in buses(stage.crawl("aws.security_hub"))) is linked


def test_findings_of_a_member_come_to_the_bus_of_its_administrator(stage: Stage) -> None:
    hub(stage)
    linked = {"Administrator": {"AccountId": HOME, "MemberStatus": "Enabled"}}
    stage.tell("securityhub:GetAdministratorAccount", linked, account=OTHER)
    rule(stage, f'{{"detail-type": ["{V1}"]}}', account=HOME)
    found = stage.crawl("aws.security_hub", accounts=(HOME, OTHER))
    assert buses(found, OTHER) == {f"{REGION}/{OTHER}/default": True, f"{REGION}/{HOME}/default": True}
    assert verdict(found, account=OTHER) == ("covered", None)


@pytest.mark.parametrize(("status", "expected"), [("Removed", "gap"), ("Odd", "unknown")])
def test_the_status_of_a_member_decides(stage: Stage, status: str, expected: str) -> None:
    hub(stage)
    linked = {"Administrator": {"AccountId": OTHER, "MemberStatus": status}}
    stage.tell("securityhub:GetAdministratorAccount", linked)
    assert verdict(stage.crawl("aws.security_hub"))[0] == expected


def test_an_administrator_that_is_not_audited_is_a_doubt(stage: Stage) -> None:
    hub(stage)
    linked = {"Administrator": {"AccountId": OTHER, "MemberStatus": "Enabled"}}
    stage.tell("securityhub:GetAdministratorAccount", linked)
    assert verdict(stage.crawl("aws.security_hub"))[0] == "unknown"


@pytest.mark.parametrize(
    "call", ["GetAdministratorAccount", "ListFindingAggregators", "GetFindingAggregator"]
)
def test_a_refused_detail_is_a_doubt(stage: Stage, call: str) -> None:
    hub(stage)
    aggregated(stage, "NO_REGIONS", [])
    stage.deny(f"securityhub:{call}")
    assert verdict(stage.crawl("aws.security_hub")) == ("unknown", "blind-spot")


def test_it_reads_what_moto_says_of_a_hub(stage: Stage) -> None:
    found = stage.moto("securityhub")
    stage.refuse("securityhub:DescribeSecurityHubV2", "ResourceNotFoundException", status=404)
    assert generated(stage.crawl("aws.security_hub")) == ("gap", "not-generated")
    found.enable_security_hub()
    assert generated(stage.crawl("aws.security_hub")) == ("covered", None)
