"""The places that AWS logs are sent to, in the catalogue: buckets, log groups, and what hands records on."""

from logcov.inventory import DestinationKind, HopKind
from logcov.providers.aws import buckets, log_groups
from logcov.providers.aws.relays import ONWARD, read_relay
from logcov.providers.rows import Family, ReaderRow


def _relay(service: str) -> ReaderRow:
    return ReaderRow(
        name=f"aws.{service}",
        provider="aws",
        pattern=f"aws:{service}/*",
        read=read_relay,
        listings=(ONWARD,),
    )


BUCKET_FAMILY = Family(
    destination_kinds=(DestinationKind(id="aws.s3", title="S3 bucket", pattern="aws:s3/*"),),
    readers=(
        ReaderRow(
            name="aws.buckets",
            provider="aws",
            pattern="aws:s3/*",
            read=buckets.read_bucket,
            operations=buckets.OPERATIONS,
        ),
    ),
)

LOG_GROUP_FAMILY = Family(
    hop_kinds=(
        HopKind(
            id=log_groups.SUBSCRIPTION,
            title="Subscription filter of a log group",
            effects=("carry",),
            origins=("aws.logs",),
            # What it leads to hands records on to anything.
            leads_to=("*",),
        ),
    ),
    destination_kinds=(
        DestinationKind(
            id="aws.logs",
            title="CloudWatch Logs group",
            pattern="aws:logs/*",
            onward=(log_groups.SUBSCRIPTION,),
        ),
    ),
    readers=(
        ReaderRow(
            name="aws.log_groups",
            provider="aws",
            pattern="aws:logs/*",
            read=log_groups.read_log_group,
            operations=log_groups.OPERATIONS,
            listings=(log_groups.SUBSCRIPTION,),
        ),
    ),
)

RELAY_FAMILY = Family(
    hop_kinds=(
        HopKind(
            id=ONWARD,
            title="What a stream or function hands on",
            effects=("carry",),
            origins=("aws.firehose", "aws.kinesis", "aws.lambda"),
            leads_to=("*",),
        ),
    ),
    destination_kinds=(
        DestinationKind(
            id="aws.firehose", title="Firehose stream", pattern="aws:firehose/*", onward=(ONWARD,)
        ),
        DestinationKind(
            id="aws.kinesis", title="Kinesis data stream", pattern="aws:kinesis/*", onward=(ONWARD,)
        ),
        DestinationKind(id="aws.lambda", title="Lambda function", pattern="aws:lambda/*", onward=(ONWARD,)),
    ),
    readers=tuple(_relay(service) for service in ("firehose", "kinesis", "lambda")),
)
