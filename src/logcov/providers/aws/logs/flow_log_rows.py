"""VPC flow logs in the catalogue."""

from logcov.inventory import Field, HopKind, LogSource
from logcov.providers.aws import scopes
from logcov.providers.aws.logs import flow_logs, security_lake
from logcov.providers.rows import Family, ObserverRow

DOCS = "https://docs.aws.amazon.com"

FLOW_LOG_FAMILY = Family(
    sources=(
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
                security_lake.LIMIT,
                "Which fields a flow log's own format leaves out is not judged.",
                "Flow logs that the participants of a shared VPC make for their own interfaces are not seen.",
                "Traffic that AWS never records (Amazon DNS, instance metadata, DHCP …) is not counted as lost.",
            ),
            documentation=f"{DOCS}/vpc/latest/userguide/flow-logs.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id="aws.flow_log",
            title="VPC flow log",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:s3/*", "aws:logs/*", "aws:firehose/*"),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.vpcs",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=flow_logs.observe_vpcs,
            listings=("aws.vpc",),
            sources=(flow_logs.SOURCE,),
            operations=(*scopes.OPERATIONS, *flow_logs.VPC_OPERATIONS),
            per_location=True,
        ),
        ObserverRow(
            name="aws.flow_logs",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=flow_logs.observe_flow_logs,
            listings=("aws.flow_log",),
            sources=(flow_logs.SOURCE,),
            operations=(*scopes.OPERATIONS, *flow_logs.FLOW_LOG_OPERATIONS),
            per_location=True,
        ),
    ),
)
