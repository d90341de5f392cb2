"""What is deleted after it was listed: it emits nothing or is unknown, it makes no gap, and nothing else is lost.

Families whose own tests already show it: API Gateway, CloudFront, EKS, load balancers, Network Firewall, OpenSearch,
Redshift, S3 access logs (`logs/`); buckets, event buses' rules, Firehose, Kinesis, Lambda and SNS (`stores/`).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from logcov.inventory import Destination, Emitter, Ledger, Listing, Route, Scope, Unread
from logcov.providers.aws.stores.log_groups import read_log_group
from logcov.providers.aws.stores.sns import read_topic
from logcov.sandbox import aws_answers
from logcov.sandbox.aws_wire import Answer, Ask
from providers.aws.controls import TOPIC, subscribed, topic
from providers.aws.crawl import Crawl, open_session
from providers.aws.groups import log_groups
from providers.aws.judging import findings
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Content, Stage

GONE, HERE = "gone", "here"


def unless(
    gone: Callable[[Ask], bool], code: str, tell: Callable[[Ask], Content] | Content, status: int = 400
) -> Callable[[Ask], Content | Answer]:
    """An answer for all but what is gone: about that, the error that the API gives."""

    def answer(ask: Ask) -> Content | Answer:
        if gone(ask):
            return aws_answers.error(ask, code, "it does not exist", status)
        return tell(ask) if callable(tell) else tell

    return answer


def verdicts(found: Crawl, source: str, reach: str = '"*"') -> dict[str | None, tuple[str, str | None]]:
    return {one.resource: (one.status, one.reason) for one in findings(found, source, reach)}


# --- clusters and databases -------------------------------------------------------------------------------


def test_of_eks_clusters_the_one_that_is_gone_emits_nothing(stage: Stage) -> None:
    setups = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}
    stage.tell("eks:ListClusters", {"clusters": [GONE, HERE]})
    stage.tell(
        "eks:DescribeCluster",
        unless(
            lambda ask: GONE in ask.path,
            "ResourceNotFoundException",
            {"cluster": {"name": HERE, "logging": setups}},
            404,
        ),
    )
    log_groups(stage, f"/aws/eks/{HERE}/cluster")
    found = stage.crawl("aws.eks")
    assert {one.resource for one in found.all(Emitter)} == {HERE}
    audit = [
        one for one in findings(found, "aws.eks.control_plane") if one.dimensions["component"] == "audit"
    ]
    assert [(one.resource, one.status) for one in audit] == [(HERE, "covered")]


def instance(name: str, group: str) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": name,
        "Engine": "mysql",
        "EnabledCloudwatchLogsExports": ["general"],
        "DBParameterGroups": [{"DBParameterGroupName": group, "ParameterApplyStatus": "in-sync"}],
        "OptionGroupMemberships": [{"OptionGroupName": "own", "Status": "in-sync"}],
        "IAMDatabaseAuthenticationEnabled": False,
    }


def test_a_database_whose_parameter_group_is_gone_is_unknown_and_the_others_are_judged(stage: Stage) -> None:
    stage.tell("rds:DescribeDBInstances", {"DBInstances": [instance(GONE, GONE), instance(HERE, HERE)]})
    stage.tell("rds:DescribeDBClusters", {"DBClusters": []})
    stage.tell("rds:DescribeOptionGroups", {"OptionGroupsList": [{"OptionGroupName": "own", "Options": []}]})
    on = [
        {"ParameterName": name, "ParameterValue": value}
        for name, value in {"general_log": "1", "log_output": "FILE"}.items()
    ]
    stage.tell(
        "rds:DescribeDBParameters",
        unless(
            lambda ask: ask.params["DBParameterGroupName"] == GONE,
            "DBParameterGroupNotFound",
            {"Parameters": on},
            404,
        ),
    )
    log_groups(stage, *(f"/aws/rds/instance/{name}/general" for name in (GONE, HERE)))
    told = findings(stage.crawl("aws.rds"), "aws.rds.log")
    general = {one.resource: one.status for one in told if one.dimensions.get("log") == "general"}
    assert general == {f"db:{GONE}": "unknown", f"db:{HERE}": "covered"}


def test_a_cluster_whose_parameter_group_is_gone_is_unknown_and_the_others_are_judged(stage: Stage) -> None:
    def cluster(name: str) -> dict[str, Any]:
        groups = [{"ParameterGroupName": name, "ParameterApplyStatus": "in-sync"}]
        return {"ClusterIdentifier": name, "ClusterParameterGroups": groups}

    stage.tell("redshift:DescribeClusters", {"Clusters": [cluster(GONE), cluster(HERE)]})
    status = {"LoggingEnabled": True, "LogDestinationType": "cloudwatch", "LogExports": ["useractivitylog"]}
    stage.tell("redshift:DescribeLoggingStatus", status)
    stage.tell(
        "redshift:DescribeClusterParameters",
        unless(
            lambda ask: ask.params["ParameterGroupName"] == GONE,
            "ClusterParameterGroupNotFound",
            {"Parameters": [{"ParameterName": "enable_user_activity_logging", "ParameterValue": "true"}]},
            404,
        ),
    )
    stage.tell("redshift-serverless:ListNamespaces", {"namespaces": []})
    log_groups(stage, *(f"/aws/redshift/cluster/{name}/useractivitylog" for name in (GONE, HERE)))
    told = findings(stage.crawl("aws.redshift"), "aws.redshift.audit")
    queries = {one.resource: one.status for one in told if one.dimensions.get("log") == "useractivitylog"}
    assert queries == {f"cluster:{GONE}": "unknown", f"cluster:{HERE}": "covered"}


# --- networks ---------------------------------------------------------------------------------------------


def test_a_zone_that_is_gone_takes_no_tags_and_no_verdict_from_the_others(stage: Stage) -> None:
    zones = [
        {
            "Id": f"/hostedzone/{name}",
            "Name": f"{name}.example.",
            "CallerReference": "x",
            "Config": {"PrivateZone": False},
        }
        for name in (GONE, HERE)
    ]
    told = {"HostedZones": zones, "Marker": "", "IsTruncated": False, "MaxItems": "100"}
    stage.tell("route53:ListHostedZones", told)
    group = f"arn:aws:logs:us-east-1:{HOME}:log-group:/dns"
    config = {"Id": "q", "HostedZoneId": HERE, "CloudWatchLogsLogGroupArn": group}
    stage.tell("route53:ListQueryLoggingConfigs", {"QueryLoggingConfigs": [config]})
    tags = {"ResourceType": "hostedzone", "ResourceId": HERE, "Tags": [{"Key": "env", "Value": "prod"}]}
    stage.tell(
        "route53:ListTagsForResources",
        unless(
            lambda ask: GONE in re.findall(r"<ResourceId>(.*?)</ResourceId>", ask.body.decode()),
            "NoSuchHostedZone",
            {"ResourceTagSets": [tags]},
            404,
        ),
    )
    log_groups(stage, "/dns")
    found = stage.crawl("aws.route53.public_zones")
    assert {one.resource: one.labels for one in found.all(Emitter)} == {HERE: {"env": "prod"}}
    assert verdicts(found, "aws.route53.public_query") == {HERE: ("covered", None)}
    assert found.spots("route53:ListTagsForResources") == []


def test_a_web_acl_that_was_listed_by_its_logging_alone_is_no_emitter(stage: Stage) -> None:
    def arn(name: str) -> str:
        return f"arn:aws:wafv2:{REGION}:{HOME}:regional/webacl/{name}/1"

    stage.tell("wafv2:ListWebACLs", {"WebACLs": [{"ARN": arn(HERE)}]})
    group = f"arn:aws:logs:{REGION}:{HOME}:log-group:aws-waf-logs-x"
    logging = [{"ResourceArn": arn(name), "LogDestinationConfigs": [group]} for name in (GONE, HERE)]
    stage.tell("wafv2:ListLoggingConfigurations", {"LoggingConfigurations": logging})
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": []})
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": []})
    log_groups(stage, "aws-waf-logs-x")
    assert verdicts(stage.crawl("aws.waf"), "aws.waf.access") == {arn(HERE): ("covered", None)}


def test_a_firewall_policy_that_is_gone_leaves_its_firewall_and_the_others(stage: Stage) -> None:
    def arn(name: str, kind: str = "firewall") -> str:
        return f"arn:aws:network-firewall:{REGION}:{HOME}:{kind}/{name}"

    stage.tell(
        "network-firewall:ListFirewalls", {"Firewalls": [{"FirewallArn": arn(n)} for n in (GONE, HERE)]}
    )

    def described(ask: Ask) -> Content:
        name = str(ask.params["FirewallArn"]).rpartition("/")[2]
        told = {
            "FirewallName": name,
            "FirewallArn": arn(name),
            "FirewallPolicyArn": arn(name, "firewall-policy"),
            "VpcId": "vpc-1",
            "SubnetMappings": [],
            "FirewallId": "1" * 36,
        }
        return {"Firewall": told}

    stage.tell("network-firewall:DescribeFirewall", described)
    stage.tell(
        "network-firewall:DescribeLoggingConfiguration",
        {"LoggingConfiguration": {"LogDestinationConfigs": []}},
    )
    stage.tell(
        "network-firewall:DescribeFirewallPolicy",
        unless(
            lambda ask: GONE in str(ask.params["FirewallPolicyArn"]),
            "ResourceNotFoundException",
            {
                "UpdateToken": "1",
                "FirewallPolicyResponse": {
                    "FirewallPolicyName": HERE,
                    "FirewallPolicyArn": arn(HERE, "firewall-policy"),
                    "FirewallPolicyId": "1" * 36,
                },
                "FirewallPolicy": {
                    "StatelessDefaultActions": ["aws:pass"],
                    "StatelessFragmentDefaultActions": ["aws:pass"],
                },
            },
        ),
    )
    found = stage.crawl("aws.network_firewall")
    assert {one.resource for one in found.all(Emitter)} == {arn(GONE), arn(HERE)}
    assert len(found.spots("network-firewall:DescribeFirewallPolicy")) == 1


# --- CloudTrail -------------------------------------------------------------------------------------------


def trails(stage: Stage, *names: str) -> None:
    told = [
        {
            "Name": name,
            "TrailARN": f"arn:aws:cloudtrail:{REGION}:{HOME}:trail/{name}",
            "HomeRegion": REGION,
            "IsMultiRegionTrail": True,
            "IsOrganizationTrail": False,
            "IncludeGlobalServiceEvents": True,
            "LogFileValidationEnabled": True,
            "S3BucketName": "trail-files",
            "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{REGION}:{HOME}:log-group:trail:*",
        }
        for name in names
    ]
    now = datetime.now(UTC)
    stage.tell("cloudtrail:DescribeTrails", {"trailList": told})
    stage.tell(
        "cloudtrail:GetTrailStatus",
        unless(
            lambda ask: str(ask.params["Name"]).endswith(GONE),
            "TrailNotFoundException",
            {"IsLogging": True, "LatestDeliveryTime": now, "LatestCloudWatchLogsDeliveryTime": now},
        ),
    )
    every = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    stage.tell(
        "cloudtrail:GetEventSelectors",
        unless(
            lambda ask: str(ask.params["TrailName"]).endswith(GONE),
            "TrailNotFoundException",
            {"TrailARN": str(told[-1]["TrailARN"]), "EventSelectors": every},
        ),
    )
    stage.tell("cloudtrail:ListEventDataStores", {"EventDataStores": []})
    stage.tell("cloudtrail:LookupEvents", {"Events": []})
    stage.tell("events:ListRules", {"Rules": []})
    stage.tell("events:DescribeEventBus", {"Name": "default"})
    stage.deny("s3:ListBuckets")
    stage.deny("s3:HeadBucket")
    stage.moto("logs").create_log_group(logGroupName="trail")
    log_groups(stage, "trail")


@pytest.mark.parametrize(("names", "status"), [((GONE,), "unknown"), ((GONE, HERE), "covered")])
def test_a_trail_that_is_gone_covers_nothing_and_leaves_the_other(
    stage: Stage, names: tuple[str, ...], status: str
) -> None:
    trails(stage, *names)
    found = stage.crawl("aws.trails", "aws.event_data_stores")
    told = findings(found, "aws.cloudtrail.management", '"aws:logs/*"')
    assert {one.status for one in told} == {status}


def test_an_event_data_store_that_is_gone_leaves_no_doubt(stage: Stage) -> None:
    def arn(name: str) -> str:
        return f"arn:aws:cloudtrail:{REGION}:{HOME}:eventdatastore/{name}"

    stage.tell("cloudtrail:DescribeTrails", {"trailList": []})
    stage.tell("cloudtrail:LookupEvents", {"Events": []})
    listed = [{"EventDataStoreArn": arn(name)} for name in (GONE, HERE)]
    stage.tell("cloudtrail:ListEventDataStores", {"EventDataStores": listed})
    store = {
        "EventDataStoreArn": arn(HERE),
        "Status": "ENABLED",
        "AdvancedEventSelectors": [
            {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
        ],
        "MultiRegionEnabled": True,
        "OrganizationEnabled": False,
        "RetentionPeriod": 2557,
        "TerminationProtectionEnabled": True,
    }
    stage.tell(
        "cloudtrail:GetEventDataStore",
        unless(
            lambda ask: str(ask.params["EventDataStore"]).endswith(GONE),
            "EventDataStoreNotFoundException",
            store,
        ),
    )
    found = stage.crawl("aws.trails", "aws.event_data_stores")
    assert {one.to for one in found.all(Route)} == {f"aws:lake/{REGION}/{HOME}/{HERE}"}
    told = findings(found, "aws.cloudtrail.management", '"aws:lake/*"')
    assert {one.status for one in told} == {"covered"}

    stage.tell("cloudtrail:ListEventDataStores", {"EventDataStores": listed[:1]})
    told = findings(
        stage.crawl("aws.trails", "aws.event_data_stores"), "aws.cloudtrail.management", '"aws:lake/*"'
    )
    assert {(one.status, one.reason) for one in told} == {("gap", "not-routed")}


# --- GuardDuty and Session Manager ------------------------------------------------------------------------

FOUNDATION = ", only: {feature: [CLOUD_TRAIL, DNS_LOGS, FLOW_LOGS]}"


def guarded(stage: Stage) -> None:
    on = [{"Name": name, "Status": "ENABLED"} for name in ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")]
    stage.tell("guardduty:ListDetectors", {"DetectorIds": ["det"]})
    stage.tell("guardduty:GetDetector", {"Status": "ENABLED", "ServiceRole": "role", "Features": on})
    stage.tell("guardduty:GetAdministratorAccount", {"Administrator": {}})
    stage.tell("guardduty:ListFilters", {"FilterNames": []})
    stage.tell("guardduty:ListPublishingDestinations", {"Destinations": []})
    stage.tell("events:ListRules", {"Rules": []})
    stage.tell("events:DescribeEventBus", {"Name": "default"})


@pytest.mark.parametrize(
    "calls",
    [
        ("GetDetector", "GetAdministratorAccount", "ListFilters", "ListPublishingDestinations"),
        ("DescribePublishingDestination",),
        ("GetFilter",),
    ],
)
def test_a_detector_or_a_part_of_it_that_is_gone_is_unknown_here_and_nowhere_else(
    stage: Stage, calls: tuple[str, ...]
) -> None:
    guarded(stage)
    one = {"DestinationId": "x", "DestinationType": "S3", "Status": "PUBLISHING"}
    stage.tell("guardduty:ListPublishingDestinations", {"Destinations": [one]}, account=HOME)
    stage.tell("guardduty:ListFilters", {"FilterNames": ["old"]}, account=HOME)
    stage.refuse("guardduty:GetFilter", "BadRequestException")
    stage.refuse("guardduty:DescribePublishingDestination", "BadRequestException")
    for call in calls:
        # GuardDuty has no error of its own for what does not exist.
        stage.refuse(f"guardduty:{call}", "BadRequestException", "The request is rejected", account=HOME)
    found = stage.crawl("aws.guardduty", accounts=(HOME, OTHER))
    told = {
        (one.scope, one.status) for one in findings(found, "aws.guardduty.finding", '"aws:s3/*"', FOUNDATION)
    }
    assert told == {(SCOPE, "unknown"), (f"aws:accounts/{OTHER}", "gap")}


def test_preferences_that_are_gone_are_none(stage: Stage) -> None:
    stage.refuse("ssm:GetDocument", "InvalidDocument")
    assert verdicts(stage.crawl("aws.session_manager"), "aws.ssm.session") == {None: ("gap", "not-routed")}


# --- destinations, and what is onward from them ---------------------------------------------------------------


def read(stage: Stage, reader: Any, destination: str) -> tuple[Crawl, Destination]:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    session.audited[HOME] = Scope(id=SCOPE, kind="aws.account", provider="aws")
    found = Crawl(tuple(reader(session, destination, ())), ledger)
    (one,) = found.all(Destination)
    return found, one


@pytest.mark.parametrize(("name", "exists"), [("trail", False), ("/aws/eks/c/cluster", None)])
def test_a_log_group_that_goes_while_it_is_read_is_not_there(
    stage: Stage, name: str, exists: bool | None
) -> None:
    log_groups(stage, name)
    stage.tell("logs:DescribeMetricFilters", {"metricFilters": []})
    stage.tell("cloudwatch:DescribeAlarms", {"MetricAlarms": [], "CompositeAlarms": []})
    stage.refuse("logs:DescribeSubscriptionFilters", "ResourceNotFoundException")
    destination = f"aws:logs/{REGION}/{HOME}/{name}"
    found, one = read(stage, read_log_group, destination)
    assert (None if isinstance(one.exists, Unread) else one.exists) is exists
    listed = {listing.kind for listing in found.all(Listing)}
    assert listed == {"aws.logs.subscription", "aws.logs.metric_filter", "aws.cloudwatch.log_alarm"}


def test_a_log_group_of_another_class_is_not_gone_because_it_has_no_subscriptions(stage: Stage) -> None:
    stage.tell(
        "logs:DescribeLogGroups",
        {"logGroups": [{"logGroupName": "rare", "logGroupClass": "INFREQUENT_ACCESS"}]},
    )
    stage.refuse("logs:DescribeSubscriptionFilters", "ResourceNotFoundException")
    found, one = read(stage, read_log_group, f"aws:logs/{REGION}/{HOME}/rare")
    assert one.exists is True
    assert "aws.logs.subscription" not in {listing.kind for listing in found.all(Listing)}


def test_a_subscription_that_is_gone_is_heard_by_nobody_that_is_known(stage: Stage) -> None:
    topic(stage)
    subscribed(stage, ("email", {}))
    stage.refuse("sns:GetSubscriptionAttributes", "NotFound", status=404)
    _, one = read(stage, read_topic, TOPIC)
    assert isinstance(one.consumed, Unread)


def test_a_topic_that_goes_while_it_is_read_is_heard_by_nobody_that_is_known(stage: Stage) -> None:
    topic(stage)
    stage.refuse("sns:ListSubscriptionsByTopic", "NotFound", status=404)
    _, one = read(stage, read_topic, TOPIC)
    assert isinstance(one.consumed, Unread)


def test_a_delivery_whose_destination_is_gone_leads_nobody_knows_where(stage: Stage) -> None:
    """Of an EKS-like family: a web ACL with a vended delivery."""
    arn = f"arn:aws:wafv2:{REGION}:{HOME}:regional/webacl/{HERE}/1"
    stage.tell("wafv2:ListWebACLs", {"WebACLs": [{"ARN": arn}]})
    stage.tell("wafv2:ListLoggingConfigurations", {"LoggingConfigurations": []})
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": []})
    source = {"name": "s", "resourceArns": [arn], "logType": "ACCESS_LOGS"}
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": [source]})
    there = f"arn:aws:logs:{REGION}:{HOME}:delivery-destination:{GONE}"
    delivery = {"id": "d", "deliverySourceName": "s", "deliveryDestinationArn": there}
    stage.tell("logs:DescribeDeliveries", {"deliveries": [delivery]})
    stage.tell("logs:DescribeDeliveryDestinations", {"deliveryDestinations": []})
    assert verdicts(stage.crawl("aws.waf"), "aws.waf.access") == {arn: ("unknown", "blind-spot")}


# --- the organisation ---------------------------------------------------------------------------------------


def organisation(stage: Stage) -> None:
    top = {"Id": "o-abcdefghij", "MasterAccountId": HOME}
    stage.tell("organizations:DescribeOrganization", {"Organization": top})
    accounts = [{"Id": account, "Name": account, "State": "ACTIVE"} for account in (HOME, OTHER)]
    stage.tell("organizations:ListAccounts", {"Accounts": accounts})
    stage.tell("organizations:ListRoots", {"Roots": [{"Id": "r-ab12"}]})

    def inside(ask: Ask) -> Content:
        return {"Accounts": accounts if ask.params["ParentId"] == "r-ab12" else []}

    def beneath(ask: Ask) -> Content:
        units = [{"Id": f"ou-ab12-{name}0000", "Name": name} for name in (GONE, HERE)]
        return {"OrganizationalUnits": units if ask.params["ParentId"] == "r-ab12" else []}

    def gone(ask: Ask) -> bool:
        return GONE in str(ask.params["ParentId"])

    stage.tell("organizations:ListAccountsForParent", unless(gone, "ParentNotFoundException", inside))
    stage.tell(
        "organizations:ListOrganizationalUnitsForParent", unless(gone, "ParentNotFoundException", beneath)
    )
    stage.tell(
        "organizations:ListTagsForResource",
        unless(
            lambda ask: GONE in str(ask.params["ResourceId"]) or ask.params["ResourceId"] == OTHER,
            "TargetNotFoundException",
            {"Tags": [{"Key": "env", "Value": "prod"}]},
        ),
    )
    stage.refuse("account:ListRegions", "AccessDeniedException", status=403)


def test_an_ou_and_an_account_that_are_gone_leave_the_others_whole(stage: Stage) -> None:
    organisation(stage)
    stage.deny("sts:AssumeRole")
    found = stage.crawl("none", accounts=(), organization=True)
    scopes = {scope.id: scope for scope in found.all(Scope)}
    assert {name.partition(":")[2] for name in scopes} == {
        "organizations/o-abcdefghij",
        f"ous/ou-ab12-{GONE}0000",
        f"ous/ou-ab12-{HERE}0000",
        f"accounts/{HOME}",
        f"accounts/{OTHER}",
    }
    assert scopes[SCOPE].labels == {"env": "prod"}
    assert scopes[SCOPE].parent == scopes[f"aws:accounts/{OTHER}"].parent == "aws:organizations/o-abcdefghij"
    assert isinstance(scopes[f"aws:accounts/{OTHER}"].labels, Unread)
    assert found.listed("scopes") == {("aws:organizations/o-abcdefghij", None)}
