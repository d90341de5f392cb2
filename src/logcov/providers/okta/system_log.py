"""The System Log itself: always on, without a switch or a filter, kept for 90 days by Okta.

Both are known without a call (help.okta.com, "System Log": 90 days, the same on Classic and Identity Engine).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from logcov.inventory import Destination, Emitter, Fact, Keep, Listing, Route, Scope

SOURCE = "okta.system_log"
RETENTION = "okta.retention"
STORE = "okta.system_log_store"
STORE_PREFIX = "okta:system-log/"
RETENTION_DAYS = 90


def observe_system_log(place: Any, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - the shape of observers
    """Yields the org's emitter and the route into Okta's own store. Makes no call."""
    yield Emitter(source=SOURCE, scope=scope.id)
    store = STORE_PREFIX + scope.id.removeprefix("okta:orgs/")
    yield Route(
        id=f"{scope.id}/system-log",
        kind=RETENTION,
        setting=store,
        effect="carry",
        origin=scope.id,
        sources=(SOURCE,),
        to=store,
    )
    yield Listing(kind=RETENTION, at=scope.id)


def read_system_log_store(session: Any, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:  # noqa: ARG001 - the shape of readers
    """Yields Okta's own store: 90 days, readable and searchable. How it is locked or encrypted, no API shows."""
    kept = (Keep(days=RETENTION_DAYS),)
    yield Destination(
        id=destination,
        kind=STORE,
        owner="okta:orgs/" + destination.removeprefix(STORE_PREFIX),
        retained=kept,
        online=kept,
        searchable=kept,
    )
