"""Accounts that let nobody in, and what inventory services tell of them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from logcov.config import AwsShortcuts, ConfigAggregator, TelemetryConfiguration
from logcov.sandbox import aws_answers as answers
from logcov.sandbox.aws_wire import Answer, Ask
from providers.aws.stage import HOME, OTHER, REGION, Content, Stage, assumed

SHUT = f"aws:accounts/{OTHER}"
AGGREGATOR = AwsShortcuts(config_aggregator=ConfigAggregator(name="acme-org", account=HOME, region=REGION))
TELEMETRY = AwsShortcuts(telemetry=TelemetryConfiguration(account=HOME, regions=(REGION,)))
FLOWS = ("aws.vpcs", "aws.flow_logs")
DAY = 86_400


def ago(**span: int) -> str:
    return (datetime.now(UTC) - timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def item(kind: str = "AWS::EC2::VPC", name: str = "vpc-0a", **changes: Any) -> dict[str, Any]:
    """A row of the aggregator, of a thing in the account that lets nobody in."""
    return {
        "accountId": OTHER,
        "awsRegion": REGION,
        "resourceType": kind,
        "resourceId": name,
        "arn": f"arn:aws:ec2:{REGION}:{OTHER}:vpc/{name}",
        "configurationItemCaptureTime": ago(days=2, hours=1),
        "configurationItemStatus": "OK",
    } | changes


def aggregated(stage: Stage, *items: Mapping[str, Any] | str) -> None:
    """What the aggregator knows, its sources being current."""
    texts = [one if isinstance(one, str) else json.dumps(one) for one in items]
    stage.tell(
        "config:SelectAggregateResourceConfig",
        lambda ask: {"Results": [one for one in texts if _asked(ask, one)]},
    )
    sources(stage, (OTHER, REGION, "SUCCEEDED"))


def _asked(ask: Ask, text: str) -> bool:
    """Whether a query is about this row, as far as a test's rows go; what is no row is in every answer."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return True
    wanted = row.get("resourceType") if isinstance(row, dict) else None
    return wanted is None or f"'{wanted}'" in ask.params["Expression"]


def sources(stage: Stage, *told: tuple[str, str, str]) -> None:
    stage.tell(
        "config:DescribeConfigurationAggregatorSourcesStatus",
        {
            "AggregatedSourceStatusList": [
                {
                    "SourceId": account,
                    "SourceType": "ACCOUNT",
                    "AwsRegion": region,
                    "LastUpdateStatus": status,
                    "LastUpdateTime": datetime(2026, 11, 1, tzinfo=UTC),
                }
                for account, region, status in told
            ]
        },
    )


def shut(stage: Stage) -> None:
    """Nobody may take the role in the other account."""

    def assume(ask: Ask) -> Content | Answer:
        if str(ask.params["RoleArn"]).split(":")[4] == OTHER:
            return answers.error(ask, "AccessDenied", "not authorized to perform: sts:AssumeRole", 403)
        return assumed(ask)

    stage.tell("sts:AssumeRole", assume)


def open_network(stage: Stage) -> None:
    """One VPC in use and no flow logs, in any account that may be asked."""
    stage.tell("ec2:DescribeVpcs", lambda ask: {"Vpcs": [{"VpcId": "vpc-0f", "OwnerId": ask.account}]})
    stage.tell("ec2:DescribeNetworkInterfaces", {"NetworkInterfaces": []})
    stage.tell("ec2:DescribeFlowLogs", {"FlowLogs": []})
    stage.tell("ec2:DescribeSubnets", {"Subnets": []})


def resource(kind: str = "AWS::EC2::VPC", name: str = "vpc-0a", **changes: Any) -> dict[str, Any]:
    """A resource of the telemetry configuration, in the account that lets nobody in."""
    return {
        "AccountIdentifier": OTHER,
        "ResourceType": kind,
        "ResourceIdentifier": name,
        "TelemetryConfigurationState": {"Logs": "Enabled"},
        "LastUpdateTimeStamp": int((datetime.now(UTC) - timedelta(days=3, hours=1)).timestamp() * 1000),
    } | changes


def evaluated(stage: Stage, *resources: Mapping[str, Any], **status: Any) -> None:
    """What the telemetry configuration knows, being evaluated."""
    stage.tell(
        "observabilityadmin:GetTelemetryEvaluationStatusForOrganization", {"Status": "RUNNING"} | status
    )
    stage.tell(
        "observabilityadmin:ListResourceTelemetryForOrganization",
        {"TelemetryConfigurations": list(resources)},
    )


def organization(stage: Stage) -> None:
    """The two accounts below one root, told to the management account."""
    stage.tell(
        "organizations:DescribeOrganization",
        {"Organization": {"Id": "o-acme000001", "MasterAccountId": HOME}},
    )
    named = [{"Id": one, "Name": one, "State": "ACTIVE"} for one in (HOME, OTHER)]
    stage.tell("organizations:ListAccounts", {"Accounts": named})
    stage.tell("organizations:ListRoots", {"Roots": [{"Id": "r-ab12"}]})
    stage.tell("organizations:ListAccountsForParent", {"Accounts": named})
    stage.tell("organizations:ListOrganizationalUnitsForParent", {"OrganizationalUnits": []})
    stage.tell("organizations:ListTagsForResource", {"Tags": []})
    regions = [
        {"RegionName": one, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for one in ("eu-west-1", "us-east-1")
    ]
    stage.tell("account:ListRegions", {"Regions": regions})
