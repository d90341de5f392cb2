"""The verdict on one requirement at one emitter: decided, then explained by following one record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from logcov.coverage import Arrival, Check, Ways, blind_spot_of, known_fields
from logcov.evaluate.legs import Candidate, LegWays
from logcov.evaluate.sampling import settled
from logcov.inventory import Emitter, Field, LogSource, Route
from logcov.policy import Leg
from logcov.selection.decide import Decision, Found, Refuted, decide, find
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Atom,
    Leaf,
    Opaque,
    Predicate,
    Sampled,
    all_of,
    any_of,
    compare,
    doubts,
    holds,
    leaves,
    negate,
    rebuild,
    resolve,
    substitute,
)

Record = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that one verdict depends on.

    `asked` are the records that the requirement is about. `legs` is empty where it asks only that they are
    generated. `written_by_word` is what attestations, those named in `word`, vouch to be generated; `lapsed` are those
    that no longer do, by id.
    """

    source: LogSource
    ways: Ways
    asked: Predicate
    legs: tuple[LegWays, ...]
    mode: Literal["all", "any"]
    domains: Mapping[str, Field]
    written_by_word: Predicate = FALSE
    word: tuple[str, ...] = ()
    lapsed: tuple[tuple[str, Predicate], ...] = ()

    @property
    def self_written(self) -> bool:
        """Whether the source has a switch (or needs none), so that being generated is a question of its own."""
        return self.source.always_generated or bool(self.ways.generators) or self.ways.generated is not TRUE

    @property
    def fixed(self) -> Mapping[str, str]:
        """The fields that are the same in each record."""
        return known_fields(self.source, self.ways.emitter)

    @property
    def required(self) -> Predicate:
        """What must be recorded: happenings, where one may be written down in several forms."""
        forms = self.ways.forms
        return any_of(*(substitute(self.asked, form) for form in forms)) if forms else self.asked

    def recorded(self, test: Predicate) -> Predicate:
        """The happenings of which some form passes the test and is one that is asked for."""
        forms = self.ways.forms
        if not forms:
            return test
        return any_of(*(substitute(all_of(self.asked, test), form) for form in forms))

    def as_written(self, record: Record, assumed: Mapping[bytes, bool], *, hopeful: bool) -> Record:
        """The record in a form that is asked for, and in which it is written, if need be with more luck in samples.

        Where it surely is in none, in one in which it may be.
        """
        forms: list[Record] = [{**record, **form} for form in self.ways.forms] or [record]
        written = self.written(attested=True)
        for hope in dict.fromkeys((hopeful, True)):
            for test in (written, settled(written)):
                for form in forms:
                    if _passes(all_of(self.asked, test), form, assumed, hopeful=hope):
                        return form
        asked = [form for form in forms if _passes(self.asked, form, assumed, hopeful=hopeful)]
        return (asked or forms)[0]

    def written(self, *, attested: bool) -> Predicate:
        """Which records are written, doubts included."""
        return any_of(self.ways.generated, self.written_by_word) if attested else self.ways.generated

    def carried(self, *, attested: bool) -> Predicate:
        """Which records satisfy the requirement, doubts included."""
        if not self.legs:
            if self.self_written:
                return self.recorded(self.written(attested=attested))
            return any_of(self.ways.first_hops, self.written_by_word) if attested else self.ways.first_hops
        # A leg that asks for proof takes no word that records are written, though another leg may.
        parts = [
            all_of(self.ways.generated if leg.leg.terms.proven else TRUE, leg.carried(attested=attested))
            for leg in self.legs
        ]
        written = self.written(attested=attested)
        if self.ways.forms:
            # Records in different forms are different copies, which may satisfy different legs.
            written, parts = TRUE, [self.recorded(all_of(written, part)) for part in parts]
        reached = all_of(*parts) if self.mode == "all" else any_of(*parts)
        return all_of(written, reached)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided, and the step that decides it.

    Attributes:
        says: the deciding step in words.
        record: the record that was followed.
        candidate: the path that it was followed along, if any.
        alone: of what is covered: that path alone brings every record to all that the policy asks for.
        check: the step at which it stops.
        legs: what a record that is lost does not come to.
        blind_spots: what an unknown waits for.
        readings: what absence rests on.
        told: the whole sentence about a gap or about what is covered, where the usual one does not fit.
        writer, row: whose record was followed, where that is another place than the one that is judged.
        sources: the log sources that it is about, where the finding names them by a pattern.
        vacuous: the policy asks for no record that can exist here.
    """

    status: Literal["covered", "gap", "unknown", "not-applicable"]
    basis: Literal["proven", "attested"] = "proven"
    reason: str | None = None
    extent: Literal["all", "some"] | None = None
    cause: str | None = None
    says: str = ""
    record: Record | None = None
    candidate: Candidate | None = None
    alone: bool = False
    arrival: Arrival | None = None
    check: Check | None = None
    legs: tuple[Leg, ...] = ()
    generators: tuple[Route, ...] = ()
    blind_spots: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    not_assessed: tuple[str, ...] = ()
    attestations: tuple[str, ...] = ()
    told: str = ""
    writer: Emitter | None = None
    row: LogSource | None = None
    sources: tuple[str, ...] = ()
    vacuous: bool = False


def _whole(case: Case, found: Found, lost: Predicate) -> Record:
    """The record that was found, with a value in each field that no record lacks and that some test looks at.

    What was found leaves fields out that may hold anything.
    """
    bare: Record = {**case.fixed, **found.record}
    record = dict(bare)
    checks = (check for leg in case.legs for one in leg.candidates for check in one.checks)
    tests = (
        case.ways.generated,
        *(test for _, test in case.ways.generators),
        *(check.test for check in checks),
    )
    for name in sorted({leaf.field for test in tests for leaf in leaves(test) if isinstance(leaf, Atom)}):
        field = case.domains.get(name)
        if field is not None and name not in record and not field.optional:
            likely = "0" if field.kind == "number" else "other"
            record[name] = field.values[0] if field.values else likely
    return record if holds(lost, record, found.assumed) else bare


def _passes(test: Predicate, record: Record, assumed: Mapping[bytes, bool], *, hopeful: bool) -> bool:
    """Whether the record passes; undecidable parts at their best or worst. A sample's outcome must be assumed to keep."""
    return holds(resolve(test, hopeful=hopeful), record, assumed) is True


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where a record stops on a candidate: after so many hops and checks."""

    candidate: Candidate
    index: int
    hops: int

    @property
    def rank(self) -> tuple[int, int]:
        return (self.hops, self.index)

    @property
    def check(self) -> Check:
        return self.candidate.checks[self.index]


def _first_stop(
    candidate: Candidate, record: Record, assumed: Mapping[bytes, bool], *, hopeful: bool
) -> _Stop:
    """Where a record that the candidate does not bring to its end stops: checks may contradict each other only together."""
    tests = [check.test for check in candidate.checks]
    index = next(
        number
        for number in range(len(tests))
        if not _passes(all_of(*tests[: number + 1]), record, assumed, hopeful=hopeful)
    )
    passed, total = 0, 0
    for hop in candidate.hops:
        total += len(hop.checks)
        passed += total <= index
    return _Stop(candidate, index, passed)


def _furthest(stops: Sequence[_Stop]) -> _Stop | None:
    best: _Stop | None = None
    for stop in stops:
        if best is None or stop.rank > best.rank:
            best = stop
    return best


def _failing_legs(
    case: Case, record: Record, assumed: Mapping[bytes, bool], *, hopeful: bool
) -> list[LegWays]:
    """The legs that the record fails; of several that all are asked for, the first."""
    failing = [
        leg for leg in case.legs if not _passes(leg.carried(attested=True), record, assumed, hopeful=hopeful)
    ]
    return failing if case.mode == "any" else failing[:1]


def _sampled(test: Predicate, record: Record, assumed: Mapping[bytes, bool]) -> bool:
    """Whether only the luck of samples keeps the record from passing."""
    samples = any(isinstance(leaf, Sampled) for leaf in leaves(test))
    return samples and _passes(settled(test), record, assumed, hopeful=True)


def _not_written(case: Case, record: Record, assumed: Mapping[bytes, bool], decision: Decision) -> Verdict:
    emitter = case.ways.emitter
    for route, test in case.ways.generators:
        if route.effect == "generate" and _sampled(test, record, assumed):
            return Verdict(
                status="gap",
                reason="sampled",
                extent="some",
                cause=route.setting,
                says=f"{route.setting} has only a sample of them written",
                record=record,
                generators=(route,),
                readings=route.readings,
            )
    written = resolve(case.written(attested=True), hopeful=False)
    some = isinstance(find(all_of(case.asked, written), case.domains), Found)
    withholding = [
        route
        for route, test in case.ways.generators
        if route.effect == "withhold" and _passes(test, record, assumed, hopeful=True)
    ]
    idle = [
        route
        for route, meant in case.ways.switched_off
        if _passes(resolve(meant, hopeful=False), record, assumed, hopeful=False)
    ]
    deciding = withholding or idle
    if withholding:
        says = f"{withholding[0].setting} exempts them from being written"
    elif idle:
        says = f"{idle[0].setting} would have them written, and is switched off"
    else:
        says = f"nothing switches this log on at {emitter.scope} or above"
    return Verdict(
        status="gap",
        reason="partly-generated" if some else "not-generated",
        extent="all" if decision.verdict == "NONE" else "some",
        cause=deciding[0].setting if deciding else emitter.scope,
        says=says,
        record=record,
        generators=tuple(deciding),
        readings=case.ways.listings,
    )


def _no_longer_vouched(case: Case, record: Record, decision: Decision) -> Verdict | None:
    """The gap of a record that nothing writes, if somebody once stated that it is written."""
    for name, spoken in case.lapsed:
        if _passes(spoken, record, {}, hopeful=True):
            return Verdict(
                status="gap",
                reason="attestation-expired",
                extent="all" if decision.verdict == "NONE" else "some",
                cause=name,
                says=f"what was stated about {name} lapsed, and nothing else shows that they are written",
                record=record,
                readings=case.ways.listings,
            )
    return None


def _gap(case: Case, found: Found, decision: Decision) -> Verdict:
    lost = all_of(case.required, negate(resolve(case.carried(attested=True), hopeful=True)))
    assumed = found.assumed
    record = case.as_written(_whole(case, found, lost), assumed, hopeful=True)
    extent: Literal["all", "some"] = "all" if decision.verdict == "NONE" else "some"
    if not case.legs or not _passes(case.written(attested=True), record, assumed, hopeful=True):
        lapsed = _no_longer_vouched(case, record, decision)
        if lapsed is not None:
            return lapsed
    if not _passes(case.written(attested=True), record, assumed, hopeful=True):
        return _not_written(case, record, assumed, decision)
    if not case.legs:
        sampled = _sampled(case.ways.first_hops, record, assumed)
        missing = "not-generated" if extent == "all" else "partly-generated"
        return Verdict(
            status="gap",
            reason="sampled" if sampled else missing,
            extent=extent,
            cause=case.ways.emitter.scope,
            says="only a sample of them is recorded" if sampled else "no setting has them written",
            record=record,
            readings=case.ways.listings,
        )
    failing = _failing_legs(case, record, assumed, hopeful=True)
    best = _furthest(
        [
            _first_stop(candidate, record, assumed, hopeful=True)
            for leg in failing
            for candidate in leg.candidates
        ]
    )
    if best is not None:
        check = best.check
        reason = (
            "sampled"
            if check.reason == "filtered-out" and _sampled(check.test, record, assumed)
            else check.reason
        )
        return Verdict(
            status="gap",
            reason=reason,
            extent=extent,
            cause=check.cause,
            says=check.says,
            record=record,
            candidate=best.candidate,
            check=check,
            legs=tuple(leg.leg for leg in failing if any(one is best.candidate for one in leg.candidates)),
            readings=check.readings,
            not_assessed=best.candidate.not_assessed,
        )
    arrived = [
        arrival for arrival in case.ways.arrivals if _passes(arrival.test, record, assumed, hopeful=True)
    ]
    if arrived:
        arrival = min(arrived, key=lambda one: (not one.destination.end, one.id, one.destination.id))
        last = arrival.hops[-1].route
        return Verdict(
            status="gap",
            reason="wrong-destination",
            extent=extent,
            cause=case.ways.emitter.scope if last.immune else last.setting,
            says=f"they end up in {arrival.destination.id}, which is not a place that the policy accepts",
            record=record,
            arrival=arrival,
            legs=tuple(leg.leg for leg in failing),
            readings=(*last.readings, *case.ways.listings),
        )
    return Verdict(
        status="gap",
        reason="not-routed",
        extent=extent,
        cause=case.ways.emitter.scope,
        says="nothing carries them to any place that the policy accepts",
        record=record,
        legs=tuple(leg.leg for leg in failing),
        readings=case.ways.listings,
    )


def why_doubtful(
    test: Predicate, record: Record, samples: Mapping[bytes, bool]
) -> tuple[str, tuple[str, ...], str]:
    """Reason, blind spots and words of a test that could not be decided for this record; no words: the search gave up."""

    def settle(leaf: Leaf) -> Predicate:
        if isinstance(leaf, Atom):
            return TRUE if leaf.field in record and compare(leaf, record[leaf.field]) else FALSE
        return (TRUE if samples[leaf.digest] else FALSE) if isinstance(leaf, Sampled) else leaf

    open_test = rebuild(test, settle)
    named = tuple(sorted({blind_spot_of(about) for about in doubts(open_test)}))
    if named:
        return "blind-spot", named, f"could not be read: {', '.join(spot.lstrip('!') for spot in named)}"
    words = [f"{leaf.text!r}: {leaf.because}" for leaf in leaves(open_test) if isinstance(leaf, Opaque)]
    return "undecidable-filter", (), words[0] if words else ""


def _open(
    case: Case,
    test: Predicate,
    record: Record,
    samples: Mapping[bytes, bool],
    decision: Decision,
    about: str,
) -> Verdict:
    """The verdict where a test could not be decided that belongs to no step of any path."""
    reason, blind, words = why_doubtful(test, record, samples)
    return Verdict(
        status="unknown",
        reason=reason,
        cause=blind[0].lstrip("!") if blind else case.ways.emitter.scope,
        says=(about if blind else "") + words or decision.because,
        record=record,
        blind_spots=blind,
    )


def _unknown(case: Case, decision: Decision) -> Verdict:
    carried = case.carried(attested=True)
    may_lose = all_of(case.required, negate(carried))
    found = find(may_lose, case.domains)
    lost = found if isinstance(found, Found) else Found({}, {})
    record = case.as_written(_whole(case, lost, may_lose), lost.assumed, hopeful=False)
    written = case.written(attested=True)
    tests = (
        written,
        carried,
        *(check.test for leg in case.legs for one in leg.candidates for check in one.checks),
    )
    samples = {
        leaf.digest: lost.assumed.get(leaf.digest, True)
        for test in tests
        for leaf in leaves(test)
        if isinstance(leaf, Sampled)
    }
    if not _passes(written, record, samples, hopeful=False):
        return _open(case, written, record, samples, decision, "whether they are written ")
    if not case.legs:
        return _open(case, carried, record, samples, decision, "whether they are written ")
    stops: list[_Stop] = []
    hidden: list[str] = []
    for leg in _failing_legs(case, record, samples, hopeful=False):
        hidden += [spot for test, spot in leg.unseen if _passes(test, record, samples, hopeful=True)]
        stops += [
            _first_stop(candidate, record, samples, hopeful=False)
            for candidate in leg.candidates
            if _passes(candidate.test, record, samples, hopeful=True)
        ]
    best = _furthest(stops)
    if best is not None:
        reason, blind, words = why_doubtful(best.check.test, record, samples)
        return Verdict(
            status="unknown",
            reason=reason,
            cause=best.check.cause,
            says=words or decision.because,
            record=record,
            candidate=best.candidate,
            check=best.check,
            blind_spots=blind,
            readings=best.check.readings,
        )
    if hidden:
        spots = tuple(sorted(set(hidden)))
        return Verdict(
            status="unknown",
            reason="blind-spot",
            cause=spots[0].lstrip("!"),
            says=f"could not be read: {', '.join(spot.lstrip('!') for spot in spots)}",
            record=record,
            blind_spots=spots,
        )
    return _open(case, carried, record, samples, decision, "")


def _arriving(case: Case, decision: Decision, *, attested: bool) -> Candidate | None:
    """A path that shows the coverage: one that a kept record takes."""
    kept: Record = {**case.fixed, **(decision.kept.record if decision.kept is not None else {})}
    assumed = decision.kept.assumed if decision.kept is not None else {}
    forms: list[Record] = [{**kept, **form} for form in case.ways.forms]
    written = all_of(case.asked, case.written(attested=attested)) if forms else TRUE
    for leg in case.legs:
        for candidate in sorted(leg.candidates, key=lambda one: (one.attested, len(one.hops))):
            test = all_of(written, candidate.test)
            if (attested or not candidate.attested) and any(
                _passes(test, record, assumed, hopeful=False) for record in forms or [kept]
            ):
                return candidate
    return None


def _suffices(case: Case, candidate: Candidate, *, attested: bool) -> bool:
    """Whether one path covers all that is required, with no help from others."""
    if len(case.legs) > 1 and case.mode == "all":
        return False
    carried = case.recorded(all_of(case.written(attested=attested), candidate.test))
    return decide(case.required, carried, case.domains).verdict == "ALL"


def _covered(case: Case, decision: Decision, *, attested: bool) -> Verdict:
    candidate = _arriving(case, decision, attested=attested)
    used = [one for leg in case.legs for one in leg.candidates if attested or not one.attested]
    names: set[str] = set(case.word) if attested else set()
    if attested:
        names |= {name for one in used if one.attested for name in one.attestations}
    return Verdict(
        status="covered",
        basis="attested" if attested else "proven",
        says=decision.because,
        candidate=candidate,
        alone=candidate is not None and _suffices(case, candidate, attested=attested),
        generators=tuple(route for route, _ in case.ways.generators if route.effect == "generate"),
        not_assessed=tuple(sorted({term for one in used for term in one.not_assessed})),
        attestations=tuple(sorted(names)),
        readings=case.ways.listings,
    )


def not_there(scope: str, blind_spot: str) -> Verdict:
    """The verdict at a scope of which nobody knows whether it is active."""
    return Verdict(
        status="unknown",
        reason="blind-spot",
        cause=scope,
        says=f"whether {scope} is active could not be read",
        blind_spots=(blind_spot,),
    )


def perhaps_gone(where: str, blind_spot: str) -> Verdict:
    """The verdict on an emitter that only an inventory service names."""
    return Verdict(
        status="unknown",
        reason="blind-spot",
        cause=blind_spot.lstrip("!"),
        says=f"whether {where} is still there could not be read",
        blind_spots=(blind_spot,),
    )


def judge(case: Case) -> Verdict:
    """Covered if every required record provably satisfies the requirement; a gap if one provably does not; else unknown."""
    proven = decide(case.required, case.carried(attested=False), case.domains)
    if proven.verdict == "ALL":
        if proven.kept is None and isinstance(find(case.required, case.domains), Refuted):
            says = "The policy asks for no record that can exist here"
            return Verdict(status="not-applicable", says=says, vacuous=True)
        return _covered(case, proven, attested=False)
    with_word = case.carried(attested=True)
    decision = decide(case.required, with_word, case.domains)
    if decision.verdict == "ALL":
        return _covered(case, decision, attested=True)
    if decision.lost is not None:
        return _gap(case, decision.lost, decision)
    return _unknown(case, decision)
