from typing import Any

import pytest

from logcov.inventory import Emitter, Route
from providers.aws.crawl import Crawl
from providers.aws.judging import findings
from providers.aws.stage import HOME, OTHER, REGION, Stage

SOURCE = "aws.guardduty.finding"
BUS = f"aws:events/{REGION}/{HOME}/default"
FOUNDATION = ", only: {feature: [CLOUD_TRAIL, DNS_LOGS, FLOW_LOGS]}"
EXPORTED = {
    "DestinationId": "x",
    "DestinationType": "S3",
    "Status": "PUBLISHING",
    "PublishingFailureStartTimestamp": 0,
    "DestinationProperties": {"DestinationArn": "arn:aws:s3:::threats/gd"},
}


def features(*more: str) -> list[dict[str, Any]]:
    on = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS", *more)
    return [{"Name": name, "Status": "ENABLED"} for name in on] + [
        {"Name": "RDS_LOGIN_EVENTS", "Status": "DISABLED"}
    ]


def detector(
    stage: Stage, name: str = "det", status: str = "ENABLED", told: Any = None, **where: str
) -> None:
    """A plain detector: no administrator, filters or exports."""
    found = {"Status": status, "ServiceRole": "role", "Features": features() if told is None else told}
    stage.tell("guardduty:ListDetectors", {"DetectorIds": [name]}, **where)
    stage.tell("guardduty:GetDetector", found, **where)
    stage.tell("guardduty:GetAdministratorAccount", {"Administrator": {}}, **where)
    stage.tell("guardduty:ListFilters", {"FilterNames": []}, **where)
    stage.tell("guardduty:ListPublishingDestinations", {"Destinations": []}, **where)
    stage.tell("events:ListRules", {"Rules": []}, **where)
    stage.tell("events:DescribeEventBus", {"Name": "default"}, **where)


def export(stage: Stage, **changes: Any) -> None:
    stage.moto("s3").create_bucket(Bucket="threats", CreateBucketConfiguration={"LocationConstraint": REGION})
    told = EXPORTED | changes
    listed = {name: told[name] for name in ("DestinationId", "DestinationType", "Status")}
    stage.tell("guardduty:ListPublishingDestinations", {"Destinations": [listed]}, account=HOME)
    stage.tell("guardduty:DescribePublishingDestination", told)


def verdict(
    found: Crawl, reach: str = '"aws:s3/*"', only: str = FOUNDATION, account: str = HOME
) -> tuple[str, str | None]:
    told = [one for one in findings(found, SOURCE, reach, only) if one.scope.endswith(account)]
    (answer,) = {(one.status, one.reason) for one in told}  # a finding per feature
    return answer


def test_findings_that_are_exported_are_covered(stage: Stage) -> None:
    detector(stage)
    export(stage)
    found = stage.crawl("aws.guardduty")
    assert verdict(found) == ("covered", None)
    (route,) = [one for one in found.all(Route) if one.to == "aws:s3/threats"]
    assert route.prefix == f"gd/AWSLogs/{HOME}/GuardDuty/{REGION}/"
    assert found.all(Emitter)[0].fields == {"accountId": HOME, "region": REGION}


def test_no_detector_is_a_gap_for_one_call(stage: Stage) -> None:
    stage.tell("guardduty:ListDetectors", {"DetectorIds": []})
    assert verdict(stage.crawl("aws.guardduty")) == ("gap", "not-generated")
    assert {ask.operation for ask in stage.calls if ask.service == "guardduty"} == {"ListDetectors"}


def test_a_suspended_detector_is_a_gap(stage: Stage) -> None:
    detector(stage, status="DISABLED")
    export(stage)
    assert verdict(stage.crawl("aws.guardduty")) == ("gap", "not-generated")


def test_findings_that_are_not_exported_end_on_the_bus(stage: Stage) -> None:
    detector(stage)
    found = stage.crawl("aws.guardduty")
    assert [one.to for one in found.all(Route) if one.effect == "carry"] == [BUS]
    assert verdict(found)[0] == "gap"


def test_a_feature_that_is_off_finds_nothing(stage: Stage) -> None:
    detector(stage, told=features("S3_DATA_EVENTS"))
    export(stage)
    found = stage.crawl("aws.guardduty")
    assert verdict(found, only=", only: {feature: S3_DATA_EVENTS}") == ("covered", None)
    assert verdict(found, only=", only: {feature: RDS_LOGIN_EVENTS}") == ("gap", "not-generated")
    assert verdict(found, only="") == ("gap", "partly-generated")


@pytest.mark.parametrize("told", [[], features()[1:], [*features(), {"Name": "RUNTIME_MONITORING"}]])
def test_features_that_are_not_told_are_unread(stage: Stage, told: list[dict[str, Any]]) -> None:
    detector(stage, told=told)
    export(stage)
    assert verdict(stage.crawl("aws.guardduty")) == ("unknown", "blind-spot")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("STOPPED", ("gap", "route-disabled")),
        ("UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY", ("gap", "delivery-failing")),
        ("PENDING_VERIFICATION", ("unknown", "blind-spot")),
        ("ODD", ("unknown", "blind-spot")),
    ],
)
def test_only_a_destination_that_publishes_counts(
    stage: Stage, status: str, expected: tuple[str, str | None]
) -> None:
    detector(stage)
    export(stage, Status=status)
    assert verdict(stage.crawl("aws.guardduty")) == expected


@pytest.mark.parametrize(
    "call",
    [
        "GetDetector",
        "GetAdministratorAccount",
        "ListFilters",
        "ListPublishingDestinations",
        "DescribePublishingDestination",
    ],
)
def test_a_refused_detail_is_a_doubt(stage: Stage, call: str) -> None:
    detector(stage)
    export(stage)
    stage.deny(f"guardduty:{call}")
    # Whoever administers the account may suppress findings.
    assert verdict(stage.crawl("aws.guardduty")) == ("unknown", "blind-spot")


# --- suppression ------------------------------------------------------------------------------------------


def rule(stage: Stage, criterion: Any, action: str = "ARCHIVE", **where: str) -> None:
    stage.tell("guardduty:ListFilters", {"FilterNames": ["noise"]}, **where)
    told = {"Name": "noise", "Action": action, "FindingCriteria": {"Criterion": criterion}}
    stage.tell("guardduty:GetFilter", told, **where)


def test_what_a_rule_suppresses_goes_nowhere(stage: Stage) -> None:
    detector(stage)
    export(stage)
    rule(stage, {"type": {"Equals": ["Recon:EC2/Portscan"]}, "service.archived": {"Equals": ["false"]}})
    found = stage.crawl("aws.guardduty")
    assert verdict(found) == ("gap", "filtered-out")
    other = ', only: {feature: FLOW_LOGS, type: "Backdoor:EC2/C&CActivity.B"}'
    assert verdict(found, only=other) == ("covered", None)


def test_the_old_word_beside_the_new_one_says_the_same(stage: Stage) -> None:
    detector(stage)
    export(stage)
    noise = ["Recon:EC2/Portscan"]
    rule(stage, {"type": {"Eq": noise, "Equals": noise}, "severity": {"Equals": ["2"]}})
    assert verdict(stage.crawl("aws.guardduty")) == ("gap", "filtered-out")
    rule(stage, {"type": {"Eq": noise, "Equals": ["Other"]}})
    assert verdict(stage.crawl("aws.guardduty")) == ("unknown", "blind-spot")


def test_a_filter_that_archives_nothing_is_no_rule(stage: Stage) -> None:
    detector(stage)
    export(stage)
    rule(stage, {"type": {"Equals": ["Recon:EC2/Portscan"]}}, action="NOOP")
    assert verdict(stage.crawl("aws.guardduty")) == ("covered", None)


@pytest.mark.parametrize(
    "condition", [{"NotEquals": ["x"]}, {"GreaterThan": 4}, {"Matches": ["x*"]}, {"Equals": ["a*"]}]
)
def test_a_rule_that_is_not_decided_is_a_doubt(stage: Stage, condition: dict[str, Any]) -> None:
    detector(stage)
    export(stage)
    rule(stage, {"type": condition})
    assert verdict(stage.crawl("aws.guardduty")) == ("unknown", "blind-spot")


# --- administrators ---------------------------------------------------------------------------------------


def member(stage: Stage) -> None:
    """HOME administers OTHER, and exports."""
    detector(stage, "theirs", account=OTHER)
    detector(stage, account=HOME)
    linked = {"Administrator": {"AccountId": HOME, "RelationshipStatus": "Enabled"}}
    stage.tell("guardduty:GetAdministratorAccount", linked, account=OTHER)


def test_findings_of_a_member_are_exported_by_its_administrator(stage: Stage) -> None:
    member(stage)
    export(stage)
    found = stage.crawl("aws.guardduty", accounts=(HOME, OTHER))
    assert verdict(found, account=OTHER) == ("covered", None)
    routes = [one for one in found.all(Route) if one.origin.endswith(OTHER) and one.effect == "carry"]
    assert {(one.to, one.prefix) for one in routes} == {
        (f"aws:events/{REGION}/{OTHER}/default", ""),
        (BUS, ""),
        ("aws:s3/threats", f"gd/AWSLogs/{OTHER}/GuardDuty/{REGION}/"),
    }
    assert stage.asked("guardduty:DescribePublishingDestination") == 1


def test_the_rules_of_an_administrator_suppress_findings_of_members(stage: Stage) -> None:
    member(stage)
    export(stage)
    rule(stage, {"type": {"Equals": ["Recon:EC2/Portscan"]}}, account=HOME)
    found = stage.crawl("aws.guardduty", accounts=(HOME, OTHER))
    assert verdict(found, account=OTHER) == ("gap", "filtered-out")


def test_whether_the_old_rules_of_a_member_still_hold_is_not_known(stage: Stage) -> None:
    member(stage)
    export(stage)
    rule(stage, {"type": {"Equals": ["Recon:EC2/Portscan"]}}, account=OTHER)
    found = stage.crawl("aws.guardduty", accounts=(HOME, OTHER))
    assert verdict(found, account=OTHER) == ("unknown", "blind-spot")
    assert verdict(found, account=HOME) == ("covered", None)


def test_an_administrator_that_is_not_audited_is_a_doubt(stage: Stage) -> None:
    detector(stage)
    linked = {"Administrator": {"AccountId": OTHER, "RelationshipStatus": "Enabled"}}
    stage.tell("guardduty:GetAdministratorAccount", linked)
    found = stage.crawl("aws.guardduty")
    assert verdict(found) == ("unknown", "blind-spot")
    assert f"aws:events/{REGION}/{OTHER}/default" in {one.to for one in found.all(Route)}


@pytest.mark.parametrize(("status", "expected"), [("Removed", "covered"), ("Odd", "unknown")])
def test_the_status_of_the_relationship_decides(stage: Stage, status: str, expected: str) -> None:
    detector(stage)
    export(stage)
    linked = {"Administrator": {"AccountId": OTHER, "RelationshipStatus": status}}
    stage.tell("guardduty:GetAdministratorAccount", linked)
    assert verdict(stage.crawl("aws.guardduty"))[0] == expected


def test_refused_detectors_leave_no_listing(stage: Stage) -> None:
    stage.deny("guardduty:ListDetectors")
    (spot,) = stage.crawl("aws.guardduty").spots("guardduty:ListDetectors")
    assert spot.hides == ("aws.guardduty.detector", "aws.guardduty.publishing")
