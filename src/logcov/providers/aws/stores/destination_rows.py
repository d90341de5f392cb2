"""The places that AWS logs are sent to, in the catalogue: buckets, log groups, and what hands records on."""

from logcov.inventory import DestinationKind, HopKind
from logcov.providers.aws.stores import buckets, firehose, kinesis, lambda_relay, log_groups, subscriptions
from logcov.providers.rows import Family, ReaderRow

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
            id=subscriptions.SUBSCRIPTION,
            title="Subscription filter of a log group, or of all groups of an account",
            effects=("carry",),
            origins=("aws.logs",),
            leads_to=("aws:kinesis/*", "aws:firehose/*", "aws:lambda/*", "aws:logs-destination/*"),
        ),
        HopKind(
            id=subscriptions.FORWARDING,
            title="Where a shared CloudWatch Logs destination leads",
            effects=("carry",),
            origins=("aws.logs-destination",),
            leads_to=("aws:kinesis/*", "aws:firehose/*", "aws:lambda/*"),
        ),
    ),
    destination_kinds=(
        DestinationKind(
            id="aws.logs",
            title="CloudWatch Logs group",
            pattern="aws:logs/*",
            onward=log_groups.ONWARD,
        ),
        DestinationKind(
            id="aws.logs-destination",
            title="CloudWatch Logs destination that accounts share",
            pattern="aws:logs-destination/*",
            onward=(subscriptions.FORWARDING,),
        ),
    ),
    readers=(
        ReaderRow(
            name="aws.log_groups",
            provider="aws",
            pattern="aws:logs/*",
            read=log_groups.read_log_group,
            operations=log_groups.OPERATIONS,
            listings=log_groups.ONWARD,
        ),
        ReaderRow(
            name="aws.logs_destinations",
            provider="aws",
            pattern="aws:logs-destination/*",
            read=subscriptions.read_shared_destination,
            operations=subscriptions.SHARED_OPERATIONS,
            listings=(subscriptions.FORWARDING,),
        ),
    ),
)

STREAM_FAMILY = Family(
    hop_kinds=(
        HopKind(
            id=firehose.ONWARD,
            title="Where a Firehose stream delivers",
            effects=("carry",),
            origins=("aws.firehose",),
            leads_to=("aws:s3/*", "aws:endpoint/*"),
        ),
        HopKind(
            id=kinesis.ONWARD,
            title="Who reads a Kinesis stream",
            effects=("carry",),
            origins=("aws.kinesis",),
            # Whoever polls may put the records anywhere.
            leads_to=("*",),
        ),
        HopKind(
            id=lambda_relay.ONWARD,
            title="What a function does with records",
            effects=("carry",),
            origins=("aws.lambda",),
            leads_to=("*",),
        ),
    ),
    destination_kinds=(
        DestinationKind(
            id="aws.firehose", title="Firehose stream", pattern="aws:firehose/*", onward=(firehose.ONWARD,)
        ),
        DestinationKind(
            id="aws.kinesis", title="Kinesis data stream", pattern="aws:kinesis/*", onward=(kinesis.ONWARD,)
        ),
        DestinationKind(
            id="aws.lambda", title="Lambda function", pattern="aws:lambda/*", onward=(lambda_relay.ONWARD,)
        ),
        DestinationKind(
            id="aws.endpoint",
            title="A place outside, or a database, that Firehose delivers to",
            pattern="aws:endpoint/*",
        ),
    ),
    readers=(
        ReaderRow(
            name="aws.firehose",
            provider="aws",
            pattern="aws:firehose/*",
            read=firehose.read_firehose,
            operations=firehose.OPERATIONS,
            listings=(firehose.ONWARD,),
        ),
        ReaderRow(
            name="aws.kinesis",
            provider="aws",
            pattern="aws:kinesis/*",
            read=kinesis.read_kinesis,
            operations=kinesis.OPERATIONS,
            listings=(kinesis.ONWARD,),
        ),
        ReaderRow(
            name="aws.lambda",
            provider="aws",
            pattern="aws:lambda/*",
            read=lambda_relay.read_function,
            operations=lambda_relay.OPERATIONS,
            listings=(lambda_relay.ONWARD,),
        ),
        ReaderRow(
            name="aws.endpoint",
            provider="aws",
            pattern="aws:endpoint/*",
            read=firehose.read_endpoint,
        ),
    ),
)
