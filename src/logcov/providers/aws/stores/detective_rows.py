"""Detective controls in the catalogue: what counts records, rings, and tells people; and the buses that events take."""

from logcov.inventory import DestinationKind, HopKind
from logcov.providers.aws.stores import alarms, event_buses, log_alarms, metric_filters, sns
from logcov.providers.rows import Family, ReaderRow

TOLD = ("aws:sns/*", "aws:lambda/*")

DETECTIVE_FAMILY = Family(
    hop_kinds=(
        HopKind(
            id=metric_filters.METRIC_FILTER,
            title="Metric filter of a log group",
            effects=("carry",),
            origins=("aws.logs",),
            leads_to=("aws:metric/*",),
        ),
        HopKind(
            id=log_alarms.LOG_ALARM,
            title="CloudWatch alarm on a query over log groups",
            effects=("carry",),
            origins=("aws.logs",),
            leads_to=TOLD,
        ),
        HopKind(
            id=alarms.ALARM,
            title="CloudWatch alarm, and whom it tells",
            effects=("carry",),
            origins=("aws.metric",),
            leads_to=TOLD,
        ),
        HopKind(
            id=sns.ONWARD,
            title="What subscribes to an SNS topic",
            effects=("carry",),
            origins=("aws.sns",),
            # A queue or a web address may hand messages on to anywhere.
            leads_to=("*",),
        ),
        HopKind(
            id=event_buses.RULE,
            title="EventBridge rule and its target",
            effects=("carry",),
            origins=("aws.events",),
            leads_to=("*",),
        ),
    ),
    destination_kinds=(
        DestinationKind(
            id="aws.metric",
            title="CloudWatch metric that records are counted in",
            pattern="aws:metric/*",
            onward=(alarms.ALARM,),
        ),
        DestinationKind(
            id="aws.sns", title="SNS topic", pattern="aws:sns/*", onward=(sns.ONWARD,), hears=True
        ),
        DestinationKind(
            id="aws.events",
            title="EventBridge event bus",
            pattern="aws:events/*",
            onward=(event_buses.RULE,),
        ),
    ),
    readers=(
        ReaderRow(
            name="aws.metric",
            provider="aws",
            pattern="aws:metric/*",
            read=alarms.read_metric,
            operations=alarms.OPERATIONS,
            listings=(alarms.ALARM,),
        ),
        ReaderRow(
            name="aws.sns",
            provider="aws",
            pattern="aws:sns/*",
            read=sns.read_topic,
            operations=sns.OPERATIONS,
            listings=(sns.ONWARD,),
        ),
        ReaderRow(
            name="aws.events",
            provider="aws",
            pattern="aws:events/*",
            read=event_buses.read_event_bus,
            operations=event_buses.OPERATIONS,
            listings=(event_buses.RULE,),
        ),
    ),
)
