"""Which paths count for a leg of a requirement, and what must hold along each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from logcov.coverage import Arrival, Check, Estate, Hop, Ways, known_fields
from logcov.evaluate.membership import belongs
from logcov.evaluate.terms import terms_at, terms_vouched
from logcov.inventory import Destination, DestinationKind, LogSource, Unread
from logcov.policy import Attestation, Leg, Place, Vouched
from logcov.selection import condition
from logcov.selection.predicate import FALSE, TRUE, Predicate, all_of, any_of, glob_matches, substitute


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way to satisfy a leg: a path, its end, and every check on it.

    Attributes:
        id: orders candidates the same way in every run.
        hops: the routes of the path; none where an attestation is the whole way.
        end: the destination id, or the name of the vouched place.
        checks: of the hops and of the end, in the order in which a record meets them.
        attested: it needs somebody's word; `attestations` names them.
        not_assessed: terms of the leg that no API shows here.
    """

    id: str
    hops: tuple[Hop, ...]
    end: str
    checks: tuple[Check, ...]
    attested: bool = False
    attestations: tuple[str, ...] = ()
    not_assessed: tuple[str, ...] = ()

    @property
    def test(self) -> Predicate:
        """Which records it brings to an end that satisfies the leg, doubts included."""
        return all_of(*(check.test for check in self.checks))


@dataclass(frozen=True, slots=True, kw_only=True)
class LegWays:
    """All candidates of one leg, and the doubt that more of them exist."""

    leg: Leg
    candidates: tuple[Candidate, ...]
    unseen: tuple[tuple[Predicate, str], ...]

    def carried(self, *, attested: bool) -> Predicate:
        """Which records the leg's candidates carry; without those that need an attestation unless `attested`."""
        tests = [candidate.test for candidate in self.candidates if attested or not candidate.attested]
        return any_of(*tests, *(test for test, _ in self.unseen))


def _lapsed(vouched: Vouched | Attestation, as_of: date) -> bool:
    return not vouched.starts <= as_of <= vouched.expires


def _expiry(word: Vouched | Attestation, name: str, as_of: date) -> Check:
    state = f"lapsed on {word.expires}" if as_of > word.expires else f"begins only on {word.starts}"
    return Check(
        reason="attestation-expired",
        test=FALSE if _lapsed(word, as_of) else TRUE,
        cause=name,
        says=f"what {word.by} stated about {name} {state}",
    )


def _trust(estate: Estate, place: Place, arrival: Arrival) -> Check | None:
    """A destination that no audited scope owns is trusted only if the policy names it in full."""
    destination = arrival.destination
    owner = destination.owner
    if isinstance(owner, str) and owner in estate.scopes:
        return None
    if any(pattern == destination.id for pattern in place.patterns):
        return None
    blind = owner.blind_spot if isinstance(owner, Unread) else estate.never_read("owner", destination.id)
    return Check(
        reason="wrong-destination",
        test=estate.doubt(blind, f"owner of {destination.id}"),
        cause=destination.id,
        says=f"nothing that was audited owns {destination.id}",
        readings=destination.readings,
    )


def _named(place: Place, row: DestinationKind, destination: Destination) -> bool:
    """Whether the place asks for destinations of this kind and no others: neither `"*"` nor what also fits stores."""
    return any(
        glob_matches(row.pattern, pattern) and glob_matches(pattern, destination.id)
        for pattern in place.patterns
    )


def _hears(estate: Estate, place: Place, destination: Destination) -> bool:
    """Whether the place is one where people hear of records, and that is what the policy asks for."""
    row = estate.destination_kind(destination.id)
    return row is not None and row.hears and _named(place, row, destination)


def _known_behind(estate: Estate, place: Place, destination: Destination) -> bool:
    """Whether all that carries records on from a relay was listed: then what they come to is judged by itself.

    Of a relay that anybody may read from (`consumed`), listings are never all, unless those who read are people. Who
    names a relay knows of something behind it.
    """
    row = estate.destination_kind(destination.id)
    if row is None or not row.onward or _named(place, row, destination):
        return False
    if destination.consumed is not None and not row.hears:
        return False
    return all(estate.listed(kind, destination.id, None) is not None for kind in row.onward)


def _through_doors(
    estate: Estate, leg: Leg, place: Place, arrival: Arrival, as_of: date, scope: str
) -> list[Candidate]:
    hop_checks = tuple(check for hop in arrival.hops for check in hop.checks)
    destination = arrival.destination
    found: list[Candidate] = []
    if destination.end or _hears(estate, place, destination):
        judged = terms_at(estate, arrival, leg.terms, scope)
        trust = _trust(estate, place, arrival)
        found.append(
            Candidate(
                id=arrival.id,
                hops=arrival.hops,
                end=destination.id,
                checks=(*hop_checks, *((trust,) if trust else ()), *judged.checks),
                not_assessed=judged.not_assessed,
            )
        )
    elif (place.vouched is None or leg.terms.proven) and not _known_behind(estate, place, destination):
        # Records only pass this place, and nothing tells where to: neither kept nor lost.
        blind = estate.never_read("what lies behind", destination.id)
        behind = Check(
            reason="wrong-destination",
            test=estate.doubt(blind, f"behind {destination.id}"),
            cause=destination.id,
            says=f"records only pass {destination.id}; nothing tells where to",
        )
        found.append(
            Candidate(id=arrival.id, hops=arrival.hops, end=destination.id, checks=(*hop_checks, behind))
        )
    if place.vouched is not None and place.name != "*" and not leg.terms.proven:
        judged = terms_vouched(estate, place.name, place.vouched, leg.terms)
        expiry = _expiry(place.vouched, place.name, as_of)
        found.append(
            Candidate(
                id=f"{arrival.id} > {place.name}",
                hops=arrival.hops,
                end=place.name,
                checks=(*hop_checks, expiry, *judged.checks),
                attested=True,
                attestations=(place.name,),
                not_assessed=judged.not_assessed,
            )
        )
    return found


def _attested(
    estate: Estate,
    leg: Leg,
    place: Place,
    statement: Attestation,
    source: LogSource,
    as_of: date,
    fixed: Mapping[str, str],
) -> list[Candidate]:
    if leg.terms.proven:
        return []
    expiry = _expiry(statement, statement.id, as_of)
    found: list[Candidate] = []
    for logs in statement.logs:
        spoken = substitute(condition(logs.only, source), fixed)
        if not glob_matches(logs.pattern, source.id) or spoken is FALSE:
            continue
        speaks = Check(
            reason="filtered-out",
            test=spoken,
            cause=statement.id,
            says=f"{statement.id} does not speak of them",
        )
        checks: tuple[Check, ...] = (speaks, expiry)
        not_assessed: tuple[str, ...] = ()
        names: tuple[str, ...] = (statement.id,)
        if place.vouched is not None:
            judged = terms_vouched(estate, place.name, place.vouched, leg.terms)
            checks = (*checks, _expiry(place.vouched, place.name, as_of), *judged.checks)
            not_assessed = judged.not_assessed
            names = (statement.id, place.name)
        else:
            blind = estate.never_read("attested facts", place.name)
            terms = replace(leg.terms, proven=False)
            if terms != type(terms)():
                checks = (
                    *checks,
                    Check(
                        reason="retention-too-short",
                        test=estate.doubt(blind, f"terms at {place.name}"),
                        cause=place.name,
                        says=f"nothing states how {place.name} keeps records",
                    ),
                )
        found.append(
            Candidate(
                id=f"attestation {statement.id} > {place.name}",
                hops=(),
                end=place.name,
                checks=checks,
                attested=True,
                attestations=names,
                not_assessed=not_assessed,
            )
        )
    return found


def leg_ways(
    estate: Estate,
    leg: Leg,
    ways: Ways,
    source: LogSource,
    attestations: Sequence[Attestation],
    as_of: date,
) -> LegWays:
    """Every candidate for the leg among the ways of one emitter."""
    candidates: list[Candidate] = []
    for place in leg.places:
        for arrival in ways.arrivals:
            if any(glob_matches(pattern, arrival.destination.id) for pattern in place.patterns):
                candidates += _through_doors(estate, leg, place, arrival, as_of, ways.emitter.scope)
        for statement in attestations:
            if statement.to is None or all(target.name != place.name for target in statement.to):
                continue
            candidates += _attested_here(estate, leg, place, statement, source, as_of, ways)
    unseen = tuple(
        (possible.test, possible.blind_spot)
        for possible in ways.possible
        if estate.may_reach(
            possible.leads_to, tuple(pattern for place in leg.places for pattern in place.patterns)
        )
    )
    candidates.sort(key=lambda candidate: (candidate.id, candidate.end))
    return LegWays(leg=leg, candidates=tuple(candidates), unseen=unseen)


def _attested_here(
    estate: Estate,
    leg: Leg,
    place: Place,
    statement: Attestation,
    source: LogSource,
    as_of: date,
    ways: Ways,
) -> list[Candidate]:
    member = belongs(estate, statement.where, ways.emitter)
    if member.belongs is False:
        return []
    fixed = known_fields(source, ways.emitter)
    found = _attested(estate, leg, place, statement, source, as_of, fixed)
    if member.belongs is None:
        blind = estate.never_read("whether the attestation speaks of", ways.emitter.scope)
        perhaps = Check(
            reason="filtered-out",
            test=estate.doubt(blind, f"{statement.id} covers {ways.emitter.scope}"),
            cause=statement.id,
            says=f"whether {statement.id} covers {ways.emitter.scope} is not known: {member.why}",
        )
        found = [replace(candidate, checks=(perhaps, *candidate.checks)) for candidate in found]
    return found
