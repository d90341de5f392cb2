"""An inventory, indexed for judging: who is above whom, what leads where, what was listed, what is in doubt.

Doubt is an atom. Whatever was not read becomes a `Doubt` named after its blind spot and what it hides.
A listing that is missing without any blind spot gets one made up here: the read was never made.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

from logcov.coverage.doubles import agreed
from logcov.inventory import (
    Activity,
    Admission,
    Alias,
    BlindSpot,
    Destination,
    DestinationKind,
    Emitter,
    Fact,
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
NEVER_READ = "never read"
DIRECT = "direct"
"""`Reading.via` of what the provider itself answered."""


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
        self.admissions: dict[tuple[str, str], Admission] = {}
        self.readings: dict[str, Reading] = {}
        self.blind_spots: dict[str, BlindSpot] = {}
        self.listings: dict[tuple[str, str, str | None], Listing] = {}
        self.activities: list[Activity] = []
        self.made_up: dict[str, BlindSpot] = {}
        self._kinds_of: dict[str, DestinationKind | None] = {}
        self._reachable: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.memo: dict[tuple[str, str], Any] = {}
        self.explored: dict[int, Any] = {}
        self._may_reach: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
        self._index(inventory.facts)

    def _index(self, facts: Iterable[Fact]) -> None:
        by_id = attrgetter("id")
        indexes: Mapping[type, tuple[dict[Any, Any], Callable[[Any], Hashable]]] = {
            Scope: (self.scopes, by_id),
            Route: (self.routes, by_id),
            Filter: (self.filters, by_id),
            Destination: (self.destinations, by_id),
            Admission: (self.admissions, attrgetter("route", "destination")),
            Reading: (self.readings, by_id),
            BlindSpot: (self.blind_spots, by_id),
            Listing: (self.listings, attrgetter("kind", "at", "location")),
        }
        doubles: dict[tuple[type, Hashable], list[Any]] = {}
        for fact in facts:
            if isinstance(fact, Emitter):
                self.emitters.append(fact)
            elif isinstance(fact, Activity):
                self.activities.append(fact)
            else:
                index, key_of = indexes[type(fact)]
                known = index.setdefault(key_of(fact), fact)
                if known is not fact:
                    doubles.setdefault((type(fact), key_of(fact)), [known]).append(fact)
        for (kind, key), records in doubles.items():
            index, _ = indexes[kind]
            if kind is not Filter:
                index[key] = agreed(records, Unread(self._conflict(str(key))))
            elif any(record != records[0] for record in records):
                del index[key]
        self.emitters.sort(
            key=lambda emitter: (
                emitter.source,
                emitter.scope,
                emitter.location or "",
                emitter.resource or "",
                sorted(emitter.dimensions.items()),
                repr(
                    (
                        sorted(emitter.fields.items()),
                        emitter.shape,
                        sorted((kind, sorted(form.items())) for kind, form in emitter.written_as.items()),
                        emitter.not_applicable,
                        emitter.labels,
                        emitter.in_use,
                        emitter.store,
                        sorted(emitter.known_as.items()),
                        emitter.readings,
                    )
                ),
            )
        )
        self.activities.sort(key=lambda one: (one.at, one.source, one.scope, one.location or ""))

    def _conflict(self, thing: str) -> str:
        """The id of a blind spot for a thing that two reads tell differently."""
        key = f"!conflicting answers {thing}"
        self.made_up[key] = BlindSpot(
            id=key, place=thing, call="conflicting answers", kind="unparseable", detail="two reads disagree"
        )
        return key

    @cached_property
    def routes_by_origin(self) -> Mapping[str, tuple[Route, ...]]:
        """Origin → its routes, by id."""
        origins: dict[str, list[Route]] = {}
        for route in _sorted_by_id(self.routes.values()):
            origins.setdefault(route.origin, []).append(route)
        return {origin: tuple(routes) for origin, routes in origins.items()}

    @cached_property
    def aliases(self) -> Mapping[str, tuple[tuple[Scope, Alias], ...]]:
        """Alias → the scopes that carry it: one, unless two claim the same."""
        found: dict[str, list[tuple[Scope, Alias]]] = {}
        for _, scope in sorted(self.scopes.items()):
            for alias in scope.aliases:
                found.setdefault(alias.id, []).append((scope, alias))
        return {name: tuple(carriers) for name, carriers in found.items()}

    @cached_property
    def _undeclared(self) -> Mapping[str, HopKind]:
        """Kinds of hops that the header has no row for, as what they might be: anything, anywhere."""
        places = (
            *{scope.kind for scope in self.scopes.values()},
            *(row.id for row in self.destination_kinds),
        )
        named = {route.kind for route in self.routes.values()}
        named |= {kind for source in self.sources.values() for kind in source.needs}
        named |= {kind for row in self.destination_kinds for kind in row.onward}
        return {
            name: HopKind(
                id=name,
                title=name,
                effects=("generate", "carry", "withhold"),
                origins=tuple(sorted(places)),
                descends=True,
                leads_to=("*",),
                intercepts=True,
            )
            for name in sorted(named - self.hop_kinds.keys())
        }

    def hop_kind(self, kind: str) -> HopKind:
        """The row of a kind that some route or row names."""
        return self.hop_kinds.get(kind) or self._undeclared[kind]

    @cached_property
    def _activities_at(self) -> Mapping[str, tuple[Activity, ...]]:
        scopes: dict[str, list[Activity]] = {}
        for activity in self.activities:
            scopes.setdefault(activity.scope, []).append(activity)
        return {scope: tuple(activities) for scope, activities in scopes.items()}

    def activities_behind(self, route: Route) -> Sequence[Activity]:
        """The activity that the route may have to do with: at its origin, and if it descends, anywhere."""
        return self._activities_at.get(route.origin, ()) if route.descends is False else self.activities

    @cached_property
    def emitters_by_source(self) -> Mapping[str, tuple[Emitter, ...]]:
        """Log source → its emitters, in a fixed order."""
        sources: dict[str, list[Emitter]] = {}
        for emitter in self.emitters:
            sources.setdefault(emitter.source, []).append(emitter)
        return {source: tuple(emitters) for source, emitters in sources.items()}

    @cached_property
    def _activities(self) -> Mapping[tuple[str, str], tuple[Activity, ...]]:
        places: dict[tuple[str, str], list[Activity]] = {}
        for activity in sorted(self.activities, key=lambda one: (one.at, sorted(one.dimensions.items()))):
            places.setdefault((activity.source, activity.scope), []).append(activity)
        return {place: tuple(found) for place, found in places.items()}

    def activity_of(self, emitter: Emitter) -> tuple[Activity, ...]:
        """When records of this emitter were last seen to exist, oldest first."""
        return tuple(
            one
            for one in self._activities.get((emitter.source, emitter.scope), ())
            if one.location in {None, emitter.location} and one.dimensions == emitter.dimensions
        )

    @cached_property
    def emitters_of(self) -> Mapping[tuple[str, str], tuple[Emitter, ...]]:
        """(log source, scope) → its emitters there, in a fixed order."""
        places: dict[tuple[str, str], list[Emitter]] = {}
        for emitter in self.emitters:
            places.setdefault((emitter.source, emitter.scope), []).append(emitter)
        return {place: tuple(emitters) for place, emitters in places.items()}

    @cached_property
    def emitted_at(self) -> Mapping[tuple[str, str], frozenset[str | None]]:
        """(log source, scope) → the locations of its emitters there."""
        return {
            place: frozenset(emitter.location for emitter in emitters)
            for place, emitters in self.emitters_of.items()
        }

    @cached_property
    def _blind_at(self) -> Mapping[tuple[str, str, str | None], str]:
        hidden: dict[tuple[str, str, str | None], str] = {}
        for key in sorted(self.blind_spots, reverse=True):
            spot = self.blind_spots[key]
            for kind in spot.hides:
                hidden[kind, spot.place, spot.location] = key
        return hidden

    @cached_property
    def _indirect(self) -> Mapping[str, Reading]:
        """The readings of inventory services, which answered in a provider's stead."""
        return {key: reading for key, reading in self.readings.items() if reading.via != DIRECT}

    def hearsay(self, emitter: Emitter) -> Reading | None:
        """The oldest that an emitter may be, if an inventory service named it and no listing vouches for it.

        Such a service knows what was there some time ago. The emitter may be gone: it is shown, and never judged.
        Where a scope is itself the emitter, it is there as surely as the scope is.
        """
        told = [self._indirect[key] for key in emitter.readings if key in self._indirect]
        row = self.sources.get(emitter.source)
        if not told or row is None or not row.emitters:
            return None
        listing = self.listed(row.emitters, emitter.scope, emitter.location)
        if listing is not None and set(listing.readings) & set(emitter.readings):
            return None
        return max(told, key=lambda one: (one.as_old_as, one.id))

    def why_hearsay(self, emitter: Emitter) -> str:
        """The id of the blind spot for which nobody can tell whether such an emitter is still there."""
        row = self.sources.get(emitter.source)
        kind = row.emitters if row is not None and row.emitters else f"emitters of {emitter.source}"
        return self.why_unlisted(kind, emitter.scope, emitter.location)

    def lineage(self, scope: str) -> Lineage:
        """The scope and everything above it. A scope that the inventory does not hold ends it, open; so does a circle."""
        ids: list[str] = []
        at: str | None = scope
        while at is not None:
            if at in ids:
                return Lineage(tuple(ids), self.never_read("parent", at))
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
                detail="the inventory ends before it" if cut else NEVER_READ,
                hides=(what,),
            )
        return key

    def blind_spot(self, key: str) -> BlindSpot:
        """The blind spot of that id, made up if the inventory does not hold it."""
        known = self.blind_spots.get(key) or self.made_up.get(key)
        if known is None:
            known = BlindSpot(
                id=key, place="", call=key.lstrip("!"), kind="not-observable", detail=NEVER_READ
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
            for onward in self._onward(waiting.pop()):
                # A pattern that a wider one holds adds nothing; as text, its own `*` is one more character.
                if not any(glob_matches(pattern, onward) for pattern in patterns):
                    patterns[onward] = None
                    waiting.append(onward)
        self._reachable[leads_to] = tuple(patterns)
        return self._reachable[leads_to]

    def _onward(self, pattern: str) -> Iterator[str]:
        """Where hops may lead from a destination that fits the pattern: by its kind, as an alias, or by known hops."""
        for row in self.destination_kinds:
            if may_intersect(row.pattern, pattern):
                for kind in row.onward:
                    yield from self.hop_kind(kind).leads_to
        for alias, carriers in self.aliases.items():
            if may_intersect(pattern, alias):
                kinds = {scope.kind for scope, _ in carriers}
                for hop in self.hop_kinds.values():
                    if kinds & set(hop.origins):
                        yield from hop.leads_to
        for origin, routes in self.routes_by_origin.items():
            if origin not in self.scopes and may_intersect(pattern, origin):
                for route in routes:
                    if isinstance(route.to, Unread):
                        yield from self.hop_kind(route.kind).leads_to
                    elif route.to is not None:
                        yield route.to

    def may_reach(self, leads_to: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
        """Whether records that come to a destination of the first patterns may end at one of the second."""
        known = self._may_reach.get((leads_to, wanted))
        if known is None:
            known = any(self._meets(one, end) for one in wanted for end in self.reachable(leads_to))
            self._may_reach[leads_to, wanted] = known
        return known

    def _meets(self, wanted: str, end: str) -> bool:
        """Whether a place may fit both patterns. Places that keep nothing must be asked for by name: `"*"` is any store."""
        for row in self.destination_kinds:
            if not row.keeps and glob_matches(row.pattern, end):
                return glob_matches(row.pattern, wanted) and may_intersect(wanted, end)
        return may_intersect(wanted, end)

    def destination_kind(self, destination: str) -> DestinationKind | None:
        """The row of a destination id: the longest pattern that matches."""
        if destination not in self._kinds_of:
            rows = [row for row in self.destination_kinds if glob_matches(row.pattern, destination)]
            longest = max(rows, key=lambda row: (len(row.pattern), row.id), default=None)
            self._kinds_of[destination] = longest
        return self._kinds_of[destination]
