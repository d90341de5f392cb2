"""Firewall rule logging in the catalogue."""

from logcov.inventory import Field, HopKind, LogSource, Shape
from logcov.providers.gcp import apis
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, entry_field
from logcov.providers.gcp.logs.dns import NETWORKS_LIST
from logcov.providers.gcp.logs.firewalls import FIREWALLS_LIST, KIND, NETWORK_POLICIES_LIST, SOURCE
from logcov.providers.gcp.logs.hierarchical_firewalls import (
    ASSOCIATIONS_LIST,
    FIREWALL_POLICY_GET,
    observe_firewalls,
)
from logcov.providers.gcp.operations import FOLDERS_GET, operations
from logcov.providers.rows import Family, ObserverRow

_LISTINGS = (SOURCE, KIND)

FIREWALL_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Connections that a firewall rule allowed or denied",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(
                *ENTRY_FIELDS,
                Field(
                    name="jsonPayload.disposition",
                    aliases=("disposition",),
                    kind="finite",
                    values=("ALLOWED", "DENIED", "INTERCEPTED"),
                    optional=False,
                    case="insensitive",
                ),
                entry_field("jsonPayload.connection.src_ip", "source_ip", optional=False),
                entry_field("jsonPayload.connection.dest_ip", "destination_ip", optional=False),
                Field(name="jsonPayload.connection.protocol", kind="number", optional=False),
                Field(name="jsonPayload.connection.src_port", kind="number"),
                Field(name="jsonPayload.connection.dest_port", kind="number"),
                entry_field("jsonPayload.rule_details.reference", optional=False),
            ),
            shape=(
                Shape(field="logName", op="suffix", value="/logs/compute.googleapis.com%2Ffirewall"),
                Shape(field="resource.type", op="=", value="gce_subnetwork"),
            ),
            needs=(KIND, "gcp.sink"),
            emitters=SOURCE,
            limits=(
                "Connections that no rule decides (the implied rules of a network) cannot be logged.",
                "VPC firewall rules log TCP and UDP only, and machines log a limited number of connections a second.",
                "Which metadata (machines, networks) entries carry is a setting that is not assessed.",
            ),
            documentation="https://cloud.google.com/firewall/docs/firewall-rules-logging",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=KIND,
            title="The logging switch of a firewall rule",
            effects=("generate",),
            origins=("gcp.project",),
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.firewalls",
            provider="gcp",
            scope_kinds=("gcp.project",),
            observe=apis.where_on(
                observe_firewalls,
                api="compute.googleapis.com",
                title="Compute Engine API",
                sources=(SOURCE,),
                listings=_LISTINGS,
            ),
            listings=_LISTINGS,
            sources=(SOURCE,),
            operations=(
                *operations(
                    FIREWALLS_LIST,
                    NETWORK_POLICIES_LIST,
                    ASSOCIATIONS_LIST,
                    FIREWALL_POLICY_GET,
                    NETWORKS_LIST,
                    FOLDERS_GET,
                ),
                *apis.OPERATIONS,
            ),
        ),
    ),
)
