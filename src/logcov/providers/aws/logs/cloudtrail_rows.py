"""CloudTrail in the catalogue: its kinds of events, and the trails and event data stores that take them."""

from logcov.inventory import DestinationKind, Dimension, Field, HopKind, LogSource, Shape
from logcov.providers.aws import scopes
from logcov.providers.aws.logs import event_data_stores, security_lake, trail_insights, trails
from logcov.providers.aws.logs.data_events import RESOURCE_TYPES
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
    security_lake.LIMIT,
    "CloudTrail channels and integrations of other services are not followed.",
    "In an account that is suspended or closed, what AWS itself still does, such as removing what is left, is not judged.",
    "Records that are copied on from a bucket (replication, event notifications) are not followed.",
    "EventBridge gets no event of more than 256 KB. What roles, log groups and functions let it do is not judged.",
    "While an alarm is on, it tells nobody of further records. Rules that mute alarms are not read.",
    "Alarms of other accounts on an account's metrics, and rules on an alarm's change of state, are not followed.",
)
CLOUDTRAIL_NEEDS = ("aws.trail", event_data_stores.KIND)

TAKEN = trails.EVENTS
"""What trails take by their event selectors."""
CLOUDTRAIL = (*TAKEN, trail_insights.SOURCE)

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
        LogSource(
            id="aws.cloudtrail.network_activity",
            title="API calls that come through VPC endpoints, refused ones included",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="eventCategory", kind="finite", values=("NetworkActivity",), optional=False),
                *CLOUDTRAIL_FIELDS,
            ),
            shape=(Shape(field="eventCategory", op="=", value="NetworkActivity"),),
            needs=CLOUDTRAIL_NEEDS,
            per_location=True,
            limits=(
                *CLOUDTRAIL_LIMITS,
                "Unless the policy names services, calls of those that have no such events are asked for, too.",
            ),
            documentation=f"{DOCS}/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html",
        ),
        LogSource(
            id=trail_insights.SOURCE,
            title="Unusual numbers of API calls or errors that CloudTrail noticed",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="eventCategory", kind="finite", values=("Insight",), optional=False),
                Field(
                    name=trail_insights.FIELD,
                    aliases=("insight_type",),
                    kind="finite",
                    values=trail_insights.TYPES,
                    optional=False,
                ),
                *CLOUDTRAIL_FIELDS,
            ),
            dimensions=(Dimension(name="insight_type", examples=trail_insights.TYPES),),
            shape=(Shape(field="eventCategory", op="=", value="Insight"),),
            needs=(trail_insights.KIND, event_data_stores.KIND),
            per_location=True,
            limits=("That Insights events come to the event bus as well is not followed.",),
            documentation=f"{DOCS}/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id="aws.trail",
            title="CloudTrail trail",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:s3/*", "aws:logs/*", "aws:events/*"),
        ),
        HopKind(
            id=trail_insights.KIND,
            title="CloudTrail trail that writes Insights events",
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
            sources=TAKEN,
            operations=(*scopes.OPERATIONS, *trails.OPERATIONS),
            per_location=True,
        ),
        ObserverRow(
            name="aws.trail_insights",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=trail_insights.observe_insights,
            listings=(trail_insights.KIND,),
            sources=(trail_insights.SOURCE,),
            operations=(*scopes.OPERATIONS, *trails.OPERATIONS, *trail_insights.OPERATIONS),
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
