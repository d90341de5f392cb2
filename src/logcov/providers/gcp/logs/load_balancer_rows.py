"""Cloud Load Balancing and Cloud Armor, in the words of the catalogue."""

from logcov.inventory import Field, HopKind, LogSource
from logcov.providers.gcp import apis
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, entry_field
from logcov.providers.gcp.logs.load_balancer_logs import ARMOR, FLOW, LOGS, REQUEST
from logcov.providers.gcp.logs.load_balancers import (
    BUCKETS_LIST,
    KIND,
    LISTINGS,
    SERVICES_LIST,
    SOURCES,
    observe_load_balancers,
)
from logcov.providers.gcp.operations import operations
from logcov.providers.rows import Family, ObserverRow


def _entry(source: str) -> tuple[Field, ...]:
    """The fields of every entry, with the resource types that entries of the source can have."""
    logs = {log for by_protocol in LOGS.values() for log in by_protocol.values() if log.source == source}
    types = sorted({log.resource_type for log in logs})
    known = Field(
        name="resource.type", kind="finite", values=tuple(types), optional=False, case="insensitive"
    )
    # Where the type of one log is not documented, it may be any.
    return (
        ENTRY_FIELDS
        if "" in types
        else tuple(known if field.name == known.name else field for field in ENTRY_FIELDS)
    )


_REQUEST_FIELDS = (
    *_entry(REQUEST),
    entry_field("httpRequest.remoteIp", "source_ip"),
    entry_field("httpRequest.requestMethod"),
    entry_field("httpRequest.requestUrl", "url"),
    Field(name="httpRequest.status", aliases=("status",), kind="number"),
    entry_field("httpRequest.userAgent", "user_agent"),
    entry_field("jsonPayload.statusDetails"),
    entry_field("jsonPayload.connection.clientIp"),
    entry_field("jsonPayload.enforcedSecurityPolicy.name"),
    entry_field("jsonPayload.enforcedSecurityPolicy.outcome"),
    entry_field("jsonPayload.enforcedEdgeSecurityPolicy.name"),
    entry_field("jsonPayload.enforcedEdgeSecurityPolicy.outcome"),
)
_ELSEWHERE = (
    "Requests that come through a load balancer of another project are logged in that project; what becomes of those "
    "entries is not followed."
)

LOAD_BALANCER_FAMILY = Family(
    sources=(
        LogSource(
            id=REQUEST,
            title="Requests and connections that load balancers handle",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=_REQUEST_FIELDS,
            needs=(KIND, "gcp.sink"),
            emitters=REQUEST,
            limits=(_ELSEWHERE, "Requests that reach no backend service or bucket are not looked for."),
            documentation="https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring",
        ),
        LogSource(
            id=FLOW,
            title="Connections through passthrough load balancers",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(
                *_entry(FLOW),
                entry_field("jsonPayload.connection.clientIp", "source_ip"),
                entry_field("jsonPayload.connection.serverIp", "destination_ip"),
            ),
            needs=(KIND, "gcp.sink"),
            emitters=FLOW,
            limits=(
                "Google samples packets before it makes entries of them: short connections may be missing.",
                "Load balancers with target pools instead of backend services have no logs, and are not looked for.",
            ),
            documentation="https://cloud.google.com/load-balancing/docs/network/networklb-monitoring",
        ),
        LogSource(
            id=ARMOR,
            title="What Cloud Armor decides about requests",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=_REQUEST_FIELDS,
            needs=(KIND, "gcp.sink"),
            emitters=ARMOR,
            limits=(
                _ELSEWHERE,
                "Security policies of an organization or folder, and network edge policies, are not looked for.",
            ),
            documentation="https://cloud.google.com/armor/docs/request-logging",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=KIND,
            title="The logging of a backend service or backend bucket",
            effects=("generate",),
            origins=("gcp.project",),
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.load_balancers",
            provider="gcp",
            scope_kinds=("gcp.project",),
            observe=apis.where_on(
                observe_load_balancers,
                api="compute.googleapis.com",
                title="Compute Engine API",
                sources=SOURCES,
                listings=LISTINGS,
            ),
            listings=LISTINGS,
            sources=SOURCES,
            operations=(*operations(SERVICES_LIST, BUCKETS_LIST), *apis.OPERATIONS),
        ),
    ),
)
