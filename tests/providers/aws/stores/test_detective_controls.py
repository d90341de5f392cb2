"""Root use tells the people on call, or it does not: whole estates, judged."""

from collections.abc import Callable
from typing import Any

import pytest

from providers.aws import controls
from providers.aws.controls import (
    ALARM_ARN,
    ROOT,
    RULE_ARN,
    TOPIC_ARN,
    alarm,
    alarms,
    composite,
    control,
    counted,
    metric_alarm,
    rule,
    rules,
    subscribed,
    topic,
    verdict,
)
from providers.aws.judging import judged
from providers.aws.stage import HOME, REGION, Stage

Change = Callable[[Stage], Any]


def test_root_use_tells_somebody(stage: Stage) -> None:
    control(stage)
    found = verdict(stage)
    assert (found.status, found.reason) == ("covered", None)


@pytest.mark.parametrize(
    ("change", "reason", "cause"),
    [
        (lambda stage: subscribed(stage, ("email", None)), "no-consumer", controls.TOPIC),
        (
            lambda stage: alarm(stage, ActionsEnabled=False),
            "route-disabled",
            f"aws:alarm/{REGION}/{HOME}/root",
        ),
        (lambda stage: alarm(stage, Threshold=5.0), "filtered-out", f"aws:alarm/{REGION}/{HOME}/root"),
        (
            lambda stage: alarm(stage, EvaluationPeriods=3),
            "filtered-out",
            f"aws:alarm/{REGION}/{HOME}/root",
        ),
        (
            lambda stage: counted(stage, '{ $.userIdentity.type = "IAMUser" }'),
            "filtered-out",
            f"aws:logs-metric-filter/{REGION}/{HOME}/trail/root",
        ),
        (
            lambda stage: stage.refuse("sns:GetTopicAttributes", "NotFound"),
            "destination-missing",
            controls.TOPIC,
        ),
    ],
)
def test_a_broken_part_leaves_a_root_sign_in_that_nobody_hears_of(
    stage: Stage, change: Change, reason: str, cause: str
) -> None:
    control(stage)
    change(stage)
    found = verdict(stage)
    assert (found.status, found.reason, found.cause) == ("gap", reason, cause)
    assert found.witness is not None
    assert found.witness["userIdentity.type"] == "Root"


def test_a_stopped_trail_tells_nobody(stage: Stage) -> None:
    control(stage)
    stage.tell("cloudtrail:GetTrailStatus", {"IsLogging": False})
    found = verdict(stage)
    assert (found.status, found.reason) == ("gap", "route-disabled")


@pytest.mark.parametrize(
    "change",
    [
        alarms,
        lambda stage: alarm(stage, AlarmActions=[]),
        lambda stage: alarm(stage, MetricName="Other"),
        lambda stage: stage.tell("logs:DescribeMetricFilters", {"metricFilters": []}),
    ],
)
def test_without_a_part_nothing_leads_to_the_people_on_call(stage: Stage, change: Change) -> None:
    control(stage)
    change(stage)
    assert verdict(stage).status == "gap"


def test_a_pattern_that_misses_some_refusals_has_a_witness(stage: Stage) -> None:
    control(stage)
    counted(stage, '{ $.errorCode = "*UnauthorizedOperation" }')
    only = '{errorCode: ["*UnauthorizedOperation", "AccessDenied*"]}'
    found = verdict(stage, only)
    assert (found.status, found.reason) == ("gap", "filtered-out")
    assert found.witness is not None
    assert found.witness["errorCode"].startswith("AccessDenied")
    counted(stage, '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }')
    assert verdict(stage, only).status == "covered"


@pytest.mark.parametrize(
    "call",
    [
        "logs:DescribeMetricFilters",
        "cloudwatch:DescribeAlarms",
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
        "sns:GetSubscriptionAttributes",
    ],
)
def test_a_refused_read_leaves_it_unknown(stage: Stage, call: str) -> None:
    control(stage)
    stage.deny(call)
    assert verdict(stage).status == "unknown"


@pytest.mark.parametrize(
    "change",
    [
        lambda stage: alarm(stage, Statistic="Average", TreatMissingData="breaching"),
        lambda stage: topic(stage, KmsMasterKeyId="alias/topics"),
        lambda stage: topic(
            stage, {"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "sns:*", "Resource": "*"}
        ),
        lambda stage: subscribed(stage, ("email", {"FilterPolicy": '{"a": ["b"]}'})),
        lambda stage: alarm(stage, AlarmActions=["arn:aws:ssm-incidents::1:response-plan/x"]),
    ],
)
def test_what_is_not_judged_is_unknown(stage: Stage, change: Change) -> None:
    control(stage)
    change(stage)
    assert verdict(stage).status == "unknown"


def test_an_alarm_on_alarms_tells_for_its_parts(stage: Stage) -> None:
    control(stage)
    quiet = metric_alarm(ActionsEnabled=False)
    alarms(stage, quiet, composites=[composite("all", 'ALARM("root") OR ALARM(other)')])
    assert verdict(stage).status == "covered"
    alarms(stage, quiet, composites=[composite("all", 'ALARM("root") AND ALARM("other")')])
    assert verdict(stage).status == "unknown"


def test_people_who_hear_are_no_store(stage: Stage) -> None:
    """That somebody is told of a record does not keep it."""
    control(stage)
    stage.tell("logs:DescribeLogGroups", {"logGroups": []})
    rules(stage, rule({"source": [{"exists": True}]}))
    topic(stage, controls.OWNERS, _events())
    stage.refuse("s3:ListBuckets", "NoSuchBucket", status=404)
    stage.tell("s3:ListBuckets", {"Buckets": []})
    stage.refuse("s3:HeadBucket", "404", status=404)
    assert verdict(stage, reach='"*"').status == "gap"


# --- the other way: event buses ---------------------------------------------------------------------------


def _events(**condition: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": TOPIC_ARN,
    }
    return statement | ({"Condition": condition} if condition else {})


def _by_events(stage: Stage, *told: dict[str, Any], **condition: Any) -> None:
    control(stage)
    alarms(stage)
    rules(stage, *told)
    topic(stage, controls.OWNERS, _events(**condition))


ROOT_EVENTS = {"detail": {"userIdentity": {"type": ["Root"]}}}
WRITES = '{userIdentity.type: Root, eventName: CreateUser, readOnly: "false"}'
ALL = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def test_a_rule_that_sees_all_management_events_tells_of_root(stage: Stage) -> None:
    _by_events(stage, rule(ROOT_EVENTS, State=ALL), ArnEquals={"aws:SourceArn": RULE_ARN})
    assert verdict(stage).status == "covered"


def test_a_rule_that_is_only_enabled_does_not_hear_of_reads(stage: Stage) -> None:
    _by_events(stage, rule(ROOT_EVENTS))
    found = verdict(stage)
    assert (found.status, found.reason) == ("gap", "filtered-out")
    assert found.witness is not None
    assert found.witness["readOnly"] == "true"
    assert verdict(stage, WRITES).status == "covered"


def test_a_disabled_rule_tells_nobody(stage: Stage) -> None:
    _by_events(stage, rule(ROOT_EVENTS, State="DISABLED"))
    found = verdict(stage, WRITES)
    assert (found.status, found.reason) == ("gap", "route-disabled")


def test_a_topic_that_only_its_owner_may_use_may_refuse_events(stage: Stage) -> None:
    _by_events(stage, rule(ROOT_EVENTS, State=ALL))
    topic(stage)
    assert verdict(stage).status == "unknown"


def test_refused_rules_leave_it_unknown(stage: Stage) -> None:
    _by_events(stage)
    stage.deny("events:ListRules")
    assert verdict(stage).status == "unknown"


def test_calls_are_made_once_however_many_topics_and_groups(stage: Stage) -> None:
    control(stage)
    more = metric_alarm(AlarmName="second", AlarmArn=ALARM_ARN.replace("root", "second"))
    alarms(stage, metric_alarm(), more)
    counted(stage, ROOT, filter={"filterName": "again"})
    assert verdict(stage).status == "covered"
    for call in ("cloudwatch:DescribeAlarms", "logs:DescribeMetricFilters", "sns:GetTopicAttributes"):
        assert stage.asked(call) == 1, call


def shipped(stage: Stage) -> str:
    """The verdict on a copy of the record in the bucket of a Firehose stream that hears the topic."""
    subscribed(stage, ("email", {}), ("firehose", {}))
    bucket = {
        "RoleARN": f"arn:aws:iam::{HOME}:role/firehose",
        "BucketARN": "arn:aws:s3:::shipped",
        "BufferingHints": {},
        "CompressionFormat": "GZIP",
        "EncryptionConfiguration": {},
    }
    stage.tell(
        "firehose:DescribeDeliveryStream",
        {
            "DeliveryStreamDescription": {
                "DeliveryStreamName": "ship",
                "DeliveryStreamARN": f"arn:aws:firehose:{REGION}:{HOME}:deliverystream/ship",
                "DeliveryStreamStatus": "ACTIVE",
                "DeliveryStreamType": "DirectPut",
                "VersionId": "1",
                "HasMoreDestinations": False,
                "Destinations": [{"DestinationId": "d", "ExtendedS3DestinationDescription": bucket}],
            }
        },
    )
    stage.moto("s3").create_bucket(Bucket="shipped", CreateBucketConfiguration={"LocationConstraint": REGION})
    line = "{id: line, title: a line, logs: aws.cloudtrail.management, only: {userIdentity.type: Root}, reach: kept}"
    policy = f'destinations: {{kept: ["aws:s3/shipped"]}}\nrequire: [{line}]\n'
    (found,) = judged(controls.look(stage), policy).findings
    return str(found.status)


def test_what_an_alarm_tells_is_not_the_record(stage: Stage) -> None:
    control(stage)
    assert shipped(stage) == "gap"


@pytest.mark.parametrize(
    ("target", "status"),
    [({}, "covered"), ({"Input": '"look"'}, "gap"), ({"InputPath": "$.detail"}, "covered")],
)
def test_what_a_rule_tells_is_the_record_unless_it_is_given_another_text(
    stage: Stage, target: dict[str, Any], status: str
) -> None:
    control(stage)
    alarms(stage)
    rules(
        stage,
        rule(
            {"detail": {"userIdentity": {"type": ["Root"]}}},
            State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        ),
        targets=[{"Id": "1", "Arn": TOPIC_ARN} | target],
    )
    topic(stage, controls.OWNERS, _events())
    assert shipped(stage) == status


def test_data_events_may_come_to_the_bus_if_a_trail_takes_them(stage: Stage) -> None:
    line = "{id: line, title: a line, logs: aws.cloudtrail.data, reach: oncall}"
    policy = f'destinations: {{oncall: ["aws:sns/*"]}}\nrequire: [{line}]\n'
    every = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    ]
    _by_events(stage, rule({"detail-type": ["AWS API Call via CloudTrail"]}))
    (without,) = judged(controls.look(stage), policy).findings
    assert (without.status, without.extent) == ("gap", "all")
    told = {"TrailARN": controls.TRAIL, "AdvancedEventSelectors": [{"FieldSelectors": every}]}
    stage.tell("cloudtrail:GetEventSelectors", told)
    asked = line.replace("reach", 'only: {resource_type: "AWS::S3::Object"}, reach')
    (found,) = judged(controls.look(stage), policy.replace(line, asked)).findings
    assert found.status == "unknown"
