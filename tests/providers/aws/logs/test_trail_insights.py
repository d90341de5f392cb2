from datetime import UTC, datetime
from typing import Any

from logcov.inventory import Emitter, Filter, Route, Unread
from providers.aws.judging import findings
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Stage

ARN = f"arn:aws:cloudtrail:{REGION}:{HOME}:trail/main"
ROW = "aws.trail_insights"
BOTH = [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}]


def trail(stage: Stage, selectors: list[dict[str, Any]] | None, arn: str = ARN, **fields: Any) -> None:
    """A trail that logs into a bucket and a log group; without selectors, Insights are off."""
    listed = {
        "Name": "main",
        "TrailARN": arn,
        "S3BucketName": "acme-trail",
        "HomeRegion": REGION,
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": False,
        "LogFileValidationEnabled": True,
        "IncludeGlobalServiceEvents": True,
        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{REGION}:{HOME}:log-group:trail:*",
    }
    stage.tell("cloudtrail:DescribeTrails", {"trailList": [listed | fields]})
    now = datetime.now(UTC)
    stage.tell(
        "cloudtrail:GetTrailStatus",
        {"IsLogging": True, "StartLoggingTime": now, "LatestDeliveryTime": now},
    )
    stage.tell("cloudtrail:GetEventSelectors", {"TrailARN": arn, "EventSelectors": []})
    if selectors is None:
        stage.refuse("cloudtrail:GetInsightSelectors", "InsightNotEnabledException")
    else:
        stage.tell("cloudtrail:GetInsightSelectors", {"TrailARN": arn, "InsightSelectors": selectors})


def quiet(stage: Stage) -> None:
    """Nothing behind the trail can be read: routes are what is asked about."""
    for call in ("s3:ListBuckets", "s3:HeadBucket", "logs:DescribeLogGroups", "events:ListRules"):
        stage.deny(call)


def test_insights_are_put_beside_the_log_files(stage: Stage) -> None:
    trail(stage, BOTH)
    quiet(stage)
    found = stage.crawl(ROW)
    ways = {route.to: route for route in found.all(Route)}
    assert set(ways) == {"aws:s3/acme-trail", f"aws:logs/{REGION}/{HOME}/trail"}
    bucket = ways["aws:s3/acme-trail"]
    assert bucket.prefix == f"AWSLogs/{HOME}/CloudTrail-Insight/{REGION}/"
    (chosen,) = [one for one in found.all(Filter) if one.id == bucket.filter]
    assert chosen.text == '{"insightDetails.insightType": ["ApiCallRateInsight", "ApiErrorRateInsight"]}'
    assert [one.source for one in found.all(Emitter)] == ["aws.cloudtrail.insight"]
    assert found.listed("aws.trail.insights") == {(SCOPE, REGION)}


def test_a_trail_that_is_not_asked_for_insights_writes_none(stage: Stage) -> None:
    for selectors in (None, []):
        trail(stage, selectors)
        found = stage.crawl(ROW)
        assert found.all(Route) == []
        assert found.listed("aws.trail.insights")


def test_refused_or_broken_selectors_are_unread_and_the_trail_still_there(stage: Stage) -> None:
    trail(stage, BOTH)
    quiet(stage)
    stage.deny("cloudtrail:GetInsightSelectors")
    found = stage.crawl(ROW)
    assert len(found.all(Route)) == 2
    assert {found.why(route.filter).permission for route in found.all(Route)} == {
        "cloudtrail:GetInsightSelectors"
    }
    stage.tell("cloudtrail:GetInsightSelectors", {"TrailARN": ARN})
    assert all(isinstance(route.filter, Unread) for route in stage.crawl(ROW).all(Route))


def test_the_selectors_of_a_stranger_s_trail_are_not_asked_for(stage: Stage) -> None:
    trail(stage, BOTH, ARN.replace(HOME, OTHER), IsOrganizationTrail=True)
    quiet(stage)
    found = stage.crawl(ROW)
    assert all("not audited" in found.why(route.filter).detail for route in found.all(Route))
    assert stage.asked("cloudtrail:GetInsightSelectors") == 0


def test_refused_trails_leave_no_listing(stage: Stage) -> None:
    stage.deny("cloudtrail:DescribeTrails")
    assert not stage.crawl(ROW).listed("aws.trail.insights")


def judged(stage: Stage) -> tuple[str, str | None, Any]:
    stage.tell("cloudtrail:ListEventDataStores", {"EventDataStores": []})
    for call, key in (
        ("DescribeSubscriptionFilters", "subscriptionFilters"),
        ("DescribeMetricFilters", "metricFilters"),
    ):
        stage.tell(f"logs:{call}", {key: []})
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
    stage.tell("cloudwatch:DescribeAlarms", {"MetricAlarms": [], "CompositeAlarms": []})
    stage.tell("logs:DescribeLogGroups", {"logGroups": [{"logGroupName": "trail"}]})
    found = stage.crawl(ROW, "aws.event_data_stores")
    (one,) = findings(found, "aws.cloudtrail.insight", '"aws:logs/*"')
    return one.status, one.reason, one.witness


def test_both_kinds_of_insights_are_covered_and_one_alone_is_a_gap(stage: Stage) -> None:
    trail(stage, BOTH)
    quiet(stage)
    assert judged(stage)[0] == "covered"
    trail(stage, BOTH[:1])
    status, reason, witness = judged(stage)
    assert (status, reason) == ("gap", "filtered-out")
    assert witness["insightDetails.insightType"] == "ApiErrorRateInsight"
    trail(stage, None)
    assert judged(stage)[:2] == ("gap", "not-routed")


def test_the_trails_own_prefix_may_be_named_like_a_part_of_the_path(stage: Stage) -> None:
    trail(stage, BOTH, S3KeyPrefix="all/CloudTrail/logs")
    quiet(stage)
    ways = {route.to: route.prefix for route in stage.crawl(ROW).all(Route)}
    assert ways["aws:s3/acme-trail"] == f"all/CloudTrail/logs/AWSLogs/{HOME}/CloudTrail-Insight/{REGION}/"


def test_insights_of_data_events_alone_leave_doubt(stage: Stage) -> None:
    for categories, known in ((["Management"], True), (["Management", "Data"], True), (["Data"], False)):
        trail(stage, [BOTH[0], BOTH[1] | {"EventCategories": categories}])
        quiet(stage)
        assert {isinstance(route.filter, str) for route in stage.crawl(ROW).all(Route)} == {known}
