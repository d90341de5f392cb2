"""What policies say, once every name in them is bound: frozen, complete, in the judge's own terms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from logcov.findings import Severity

Condition = Mapping[str, tuple[str, ...]]
"""Record field or dimension → the values it may have (`*` matches any run; `*` alone: present)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One way to select emitters; all given parts must fit. An empty part asks nothing.

    Attributes:
        scopes: patterns of scope ids.
        under: ids of scopes; the scope itself or a descendant fits.
        labels: label or tag → values; `*` matches any run.
        unlabelled: what a scope that lacks a named label is: `unknown` (it may belong) or `out`.
        locations: patterns of location names.
        resource_ids, resource_labels, in_use: of the emitter's resource.
        stores, holding: the emitter is itself one of these places, and records of these log sources rest there.
            Both are given, or neither.
        excepting: what is taken out again.
    """

    scopes: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    labels: Condition = field(default_factory=dict)
    unlabelled: Literal["unknown", "out"] = "unknown"
    locations: tuple[str, ...] = ()
    resource_ids: tuple[str, ...] = ()
    resource_labels: Condition = field(default_factory=dict)
    in_use: bool | None = None
    stores: "tuple[Place, ...]" = ()
    holding: "tuple[Logs, ...]" = ()
    excepting: "tuple[Clause, ...]" = ()


Selector = tuple[Clause, ...]
"""Clauses, any of which may fit. An empty selector selects everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """Log sources by pattern, narrowed by conditions of their own."""

    pattern: str
    only: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What must be true of the copy that counts. None or False asks nothing; periods are days.

    `immutable`: `locked` for all of `retain`, or merely `bypassable`. `encrypted`: `any` key or a
    `customer-key`. `delivered_within` is hours. `proven` refuses attested steps.
    """

    retain: int | None = None
    online: int | None = None
    searchable: int | None = None
    immutable: Literal["locked", "bypassable"] | None = None
    encrypted: Literal["any", "customer-key"] | None = None
    validated: bool = False
    separate: bool = False
    private: bool = False
    deletable_by: tuple[str, ...] | None = None
    delivered_within: int | None = None
    proven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """The store behind a place's doors, as its owner states it. Facts that are not stated are None."""

    retain: int | None = None
    online: int | None = None
    searchable: int | None = None
    immutable: Literal["locked", "bypassable", "none"] | None = None
    encrypted: Literal["none", "any", "customer-key"] | None = None
    validated: bool | None = None
    separate: bool | None = None
    private: bool | None = None
    by: str
    starts: date
    expires: date
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named destination: patterns of destination ids, and what is vouched for behind them."""

    name: str
    patterns: tuple[str, ...]
    vouched: Vouched | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One copy that a requirement asks for: at one of these places, under these terms. `to` is as written."""

    to: str
    places: tuple[Place, ...]
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where records must arrive: all legs, or any of them; never empty."""

    mode: Literal["all", "any"]
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordException:
    """Records that need not be covered, and why."""

    records: Condition
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A framework's requirement that this one bears on."""

    framework: str
    id: str
    relation: Literal["satisfies", "partial", "supports"]
    because: str = ""
    not_shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Which stores a requirement is about, and what must be true of each, whatever brings records there.

    `named` is what was asked for and `holding` which records, both as written; the first of several.
    """

    named: str
    holding: str
    places: tuple[Place, ...]
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A line of policy. `id` is qualified by the policy's name; `line` counts from 1.

    Attributes:
        logs: what must be covered; with `stores`, what the stores hold.
        reach: None: generated is enough.
        instead: log sources that count in place of the requirement's own.
        sampled: the share of records, in percent, that a sample may keep and still count as all of them.
        stores: the second sentence of the language: not where records arrive is judged, but where they rest.
            Then there is no `reach`, no `instead` and no `sampled`.
    """

    id: str
    title: str
    logs: tuple[Logs, ...]
    only: Condition = field(default_factory=dict)
    excepting: tuple[RecordException, ...] = ()
    where: Selector = ()
    reach: Reach | None = None
    instead: tuple[Logs, ...] = ()
    sampled: int | None = None
    stores: Stores | None = None
    severity: Severity = "medium"
    controls: tuple[Control, ...] = ()
    notes: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A dated statement by a named owner of a hop that no API shows. `to` None: the records are generated."""

    id: str
    logs: tuple[Logs, ...]
    where: Selector
    to: tuple[Place, ...] | None
    by: str
    starts: date
    expires: date
    evidence: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A gap (or unknown) that somebody accepted until a day. `requirement` is a pattern of qualified ids."""

    id: str
    requirement: str
    where: Selector
    accepts: frozenset[Literal["gap", "unknown"]]
    reason: str
    requested_by: str
    owner: str
    approved_by: str
    compensating: str
    ticket: str
    starts: date
    expires: date
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAssessed:
    """A framework's requirement that this policy does not judge, and why."""

    framework: str
    id: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One file. `framework` is its `framework:` mapping, or empty."""

    name: str
    title: str
    owner: str
    path: str
    sha256: str
    framework: Mapping[str, Any] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()
    not_assessed: tuple[NotAssessed, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """All policies of a run, bound to each other.

    Attributes:
        exemption_limit: days after which an exemption is warned of.
        warnings: what looks odd in the files but is no error, each with its place.
    """

    policies: tuple[Policy, ...]
    attestations: tuple[Attestation, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    exemption_limit: int = 90
    warnings: tuple[str, ...] = ()

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every requirement, in the order of files and lines."""
        return tuple(requirement for policy in self.policies for requirement in policy.requirements)

    @property
    def log_patterns(self) -> frozenset[str]:
        """Patterns of every log source that some requirement asks about, in whatever part of it.

        A store that may hold anything is about what the others ask for; if there are no others, about everything.
        """
        selectors = (
            *(one.where for one in self.requirements),
            *(one.where for one in self.attestations),
            *(one.where for one in self.exemptions),
        )
        asked = {
            logs.pattern
            for one in self.requirements
            if one.stores is None
            for logs in (*one.logs, *one.instead)
        }
        held = {
            *(logs.pattern for one in self.requirements if one.stores is not None for logs in one.logs),
            *(logs.pattern for selector in selectors for logs in _held(selector)),
        }
        return frozenset(asked | (held - {"*"}) or held)


def _held(selector: Selector) -> Iterator[Logs]:
    """The log sources that the selector's stores must hold."""
    for clause in selector:
        yield from clause.holding
        yield from _held(clause.excepting)
