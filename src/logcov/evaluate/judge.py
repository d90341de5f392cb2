"""Every requirement at every emitter that it selects, judged into findings."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from logcov.coverage import Estate, known_fields
from logcov.evaluate.alternatives import substitutes, with_substitutes
from logcov.evaluate.asking import dimension_values, required_of, shape_at
from logcov.evaluate.cases import case_of, word_of
from logcov.evaluate.exemptions import accepting
from logcov.evaluate.fixes import commands
from logcov.evaluate.held import Asked, Holdings, Unseen, holdings, nobody_listed
from logcov.evaluate.membership import Member, belongs, may_hold
from logcov.evaluate.population import (
    NOWHERE,
    cut_off,
    unlisted_emitters,
    unlisted_scopes,
)
from logcov.evaluate.stores import judge_stores
from logcov.evaluate.verdict import Verdict, judge, not_there, perhaps_gone
from logcov.evaluate.wording import (
    detail,
    effective_since,
    evidence,
    path,
    place_of,
    remediation,
    shown,
    with_commands,
)
from logcov.findings import (
    Finding,
    PolicyLine,
    Status,
    finding_id,
    how_obtained,
)
from logcov.inventory import Emitter, Inventory, LogSource, Unread
from logcov.policy import Logs, PolicySet, Requirement, Stores
from logcov.selection.predicate import FALSE, Predicate, all_of, any_of, glob_matches, substitute

_WORST_FIRST: tuple[Status, ...] = ("gap", "unknown", "exempt", "covered", "not-applicable")


class Judging:
    """One evaluation: the indexed inventory, the policies, the day, and what was found so far."""

    def __init__(self, inventory: Inventory, policies: PolicySet, as_of: date) -> None:
        self.estate = Estate(inventory)
        self.policies = policies
        self.as_of = as_of
        self.noted: dict[str, tuple[Finding, Verdict]] = {}
        self.impossible: Counter[str] = Counter()
        """Requirement → the emitters that it selects and of which no record can be what it asks for."""

    @property
    def matched(self) -> Counter[str]:
        """Requirement → how many findings it has."""
        return Counter(finding.requirement for finding, _ in self.noted.values())

    @property
    def exempted(self) -> Counter[str]:
        """Exemption → the findings that it speaks for, whether or not it still holds."""
        return Counter(finding.exemption["id"] for finding, _ in self.noted.values() if finding.exemption)

    @property
    def attested(self) -> Counter[str]:
        """Attestation → the findings that need it."""
        return Counter(name for _, verdict in self.noted.values() for name in verdict.attestations)

    @property
    def not_assessed(self) -> Mapping[str, set[str]]:
        """Requirement → its terms that no API shows for the stores that it met."""
        terms: dict[str, set[str]] = {}
        for finding, verdict in self.noted.values():
            terms.setdefault(finding.requirement, set()).update(verdict.not_assessed)
        return terms

    @property
    def waiting(self) -> Mapping[str, set[str]]:
        """Blind spot → the log sources whose verdicts wait for it."""
        spots: dict[str, set[str]] = {}
        for finding, verdict in self.noted.values():
            for spot in verdict.blind_spots:
                spots.setdefault(spot, set()).update(verdict.sources or (finding.source,))
        return spots

    @property
    def sources(self) -> frozenset[str]:
        """The log sources that findings are about."""
        named = (verdict.sources or (finding.source,) for finding, verdict in self.noted.values())
        return frozenset(source for sources in named for source in sources)

    @property
    def vacuous(self) -> frozenset[str]:
        """Requirements that ask for no record that can exist at any emitter that they select."""
        judged = {requirement: set[bool]() for requirement in self.impossible}
        for finding, verdict in self.noted.values():
            judged.setdefault(finding.requirement, set()).add(verdict.vacuous)
        return frozenset(requirement for requirement, answers in judged.items() if False not in answers)

    def asked(self, requirement: Requirement) -> Iterator[tuple[LogSource, Logs, Mapping[str, str]]]:
        """Log sources, and per source each combination of open dimensions."""
        for source_id in sorted(self.estate.sources):
            source = self.estate.sources[source_id]
            seen: set[str] = set()
            for logs in requirement.logs:
                if not glob_matches(logs.pattern, source_id):
                    continue
                for dimensions in dimension_values(source, [logs.only, requirement.only]):
                    key = repr((sorted(logs.only.items()), sorted(dimensions.items())))
                    if key not in seen:
                        seen.add(key)
                        yield source, logs, dimensions

    def run(self) -> None:
        """Judges every requirement."""
        for requirement in self.policies.requirements:
            if requirement.stores is not None:
                self.stores(requirement, requirement.stores)
                continue
            for source, logs, dimensions in self.asked(requirement):
                self.one(requirement, source, logs, dimensions)

    def one(
        self, requirement: Requirement, source: LogSource, logs: Logs, dimensions: Mapping[str, str]
    ) -> None:
        """Judges one combination of a requirement at every emitter of one log source."""
        asked, required = required_of(source, requirement, logs, dimensions)
        for emitter in self.estate.emitters_by_source.get(source.id, ()):
            member = belongs(self.estate, requirement.where, emitter)
            if member.belongs is False:
                continue
            fixed = known_fields(source, emitter)
            shape = shape_at(source, emitter)
            if substitute(all_of(asked, shape), fixed) is FALSE:
                self.impossible[requirement.id] += 1
                continue
            if emitter.not_applicable:
                says = f"No record can exist at {place_of(emitter)}: {emitter.not_applicable}"
                verdict = Verdict(status="not-applicable", says=says)
            else:
                verdict = self.verdict(
                    requirement, source, emitter, substitute(all_of(required, shape), fixed)
                )
            scope = self.estate.scopes.get(emitter.scope)
            if scope is not None and isinstance(scope.state, Unread) and verdict.status != "unknown":
                verdict = not_there(emitter.scope, scope.state.blind_spot)
            self.note(requirement, source, emitter, dimensions, verdict, member)
        self.placeholders(requirement, source, dimensions)

    def verdict(
        self, requirement: Requirement, source: LogSource, emitter: Emitter, required: Predicate
    ) -> Verdict:
        """The verdict on one emitter's records, or on those that count in their place."""

        def alone(row: LogSource, writer: Emitter, asked: Predicate) -> Verdict:
            statements = self.policies.attestations
            case = case_of(self.estate, statements, requirement, row, writer, asked, self.as_of)
            return self.only_heard_of(writer, judge(case))

        own = alone(source, emitter, required)
        if not requirement.instead or own.status not in {"gap", "unknown"}:
            return own
        others = substitutes(self.estate, requirement.instead, emitter, alone)
        return self.only_heard_of(emitter, with_substitutes(own, others))

    def only_heard_of(self, emitter: Emitter, verdict: Verdict) -> Verdict:
        """The verdict; unknown for an emitter that may be gone by now."""
        if verdict.status == "unknown" or self.estate.hearsay(emitter) is None:
            return verdict
        return perhaps_gone(place_of(emitter), self.estate.why_hearsay(emitter))

    def stores(self, requirement: Requirement, stores: Stores) -> None:
        """Judges every store in which records of a requirement rest."""
        patterns = tuple(pattern for place in stores.places for pattern in place.patterns)
        asked: list[Asked] = []
        beyond: list[Unseen] = []
        rows: list[LogSource] = []
        for name in sorted(self.estate.sources):
            source = self.estate.sources[name]
            items = [logs for logs in requirement.logs if glob_matches(logs.pattern, name)]
            if not items:
                continue
            rows.append(source)
            required = any_of(*(required_of(source, requirement, logs, {})[1] for logs in items))
            for emitter in self.estate.emitters_by_source.get(name, ()):
                member = belongs(self.estate, requirement.where, emitter)
                if emitter.not_applicable or member.belongs is False:
                    continue
                word = word_of(self.estate, self.policies.attestations, source, emitter, self.as_of)
                asked.append(
                    Asked(
                        source=source,
                        emitter=emitter,
                        required=all_of(required, shape_at(source, emitter)),
                        perhaps=member.why,
                        word=word.written,
                    )
                )
            beyond += self.beyond(requirement, source, patterns)
        seen = holdings(self.estate, patterns, asked)
        found = Holdings(inflows=seen.inflows, unseen=tuple(dict.fromkeys((*seen.unseen, *beyond))))
        for one in judge_stores(self.estate, stores, patterns, found):
            self.note(requirement, rows[0], one.place, {}, one.verdict, one.member, below=one.below)

    def beyond(
        self, requirement: Requirement, source: LogSource, patterns: tuple[str, ...]
    ) -> Iterator[Unseen]:
        """What emitters that nobody listed, and that the requirement may select, might bring to its stores."""
        for unseen, emitter in nobody_listed(self.estate, source, patterns):
            container = self.estate.scopes.get(emitter.scope)
            if unseen.scope is not None:
                selected = belongs(self.estate, requirement.where, emitter).belongs is not False
            else:
                selected = container is None or may_hold(self.estate, requirement.where, container)
            if selected:
                yield unseen

    def identify(
        self, requirement: Requirement, emitter: Emitter, dimensions: Mapping[str, str]
    ) -> tuple[str, Mapping[str, str]]:
        """The id of a finding, and its dimensions."""
        shown_dimensions = {**emitter.dimensions, **dimensions}
        key = finding_id(
            requirement.id,
            emitter.source,
            emitter.scope,
            emitter.location,
            emitter.resource,
            shown_dimensions,
        )
        return key, shown_dimensions

    def note(
        self,
        requirement: Requirement,
        source: LogSource,
        emitter: Emitter,
        dimensions: Mapping[str, str],
        verdict: Verdict,
        member: Member,
        *,
        below: bool = False,
    ) -> None:
        """Turns a verdict into a finding, with exemptions applied.

        Several lines of a group may ask about one place, and so may several placeholders: the worst answer stands.
        """
        key, values = self.identify(requirement, emitter, dimensions)
        writer, row = verdict.writer or emitter, verdict.row or source
        status: Status = verdict.status
        spots = [self.estate.blind_spot(spot) for spot in verdict.blind_spots]
        reason, says = verdict.reason, detail(verdict, emitter, source, spots)
        heard = self.estate.hearsay(emitter)
        if heard is not None:
            says += f" It is known {how_obtained(heard.via, heard.as_old_as)}, and from nothing else."
        if status == "gap" and member.belongs is None:
            status, reason = "unknown", "unclassified"
            says = f"Would be a gap, but whether {place_of(emitter)} is in scope is not known: {member.why}. {says}"
        accepted = (
            accepting(
                self.estate,
                self.policies.exemptions,
                requirement.id,
                emitter,
                status,
                self.as_of,
                below=below,
            )
            if status in {"gap", "unknown"}
            else None
        )
        if accepted is not None and accepted.state == "active":
            status = "exempt"
        if key in self.noted:
            before, _ = self.noted[key]
            if _WORST_FIRST.index(before.status) <= _WORST_FIRST.index(status):
                return
        wanted = [leg.to for leg in requirement.reach.legs] if requirement.reach is not None else []
        told = remediation(
            verdict,
            writer,
            wanted,
            [spot.permission for spot in spots],
            unclassified=reason == "unclassified",
            labels=member.labels,
        )
        if reason != "unclassified":
            told = with_commands(told, commands(self.estate, requirement, verdict, writer, values))
        finding = Finding(
            id=key,
            requirement=requirement.id,
            title=requirement.title,
            severity=requirement.severity,
            status=status,
            basis=verdict.basis,
            source=emitter.source,
            scope=emitter.scope,
            location=emitter.location,
            resource=emitter.resource,
            dimensions=values,
            reason=reason,
            extent=verdict.extent,
            cause=writer.scope if reason == "unclassified" else verdict.cause,
            detail=says,
            witness=shown(verdict.record) if verdict.record is not None else None,
            path=path(verdict, writer, row),
            evidence=evidence(self.estate, verdict, writer),
            effective_since=effective_since(self.estate, verdict),
            exemption=accepted.shown() if accepted is not None else None,
            policy=PolicyLine(file=requirement.file, line=requirement.line),
            controls=_controls(requirement),
            remediation=told,
        )
        self.noted[key] = (finding, verdict)

    def placeholders(
        self, requirement: Requirement, source: LogSource, dimensions: Mapping[str, str]
    ) -> None:
        """One unknown finding wherever emitters or scopes that the requirement selects could not be listed."""
        unlisted: list[tuple[Emitter, str, bool]] = []
        for emitter, blind in unlisted_emitters(self.estate, source):
            if belongs(self.estate, requirement.where, emitter).belongs is not False:
                unlisted.append((emitter, blind, False))
        for hidden in unlisted_scopes(self.estate, source):
            if may_hold(self.estate, requirement.where, hidden.container, hidden.ids):
                place = Emitter(source=source.id, scope=hidden.container.id, resource=NOWHERE)
                unlisted.append((place, hidden.blind_spot, True))
        unlisted += [(rest, blind, True) for rest, blind in cut_off(self.estate, source)]
        for emitter, blind, below in unlisted:
            verdict = Verdict(
                status="unknown",
                reason="blind-spot",
                cause=blind.lstrip("!"),
                says="what is there could not be listed",
                blind_spots=(blind,),
            )
            self.note(requirement, source, emitter, dimensions, verdict, Member(belongs=True), below=below)


def _controls(requirement: Requirement) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        {
            "framework": control.framework,
            "id": control.id,
            "relation": control.relation,
            "because": control.because,
            "not_shown": list(control.not_shown),
        }
        for control in requirement.controls
    )
