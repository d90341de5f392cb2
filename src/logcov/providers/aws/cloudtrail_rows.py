"""CloudTrail in the catalogue: its kinds of events, and the trails and event data stores that take them."""

from logcov.inventory import DestinationKind, Dimension, Field, HopKind, LogSource, Shape
from logcov.providers.aws import event_data_stores, scopes, trails
from logcov.providers.aws.data_events import RESOURCE_TYPES
from logcov.providers.rows import Family, ObserverRow, ReaderRow

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

CLOUDTRAIL = ("aws.cloudtrail.management", "aws.cloudtrail.data")

CLOUDTRAIL_FAMILY = Family(
    sources=(
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
    ),
    hop_kinds=(
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
    ),
    destination_kinds=(
        DestinationKind(id="aws.lake", title="CloudTrail Lake event data store", pattern="aws:lake/*"),
    ),
    observers=(
        ObserverRow(
            name="aws.trails",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=trails.observe_trails,
            listings=("aws.trail",),
            sources=CLOUDTRAIL,
            operations=(*scopes.OPERATIONS, *trails.OPERATIONS),
            per_location=True,
        ),
        ObserverRow(
            name="aws.event_data_stores",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=event_data_stores.observe_event_data_stores,
            listings=(event_data_stores.KIND,),
            sources=CLOUDTRAIL,
            operations=(*scopes.OPERATIONS, *event_data_stores.OPERATIONS),
        ),
    ),
    readers=(
        ReaderRow(
            name="aws.event_data_store",
            provider="aws",
            pattern="aws:lake/*",
            read=event_data_stores.read_event_data_store,
            operations=event_data_stores.READER_OPERATIONS,
        ),
    ),
)
