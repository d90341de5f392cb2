"""From ARNs to the ids that a person can read, and back."""

from dataclasses import dataclass

PARTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """`arn:partition:service:region:account:resource`; the resource may hold colons."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parsed(text: object) -> Arn | None:
    """The parts of an ARN, or None for anything else."""
    if not isinstance(text, str):
        return None
    parts = text.split(":", PARTS - 1)
    if len(parts) != PARTS or parts[0] != "arn" or not parts[5]:
        return None
    return Arn(partition=parts[1], service=parts[2], region=parts[3], account=parts[4], resource=parts[5])


def log_group_id(text: object) -> str | None:
    """`arn:aws:logs:REGION:ACCOUNT:log-group:NAME[:*]` as `aws:logs/REGION/ACCOUNT/NAME`."""
    arn = parsed(text)
    if arn is None or arn.service != "logs" or not arn.resource.startswith("log-group:"):
        return None
    # A group's name holds no colon; what follows one is a stream, or `*`.
    name = arn.resource.removeprefix("log-group:").split(":", 1)[0]
    return f"aws:logs/{arn.region}/{arn.account}/{name}" if name and arn.region and arn.account else None


def firehose_id(text: object) -> str | None:
    """`arn:aws:firehose:REGION:ACCOUNT:deliverystream/NAME` as `aws:firehose/REGION/ACCOUNT/NAME`."""
    arn = parsed(text)
    if arn is None or arn.service != "firehose" or not arn.resource.startswith("deliverystream/"):
        return None
    return f"aws:firehose/{arn.region}/{arn.account}/{arn.resource.removeprefix('deliverystream/')}"


def bucket_and_prefix(text: object) -> tuple[str, str] | None:
    """`arn:aws:s3:::BUCKET[/PREFIX]` as its bucket and prefix, the prefix without slashes around it."""
    arn = parsed(text)
    if arn is None or arn.service != "s3":
        return None
    bucket, _, prefix = arn.resource.partition("/")
    return bucket, prefix.strip("/")


def under(prefix: str, *parts: str) -> str:
    """A key prefix below another one, ending in a slash: `logs/AWSLogs/111122223333/CloudTrail/eu-west-1/`."""
    return "/".join(part for part in (prefix.strip("/"), *parts) if part) + "/"


def destination_of(text: object) -> tuple[str, str] | None:
    """Where logs go that are sent to an ARN: destination id and key prefix. None where that is not known.

    Buckets, log groups, Firehose and Kinesis streams, Lambda functions and SNS topics.
    """
    arn = parsed(text)
    if arn is None:
        return None
    if arn.service == "s3":
        told = bucket_and_prefix(text)
        return (f"aws:s3/{told[0]}", told[1]) if told else None
    found = log_group_id(text) or firehose_id(text)
    if found:
        return found, ""
    kinds = {"kinesis": "stream/", "lambda": "function:", "sns": ""}
    start = kinds.get(arn.service)
    if start is None or not arn.resource.startswith(start) or not arn.region or not arn.account:
        return None
    # A function's version or alias follows its name after a colon.
    name = arn.resource.removeprefix(start).split(":", 1)[0]
    return (f"aws:{arn.service}/{arn.region}/{arn.account}/{name}", "") if name else None
