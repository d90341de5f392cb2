"""What a judgement says: findings, and the assessment that holds them all.

An `Assessment` is what every report is made of, and what `logcov.assessment/v1` writes down.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA = "logcov.assessment/v1"

Status = Literal["covered", "gap", "unknown", "exempt", "not-applicable"]
Basis = Literal["proven", "attested"]
Extent = Literal["all", "some"]
Severity = Literal["low", "medium", "high", "critical"]

STATUSES: tuple[Status, ...] = ("covered", "gap", "unknown", "exempt", "not-applicable")
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")

GAP_REASONS: tuple[str, ...] = (
    "not-generated",
    "partly-generated",
    "not-routed",
    "filtered-out",
    "sampled",
    "intercepted",
    "route-disabled",
    "delivery-failing",
    "stale",
    "wrong-destination",
    "destination-missing",
    "destination-unusable",
    "writer-denied",
    "no-consumer",
    "retention-too-short",
    "not-online-long-enough",
    "not-searchable-long-enough",
    "not-immutable",
    "not-encrypted",
    "not-validated",
    "not-separate",
    "deletable",
    "public",
    "fields-missing",
    "attestation-expired",
)
UNKNOWN_REASONS: tuple[str, ...] = ("blind-spot", "undecidable-filter", "unclassified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a record's way. `kind`: `emitter`, `route`, `destination` or `attestation`."""

    kind: Literal["emitter", "route", "destination", "attestation"]
    id: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A deciding answer: which API, when, and the fields as it gave them.

    `via` is the inventory service that answered in the provider's stead, and then what it said may be `as_old_as`
    seconds old.
    """

    api: str
    at: str
    value: Mapping[str, Any]
    via: str = "direct"
    as_old_as: int = 0

    @property
    def obtained(self) -> str:
        """How it was come by, in words; empty for what the provider itself answered."""
        return "" if self.via == "direct" else how_obtained(self.via, self.as_old_as)


_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def age_in_words(seconds: int) -> str:
    """`36 hours`, `2 days`: in the largest unit that it fills, unless two of a smaller one are exact; rounded up."""
    for size, unit in _SPANS:
        if seconds >= size and (seconds % size == 0 or seconds >= 2 * size):
            number = -(-seconds // size)
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "a minute"


def how_obtained(via: str, seconds: int) -> str:
    """That an inventory service told something, and how old it may be."""
    return f"from {via}, may be {age_in_words(seconds)} old"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLine:
    """The line of policy that asked."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One requirement at one emitter (and combination of dimension values).

    Attributes:
        id: the same in every run, as long as requirement and place are the same.
        reason: of a gap, an unknown, or what is exempted; None where covered or not applicable.
        extent: of a gap: whether `all` records are lost or `some`.
        cause: the object to mend.
        detail: one sentence that a person can act on.
        witness: a concrete record that is lost (gap), or would be (unknown); None where none is meant.
        path: the way of the witness, or of a record that arrives.
        effective_since: the oldest day from which all hops and the store have been as they are, if told.
        exemption: `{"id", "state": "active" | "expired", "expires", …}`.
    """

    id: str
    requirement: str
    title: str
    severity: Severity
    status: Status
    basis: Basis
    source: str
    scope: str
    location: str | None
    resource: str | None
    dimensions: Mapping[str, str]
    reason: str | None
    extent: Extent | None
    cause: str | None
    detail: str
    witness: Mapping[str, str] | None
    path: tuple[Step, ...]
    evidence: tuple[Evidence, ...]
    effective_since: str | None
    exemption: Mapping[str, Any] | None
    policy: PolicyLine
    controls: tuple[Mapping[str, Any], ...]
    remediation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One object to mend, and how many findings wait for it."""

    id: str
    reason: str
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """How many scopes of a kind were found, and what became of them."""

    provider: str
    kind: str
    discovered: int
    audited: int
    unreadable: int
    not_applicable: int
    obtained_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeLine:
    """A scope as the population section of a report shows it. `group` is the heading it stands under."""

    id: str
    kind: str
    name: str
    parent: str | None
    state: str
    unreadable: bool
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementLine:
    """A requirement, how many findings it has, and the terms that no API shows for the stores it met."""

    id: str
    title: str
    matched: int
    not_assessed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpotLine:
    """Why something could not be read, and the log sources whose verdicts may wait for it."""

    scope: str
    location: str | None
    call: str
    kind: str
    permission: str
    affects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts of findings; `covered` leaves out the attested ones."""

    covered: int
    covered_attested: int
    gap: int
    unknown: int
    exempt: int
    not_applicable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """All findings, the population, what could not be read, and what made it.

    `policies`, `exemptions`, `attestations` and `not_assessed` are plain mappings as the JSON shows them:
    exemptions `{id, requirement, state: active|expired|not-yet, expires, findings, owner, approved_by, reason,
    compensating, ticket, from, accepts, requested_by}`, attestations `{id, state, by, from, expires, evidence, findings}`,
    not_assessed `{framework, id, because}`.
    """

    tool: Mapping[str, str]
    command: tuple[str, ...]
    as_of: str
    started_at: str
    finished_at: str
    inventory: Mapping[str, str]
    policies: tuple[Mapping[str, Any], ...]
    identities: tuple[Mapping[str, str], ...]
    population: tuple[Population, ...]
    requirements: tuple[RequirementLine, ...]
    summary: Summary
    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...]
    blind_spots: tuple[BlindSpotLine, ...]
    exemptions: tuple[Mapping[str, Any], ...] = ()
    attestations: tuple[Mapping[str, Any], ...] = ()
    not_assessed: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    scopes: tuple[ScopeLine, ...] = field(default=())


def finding_id(
    requirement: str,
    source: str,
    scope: str,
    location: str | None,
    resource: str | None,
    dimensions: Mapping[str, str],
) -> str:
    """A short id that depends on nothing but what is judged and where."""
    parts: Sequence[str] = (
        requirement,
        source,
        scope,
        location or "",
        resource or "",
        *(f"{name}={dimensions[name]}" for name in sorted(dimensions)),
    )
    return "lc-" + hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


COVERED, GAPS, INCOMPLETE, BOTH = 0, 10, 11, 12


def exit_code(assessment: Assessment, *, fail_on: Severity = "low", allow_unknown: bool = False) -> int:
    """The exit code of an assessment: 0 covered, 10 gaps, 11 incomplete, 12 both.

    Findings below `fail_on` do not count. Exempt findings never do. Nothing judged is incomplete, always.
    """
    counted = SEVERITIES[SEVERITIES.index(fail_on) :]
    statuses = {finding.status for finding in assessment.findings if finding.severity in counted}
    judged = any(finding.status != "not-applicable" for finding in assessment.findings)
    gaps = "gap" in statuses
    incomplete = ("unknown" in statuses and not allow_unknown) or not judged
    return BOTH if gaps and incomplete else GAPS if gaps else INCOMPLETE if incomplete else COVERED
