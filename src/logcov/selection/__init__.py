"""Selections: which records a filter lets through, proven.

Configured text is compiled here, dialect by dialect, into predicates over record fields
(`logcov.selection.predicate`). Compiling never raises: a part that cannot be decided is opaque, and says why.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from logcov.inventory.records import Filter
from logcov.inventory.rows import LogSource
from logcov.selection.audit_config import compile_audit_config, compile_audit_exemption
from logcov.selection.budget import MOST_TEXT
from logcov.selection.cloud_logging import compile_logging
from logcov.selection.event_patterns import compile_event_pattern
from logcov.selection.event_selectors import compile_event_selectors
from logcov.selection.fields import compile_fields, condition
from logcov.selection.flow_export import compile_flow_export
from logcov.selection.flow_traffic import compile_flow_traffic
from logcov.selection.log_patterns import compile_log_pattern
from logcov.selection.predicate import Predicate, all_of, any_of, negate, opaque
from logcov.selection.sample import compile_sample

__all__ = ["DIALECTS", "compile_filter", "compile_parts", "compile_text", "condition"]

Compile = Callable[[str, LogSource], Predicate]

DIALECTS: Mapping[str, Compile] = {
    "gcp.logging": compile_logging,
    "gcp.audit-config": compile_audit_config,
    "gcp.audit-exemption": compile_audit_exemption,
    "gcp.flow-export": compile_flow_export,
    "aws.event-selectors": compile_event_selectors,
    "aws.flow-traffic": compile_flow_traffic,
    "aws.logs-pattern": compile_log_pattern,
    "aws.event-pattern": compile_event_pattern,
    "fields": compile_fields,
    "sample": compile_sample,
}


@lru_cache(maxsize=4096)
def compile_text(dialect: str, text: str, source: LogSource) -> Predicate:
    """The predicate of a text in a dialect, for the records of one log source."""
    known = DIALECTS.get(dialect)
    return known(text, source) if known else opaque(text, f"{dialect!r} is no dialect that logcov reads")


def compile_parts(filter: Filter, source: LogSource) -> tuple[Predicate, Predicate]:  # noqa: A002 - its name in the inventory
    """What a filter selects, and what its enabled exclusions take away again."""
    length = len(filter.text)
    taken: list[Predicate] = []
    for one in filter.exclusions:
        if one.disabled:
            continue
        length += len(one.text)
        name = f"{one.name} of {filter.id}"
        if not one.text.strip():
            # An exclusion without a text cannot be set up, so what it would take is not known.
            taken.append(opaque(name, "an empty exclusion"))
        elif length > MOST_TEXT:
            taken.append(
                opaque(name, f"with its exclusions, the filter has more than {MOST_TEXT:,} characters")
            )
        else:
            taken.append(compile_text(filter.dialect, one.text, source))
    return compile_text(filter.dialect, filter.text, source), any_of(*taken)


def compile_filter(filter: Filter, source: LogSource) -> Predicate:  # noqa: A002 - its name in the inventory
    """What a filter lets through: what it selects, less what any enabled exclusion takes."""
    selected, excluded = compile_parts(filter, source)
    return all_of(selected, negate(excluded))
