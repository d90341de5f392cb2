"""What a filter would let through, log source by log source: the function behind `logcov filter`.

The judge and this command ask the same `decide`; no second matcher exists.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from logcov.errors import UsageError
from logcov.inventory.records import Filter, LogSource
from logcov.selection import compile_filter
from logcov.selection.decide import Decision, decide, domains_of
from logcov.selection.fields import condition
from logcov.selection.predicate import Predicate, Sampled, all_of, atom, leaves

_SOURCES = {"gcp.logging": "gcp.", "aws.event-selectors": "aws.cloudtrail."}
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
    """

    source: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    verdict: str
    witness: Mapping[str, str] | None
    because: str


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
    split = _SPLIT.get(source.id)
    values = next((dimension.examples for dimension in source.dimensions if dimension.name == split), ())
    yield from ({split: value} for value in values if split)
    if not values:
        yield {}


def _result(
    filter: Filter,  # noqa: A002 - its name in the inventory
    source: LogSource,
    dimensions: Mapping[str, str],
    container: str | None,
) -> FilterResult:
    part = condition({name: (value,) for name, value in dimensions.items()}, source)
    passing = compile_filter(filter, source)
    decision = decide(all_of(_shape(source, container), part), passing, domains_of(source))
    return FilterResult(
        source=source.id,
        dimensions=dimensions,
        verdict=decision.verdict,
        witness=_witness(decision),
        because=_because(decision, passing),
    )


def _shape(source: LogSource, container: str | None) -> Predicate:
    """What is true of every record of the source, and of this container if one is given."""
    known: list[Predicate] = []
    for shape in source.shape:
        if container and shape.field == "logName" and shape.op == "suffix" and shape.value.startswith("/logs/"):
            known.append(atom("logName", "=", container + shape.value))
        else:
            known.append(atom(shape.field, shape.op, shape.value))
    if container:
        known.append(atom("logName", "prefix", f"{container}/logs/"))
    return all_of(*known)


def _witness(decision: Decision) -> Mapping[str, str] | None:
    if decision.lost is None or decision.verdict not in {"SOME", "NONE"}:
        return None
    return {
        name: value if isinstance(value, str) else ", ".join(value)
        for name, value in sorted(decision.lost.record.items())
    }


def _because(decision: Decision, passing: Predicate) -> str:
    said = decision.because or _SAYS[decision.verdict]
    assumed = decision.lost.assumed if decision.lost else {}
    shares = [leaf.rate for leaf in leaves(passing) if isinstance(leaf, Sampled) and leaf.digest in assumed]
    if shares:
        said += f"; sampled ({', '.join(sorted(shares))} of the records), so which ones pass is not known"
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
