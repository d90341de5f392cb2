"""The second sentence of the language: every store that holds such records must be like that.

A store is judged by each way into it. It fails if some record certainly arrives by a way for which a term certainly
fails; it is covered only if the terms hold for every way, also for those that nobody could see.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from logcov.coverage import Arrival, Check, Estate, Hop
from logcov.evaluate.held import Holdings, Inflow
from logcov.evaluate.legs import Candidate
from logcov.evaluate.membership import YES, Member
from logcov.evaluate.population import NOWHERE, homes
from logcov.evaluate.terms import terms_at
from logcov.evaluate.verdict import Record, Verdict, why_doubtful
from logcov.evaluate.wording import place_of
from logcov.inventory import Delivery, Destination, Emitter, Route, Unread
from logcov.policy import Stores
from logcov.selection.decide import Found, domains_of, find
from logcov.selection.predicate import FALSE, TRUE, Predicate, Sampled, leaves


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and the place that it is about; `below`: it stands for whatever is below that place."""

    place: Emitter
    verdict: Verdict
    member: Member = YES
    below: bool = False


def _record(inflow: Inflow) -> tuple[Record, Mapping[bytes, bool]]:
    """A record that arrives, if need be one that only may; and the outcome of each sample for it."""
    found = inflow.decision.lost
    if found is None:
        perhaps = find(inflow.brings, domains_of(inflow.source))
        found = perhaps if isinstance(perhaps, Found) else Found({}, {})
    return {**inflow.emitter.fields, **inflow.emitter.dimensions, **found.record}, {
        leaf.digest: found.assumed.get(leaf.digest, True)
        for leaf in leaves(inflow.brings)
        if isinstance(leaf, Sampled)
    }


def _may_fail(inflow: Inflow, candidate: Candidate, check: Check, test: Predicate, says: str) -> Verdict:
    """The verdict where a term that does not surely hold meets records that do not surely arrive, or either."""
    record, samples = _record(inflow)
    reason, blind, words = why_doubtful(test, record, samples)
    return Verdict(
        status="unknown",
        reason=reason,
        cause=blind[0].lstrip("!") if blind else check.cause,
        says=words or says,
        record=record,
        candidate=candidate,
        check=check if test is check.test else None,
        blind_spots=blind,
        readings=check.readings,
        not_assessed=candidate.not_assessed,
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """One way into a store and what its terms come to."""

    inflow: Inflow
    candidate: Candidate
    checks: tuple[Check, ...]

    @property
    def failing(self) -> Check | None:
        """The first term that does not surely hold; one that surely fails before all others."""
        open_ones = [check for check in self.checks if check.test is not TRUE]
        return next((check for check in open_ones if check.test is FALSE), next(iter(open_ones), None))

    @property
    def writer(self) -> Emitter:
        return self.inflow.emitter


def _ways(estate: Estate, inflows: Sequence[Inflow], stores: Stores) -> Iterator[_Way]:
    for inflow in inflows:
        arrival = inflow.arrival
        judged = terms_at(estate, arrival, stores.terms, inflow.emitter.scope)
        passed = tuple(check for hop in arrival.hops for check in hop.checks)
        candidate = Candidate(
            id=arrival.id,
            hops=arrival.hops,
            end=arrival.destination.id,
            checks=(*passed, *judged.checks),
            not_assessed=judged.not_assessed,
        )
        yield _Way(inflow, candidate, judged.checks)


def _imagined(estate: Estate, store: Destination, scope: str, stores: Stores) -> bool:
    """Whether a term might fail for a way into the store that nobody saw, of records that the scope writes."""
    unread = Unread(estate.never_read("ways into", store.id))
    route = Route(
        id="unseen",
        kind="unseen",
        setting="unseen",
        effect="carry",
        origin=scope,
        to=store.id,
        validated=unread,
        delivery=Delivery(last_success=unread, last_error=unread),
    )
    arrival = Arrival(hops=(Hop(route=route, checks=()),), destination=store, test=TRUE)
    return any(check.test is not TRUE for check in terms_at(estate, arrival, stores.terms, scope).checks)


def _hidden(estate: Estate, store: Destination, found: Holdings, stores: Stores) -> list[str]:
    """The blind spots behind which a way into the store may be for which a term does not hold."""
    owner = store.owner if isinstance(store.owner, str) else ""
    answers: dict[str, bool] = {}
    spots: dict[str, None] = {}
    for one in found.unseen:
        if one.blind_spot in spots or not estate.may_reach(one.leads_to, (store.id,)):
            continue
        # Of places that nobody listed, the owner itself may be one.
        scope = owner if one.scope is None or not stores.terms.separate else one.scope
        if scope not in answers:
            answers[scope] = _imagined(estate, store, scope, stores)
        if answers[scope]:
            spots[one.blind_spot] = None
    return list(spots)


def _gap(store: Destination, ways: Sequence[_Way], failing: Sequence[_Way]) -> tuple[Verdict, Member]:
    """The verdict on a store for which a term fails; of a way that certainly counts before one that only may."""
    way = min(failing, key=lambda one: bool(one.inflow.perhaps))
    check = way.failing
    assert check is not None
    record, _ = _record(way.inflow)
    others = len({place_of(one.writer) for one in failing} - {place_of(way.writer)})
    more = f" and of {others} more place{'s' if others > 1 else ''}" if others else ""
    verdict = Verdict(
        status="gap",
        reason=check.reason,
        extent="all" if len(failing) == len(ways) else "some",
        cause=check.cause,
        says=check.says,
        told=f"{store.id} holds records of {place_of(way.writer)}{more}: {check.says}",
        record=record,
        candidate=way.candidate,
        check=check,
        readings=check.readings,
        not_assessed=way.candidate.not_assessed,
        writer=way.writer,
        row=way.inflow.source,
    )
    perhaps = way.inflow.perhaps
    return verdict, Member(belongs=None, why=perhaps) if perhaps else YES


def _doubts(ways: Sequence[_Way]) -> Iterator[tuple[_Way, Verdict]]:
    for way in ways:
        check = way.failing
        if check is None:
            continue
        if check.test is FALSE:
            says = "whether records arrive there could not be decided"
            yield way, _may_fail(way.inflow, way.candidate, check, way.inflow.brings, says)
        else:
            yield way, _may_fail(way.inflow, way.candidate, check, check.test, check.says)


def _shown_perhaps(ways: Sequence[_Way]) -> Iterator[tuple[_Way, Verdict]]:
    """The ways that may bring records and of which an API shows what is asked, where it shows so of no sure way.

    Without them nothing would be judged of the store; with them it is covered. So they decide, and are in doubt.
    """
    if any(way.checks and way.inflow.sure == "yes" for way in ways) or all(way.checks for way in ways):
        return
    says = "whether records arrive there could not be decided"
    for way in ways:
        if way.checks:
            yield way, _may_fail(way.inflow, way.candidate, way.checks[0], way.inflow.brings, says)


def _unknown(store: Destination, doubts: Sequence[tuple[_Way, Verdict]], hidden: Sequence[str]) -> Verdict:
    """One unknown for everything that could not be told of a store; the first doubt is shown."""
    spots = {spot for _, verdict in doubts for spot in verdict.blind_spots} | set(hidden)
    named = tuple(sorted(spots))
    if doubts:
        way, first = doubts[0]
        return replace(first, blind_spots=named, writer=way.writer, row=way.inflow.source)
    return Verdict(
        status="unknown",
        reason="blind-spot",
        cause=named[0].lstrip("!"),
        says=f"could not be read: what else may bring records to {store.id}",
        blind_spots=named,
    )


def _covered(store: Destination, ways: Sequence[_Way], stores: Stores, asked: Sequence[str]) -> Verdict:
    unobservable = tuple(sorted({term for way in ways for term in way.candidate.not_assessed}))
    shown = min(ways, key=lambda way: (way.inflow.sure != "yes", len(way.candidate.hops)))
    if all(not way.checks for way in ways):
        says = f"No API shows of {store.id} what the policy asks: {', '.join(asked)}"
        return Verdict(status="not-applicable", says=says, not_assessed=unobservable)
    places = len({place_of(way.writer) for way in ways})
    return Verdict(
        status="covered",
        told=f"{store.id} holds records of {places} place{'s' if places > 1 else ''} matching "
        f"{stores.holding}, and is as the policy asks, by every way into it",
        candidate=shown.candidate,
        alone=len(ways) == 1,
        not_assessed=unobservable,
        writer=shown.writer,
        row=shown.inflow.source,
    )


def _asked(stores: Stores) -> list[str]:
    terms = stores.terms
    return [name for name in type(terms).__dataclass_fields__ if getattr(terms, name) not in {None, False}]


def _one(
    estate: Estate, store: Destination, inflows: Sequence[Inflow], found: Holdings, stores: Stores
) -> tuple[Verdict, Member]:
    ways = list(_ways(estate, inflows, stores))
    failing = [
        way
        for way in ways
        if way.failing is not None and way.failing.test is FALSE and way.inflow.decision.lost is not None
    ]
    if isinstance(store.owner, Unread):
        # Nobody knows where this answer belongs, so that it may be given at some other place as well.
        blind = store.owner.blind_spot
        says = f"whose {store.id} is could not be read"
        return Verdict(
            status="unknown", reason="blind-spot", cause=store.id, says=says, blind_spots=(blind,)
        ), YES
    if failing:
        return _gap(store, ways, failing)
    hidden = _hidden(estate, store, found, stores)
    doubts = [*_doubts(ways), *_shown_perhaps(ways)]
    if doubts or hidden:
        return _unknown(store, doubts, hidden), YES
    return _covered(store, ways, stores, _asked(stores)), YES


def judge_stores(
    estate: Estate, stores: Stores, patterns: tuple[str, ...], found: Holdings
) -> Iterator[Judged]:
    """A verdict on every store in which such records rest, and on those that could not be seen.

    A store stands at its owner's scope; where that is not known, and for stores that nobody could see, at the top of
    what was audited: all that a fault may hide is then below.
    """
    tops = homes(estate, patterns)
    lost: dict[str, None] = {one.blind_spot: None for one in found.unseen}
    sources = tuple(
        sorted(
            {inflow.source.id for inflows in found.inflows.values() for inflow in inflows}
            | {one.source for one in found.unseen}
        )
    )
    for inflows in found.inflows.values():
        store = inflows[0].arrival.destination
        verdict, member = _one(estate, store, inflows, found, stores)
        scope = store.owner if isinstance(store.owner, str) else tops[0]
        place = Emitter(source=stores.holding, scope=scope, resource=store.id)
        yield Judged(place, replace(verdict, sources=sources), member)
        if isinstance(store.owner, Unread) and len(tops) > 1:
            lost[store.owner.blind_spot] = None
    if not lost:
        return
    named = tuple(sorted(lost))
    verdict = Verdict(
        status="unknown",
        reason="blind-spot",
        cause=named[0].lstrip("!"),
        says=f"which stores hold records of {stores.holding}",
        blind_spots=named,
        sources=sources,
    )
    for top in tops:
        place = Emitter(source=stores.holding, scope=top, resource=NOWHERE)
        yield Judged(place, verdict, below=True)
