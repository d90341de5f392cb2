"""A detective control for tests: a trail, its log group, a metric filter on root use, an alarm, a topic, somebody."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from logcov.findings import Finding
from providers.aws.crawl import Crawl
from providers.aws.judging import judged
from providers.aws.stage import HOME, REGION, Stage

TRAIL = f"arn:aws:cloudtrail:{REGION}:{HOME}:trail/main"
GROUP = f"aws:logs/{REGION}/{HOME}/trail"
METRIC = f"aws:metric/{REGION}/{HOME}/CIS/RootUse"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{HOME}:alerts"
TOPIC = f"aws:sns/{REGION}/{HOME}/alerts"
ALARM_ARN = f"arn:aws:cloudwatch:{REGION}:{HOME}:alarm:root"
RULE_ARN = f"arn:aws:events:{REGION}:{HOME}:rule/root"
BUS = f"aws:events/{REGION}/{HOME}/default"
ROOT = '{ $.userIdentity.type = "Root" }'
OWNERS = {
    "Sid": "__default_statement_ID",
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": ["SNS:Subscribe", "SNS:Publish", "SNS:GetTopicAttributes"],
    "Resource": TOPIC_ARN,
    "Condition": {"StringEquals": {"AWS:SourceOwner": HOME}},
}
"""The statement that SNS gives every topic."""


def control(stage: Stage) -> None:
    """All of it, working. Tests tell other answers afterwards to break one part."""
    trail(stage)
    counted(stage)
    alarm(stage)
    topic(stage)
    subscribed(stage, ("email", {}))
    rules(stage)


def trail(stage: Stage, **fields: Any) -> None:
    now = datetime.now(UTC)
    told = {
        "Name": "main",
        "TrailARN": TRAIL,
        "HomeRegion": REGION,
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": False,
        "IncludeGlobalServiceEvents": True,
        "LogFileValidationEnabled": True,
        "S3BucketName": "trail-files",
        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{REGION}:{HOME}:log-group:trail:*",
    }
    stage.tell("cloudtrail:DescribeTrails", {"trailList": [told | fields]})
    stage.tell(
        "cloudtrail:GetTrailStatus",
        {
            "IsLogging": True,
            "StartLoggingTime": now - timedelta(days=90),
            "LatestDeliveryTime": now,
            "LatestCloudWatchLogsDeliveryTime": now,
        },
    )
    every = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    stage.tell("cloudtrail:GetEventSelectors", {"TrailARN": TRAIL, "EventSelectors": every})
    stage.tell("cloudtrail:ListEventDataStores", {"EventDataStores": []})
    stage.tell("logs:DescribeLogGroups", {"logGroups": [{"logGroupName": "trail"}]})
    stage.tell("logs:DescribeSubscriptionFilters", {"subscriptionFilters": []})
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})


def counted(stage: Stage, pattern: str = ROOT, **fields: Any) -> None:
    """One metric filter; fields of its metric by their names, `filter` for those of the filter itself."""
    metric = {"metricName": "RootUse", "metricNamespace": "CIS", "metricValue": "1"}
    own = fields.pop("filter", {})
    told = {
        "filterName": "root",
        "logGroupName": "trail",
        "filterPattern": pattern,
        "metricTransformations": [metric | fields],
    }
    stage.tell("logs:DescribeMetricFilters", {"metricFilters": [told | own]})


def metric_alarm(**fields: Any) -> dict[str, Any]:
    told = {
        "AlarmName": "root",
        "AlarmArn": ALARM_ARN,
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC_ARN],
        "MetricName": "RootUse",
        "Namespace": "CIS",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    return {name: value for name, value in (told | fields).items() if value is not None}


def composite(name: str, rule: str, **fields: Any) -> dict[str, Any]:
    told = {"AlarmName": name, "AlarmArn": ALARM_ARN.replace("root", name), "AlarmRule": rule}
    return told | {"ActionsEnabled": True, "AlarmActions": [TOPIC_ARN]} | fields


def alarm(stage: Stage, **fields: Any) -> None:
    alarms(stage, metric_alarm(**fields))


def alarms(
    stage: Stage, *metric: dict[str, Any], composites: Any = (), log: list[dict[str, Any]] | None = None
) -> None:
    told = {"MetricAlarms": list(metric), "CompositeAlarms": list(composites), "LogAlarms": log or []}
    stage.tell("cloudwatch:DescribeAlarms", told)


def topic(stage: Stage, *statements: dict[str, Any], **attributes: str) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements or (OWNERS,)})
    told = {"TopicArn": TOPIC_ARN, "Policy": policy} | attributes
    stage.tell("sns:GetTopicAttributes", {"Attributes": told})


def subscribed(stage: Stage, *subscriptions: tuple[str, dict[str, str] | None]) -> None:
    """Subscriptions by protocol, with their attributes; None: not confirmed."""
    listed = []
    attributes: dict[str, dict[str, str]] = {}
    for number, (protocol, told) in enumerate(subscriptions):
        arn = f"{TOPIC_ARN}:{number}"
        endpoint = "somebody@example.com"
        if protocol in {"lambda", "firehose"}:
            kind = "function:ship" if protocol == "lambda" else "deliverystream/ship"
            endpoint = f"arn:aws:{protocol}:{REGION}:{HOME}:{kind}"
        listed.append(
            {
                "SubscriptionArn": "PendingConfirmation" if told is None else arn,
                "Protocol": protocol,
                "Endpoint": endpoint,
                "Owner": HOME,
                "TopicArn": TOPIC_ARN,
            }
        )
        attributes[arn] = {"SubscriptionArn": arn, "PendingConfirmation": "false"} | (told or {})
    stage.tell("sns:ListSubscriptionsByTopic", {"Subscriptions": listed})
    stage.tell(
        "sns:GetSubscriptionAttributes",
        lambda ask: {"Attributes": attributes[str(ask.params["SubscriptionArn"])]},
    )


def rules(stage: Stage, *told: dict[str, Any], targets: Any = ({"Id": "1", "Arn": TOPIC_ARN},)) -> None:
    stage.tell("events:ListRules", {"Rules": list(told)})
    stage.tell("events:ListTargetsByRule", {"Targets": list(targets)})
    stage.tell("events:DescribeEventBus", {"Name": "default"})


def rule(pattern: Any, **fields: Any) -> dict[str, Any]:
    told = {"Name": "root", "Arn": RULE_ARN, "State": "ENABLED", "EventBusName": "default"}
    return told | {"EventPattern": json.dumps(pattern)} | fields


def look(stage: Stage) -> Crawl:
    return stage.crawl("aws.trails", "aws.event_data_stores")


def verdict(stage: Stage, only: str = "{userIdentity.type: Root}", reach: str = "oncall") -> Finding:
    """Whether the records that `only` names come to the people on call."""
    line = f"{{id: line, title: a line, logs: aws.cloudtrail.management, only: {only}, reach: {reach}}}"
    policy = f'destinations: {{oncall: ["aws:sns/*"], kept: ["aws:s3/*"]}}\nrequire: [{line}]\n'
    (found,) = judged(look(stage), policy).findings
    return found
