"""The rows of Cloud Audit Logs: four log sources, and the audit configuration that has one of them written."""

from dataclasses import replace

from logcov.inventory import Dimension, Field, HopKind, LogSource, Shape
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, SCOPE_KINDS, entry_field
from logcov.providers.gcp.logs import audit_configs
from logcov.providers.gcp.logs.audit_configs import observe_audit_configs
from logcov.providers.gcp.logs.audit_logs import LOGS, observe_audit_logs
from logcov.providers.gcp.operations import (
    BILLING_POLICY,
    FOLDERS_POLICY,
    ORGANIZATIONS_POLICY,
    PROJECTS_POLICY,
    operations,
)
from logcov.providers.rows import Family, ObserverRow

LOG_TYPES = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")

_DOCUMENTATION = "https://cloud.google.com/logging/docs/audit"

AUDIT_FIELDS = (
    *ENTRY_FIELDS,
    # Fields of AuditLog. Those that every entry has: cloud.google.com/logging/docs/audit/understanding-audit-logs.
    entry_field("protoPayload.@type", optional=False),
    entry_field("protoPayload.serviceName", "service", optional=False),
    entry_field("protoPayload.methodName", "method", "action", optional=False),
    entry_field("protoPayload.resourceName", "resource_name"),
    entry_field("protoPayload.authenticationInfo.principalEmail", "user", "principal"),
    entry_field("protoPayload.authenticationInfo.principalSubject"),
    entry_field("protoPayload.requestMetadata.callerIp", "source_ip"),
    entry_field("protoPayload.requestMetadata.callerSuppliedUserAgent"),
    Field(name="protoPayload.status.code", aliases=("result",), kind="number"),
    entry_field("protoPayload.status.message"),
    # What a change of an IAM policy changed: google.iam.v1.logging.AuditData in `serviceData`.
    *(
        replace(entry_field(f"protoPayload.serviceData.policyDelta.{name}"), repeated=True)
        for name in (
            "bindingDeltas.action",
            "bindingDeltas.role",
            "bindingDeltas.member",
            "auditConfigDeltas",
            "auditConfigDeltas.action",
            "auditConfigDeltas.service",
            "auditConfigDeltas.exemptedMember",
            "auditConfigDeltas.logType",
        )
    ),
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

_LIMITS = (
    "IAM deny policies, VPC Service Controls and organisation policies are not read.",
    "A reseller's billing accounts for customers are audited only if Google lists them with the organisation's own.",
)


def _source(id_: str, title: str, *, generated: bool, limits: tuple[str, ...] = ()) -> LogSource:
    more = () if generated else (_LOG_TYPE,)
    dimensions = (_SERVICE,) if generated else (_SERVICE, Dimension(name="log_type", examples=LOG_TYPES))
    return LogSource(
        id=id_,
        title=title,
        provider="gcp",
        scope_kinds=SCOPE_KINDS,
        fields=(*AUDIT_FIELDS, *more),
        dimensions=dimensions,
        shape=(
            Shape(field="logName", op="suffix", value=f"/logs/cloudaudit.googleapis.com%2F{LOGS[id_]}"),
            Shape(
                field="protoPayload.@type", op="=", value="type.googleapis.com/google.cloud.audit.AuditLog"
            ),
        ),
        always_generated=generated,
        needs=("gcp.sink",) if generated else (audit_configs.KIND, "gcp.sink"),
        limits=(*limits, *_LIMITS),
        documentation=_DOCUMENTATION,
    )


AUDIT_FAMILY = Family(
    sources=(
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
    ),
    hop_kinds=(
        HopKind(
            id=audit_configs.KIND,
            title="Audit configuration in an IAM policy",
            effects=("generate", "withhold"),
            origins=SCOPE_KINDS,
            descends=True,
        ),
    ),
    observers=(
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
            operations=operations(ORGANIZATIONS_POLICY, FOLDERS_POLICY, PROJECTS_POLICY, BILLING_POLICY),
        ),
    ),
)
