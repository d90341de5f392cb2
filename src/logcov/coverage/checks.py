"""What must hold at each step of a path, and the reason that names the step when it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from logcov.coverage.estate import Estate
from logcov.inventory import Destination, LogSource, Route, Unread
from logcov.selection import compile_filter, compile_parts
from logcov.selection.predicate import FALSE, TRUE, Predicate, all_of, any_of, glob_matches, negate

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
    """

    reason: str
    test: Predicate
    cause: str
    says: str
    readings: tuple[str, ...] = ()
    raw: Mapping[str, object] | None = None


def _as_test(estate: Estate, value: bool | Unread, aspect: str) -> Predicate:  # noqa: FBT001 - the value of a fact
    truth = estate.whether(value, aspect)
    if isinstance(truth, bool):
        return TRUE if truth else FALSE
    return truth


def filter_parts(estate: Estate, route: Route, source: LogSource) -> tuple[Predicate, Predicate]:
    """What the route's filter admits, and what its exclusions take away again; doubt where it was not read."""
    if route.filter is None:
        return TRUE, FALSE
    if isinstance(route.filter, Unread):
        return estate.doubt(route.filter.blind_spot, f"filter of {route.id}"), FALSE
    known = estate.filters.get(route.filter)
    if known is None:
        return estate.doubt(estate.never_read("filter", route.filter), f"filter of {route.id}"), FALSE
    return compile_parts(known, source)


def admitted(estate: Estate, route: Route, source: LogSource) -> Predicate:
    """The records that the route's filter lets through."""
    if isinstance(route.filter, str) and route.filter in estate.filters:
        return compile_filter(estate.filters[route.filter], source)
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


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _older(text: str, than: datetime) -> bool:
    return _moment(text) < than


def _last_success(estate: Estate, route: Route) -> tuple[str | None, str | None]:
    """The freshest delivery of the route's setting from this origin, over all locations; and a blind spot, if any is unread.

    An idle region delivers nothing; the setting works if it delivers anywhere.
    """
    latest: str | None = None
    blind: str | None = None
    for other in estate.routes_by_origin.get(route.origin, ()):
        if other.setting != route.setting or other.to != route.to or other.delivery is None:
            continue
        success = other.delivery.last_success
        if isinstance(success, Unread):
            blind = blind or success.blind_spot
        elif success is not None and (latest is None or _older(latest, _moment(success))):
            latest = success
    return latest, blind


def _delivery_checks(estate: Estate, route: Route) -> list[Check]:
    delivery = route.delivery
    if delivery is None:
        return []
    now = _moment(estate.now)
    own = delivery.last_success
    fresh_here = isinstance(own, str) and not _older(own, now - FRESH)
    error = delivery.last_error
    failing: Predicate
    if fresh_here or error is None or error == "":
        failing = FALSE
    elif isinstance(error, Unread):
        failing = estate.doubt(error.blind_spot, f"delivery error of {route.id}")
    else:
        failing = TRUE
    shown = error if isinstance(error, str) else "unread"
    checks = [
        Check(
            reason="delivery-failing",
            test=negate(failing),
            cause=route.setting,
            says=f"{route.setting} reports a failed delivery: {shown}",
            readings=route.readings,
            raw=route.raw,
        )
    ]
    latest, blind = _last_success(estate, route)
    if latest is not None and not _older(latest, now - FRESH):
        return checks
    active = [
        activity
        for activity in estate.activities
        if activity.scope == route.origin and glob_matches_any(route.sources, activity.source)
    ]
    proofs = [
        activity
        for activity in active
        if (latest is None or _older(latest, _moment(activity.at) - FRESH))
        and _older(activity.at, now - SETTLED)
        and (route.since is None or _older(route.since, _moment(activity.at)))
    ]
    if blind is not None:
        stale: Predicate = estate.doubt(blind, f"last delivery of {route.setting} from {route.origin}")
    elif proofs:
        stale = TRUE
    elif estate.listed("activity", route.origin, route.location) is not None:
        stale = FALSE
    else:
        why = estate.why_unlisted("activity", route.origin, route.location)
        stale = estate.doubt(why, f"activity behind {route.setting} at {route.origin}")
    when = f"last delivered {latest}" if latest is not None else "never delivered anything"
    seen = f", yet records existed at {max(proof.at for proof in proofs)}" if proofs else ""
    readings = (*route.readings, *(reading for proof in proofs for reading in proof.readings))
    checks.append(
        Check(
            reason="stale",
            test=negate(stale),
            cause=route.setting,
            says=f"{route.setting} {when}{seen}",
            readings=readings,
            raw=route.raw,
        )
    )
    return checks


def glob_matches_any(patterns: tuple[str, ...], text: str) -> bool:
    """Whether any pattern matches."""
    return any(glob_matches(pattern, text) for pattern in patterns)


def route_checks(estate: Estate, route: Route, source: LogSource, *, own: bool) -> list[Check]:
    """Whether the route lets a record of this source through, wherever it leads.

    What the route is meant for comes first, so that a record gets further along a route that wants it and
    is switched off than along one that was never meant for it.
    """
    admits, excluded = filter_parts(estate, route, source)

    def check(reason: str, test: Predicate, says: str) -> Check:
        return Check(
            reason=reason, test=test, cause=route.setting, says=says, readings=route.readings, raw=route.raw
        )

    return [
        check(
            "filtered-out",
            acts(estate, route, own),
            f"{route.setting} covers only its own place, not what is below it",
        ),
        check("filtered-out", admits, f"the filter of {route.setting} does not let it through"),
        check("filtered-out", negate(excluded), f"an exclusion of {route.setting} drops it"),
        check("route-disabled", switched_on(estate, route), f"{route.setting} is switched off"),
    ]


def arrival_checks(estate: Estate, route: Route, destination: Destination) -> list[Check]:
    """Whether what the route lets through arrives: the destination is there, usable, open to the writer, and served."""
    here = destination.id
    checks = [
        Check(
            reason="destination-missing",
            test=_as_test(estate, destination.exists, f"existence of {here}"),
            cause=here,
            says=f"{here} does not exist",
            readings=destination.readings,
            raw=destination.raw,
        ),
        Check(
            reason="destination-unusable",
            test=_as_test(estate, destination.usable, f"usability of {here}"),
            cause=here,
            says=f"{here} cannot take records: {destination.unusable_because or 'not told why'}",
            readings=destination.readings,
            raw=destination.raw,
        ),
    ]
    if route.writer:
        admission = estate.admissions.get(route.id)
        if admission is None:
            never = estate.never_read("admission", here)
            checks.append(
                Check(
                    reason="writer-denied",
                    test=estate.doubt(never, f"admission of {route.id}"),
                    cause=here,
                    says=f"whether {route.writer} may write to {here} was not read",
                )
            )
        else:
            checks.append(
                Check(
                    reason="writer-denied",
                    test=_as_test(estate, admission.allowed, f"admission of {route.writer} to {here}"),
                    cause=here,
                    says=f"{here} does not let {route.writer} write"
                    + (f": {admission.because}" if admission.because else ""),
                    readings=admission.readings,
                    raw=admission.raw,
                )
            )
    checks += _delivery_checks(estate, route)
    if destination.consumed is not None:
        checks.append(
            Check(
                reason="no-consumer",
                test=_as_test(estate, destination.consumed, f"consumer of {here}"),
                cause=here,
                says=f"nobody takes records out of {here}",
                readings=destination.readings,
                raw=destination.raw,
            )
        )
    return checks
