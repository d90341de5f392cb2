"""AWS Config in the catalogue."""

from logcov.inventory import Dimension, Field, HopKind, LogSource
from logcov.providers.aws import scopes
from logcov.providers.aws.logs import config_recorder as config
from logcov.providers.aws.logs.config_types import IAM_TYPES, RESOURCE_TYPE
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.rows import Family, ObserverRow

DOCS = "https://docs.aws.amazon.com/config/latest/developerguide"
LED_TO = ("aws:s3/*", "aws:sns/*", "aws:events/*")
OPERATIONS = (
    *scopes.OPERATIONS,
    *OFFERED,
    *reads(
        {
            config.RECORDERS: "which types of resources are recorded",
            config.RECORDING: "whether the recorder runs",
            config.CHANNELS: "where configuration items are delivered",
            config.DELIVERED: "how the last deliveries went",
        }
    ),
)
LIMITS = (
    "Whether a recorder's own role may write to its bucket and topic is not read; a failed delivery shows.",
    "Whether a recorder's own role has the right to write into a bucket of its account is not read.",
    "CloudTrail Lake event data stores that take configuration items are not followed.",
    "Recording once a day counts as recording: then only the last state of each day is an item.",
)


def _fields(*types: str) -> tuple[Field, ...]:
    return (
        Field(name="source", kind="finite", values=("aws.config",), optional=False),
        Field(
            name="detail-type",
            kind="finite",
            values=("Config Configuration Item Change",),
            optional=False,
        ),
        Field(
            name=RESOURCE_TYPE,
            aliases=("resourceType",),
            kind="finite" if types else "text",
            values=types,
            optional=False,
        ),
        Field(name="configurationItem.awsAccountId", aliases=("awsAccountId",), optional=False),
        Field(name="configurationItem.awsRegion", aliases=("awsRegion",), optional=False),
        Field(name="configurationItem.resourceId", aliases=("resourceId",)),
        Field(name="configurationItem.resourceName", aliases=("resourceName",)),
        Field(name="configurationItem.configurationItemStatus", aliases=("configurationItemStatus",)),
    )


CONFIG_FAMILY = Family(
    sources=(
        LogSource(
            id=config.ITEM,
            title="What AWS Config records of the resources of a region",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=_fields(),
            dimensions=(
                Dimension(name="resourceType", examples=("AWS::EC2::SecurityGroup", "AWS::S3::Bucket")),
            ),
            needs=(config.RECORDER, config.DELIVERY),
            emitters=config.RECORDER,
            per_location=True,
            limits=(
                "Users, groups, roles and policies of IAM belong to no region: see aws.config.global_item.",
                *LIMITS,
            ),
            documentation=f"{DOCS}/select-resources.html",
        ),
        LogSource(
            id=config.GLOBAL_ITEM,
            title="What AWS Config records of IAM users, groups, roles and policies",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=_fields(*IAM_TYPES),
            dimensions=(Dimension(name="resourceType", examples=IAM_TYPES),),
            needs=(config.GLOBAL_RECORDER, config.GLOBAL_DELIVERY),
            emitters=config.GLOBAL_RECORDER,
            limits=("A recorder in any one region of the account is enough.", *LIMITS),
            documentation=f"{DOCS}/select-resources.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=config.RECORDER,
            title="Configuration recorder",
            effects=("generate",),
            origins=("aws.account",),
            per_location=True,
        ),
        HopKind(
            id=config.DELIVERY,
            title="Delivery channel of AWS Config, and its events",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=LED_TO,
        ),
        HopKind(
            id=config.GLOBAL_RECORDER,
            title="Configuration recorder of any region that records IAM",
            effects=("generate",),
            origins=("aws.account",),
        ),
        HopKind(
            id=config.GLOBAL_DELIVERY,
            title="Delivery channel beside a recorder that records IAM, and its events",
            effects=("carry",),
            origins=("aws.account",),
            leads_to=LED_TO,
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.config",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                config.observe_recorders,
                service="config",
                sources=(config.ITEM,),
                listings=(config.RECORDER, config.DELIVERY),
            ),
            listings=(config.RECORDER, config.DELIVERY),
            sources=(config.ITEM,),
            operations=OPERATIONS,
            per_location=True,
        ),
        ObserverRow(
            name="aws.config_global",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=config.observe_global_recorders,
            listings=(config.GLOBAL_RECORDER, config.GLOBAL_DELIVERY),
            sources=(config.GLOBAL_ITEM,),
            operations=OPERATIONS,
        ),
    ),
)
