"""Everything that logcov knows of Google Cloud: one line per family of log sources or destinations."""

from collections.abc import Mapping

from logcov.providers.gcp.assets import ASSET_OPERATIONS
from logcov.providers.gcp.billing import BILLING_ACCOUNTS_LIST, ORGANIZATIONS_TEST
from logcov.providers.gcp.detection.detective_rows import detective_family, watched
from logcov.providers.gcp.logs.access_transparency import ACCESS_TRANSPARENCY_FAMILY
from logcov.providers.gcp.logs.any_entries import ANY_FAMILY
from logcov.providers.gcp.logs.asset_history import ASSET_FAMILY
from logcov.providers.gcp.logs.audit_rows import AUDIT_FAMILY
from logcov.providers.gcp.logs.dns_rows import DNS_FAMILY
from logcov.providers.gcp.logs.firewall_rows import FIREWALL_FAMILY
from logcov.providers.gcp.logs.gke_rows import GKE_FAMILY
from logcov.providers.gcp.logs.ids import IDS_FAMILY
from logcov.providers.gcp.logs.load_balancer_rows import LOAD_BALANCER_FAMILY
from logcov.providers.gcp.logs.nat import NAT_FAMILY
from logcov.providers.gcp.logs.new_projects import NEW_PROJECT_FAMILY
from logcov.providers.gcp.logs.sql_rows import SQL_FAMILY, SQL_SERVER_FAMILY
from logcov.providers.gcp.logs.storage_usage import STORAGE_USAGE_FAMILY
from logcov.providers.gcp.logs.vpc_flow_rows import VPC_FLOW_FAMILY
from logcov.providers.gcp.operations import (
    FOLDERS_GET,
    FOLDERS_LIST,
    ORGANIZATIONS_GET,
    PROJECTS_GET,
    PROJECTS_LIST,
    operations,
)
from logcov.providers.gcp.remedies.all_remedies import REMEDY_FAMILY
from logcov.providers.gcp.routing.routing_rows import routing_family
from logcov.providers.gcp.stores.store_rows import (
    BIGQUERY_FAMILY,
    LOG_BUCKET_FAMILY,
    PUBSUB_FAMILY,
    STORAGE_FAMILY,
)
from logcov.providers.rows import Family, Operation

LOG_FAMILIES: tuple[Family, ...] = (
    AUDIT_FAMILY,
    NEW_PROJECT_FAMILY,
    ANY_FAMILY,
    ACCESS_TRANSPARENCY_FAMILY,
    VPC_FLOW_FAMILY,
    FIREWALL_FAMILY,
    NAT_FAMILY,
    GKE_FAMILY,
    SQL_FAMILY,
    DNS_FAMILY,
    LOAD_BALANCER_FAMILY,
    IDS_FAMILY,
)
"""Families of log sources whose records are log entries, which sinks route."""

FAMILIES: tuple[Family, ...] = (
    *LOG_FAMILIES,
    ASSET_FAMILY,
    routing_family(tuple(row.id for family in LOG_FAMILIES for row in family.sources)),
    LOG_BUCKET_FAMILY,
    STORAGE_FAMILY,
    STORAGE_USAGE_FAMILY,
    SQL_SERVER_FAMILY,
    PUBSUB_FAMILY,
    BIGQUERY_FAMILY,
    detective_family(
        tuple(row.id for family in LOG_FAMILIES for row in family.sources if watched(row) != row)
    ),
    REMEDY_FAMILY,
)

SOURCES = tuple(watched(row) for family in FAMILIES for row in family.sources)
HOP_KINDS = tuple(row for family in FAMILIES for row in family.hop_kinds)
DESTINATION_KINDS = tuple(row for family in FAMILIES for row in family.destination_kinds)
OBSERVERS = tuple(row for family in FAMILIES for row in family.observers)
READERS = tuple(row for family in FAMILIES for row in family.readers)
REMEDIES = tuple(row for family in FAMILIES for row in family.remedies)

READ_OPERATIONS: Mapping[str, tuple[Operation, ...]] = {
    "direct": (),
    "asset-inventory": ASSET_OPERATIONS,
    "auto": ASSET_OPERATIONS,
}
"""`read` of a target → what is called besides."""

SESSION_OPERATIONS: tuple[Operation, ...] = operations(
    ORGANIZATIONS_GET,
    FOLDERS_GET,
    FOLDERS_LIST,
    PROJECTS_GET,
    PROJECTS_LIST,
    BILLING_ACCOUNTS_LIST,
    ORGANIZATIONS_TEST,
)
"""What `GcpSession.scopes` calls."""
