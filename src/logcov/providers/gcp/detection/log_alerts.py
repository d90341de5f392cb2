"""Alerts on log entries themselves: a policy's filter is held against what a project's own sinks store.

Source: AlertPolicy.Condition.conditionMatchedLog in monitoring.v3;
https://cloud.google.com/logging/docs/alerting/log-based-alerts: such alerts look at an entry "when a project-level sink
routes a log entry that originates in a project to a log bucket", and not at excluded entries. What they look at is a
destination of its own here, to which all those sinks lead. Alerts on SQL queries over a log bucket are in doubt.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from logcov.inventory import Destination, Fact, Listing, Route, Scope, Unread
from logcov.providers.gcp.client import GcpPlace, GcpSession
from logcov.providers.gcp.detection.alert_conditions import Part, condition_kind
from logcov.providers.gcp.detection.alert_policies import KIND as ALERT
from logcov.providers.gcp.detection.alert_policies import POLICIES_LIST, holds, policies_of, told_by
from logcov.providers.gcp.detection.interception import REQUIRED_SOURCES, may_be_intercepted
from logcov.providers.gcp.fields import mapping, mappings, needed_text
from logcov.providers.gcp.filters import filter_of
from logcov.providers.gcp.operations import SINKS_LIST
from logcov.providers.gcp.routing.sinks import DEFAULT, REQUIRED, SinkFacts, read_sinks
from logcov.providers.gcp.scopes import not_in_use
from logcov.providers.gcp.stores.pubsub import NOT_KEPT
from logcov.providers.google import MalformedAnswerError

KIND = "gcp.log_match"
MATCHING = "gcp:log-match/"
MATCHING_KIND = "gcp.log_matching"

_OWN = ("conditionMatchedLog", "")
_QUERY = "conditionSql"


def observe_log_alerts(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """What the alerts on log entries of a project look at; nothing where there are no such alerts.

    Raises:
        ReadFailure: not all alert policies, or not all sinks, could be read.
    """
    if not_in_use(scope):
        return
    session, container = place.session, place.container
    policies = policies_of(session, container)
    failure = policies.failure
    readings = policies.readings
    if any(holds(policy, *_OWN) for policy in policies.items):
        listed = session.sinks(container)
        sinks, unread = read_sinks(session, container, listed)
        failure = failure or unread
        readings = (*readings, *listed.readings)
        doubted = may_be_intercepted(session, scope.id)
        for sink in sinks:
            yield from _looked_at(session, container, sink, doubted)
    if failure is not None:
        raise failure
    yield Listing(kind=KIND, at=scope.id, readings=readings)


def _looked_at(
    session: GcpSession, container: str, sink: SinkFacts, doubted: Unread | None
) -> Iterator[Fact]:
    """The entries that a sink of the project stores in a log bucket."""
    stored = sink.route.to
    if isinstance(stored, str) and not stored.startswith("gcp:logging/"):
        return
    certain = (
        isinstance(stored, str)
        and stored.startswith(f"gcp:logging/{container}/")
        and stored.rpartition("/")[2] in {REQUIRED, DEFAULT}
    )
    enabled = sink.route.enabled
    if not certain and enabled is True:
        about = session.about(SINKS_LIST, f"gcp:{container}", sink.name)
        enabled = about.unseen("log bucket", "whether alerts look at entries of this log bucket is not read")
    route = replace(
        sink.route,
        id=f"{sink.route.id}#log-match",
        kind=KIND,
        enabled=enabled,
        to=f"{MATCHING}{container}",
        intercepts=False,
        immune=False,
        writer="",
    )
    if sink.filter is not None:
        yield sink.filter
    yield route
    if sink.route.immune and doubted is not None and enabled is not False:
        yield replace(
            route, id=f"{route.id}-intercepted", sources=REQUIRED_SOURCES, immune=True, enabled=doubted
        )


def onward_log_alerts(session: GcpSession, project: str, origin: str) -> Iterator[Fact]:
    """What alerts of a project may make of entries that sinks elsewhere route to it: in doubt."""
    policies = policies_of(session, project)
    if any(holds(policy, *_OWN) for policy in policies.items):
        about = session.about(POLICIES_LIST, origin)
        doubt = about.unseen(
            "routed entries", "whether alerts look at entries that come from elsewhere is not documented"
        )
        yield Route(
            id=f"{origin}#log-match",
            kind=KIND,
            setting=f"gcp:alertPolicies/{project}",
            effect="carry",
            origin=origin,
            enabled=doubt,
            to=f"{MATCHING}{project}",
            readings=policies.readings,
        )
    if policies.failure is not None:
        session.ledger.blind(policies.failure, origin, hides=(KIND,))
        return
    yield Listing(kind=KIND, at=origin, readings=policies.readings)


def read_log_matching(session: GcpSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """What the alerts on log entries of a project look at, and routes to whom they tell."""
    del routes
    project = destination.removeprefix(MATCHING)
    yield Destination(
        id=destination,
        kind=MATCHING_KIND,
        end=False,
        owner=session.owner(project),
        retained=NOT_KEPT,
        online=NOT_KEPT,
        searchable=NOT_KEPT,
    )
    yield from _alerts(session, destination, project, *_OWN)


def onward_queries(session: GcpSession, project: str, origin: str) -> Iterator[Fact]:
    """Whom alerts on SQL queries of a project tell of what is in one of its log buckets: all in doubt."""
    yield from _alerts(session, origin, project, _QUERY)


def _alerts(session: GcpSession, origin: str, project: str, *kinds: str) -> Iterator[Fact]:
    policies = policies_of(session, project)
    for policy in policies.items:
        raising = [each for each in mappings(policy, "conditions") if condition_kind(each) in kinds]
        if raising:
            parts = tuple(dict.fromkeys(_raised(each) for each in raising))
            yield from told_by(session, origin, project, policy, parts, policies.readings)
    if policies.failure is not None:
        session.ledger.blind(policies.failure, origin, hides=(ALERT,))
        return
    yield Listing(kind=ALERT, at=origin, readings=policies.readings)


def _raised(condition: Mapping[str, Any]) -> Part:
    if _QUERY in condition:
        return "what a SQL query finds, and an alert makes of it, is not followed"
    try:
        words = needed_text(mapping(condition, "conditionMatchedLog"), "filter")
    except MalformedAnswerError:
        return "this version does not know the alert's condition"
    return filter_of("gcp.logging", words)
