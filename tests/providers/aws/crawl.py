"""Runs the rows of AWS over a session as a collection does, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from logcov.config import AwsTarget
from logcov.errors import ReadFailure
from logcov.inventory import (
    Activity,
    Admission,
    BlindSpot,
    Emitter,
    Fact,
    Ledger,
    Listing,
    Route,
    Scope,
    Unread,
)
from logcov.providers.aws.client import AwsSession
from logcov.providers.aws.rows import OBSERVERS, READERS, SHORTCUTS
from logcov.providers.calls import Patience

CLIENTS: dict[str, dict[tuple[str, str], Any]] = {}
REGIONS = ("eu-west-1", "us-east-1")


@dataclass(frozen=True)
class Crawl:
    """What was found, and what was not."""

    facts: tuple[Fact, ...]
    ledger: Ledger

    def all(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def listed(self, kind: str) -> set[tuple[str, str | None]]:
        return {(fact.at, fact.location) for fact in self.all(Listing) if fact.kind == kind}

    def routes(self, setting: str = "") -> list[Route]:
        return [route for route in self.all(Route) if setting in route.setting]

    def one(self, kind: type, id_: str) -> Any:
        (found,) = [fact for fact in self.all(kind) if fact.id == id_]
        return found

    def spots(self, call: str) -> list[BlindSpot]:
        return [spot for spot in self.ledger.blind_spots() if spot.call == call]

    def why(self, unread: object) -> BlindSpot:
        """The blind spot behind an unread value."""
        assert isinstance(unread, Unread), unread
        (spot,) = [spot for spot in self.ledger.blind_spots() if spot.id == unread.blind_spot]
        return spot


def open_session(endpoint: str, ledger: Ledger | None = None, **target: Any) -> AwsSession:
    chosen = {"role": "Reader", "regions": REGIONS} | target
    session = AwsSession(
        AwsTarget(endpoint=endpoint, **chosen), ledger or Ledger(), Patience(attempts=2, longest_wait=0.02)
    )
    # To make a client takes longer than a whole test: those of one server serve all sessions, as they do all accounts.
    session.wire.clients = CLIENTS.setdefault(endpoint, {})
    return session


def crawl(endpoint: str, rows: Sequence[str] = (), **target: Any) -> Crawl:
    """Scopes, observers, shortcuts, and the readers of what routes lead to; `rows`: only observers of these names."""
    ledger = Ledger()
    session = open_session(endpoint, ledger, **target)
    facts: list[Fact] = list(session.scopes())
    scopes = [fact for fact in facts if isinstance(fact, Scope)]
    for row in OBSERVERS:
        if rows and row.name not in rows:
            continue
        for scope in scopes:
            if scope.kind not in row.scope_kinds:
                continue
            locations: list[str | None] = [None]
            if row.per_location:
                known = {} if isinstance(scope.locations, Unread) else scope.locations
                locations = [name for name, enabled in sorted(known.items()) if enabled]
            for location in locations:
                try:
                    for fact in row.observe(session.at(scope, location), scope, location):
                        facts.append(fact)  # noqa: PERF402 - what came before a failure stays
                except ReadFailure as failure:
                    ledger.blind(failure, scope.id, location, hides=row.listings)
    sources = frozenset(source for row in OBSERVERS if not rows or row.name in rows for source in row.sources)
    for shortcut in SHORTCUTS:
        if shortcut.asked_for(session.target):
            facts += shortcut.ask(session, scopes, tuple(facts), sources)
    done: set[str] = set()
    while True:
        leading: dict[str, list[Route]] = {}
        for fact in facts:
            if isinstance(fact, Route) and isinstance(fact.to, str) and fact.to not in done:
                leading.setdefault(fact.to, []).append(fact)
        if not leading:
            break
        for destination, routes in sorted(leading.items()):
            done.add(destination)
            for reader in READERS:
                if destination.startswith(reader.pattern.removesuffix("*")):
                    facts += reader.read(session, destination, routes)
    session.close()
    return Crawl(tuple(facts), ledger)


def key_of(fact: Any) -> tuple[Any, ...]:
    """What makes a fact the same fact in two crawls."""
    name = type(fact).__name__
    match fact:
        case Listing():
            return (name, fact.kind, fact.at, fact.location)
        case Emitter():
            return (name, fact.source, fact.scope, fact.location, fact.resource)
        case Admission():
            return (name, fact.route)
        case Activity():
            return (name, fact.scope, fact.location)
        case _:
            return (name, fact.id)


EVIDENCE = frozenset({"readings", "raw", "because", "unusable_because", "obtained_by", "since", "at"})
"""Fields that no verdict rests on, or that only date it."""


def changed(before: Any, after: Any, path: str = "") -> list[str]:
    """Where a value is another one than before, being unread aside."""
    if isinstance(after, Unread):
        return []
    if is_dataclass(before) and type(before) is type(after):
        return [
            line
            for each in fields(before)
            if each.name not in EVIDENCE
            for line in changed(getattr(before, each.name), getattr(after, each.name), f"{path}.{each.name}")
        ]
    return [] if before == after else [f"{path}: {before!r} became {after!r}"]
