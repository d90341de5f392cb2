"""The rows of the log router: sinks, and projects that route on. Every log source of Google Cloud needs them."""

from logcov.inventory import DestinationKind, HopKind
from logcov.providers.gcp.apis import SERVICES_GET
from logcov.providers.gcp.detection import log_alerts, log_metrics
from logcov.providers.gcp.detection.alert_policies import POLICIES_LIST
from logcov.providers.gcp.detection.log_metrics import METRICS_LIST
from logcov.providers.gcp.log_entries import SCOPE_KINDS
from logcov.providers.gcp.operations import ABOVE, PROJECTS_GET, SINKS_LIST, operations
from logcov.providers.gcp.routing import routers, sinks
from logcov.providers.gcp.routing.routers import read_router
from logcov.providers.gcp.routing.sinks import observe_sinks
from logcov.providers.rows import Family, ObserverRow, ReaderRow

WATCHED = (log_metrics.KIND, log_alerts.KIND)
"""What a project makes of entries that are routed to it, besides routing them on."""


def routing_family(sources: tuple[str, ...]) -> Family:
    """The rows, for all log sources whose records are log entries."""
    return Family(
        hop_kinds=(
            HopKind(
                id=sinks.KIND,
                title="A sink of Cloud Logging",
                effects=("carry",),
                origins=(*SCOPE_KINDS, routers.KIND),
                descends=True,
                leads_to=(
                    "gcp:logging/*",
                    "gcp:storage/*",
                    "gcp:pubsub/*",
                    "gcp:bigquery/*",
                    "gcp:router/*",
                ),
                intercepts=True,
                sources=(*sources, "workspace.activity"),
            ),
        ),
        destination_kinds=(
            DestinationKind(
                id=routers.KIND,
                title="A project that routes on",
                pattern="gcp:router/*",
                onward=(sinks.KIND, *WATCHED),
            ),
        ),
        observers=(
            ObserverRow(
                name="gcp.sinks",
                provider="gcp",
                scope_kinds=SCOPE_KINDS,
                observe=observe_sinks,
                listings=(sinks.KIND,),
                sources=(*sources, "workspace.activity"),
                operations=operations(SINKS_LIST, PROJECTS_GET),
            ),
        ),
        readers=(
            ReaderRow(
                name="gcp.routers",
                provider="gcp",
                pattern="gcp:router/*",
                read=read_router,
                operations=operations(SINKS_LIST, METRICS_LIST, POLICIES_LIST, SERVICES_GET, *ABOVE),
                listings=(sinks.KIND, *WATCHED),
            ),
        ),
    )
