"""Every way that a record of one emitter can take: through hops, from destination to destination.

A path is a row of checks. A record arrives by it if every check lets it through. What was not listed adds
paths and takings-away that *might* exist, each under a doubt of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from logcov.coverage.checks import (
    Check,
    acts,
    admitted,
    arrival_checks,
    glob_matches_any,
    route_checks,
    switched_on,
    taken_by,
)
from logcov.coverage.estate import Estate
from logcov.inventory import Destination, Emitter, HopKind, LogSource, Route, Unread
from logcov.selection.predicate import FALSE, TRUE, Predicate, all_of, any_of, negate, substitute

DEPTH = 8
"""Hops that one path may have: origin, router, relay, stream and store are five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One route on a path and what must hold for a record to pass it."""

    route: Route
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A path that ends at this destination, whatever it is."""

    hops: tuple[Hop, ...]
    destination: Destination
    test: Predicate

    @property
    def id(self) -> str:
        """The routes of the path; orders paths the same way in every run."""
        return " > ".join(hop.route.id for hop in self.hops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """A path that might exist: it leads to some destination matching `leads_to`.

    `test` holds the doubt; `blind_spot` is what hides it.
    """

    hops: tuple[Hop, ...]
    leads_to: tuple[str, ...]
    test: Predicate
    blind_spot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """All paths of one emitter.

    Attributes:
        generated: which records are written at all, doubts included.
        generators: the generating and withholding routes that decide it, with the records that each acts on.
        first_hops: which records some carrying hop takes at the origin, wherever it leads.
        arrivals: paths to known destinations.
        possible: paths that might exist.
        listings: readings that show what is absent.
    """

    emitter: Emitter
    generated: Predicate
    generators: tuple[tuple[Route, Predicate], ...]
    first_hops: Predicate
    arrivals: tuple[Arrival, ...]
    possible: tuple[Possible, ...]
    listings: tuple[str, ...]


def _fits(route: Route, emitter: Emitter) -> bool:
    if route.location is not None and route.location != emitter.location:
        return False
    if route.resource is not None and route.resource != emitter.resource:
        return False
    return all(emitter.dimensions.get(name) == value for name, value in route.dimensions.items())


def _known(check: Check, fields: Mapping[str, str]) -> Check:
    test = substitute(check.test, fields)
    if test is check.test:
        return check
    return Check(
        reason=check.reason,
        test=test,
        cause=check.cause,
        says=check.says,
        readings=check.readings,
        raw=check.raw,
    )


class _Explorer:
    """Finds the ways of one emitter. Lives for one call."""

    def __init__(self, estate: Estate, source: LogSource, emitter: Emitter) -> None:
        self.estate = estate
        self.source = source
        self.emitter = emitter
        self.lineage = estate.lineage(emitter.scope)
        self.kinds = [estate.hop_kinds[kind] for kind in source.needs if kind in estate.hop_kinds]
        self.arrivals: list[Arrival] = []
        self.possible: list[Possible] = []
        self.listings: list[str] = []

    def unlisted(self, kind: HopKind, at: str) -> str | None:
        """The blind spot that hides hops of this kind at this scope; None if they were listed there or cannot be."""
        scope = self.estate.scopes.get(at)
        if scope is not None and scope.kind not in kind.origins:
            return None
        location = self.emitter.location if kind.per_location else None
        listing = self.estate.listed(kind.id, at, location)
        if listing is not None:
            self.listings.extend(listing.readings)
            return None
        return self.estate.why_unlisted(kind.id, at, location)

    def hidden(self, effect: str) -> Iterator[tuple[HopKind, str, str]]:
        """Hop kinds with this effect that might act here unseen: (kind, place, blind spot)."""
        for kind in self.kinds:
            if effect not in kind.effects:
                continue
            for place in self.lineage.scopes:
                if place != self.emitter.scope and not kind.descends:
                    continue
                blind = self.unlisted(kind, place)
                if blind is not None:
                    yield kind, place, blind
            if kind.descends and self.lineage.open_end is not None:
                yield kind, "above " + self.lineage.scopes[-1], self.lineage.open_end

    def acting(self, effect: str) -> Iterator[tuple[Route, str]]:
        """Routes with this effect that may act on the emitter's records at the origin: (route, place)."""
        for place in self.lineage.scopes:
            for route in self.estate.routes_by_origin.get(place, ()):
                if route.effect != effect or not glob_matches_any(route.sources, self.source.id):
                    continue
                if place != self.emitter.scope and route.descends is False:
                    continue
                if _fits(route, self.emitter):
                    yield route, place

    def generated(self) -> tuple[Predicate, tuple[tuple[Route, Predicate], ...]]:
        """Which records are written at all."""
        if self.source.always_generated:
            return TRUE, ()
        generating = [kind for kind in self.kinds if "generate" in kind.effects]
        if not generating:
            return TRUE, ()
        deciders: list[tuple[Route, Predicate]] = []
        effects: dict[str, list[Predicate]] = {"generate": [], "withhold": []}
        for effect, tests in effects.items():
            for route, place in self.acting(effect):
                test = all_of(
                    acts(self.estate, route, place == self.emitter.scope),
                    switched_on(self.estate, route),
                    admitted(self.estate, route, self.source),
                )
                deciders.append((route, test))
                tests.append(test)
            tests += [
                self.estate.doubt(blind, f"{kind.id} at {place} {effect}s")
                for kind, place, blind in self.hidden(effect)
            ]
        written, withheld = effects["generate"], effects["withhold"]
        return all_of(any_of(*written), negate(any_of(*withheld))), tuple(deciders)

    def interceptions(self, route: Route, place: str) -> list[Check]:
        """What hops of higher origin take away before this one."""
        kind = self.estate.hop_kinds.get(route.kind)
        if route.immune or kind is None or not kind.intercepts:
            return []
        checks: list[Check] = []
        above = self.lineage.scopes[self.lineage.scopes.index(place) + 1 :]
        for higher in above:
            for other in self.estate.routes_by_origin.get(higher, ()):
                if (
                    other.kind != route.kind
                    or other.effect != "carry"
                    or other.intercepts is False
                    or not glob_matches_any(other.sources, self.source.id)
                    or not _fits(other, self.emitter)
                ):
                    continue
                checks.append(
                    Check(
                        reason="intercepted",
                        test=negate(taken_by(self.estate, other, self.source)),
                        cause=other.setting,
                        says=f"{other.setting} takes it before {route.setting} sees it",
                        readings=other.readings,
                        raw=other.raw,
                    )
                )
            blind = self.unlisted(kind, higher)
            if blind is not None:
                checks.append(self._may_intercept(kind, higher, route, blind))
        if self.lineage.open_end is not None:
            checks.append(
                self._may_intercept(kind, "above " + self.lineage.scopes[-1], route, self.lineage.open_end)
            )
        return checks

    def _may_intercept(self, kind: HopKind, place: str, route: Route, blind: str) -> Check:
        return Check(
            reason="intercepted",
            test=negate(self.estate.doubt(blind, f"{kind.id} at {place} intercepts")),
            cause=blind,
            says=f"something at {place} may take it before {route.setting} sees it",
        )

    def walk(
        self, hops: tuple[Hop, ...], route: Route, checks: list[Check], fields: Mapping[str, str]
    ) -> None:
        """Follows one route, and everything onward from where it leads."""
        seen = [_known(check, fields) for check in checks]
        passed = all_of(
            *(check.test for hop in hops for check in hop.checks), *(check.test for check in seen)
        )
        fields = {**fields, **route.sets}
        if route.to is None:
            return
        if isinstance(route.to, Unread):
            kind = self.estate.hop_kinds.get(route.kind)
            doubt = self.estate.doubt(route.to.blind_spot, f"destination of {route.id}")
            self.possible.append(
                Possible(
                    hops=(*hops, Hop(route=route, checks=tuple(seen))),
                    leads_to=kind.leads_to if kind is not None else ("*",),
                    test=all_of(passed, doubt),
                    blind_spot=route.to.blind_spot,
                )
            )
            return
        if route.to in self.estate.aliases:
            self._enter_alias((*hops, Hop(route=route, checks=tuple(seen))), route.to, fields)
            return
        destination = self.estate.destinations.get(route.to) or _unseen(self.estate, route.to)
        arriving = [_known(check, fields) for check in arrival_checks(self.estate, route, destination)]
        hop = Hop(route=route, checks=(*seen, *arriving))
        test = all_of(passed, *(check.test for check in arriving))
        self.arrivals.append(Arrival(hops=(*hops, hop), destination=destination, test=test))
        self._go_on((*hops, hop), destination, test, fields)

    def _go_on(
        self, hops: tuple[Hop, ...], destination: Destination, test: Predicate, fields: Mapping[str, str]
    ) -> None:
        visited = {hop.route.to for hop in hops}
        onward = self.estate.destination_kind(destination.id)
        for kind_id in onward.onward if onward is not None else ():
            listing = self.estate.listed(kind_id, destination.id, None)
            if listing is None:
                blind = self.estate.why_unlisted(kind_id, destination.id, None)
                kind = self.estate.hop_kinds.get(kind_id)
                doubt = self.estate.doubt(blind, f"{kind_id} at {destination.id}")
                self.possible.append(
                    Possible(
                        hops=hops,
                        leads_to=kind.leads_to if kind is not None else ("*",),
                        test=all_of(test, doubt),
                        blind_spot=blind,
                    )
                )
        if len(hops) >= DEPTH:
            return
        for route in self.estate.routes_by_origin.get(destination.id, ()):
            if (
                route.effect == "carry"
                and route.to not in visited
                and glob_matches_any(route.sources, self.source.id)
                and all(
                    self.emitter.dimensions.get(name) == value for name, value in route.dimensions.items()
                )
            ):
                self.walk(hops, route, route_checks(self.estate, route, self.source, own=True), fields)

    def _enter_alias(self, hops: tuple[Hop, ...], alias_id: str, fields: Mapping[str, str]) -> None:
        """Records that arrive at a scope under an alias meet the hops of that scope, as if written there."""
        scope, alias = self.estate.aliases[alias_id]
        fields = {**fields, **alias.sets}
        for kind in sorted(self.estate.hop_kinds.values(), key=lambda row: row.id):
            if "carry" not in kind.effects or scope.kind not in kind.origins or kind.per_location:
                continue
            listing = self.estate.listed(kind.id, scope.id, None)
            if listing is not None:
                self.listings.extend(listing.readings)
                continue
            blind = self.estate.why_unlisted(kind.id, scope.id, None)
            passed = all_of(*(check.test for hop in hops for check in hop.checks))
            self.possible.append(
                Possible(
                    hops=hops,
                    leads_to=kind.leads_to,
                    test=all_of(passed, self.estate.doubt(blind, f"{kind.id} at {scope.id}")),
                    blind_spot=blind,
                )
            )
        if len(hops) >= DEPTH:
            return
        for route in self.estate.routes_by_origin.get(scope.id, ()):
            if (
                route.effect == "carry"
                and route.location is None
                and route.resource is None
                and glob_matches_any(route.sources, self.source.id)
                and route.kind != hops[-1].route.kind
            ):
                self.walk(hops, route, route_checks(self.estate, route, self.source, own=True), fields)

    def explore(self) -> Ways:
        """All of it."""
        generated, generators = self.generated()
        fields: Mapping[str, str] = {**self.emitter.fields, **self.emitter.dimensions}
        first: list[Predicate] = []
        for route, place in self.acting("carry"):
            own = place == self.emitter.scope
            checks = [
                *self.interceptions(route, place),
                *route_checks(self.estate, route, self.source, own=own),
            ]
            first.append(all_of(*(check.test for check in checks)))
            self.walk((), route, checks, fields)
        for kind, place, blind in self.hidden("carry"):
            doubt = self.estate.doubt(blind, f"{kind.id} at {place} carries")
            first.append(doubt)
            self.possible.append(Possible(hops=(), leads_to=kind.leads_to, test=doubt, blind_spot=blind))
        return Ways(
            emitter=self.emitter,
            generated=substitute(generated, fields),
            generators=generators,
            first_hops=substitute(any_of(*first) if first else FALSE, fields),
            arrivals=tuple(sorted(self.arrivals, key=lambda arrival: (arrival.id, arrival.destination.id))),
            possible=tuple(self.possible),
            listings=tuple(dict.fromkeys(self.listings)),
        )


def _unseen(estate: Estate, destination: str) -> Destination:
    """A destination that nobody read: everything about it is in doubt."""
    unread = Unread(estate.never_read("destination", destination))
    row = estate.destination_kind(destination)
    return Destination(
        id=destination,
        kind=row.id if row is not None else "unknown",
        end=True,
        exists=unread,
        owner=unread,
        usable=unread,
        retained=unread,
        online=unread,
        searchable=unread,
        lock=unread,
        encrypted=unread,
        private=unread,
        deleters=unread,
    )


def ways(estate: Estate, source: LogSource, emitter: Emitter) -> Ways:
    """All paths that records of this emitter can take, and which records are written at all."""
    return _Explorer(estate, source, emitter).explore()
