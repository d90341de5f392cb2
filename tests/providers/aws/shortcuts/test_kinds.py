"""Resources have the ids by which the observers of their log sources name them."""

from typing import Any

import botocore.session
import pytest

from logcov.inventory import Emitter
from logcov.providers.aws.rows import OBSERVERS
from logcov.providers.aws.shortcuts.kinds import KINDS, ROWS, Seen, sources_of
from providers.aws.shortcuts.told import AGGREGATOR, aggregated, item
from providers.aws.stage import HOME, OTHER, REGION, Stage

ARN = f"{REGION}:{HOME}"
EXAMPLES: list[tuple[str, dict[str, Any], str]] = [
    ("AWS::EC2::VPC", {"id": "vpc-0a1b"}, "vpc-0a1b"),
    ("AWS::EC2::TransitGateway", {"id": "tgw-0a1b"}, "tgw-0a1b"),
    ("AWS::EC2::ClientVpnEndpoint", {"id": "cvpn-endpoint-0a1b"}, "cvpn-endpoint-0a1b"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {"arn": f"arn:aws:elasticloadbalancing:{ARN}:loadbalancer/app/web/50dc6c495c0c9188"},
        f"arn:aws:elasticloadbalancing:{ARN}:loadbalancer/app/web/50dc6c495c0c9188",
    ),
    ("AWS::ElasticLoadBalancing::LoadBalancer", {"id": "old-web"}, "old-web"),
    (
        "AWS::CloudFront::Distribution",
        {"id": "E1A2B3", "arn": f"arn:aws:cloudfront::{HOME}:distribution/E1A2B3"},
        "E1A2B3",
    ),
    ("AWS::CloudFront::Distribution", {"id": "E1A2B3"}, "E1A2B3"),
    ("AWS::EKS::Cluster", {"id": "prod", "arn": f"arn:aws:eks:{ARN}:cluster/prod"}, "prod"),
    ("AWS::EKS::Cluster", {"id": "prod"}, "prod"),
    ("AWS::RDS::DBInstance", {"id": "db-ABCDEFG", "arn": f"arn:aws:rds:{ARN}:db:orders"}, "db:orders"),
    ("AWS::RDS::DBCluster", {"id": "cluster-AB", "arn": f"arn:aws:rds:{ARN}:cluster:main"}, "cluster:main"),
    ("AWS::Redshift::Cluster", {"id": "dw", "arn": f"arn:aws:redshift:{ARN}:cluster:dw"}, "cluster:dw"),
    ("AWS::OpenSearch::Domain", {"id": f"{HOME}/logs", "arn": f"arn:aws:es:{ARN}:domain/logs"}, "logs"),
    ("AWS::Elasticsearch::Domain", {"id": f"{HOME}/logs", "arn": f"arn:aws:es:{ARN}:domain/logs"}, "logs"),
    (
        "AWS::ApiGateway::Stage",
        {"arn": f"arn:aws:apigateway:{REGION}::/restapis/a1/stages/prod"},
        f"arn:aws:apigateway:{REGION}::/restapis/a1/stages/prod",
    ),
    (
        "AWS::ApiGatewayV2::Stage",
        {"arn": f"arn:aws:apigateway:{REGION}::/apis/a1/stages/$default"},
        f"arn:aws:apigateway:{REGION}::/apis/a1/stages/$default",
    ),
    ("AWS::S3::Bucket", {"id": "acme-web", "arn": "arn:aws:s3:::acme-web"}, "acme-web"),
    ("AWS::Lambda::Function", {"id": "resize", "arn": f"arn:aws:lambda:{ARN}:function:resize"}, "resize"),
    (
        "AWS::WAFv2::WebACL",
        {"id": "0a-1b", "arn": f"arn:aws:wafv2:us-east-1:{HOME}:global/webacl/edge/0a-1b"},
        f"arn:aws:wafv2:us-east-1:{HOME}:global/webacl/edge/0a-1b",
    ),
    (
        "AWS::NetworkFirewall::Firewall",
        {"arn": f"arn:aws:network-firewall:{ARN}:firewall/edge"},
        f"arn:aws:network-firewall:{ARN}:firewall/edge",
    ),
    ("AWS::Route53::HostedZone", {"id": "Z0A1B2C3"}, "Z0A1B2C3"),
]


def seen(kind: str, **told: Any) -> Seen:
    return Seen(**({"type": kind, "account": HOME, "region": REGION, "id": "", "arn": "", "age": 0} | told))


@pytest.mark.parametrize(("kind", "told", "resource"), EXAMPLES, ids=lambda one: str(one)[:40])
def test_an_item_names_the_resource_as_its_observer_does(
    kind: str, told: dict[str, Any], resource: str
) -> None:
    assert KINDS[kind].resource(seen(kind, **told)) == resource


def test_every_kind_has_an_example() -> None:
    assert {kind for kind, _, _ in EXAMPLES} == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("odd", ["", "*", "a b", "arn:", "arn:aws:x:::", "vpc-0a\n", "é", "/" * 300])
def test_odd_ids_name_nothing(kind: str, odd: str) -> None:
    assert KINDS[kind].resource(seen(kind, id=odd, arn=odd)) is None


def test_config_records_every_kind() -> None:
    model = botocore.session.get_session().get_service_model("config")
    assert set(model.shape_for("ResourceType").enum) >= KINDS.keys()


def test_every_kind_is_an_emitter_of_log_sources_whose_resources_are_listed() -> None:
    listed = {kind for row in OBSERVERS for kind in row.listings}
    for kind in KINDS.values():
        for source in kind.sources:
            assert ROWS[source].emitters in listed


def test_closed_dimensions_are_those_of_the_log_source() -> None:
    for kind in KINDS.values():
        name, values = kind.dimension
        for source in kind.sources:
            closed = {one.name: one.examples for one in ROWS[source].dimensions if one.closed}
            # What a database logs depends on its engine, which is not asked.
            assert closed == ({name: values} if name else {}) or source == "aws.rds.log"


def test_a_network_load_balancer_has_no_connection_log_and_a_gateway_none_at_all() -> None:
    kind = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    network = seen(kind, arn=f"arn:aws:elasticloadbalancing:{ARN}:loadbalancer/net/a/0b")
    assert sources_of(network) == ("aws.elb.access",)
    gateway = seen(kind, arn=f"arn:aws:elasticloadbalancing:{ARN}:loadbalancer/gwy/a/0b")
    assert KINDS[kind].left_out(gateway)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("AWS::RDS::DBInstance", {"dBClusterIdentifier": "main"}),
        ("AWS::Route53::HostedZone", {"VPCs": [{"VPCId": "vpc-0a"}]}),
    ],
)
def test_an_instance_of_a_cluster_and_a_private_zone_are_no_emitters(kind: str, more: dict[str, Any]) -> None:
    assert KINDS[kind].left_out(seen(kind, more=more))
    assert not KINDS[kind].left_out(seen(kind))


# --- Against the observers ------------------------------------------------------------------------------------


def keys(found: Any) -> set[tuple[Any, ...]]:
    return {
        (
            one.source,
            one.scope,
            one.location,
            one.resource,
            tuple(sorted(one.dimensions.items())),
            one.store,
            tuple(one.known_as.items()),
            one.labels is None,
            one.in_use is None,
        )
        for one in found.all(Emitter)
    }


def alike(stage: Stage, row: str, refused: str, *items: dict[str, Any]) -> None:
    """What the observer of a row sees is what the aggregator's items name once the observer may not look."""
    told = stage.crawl(row)
    assert told.all(Emitter)
    aggregated(stage, *items)
    stage.deny(refused)
    heard = stage.crawl(row, shortcuts=AGGREGATOR)
    assert keys(heard) == keys(told)
    assert {one.labels is None for one in heard.all(Emitter)} == {False}


def mine(kind: str, name: str, arn: str, **more: Any) -> dict[str, Any]:
    return item(kind, name, accountId=HOME, arn=arn, **more)


def test_vpcs(stage: Stage) -> None:
    vpc = stage.moto("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    alike(stage, "aws.vpcs", "ec2:DescribeVpcs", mine("AWS::EC2::VPC", vpc, ""))


def test_vpcs_of_the_resolver(stage: Stage) -> None:
    vpc = stage.moto("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    stage.tell("route53resolver:ListResolverQueryLogConfigs", {"ResolverQueryLogConfigs": []})
    stage.tell(
        "route53resolver:ListResolverQueryLogConfigAssociations", {"ResolverQueryLogConfigAssociations": []}
    )
    alike(stage, "aws.route53.resolver", "ec2:DescribeVpcs", mine("AWS::EC2::VPC", vpc, ""))


def test_buckets(stage: Stage) -> None:
    where = {"LocationConstraint": REGION}
    stage.moto("s3").create_bucket(Bucket="acme-web", CreateBucketConfiguration=where)
    stage.tell("s3:ListBuckets", {"Buckets": [{"Name": "acme-web", "BucketRegion": REGION}]})
    alike(
        stage,
        "aws.s3_access",
        "s3:ListBuckets",
        mine("AWS::S3::Bucket", "acme-web", "arn:aws:s3:::acme-web"),
    )


def test_load_balancers(stage: Stage) -> None:
    ec2 = stage.moto("ec2")
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    made = stage.moto("elbv2").create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    stage.tell("elb:DescribeLoadBalancers", {"LoadBalancerDescriptions": []})
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": []})
    stage.tell("logs:DescribeDeliveries", {"deliveries": []})
    stage.tell("logs:DescribeDeliveryDestinations", {"deliveryDestinations": []})
    alike(
        stage,
        "aws.elb",
        "elbv2:DescribeLoadBalancers",
        mine("AWS::ElasticLoadBalancingV2::LoadBalancer", arn, arn),
    )


def test_clusters(stage: Stage) -> None:
    stage.tell("eks:ListClusters", {"clusters": ["prod"]})
    stage.tell("eks:DescribeCluster", {"cluster": {"name": "prod"}})
    alike(
        stage,
        "aws.eks",
        "eks:ListClusters",
        mine("AWS::EKS::Cluster", "prod", f"arn:aws:eks:{ARN}:cluster/prod"),
    )


def test_public_zones(stage: Stage) -> None:
    route53 = stage.moto("route53")
    zone = route53.create_hosted_zone(Name="acme.example.", CallerReference="1")["HostedZone"]["Id"]
    name = zone.removeprefix("/hostedzone/")
    private = mine("AWS::Route53::HostedZone", "Z0PRIVATE", "", configuration={"VPCs": [{"VPCId": "vpc-0a"}]})
    alike(
        stage,
        "aws.route53.public_zones",
        "route53:ListHostedZones",
        mine("AWS::Route53::HostedZone", name, f"arn:aws:route53:::hostedzone/{name}", awsRegion="us-east-1"),
        private | {"awsRegion": "us-east-1"},
    )


def test_web_acls_of_cloudfront_are_in_the_region_of_their_arn(stage: Stage) -> None:
    arn = f"arn:aws:wafv2:us-east-1:{OTHER}:global/webacl/edge/0a"
    stage.deny("wafv2:ListWebACLs")
    aggregated(stage, item("AWS::WAFv2::WebACL", "0a", arn=arn, awsRegion="global"))
    found = stage.crawl("aws.waf", accounts=(OTHER,), regions=(REGION, "us-east-1"), shortcuts=AGGREGATOR)
    assert [(one.location, one.resource) for one in found.all(Emitter)] == [("us-east-1", arn)]
