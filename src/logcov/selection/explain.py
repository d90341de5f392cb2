"""What a filter would let through, log source by log source: the function behind `logcov filter`.

The judge and this command ask the same `decide`; no second matcher exists.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from logcov.errors import UsageError
from logcov.inventory.records import Filter
from logcov.inventory.rows import LogSource, Shape
from logcov.selection import compile_filter
from logcov.selection.cloud_logging.pinpoint import Pointer, pinpoint
from logcov.selection.decide import Decision, decide, domains_of
from logcov.selection.fields import condition
from logcov.selection.predicate import (
    TRUE,
    And,
    Atom,
    Kind,
    Predicate,
    Sampled,
    all_of,
    any_of,
    atom,
    leaves,
    negate,
    substitute,
)

_SOURCES = {
    "gcp.logging": "gcp.",
    "aws.event-selectors": "aws.cloudtrail.",
    "aws.logs-pattern": "aws.",
    "aws.event-pattern": "aws.",
}
_SPLIT = {"aws.cloudtrail.data": "resource_type"}
"""Sources that have a row per value of a dimension, and the dimension."""
_SAYS = {
    "ALL": "every record passes",
    "SOME": "some records pass; the witness does not",
    "NONE": "no record passes",
    "UNKNOWN": "it could not be told",
}
_LONGEST = 500
"""Characters of a reason: it may quote a whole filter."""
_WRITERS = {
    "gcp.organization": "organizations/",
    "gcp.folder": "folders/",
    "gcp.project": "projects/",
    "gcp.billing_account": "billingAccounts/",
}
"""How names of logs start that a scope of this kind writes."""
_CONTAINER = re.compile(r"(?:gcp:)?((?:organizations|folders|projects|billingAccounts)/[^/]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterResult:
    """What a filter does with the records of one log source, or of one part of it.

    Attributes:
        source: the log source's id.
        dimensions: which part of it; empty for all of it.
        verdict: `ALL`, `SOME`, `NONE` or `UNKNOWN`.
        witness: a record that is lost, as text; None where none is known.
        because: why, for a person.
        decides: the parts of the text that decide, where the dialect tells them apart (`gcp.logging`).
    """

    source: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    verdict: str
    witness: Mapping[str, str] | None
    because: str
    decides: tuple[Pointer, ...] = ()


def filter_results(
    filter: Filter,  # noqa: A002 - its name in the inventory
    sources: Sequence[LogSource],
    *,
    scope: str | None,
) -> list[FilterResult]:
    """One result per log source that the filter's dialect is about, in the order in which they are given.

    `aws.cloudtrail.data` has one per resource type that its row names.

    Args:
        filter: the text, its dialect and its exclusions; what cannot be read makes a result `UNKNOWN`.
        sources: rows of the catalogue; others than the dialect's are left out.
        scope: for `gcp.logging`, the container that writes the entries, `gcp:projects/acme-prod`; None: any.

    Raises:
        UsageError: `scope` names no container of log entries.
    """
    container = None if scope is None else _container(scope)
    about = _SOURCES.get(filter.dialect, "")
    return [
        _result(filter, source, dimensions, container)
        for source in sources
        if source.id.startswith(about)
        for dimensions in _parts(source)
    ]


def _container(scope: str) -> str:
    found = _CONTAINER.fullmatch(scope)
    if found is None:
        raise UsageError(
            f"{scope!r} is no place that writes log entries",
            "write it like gcp:projects/acme-prod, gcp:folders/77 or gcp:organizations/123",
        )
    return found[1]


def _parts(source: LogSource) -> Iterator[Mapping[str, str]]:
    split = _SPLIT.get(source.id, "")
    values = [value for one in source.dimensions if one.name == split for value in one.examples]
    yield from ({split: value} for value in values)
    if not values:
        yield {}


def _result(
    filter: Filter,  # noqa: A002 - its name in the inventory
    source: LogSource,
    dimensions: Mapping[str, str],
    container: str | None,
) -> FilterResult:
    part = condition({name: (value,) for name, value in dimensions.items()}, source)
    required = all_of(_shape(source, container), part)
    passing = compile_filter(filter, source)
    domains = domains_of(source)
    # What is the same in each record is put in first, so that the witness shows nothing that plays no part.
    constant = {
        leaf.field: leaf.value
        for leaf in (required.parts if isinstance(required, And) else (required,))
        if isinstance(leaf, Atom) and leaf.op == "=" and leaf.kind == "text"
        if leaf.field in domains and not domains[leaf.field].repeated
    }
    decision = decide(required, substitute(passing, constant), domains)
    decides = (
        pinpoint(filter, source, decision, required, constant, domains)
        if filter.dialect == "gcp.logging"
        else ()
    )
    return FilterResult(
        source=source.id,
        dimensions=dimensions,
        verdict=decision.verdict,
        witness=_witness(decision),
        because=_because(decision, passing, decides),
        decides=decides,
    )


def _shape(source: LogSource, container: str | None) -> Predicate:
    """What is true of every record of the source, and of this container if one is given."""
    logs = [shape.value for shape in source.shape if shape.field == "logName" and shape.op == "suffix"]
    if container and logs:
        name = atom("logName", "=", container + logs[0])
    elif container:
        name = _starts(f"{container}/logs/")
    elif logs:
        name = any_of(*(_starts(_WRITERS.get(kind, "")) for kind in source.scope_kinds))
    else:
        name = TRUE
    folded = {field.name for field in source.fields if field.case == "insensitive"}
    return all_of(
        name, *(_said(shape, "fold" if shape.field in folded else "text") for shape in source.shape)
    )


def _said(shape: Shape, kind: Kind) -> Predicate:
    if shape.op == "lacks":
        return negate(atom(shape.field, "contains", shape.value, kind))
    return atom(shape.field, shape.op, shape.value)


def _starts(name: str) -> Predicate:
    """Names of logs start so. Said in both ways: of text in general, neither follows from the other."""
    return all_of(atom("logName", "prefix", name), atom("logName", "prefix", name, "fold"))


def _witness(decision: Decision) -> Mapping[str, str] | None:
    if decision.lost is None:
        return None
    return {
        name: value if isinstance(value, str) else ", ".join(value)
        for name, value in sorted(decision.lost.record.items())
    }


def _because(decision: Decision, passing: Predicate, decides: Sequence[Pointer]) -> str:
    said = decision.because or _SAYS[decision.verdict]
    if decides and not decision.because:
        one = decides[0]
        said += f": in the {one.within}, `{one.place.text}` ({one.place}) {one.says}"
    assumed = decision.lost.assumed if decision.lost else {}
    shares = [leaf.rate for leaf in leaves(passing) if isinstance(leaf, Sampled) and leaf.digest in assumed]
    if shares:
        said += f"; sampled ({', '.join(sorted(shares))} of the records), so which ones pass is not known"
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
