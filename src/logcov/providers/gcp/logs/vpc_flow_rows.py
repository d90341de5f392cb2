"""VPC Flow Logs in the catalogue."""

from logcov.inventory import Field, HopKind, LogSource, Shape
from logcov.providers.gcp import apis
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, entry_field
from logcov.providers.gcp.logs.flow_configs import (
    ORGANIZATION_CONFIGS_LIST,
    PROJECT_CONFIGS_LIST,
    observe_configs,
)
from logcov.providers.gcp.logs.flow_policy import EFFECTIVE_POLICY_GET
from logcov.providers.gcp.logs.vpc_flows import (
    CONFIG_KIND,
    SOURCE,
    SUBNET_KIND,
    SUBNETWORKS_LIST,
    observe_subnets,
)
from logcov.providers.gcp.operations import operations
from logcov.providers.rows import Family, ObserverRow

VPC_FLOW_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Network flows of the machines in a subnet",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(
                *ENTRY_FIELDS,
                # Only fields that every configuration writes: metadata fields may be left out of the entries.
                Field(
                    name="jsonPayload.reporter",
                    aliases=("reporter",),
                    kind="finite",
                    values=("SRC", "DEST"),
                    optional=False,
                    case="insensitive",
                ),
                entry_field("jsonPayload.connection.src_ip", "source_ip", optional=False),
                entry_field("jsonPayload.connection.dest_ip", "destination_ip", optional=False),
                Field(name="jsonPayload.connection.protocol", kind="number", optional=False),
                Field(name="jsonPayload.connection.src_port", kind="number"),
                Field(name="jsonPayload.connection.dest_port", kind="number"),
            ),
            # The rest of the name depends on the API by which the flow logs were set up.
            shape=(Shape(field="logName", op="contains", value="googleapis.com%2Fvpc_flows"),),
            needs=(SUBNET_KIND, CONFIG_KIND, "gcp.sink"),
            emitters=SOURCE,
            limits=(
                "Google samples packets before flows are made of them, so even all flows are not all traffic.",
                "Which metadata (machines, networks) entries carry is a setting that is not assessed.",
                "Flows of VPN tunnels and VLAN attachments are not assessed.",
            ),
            documentation="https://cloud.google.com/vpc/docs/flow-logs",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=SUBNET_KIND,
            title="The flow log settings of a subnet",
            effects=("generate",),
            origins=("gcp.project",),
        ),
        HopKind(
            id=CONFIG_KIND,
            title="A VPC Flow Logs configuration of the Network Management API",
            effects=("generate",),
            origins=("gcp.organization", "gcp.project"),
            descends=True,
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.vpc_flows",
            provider="gcp",
            scope_kinds=("gcp.project",),
            observe=apis.where_on(
                observe_subnets,
                api="compute.googleapis.com",
                title="Compute Engine API",
                sources=(SOURCE,),
                listings=(SOURCE, SUBNET_KIND),
            ),
            listings=(SOURCE, SUBNET_KIND),
            sources=(SOURCE,),
            operations=(*operations(SUBNETWORKS_LIST, EFFECTIVE_POLICY_GET), *apis.OPERATIONS),
        ),
        ObserverRow(
            name="gcp.flow_configs",
            provider="gcp",
            scope_kinds=("gcp.organization", "gcp.project"),
            observe=observe_configs,
            listings=(CONFIG_KIND,),
            sources=(SOURCE,),
            operations=(
                *operations(PROJECT_CONFIGS_LIST, ORGANIZATION_CONFIGS_LIST, SUBNETWORKS_LIST),
                *apis.OPERATIONS,
            ),
        ),
    ),
)
