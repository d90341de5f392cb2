"""Everything that logcov knows of Google Cloud: one line per family of log sources or destinations."""

from logcov.providers.gcp.logs.access_transparency import ACCESS_TRANSPARENCY_FAMILY
from logcov.providers.gcp.logs.any_entries import ANY_FAMILY
from logcov.providers.gcp.logs.audit_rows import AUDIT_FAMILY
from logcov.providers.gcp.logs.gke_rows import GKE_FAMILY
from logcov.providers.gcp.logs.nat import NAT_FAMILY
from logcov.providers.gcp.logs.new_projects import NEW_PROJECT_FAMILY
from logcov.providers.gcp.operations import (
    FOLDERS_GET,
    FOLDERS_LIST,
    ORGANIZATIONS_GET,
    PROJECTS_GET,
    PROJECTS_LIST,
    operations,
)
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
    NAT_FAMILY,
    GKE_FAMILY,
)
"""Families of log sources whose records are log entries, which sinks route."""

FAMILIES: tuple[Family, ...] = (
    *LOG_FAMILIES,
    routing_family(tuple(row.id for family in LOG_FAMILIES for row in family.sources)),
    LOG_BUCKET_FAMILY,
    STORAGE_FAMILY,
    PUBSUB_FAMILY,
    BIGQUERY_FAMILY,
)

SOURCES = tuple(row for family in FAMILIES for row in family.sources)
HOP_KINDS = tuple(row for family in FAMILIES for row in family.hop_kinds)
DESTINATION_KINDS = tuple(row for family in FAMILIES for row in family.destination_kinds)
OBSERVERS = tuple(row for family in FAMILIES for row in family.observers)
READERS = tuple(row for family in FAMILIES for row in family.readers)
REMEDIES = tuple(row for family in FAMILIES for row in family.remedies)

SESSION_OPERATIONS: tuple[Operation, ...] = operations(
    ORGANIZATIONS_GET, FOLDERS_GET, FOLDERS_LIST, PROJECTS_GET, PROJECTS_LIST
)
"""What `GcpSession.scopes` calls."""
