"""What must be true of the copy that counts: one check per term of a leg.

A term that no API shows for this kind of destination is not checked but named, so that the report lists it
as not assessed. A term that could not be read is doubt.
"""

from dataclasses import dataclass
from datetime import timedelta

from logcov.coverage import Arrival, Check, Estate, moment
from logcov.inventory import Destination, Keep, Lock, Route, Unread
from logcov.policy import Terms, Vouched
from logcov.selection.predicate import FALSE, TRUE, Predicate, glob_matches

_KEYS = {"none": "no key", "provider": "the provider's key", "customer-key": "a customer key"}


@dataclass(frozen=True, slots=True)
class Judged:
    """The checks of a leg's terms at one end, and the terms that cannot be judged there."""

    checks: tuple[Check, ...]
    not_assessed: tuple[str, ...] = ()


def _days(days: float) -> str:
    return "for ever" if days == float("inf") else f"{int(days)} days"


def _span(keeps: tuple[Keep, ...], prefix: str) -> tuple[float, float]:
    """The fewest and the most days that records under the prefix last: a rule for a longer prefix may or may not hit them."""
    surely = [keep.days for keep in keeps if prefix.startswith(keep.prefix) and keep.days is not None]
    perhaps = [
        keep.days
        for keep in keeps
        if keep.prefix.startswith(prefix) and keep.prefix != prefix and keep.days is not None
    ]
    return min([*surely, *perhaps], default=float("inf")), min(surely, default=float("inf"))


def _kept(
    estate: Estate,
    destination: Destination,
    prefix: str,
    keeps: tuple[Keep, ...] | Unread,
    need: int,
    *,
    reason: str,
    how: str,
) -> Check:
    here = destination.id
    if isinstance(keeps, Unread):
        test: Predicate = estate.doubt(keeps.blind_spot, f"{reason} at {here}")
        says = f"how long {here} keeps records{how} could not be read"
    elif not keeps:
        test = estate.doubt(estate.never_read("retention", here), f"{reason} at {here}")
        says = f"how long {here} keeps records{how} was not read"
    else:
        least, most = _span(keeps, prefix)
        if least >= need:
            test = TRUE
        elif most < need:
            test = FALSE
        else:
            test = estate.doubt(
                estate.never_read("objects under a rule's prefix", here), f"{reason} at {here}"
            )
        says = f"{here} keeps records{how} {_days(least)}, {need} days are required"
    return Check(
        reason=reason, test=test, cause=here, says=says, readings=destination.readings, raw=destination.raw
    )


def _value(estate: Estate, destination: Destination, *, reason: str, met: bool | Unread, says: str) -> Check:
    if isinstance(met, Unread):
        test = estate.doubt(met.blind_spot, f"{reason} at {destination.id}")
    else:
        test = TRUE if met else FALSE
    return Check(
        reason=reason,
        test=test,
        cause=destination.id,
        says=says,
        readings=destination.readings,
        raw=destination.raw,
    )


def _locked(lock: Lock, terms: Terms) -> bool:
    if terms.immutable == "locked" and lock.mode != "locked":
        return False
    # A lock that is over within the day is none.
    return lock.days is None or lock.days >= (terms.retain or 1)


def _immutable(estate: Estate, destination: Destination, terms: Terms) -> Check:
    lock = destination.lock
    needed = f"for {terms.retain} days" if terms.retain is not None else "at all"
    if isinstance(lock, Unread):
        met: bool | Unread = lock
        says = f"whether {destination.id} is locked could not be read"
    elif isinstance(lock, Lock):
        met = _locked(lock, terms)
        length = _days(float("inf") if lock.days is None else lock.days)
        bypass = ", and somebody with enough rights can bypass it" if lock.mode == "bypassable" else ""
        kind = "a lock that nobody can bypass" if terms.immutable == "locked" else "a lock"
        says = f"{destination.id} is locked {length}{bypass}; {kind} {needed} is required"
    else:
        met = False
        says = f"{destination.id} is not locked"
    return _value(estate, destination, reason="not-immutable", met=met, says=says)


def _delivered(estate: Estate, route: Route, hours: int) -> Check | None:
    if route.delivery is None:
        return None
    success = route.delivery.last_success
    says = f"{route.setting} last delivered {success if isinstance(success, str) else 'at a time that is not known'}"
    limit = moment(estate.now) - timedelta(hours=hours)
    if isinstance(success, Unread):
        # Not the doubt of `delivery-failing`, which is about a loss: one doubt must not stand for both.
        test = estate.doubt(success.blind_spot, f"delivery in time by {route.id}")
    elif success is not None and moment(success) >= limit:
        test = TRUE
    else:
        # An idle place delivers nothing, and no API tells it from a broken one: `stale` says so where it can be proved.
        test = estate.doubt(
            estate.never_read("records to deliver", route.id), f"delivery in time by {route.id}"
        )
    return Check(
        reason="stale", test=test, cause=route.setting, says=says, readings=route.readings, raw=route.raw
    )


def _deleters(estate: Estate, destination: Destination, allowed: tuple[str, ...]) -> Check:
    deleters = destination.deleters
    if isinstance(deleters, Unread):
        return _value(
            estate,
            destination,
            reason="deletable",
            met=deleters,
            says=f"who can delete in {destination.id} could not be read",
        )
    others = [who for who in deleters or () if not any(glob_matches(pattern, who) for pattern in allowed)]
    return _value(
        estate,
        destination,
        reason="deletable",
        met=not others,
        says=f"{', '.join(others)} can delete in {destination.id}",
    )


def terms_at(estate: Estate, arrival: Arrival, terms: Terms, scope: str) -> Judged:
    """The checks of the terms for what arrives at a destination whose facts were read."""
    destination = arrival.destination
    route = arrival.hops[-1].route
    here = destination.id
    checks: list[Check] = []
    unobservable: list[str] = []
    for need, keeps, reason, how in (
        (terms.retain, destination.retained, "retention-too-short", ""),
        (terms.online, destination.online, "not-online-long-enough", " online"),
        (terms.searchable, destination.searchable, "not-searchable-long-enough", " searchable"),
    ):
        if need is not None:
            checks.append(_kept(estate, destination, route.prefix, keeps, need, reason=reason, how=how))
    if terms.immutable is not None:
        if destination.lock is None:
            unobservable.append("immutable")
        else:
            checks.append(_immutable(estate, destination, terms))
    if terms.encrypted is not None:
        if destination.encrypted is None:
            unobservable.append("encrypted")
        else:
            good = {"customer-key"} if terms.encrypted == "customer-key" else {"customer-key", "provider"}
            met = (
                destination.encrypted
                if isinstance(destination.encrypted, Unread)
                else destination.encrypted in good
            )
            wanted = "a customer key" if terms.encrypted == "customer-key" else "any key"
            says = (
                f"{here} is encrypted with {_KEYS.get(str(destination.encrypted))}, but must be with {wanted}"
            )
            checks.append(_value(estate, destination, reason="not-encrypted", met=met, says=says))
    if terms.validated:
        if route.validated is None:
            unobservable.append("validated")
        else:
            met = route.validated
            test = (
                estate.doubt(met.blind_spot, f"validation by {route.id}")
                if isinstance(met, Unread)
                else TRUE
                if met
                else FALSE
            )
            checks.append(
                Check(
                    reason="not-validated",
                    test=test,
                    cause=route.setting,
                    says=f"{route.setting} writes no digests, so a changed record would not be noticed",
                    readings=route.readings,
                    raw=route.raw,
                )
            )
    if terms.separate:
        met = destination.owner if isinstance(destination.owner, Unread) else destination.owner != scope
        checks.append(
            _value(
                estate, destination, reason="not-separate", met=met, says=f"{here} belongs to {scope} itself"
            )
        )
    if terms.private:
        if destination.private is None:
            unobservable.append("private")
        else:
            checks.append(
                _value(
                    estate,
                    destination,
                    reason="public",
                    met=destination.private,
                    says=f"{here} can be read by the public",
                )
            )
    if terms.deletable_by is not None:
        if destination.deleters is None:
            unobservable.append("deletable_by")
        else:
            checks.append(_deleters(estate, destination, terms.deletable_by))
    if terms.delivered_within is not None:
        delivered = _delivered(estate, route, terms.delivered_within)
        if delivered is None:
            unobservable.append("delivered_within")
        else:
            checks.append(delivered)
    return Judged(tuple(checks), tuple(unobservable))


def terms_vouched(estate: Estate, name: str, vouched: Vouched, terms: Terms) -> Judged:
    """The checks of the terms for the store behind a door, as its owner states it.

    How long it keeps records must be stated. Of what else is not stated, no API tells: not assessed.
    """
    checks: list[Check] = []
    unobservable: list[str] = []

    def check(reason: str, met: bool | None, says: str, term: str) -> None:  # noqa: FBT001 - three values
        if met is None and term:
            unobservable.append(term)
            return
        doubtful = estate.doubt(estate.never_read("attested facts", name), f"{reason} of {name}")
        test = doubtful if met is None else TRUE if met else FALSE
        checks.append(Check(reason=reason, test=test, cause=name, says=says))

    def days(reason: str, need: int | None, have: int | None, word: str) -> None:
        if need is not None:
            stated = "does not say" if have is None else f"says {have} days"
            says = f"{vouched.by} {stated} for how long {name} keeps records {word}; {need} are required"
            check(reason, None if have is None else have >= need, says.replace("  ", " "), "")

    days("retention-too-short", terms.retain, vouched.retain, "")
    online = vouched.searchable if vouched.online is None else vouched.online
    days("not-online-long-enough", terms.online, online, "online")
    days("not-searchable-long-enough", terms.searchable, vouched.searchable, "searchable")
    if terms.immutable is not None:
        good = {"locked"} if terms.immutable == "locked" else {"locked", "bypassable"}
        met = None if vouched.immutable is None else vouched.immutable in good
        check("not-immutable", met, f"{vouched.by} does not call {name} {terms.immutable}", "immutable")
    if terms.encrypted is not None:
        keys = {"customer-key"} if terms.encrypted == "customer-key" else {"customer-key", "any"}
        met = None if vouched.encrypted is None else vouched.encrypted in keys
        check("not-encrypted", met, f"{vouched.by} states another encryption of {name}", "encrypted")
    for wanted, stated, reason, term in (
        (terms.validated, vouched.validated, "not-validated", "validated"),
        (terms.separate, vouched.separate, "not-separate", "separate"),
        (terms.private, vouched.private, "public", "private"),
    ):
        if wanted:
            check(reason, stated, f"{vouched.by} states that {name} is not {term}", term)
    if terms.deletable_by is not None:
        unobservable.append("deletable_by")
    if terms.delivered_within is not None:
        unobservable.append("delivered_within")
    return Judged(tuple(checks), tuple(unobservable))
