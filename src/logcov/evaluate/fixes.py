"""What the remedies of an inventory are told about a gap: the names that commands can be filled in with."""

from collections.abc import Mapping
from dataclasses import replace

from logcov.coverage import Estate, Hop
from logcov.evaluate.remedies import fix
from logcov.evaluate.verdict import Verdict
from logcov.inventory import Emitter
from logcov.policy import Place, Requirement, Terms


def commands(
    estate: Estate,
    requirement: Requirement,
    verdict: Verdict,
    emitter: Emitter,
    dimensions: Mapping[str, str],
) -> str:
    """Commands that would close a gap, as the inventory's remedies word them; empty where there are none.

    Args:
        estate: what holds the remedies.
        requirement: what is asked for.
        verdict: of any status.
        emitter: whose record was followed.
        dimensions: the values of the finding, those of open dimensions too.
    """
    if verdict.status != "gap" or verdict.reason is None or verdict.cause is None:
        return ""
    places, terms = _asked(requirement, verdict)
    scope = estate.scopes.get(emitter.scope)
    more = {
        **(scope.names if scope is not None else {}),
        "immutable": next((one.immutable for one in terms if one.immutable), ""),
    }
    hop = _hop(verdict)
    if hop is not None:
        more |= {"setting": hop.route.setting, "prefix": hop.route.prefix}
    return fix(
        estate.inventory.header.remedies,
        replace(emitter, dimensions={**dimensions, **emitter.dimensions}),
        reason=verdict.reason,
        cause=verdict.cause,
        wanted=[pattern for place in places for pattern in place.patterns],
        days=_days(terms),
        writer=hop.route.writer if hop is not None else "",
        more=more,
    )


def _asked(requirement: Requirement, verdict: Verdict) -> tuple[list[Place], list[Terms]]:
    """Where the records should come to, and under which terms: of the copies that they do not come to."""
    if requirement.stores is not None:
        return list(requirement.stores.places), [requirement.stores.terms]
    legs = verdict.legs or (requirement.reach.legs if requirement.reach is not None else ())
    return [place for leg in legs for place in leg.places], [leg.terms for leg in legs]


def _hop(verdict: Verdict) -> Hop | None:
    """The hop at which the record stops; the last one where the place that it comes to does not satisfy."""
    if verdict.candidate is None or not verdict.candidate.hops:
        return None
    hops = verdict.candidate.hops
    return next((hop for hop in hops if verdict.check in hop.checks), hops[-1])


def _days(terms: list[Terms]) -> int | None:
    """How long records must be kept in all; a lock is for a day at least."""
    asked = [days for one in terms for days in (one.retain, one.online, one.searchable) if days is not None]
    return max(asked, default=1 if any(one.immutable for one in terms) else None)
