"""Rows of log sources that the tests of `selection` judge with: short, and close to the real ones."""

from logcov.inventory.rows import Dimension, Field, LogSource, Shape

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
AUDIT_LOG = "type.googleapis.com/google.cloud.audit.AuditLog"


def text(name: str, **more: object) -> Field:
    return Field(name=name, case="insensitive", **more)


ENTRY = (
    text("logName", optional=False),
    Field(name="severity", kind="finite", values=SEVERITIES, optional=False),
    text("insertId", optional=False),
    text("resource.type", optional=False),
)

AUDIT = LogSource(
    id="gcp.audit.activity",
    title="Admin activity",
    provider="gcp",
    scope_kinds=("gcp.project", "gcp.folder"),
    fields=(
        *ENTRY,
        text("protoPayload.@type", optional=False),
        text("protoPayload.serviceName", aliases=("service",), optional=False),
        text("protoPayload.methodName"),
        text("protoPayload.authenticationInfo.principalEmail"),
        text("protoPayload.authorizationInfo.permission", repeated=True),
        text("protoPayload.serviceData.policyDelta.bindingDeltas.role", repeated=True),
        Field(name="protoPayload.status.code", kind="number"),
        Field(
            name="log_type", kind="finite", values=("ADMIN_READ", "DATA_READ", "DATA_WRITE"), optional=False
        ),
    ),
    dimensions=(Dimension(name="service"),),
    shape=(
        Shape(field="logName", op="suffix", value="/logs/cloudaudit.googleapis.com%2Factivity"),
        Shape(field="protoPayload.@type", op="=", value=AUDIT_LOG),
    ),
)

FLOWS = LogSource(
    id="gcp.vpc_flows",
    title="VPC flow logs",
    provider="gcp",
    scope_kinds=("gcp.project", "gcp.folder"),
    fields=(*ENTRY, text("jsonPayload.reporter"), Field(name="jsonPayload.bytes", kind="number")),
    shape=(Shape(field="logName", op="suffix", value="/logs/compute.googleapis.com%2Fvpc_flows"),),
)

_EVENT = (
    Field(name="eventCategory", optional=False),
    Field(name="eventSource", optional=False),
    Field(name="eventName", optional=False),
    Field(name="readOnly", kind="finite", values=("true", "false"), optional=False),
    Field(name="errorCode"),
    Field(name="userIdentity.arn"),
)

MANAGEMENT = LogSource(
    id="aws.cloudtrail.management",
    title="Management events",
    provider="aws",
    scope_kinds=("aws.account",),
    fields=_EVENT,
    shape=(Shape(field="eventCategory", op="=", value="Management"),),
)

DATA = LogSource(
    id="aws.cloudtrail.data",
    title="Data events",
    provider="aws",
    scope_kinds=("aws.account",),
    fields=(
        *_EVENT,
        Field(name="resources.type", aliases=("resource_type",), optional=False),
        Field(name="resources.ARN"),
    ),
    dimensions=(
        Dimension(
            name="resource_type",
            examples=(
                "AWS::S3::Object",
                "AWS::Lambda::Function",
                "AWS::DynamoDB::Table",
                "AWS::DynamoDB::Stream",
            ),
        ),
    ),
    shape=(Shape(field="eventCategory", op="=", value="Data"),),
)

NETWORK = LogSource(
    id="aws.cloudtrail.network",
    title="Network activity events",
    provider="aws",
    scope_kinds=("aws.account",),
    fields=(*_EVENT, Field(name="vpcEndpointId")),
    shape=(Shape(field="eventCategory", op="=", value="NetworkActivity"),),
)

FLOW_RECORDS = LogSource(
    id="aws.vpc.flow",
    title="VPC flow logs",
    provider="aws",
    scope_kinds=("aws.account",),
    fields=(Field(name="action", kind="finite", values=("ACCEPT", "REJECT"), optional=False),),
)
