"""The rows of AWS: log sources, hops, destinations, and the functions that read them."""

from dataclasses import replace

from logcov.inventory import DestinationKind, Dimension, Field, HopKind, LogSource, Shape
from logcov.providers.aws import buckets, event_data_stores, flow_logs, log_groups, scopes, trails
from logcov.providers.aws.data_events import RESOURCE_TYPES
from logcov.providers.aws.relays import ONWARD, read_relay
from logcov.providers.rows import ObserverRow, Operation, ReaderRow

DOCS = "https://docs.aws.amazon.com"
TRUTH = ("true", "false")
CLOUDTRAIL_FIELDS = (
    Field(name="eventSource", optional=False),
    Field(name="eventName", optional=False),
    Field(name="readOnly", kind="finite", values=TRUTH, optional=False),
    Field(name="awsRegion", optional=False),
    Field(name="recipientAccountId", optional=False),
    Field(name="eventType", optional=False),
    Field(name="sourceIPAddress"),
    Field(name="userAgent"),
    Field(name="userIdentity.type"),
    Field(name="userIdentity.arn"),
    Field(name="userIdentity.accountId"),
    Field(name="userIdentity.userName"),
    Field(name="userIdentity.invokedBy"),
    Field(name="sessionCredentialFromConsole"),
    Field(name="additionalEventData.MFAUsed"),
    Field(name="errorCode"),
    Field(name="errorMessage"),
    Field(name="vpcEndpointId"),
)
CLOUDTRAIL_LIMITS = (
    "CloudTrail channels and integrations of other services are not followed.",
    "Records that are copied on from a bucket (replication, event notifications) are not followed.",
)
CLOUDTRAIL_NEEDS = ("aws.trail", event_data_stores.KIND)

SOURCES = (
    LogSource(
        id="aws.cloudtrail.management",
        title="API calls that manage AWS resources, and sign-ins",
        provider="aws",
        scope_kinds=("aws.account",),
        fields=(
            Field(name="eventCategory", kind="finite", values=("Management",), optional=False),
            *CLOUDTRAIL_FIELDS,
        ),
        shape=(Shape(field="eventCategory", op="=", value="Management"),),
        always_generated=True,
        needs=CLOUDTRAIL_NEEDS,
        per_location=True,
        limits=CLOUDTRAIL_LIMITS,
        documentation=f"{DOCS}/awscloudtrail/latest/userguide/cloudtrail-concepts.html",
    ),
    LogSource(
        id="aws.cloudtrail.data",
        title="API calls that read and write data in AWS resources",
        provider="aws",
        scope_kinds=("aws.account",),
        fields=(
            Field(name="eventCategory", kind="finite", values=("Data",), optional=False),
            Field(name="resources.type", aliases=("resource_type",), optional=False),
            Field(name="resources.ARN"),
            *CLOUDTRAIL_FIELDS,
        ),
        dimensions=(Dimension(name="resource_type", examples=RESOURCE_TYPES),),
        shape=(Shape(field="eventCategory", op="=", value="Data"),),
        needs=CLOUDTRAIL_NEEDS,
        per_location=True,
        limits=CLOUDTRAIL_LIMITS,
        documentation=f"{DOCS}/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
    ),
    LogSource(
        id="aws.vpc.flow",
        title="Network traffic of a VPC",
        provider="aws",
        scope_kinds=("aws.account",),
        fields=(
            Field(name="action", kind="finite", values=("ACCEPT", "REJECT"), optional=False),
            Field(name="account-id", optional=False),
            Field(name="vpc-id", optional=False),
            Field(name="region", optional=False),
            Field(name="interface-id"),
            Field(name="subnet-id"),
            Field(name="srcaddr"),
            Field(name="dstaddr"),
            Field(name="srcport", kind="number"),
            Field(name="dstport", kind="number"),
            Field(name="protocol", kind="number"),
        ),
        needs=("aws.flow_log",),
        emitters="aws.vpc",
        per_location=True,
        limits=(
            "Which fields a flow log's own format leaves out is not judged.",
            "Flow logs that the participants of a shared VPC make for their own interfaces are not seen.",
            "Traffic that AWS never records (Amazon DNS, instance metadata, DHCP …) is not counted as lost.",
        ),
        documentation=f"{DOCS}/vpc/latest/userguide/flow-logs.html",
    ),
)

HOP_KINDS = (
    HopKind(
        id="aws.trail",
        title="CloudTrail trail",
        effects=("carry",),
        origins=("aws.account",),
        per_location=True,
        leads_to=("aws:s3/*", "aws:logs/*"),
    ),
    HopKind(
        id=event_data_stores.KIND,
        title="CloudTrail Lake event data store",
        effects=("carry",),
        origins=("aws.account",),
        leads_to=("aws:lake/*",),
    ),
    HopKind(
        id="aws.flow_log",
        title="VPC flow log",
        effects=("carry",),
        origins=("aws.account",),
        per_location=True,
        leads_to=("aws:s3/*", "aws:logs/*", "aws:firehose/*"),
    ),
    HopKind(
        id=log_groups.SUBSCRIPTION,
        title="Subscription filter of a log group",
        effects=("carry",),
        origins=("aws.logs",),
        # What it leads to hands records on to anything.
        leads_to=("*",),
    ),
    HopKind(
        id=ONWARD,
        title="What a stream or function hands on",
        effects=("carry",),
        origins=("aws.firehose", "aws.kinesis", "aws.lambda"),
        leads_to=("*",),
    ),
)

DESTINATION_KINDS = (
    DestinationKind(id="aws.s3", title="S3 bucket", pattern="aws:s3/*"),
    DestinationKind(
        id="aws.logs",
        title="CloudWatch Logs group",
        pattern="aws:logs/*",
        onward=(log_groups.SUBSCRIPTION,),
    ),
    DestinationKind(id="aws.lake", title="CloudTrail Lake event data store", pattern="aws:lake/*"),
    DestinationKind(id="aws.firehose", title="Firehose stream", pattern="aws:firehose/*", onward=(ONWARD,)),
    DestinationKind(id="aws.kinesis", title="Kinesis data stream", pattern="aws:kinesis/*", onward=(ONWARD,)),
    DestinationKind(id="aws.lambda", title="Lambda function", pattern="aws:lambda/*", onward=(ONWARD,)),
)

CLOUDTRAIL = ("aws.cloudtrail.management", "aws.cloudtrail.data")
SESSION_OPERATIONS = scopes.OPERATIONS
"""What `AwsSession.scopes` and every call after it may ask."""

OBSERVERS = (
    ObserverRow(
        name="aws.trails",
        provider="aws",
        scope_kinds=("aws.account",),
        observe=trails.observe_trails,
        listings=("aws.trail",),
        sources=CLOUDTRAIL,
        operations=(*SESSION_OPERATIONS, *trails.OPERATIONS),
        per_location=True,
    ),
    ObserverRow(
        name="aws.event_data_stores",
        provider="aws",
        scope_kinds=("aws.account",),
        observe=event_data_stores.observe_event_data_stores,
        listings=(event_data_stores.KIND,),
        sources=CLOUDTRAIL,
        operations=(*SESSION_OPERATIONS, *event_data_stores.OPERATIONS),
    ),
    ObserverRow(
        name="aws.vpcs",
        provider="aws",
        scope_kinds=("aws.account",),
        observe=flow_logs.observe_vpcs,
        listings=("aws.vpc",),
        sources=(flow_logs.SOURCE,),
        operations=(*SESSION_OPERATIONS, *flow_logs.VPC_OPERATIONS),
        per_location=True,
    ),
    ObserverRow(
        name="aws.flow_logs",
        provider="aws",
        scope_kinds=("aws.account",),
        observe=flow_logs.observe_flow_logs,
        listings=("aws.flow_log",),
        sources=(flow_logs.SOURCE,),
        operations=(*SESSION_OPERATIONS, *flow_logs.FLOW_LOG_OPERATIONS),
        per_location=True,
    ),
)

RELAY = ReaderRow(
    name="aws.firehose", provider="aws", pattern="aws:firehose/*", read=read_relay, listings=(ONWARD,)
)
READERS = (
    ReaderRow(
        name="aws.buckets",
        provider="aws",
        pattern="aws:s3/*",
        read=buckets.read_bucket,
        operations=buckets.OPERATIONS,
    ),
    ReaderRow(
        name="aws.log_groups",
        provider="aws",
        pattern="aws:logs/*",
        read=log_groups.read_log_group,
        operations=log_groups.OPERATIONS,
        listings=(log_groups.SUBSCRIPTION,),
    ),
    ReaderRow(
        name="aws.event_data_store",
        provider="aws",
        pattern="aws:lake/*",
        read=event_data_stores.read_event_data_store,
        operations=event_data_stores.READER_OPERATIONS,
    ),
    RELAY,
    replace(RELAY, name="aws.kinesis", pattern="aws:kinesis/*"),
    replace(RELAY, name="aws.lambda", pattern="aws:lambda/*"),
)


def operations() -> tuple[Operation, ...]:
    """Every operation that an AWS target may be asked, each once, by call."""
    rows = (*OBSERVERS, *READERS)
    found = {operation.call: operation for row in rows for operation in row.operations}
    return tuple(found[call] for call in sorted(found))
