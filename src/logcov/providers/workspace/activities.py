"""The logs of Workspace: always on, one emitter per application, kept for about 180 days by Google.

Administrators can neither delete log data nor change how long it is kept
(support.google.com/a/answer/7061566); the Reports API looks back 180 days at most.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Activity, Destination, Emitter, Fact, Keep, Listing, Route, Scope
from logcov.providers.moments import moment
from logcov.providers.workspace.applications import (
    LIST_ACTIVITIES,
    applications,
    entry_of,
    identity_of,
    newest,
)
from logcov.providers.workspace.client import MY_CUSTOMER, WorkspacePlace

SOURCE = "workspace.activity"
RETENTION = "workspace.retention"
STORE = "workspace.reports"
STORE_PREFIX = "workspace:reports/"
RETENTION_DAYS = 180

ACTIVITY_CALLS = (LIST_ACTIVITIES,)

GIVE_UP = 3
"""After so many failures in a row the rest is not asked: 42 timeouts would take an hour and tell nothing new."""


def observe_applications(place: WorkspacePlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - customers have no locations
    """Yields one emitter per application, and the route into Google's own keeping. Makes no call."""
    for application in applications():
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            dimensions={"application": application},
            fields={"application": application},
        )
    yield Listing(kind=SOURCE, at=scope.id)
    store = STORE_PREFIX + place.customer
    yield Route(
        id=f"{scope.id}/reports",
        kind=RETENTION,
        setting=store,
        effect="carry",
        origin=scope.id,
        sources=(SOURCE,),
        to=store,
    )
    yield Listing(kind=RETENTION, at=scope.id)


def _activity(place: WorkspacePlace, scope: Scope, application: str) -> Activity | None:
    """The newest entry as a fact; None where the window holds none.

    Raises:
        ReadFailure: it could not be read, or the entry is odd or another customer's.
    """
    answer = newest(place.session, application, scope.id)
    entry = entry_of(answer)
    if entry is None:
        return None
    at = None if isinstance(entry, str) else moment(identity_of(entry, "time"))
    if isinstance(entry, str) or at is None:
        detail = entry if isinstance(entry, str) else "an entry without its time"
        raise ReadFailure(call=LIST_ACTIVITIES.call, kind="unparseable", detail=detail)
    customer = identity_of(entry, "customerId")
    if customer and place.customer not in {MY_CUSTOMER, customer}:
        raise ReadFailure(
            call=LIST_ACTIVITIES.call, kind="unparseable", detail="the entry belongs to another customer"
        )
    return Activity(
        source=SOURCE,
        scope=scope.id,
        dimensions={"application": application},
        at=at,
        readings=(answer.reading,),
    )


def observe_activity(place: WorkspacePlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - customers have no locations
    """Yields when the newest record of each application was written.

    Never raises `ReadFailure`: an application that cannot be asked leaves a blind spot of its own. No record is
    not "logging off": nobody acted, the entry is still on its way, or the edition does not have this log.
    """
    failures: list[ReadFailure] = []
    complete = True
    for application in applications():
        if len(failures) >= GIVE_UP:
            last = failures[-1]
            failure = ReadFailure(
                call=last.call,
                kind=last.kind,
                permission=last.permission,
                detail=f"not asked, after {GIVE_UP} failures in a row: {last.detail}",
            )
        else:
            try:
                known = _activity(place, scope, application)
            except ReadFailure as failed:
                failures.append(failed)
                failure = failed
            else:
                failures.clear()
                if known is not None:
                    yield known
                continue
        complete = False
        place.failed(failure, application, hides=("activity",))
    if complete:
        yield Listing(kind="activity", at=scope.id)


def read_reports(session: Any, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:  # noqa: ARG001 - the shape of readers
    """Yields Google's own store: 180 days, readable and searchable. How it is locked or encrypted, no API shows."""
    kept = (Keep(days=RETENTION_DAYS),)
    yield Destination(
        id=destination,
        kind=STORE,
        owner="workspace:customers/" + destination.removeprefix(STORE_PREFIX),
        retained=kept,
        online=kept,
        searchable=kept,
    )
