"""The parts of AWS that share nothing with each other: their names in ARNs, their regions, and where global services are.

Sources: AWS General Reference, "AWS Regions and endpoints"; IAM user guide, "IAM identifiers" (partitions); the
`partitions.json` of AWS's SDKs (how names of regions begin, the global region, the suffix of endpoints); CloudFormation
CDK's `region-info` (service principals: all end in `amazonaws.com`, but that of CloudWatch Logs, which has its region's
suffix); "AWS WAF" and "Amazon CloudTrail" in "Getting Started with AWS services in China".
"""

from collections.abc import Mapping
from dataclasses import dataclass

COMMERCIAL = "aws"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One part of AWS.

    Attributes:
        regions: how the names of its regions begin; empty for the part that all other regions are in.
        home: the region in which services without regions of their own are asked.
        suffix: of host names, and of the few service principals that have their region's.
    """

    regions: str
    home: str
    suffix: str


PARTITIONS: Mapping[str, Partition] = {
    COMMERCIAL: Partition(regions="", home="us-east-1", suffix="amazonaws.com"),
    "aws-us-gov": Partition(regions="us-gov-", home="us-gov-west-1", suffix="amazonaws.com"),
    "aws-cn": Partition(regions="cn-", home="cn-northwest-1", suffix="amazonaws.com.cn"),
    "aws-eusc": Partition(regions="eusc-", home="eusc-de-east-1", suffix="amazonaws.eu"),
    "aws-iso": Partition(regions="us-iso-", home="us-iso-east-1", suffix="c2s.ic.gov"),
    "aws-iso-b": Partition(regions="us-isob-", home="us-isob-east-1", suffix="sc2s.sgov.gov"),
    "aws-iso-e": Partition(regions="eu-isoe-", home="eu-isoe-west-1", suffix="cloud.adc-e.uk"),
    "aws-iso-f": Partition(regions="us-isof-", home="us-isof-south-1", suffix="csp.hci.ic.gov"),
}
"""Name in ARNs → the partition."""

NAMED_ALIKE = frozenset({COMMERCIAL, "aws-us-gov", "aws-cn"})
"""Partitions in which the policies of buckets name services as everywhere else. Of the others, this is not verified."""

OUTSIDE = {"cloudfront": frozenset({"aws-us-gov"})}
"""Service → partitions that it is documented to be outside of (GovCloud user guide, "CloudFront": "is located outside
of the AWS GovCloud (US) boundary")."""


def partition_of(region: str) -> str:
    """The name of the partition that a region is in."""
    found = (name for name, one in PARTITIONS.items() if one.regions and region.startswith(one.regions))
    return next(found, COMMERCIAL)


def home_of(partition: str) -> str | None:
    """Where services without regions of their own are asked; None for a partition that nobody knows here."""
    known = PARTITIONS.get(partition)
    return known.home if known else None


def names_in(partition: str) -> Mapping[str, str]:
    """What commands are told about a place in a partition; of an unknown one, its name in ARNs only."""
    known = PARTITIONS.get(partition)
    return {"partition": partition} | ({"suffix": known.suffix} if known else {})
