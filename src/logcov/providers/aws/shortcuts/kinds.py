"""Which resources an inventory service may name, and by which id the observers of their log sources would.

Types are named as in CloudFormation, by which Config and CloudWatch's telemetry configuration tell them. Sources: Config
developer guide, "Supported resource types"; the property files of awslabs/aws-config-resource-schema; the service
authorization reference for the forms of ARNs.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from logcov.inventory import LogSource
from logcov.providers.aws.logs import (
    apigateway,
    client_vpn,
    cloudfront,
    eks,
    elb,
    flow_logs,
    lambda_functions,
    network_firewall,
    opensearch,
    rds,
    redshift,
    resolver_queries,
    route53,
    s3_access,
    transit_gateway,
    wafv2,
)
from logcov.providers.aws.logs.elb_rows import ELB_FAMILY
from logcov.providers.aws.logs.flow_log_rows import FLOW_LOG_FAMILY
from logcov.providers.aws.logs.rds_rows import RDS_FAMILY
from logcov.providers.aws.logs.redshift_rows import REDSHIFT_FAMILY

ROWS: Mapping[str, LogSource] = {
    row.id: row
    for family in (
        FLOW_LOG_FAMILY,
        transit_gateway.TRANSIT_GATEWAY_FAMILY,
        resolver_queries.RESOLVER_FAMILY,
        route53.PUBLIC_ZONE_FAMILY,
        network_firewall.NETWORK_FIREWALL_FAMILY,
        client_vpn.CLIENT_VPN_FAMILY,
        wafv2.WAF_FAMILY,
        apigateway.API_GATEWAY_FAMILY,
        eks.EKS_FAMILY,
        ELB_FAMILY,
        cloudfront.CLOUDFRONT_FAMILY,
        RDS_FAMILY,
        REDSHIFT_FAMILY,
        opensearch.OPENSEARCH_FAMILY,
        lambda_functions.LAMBDA_FAMILY,
        s3_access.S3_ACCESS_FAMILY,
    )
    for row in family.sources
}
"""The log sources of which resources may be named, by id."""

GLOBAL = "global"
"""In place of a region, for what belongs to none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A resource as an inventory service tells of it.

    `region` is empty where it is not told. What is told was so `age` seconds ago, or later. `more` holds the fields of
    its configuration that were asked for.
    """

    type: str
    account: str
    region: str
    id: str
    arn: str
    age: int
    more: Mapping[str, Any] = field(default_factory=dict)


def region_in(arn: str) -> str:
    """The region that an ARN names; empty if it names none, or is no ARN."""
    found = re.match(r"arn:[^:]+:[^:]+:([a-z0-9-]*):", arn)
    return found[1] if found else ""


Resource = Callable[[Seen], str | None]
"""The id by which observers name a resource; None where it cannot be made of what is told."""


def _id(pattern: str) -> Resource:
    def resource(seen: Seen) -> str | None:
        return seen.id if re.fullmatch(pattern, seen.id) else None

    return resource


def _whole_arn(pattern: str) -> Resource:
    def resource(seen: Seen) -> str | None:
        return seen.arn if re.fullmatch(r"arn:[a-z-]+:" + pattern, seen.arn) else None

    return resource


def _in_arn(pattern: str, name: str = "") -> Resource:
    """The group of a pattern of the ARN. `name`: the pattern of the id alone, where that is the same without an ARN."""

    def resource(seen: Seen) -> str | None:
        if name and not seen.arn:
            return seen.id if re.fullmatch(name, seen.id) else None
        found = re.fullmatch(r"arn:[a-z-]+:" + pattern, seen.arn)
        return found[1] if found else None

    return resource


def _never(_: Seen) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A type of resource.

    Attributes:
        sources: the log sources of which each such resource is an emitter.
        resource: its id.
        dimension: the closed dimension by which each is several emitters, and its values.
        told: the field of its configuration that says whether it is `left_out`.
        left_out: it is no emitter: a private zone, an instance of a cluster.
        used: observers tell whether it is in use.
    """

    sources: tuple[str, ...]
    resource: Resource
    dimension: tuple[str, tuple[str, ...]] = ("", ())
    told: str = ""
    left_out: Callable[[Seen], bool] = _never
    used: bool = False


_HERE = r":[a-z0-9-]+:\d{12}:"
"""Region and account in an ARN."""

BUCKET = "AWS::S3::Bucket"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"

KINDS: Mapping[str, Kind] = {
    "AWS::EC2::VPC": Kind(
        sources=(flow_logs.SOURCE, resolver_queries.SOURCE), resource=_id("vpc-[0-9a-f]+"), used=True
    ),
    "AWS::EC2::TransitGateway": Kind(
        sources=(transit_gateway.SOURCE,), resource=_id("tgw-[0-9a-f]+"), used=True
    ),
    "AWS::EC2::ClientVpnEndpoint": Kind(
        sources=(client_vpn.SOURCE,), resource=_id("cvpn-endpoint-[0-9a-f]+"), used=True
    ),
    BALANCER: Kind(
        sources=(elb.ACCESS, elb.CONNECTION),
        resource=_whole_arn(f"elasticloadbalancing{_HERE}loadbalancer/(?:app|net)/.+"),
        # Those of this type only pass packets on.
        left_out=lambda seen: ":loadbalancer/gwy/" in seen.arn,
    ),
    "AWS::ElasticLoadBalancing::LoadBalancer": Kind(
        sources=(elb.ACCESS,), resource=_id("[A-Za-z0-9-]{1,32}")
    ),
    "AWS::CloudFront::Distribution": Kind(
        sources=(cloudfront.SOURCE,),
        resource=_in_arn(r"cloudfront::\d{12}:distribution/([A-Z0-9]+)", "[A-Z0-9]+"),
        used=True,
    ),
    "AWS::EKS::Cluster": Kind(
        sources=(eks.SOURCE,),
        resource=_in_arn(f"eks{_HERE}cluster/([^/]+)", "[A-Za-z0-9][A-Za-z0-9_-]*"),
        dimension=("component", eks.COMPONENTS),
    ),
    "AWS::RDS::DBInstance": Kind(
        sources=(rds.SOURCE,),
        resource=_in_arn(f"rds{_HERE}(db:[^:]+)"),
        told="configuration.dBClusterIdentifier",
        left_out=lambda seen: bool(seen.more.get("dBClusterIdentifier")),
    ),
    "AWS::RDS::DBCluster": Kind(sources=(rds.SOURCE,), resource=_in_arn(f"rds{_HERE}(cluster:[^:]+)")),
    "AWS::Redshift::Cluster": Kind(
        sources=(redshift.SOURCE,),
        resource=_in_arn(f"redshift{_HERE}(cluster:[^:/]+)"),
        dimension=("log", redshift.LOGS),
    ),
    "AWS::OpenSearch::Domain": Kind(
        sources=(opensearch.SOURCE,), resource=_in_arn(f"es{_HERE}domain/([^/]+)")
    ),
    "AWS::Elasticsearch::Domain": Kind(
        sources=(opensearch.SOURCE,), resource=_in_arn(f"es{_HERE}domain/([^/]+)")
    ),
    "AWS::ApiGateway::Stage": Kind(
        sources=(apigateway.SOURCE,),
        resource=_whole_arn("apigateway:[a-z0-9-]+::/restapis/[^/]+/stages/[^/]+"),
    ),
    "AWS::ApiGatewayV2::Stage": Kind(
        sources=(apigateway.SOURCE,), resource=_whole_arn("apigateway:[a-z0-9-]+::/apis/[^/]+/stages/[^/]+")
    ),
    BUCKET: Kind(sources=(s3_access.SOURCE,), resource=_in_arn("s3:::([^/:]+)")),
    "AWS::Lambda::Function": Kind(
        sources=(lambda_functions.SOURCE,),
        resource=_in_arn(f"lambda{_HERE}function:([^:]+)", "[A-Za-z0-9_-]{1,140}"),
    ),
    "AWS::WAFv2::WebACL": Kind(
        sources=(wafv2.SOURCE,), resource=_whole_arn(f"wafv2{_HERE}(?:regional|global)/webacl/[^/]+/[^/]+")
    ),
    "AWS::NetworkFirewall::Firewall": Kind(
        sources=tuple(network_firewall.SOURCES.values()),
        resource=_whole_arn(f"network-firewall{_HERE}firewall/[^/]+"),
    ),
    "AWS::Route53::HostedZone": Kind(
        sources=(route53.SOURCE,),
        resource=_id("[A-Z0-9]{1,32}"),
        told="configuration.VPCs.VPCId",
        # Only a private zone belongs to VPCs.
        left_out=lambda seen: bool(seen.more.get("VPCs")),
    ),
}
"""Type → what its resources are."""


def sources_of(seen: Seen) -> tuple[str, ...]:
    """The log sources of which this resource is an emitter."""
    if seen.type == BALANCER and ":loadbalancer/net/" in seen.arn:
        return (elb.ACCESS,)
    return KINDS[seen.type].sources


def known_as(seen: Seen, resource: str) -> tuple[str, Mapping[str, str]]:
    """The store that a resource is, and how data events name it; of what is no bucket, nothing."""
    if seen.type != BUCKET:
        return "", {}
    return f"aws:s3/{resource}", {"resources.ARN": f"{seen.arn}/*"}
