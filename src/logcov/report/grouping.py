"""Findings put together for people: counts, the coverage matrix, and groups that one act would mend."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from logcov.findings import (
    SEVERITIES,
    Assessment,
    Evidence,
    Finding,
    RequirementLine,
    ScopeLine,
    Severity,
)

BY_SEVERITY: tuple[Severity, ...] = tuple(reversed(SEVERITIES))
"""The severities, the worst first."""

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many findings have which status. `covered` includes the `attested` ones."""

    covered: int = 0
    attested: int = 0
    gap: int = 0
    unknown: int = 0
    exempt: int = 0
    not_applicable: int = 0

    @property
    def judged(self) -> int:
        """All but those where no record can exist: the denominator."""
        return self.covered + self.gap + self.unknown + self.exempt


def count(findings: Iterable[Finding]) -> Counts:
    """The counts of these findings."""
    tally: Counter[str] = Counter()
    for finding in findings:
        tally[finding.status] += 1
        tally["attested"] += finding.status == "covered" and finding.basis == "attested"
    return Counts(
        covered=tally["covered"],
        attested=tally["attested"],
        gap=tally["gap"],
        unknown=tally["unknown"],
        exempt=tally["exempt"],
        not_applicable=tally["not-applicable"],
    )


def by(findings: Iterable[Finding], key: Callable[[Finding], Key]) -> dict[Key, list[Finding]]:
    """The findings per key, in the order in which keys and findings come."""
    found: dict[Key, list[Finding]] = {}
    for finding in findings:
        found.setdefault(key(finding), []).append(finding)
    return found


@dataclass(frozen=True, slots=True)
class Satisfied:
    """So many of so many requirements, or scopes, have nothing but covered findings; so many an unknown and no gap."""

    fully: int
    undecided: int
    total: int


def _satisfied(groups: Iterable[Sequence[Finding]]) -> Satisfied:
    counts = [counted for counted in map(count, groups) if counted.judged]
    return Satisfied(
        fully=sum(1 for one in counts if one.covered == one.judged),
        undecided=sum(1 for one in counts if one.unknown and not one.gap),
        total=len(counts),
    )


def requirements_satisfied(assessment: Assessment) -> Satisfied:
    """How many of the requirements that were judged somewhere are covered everywhere."""
    return _satisfied(by(assessment.findings, lambda finding: finding.requirement).values())


def scopes_satisfied(assessment: Assessment) -> Satisfied:
    """How many of the scopes that were judged by some requirement have everything covered."""
    return _satisfied(by(assessment.findings, lambda finding: finding.scope).values())


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the matrix: a group of scopes, and the counts per log source; a source not asked for is missing."""

    group: str
    name: str
    cells: Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Coverage of one provider: groups of scopes × log sources."""

    provider: str
    sources: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Mapping[str, Counts]


def matrices(assessment: Assessment) -> tuple[Matrix, ...]:
    """One matrix per provider, by the first word of its log sources."""
    scopes = {scope.id: scope for scope in assessment.scopes}
    found = []
    for provider, findings in sorted(
        by(assessment.findings, lambda finding: finding.source.split(".", 1)[0]).items()
    ):
        rows = [
            Row(group=group, name=_name(scopes.get(group)), cells=_cells(members))
            for group, members in sorted(
                by(findings, lambda finding: _group(scopes.get(finding.scope), finding.scope)).items()
            )
        ]
        total = _cells(findings)
        found.append(Matrix(provider, tuple(sorted(total)), tuple(rows), total))
    return tuple(found)


def _group(scope: ScopeLine | None, place: str) -> str:
    return place if scope is None else scope.group


def _name(scope: ScopeLine | None) -> str:
    """The group's display name; empty where it says no more than the id does."""
    return "" if scope is None or scope.id.endswith(f"/{scope.name}") else scope.name


def _cells(findings: Iterable[Finding]) -> Mapping[str, Counts]:
    return {
        source: count(members) for source, members in by(findings, lambda finding: finding.source).items()
    }


def short_names(sources: Sequence[str]) -> Mapping[str, str]:
    """The log sources without the words that all of them begin with; the last word always stays."""
    words = {source: source.split(".") for source in sources}
    shared = 0
    while all(len(parts) > shared + 1 for parts in words.values()) and (
        len({parts[shared] for parts in words.values()}) == 1
    ):
        shared += 1
    return {source: ".".join(parts[shared:]) for source, parts in words.items()}


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one requirement that one act on one object would mend."""

    requirement: str
    title: str
    severity: Severity
    reason: str
    cause: str
    findings: tuple[Finding, ...]

    @property
    def example(self) -> Finding:
        """One of them."""
        return self.findings[0]


def gap_groups(assessment: Assessment) -> tuple[Group, ...]:
    """The gaps by severity, then the largest group first."""
    gaps = [finding for finding in assessment.findings if finding.status == "gap"]
    groups = [
        Group(requirement, members[0].title, severity, reason, cause, tuple(members))
        for (severity, requirement, reason, cause), members in by(
            gaps, lambda one: (one.severity, one.requirement, one.reason or "", one.cause or "")
        ).items()
    ]
    return tuple(
        sorted(
            groups,
            key=lambda one: (
                BY_SEVERITY.index(one.severity),
                -len(one.findings),
                one.requirement,
                one.reason,
                one.cause,
            ),
        )
    )


@dataclass(frozen=True, slots=True)
class Doubt:
    """Unknown findings that wait for the same thing."""

    reason: str
    cause: str
    findings: tuple[Finding, ...]

    @property
    def example(self) -> Finding:
        """One of them."""
        return self.findings[0]

    @property
    def scopes(self) -> int:
        """At how many scopes."""
        return len({finding.scope for finding in self.findings})

    @property
    def remedies(self) -> tuple[str, ...]:
        """What would let them be decided, each once."""
        return tuple(dict.fromkeys(one.remediation for one in self.findings if one.remediation))


def doubts(assessment: Assessment) -> tuple[Doubt, ...]:
    """The unknowns by cause, the largest group first."""
    unknown = [finding for finding in assessment.findings if finding.status == "unknown"]
    groups = [
        Doubt(reason, cause, tuple(members))
        for (reason, cause), members in by(unknown, lambda one: (one.reason or "", one.cause or "")).items()
    ]
    return tuple(sorted(groups, key=lambda one: (-len(one.findings), one.reason, one.cause)))


@dataclass(frozen=True, slots=True)
class CoveredLine:
    """What is covered of one requirement and log source.

    `since` is the day from which all of them have been so; `untold` is how many do not tell.
    """

    requirement: str
    source: str
    proven: int
    attested: int
    judged: int
    since: str | None
    untold: int


def covered_lines(assessment: Assessment) -> tuple[CoveredLine, ...]:
    """Per requirement and log source that have a covered finding, in the order of the policies."""
    lines = []
    for (requirement, source), members in by(
        assessment.findings, lambda one: (one.requirement, one.source)
    ).items():
        counted = count(members)
        if not counted.covered:
            continue
        times = [one.effective_since for one in members if one.status == "covered"]
        told = [time for time in times if time is not None]
        lines.append(
            CoveredLine(
                requirement=requirement,
                source=source,
                proven=counted.covered - counted.attested,
                attested=counted.attested,
                judged=counted.judged,
                since=max(told, default=None),
                untold=len(times) - len(told),
            )
        )
    return tuple(lines)


def unmatched(assessment: Assessment) -> tuple[RequirementLine, ...]:
    """The requirements that selected nothing."""
    return tuple(line for line in assessment.requirements if not line.matched)


def place(finding: Finding) -> str:
    """Where the finding is: scope, location, resource, dimension values."""
    values = [f"{name}={finding.dimensions[name]}" for name in sorted(finding.dimensions)]
    return " ".join(part for part in [finding.scope, finding.location, finding.resource, *values] if part)


@dataclass(frozen=True, slots=True)
class Answers:
    """API answers that together gave this value; no value if none of their fields is shown.

    `calls` holds each API, time and way of obtaining it (empty for direct answers) once, with the number of answers.
    """

    calls: tuple[tuple[str, str, str, int], ...]
    value: Mapping[str, Any]


def answers(evidence: Sequence[Evidence]) -> tuple[Answers, ...]:
    """The evidence, what gave the same value put together; answers without a value come last."""
    together: list[tuple[Mapping[str, Any], Counter[tuple[str, str, str]]]] = []
    for one in evidence:
        known = next((calls for value, calls in together if value == one.value), None)
        if known is None:
            known = Counter()
            together.append((one.value, known))
        known[one.api, one.at, one.obtained] += 1
    return tuple(
        Answers(tuple((*call, number) for call, number in calls.items()), value)
        for value, calls in sorted(together, key=lambda item: not item[0])
    )


def obtained(finding: Finding) -> str:
    """How the place of a finding was come by, where that was not from the provider itself; else empty."""
    return next((one.obtained for one in finding.evidence if one.obtained), "")
