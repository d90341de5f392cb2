"""Cloud DNS, in the words of the catalogue."""

from logcov.inventory import Field, HopKind, LogSource, Shape
from logcov.providers.gcp import apis
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, entry_field
from logcov.providers.gcp.logs.dns import (
    NETWORKS_LIST,
    POLICIES_LIST,
    QUERY,
    QUERY_KIND,
    ZONE,
    ZONE_KIND,
    ZONES_LIST,
    observe_networks,
    observe_policies,
    observe_zones,
)
from logcov.providers.gcp.operations import operations
from logcov.providers.rows import Family, ObserverRow

DOCUMENTATION = "https://cloud.google.com/dns/docs/monitoring"
COMPUTE = {"api": "compute.googleapis.com", "title": "Compute Engine API"}
DNS = {"api": "dns.googleapis.com", "title": "Cloud DNS API"}

FIELDS: tuple[Field, ...] = (
    *ENTRY_FIELDS,
    entry_field("jsonPayload.queryName"),
    entry_field("jsonPayload.queryType"),
    entry_field("jsonPayload.responseCode", "result"),
    entry_field("jsonPayload.sourceIP", "source_ip"),
    entry_field("jsonPayload.sourceNetwork"),
    entry_field("jsonPayload.vmInstanceName"),
    entry_field("resource.labels.source_type"),
    entry_field("resource.labels.target_type"),
    entry_field("resource.labels.target_name"),
)
SHAPE = (
    Shape(field="logName", op="suffix", value="/logs/dns.googleapis.com%2Fdns_queries"),
    Shape(field="resource.type", op="=", value="dns_query"),
)

DNS_FAMILY = Family(
    sources=(
        LogSource(
            id=QUERY,
            title="DNS queries of VPC networks",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=FIELDS,
            shape=SHAPE,
            needs=(QUERY_KIND, "gcp.sink"),
            emitters=QUERY,
            limits=(
                "Queries that machines send to other name servers, or answer from a cache, do not reach Cloud DNS.",
            ),
            documentation=DOCUMENTATION,
        ),
        LogSource(
            id=ZONE,
            title="DNS queries that public zones answer",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=FIELDS,
            shape=SHAPE,
            needs=(ZONE_KIND, "gcp.sink"),
            emitters=ZONE,
            documentation=DOCUMENTATION,
        ),
    ),
    hop_kinds=(
        HopKind(
            id=QUERY_KIND,
            title="A DNS policy of VPC networks",
            effects=("generate",),
            origins=("gcp.project",),
        ),
        HopKind(
            id=ZONE_KIND,
            title="The logging switch of a public DNS zone",
            effects=("generate",),
            origins=("gcp.project",),
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.dns_networks",
            provider="gcp",
            scope_kinds=("gcp.project",),
            observe=apis.where_on(observe_networks, **COMPUTE, sources=(QUERY,), listings=(QUERY,)),
            listings=(QUERY,),
            sources=(QUERY,),
            operations=(*operations(NETWORKS_LIST), *apis.OPERATIONS),
        ),
        ObserverRow(
            name="gcp.dns_policies",
            provider="gcp",
            scope_kinds=("gcp.project",),
            # Where the API is off there are no policies: the networks are there all the same, and nothing is logged.
            observe=apis.where_on(observe_policies, **DNS, sources=(), listings=(QUERY_KIND,)),
            listings=(QUERY_KIND,),
            sources=(QUERY,),
            operations=(*operations(POLICIES_LIST, NETWORKS_LIST), *apis.OPERATIONS),
        ),
        ObserverRow(
            name="gcp.dns_zones",
            provider="gcp",
            scope_kinds=("gcp.project",),
            observe=apis.where_on(observe_zones, **DNS, sources=(ZONE,), listings=(ZONE, ZONE_KIND)),
            listings=(ZONE, ZONE_KIND),
            sources=(ZONE,),
            operations=(*operations(ZONES_LIST), *apis.OPERATIONS),
        ),
    ),
)
