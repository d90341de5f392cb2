"""Every requirement at every emitter that it selects, judged into findings."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

from logcov.coverage import Estate, Ways, known_fields, ways
from logcov.evaluate.exemptions import accepting
from logcov.evaluate.legs import leg_ways
from logcov.evaluate.membership import Member, belongs, may_hold
from logcov.evaluate.population import (
    NOWHERE,
    unlisted_emitters,
    unlisted_scopes,
)
from logcov.evaluate.verdict import Case, Verdict, judge, not_there
from logcov.evaluate.wording import detail, effective_since, evidence, path, place_of, remediation, shown
from logcov.findings import (
    Finding,
    PolicyLine,
    Status,
    finding_id,
)
from logcov.inventory import Emitter, Inventory, LogSource, Unread
from logcov.policy import Condition, Logs, PolicySet, Requirement
from logcov.selection import condition
from logcov.selection.decide import domains_of
from logcov.selection.predicate import (
    FALSE,
    Predicate,
    all_of,
    any_of,
    atom,
    doubt,
    glob_matches,
    negate,
    substitute,
)


def _dimension_values(source: LogSource, conditions: Sequence[Condition]) -> Iterator[Mapping[str, str]]:
    names = [dimension.name for dimension in source.dimensions if not dimension.closed]
    axes: list[list[tuple[str, str]]] = []
    for name in names:
        values: list[str] = []
        for only in conditions:
            values += [value for value in only.get(name, ()) if value not in values]
        if values:
            axes.append([(name, value) for value in values])
    for combination in product(*axes):
        yield dict(combination)


def _shape(source: LogSource) -> Predicate:
    kinds = {field.name: "fold" if field.case == "insensitive" else "text" for field in source.fields}
    return all_of(
        *(
            atom(shape.field, shape.op, shape.value, "fold" if kinds.get(shape.field) == "fold" else "text")
            for shape in source.shape
        )
    )


def _required(
    source: LogSource, requirement: Requirement, logs: Logs, dimensions: Mapping[str, str]
) -> tuple[Predicate, Predicate]:
    """What is asked for before exceptions, and what is left after them."""
    asked = all_of(
        _shape(source),
        condition(logs.only, source),
        condition(requirement.only, source),
        condition({name: (value,) for name, value in dimensions.items()}, source),
    )
    excepted = any_of(*(condition(exception.records, source) for exception in requirement.excepting))
    return asked, all_of(asked, negate(excepted))


_WORST_FIRST: tuple[Status, ...] = ("gap", "unknown", "exempt", "covered", "not-applicable")


class Judging:
    """One evaluation: the indexed inventory, the policies, the day, and what was found so far."""

    def __init__(self, inventory: Inventory, policies: PolicySet, as_of: date) -> None:
        self.estate = Estate(inventory)
        self.policies = policies
        self.as_of = as_of
        self.noted: dict[str, tuple[Finding, Verdict]] = {}
        self._ways: dict[int, Ways] = {}

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
                spots.setdefault(spot, set()).add(finding.source)
        return spots

    def ways(self, source: LogSource, emitter: Emitter) -> Ways:
        """The paths of an emitter's records: explored once for all requirements."""
        known = self._ways.get(id(emitter))
        if known is None:
            known = ways(self.estate, source, emitter)
            self._ways[id(emitter)] = known
        return known

    def asked(self, requirement: Requirement) -> Iterator[tuple[LogSource, Logs, Mapping[str, str]]]:
        """Log sources, and per source each combination of open dimensions."""
        for source_id in sorted(self.estate.sources):
            source = self.estate.sources[source_id]
            seen: set[str] = set()
            for logs in requirement.logs:
                if not glob_matches(logs.pattern, source_id):
                    continue
                for dimensions in _dimension_values(source, [logs.only, requirement.only]):
                    key = repr((sorted(logs.only.items()), sorted(dimensions.items())))
                    if key not in seen:
                        seen.add(key)
                        yield source, logs, dimensions

    def run(self) -> None:
        """Judges every requirement."""
        for requirement in self.policies.requirements:
            for source, logs, dimensions in self.asked(requirement):
                self.one(requirement, source, logs, dimensions)

    def one(
        self, requirement: Requirement, source: LogSource, logs: Logs, dimensions: Mapping[str, str]
    ) -> None:
        """Judges one combination of a requirement at every emitter of one log source."""
        asked, required = _required(source, requirement, logs, dimensions)
        domains = domains_of(source)
        for emitter in self.estate.emitters_by_source.get(source.id, ()):
            member = belongs(self.estate, requirement.where, emitter)
            fixed = known_fields(source, emitter)
            if member.belongs is False or substitute(asked, fixed) is FALSE:
                continue
            if emitter.not_applicable:
                says = f"No record can exist at {place_of(emitter)}: {emitter.not_applicable}"
                verdict = Verdict(status="not-applicable", says=says)
            else:
                verdict = judge(self.case(requirement, source, emitter, substitute(required, fixed), domains))
            scope = self.estate.scopes.get(emitter.scope)
            if scope is not None and isinstance(scope.state, Unread) and verdict.status != "unknown":
                verdict = not_there(emitter.scope, scope.state.blind_spot)
            self.note(requirement, source, emitter, dimensions, verdict, member)
        self.placeholders(requirement, source, dimensions)

    def case(
        self,
        requirement: Requirement,
        source: LogSource,
        emitter: Emitter,
        required: Predicate,
        domains: Mapping[str, Any],
    ) -> Case:
        """Everything that the verdict on one emitter depends on."""
        found = self.ways(source, emitter)
        reach = requirement.reach
        word: list[Predicate] = []
        names: list[str] = []
        lapsed: list[tuple[str, Predicate]] = []
        asks = [leg.terms.proven for leg in reach.legs] if reach is not None else [False]
        proven = all(asks) if reach is not None and reach.mode == "any" else any(asks)
        for statement in self.policies.attestations:
            if statement.to is not None or proven:
                continue
            member = belongs(self.estate, statement.where, emitter)
            if member.belongs is False:
                continue
            for logs in statement.logs:
                if glob_matches(logs.pattern, source.id):
                    spoken = condition(logs.only, source)
                    if member.belongs is None:
                        spoken = all_of(spoken, doubt(f"{member.why}\n{statement.id}"))
                    if statement.starts <= self.as_of <= statement.expires:
                        word.append(spoken)
                        names.append(statement.id)
                    elif self.as_of > statement.expires:
                        lapsed.append((statement.id, substitute(spoken, known_fields(source, emitter))))
        return Case(
            source=source,
            ways=found,
            required=required,
            legs=tuple(
                leg_ways(self.estate, leg, found, source, self.policies.attestations, self.as_of)
                for leg in (reach.legs if reach is not None else ())
            ),
            mode=reach.mode if reach is not None else "all",
            domains=domains,
            written_by_word=substitute(any_of(*word), known_fields(source, emitter)),
            word=tuple(sorted(set(names))),
            lapsed=tuple(lapsed),
        )

    def identify(
        self, requirement: Requirement, source: LogSource, emitter: Emitter, dimensions: Mapping[str, str]
    ) -> tuple[str, Mapping[str, str]]:
        """The id of a finding, and its dimensions."""
        shown_dimensions = {**emitter.dimensions, **dimensions}
        key = finding_id(
            requirement.id, source.id, emitter.scope, emitter.location, emitter.resource, shown_dimensions
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
        key, values = self.identify(requirement, source, emitter, dimensions)
        status: Status = verdict.status
        spots = [self.estate.blind_spot(spot) for spot in verdict.blind_spots]
        reason, says = verdict.reason, detail(verdict, emitter, source, spots)
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
        finding = Finding(
            id=key,
            requirement=requirement.id,
            title=requirement.title,
            severity=requirement.severity,
            status=status,
            basis=verdict.basis,
            source=source.id,
            scope=emitter.scope,
            location=emitter.location,
            resource=emitter.resource,
            dimensions=values,
            reason=reason,
            extent=verdict.extent,
            cause=emitter.scope if reason == "unclassified" else verdict.cause,
            detail=says,
            witness=shown(verdict.record) if verdict.record is not None else None,
            path=path(verdict, emitter, source),
            evidence=evidence(self.estate, verdict, emitter),
            effective_since=effective_since(self.estate, verdict),
            exemption=accepted.shown() if accepted is not None else None,
            policy=PolicyLine(file=requirement.file, line=requirement.line),
            controls=_controls(requirement),
            remediation=remediation(
                verdict,
                emitter,
                wanted,
                [spot.permission for spot in spots],
                unclassified=reason == "unclassified",
            ),
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
        for container, blind in unlisted_scopes(self.estate, source):
            if may_hold(self.estate, requirement.where, container):
                unlisted.append(
                    (Emitter(source=source.id, scope=container.id, resource=NOWHERE), blind, True)
                )
        unlisted += self.cut_off(source)
        for emitter, blind, below in unlisted:
            verdict = Verdict(
                status="unknown",
                reason="blind-spot",
                cause=blind.lstrip("!"),
                says="what is there could not be listed",
                blind_spots=(blind,),
            )
            self.note(requirement, source, emitter, dimensions, verdict, Member(belongs=True), below=below)

    def cut_off(self, source: LogSource) -> list[tuple[Emitter, str, bool]]:
        """For an inventory that ends early: one placeholder at each top scope, since anything may be missing.

        Likewise for a provider that was to be audited, and of which no scope is there.
        """
        inventory = self.estate.inventory
        scopes = [scope for scope in self.estate.scopes.values() if scope.provider == source.provider]
        asked = any(target.get("provider") == source.provider for target in inventory.header.targets)
        if not inventory.cut_short and inventory.header.complete and (scopes or not asked):
            return []
        tops = [scope.id for scope in scopes if not isinstance(scope.parent, str)]
        return [
            (
                Emitter(source=source.id, scope=top, resource=NOWHERE),
                self.estate.never_read("the rest of the inventory", top),
                True,
            )
            for top in sorted(tops) or [f"{source.provider}:unread"]
        ]


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
