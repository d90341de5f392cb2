"""The rows of Google Cloud in the catalogue: its audit logs, hops, destinations, and what reads them."""

from logcov.inventory import DestinationKind, Dimension, Field, HopKind, LogSource, Shape
from logcov.providers.gcp import audit_configs, bigquery, log_buckets, pubsub, routers, sinks, storage
from logcov.providers.gcp.audit_configs import observe_audit_configs
from logcov.providers.gcp.audit_logs import LOGS, observe_audit_logs
from logcov.providers.gcp.bigquery import read_dataset
from logcov.providers.gcp.log_buckets import read_log_bucket
from logcov.providers.gcp.operations import (
    DATASETS_GET,
    FOLDERS_GET,
    FOLDERS_LIST,
    FOLDERS_POLICY,
    KEYS_GET,
    LOG_BUCKETS_GET,
    ORGANIZATIONS_GET,
    ORGANIZATIONS_POLICY,
    PROJECTS_GET,
    PROJECTS_LIST,
    PROJECTS_POLICY,
    SINKS_LIST,
    STORAGE_GET,
    STORAGE_POLICY,
    SUBSCRIPTIONS_GET,
    TABLES_LIST,
    TOPIC_SUBSCRIPTIONS_LIST,
    TOPICS_GET,
    TOPICS_POLICY,
    operations,
)
from logcov.providers.gcp.pubsub import read_topic
from logcov.providers.gcp.routers import read_router
from logcov.providers.gcp.sinks import observe_sinks
from logcov.providers.gcp.storage import read_storage_bucket
from logcov.providers.rows import ObserverRow, Operation, ReaderRow

SCOPE_KINDS = ("gcp.organization", "gcp.folder", "gcp.project")

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")

LOG_TYPES = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")

_DOCUMENTATION = "https://cloud.google.com/logging/docs/audit"


def _field(name: str, *aliases: str, optional: bool = True) -> Field:
    """A text field. Cloud Logging compares text without regard to case."""
    return Field(name=name, aliases=aliases, optional=optional, case="insensitive")


_FIELDS = (
    # Fields of LogEntry itself: where one is not set, filters see its default value.
    _field("logName", optional=False),
    Field(name="severity", kind="finite", values=SEVERITIES, optional=False, case="insensitive"),
    _field("resource.type", optional=False),
    _field("insertId", optional=False),
    _field("timestamp", "time", optional=False),
    # Fields of AuditLog. Those that every entry has: cloud.google.com/logging/docs/audit/understanding-audit-logs.
    _field("protoPayload.@type", optional=False),
    _field("protoPayload.serviceName", "service", optional=False),
    _field("protoPayload.methodName", "method", "action", optional=False),
    _field("protoPayload.resourceName", "resource_name"),
    _field("protoPayload.authenticationInfo.principalEmail", "user", "principal"),
    _field("protoPayload.authenticationInfo.principalSubject"),
    _field("protoPayload.requestMetadata.callerIp", "source_ip"),
    _field("protoPayload.requestMetadata.callerSuppliedUserAgent"),
    Field(name="protoPayload.status.code", aliases=("result",), kind="number"),
    _field("protoPayload.status.message"),
)

_LOG_TYPE = Field(name="log_type", kind="finite", values=LOG_TYPES, optional=False, case="insensitive")

_SERVICE = Dimension(
    name="service",
    examples=(
        "storage.googleapis.com",
        "bigquery.googleapis.com",
        "secretmanager.googleapis.com",
        "cloudkms.googleapis.com",
        "iam.googleapis.com",
    ),
)


def _source(id_: str, title: str, *, generated: bool, limits: tuple[str, ...] = ()) -> LogSource:
    more = () if generated else (_LOG_TYPE,)
    dimensions = (_SERVICE,) if generated else (_SERVICE, Dimension(name="log_type", examples=LOG_TYPES))
    return LogSource(
        id=id_,
        title=title,
        provider="gcp",
        scope_kinds=SCOPE_KINDS,
        fields=(*_FIELDS, *more),
        dimensions=dimensions,
        shape=(
            Shape(field="logName", op="suffix", value=f"/logs/cloudaudit.googleapis.com%2F{LOGS[id_]}"),
            Shape(
                field="protoPayload.@type", op="=", value="type.googleapis.com/google.cloud.audit.AuditLog"
            ),
        ),
        always_generated=generated,
        needs=("gcp.sink",) if generated else ("gcp.audit_config", "gcp.sink"),
        limits=(*limits, *_LIMITS),
        documentation=_DOCUMENTATION,
    )


_LIMITS = (
    "IAM deny policies, VPC Service Controls and organisation policies are not read.",
    "Billing accounts write audit logs too; they are not audited yet.",
)

SOURCES: tuple[LogSource, ...] = (
    _source("gcp.audit.activity", "Who changed configuration or metadata of resources", generated=True),
    _source("gcp.audit.system_event", "What Google itself changed of resources", generated=True),
    _source("gcp.audit.policy", "Who was refused by a security policy", generated=True),
    _source(
        "gcp.audit.data_access",
        "Who read configuration, and who read or wrote data",
        generated=False,
        limits=(
            "Reads of resources that are open to everybody write no record.",
            "Which BigQuery services write records without being configured is not documented.",
        ),
    ),
)

HOP_KINDS: tuple[HopKind, ...] = (
    HopKind(
        id=sinks.KIND,
        title="A sink of Cloud Logging",
        effects=("carry",),
        origins=(*SCOPE_KINDS, routers.KIND),
        descends=True,
        leads_to=("gcp:logging/*", "gcp:storage/*", "gcp:pubsub/*", "gcp:bigquery/*", "gcp:router/*"),
        intercepts=True,
    ),
    HopKind(
        id=pubsub.EXPORT,
        title="A Pub/Sub subscription that writes to a bucket or a table",
        effects=("carry",),
        origins=(pubsub.KIND,),
        leads_to=("gcp:storage/*", "gcp:bigquery/*"),
    ),
    HopKind(
        id=audit_configs.KIND,
        title="Audit configuration in an IAM policy",
        effects=("generate", "withhold"),
        origins=SCOPE_KINDS,
        descends=True,
    ),
)

DESTINATION_KINDS: tuple[DestinationKind, ...] = (
    DestinationKind(id=log_buckets.KIND, title="A log bucket of Cloud Logging", pattern="gcp:logging/*"),
    DestinationKind(id=storage.KIND, title="A Cloud Storage bucket", pattern="gcp:storage/*"),
    DestinationKind(id=pubsub.KIND, title="A Pub/Sub topic", pattern="gcp:pubsub/*", onward=(pubsub.EXPORT,)),
    DestinationKind(id=bigquery.KIND, title="A BigQuery dataset", pattern="gcp:bigquery/*"),
    DestinationKind(
        id=routers.KIND, title="A project that routes on", pattern="gcp:router/*", onward=(sinks.KIND,)
    ),
)

SESSION_OPERATIONS: tuple[Operation, ...] = operations(
    ORGANIZATIONS_GET, FOLDERS_GET, FOLDERS_LIST, PROJECTS_GET, PROJECTS_LIST
)
"""What `GcpSession.scopes` calls."""

_POLICIES = (ORGANIZATIONS_POLICY, FOLDERS_POLICY, PROJECTS_POLICY)
_UPWARDS = (ORGANIZATIONS_POLICY, FOLDERS_POLICY, PROJECTS_POLICY, FOLDERS_GET, PROJECTS_GET)
"""What it takes to look for a grant in everything above a destination."""

OBSERVERS: tuple[ObserverRow, ...] = (
    ObserverRow(
        name="gcp.audit_logs",
        provider="gcp",
        scope_kinds=SCOPE_KINDS,
        observe=observe_audit_logs,
        listings=(),
        sources=tuple(LOGS),
    ),
    ObserverRow(
        name="gcp.audit_configs",
        provider="gcp",
        scope_kinds=SCOPE_KINDS,
        observe=observe_audit_configs,
        listings=(audit_configs.KIND,),
        sources=audit_configs.SOURCES,
        operations=operations(*_POLICIES),
    ),
    ObserverRow(
        name="gcp.sinks",
        provider="gcp",
        scope_kinds=SCOPE_KINDS,
        observe=observe_sinks,
        listings=(sinks.KIND,),
        sources=(*LOGS, "workspace.activity"),
        operations=operations(SINKS_LIST, PROJECTS_GET),
    ),
)

READERS: tuple[ReaderRow, ...] = (
    ReaderRow(
        name="gcp.log_buckets",
        provider="gcp",
        pattern="gcp:logging/*",
        read=read_log_bucket,
        operations=operations(LOG_BUCKETS_GET, KEYS_GET, *_UPWARDS),
    ),
    ReaderRow(
        name="gcp.storage",
        provider="gcp",
        pattern="gcp:storage/*",
        read=read_storage_bucket,
        operations=operations(STORAGE_GET, STORAGE_POLICY, KEYS_GET, *_UPWARDS),
    ),
    ReaderRow(
        name="gcp.pubsub",
        provider="gcp",
        pattern="gcp:pubsub/*",
        read=read_topic,
        listings=(pubsub.EXPORT,),
        operations=operations(
            TOPICS_GET, TOPICS_POLICY, TOPIC_SUBSCRIPTIONS_LIST, SUBSCRIPTIONS_GET, KEYS_GET, *_UPWARDS
        ),
    ),
    ReaderRow(
        name="gcp.bigquery",
        provider="gcp",
        pattern="gcp:bigquery/*",
        read=read_dataset,
        operations=operations(DATASETS_GET, TABLES_LIST, KEYS_GET, *_UPWARDS),
    ),
    ReaderRow(
        name="gcp.routers",
        provider="gcp",
        pattern="gcp:router/*",
        read=read_router,
        operations=operations(SINKS_LIST, *_UPWARDS),
        listings=(sinks.KIND,),
    ),
)
