"""Log-based metrics: from an entry that fits a filter to a number that alerts may watch.

Source: LogMetric in logging.v2; https://cloud.google.com/logging/docs/logs-based-metrics ("calculated from all logs
received by the Logging API for the project, regardless of any inclusion filters or exclusion filters", and from those
that are routed to the project); /bucket-lbm (metrics of a log bucket count what is routed to it); and
https://cloud.google.com/logging/docs/export/aggregated_sinks: what is intercepted does not count in projects below,
"unless the logs also match the _Required sink". One list a project is the least that the API allows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Exclusion, Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.gcp.client import PAGE_SIZE, About, GcpPlace, GcpSession, Listed
from logcov.providers.gcp.detection.interception import REQUIRED_ONLY, REQUIRED_SOURCES, may_be_intercepted
from logcov.providers.gcp.fields import entry, first_moment, flag, mapping, needed_text, picked, text
from logcov.providers.gcp.filters import filter_of
from logcov.providers.gcp.operations import Method
from logcov.providers.gcp.scopes import not_in_use
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

KIND = "gcp.log_metric"
METRIC = "gcp:metric/"

METRICS_LIST = Method(
    operation=Operation(
        call="logging.logMetrics.list",
        permission="logging.logMetrics.list",
        wire="GET v2/{parent}/metrics",
        why="which log entries are counted in a metric",
    ),
    api="logging",
    version="v2",
    collection=("projects", "metrics"),
    name="list",
    items="metrics",
)

_DECIDING = (
    "name",
    "filter",
    "bucketName",
    "disabled",
    "valueExtractor",
    "metricDescriptor",
    "labelExtractors",
)
_KNOWN = frozenset(
    {*_DECIDING, "description", "resourceName", "bucketOptions", "createTime", "updateTime", "version"}
)


def metrics_of(session: GcpSession, project: str) -> Listed:
    """The log-based metrics of a project (`projects/acme-prod`), asked once."""
    told = session.assets.metrics(project) if session.assets is not None else None
    if told is not None:
        return told
    return session.once.get(
        ("metrics", project),
        lambda: session.list_all(METRICS_LIST, f"gcp:{project}", parent=project, pageSize=PAGE_SIZE),
    )


def observe_metrics(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """What a project counts of the entries that it receives.

    Raises:
        ReadFailure: not all metrics could be read.
    """
    if not_in_use(scope):
        return
    found, failure, readings = _counting(place.session, place.container, scope.id, bucket="")
    doubted = may_be_intercepted(place.session, scope.id)
    for told, route in found:
        yield from (fact for fact in (told, route) if fact is not None)
        if doubted is not None:
            yield from _kept_from_interception(route, told, doubted)
    if failure is not None:
        raise failure
    yield Listing(kind=KIND, at=scope.id, readings=readings)


def onward_metrics(session: GcpSession, project: str, origin: str, *, bucket: str = "") -> Iterator[Fact]:
    """What a project counts of the entries that come to a destination: itself, or a log bucket of its own.

    `bucket`: the log bucket's name, `projects/p/locations/l/buckets/b`. What could not be read hides the listing.
    """
    found, failure, readings = _counting(session, project, origin, bucket=bucket)
    for told, route in found:
        yield from (fact for fact in (told, route) if fact is not None)
    if failure is not None:
        session.ledger.blind(failure, origin, hides=(KIND,))
        return
    yield Listing(kind=KIND, at=origin, readings=readings)


Counting = tuple[Filter | None, Route]


def _counting(
    session: GcpSession, project: str, origin: str, *, bucket: str
) -> tuple[list[Counting], ReadFailure | None, tuple[str, ...]]:
    """The metrics of the project itself, or of one of its buckets, and why there may be more."""
    listed = metrics_of(session, project)
    found: list[Counting] = []
    failure = listed.failure
    for item in listed.items:
        try:
            body = entry(item, "metrics")
            name = needed_text(body, "name")
            if _bucket(session, text(body, "bucketName")) != bucket:
                continue
        except MalformedAnswerError as error:
            failure = failure or _odd(str(error))
        except ReadFailure as error:
            failure = failure or error
        else:
            found.append(_counted(session, project, origin, name, body, listed.readings))
    return found, failure, listed.readings


def _odd(detail: str) -> ReadFailure:
    return ReadFailure(call=METRICS_LIST.operation.call, kind="unparseable", detail=detail)


def _bucket(session: GcpSession, name: str) -> str:
    """The log bucket of a metric, its project named by id; empty for a metric of the project itself.

    Raises:
        ReadFailure: its project is not known by id.
    """
    if not name:
        return ""
    kind, _, rest = name.partition("/")
    project, _, path = rest.partition("/")
    if kind != "projects" or not path:
        raise _odd("bucketName is no log bucket of a project")
    return f"projects/{session.project_id(project)}/{path}"


def _counted(
    session: GcpSession,
    project: str,
    origin: str,
    name: str,
    body: Mapping[str, Any],
    readings: tuple[str, ...],
) -> Counting:
    about = session.about(METRICS_LIST, f"gcp:{project}", f"metric {name}")
    setting = f"gcp:metrics/{project}/{name}"
    told = _filter(body, about)
    route = Route(
        id=setting if origin == f"gcp:{project}" else f"{setting}@{origin}",
        kind=KIND,
        setting=setting,
        effect="carry",
        origin=origin,
        enabled=_enabled(body, about),
        filter=told.id if isinstance(told, Filter) else told,
        to=f"{METRIC}{project}/{name}",
        since=first_moment(body, "updateTime", "createTime"),
        readings=readings,
        raw=picked(body, *_DECIDING),
    )
    return (told if isinstance(told, Filter) else None), route


def _enabled(body: Mapping[str, Any], about: About) -> bool | Unread:
    disabled = flag(body, "disabled", about)
    if disabled is True:
        return False
    strangers = sorted(name for name, value in body.items() if name not in _KNOWN and value)
    if strangers:
        return about.unseen(
            "unknown fields", f"this version does not know {', '.join(strangers)} of a log-based metric"
        )
    return disabled if isinstance(disabled, Unread) else True


def _filter(body: Mapping[str, Any], about: About) -> Filter | Unread:
    """Which entries add one to the metric."""
    try:
        words = needed_text(body, "filter")
        extracted = text(body, "valueExtractor")
        described = mapping(body, "metricDescriptor")
        value, kind = text(described, "valueType") or "INT64", text(described, "metricKind") or "DELTA"
    except MalformedAnswerError as error:
        return about.odd("filter", str(error))
    if extracted or (value, kind) != ("INT64", "DELTA"):
        return about.unseen("value", "a metric that does more than count entries is not followed")
    return filter_of("gcp.logging", words)


def _kept_from_interception(route: Route, told: Filter | None, doubt: Unread) -> Iterator[Fact]:
    """The same for entries that `_Required` takes, in doubt: they may count although a sink above intercepts them."""
    if told is None or route.enabled is False:
        return
    narrowed = filter_of(told.dialect, told.text, (Exclusion(name="all else", text=REQUIRED_ONLY),))
    yield narrowed
    yield replace(
        route,
        id=f"{route.id}#intercepted",
        sources=REQUIRED_SOURCES,
        filter=narrowed.id,
        immune=True,
        enabled=doubt,
    )
