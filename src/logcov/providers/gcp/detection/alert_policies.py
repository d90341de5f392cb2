"""Alert policies: from counted or matching log entries to the people who are told.

Source: AlertPolicy in monitoring.v3, one list a project; MetricsScope in monitoring.v1: policies of other projects may
watch a project's metrics (https://cloud.google.com/monitoring/settings). While an incident is open, or within the
policy's rate limit, nothing is told again; nor while it is snoozed: that alone no policy shows.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Filter, Listing, Route, Unread
from logcov.providers.gcp.apis import SERVICES_GET
from logcov.providers.gcp.client import PAGE_SIZE, About, GcpSession, Listed
from logcov.providers.gcp.detection.alert_conditions import NOTHING, Parts, condition_kind, trips
from logcov.providers.gcp.fields import entry, mapping, mappings, needed_text, picked, texts
from logcov.providers.gcp.operations import Method
from logcov.providers.gcp.stores.pubsub import NOT_KEPT
from logcov.providers.gcp.unread import unread_destination
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

API = "monitoring.googleapis.com"
KIND = "gcp.alert"
METRIC_KIND = "gcp.metric"
CHANNEL = "gcp:monitoring/"

POLICIES_LIST = Method(
    operation=Operation(
        call="monitoring.alertPolicies.list",
        permission="monitoring.alertPolicies.list",
        wire="GET v3/{parent}/alertPolicies",
        why="which alerts there are, what raises them, and whom they tell",
    ),
    api="monitoring",
    version="v3",
    collection=("projects", "alertPolicies"),
    name="list",
    items="alertPolicies",
)
METRICS_SCOPES_LIST = Method(
    operation=Operation(
        call="monitoring.metricsScopes.listMetricsScopesByMonitoredProject",
        permission="resourcemanager.projects.get",
        wire="GET v1/locations/global/metricsScopes:listMetricsScopesByMonitoredProject",
        why="in which other projects alerts may watch a project's metrics",
    ),
    api="monitoring",
    version="v1",
    collection=("locations", "global", "metricsScopes"),
    name="listMetricsScopesByMonitoredProject",
)

_METRIC = re.compile(r"gcp:metric/(?P<project>projects/[^/]+)/(?P<name>.+)")
_CHANNEL = re.compile(r"projects/(?P<project>[^/]+)/notificationChannels/(?P<id>[^/]+)")
_SCOPE = re.compile(r"locations/global/metricsScopes/(?P<project>[^/]+)")
_DECIDING = (
    "name",
    "enabled",
    "validity",
    "combiner",
    "conditions",
    "notificationChannels",
    "alertStrategy",
)
_KNOWN = frozenset(
    {*_DECIDING, "displayName", "documentation", "userLabels", "creationRecord", "mutationRecord", "severity"}
)


def policies_of(session: GcpSession, project: str) -> Listed:
    """The alert policies of a project (`projects/acme-prod`, or by number), asked once.

    Those of another form are left out, and then the list is not complete. There are none where Cloud Monitoring is
    switched off, if Service Usage agrees.
    """
    told = session.assets.alert_policies(project) if session.assets is not None else None
    if told is not None:
        return _formed(told)
    return session.once.get(("alert policies", project), lambda: _policies(session, project))


def _policies(session: GcpSession, project: str) -> Listed:
    listed = session.list_all(POLICIES_LIST, f"gcp:{project}", name=project, pageSize=PAGE_SIZE)
    if listed.failure is not None and listed.failure.kind == "api-disabled":
        return _switched_off(session, project, listed)
    return _formed(listed)


def _formed(listed: Listed) -> Listed:
    """The policies of the documented form; a failure if there are others."""
    found, failure = [], listed.failure
    for item in listed.items:
        try:
            policy = entry(item, "alertPolicies")
            needed_text(policy, "name")
            mappings(policy, "conditions")
        except MalformedAnswerError as error:
            failure = failure or _odd(POLICIES_LIST, str(error))
        else:
            found.append(policy)
    return Listed(tuple(found), listed.readings, failure)


def _switched_off(session: GcpSession, project: str, listed: Listed) -> Listed:
    """No policies if the project's API is off; what cannot be confirmed stays a list that failed."""
    name = f"{project}/services/{API}"
    try:
        answer = session.once.get(
            ("service", project, API),
            lambda: session.get(SERVICES_GET, f"gcp:{project}", subject=API, name=name),
        )
    except ReadFailure:
        return listed
    return Listed((), (answer.reading,)) if answer.body.get("state") == "DISABLED" else listed


def _odd(method: Method, detail: str) -> ReadFailure:
    return ReadFailure(call=method.operation.call, kind="unparseable", detail=detail)


def holds(policy: Mapping[str, Any], *kinds: str) -> bool:
    """Whether a policy has a condition of one of these kinds, or one that this version does not know (`""`)."""
    return any(condition_kind(each) in kinds for each in mappings(policy, "conditions"))


# --- metrics ----------------------------------------------------------------------------------------------


def read_metric(session: GcpSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A log-based metric, and routes to whom the alerts tell that watch it: those of its project and of all others."""
    found = _METRIC.fullmatch(destination)
    if found is None:
        odd = session.about(POLICIES_LIST, destination).odd("name", "this is no metric's name")
        yield unread_destination(destination, METRIC_KIND, odd, end=False)
        return
    project, name = found["project"], found["name"]
    yield Destination(
        id=destination,
        kind=METRIC_KIND,
        end=False,
        owner=session.owner(project),
        retained=NOT_KEPT,
        online=NOT_KEPT,
        searchable=NOT_KEPT,
    )
    of_bucket = any(route.origin.startswith("gcp:logging/") for route in routes)
    watching, failure = _watching(session, project)
    readings: list[str] = []
    for each in watching:
        listed = policies_of(session, each)
        readings += listed.readings
        failure = failure or listed.failure
        for policy in listed.items:
            parts = trips(policy, name, of_bucket=of_bucket)
            if parts is not None:
                yield from told_by(session, destination, each, policy, parts, listed.readings)
    if failure is not None:
        session.ledger.blind(failure, destination, hides=(KIND,))
        return
    yield Listing(kind=KIND, at=destination, readings=tuple(readings))


def _watching(session: GcpSession, project: str) -> tuple[Sequence[str], ReadFailure | None]:
    """The projects whose alerts may watch the metrics of this one, itself first; and why there may be more."""
    try:
        return session.once.get(("metrics scopes", project), lambda: _scoping(session, project))
    except ReadFailure as failure:
        return (project,), failure


def _scoping(session: GcpSession, project: str) -> tuple[Sequence[str], ReadFailure | None]:
    answer = session.get(METRICS_SCOPES_LIST, f"gcp:{project}", monitoredResourceContainer=project)
    try:
        found = [
            _SCOPE.fullmatch(needed_text(each, "name")) for each in mappings(answer.body, "metricsScopes")
        ]
    except MalformedAnswerError as error:
        return (project,), _odd(METRICS_SCOPES_LIST, str(error))
    # The project's own comes first, maybe by a number that nothing told so far.
    others = [
        session.projects.get(each["project"], each["project"]) for each in found[1:] if each is not None
    ]
    watching = tuple(dict.fromkeys((project, *(f"projects/{name}" for name in others))))
    if not found or None in found:
        return watching, _odd(
            METRICS_SCOPES_LIST, "metricsScopes lacks the project's own, or holds something else"
        )
    return watching, None


# --- whom a policy tells ----------------------------------------------------------------------------------


def told_by(
    session: GcpSession,
    origin: str,
    project: str,
    policy: Mapping[str, Any],
    parts: Parts,
    readings: tuple[str, ...],
) -> Iterator[Fact]:
    """A route to each channel of a policy for each part of the entries that raise it.

    Args:
        session: to look up the ids of channels' projects with.
        origin: what the policy looks at.
        project: whose policy it is.
        policy: as the API tells it, with a name.
        parts: what raises it.
        readings: of the list that told it.
    """
    name = policy["name"].rpartition("/")[2]
    about = session.about(POLICIES_LIST, f"gcp:{project}", f"alert policy {name}")
    setting = f"gcp:alertPolicies/{project}/{name}"
    try:
        channels: Sequence[str | Unread] = list(dict.fromkeys(texts(policy, "notificationChannels")))
    except MalformedAnswerError as error:
        channels = [about.odd("notificationChannels", str(error))]
    enabled = _enabled(policy, about)
    for number, part in enumerate(parts or (NOTHING,)):
        passes: str | Unread | None = None
        if isinstance(part, Filter):
            yield part
            passes = part.id
        elif isinstance(part, str):
            passes = about.unseen(f"condition {origin}", part)
        for channel in channels:
            shown = channel if isinstance(channel, str) else "?"
            yield Route(
                id=f"{setting}@{origin}>{shown}" + (f"#{number + 1}" if number else ""),
                kind=KIND,
                setting=setting,
                effect="carry",
                origin=origin,
                enabled=enabled,
                filter=passes,
                to=_channel(session, channel, about) if isinstance(channel, str) else channel,
                readings=readings,
                raw=picked(policy, *_DECIDING),
            )


def _channel(session: GcpSession, name: str, about: About) -> str | Unread:
    found = _CHANNEL.fullmatch(name)
    if found is None:
        return about.odd("notificationChannels", f"{name[:100]!r} is no notification channel")
    try:
        return f"{CHANNEL}projects/{session.project_id(found['project'])}/channels/{found['id']}"
    except ReadFailure as failure:
        return about.failed(failure)


def _enabled(policy: Mapping[str, Any], about: About) -> bool | Unread:
    """Whether the policy tells of incidents as they open. The API always says whether it is enabled."""
    enabled = policy.get("enabled")
    if not isinstance(enabled, bool):
        return about.odd("enabled", "enabled is neither true nor false")
    if enabled is False or policy.get("validity"):
        # "An invalid alerting policy will not generate incidents."
        return False
    try:
        prompts = texts(mapping(policy, "alertStrategy"), "notificationPrompts")
    except MalformedAnswerError as error:
        return about.odd("alertStrategy", str(error))
    if prompts and "OPENED" not in prompts:
        return about.unseen("alertStrategy", f"the policy tells only of incidents that are {prompts}")
    strangers = sorted(name for name, value in policy.items() if name not in _KNOWN and value)
    if strangers:
        return about.unseen(
            "unknown fields", f"this version does not know {', '.join(strangers)} of an alert policy"
        )
    return True
