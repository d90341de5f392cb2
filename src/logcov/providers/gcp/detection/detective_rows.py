"""Detective controls in the catalogue: what counts log entries, raises alerts, and tells people."""

from dataclasses import replace

from logcov.inventory import DestinationKind, HopKind, LogSource
from logcov.providers.gcp.apis import SERVICES_GET
from logcov.providers.gcp.detection import alert_policies, log_alerts, log_metrics, notification_channels
from logcov.providers.gcp.operations import (
    ABOVE,
    KEYS_GET,
    SINKS_LIST,
    SUBSCRIPTIONS_GET,
    TOPIC_SUBSCRIPTIONS_LIST,
    TOPICS_GET,
    TOPICS_POLICY,
    operations,
)
from logcov.providers.gcp.routing import routers, sinks
from logcov.providers.gcp.routing.routing_rows import WATCHED
from logcov.providers.gcp.stores import log_buckets
from logcov.providers.rows import Family, ObserverRow, ReaderRow

_POLICIES = operations(alert_policies.POLICIES_LIST, SERVICES_GET)


def watched(source: LogSource) -> LogSource:
    """The log source; if its records are log entries that projects write, with the need for what watches those."""
    if sinks.KIND not in source.needs or "gcp.project" not in source.scope_kinds:
        return source
    return replace(source, needs=(*source.needs, *WATCHED))


def detective_family(sources: tuple[str, ...]) -> Family:
    """The rows, for all log sources whose records are log entries of projects."""
    return Family(
        hop_kinds=(
            HopKind(
                id=log_metrics.KIND,
                title="Log-based metric of a project, or of a log bucket",
                effects=("carry",),
                origins=("gcp.project", routers.KIND, log_buckets.KIND),
                leads_to=("gcp:metric/*",),
                intercepted_by=(sinks.KIND,),
            ),
            HopKind(
                id=log_alerts.KIND,
                title="What alerts on log entries look at",
                effects=("carry",),
                origins=("gcp.project", routers.KIND),
                leads_to=("gcp:log-match/*",),
                intercepted_by=(sinks.KIND,),
            ),
            HopKind(
                id=alert_policies.KIND,
                title="Alert policy, and whom it tells",
                effects=("carry",),
                origins=(alert_policies.METRIC_KIND, log_alerts.MATCHING_KIND, log_buckets.KIND),
                leads_to=("gcp:monitoring/*",),
            ),
        ),
        destination_kinds=(
            DestinationKind(
                id=alert_policies.METRIC_KIND,
                title="A log-based metric that entries are counted in",
                pattern="gcp:metric/*",
                onward=(alert_policies.KIND,),
                keeps=False,
            ),
            DestinationKind(
                id=log_alerts.MATCHING_KIND,
                title="What a project's alerts on log entries look at",
                pattern="gcp:log-match/*",
                onward=(alert_policies.KIND,),
                keeps=False,
            ),
            DestinationKind(
                id=notification_channels.KIND,
                title="A notification channel of Cloud Monitoring",
                pattern="gcp:monitoring/*",
                hears=True,
                keeps=False,
            ),
        ),
        observers=(
            ObserverRow(
                name="gcp.log_metrics",
                provider="gcp",
                scope_kinds=("gcp.project",),
                observe=log_metrics.observe_metrics,
                listings=(log_metrics.KIND,),
                sources=sources,
                operations=operations(log_metrics.METRICS_LIST, SINKS_LIST),
            ),
            ObserverRow(
                name="gcp.log_alerts",
                provider="gcp",
                scope_kinds=("gcp.project",),
                observe=log_alerts.observe_log_alerts,
                listings=(log_alerts.KIND,),
                sources=sources,
                operations=(*_POLICIES, *operations(SINKS_LIST)),
            ),
        ),
        readers=(
            ReaderRow(
                name="gcp.metric",
                provider="gcp",
                pattern="gcp:metric/*",
                read=alert_policies.read_metric,
                operations=(*_POLICIES, *operations(alert_policies.METRICS_SCOPES_LIST)),
                listings=(alert_policies.KIND,),
            ),
            ReaderRow(
                name="gcp.log_matching",
                provider="gcp",
                pattern="gcp:log-match/*",
                read=log_alerts.read_log_matching,
                operations=_POLICIES,
                listings=(alert_policies.KIND,),
            ),
            ReaderRow(
                name="gcp.notification",
                provider="gcp",
                pattern="gcp:monitoring/*",
                read=notification_channels.read_channel,
                operations=operations(
                    notification_channels.CHANNELS_LIST,
                    TOPICS_GET,
                    TOPICS_POLICY,
                    TOPIC_SUBSCRIPTIONS_LIST,
                    SUBSCRIPTIONS_GET,
                    KEYS_GET,
                    *ABOVE,
                ),
            ),
        ),
    )
