"""An inventory, indexed for judging: who is above whom, what leads where, what was listed, what is in doubt.

Doubt is an atom. Whatever was not read becomes a `Doubt` named after its blind spot and what it hides.
A listing that is missing without any blind spot gets one made up here: the read was never made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from logcov.inventory import (
    Activity,
    Admission,
    Alias,
    BlindSpot,
    Destination,
    DestinationKind,
    Emitter,
    Filter,
    HopKind,
    Inventory,
    Listing,
    LogSource,
    Reading,
    Route,
    Scope,
    Unread,
)
from logcov.selection.patterns import may_intersect
from logcov.selection.predicate import Predicate, doubt, glob_matches

SEPARATOR = "\n"


def blind_spot_of(about: str) -> str:
    """The blind spot's id in the name of a doubt."""
    return about.split(SEPARATOR, 1)[0]


def _sorted_by_id(records: Iterable[Route]) -> list[Route]:
    return sorted(records, key=lambda route: route.id)


@dataclass(frozen=True, slots=True)
class Lineage:
    """A scope and everything above it, nearest first; `open_end` names the blind spot if a parent is unread."""

    scopes: tuple[str, ...]
    open_end: str | None = None


class Estate:
    """The indexed inventory. Looks things up; decides nothing."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        header = inventory.header
        self.now = header.started_at
        self.sources: dict[str, LogSource] = {row.id: row for row in header.sources}
        self.hop_kinds: dict[str, HopKind] = {row.id: row for row in header.hop_kinds}
        self.destination_kinds: tuple[DestinationKind, ...] = header.destination_kinds
        self.scopes: dict[str, Scope] = {}
        self.emitters: list[Emitter] = []
        self.routes: dict[str, Route] = {}
        self.filters: dict[str, Filter] = {}
        self.destinations: dict[str, Destination] = {}
        self.admissions: dict[str, Admission] = {}
        self.readings: dict[str, Reading] = {}
        self.blind_spots: dict[str, BlindSpot] = {}
        self.listings: dict[tuple[str, str, str | None], Listing] = {}
        self.activities: list[Activity] = []
        self.made_up: dict[str, BlindSpot] = {}
        self._reachable: dict[tuple[str, ...], tuple[str, ...]] = {}
        for fact in inventory.facts:
            match fact:
                case Scope():
                    self.scopes[fact.id] = fact
                case Emitter():
                    self.emitters.append(fact)
                case Route():
                    self.routes[fact.id] = fact
                case Filter():
                    self.filters[fact.id] = fact
                case Destination():
                    self.destinations[fact.id] = fact
                case Admission():
                    self.admissions[fact.route] = fact
                case Reading():
                    self.readings[fact.id] = fact
                case BlindSpot():
                    self.blind_spots[fact.id] = fact
                case Listing():
                    self.listings[fact.kind, fact.at, fact.location] = fact
                case Activity():
                    self.activities.append(fact)
        self.emitters.sort(
            key=lambda emitter: (
                emitter.source,
                emitter.scope,
                emitter.location or "",
                emitter.resource or "",
                sorted(emitter.dimensions.items()),
            )
        )

    @cached_property
    def routes_by_origin(self) -> Mapping[str, tuple[Route, ...]]:
        """Origin → its routes, by id."""
        origins: dict[str, list[Route]] = {}
        for route in _sorted_by_id(self.routes.values()):
            origins.setdefault(route.origin, []).append(route)
        return {origin: tuple(routes) for origin, routes in origins.items()}

    @cached_property
    def aliases(self) -> Mapping[str, tuple[Scope, Alias]]:
        """Alias → the scope that carries it."""
        return {
            alias.id: (scope, alias)
            for _, scope in sorted(self.scopes.items(), reverse=True)
            for alias in scope.aliases
        }

    @cached_property
    def emitters_by_source(self) -> Mapping[str, tuple[Emitter, ...]]:
        """Log source → its emitters, in a fixed order."""
        sources: dict[str, list[Emitter]] = {}
        for emitter in self.emitters:
            sources.setdefault(emitter.source, []).append(emitter)
        return {source: tuple(emitters) for source, emitters in sources.items()}

    @cached_property
    def _blind_at(self) -> Mapping[tuple[str, str, str | None], str]:
        hidden: dict[tuple[str, str, str | None], str] = {}
        for key in sorted(self.blind_spots, reverse=True):
            spot = self.blind_spots[key]
            for kind in spot.hides:
                hidden[kind, spot.place, spot.location] = key
        return hidden

    def lineage(self, scope: str) -> Lineage:
        """The scope and everything above it. A scope that the inventory does not hold ends it, open."""
        ids: list[str] = []
        at: str | None = scope
        while at is not None and at not in ids:
            ids.append(at)
            record = self.scopes.get(at)
            if record is None:
                return Lineage(tuple(ids), self.never_read("scope", at))
            if isinstance(record.parent, Unread):
                return Lineage(tuple(ids), record.parent.blind_spot)
            at = record.parent
        return Lineage(tuple(ids))

    def listed(self, kind: str, at: str, location: str | None) -> Listing | None:
        """The listing of this kind at this place, if it was made: for this location, or for the whole place."""
        return self.listings.get((kind, at, location)) or self.listings.get((kind, at, None))

    def why_unlisted(self, kind: str, at: str, location: str | None) -> str:
        """The id of the blind spot that hides a listing; made up where the read was never made."""
        for where in (location, None):
            known = self._blind_at.get((kind, at, where))
            if known is not None:
                return known
        return self.never_read(kind, at, location)

    def never_read(self, what: str, place: str, location: str | None = None) -> str:
        """The id of a blind spot for a read that nobody made."""
        key = " ".join(part for part in (f"!{what}", place, location or "") if part)
        if key not in self.blind_spots and key not in self.made_up:
            cut = self.inventory.cut_short or not self.inventory.header.complete
            self.made_up[key] = BlindSpot(
                id=key,
                place=place,
                location=location,
                call=what,
                kind="cut-off" if cut else "not-observable",
                detail="the inventory ends before it" if cut else "never read",
                hides=(what,),
            )
        return key

    def blind_spot(self, key: str) -> BlindSpot:
        """The blind spot of that id, made up if the inventory does not hold it."""
        known = self.blind_spots.get(key) or self.made_up.get(key)
        if known is None:
            known = BlindSpot(
                id=key, place="", call=key.lstrip("!"), kind="not-observable", detail="never read"
            )
            self.made_up[key] = known
        return known

    def doubt(self, blind_spot: str, aspect: str) -> Predicate:
        """A free atom for what a blind spot hides; `aspect` says what of it, and about which thing."""
        return doubt(f"{blind_spot}{SEPARATOR}{aspect}")

    def whether(self, value: bool | Unread, aspect: str) -> bool | Predicate:  # noqa: FBT001 - the value of a fact
        """The value, or the doubt in its place."""
        return self.doubt(value.blind_spot, aspect) if isinstance(value, Unread) else value

    def reachable(self, leads_to: tuple[str, ...]) -> tuple[str, ...]:
        """Patterns of every destination that records may come to from there, over any number of onward hops."""
        known = self._reachable.get(leads_to)
        if known is not None:
            return known
        patterns = dict.fromkeys(leads_to)
        waiting = list(leads_to)
        while waiting:
            pattern = waiting.pop()
            for row in self.destination_kinds:
                if not may_intersect(row.pattern, pattern):
                    continue
                for kind_id in row.onward:
                    kind = self.hop_kinds.get(kind_id)
                    for onward in kind.leads_to if kind is not None else ("*",):
                        if onward not in patterns:
                            patterns[onward] = None
                            waiting.append(onward)
        self._reachable[leads_to] = tuple(patterns)
        return self._reachable[leads_to]

    def destination_kind(self, destination: str) -> DestinationKind | None:
        """The row of a destination id: the longest pattern that matches."""
        rows = [row for row in self.destination_kinds if glob_matches(row.pattern, destination)]
        return max(rows, key=lambda row: (len(row.pattern), row.id), default=None)
