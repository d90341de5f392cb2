"""A printed fix, carried out, closes its gap: each is made in moto, judged, mended by its own commands, judged again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from logcov.findings import Finding
from logcov.providers.aws.logs.guardduty import FOUNDATION
from providers.aws import awscli
from providers.aws.judging import judged
from providers.aws.stage import HOME, REGION, Stage

TO = "acme-logs"
S3 = f"aws:s3/{TO}"
SERVICES = (
    "cloudtrail",
    "delivery.logs",
    "config",
    "logging.s3",
    "logdelivery.elasticloadbalancing",
    "bedrock",
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@dataclass(frozen=True)
class Gap:
    """How a gap is made in moto, and what is asked. `one` selects the finding where there are several."""

    rows: tuple[str, ...]
    source: str
    reason: str
    make: Callable[[Stage], None]
    reach: str = S3
    more: str = ""
    one: Callable[[Finding], bool] = lambda _: True


def bucket(stage: Stage, name: str = TO, *, policy: bool = True) -> None:
    """A bucket in which every service may write."""
    s3 = stage.moto("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if policy:
        statements = [
            {
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{name}/*",
            }
            for service in SERVICES
        ]
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Statement": statements}))


def group(stage: Stage, name: str, region: str = REGION) -> None:
    stage.moto("logs", region).create_log_group(logGroupName=name)


def network(stage: Stage) -> Any:
    """Moto gives each region a VPC of its own, which is used like any other."""
    bucket(stage)
    return stage.moto("ec2")


def flow_log(stage: Stage, **changes: Any) -> None:
    ec2 = network(stage)
    vpcs = [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]]
    fields = {
        "ResourceType": "VPC",
        "ResourceIds": vpcs,
        "TrafficType": "ALL",
        "LogDestinationType": "s3",
        "LogDestination": f"arn:aws:s3:::{TO}",
    }
    asked = {name: value for name, value in (fields | changes).items() if value is not None}
    ec2.create_flow_logs(**asked)


def flow_log_elsewhere(stage: Stage) -> None:
    bucket(stage, "elsewhere")
    flow_log(stage, LogDestination="arn:aws:s3:::elsewhere")


def gateway(stage: Stage) -> None:
    network(stage).create_transit_gateway(Description="hub")


def vpn(stage: Stage) -> None:
    group(stage, "/acme/vpn")
    endpoint = {
        "ClientVpnEndpointId": "cvpn-endpoint-1",
        "Status": {"Code": "available"},
        "ConnectionLogOptions": {"Enabled": False},
    }
    stage.tell("ec2:DescribeClientVpnEndpoints", {"ClientVpnEndpoints": [endpoint]})


def zone(stage: Stage) -> None:
    group(stage, "/acme/dns", "us-east-1")
    stage.moto("route53", "us-east-1").create_hosted_zone(Name="acme.example", CallerReference="1")


def cluster(stage: Stage) -> None:
    stage.moto("eks").create_cluster(
        name="prod",
        roleArn=f"arn:aws:iam::{HOME}:role/eks",
        resourcesVpcConfig={"subnetIds": []},
        logging={"clusterLogging": [{"types": ["api"], "enabled": True}]},
    )
    group(stage, "/aws/eks/prod/cluster")


def balancer(stage: Stage) -> None:
    """Moto knows no attributes of connection logs until they are set, and gives others no value."""
    ec2 = network(stage)
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    elb = stage.moto("elbv2")
    made = elb.create_load_balancer(Name="front", Subnets=subnets, Type="application")["LoadBalancers"][0]
    off = {"enabled": "false", "bucket": "", "prefix": ""}
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=made["LoadBalancerArn"],
        Attributes=[
            {"Key": f"{kind}_logs.s3.{name}", "Value": value}
            for kind in ("access", "connection")
            for name, value in off.items()
        ],
    )


def classic(stage: Stage) -> None:
    bucket(stage)
    stage.moto("elb").create_load_balancer(
        LoadBalancerName="old",
        Listeners=[{"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 80}],
        AvailabilityZones=["eu-west-1a"],
    )


def web_acl(stage: Stage) -> None:
    bucket(stage, "aws-waf-logs-acme")
    stage.moto("wafv2").create_web_acl(
        Name="edge",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig={
            "SampledRequestsEnabled": False,
            "CloudWatchMetricsEnabled": False,
            "MetricName": "edge",
        },
    )


def rest_stage(stage: Stage) -> None:
    group(stage, "/acme/api")
    client = stage.moto("apigateway")
    api = client.create_rest_api(name="orders")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    client.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    client.create_deployment(restApiId=api, stageName="prod")


def database(stage: Stage) -> None:
    stage.moto("rds").create_db_instance(
        DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20
    )
    group(stage, "/aws/rds/instance/shop/postgresql")


def watched_bucket(stage: Stage) -> None:
    bucket(stage)
    bucket(stage, "data")
    # moto leaves out in which region a bucket is.
    told = [{"Name": name, "BucketRegion": REGION} for name in (TO, "data")]
    stage.tell("s3:ListBuckets", {"Buckets": told})


def no_recorder(stage: Stage) -> None:
    """Moto does not tell how deliveries of a channel went."""
    bucket(stage)
    stage.moto("config")
    fine = {"lastStatus": "SUCCESS", "lastSuccessfulTime": datetime.now(UTC)}
    status = {"name": "default", "configHistoryDeliveryInfo": fine, "configSnapshotDeliveryInfo": fine}
    stage.tell("config:DescribeDeliveryChannelStatus", {"DeliveryChannelsStatus": [status]})


def queries(stage: Stage) -> None:
    """Moto has no Route 53 Profiles."""
    network(stage)
    stage.tell("route53profiles:ListProfileAssociations", {"ProfileAssociations": []})


def distribution(stage: Stage) -> None:
    bucket(stage)
    origin = {
        "Id": "o",
        "DomainName": "site.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    stage.moto("cloudfront", "us-east-1").create_distribution(
        DistributionConfig={
            "CallerReference": "one",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"},
        }
    )


def models_to_nowhere(stage: Stage) -> None:
    logging = {
        "textDataDeliveryEnabled": True,
        "cloudWatchConfig": {"logGroupName": "/acme/models", "roleArn": f"arn:aws:iam::{HOME}:role/bedrock"},
    }
    stage.moto("bedrock").put_model_invocation_logging_configuration(loggingConfig=logging)


def no_detector(stage: Stage) -> None:
    """Moto leaves out the features that every detector has."""
    client = stage.moto("guardduty")
    always = [{"Name": name, "Status": "ENABLED"} for name in FOUNDATION]

    def described(ask: Any) -> dict[str, Any]:
        told = client.get_detector(DetectorId=ask.params["DetectorId"])
        return {name: told[name] for name in ("ServiceRole", "Status")} | {
            "Features": [*always, *told["Features"]]
        }

    stage.tell("guardduty:GetDetector", described)


def no_hub(stage: Stage) -> None:
    stage.moto("securityhub")
    stage.refuse("securityhub:DescribeSecurityHubV2", "ResourceNotFoundException", status=404)


def no_trail(stage: Stage) -> None:
    """Moto has no event data stores, and no events that anybody could look up."""
    bucket(stage)
    stage.moto("cloudtrail")
    stage.tell("cloudtrail:ListEventDataStores", {"EventDataStores": []})
    stage.tell("cloudtrail:LookupEvents", {"Events": []})


def trail(stage: Stage, *, logging: bool = True, **changes: Any) -> Any:
    no_trail(stage)
    client = stage.moto("cloudtrail")
    client.create_trail(**({"Name": "main", "S3BucketName": TO, "IsMultiRegionTrail": True} | changes))
    if logging:
        client.start_logging(Name="main")
    return client


def narrow_trail(stage: Stage) -> None:
    trail(stage).put_event_selectors(
        TrailName="main", EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    )


def shut_bucket(stage: Stage) -> None:
    flow_log(stage)
    stage.moto("s3").delete_bucket_policy(Bucket=TO)


def shut_bucket_of_a_trail(stage: Stage) -> None:
    trail(stage)
    stage.moto("s3").delete_bucket_policy(Bucket=TO)


def shut_bucket_of_a_balancer(stage: Stage) -> None:
    balancer(stage)
    elb = stage.moto("elbv2")
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"],
        Attributes=[
            {"Key": "access_logs.s3.enabled", "Value": "true"},
            {"Key": "access_logs.s3.bucket", "Value": TO},
        ],
    )
    stage.moto("s3").delete_bucket_policy(Bucket=TO)


def short_lived_bucket(stage: Stage) -> None:
    flow_log(stage)
    rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3}}
    stage.moto("s3").put_bucket_lifecycle_configuration(Bucket=TO, LifecycleConfiguration={"Rules": [rule]})


def to_group(stage: Stage) -> None:
    flow_log(
        stage,
        LogDestinationType="cloud-watch-logs",
        LogDestination=None,
        LogGroupName="/acme/flow",
        DeliverLogsPermissionArn=f"arn:aws:iam::{HOME}:role/flow",
    )


def forgetful_group(stage: Stage) -> None:
    group(stage, "/acme/flow")
    to_group(stage)
    stage.moto("logs").put_retention_policy(logGroupName="/acme/flow", retentionInDays=7)


GROUP = f"aws:logs/{REGION}/{HOME}/acme/flow"
FLOW = ("aws.vpcs", "aws.flow_logs")
TRAILS = ("aws.trails", "aws.event_data_stores")
GAPS = {
    "no flow log": Gap(FLOW, "aws.vpc.flow", "not-routed", lambda stage: network(stage) and None),
    "flow log of rejects": Gap(
        FLOW, "aws.vpc.flow", "filtered-out", lambda stage: flow_log(stage, TrafficType="REJECT")
    ),
    "flow log to somewhere": Gap(FLOW, "aws.vpc.flow", "wrong-destination", flow_log_elsewhere),
    "gateway": Gap(("aws.transit_gateways",), "aws.transit_gateway.flow", "not-routed", gateway),
    "queries": Gap(
        ("aws.route53.resolver",),
        "aws.route53.resolver_query",
        "not-routed",
        queries,
    ),
    "zone": Gap(
        ("aws.route53.public_zones",),
        "aws.route53.public_query",
        "not-routed",
        zone,
        reach="aws:logs/*/*//acme/dns",
    ),
    "cluster": Gap(
        ("aws.eks",),
        "aws.eks.control_plane",
        "route-disabled",
        cluster,
        reach="*",
        one=lambda finding: finding.dimensions["component"] == "audit",
    ),
    "balancer": Gap(("aws.elb",), "aws.elb.access", "not-routed", balancer),
    "connections": Gap(("aws.elb",), "aws.elb.connection", "not-routed", balancer),
    "classic": Gap(("aws.elb",), "aws.elb.access", "not-routed", classic),
    "web ACL": Gap(("aws.waf",), "aws.waf.access", "not-routed", web_acl, reach="aws:s3/aws-waf-logs-acme"),
    "REST stage": Gap(
        ("aws.apigateway",),
        "aws.apigateway.access",
        "not-routed",
        rest_stage,
        reach=f"aws:logs/{REGION}/{HOME}//acme/api",
    ),
    "database": Gap(
        ("aws.rds",),
        "aws.rds.log",
        "route-disabled",
        database,
        reach="*",
        one=lambda finding: finding.dimensions["log"] == "postgresql",
    ),
    "objects": Gap(
        ("aws.s3_access",),
        "aws.s3.access",
        "not-routed",
        watched_bucket,
        one=lambda finding: finding.resource == "data",
    ),
    "recorder": Gap(("aws.config",), "aws.config.item", "not-generated", no_recorder),
    "distribution": Gap(("aws.cloudfront",), "aws.cloudfront.access", "not-routed", distribution),
    "no trail": Gap(TRAILS, "aws.cloudtrail.management", "not-routed", no_trail),
    "trail that is off": Gap(
        TRAILS,
        "aws.cloudtrail.management",
        "route-disabled",
        lambda stage: trail(stage, logging=False) and None,
    ),
    "trail of changes": Gap(TRAILS, "aws.cloudtrail.management", "filtered-out", narrow_trail),
    "trail without digests": Gap(
        TRAILS,
        "aws.cloudtrail.management",
        "not-validated",
        lambda stage: trail(stage) and None,
        more=", validated: true",
    ),
    "trail without data": Gap(
        TRAILS,
        "aws.cloudtrail.data",
        "filtered-out",
        lambda stage: trail(stage) and None,
        more=', only: {resource_type: "AWS::S3::Object"}',
    ),
    "no trail for data": Gap(
        TRAILS,
        "aws.cloudtrail.data",
        "not-routed",
        no_trail,
        more=', only: {resource_type: "AWS::S3::Object"}',
    ),
    "detector": Gap(
        ("aws.guardduty",),
        "aws.guardduty.finding",
        "not-generated",
        no_detector,
        reach="",
    ),
    "hub": Gap(
        ("aws.security_hub",),
        "aws.securityhub.finding",
        "not-generated",
        no_hub,
        reach="",
    ),
    "models": Gap(
        ("aws.bedrock",),
        "aws.bedrock.invocation",
        "not-routed",
        bucket,
        one=lambda finding: finding.dimensions["data"] == "text",
    ),
    "sessions": Gap(("aws.session_manager",), "aws.ssm.session", "not-routed", bucket),
    "shut bucket": Gap(FLOW, "aws.vpc.flow", "writer-denied", shut_bucket),
    "shut bucket of a trail": Gap(
        TRAILS, "aws.cloudtrail.management", "writer-denied", shut_bucket_of_a_trail
    ),
    "shut bucket of a balancer": Gap(
        ("aws.elb",), "aws.elb.access", "writer-denied", shut_bucket_of_a_balancer
    ),
    "short-lived bucket": Gap(
        FLOW, "aws.vpc.flow", "retention-too-short", short_lived_bucket, more=", retain: 400d"
    ),
    "unlocked bucket": Gap(
        FLOW, "aws.vpc.flow", "not-immutable", flow_log, more=", retain: 30d, immutable: true"
    ),
    "no group": Gap(
        ("aws.bedrock",),
        "aws.bedrock.invocation",
        "destination-missing",
        models_to_nowhere,
        reach=f"aws:logs/{REGION}/{HOME}//acme/models",
        more=', only: {data: text, large: "false"}',
        one=lambda finding: finding.dimensions["data"] == "text",
    ),
    "forgetful group": Gap(
        FLOW,
        "aws.vpc.flow",
        "not-searchable-long-enough",
        forgetful_group,
        reach=f"aws:logs/{REGION}/{HOME}//acme/flow",
        more=", searchable: 90d",
    ),
}


@pytest.mark.parametrize("name", GAPS)
def test_the_printed_commands_close_the_gap(stage: Stage, name: str) -> None:
    gap = GAPS[name]
    stage.moto("logs")
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
    gap.make(stage)

    reach = f', reach: "{gap.reach}"' if gap.reach else ""
    line = f"{{id: line, title: a line, logs: {gap.source}{reach}{gap.more}}}"

    def now() -> Finding:
        found = judged(stage.crawl(*gap.rows), f"require: [{line}]\n").findings
        (one,) = (each for each in found if each.source == gap.source and gap.one(each))
        return one

    before = now()
    assert (before.status, before.reason) == ("gap", gap.reason), before.detail
    sentence, empty, commands = (before.remediation or "").partition("\n\n")
    assert sentence
    assert empty
    awscli.carry_out(commands, lambda service, region: stage.moto(service, region or REGION))
    after = now()
    assert after.status == "covered", (after.reason, after.detail, commands)


def refused_by_its_key(stage: Stage) -> str:
    """A bucket that lets log deliveries in, and whose key does not."""
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    key = stage.moto("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [root]}))
    by = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["KeyMetadata"]["Arn"]}
    rules = [{"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": True}]
    stage.tell("s3:GetBucketEncryption", {"ServerSideEncryptionConfiguration": {"Rules": rules}})
    arn: str = key["KeyMetadata"]["Arn"]
    return arn


def test_what_a_key_refuses_is_not_mended_at_the_buckets_policy(stage: Stage) -> None:
    flow_log(stage)
    key = refused_by_its_key(stage)
    line = f'{{id: line, title: a line, logs: aws.vpc.flow, reach: "{S3}"}}'
    found = judged(stage.crawl(*FLOW), f"require: [{line}]\n").findings
    (one,) = (each for each in found if each.source == "aws.vpc.flow")
    assert (one.status, one.reason) == ("gap", "destination-unusable"), one.detail
    assert key in one.detail
    assert one.remediation == f"Make {S3} take records again."
