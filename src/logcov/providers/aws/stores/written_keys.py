"""Whether the KMS key of a bucket, or of the setting that writes there, lets the writing service encrypt with it.

Who encrypts differs: S3 asks for a data key in the name of whoever writes, which for log deliveries is a service principal,
and CloudTrail uses the trail's key itself. Only what each service's page tells is judged:

* trails: `cloudtrail.amazonaws.com`, kms:GenerateDataKey*, with the trail's ARN as `aws:SourceArn` and in the encryption
  context, and its owner's account as `aws:SourceAccount` (CloudTrail user guide, "Configure AWS KMS key policies for
  CloudTrail"). A trail without a key of its own writes with S3's keys ("Encrypting CloudTrail log files … with AWS KMS
  keys"), so that the bucket's is not asked for;
* vended logs: `delivery.logs.amazonaws.com`, kms:GenerateDataKey* and kms:Decrypt among others; keys of AWS's own do not do
  (CloudWatch Logs user guide, "Logs sent to Amazon S3", "Amazon S3 bucket server-side encryption");
* CloudFront's standard logs (legacy): the same principal, kms:GenerateDataKey*, and kms:Decrypt where the bucket has a Bucket
  Key; keys of AWS's own do not do (CloudFront developer guide, "Required key policy for SSE-KMS buckets");
* Config: `config.amazonaws.com`, kms:GenerateDataKey and kms:Decrypt (Config developer guide, "Permissions for the KMS key");
* Bedrock: `bedrock.amazonaws.com`, kms:GenerateDataKey (Bedrock user guide, "Monitor model invocation", "Set up an Amazon S3
  destination").

The encryption context of an object is its ARN, or the bucket's where that has a Bucket Key (S3 user guide, "Using
server-side encryption with AWS KMS keys", "Encryption context").
"""

import json
from collections.abc import Mapping

from logcov.inventory import Route
from logcov.providers.aws.globs import UNKNOWN
from logcov.providers.aws.key_policies import DECRYPT, KeyUse
from logcov.providers.aws.stores.writers import (
    BEDROCK,
    CLOUDFRONT,
    CLOUDTRAIL,
    CONFIG,
    VENDED,
    written_for,
)

JUDGED = frozenset({CLOUDTRAIL, VENDED, CLOUDFRONT, CONFIG, BEDROCK})
"""Writers of which it is documented what a key's policy must let them do."""
CONTEXT = "kms:encryptioncontext:"


def by_kms(encryption: object) -> bool:
    """Whether GetBucketEncryption's answer names a KMS key, the customer's or AWS's."""
    return isinstance(encryption, Mapping) and "aws:kms" in json.dumps(encryption, default=str)


def bucket_key(encryption: object) -> bool | None:
    """Whether the bucket has a Bucket Key; None where the answer does not tell."""
    told = encryption.get("ServerSideEncryptionConfiguration") if isinstance(encryption, Mapping) else None
    rules = told.get("Rules") if isinstance(told, Mapping) else None
    match rules:
        case [{"BucketKeyEnabled": bool(found)}]:
            return found
        case _:
            return None


def key_use(
    route: Route,
    source: Mapping[str, str],
    *,
    bucket: str,
    partition: str,
    own: bool,
    with_bucket_key: bool | None,
) -> KeyUse:
    """How the route's writer uses the key with which its files in `bucket` are encrypted.

    `source`: what it says of the resource that it writes for. `own`: the key is the setting's own, not the bucket's.
    """
    bucket_arn = f"arn:{partition}:s3:::{bucket}"
    match with_bucket_key:
        case True if not own:
            stored = bucket_arn
        case False if not own:
            stored = f"{bucket_arn}/{route.prefix}{UNKNOWN}"
        case _:
            stored = bucket_arn + UNKNOWN
    context = {**source, f"{CONTEXT}aws:s3:arn": stored}
    match route.writer:
        case "cloudtrail.amazonaws.com":
            if "TrailARN" in route.raw:
                context[f"{CONTEXT}aws:cloudtrail:arn"] = str(route.raw["TrailARN"])
                context["aws:sourceaccount"] = written_for(route)
            return KeyUse(service=CLOUDTRAIL, context=context)
        case "awslogsdelivery":
            also = () if with_bucket_key is False else (DECRYPT,)
            return KeyUse(service=VENDED, context=context, also=also)
        case "bedrock.amazonaws.com":
            return KeyUse(service=BEDROCK, context=context)
        case writer:
            return KeyUse(service=writer, context=context, also=(DECRYPT,))
