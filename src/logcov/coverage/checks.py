"""What must hold at each step of a path, and the reason that names the step when it does not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

from logcov.coverage.estate import Estate
from logcov.inventory import Activity, Delivery, Destination, Emitter, LogSource, Route, Unread
from logcov.selection import compile_parts
from logcov.selection.decide import decide, domains_of
from logcov.selection.fields import find
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Predicate,
    all_of,
    any_of,
    glob_matches,
    negate,
    substitute,
)

FRESH = timedelta(hours=24)
"""A delivery within this time shows that a hop works. CloudTrail delivers within about 5 minutes on average,
flow logs within 10 (AWS documentation); a day leaves room for quiet accounts."""

SETTLED = timedelta(hours=1)
"""A record younger than this may still be on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition on the way.

    Attributes:
        reason: why records are lost if it fails.
        test: which records pass, doubts included.
        cause: the object that a person would mend.
        says: the failure in words, without a full stop.
        readings: what it rests on.
        raw: the deciding fields, as evidence.
        part: which part of a route holds records back by the reason `filtered-out`: its `filter`, or an `exclusion`.
    """

    reason: str
    test: Predicate
    cause: str
    says: str
    readings: tuple[str, ...] = ()
    raw: Mapping[str, object] | None = None
    part: Literal["", "filter", "exclusion"] = ""


def spelled(source: LogSource, fields: Mapping[str, str]) -> Mapping[str, str]:
    """Values of record fields under the names by which filters know them, whatever alias they were given by."""
    return {find(name, source)[0]: value for name, value in fields.items()}


def known_fields(source: LogSource, emitter: Emitter) -> Mapping[str, str]:
    """The fields that are the same in each record of an emitter."""
    return spelled(source, {**emitter.fields, **emitter.dimensions})


def _as_test(estate: Estate, value: bool | Unread, aspect: str) -> Predicate:  # noqa: FBT001 - the value of a fact
    truth = estate.whether(value, aspect)
    if isinstance(truth, bool):
        return TRUE if truth else FALSE
    return truth


def filter_parts(estate: Estate, route: Route, source: LogSource) -> tuple[Predicate, Predicate]:
    """What the route's filter admits, and what its exclusions take away again; two doubts where it was not read."""
    if route.filter is None:
        return TRUE, FALSE
    if isinstance(route.filter, Unread):
        blind = route.filter.blind_spot
    else:
        known = estate.filters.get(route.filter)
        if known is not None:
            # By their ids: to tell rows and texts apart by content costs more than all the rest.
            key = (f"filter {route.filter}", source.id)
            parts: tuple[Predicate, Predicate] | None = estate.memo.get(key)
            if parts is None:
                parts = estate.memo[key] = compile_parts(known, source)
            return parts
        blind = estate.never_read("filter", route.filter)
    return estate.doubt(blind, f"filter of {route.id}"), estate.doubt(blind, f"exclusions of {route.id}")


def admitted(estate: Estate, route: Route, source: LogSource) -> Predicate:
    """The records that the route's filter lets through."""
    admits, excluded = filter_parts(estate, route, source)
    return all_of(admits, negate(excluded))


def acts(estate: Estate, route: Route, origin_is_own: bool) -> Predicate:  # noqa: FBT001 - one flag, one meaning
    """Whether the route sees records from below its origin at all (from its own place it always does)."""
    return TRUE if origin_is_own else _as_test(estate, route.descends, f"descends of {route.id}")


def switched_on(estate: Estate, route: Route) -> Predicate:
    """Whether the route is enabled."""
    return _as_test(estate, route.enabled, f"enabled of {route.id}")


def taken_by(estate: Estate, route: Route, source: LogSource) -> Predicate:
    """The records that an intercepting route takes from hops below it.

    Where filter and filter-minus-exclusions differ, the documentation does not say what happens: doubt.
    """
    admits, excluded = filter_parts(estate, route, source)
    undocumented = estate.doubt(
        estate.never_read("interception of excluded entries", route.setting), f"interception by {route.id}"
    )
    return all_of(
        _as_test(estate, route.intercepts, f"interception by {route.id}"),
        _as_test(estate, route.descends, f"descends of {route.id}"),
        switched_on(estate, route),
        admits,
        any_of(negate(excluded), undocumented),
    )


def moment(text: str) -> datetime:
    """A time of the inventory. All are UTC, those that don't say so too."""
    told = datetime.fromisoformat(text)
    return told.astimezone(UTC) if told.tzinfo is not None else told.replace(tzinfo=UTC)


def _peers(estate: Estate, route: Route) -> list[Route]:
    """The hops that are one setting at one place, such as a trail in all its regions: an idle region delivers nothing."""
    return [
        other
        for other in estate.routes_by_origin[route.origin]
        if other.setting == route.setting and other.to == route.to and other.delivery is not None
    ]


def _last_success(peers: Sequence[Route]) -> tuple[datetime | None, str | None]:
    """The freshest delivery of any of these hops; and a blind spot, if any is unread."""
    told = [peer.delivery.last_success for peer in peers if peer.delivery is not None]
    blind = [success.blind_spot for success in told if isinstance(success, Unread)]
    times = [moment(success) for success in told if isinstance(success, str)]
    return max(times, default=None), min(blind, default=None)


def _failing(estate: Estate, route: Route, delivery: Delivery) -> Predicate:
    success, error = delivery.last_success, delivery.last_error
    if error is None or error == "":
        return FALSE
    if isinstance(success, str) and moment(success) >= moment(estate.now) - FRESH:
        return FALSE
    if isinstance(error, Unread):
        return estate.doubt(error.blind_spot, f"delivery error of {route.id}")
    if isinstance(success, Unread):
        # It may be fresh, and refute the error.
        return estate.doubt(success.blind_spot, f"last delivery of {route.id}")
    return TRUE


def interceptors(estate: Estate, route: Route, source: LogSource, above: Sequence[str]) -> Iterator[Route]:
    """The hops at these places that may take records away before this one sees them."""
    if route.immune:
        return
    kinds = {route.kind, *estate.hop_kind(route.kind).intercepted_by}
    for place in above:
        for other in estate.routes_by_origin.get(place, ()):
            if (
                other.kind in kinds
                and other.effect == "carry"
                and other.intercepts is not False
                and glob_matches_any(other.sources, source.id)
            ):
                yield other


def _seen_by(estate: Estate, route: Route, activity: Activity) -> bool | None:
    """Whether the records that the activity proves must have come to the hop; None: perhaps."""
    source = estate.sources.get(activity.source)
    lineage = estate.lineage(activity.scope)
    if not glob_matches_any(route.sources, activity.source):
        return False
    if route.origin not in lineage.scopes:
        return False if lineage.open_end is None else None
    if source is None:
        return None
    answers: list[bool | None] = [_settled(switched_on(estate, route))]
    answers.append(_settled(acts(estate, route, route.origin == activity.scope)))
    if route.location not in {None, activity.location}:
        answers.append(None if activity.location is None else False)
    if route.resource is not None:
        answers.append(None)  # activity does not tell which resource wrote
    for name, value in route.dimensions.items():
        told = activity.dimensions.get(name)
        answers.append(None if told is None else told == value)
    tests = [admitted(estate, route, source)]
    above = lineage.scopes[lineage.scopes.index(route.origin) + 1 :]
    for other in interceptors(estate, route, source, above):
        tests.append(negate(taken_by(estate, other, source)))
        answers.append(
            True if (other.location, other.resource, other.dimensions) == (None, None, {}) else None
        )
    if not route.immune and estate.hop_kind(route.kind).intercepts:
        listed = all(estate.listed(route.kind, place, None) is not None for place in above)
        answers.append(True if listed and lineage.open_end is None else None)
    fixed = {**_common_fields(estate, source, activity), **spelled(source, activity.dimensions)}
    verdict = decide(TRUE, substitute(all_of(*tests), fixed), domains_of(source)).verdict
    answers.append({"ALL": True, "NONE": False}.get(verdict))
    return False if False in answers else None if None in answers else True


def _common_fields(estate: Estate, source: LogSource, activity: Activity) -> Mapping[str, str]:
    """The fields that are the same in each record that the activity may be about."""
    behind = [
        known_fields(source, emitter)
        for emitter in estate.emitters_by_source.get(source.id, ())
        if (emitter.scope, emitter.location) == (activity.scope, activity.location)
        and emitter.dimensions.items() <= activity.dimensions.items()
    ]
    return {
        name: value
        for name, value in (behind[0] if behind else {}).items()
        if all(fields.get(name) == value for fields in behind)
    }


def _settled(test: Predicate) -> bool | None:
    return True if test is TRUE else False if test is FALSE else None


def _due(estate: Estate, peer: Route, activity: Activity, latest: datetime | None) -> bool | None:
    """Whether the activity proves that this hop should have delivered since it did last; None: perhaps."""
    at = moment(activity.at)
    if at > moment(estate.now) - SETTLED or (latest is not None and latest >= at - FRESH):
        return False
    if peer.since is not None and moment(peer.since) >= at:
        return False
    seen = _seen_by(estate, peer, activity)
    # A hop that never delivered and does not tell its age may be younger than the records.
    return None if seen and peer.since is None and latest is None else seen


def _stale(
    estate: Estate, route: Route, peers: Sequence[Route], latest: datetime | None, blind: str | None
) -> tuple[Predicate, list[Activity]]:
    """Whether records were there that the setting did not deliver, and what proves it."""
    if blind is not None:
        return estate.doubt(blind, f"last delivery of {route.setting} from {route.origin}"), []
    due = [
        (_due(estate, peer, activity, latest), activity)
        for peer in peers
        for activity in estate.activities_behind(peer)
    ]
    proofs = [activity for answer, activity in due if answer]
    if proofs:
        return TRUE, proofs
    if any(answer is None for answer, _ in due):
        perhaps = estate.never_read("records to deliver", route.setting)
        return estate.doubt(perhaps, f"records behind {route.setting} at {route.origin}"), []
    for peer in peers:
        # Of hops that are off, or report an error, nobody asks whether they had anything to deliver.
        if peer.enabled is False or (peer.delivery is not None and peer.delivery.last_error):
            continue
        why = _not_asked(estate, peer)
        if why is not None:
            return estate.doubt(why, f"activity behind {route.setting} at {route.origin}"), []
    return FALSE, []


def _not_asked(estate: Estate, route: Route) -> str | None:
    """The blind spot that hides whether there was anything that the route could see; None if that was asked everywhere."""
    if estate.listed("activity", route.origin, route.location) is None:
        return estate.why_unlisted("activity", route.origin, route.location)
    if route.descends is False:
        return None
    for scope in sorted(estate.scopes):
        lineage = estate.lineage(scope)
        if route.origin in lineage.scopes or lineage.open_end is not None:
            below = ("scopes",) if estate.scopes[scope].container else ()
            for kind in ("activity", *below, *estate.scopes[scope].apart):
                if estate.listed(kind, scope, None) is None:
                    return estate.why_unlisted(kind, scope, None)
    return None


def _delivery_checks(estate: Estate, route: Route) -> list[Check]:
    """The same for every emitter, so found once."""
    if route.delivery is None:
        return []
    key = ("delivery", route.id)
    if key not in estate.memo:
        estate.memo[key] = _deliveries(estate, route, route.delivery)
    checks: list[Check] = estate.memo[key]
    return checks


def _deliveries(estate: Estate, route: Route, delivery: Delivery) -> list[Check]:
    error = delivery.last_error if isinstance(delivery.last_error, str) else "unread"
    checks = [
        Check(
            reason="delivery-failing",
            test=negate(_failing(estate, route, delivery)),
            cause=route.setting,
            says=f"{route.setting} reports a failed delivery: {error}",
            readings=route.readings,
            raw=route.raw,
        )
    ]
    peers = _peers(estate, route)
    latest, blind = _last_success(peers)
    if latest is not None and latest >= moment(estate.now) - FRESH:
        return checks
    stale, proofs = _stale(estate, route, peers, latest, blind)
    when = f"last delivered {latest:%Y-%m-%dT%H:%M:%SZ}" if latest is not None else "never delivered anything"
    seen = f", yet records existed at {max(proof.at for proof in proofs)}" if proofs else ""
    readings = (*route.readings, *(reading for proof in proofs for reading in proof.readings))
    checks.append(
        Check(
            reason="stale",
            test=negate(stale),
            cause=route.setting,
            says=f"{route.setting} {when}{seen}",
            readings=tuple(dict.fromkeys(readings)),
            raw=route.raw,
        )
    )
    return checks


@lru_cache(maxsize=4096)
def glob_matches_any(patterns: tuple[str, ...], text: str) -> bool:
    """Whether any pattern matches."""
    return any(glob_matches(pattern, text) for pattern in patterns)


def route_checks(
    estate: Estate, route: Route, source: LogSource, *, own: bool, met: Predicate = TRUE
) -> list[Check]:
    """Whether the route lets a record of this source through, wherever it leads.

    `own`: the record is at the route's own place, not below it. `met`: it comes by the route's location at all.

    What the route is meant for comes first, so that a record gets further along a route that wants it and
    is switched off than along one that was never meant for it.
    """
    admits, excluded = filter_parts(estate, route, source)

    def check(
        reason: str, test: Predicate, says: str, part: Literal["", "filter", "exclusion"] = ""
    ) -> Check:
        return Check(
            reason=reason,
            test=test,
            cause=route.setting,
            says=says,
            readings=route.readings,
            raw=route.raw,
            part=part,
        )

    return [
        check(
            "filtered-out",
            all_of(acts(estate, route, own), met),
            f"{route.setting} covers only its own place, not what is below it",
        ),
        check("filtered-out", admits, f"the filter of {route.setting} does not admit them", "filter"),
        check("filtered-out", negate(excluded), f"an exclusion of {route.setting} drops them", "exclusion"),
        check("route-disabled", switched_on(estate, route), f"{route.setting} is switched off"),
    ]


def arrival_checks(estate: Estate, route: Route, here: str, destination: Destination | None) -> list[Check]:
    """Whether what the route lets through arrives: the destination is there, usable, open to the writer, and served.

    `destination` is None for an alias, which is a place of its own only where somebody read it.
    """
    checks: list[Check] = []

    def place(reason: str, value: bool | Unread, aspect: str, says: str) -> None:  # noqa: FBT001 - the value of a fact
        assert destination is not None
        checks.append(
            Check(
                reason=reason,
                test=_as_test(estate, value, f"{aspect} of {here}"),
                cause=here,
                says=says,
                readings=destination.readings,
                raw=destination.raw,
            )
        )

    if destination is not None:
        because = destination.unusable_because or "not told why"
        place("destination-missing", destination.exists, "existence", f"{here} does not exist")
        place(
            "destination-unusable", destination.usable, "usability", f"{here} cannot take records: {because}"
        )
    if route.writer:
        checks.append(_admission(estate, route, here))
    checks += _delivery_checks(estate, route)
    if destination is not None and destination.consumed is not None:
        place("no-consumer", destination.consumed, "consumer", f"nobody takes records out of {here}")
    return checks


def _admission(estate: Estate, route: Route, here: str) -> Check:
    admission = estate.admissions.get((route.id, here))
    if admission is None:
        return Check(
            reason="writer-denied",
            test=estate.doubt(estate.never_read("admission", here), f"admission of {route.id}"),
            cause=here,
            says=f"whether {route.writer} may write to {here} was not read",
        )
    return Check(
        # What else bars the writer is not mended where writers are let in.
        reason="destination-unusable" if admission.barred_by else "writer-denied",
        test=_as_test(estate, admission.allowed, f"admission of {route.writer} to {here}"),
        cause=here,
        says=f"{here} does not let {route.writer} write"
        + (f": {admission.because}" if admission.because else ""),
        readings=admission.readings,
        raw=admission.raw,
    )
