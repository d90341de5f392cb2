"""Which findings rest on answers of an inventory service, how old those may be, and where to ask directly instead.

Such a service tells of a whole organisation in a few calls, but hours late. A gap that it shows may be mended, and a
pass may be broken by now. So what would be a gap is read again directly before anybody hears of it, and so is a sample
of passes; the others carry the age that their answers may have.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from logcov.coverage import Estate
from logcov.evaluate.judge import Judging
from logcov.evaluate.verdict import Verdict
from logcov.findings import Finding, age_in_words
from logcov.inventory import Inventory, Reading, Scope
from logcov.inventory.file import encoded
from logcov.policy import PolicySet

SAMPLED = 25
"""Passes that are read again directly: if one in ten were wrong, the sample would miss it 7 times in 100."""

NOT_WRITTEN = frozenset({"not-generated", "partly-generated"})
"""Gaps that no sink could close."""

ODD = frozenset({"unparseable", "not-observable"})
"""Blind spots that a direct answer may lift where an inventory service's was odd."""


class Ages:
    """The older answers of an estate, by place."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._old = {key: one.as_old_as for key, one in estate.readings.items() if one.via != "direct"}
        self._listed: dict[tuple[str, frozenset[str] | None], int] = {}
        self._stored: dict[str, int] = {}
        self._kinds: dict[str, dict[str, int]] = {}
        if not self._old:
            return
        kinds = self._kinds
        for (kind, at, _), listing in estate.listings.items():
            # Which scopes there are decides no verdict on one of them.
            if kind != "scopes" and (age := self._age(listing.readings)):
                known = kinds.setdefault(at, {})
                known[kind] = max(age, known.get(kind, 0))
        for (_, end), admission in estate.admissions.items():
            if age := self._age(admission.readings):
                self._stored[end] = max(age, self._stored.get(end, 0))
        for name, destination in estate.destinations.items():
            ages = (self._age(destination.readings), *kinds.get(name, {}).values(), self._stored.get(name, 0))
            if age := max(ages):
                self._stored[name] = age

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._old)

    def _age(self, readings: Iterable[str]) -> int:
        return max((self._old.get(key, 0) for key in readings), default=0)

    def places(self, finding: Finding, verdict: Verdict) -> Mapping[str, int]:
        """The places at which the finding may rest on older answers → the seconds that those may be old."""
        found: dict[str, int] = {}
        if not self._old:
            return found
        wanted = self._wanted(finding)
        for at in self._estate.lineage(finding.scope).scopes:
            if age := self._at(at, wanted):
                found[at] = age
        own = self._estate.scopes.get(finding.scope)
        if own is not None and (age := self._age(own.readings)):
            found[finding.scope] = max(age, found.get(finding.scope, 0))
        for end in _passed(finding, verdict):
            if age := self._stored.get(end, 0):
                found[end] = age
        return found

    def _wanted(self, finding: Finding) -> frozenset[str] | None:
        """The kinds of hops that decide; None for all."""
        source = self._estate.sources.get(finding.source)
        if source is None:
            return None
        if finding.reason in NOT_WRITTEN:
            return frozenset(
                kind
                for kind in source.needs
                if set(self._estate.hop_kind(kind).effects) & {"generate", "withhold"}
            )
        return frozenset(source.needs)

    def _at(self, place: str, wanted: frozenset[str] | None) -> int:
        key = place, wanted
        known = self._listed.get(key)
        if known is None:
            kinds = self._kinds.get(place, {})
            known = max((age for kind, age in kinds.items() if wanted is None or kind in wanted), default=0)
            self._listed[key] = known
        return known


def _passed(finding: Finding, verdict: Verdict) -> Iterator[str]:
    """Every destination that the finding tells of: on the way, at its end, or the store itself."""
    yield finding.resource or ""
    yield from (step.id for step in finding.path if step.kind == "destination")
    for way in (verdict.candidate, verdict.arrival):
        for hop in way.hops if way is not None else ():
            yield hop.route.origin
            yield str(hop.route.to)


def places_to_confirm(inventory: Inventory, policies: PolicySet, *, as_of: date) -> frozenset[str]:
    """The scopes and destinations where direct answers are needed before the verdicts can be told.

    Those of every gap and of a sample of passes; of what is unknown, those where the older answer was odd.
    """
    judging = Judging(inventory, policies, as_of)
    judging.run()
    ages = Ages(judging.estate)
    wanted: set[str] = set()
    passes: list[tuple[str, Mapping[str, int]]] = []
    for finding, verdict in judging.noted.values():
        places = ages.places(finding, verdict)
        if finding.status == "gap":
            wanted |= places.keys()
        elif finding.status == "covered" and places:
            passes.append((finding.id, places))
        elif finding.status == "unknown":
            wanted |= places.keys() & _odd_places(judging.estate, verdict)
    seed = _seed(inventory)
    passes.sort(key=lambda one: hashlib.sha256(seed + one[0].encode()).digest())
    for _, places in passes[:SAMPLED]:
        wanted |= places.keys()
    return frozenset(wanted)


def _odd_places(estate: Estate, verdict: Verdict) -> set[str]:
    spots = [estate.blind_spot(key) for key in verdict.blind_spots]
    return {spot.place for spot in spots if spot.kind in ODD}


def _seed(inventory: Inventory) -> bytes:
    """The same for the same inventory: a digest of its scopes, and of what was asked and when."""
    digest = hashlib.sha256()
    for fact in inventory.facts:
        if isinstance(fact, Scope | Reading):
            digest.update(encoded(fact))
    return digest.digest()


def age_warnings(estate: Estate, noted: Iterable[tuple[Finding, Verdict]]) -> list[str]:
    """What a reader should know of older answers: how many findings rest on them, and where direct ones differed."""
    ages = Ages(estate)
    lines: list[str] = []
    if ages:
        oldest: dict[str, list[int]] = {}
        for finding, verdict in noted:
            if finding.status in {"covered", "gap"} and (places := ages.places(finding, verdict)):
                oldest.setdefault(finding.status, []).append(max(places.values()))
        if old := oldest.get("covered"):
            lines.append(
                f"{_counted(len(old), 'pass rests', 'passes rest')} on answers of an inventory service, which may be up to "
                f"{age_in_words(max(old))} old."
            )
        if old := oldest.get("gap"):
            lines.append(
                f"{_counted(len(old), 'gap rests', 'gaps rest')} on answers of an inventory service, which may be up to "
                f"{age_in_words(max(old))} old, and {'was' if len(old) == 1 else 'were'} not read again directly."
            )
    for _, reading in sorted(estate.readings.items()):
        if reading.corrects:
            lines.append(
                f"{reading.place}: {reading.call} says otherwise than the inventory service; the direct answer counts."
            )
    return lines


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
