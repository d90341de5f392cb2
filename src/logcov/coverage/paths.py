"""Every way that a record of one emitter can take: through hops, from destination to destination.

A path is a row of checks. A record arrives by it if every check lets it through. What was not listed adds
paths and takings-away that *might* exist, each under a doubt of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from logcov.coverage.checks import (
    Check,
    acts,
    admitted,
    arrival_checks,
    glob_matches_any,
    interceptors,
    known_fields,
    route_checks,
    spelled,
    switched_on,
    taken_by,
)
from logcov.coverage.estate import Estate, Lineage
from logcov.inventory import Alias, Destination, Emitter, HopKind, LogSource, Route, Scope, Unread
from logcov.selection.predicate import (
    TRUE,
    Opaque,
    Predicate,
    all_of,
    any_of,
    atom,
    negate,
    opaque,
    rebuild,
    substitute,
)

DEPTH = 8
"""Hops that one path may have: origin, router, relay, stream and store are five. What lies beyond is in doubt."""

MOST_STEPS = 5_000
"""Hops that all paths of one emitter may have together; beyond that, too, is doubt."""


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
        switched_off: generating routes that are off, with the records that each would have written.
        first_hops: which records some carrying hop takes at the origin, wherever it leads.
        forms: the forms in which one happening may be written down, if there are several: constant fields of each.
        arrivals: paths to known destinations.
        possible: paths that might exist.
        listings: readings that show what is absent.
    """

    emitter: Emitter
    generated: Predicate
    generators: tuple[tuple[Route, Predicate], ...]
    switched_off: tuple[tuple[Route, Predicate], ...] = ()
    first_hops: Predicate
    forms: tuple[Mapping[str, str], ...] = ()
    arrivals: tuple[Arrival, ...]
    possible: tuple[Possible, ...]
    listings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standpoint:
    """Where records are when hops of scopes meet them: where they were written, or where they arrive under an alias.

    Of records that arrive, neither location nor resource is known.
    """

    lineage: Lineage
    kinds: tuple[HopKind, ...]
    arrived: bool


def _state(place: str, fields: Mapping[str, str]) -> tuple[object, ...]:
    """A place and what is constant there: a record that comes back to it like that has gone in a circle."""
    return (place, *sorted(fields.items()))


class _Explorer:
    """Finds the ways of one emitter. Lives for one call."""

    def __init__(self, estate: Estate, source: LogSource, emitter: Emitter) -> None:
        self.estate = estate
        self.source = source
        self.emitter = emitter
        self.fixed = known_fields(source, emitter)
        self.written = _Standpoint(
            lineage=estate.lineage(emitter.scope),
            kinds=tuple(estate.hop_kind(kind) for kind in source.needs),
            arrived=False,
        )
        self.forms = {kind: spelled(source, form) for kind, form in emitter.written_as.items()}
        self.arrivals: list[Arrival] = []
        self.possible: list[Possible] = []
        self.listings: list[str] = []
        self.switched_off: list[tuple[Route, Predicate]] = []
        self.steps = 0

    def known(self, check: Check, fields: Mapping[str, str]) -> Check:
        """The check once these fields are known. What cannot be decided may come out otherwise where hops changed them."""
        test = substitute(check.test, fields)
        changed = (
            [f"{name}={value}" for name, value in sorted(fields.items()) if self.fixed.get(name) != value]
            if fields is not self.fixed
            else []
        )
        if changed:
            test = rebuild(
                test,
                lambda leaf: (
                    opaque(leaf.text, f"{leaf.because} (with {', '.join(changed)})")
                    if isinstance(leaf, Opaque)
                    else leaf
                ),
            )
        return check if test is check.test else replace(check, test=test)

    def checks_of(self, route: Route, *, own: bool, met: Predicate = TRUE) -> list[Check]:
        """What the route lets through of this log source: the same for all emitters."""
        if met is not TRUE:
            return route_checks(self.estate, route, self.source, own=own, met=met)
        key = (f"{'own' if own else 'below'} {route.id}", self.source.id)
        checks: list[Check] | None = self.estate.memo.get(key)
        if checks is None:
            checks = self.estate.memo[key] = route_checks(self.estate, route, self.source, own=own)
        return checks

    def arriving(self, route: Route, to: str, destination: Destination | None) -> list[Check]:
        """Whether what the route lets through arrives: the same for all emitters and log sources."""
        key = ("arrival", route.id)
        checks: list[Check] | None = self.estate.memo.get(key)
        if checks is None:
            checks = self.estate.memo[key] = arrival_checks(self.estate, route, to, destination)
        return checks

    def locations(self, kind: HopKind, at: str, here: _Standpoint) -> Sequence[str | None]:
        """Where hops of this kind must have been listed at the scope."""
        if not kind.per_location:
            return (None,)
        if not here.arrived:
            return (self.emitter.location,)
        scope = self.estate.scopes.get(at)
        regions = scope.locations if scope is not None and not isinstance(scope.locations, Unread) else {}
        return [region for region, enabled in sorted(regions.items()) if enabled] or (None,)

    def unlisted(self, kind: HopKind, at: str, here: _Standpoint) -> str | None:
        """The blind spot that hides hops of this kind at this scope; None if they were listed there or cannot be."""
        scope = self.estate.scopes.get(at)
        if scope is not None and scope.kind not in kind.origins:
            return None
        for location in self.locations(kind, at, here):
            listing = self.estate.listed(kind.id, at, location)
            if listing is None:
                return self.estate.why_unlisted(kind.id, at, location)
            self.listings.extend(listing.readings)
        return None

    def hidden(self, effect: str, here: _Standpoint) -> Iterator[tuple[HopKind, str, str]]:
        """Hop kinds with this effect that might act here unseen: (kind, place, blind spot)."""
        scopes = here.lineage.scopes
        for kind in here.kinds:
            if effect not in kind.effects:
                continue
            for place in scopes:
                if place != scopes[0] and not kind.descends:
                    continue
                blind = self.unlisted(kind, place, here)
                if blind is not None:
                    yield kind, place, blind
            if kind.descends and here.lineage.open_end is not None:
                yield kind, "above " + scopes[-1], here.lineage.open_end

    def fits(self, route: Route, here: _Standpoint) -> bool | None:
        """Whether the route acts on records of this emitter; None: perhaps, since nobody knows where they arrive."""
        if route.dimensions and any(
            self.emitter.dimensions.get(name) != value for name, value in route.dimensions.items()
        ):
            return False
        if here.arrived:
            return None if (route.location, route.resource) != (None, None) else True
        return route.location in {None, self.emitter.location} and route.resource in {
            None,
            self.emitter.resource,
        }

    def met(self, route: Route, here: _Standpoint) -> Predicate:
        """Whether records that arrive in an unknown location meet a hop of one."""
        if self.fits(route, here):
            return TRUE
        unknown = self.estate.never_read("where records arrive", here.lineage.scopes[0])
        return self.estate.doubt(unknown, f"arrival at {route.id}")

    def acting(self, effect: str, here: _Standpoint) -> Iterator[tuple[Route, str]]:
        """Routes with this effect that may act on the records here: (route, place)."""
        scopes = here.lineage.scopes
        for place in scopes:
            for route in self.estate.routes_by_origin.get(place, ()):
                if route.effect != effect or not glob_matches_any(route.sources, self.source.id):
                    continue
                kind = self.estate.hop_kinds.get(route.kind)
                if kind is not None and not glob_matches_any(kind.sources, self.source.id):
                    # Sinks say that they act on everything of Google Cloud; some of it is no log entry.
                    continue
                if place != scopes[0] and route.descends is False:
                    continue
                if self.fits(route, here) is not False:
                    yield route, place

    def form_of(self, kind: str, effect: str) -> Predicate:
        """The records that a generating hop of this kind writes, by the fields that are constant for them."""
        form = self.forms.get(kind, {}) if effect == "generate" else {}
        return all_of(*(atom(name, "=", value) for name, value in sorted(form.items())))

    def generated(self) -> tuple[Predicate, tuple[tuple[Route, Predicate], ...]]:
        """Which records are written at all."""
        generating = [kind for kind in self.written.kinds if "generate" in kind.effects]
        if self.source.always_generated or not generating:
            return TRUE, ()
        deciders: list[tuple[Route, Predicate]] = []
        effects: dict[str, list[Predicate]] = {"generate": [], "withhold": []}
        for effect, tests in effects.items():
            for route, place in self.acting(effect, self.written):
                meant = all_of(
                    acts(self.estate, route, place == self.emitter.scope),
                    admitted(self.estate, route, self.source),
                )
                if effect == "generate" and route.enabled is False:
                    self.switched_off.append((route, substitute(meant, self.fixed)))
                test = all_of(meant, switched_on(self.estate, route), self.form_of(route.kind, effect))
                deciders.append((route, test))
                tests.append(test)
            tests += [
                all_of(
                    self.estate.doubt(blind, f"{kind.id} at {place} {effect}s"),
                    self.form_of(kind.id, effect),
                )
                for kind, place, blind in self.hidden(effect, self.written)
            ]
        written, withheld = effects["generate"], effects["withhold"]
        return all_of(any_of(*written), negate(any_of(*withheld))), tuple(deciders)

    def interceptions(self, route: Route, place: str, here: _Standpoint) -> list[Check]:
        """What hops of higher origin take away before this one."""
        if route.immune:
            return []
        kind = self.estate.hop_kind(route.kind)
        scopes = here.lineage.scopes
        above = scopes[scopes.index(place) + 1 :]
        checks = [
            Check(
                reason="intercepted",
                test=negate(all_of(self.met(other, here), taken_by(self.estate, other, self.source))),
                cause=other.setting,
                says=f"{other.setting} takes them before {route.setting} sees them",
                readings=other.readings,
                raw=other.raw,
            )
            for other in interceptors(self.estate, route, self.source, above)
            if self.fits(other, here) is not False
        ]
        taking = [self.estate.hop_kind(one) for one in (route.kind, *kind.intercepted_by)]
        for one in (one for one in taking if one.intercepts):
            for higher in above:
                blind = self.unlisted(one, higher, here)
                if blind is not None:
                    checks.append(self._may_intercept(one, higher, route, blind))
            if here.lineage.open_end is not None:
                checks.append(self._may_intercept(one, "above " + scopes[-1], route, here.lineage.open_end))
        return checks

    def _may_intercept(self, kind: HopKind, place: str, route: Route, blind: str) -> Check:
        return Check(
            reason="intercepted",
            test=negate(self.estate.doubt(blind, f"{kind.id} at {place} intercepts")),
            cause=blind,
            says=f"something at {place} may take them before {route.setting} sees them",
        )

    def leave(
        self, hops: tuple[Hop, ...], here: _Standpoint, fields: Mapping[str, str], seen: frozenset[object]
    ) -> list[Predicate]:
        """Follows every hop of the scopes here; gives which records each takes, wherever it leads."""
        taken: list[Predicate] = []
        passed = all_of(*(check.test for hop in hops for check in hop.checks))
        for route, place in self.acting("carry", here):
            met = self.met(route, here)
            checks = [
                *self.interceptions(route, place, here),
                *self.checks_of(route, own=place == here.lineage.scopes[0], met=met),
            ]
            taken.append(all_of(*(check.test for check in checks)))
            self.walk(hops, route, checks, fields, seen)
        for kind, place, blind in self.hidden("carry", here):
            doubt = self.estate.doubt(blind, f"{kind.id} at {place} carries")
            taken.append(doubt)
            self.possible.append(
                Possible(hops=hops, leads_to=kind.leads_to, test=all_of(passed, doubt), blind_spot=blind)
            )
        return taken

    def walk(
        self,
        hops: tuple[Hop, ...],
        route: Route,
        checks: list[Check],
        fields: Mapping[str, str],
        seen: frozenset[object],
    ) -> None:
        """Follows one route, and everything onward from where it leads."""
        if route.to is None:
            return
        self.steps += 1
        if isinstance(route.to, Unread):
            hop = Hop(route=route, checks=tuple(self.known(check, fields) for check in checks))
            self._may_go(
                (*hops, hop), self.estate.hop_kind(route.kind).leads_to, route.to.blind_spot, "its end"
            )
            return
        carriers = self.estate.aliases.get(route.to, ())
        destination = self.estate.destinations.get(route.to)
        if destination is None and not carriers:
            destination = _unseen(self.estate, route.to)
        after = {**fields, **spelled(self.source, route.sets)}
        arriving = self.arriving(route, route.to, destination)
        hop = Hop(
            route=route,
            checks=(*(self.known(check, fields) for check in checks), *arriving),
        )
        path = (*hops, hop)
        state = _state(route.to, after)
        if state in seen:
            return
        if carriers:
            for scope, alias in carriers:
                self._enter(path, scope, alias, len(carriers), after, seen | {state})
            return
        assert destination is not None
        test = all_of(*(check.test for hop in path for check in hop.checks))
        self.arrivals.append(Arrival(hops=path, destination=destination, test=test))
        self._go_on(path, destination, after, seen | {state})

    def _may_go(self, hops: tuple[Hop, ...], leads_to: tuple[str, ...], blind: str, what: str) -> None:
        """A way onward that might exist."""
        last = hops[-1].route
        test = all_of(
            *(check.test for hop in hops for check in hop.checks),
            self.estate.doubt(blind, f"{what} after {last.id}"),
        )
        self.possible.append(Possible(hops=hops, leads_to=leads_to, test=test, blind_spot=blind))

    def _bound(self, hops: tuple[Hop, ...]) -> bool:
        """Whether the path has become too long; then whatever comes next is in doubt."""
        if len(hops) < DEPTH and self.steps < MOST_STEPS:
            return False
        place = str(hops[-1].route.to)
        self._may_go(hops, ("*",), self.estate.never_read("hops beyond the bound", place), "more hops")
        return True

    def _go_on(
        self,
        hops: tuple[Hop, ...],
        destination: Destination,
        fields: Mapping[str, str],
        seen: frozenset[object],
    ) -> None:
        here = destination.id
        row = self.estate.destination_kind(here)
        if row is None:
            # What can be done with records in such a place, no row tells.
            self._may_go(
                hops, ("*",), self.estate.never_read("onward hops", here), "an unknown kind of place"
            )
        for kind in row.onward if row is not None else ():
            if self.estate.listed(kind, here, None) is None:
                leads_to = self.estate.hop_kind(kind).leads_to
                self._may_go(hops, leads_to, self.estate.why_unlisted(kind, here, None), kind)
        onward = [
            route
            for route in self.estate.routes_by_origin.get(here, ())
            if route.effect == "carry"
            and glob_matches_any(route.sources, self.source.id)
            and all(self.emitter.dimensions.get(name) == value for name, value in route.dimensions.items())
        ]
        if onward and self._bound(hops):
            return
        for route in onward:
            checks = self.checks_of(route, own=True)
            self.walk(hops, route, checks, fields, seen)

    def _enter(
        self,
        hops: tuple[Hop, ...],
        scope: Scope,
        alias: Alias,
        claims: int,
        fields: Mapping[str, str],
        seen: frozenset[object],
    ) -> None:
        """Records that arrive at a scope under an alias meet the hops that act there, as if written there."""
        if self._bound(hops):
            return
        if claims > 1:
            blind = self.estate.never_read("whose alias this is", alias.id)
            last = hops[-1]
            mine = Check(
                reason="wrong-destination",
                test=self.estate.doubt(blind, f"{alias.id} is {scope.id}"),
                cause=alias.id,
                says=f"{claims} scopes are known as {alias.id}",
            )
            hops = (*hops[:-1], Hop(route=last.route, checks=(*last.checks, mine)))
        kinds = sorted(self.estate.hop_kinds.values(), key=lambda row: row.id)
        here = _Standpoint(
            lineage=self.estate.lineage(scope.id),
            kinds=tuple(
                kind
                for kind in kinds
                if "carry" in kind.effects and glob_matches_any(kind.sources, self.source.id)
            ),
            arrived=True,
        )
        self.leave(hops, here, {**fields, **spelled(self.source, alias.sets)}, seen)

    def explore(self) -> Ways:
        """All of it."""
        generated, generators = self.generated()
        first = self.leave((), self.written, self.fixed, frozenset())
        return Ways(
            emitter=self.emitter,
            generated=substitute(generated, self.fixed),
            generators=generators,
            switched_off=tuple(self.switched_off),
            first_hops=substitute(any_of(*first), self.fixed),
            forms=tuple(form for _, form in sorted(self.forms.items())),
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
    """All paths that records of this emitter can take, and which records are written at all.

    Explored once; what is remembered holds on to the emitter, so that no other can have its identity.
    """
    known: Ways | None = estate.explored.get(id(emitter))
    if known is None:
        known = _Explorer(estate, source, emitter).explore()
        estate.explored[id(emitter)] = known
    return known
