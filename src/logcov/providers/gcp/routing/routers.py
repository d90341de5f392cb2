"""A project as the destination of a sink: its own sinks route the entries on, once, and its metrics count them.

Source: cloud.google.com/logging/docs/routing/overview and LogSink in logging.v2.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Listing, Route, Unread
from logcov.providers.gcp.client import About, GcpSession
from logcov.providers.gcp.detection.log_alerts import onward_log_alerts
from logcov.providers.gcp.detection.log_metrics import onward_metrics
from logcov.providers.gcp.fields import picked
from logcov.providers.gcp.operations import PROJECTS_GET
from logcov.providers.gcp.roles import LOG_ENTRIES
from logcov.providers.gcp.routing.destinations import parts_of
from logcov.providers.gcp.routing.sinks import KIND as SINK
from logcov.providers.gcp.routing.sinks import onward_sinks
from logcov.providers.gcp.stores.admissions import admit
from logcov.providers.gcp.stores.pubsub import NOT_KEPT
from logcov.providers.gcp.unread import unread_destination

KIND = "gcp.router"


def read_router(session: GcpSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """The project, whether each writer may route entries to it, and its sinks as they act on those."""
    about = session.about(PROJECTS_GET, destination)
    parts = parts_of("router", destination)
    if parts is None:
        yield unread_destination(destination, KIND, about.odd("name", "this is no project's name"), end=False)
        return
    owner = session.owner(parts.container)
    try:
        answer = session.container(parts.container)
    except ReadFailure as failure:
        # Resource Manager says "denied" of projects that do not exist, too.
        yield unread_destination(destination, KIND, about.failed(failure), end=False, owner=owner)
    else:
        usable, because = _usable(answer.body, about)
        yield Destination(
            id=destination,
            kind=KIND,
            end=False,
            owner=owner,
            usable=usable,
            unusable_because=because,
            retained=NOT_KEPT,
            online=NOT_KEPT,
            searchable=NOT_KEPT,
            readings=(answer.reading,),
            raw=picked(answer.body, "name", "projectId", "state", "parent"),
        )
    yield from admit(session, destination, routes, LOG_ENTRIES, container=parts.container)
    yield from _onward(session, destination, parts.container)
    yield from onward_metrics(session, parts.container, destination)
    yield from onward_log_alerts(session, parts.container, destination)


def _usable(body: Mapping[str, Any], about: About) -> tuple[bool | Unread, str]:
    state = body.get("state")
    if state == "ACTIVE":
        return True, ""
    if state == "DELETE_REQUESTED":
        return False, "the project is about to be deleted"
    return about.odd("state", f"the project's state is {state!r}"), ""


def _onward(session: GcpSession, destination: str, container: str) -> Iterator[Fact]:
    found, failure = onward_sinks(session, container, destination)
    for sink in found:
        if sink.filter is not None:
            yield sink.filter
        yield sink.route
    if failure is not None:
        session.ledger.blind(failure, destination, hides=(SINK,))
        return
    yield Listing(kind=SINK, at=destination, readings=session.sinks(container).readings)
