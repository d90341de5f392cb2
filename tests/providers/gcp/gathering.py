"""Runs the rows of Google Cloud over a session, as `collect` does, one call after the other."""

from collections.abc import Callable, Iterator
from typing import Any

from logcov.config import GcpTarget
from logcov.errors import ReadFailure
from logcov.inventory import Fact, Ledger, Route, Scope
from logcov.providers.calls import Patience
from logcov.providers.gcp.client import GcpSession
from logcov.providers.gcp.rows import OBSERVERS, READERS

AUDIT_ROWS = ("gcp.audit_logs", "gcp.audit_configs", "gcp.sinks")
"""Observers whose calls the pretend company of `acme.py` answers."""

ORG_NUMBER = "123456789012"


def session_on(endpoint: str, *, attempts: int = 1, timeout: float = 10.0, **target: Any) -> GcpSession:
    """A session on a server at loopback; of the whole organisation unless the target says otherwise."""
    if not {"organization", "folder", "projects"} & set(target):
        target["organization"] = ORG_NUMBER
    return GcpSession(
        GcpTarget(endpoint=endpoint, **target),
        Ledger(),
        Patience(attempts=attempts, budget=5.0),
        timeout=timeout,
    )


def observed(
    session: GcpSession, observe: Callable[..., Iterator[Fact]], scope: Scope, hides: tuple[str, ...] = ()
) -> list[Fact]:
    """What an observer yields at a scope; a failed read becomes a blind spot."""
    found: list[Fact] = []
    try:
        for fact in observe(session.at(scope, None), scope, None):
            found.append(fact)  # noqa: PERF402
    except ReadFailure as failure:
        session.ledger.blind(failure, scope.id, hides=hides)
    return found


def gather(session: GcpSession, *names: str) -> list[Fact]:
    """Every fact: scopes, the named observers (the audit logs' and sinks', if none is named), destinations, onward."""
    facts = list(session.scopes())
    for scope in [fact for fact in facts if isinstance(fact, Scope)]:
        for row in OBSERVERS:
            if row.name in (names or AUDIT_ROWS) and scope.kind in row.scope_kinds:
                facts += observed(session, row.observe, scope, row.listings)
    read: dict[str, set[str]] = {}
    latest: dict[str, list[Fact]] = {}
    while True:
        leading: dict[str, list[Route]] = {}
        for fact in [*facts, *(fact for found in latest.values() for fact in found)]:
            if isinstance(fact, Route) and isinstance(fact.to, str):
                leading.setdefault(fact.to, []).append(fact)
        fresh = [
            to for to, routes in sorted(leading.items()) if {route.id for route in routes} != read.get(to)
        ]
        if not fresh:
            return [*facts, *(fact for found in latest.values() for fact in found)]
        for destination in fresh:
            routes = leading[destination]
            read[destination] = {route.id for route in routes}
            for row in READERS:
                if destination.startswith(row.pattern.removesuffix("*")):
                    latest[destination] = list(row.read(session, destination, routes))
