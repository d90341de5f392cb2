"""The services that write log files into buckets: their principals, and what they say of the resource they write for.

Sources: CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail"; CloudWatch Logs user guide, "Logs sent to Amazon
S3"; Elastic Load Balancing user guide, "Enable access logs for your Application Load Balancer" (`aws:SourceArn`); S3 user
guide, "Enabling Amazon S3 server access logging"; Config developer guide, "Permissions for the Amazon S3 bucket" and
"Permissions for the KMS key" (`AWS:SourceArn`); Bedrock user guide, "Monitor model invocation".
"""

from collections.abc import Mapping

from logcov.inventory import Route
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.arns import parsed
from logcov.providers.aws.globs import UNKNOWN

CLOUDTRAIL = "cloudtrail.amazonaws.com"
VENDED = "delivery.logs.amazonaws.com"
LOAD_BALANCING = "logdelivery.elasticloadbalancing.amazonaws.com"
SERVER_ACCESS = "logging.s3.amazonaws.com"
CONFIG = "config.amazonaws.com"
BEDROCK = "bedrock.amazonaws.com"
CLOUDFRONT = "awslogsdelivery"
"""The account by which CloudFront's standard logs (legacy) are written; no bucket's policy names it."""

SERVICES = frozenset({CLOUDTRAIL, VENDED, LOAD_BALANCING, SERVER_ACCESS, CONFIG, BEDROCK, CLOUDFRONT})
"""Services that need a grant of the bucket. Other writers are IAM identities, or none is named."""


def written_for(route: Route) -> str:
    """The account on whose behalf is written: a trail's own, or the one that the records are of."""
    arn = parsed(route.raw.get("TrailARN"))
    return arn.account if arn else route.origin.removeprefix(ACCOUNT_PREFIX)


def source_of(route: Route, partition: str) -> Mapping[str, str]:
    """What the service says of the resource on whose behalf it writes, as far as that is documented.

    Condition keys and values as `resource_policy.Request.context` holds them.
    """
    account = written_for(route)
    match route.writer:
        case "cloudtrail.amazonaws.com":
            found = {"aws:sourcearn": str(route.raw["TrailARN"])} if "TrailARN" in route.raw else {}
            if route.raw.get("IsOrganizationTrail") is False:
                found["aws:sourceaccount"] = account
            return found
        case "delivery.logs.amazonaws.com" if route.origin.startswith(ACCOUNT_PREFIX):
            arn = route.raw.get("DeliverySourceArn")
            if not isinstance(arn, str):
                where = f"{route.location}:{account}:" if route.location else ""
                arn = f"arn:{partition}:logs:{where}{UNKNOWN}"
            return {"aws:sourceaccount": account, "aws:sourcearn": arn}
        case "logdelivery.elasticloadbalancing.amazonaws.com":
            # Of Classic Load Balancers, and of `aws:SourceAccount`, nothing is documented.
            told = parsed(route.resource)
            return {"aws:sourcearn": str(route.resource)} if told else {}
        case "config.amazonaws.com":
            arn = f"arn:{partition}:config:{route.location}:{account}:{UNKNOWN}"
            return {"aws:sourceaccount": account, "aws:sourcearn": arn}
        case "bedrock.amazonaws.com":
            arn = f"arn:{partition}:bedrock:{route.location}:{account}:{UNKNOWN}"
            return {"aws:sourceaccount": account, "aws:sourcearn": arn}
        case "logging.s3.amazonaws.com" if route.resource:
            return {"aws:sourceaccount": account, "aws:sourcearn": f"arn:{partition}:s3:::{route.resource}"}
        case _:
            return {}
