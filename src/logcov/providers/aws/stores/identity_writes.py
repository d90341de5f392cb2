"""Whether a bucket lets an IAM identity write, such as the role that a Firehose stream takes.

Within one account, IAM's policies are enough: they are the setting's own, and not read. Into a bucket of another
account, the bucket's policy must let the identity in as well. A Deny in it stands in the way of both.

Source: IAM user guide, "Cross-account policy evaluation logic"; S3 user guide, "Bucket owner granting cross-account
bucket permissions".
"""

from collections.abc import Mapping
from typing import Any

from logcov.inventory import Route
from logcov.providers.aws.arns import Arn, parsed
from logcov.providers.aws.globs import UNKNOWN
from logcov.providers.aws.resource_policy import Request, Ruling, ruling

PUT, PURPOSE = "s3:PutObject", "to write there"


def identity_of(route: Route) -> Arn | None:
    """The IAM identity that a route's writer is; None for services and for writers that need no grant.

    The root of an account stands for somebody of that account.
    """
    told = parsed(route.writer)
    return told if told is not None and told.service == "iam" else None


def let_in(policy: Mapping[str, Any] | None, bucket: str, owner: str, writer: Arn, route: Route) -> Ruling:
    """What a bucket of the account `owner` says of an identity that is about to write below the route's prefix."""
    somebody = writer.resource == "root"
    context = {
        "aws:securetransport": "true",
        "aws:principalisawsservice": "false",
        "aws:principalaccount": writer.account,
    }
    if not somebody:
        context["aws:principalarn"] = route.writer
    write = Request(
        service=route.writer,
        account=writer.account,
        arn="" if somebody else route.writer,
        action=PUT,
        purpose=PURPOSE,
        resource=f"arn:{writer.partition}:s3:::{bucket}/{route.prefix}{UNKNOWN}",
        context=context,
    )
    return ruling(policy, write, granted=writer.account == owner)
