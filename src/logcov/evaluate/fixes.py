"""What the remedies of an inventory are told about a gap: the names that commands can be filled in with."""

import re
from collections.abc import Mapping
from dataclasses import replace

from logcov.coverage import Estate, Hop
from logcov.evaluate.remedies import fix, meant_for
from logcov.evaluate.verdict import Verdict
from logcov.inventory import Emitter, Filter, Remedy
from logcov.policy import Place, Requirement, Terms
from logcov.selection import compile_text
from logcov.selection.predicate import holds

_PLAIN = re.compile(r"[^A-Za-z0-9_]")


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
    more = {f"field_{_PLAIN.sub('_', name)}": value for name, value in emitter.fields.items()}
    more |= scope.names if scope is not None else {}
    more |= {"immutable": next((one.immutable for one in terms if one.immutable), ""), "at": emitter.scope}
    hop = _hop(verdict)
    if hop is not None:
        more |= {"setting": hop.route.setting, "prefix": hop.route.prefix}
        more |= _stop(estate, verdict, hop, emitter)
    store = estate.destinations.get(verdict.cause)
    if store is not None:
        more |= {"because": store.unusable_because}
    return fix(
        _meant_for(estate, emitter.source, verdict.reason),
        replace(emitter, dimensions={**dimensions, **emitter.dimensions}),
        reason=verdict.reason,
        cause=verdict.cause,
        wanted=[pattern for place in places for pattern in place.patterns],
        days=_days(terms),
        writer=hop.route.writer if hop is not None else "",
        more=more,
    )


def _meant_for(estate: Estate, source: str, reason: str) -> tuple[Remedy, ...]:
    """The same for every gap of a log source by one reason, so found once."""
    key = ("remedies", f"{reason} {source}")
    if key not in estate.memo:
        estate.memo[key] = meant_for(estate.inventory.header.remedies, source, reason)
    found: tuple[Remedy, ...] = estate.memo[key]
    return found


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


def _stop(estate: Estate, verdict: Verdict, hop: Hop, emitter: Emitter) -> Mapping[str, str]:
    """Which part of the hop stops the record: its filter as configured, or the exclusions that drop it, by name.

    A filter of several lines, or with comments, cannot stand within another one as it is: then it is left out.
    """
    part = verdict.check.part if verdict.check is not None else ""
    told = hop.route.filter
    words = estate.filters.get(told) if isinstance(told, str) else None
    if words is None:
        return {"part": part}
    plain = words.text.isprintable() and "--" not in words.text
    return {
        "part": part,
        "filter": words.text if plain else "",
        "exclusions": ",".join(_dropping(estate, verdict, words, emitter)) if part == "exclusion" else "",
    }


def _dropping(estate: Estate, verdict: Verdict, words: Filter, emitter: Emitter) -> list[str]:
    """The names of the exclusions that drop the record; none if one of them is no setting: it has no name, but words."""
    source = verdict.row or estate.sources.get(emitter.source)
    if source is None or verdict.record is None:
        return []
    names = [
        one.name
        for one in words.exclusions
        if not one.disabled
        and holds(compile_text(words.dialect, one.text, source), verdict.record, {}) is True
    ]
    return names if all(name and not {" ", ","} & set(name) for name in names) else []


def _days(terms: list[Terms]) -> int | None:
    """How long records must be kept in all; a lock is for a day at least."""
    asked = [days for one in terms for days in (one.retain, one.online, one.searchable) if days is not None]
    return max(asked, default=1 if any(one.immutable for one in terms) else None)
