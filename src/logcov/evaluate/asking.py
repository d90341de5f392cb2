"""Which records a requirement is about: the conditions of a policy as predicates over the fields of one log source."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from logcov.inventory import Emitter, LogSource, Shape
from logcov.policy import Condition, Logs, Requirement
from logcov.selection import condition
from logcov.selection.predicate import Kind, Predicate, all_of, any_of, atom, glob_matches, negate


def dimension_values(source: LogSource, conditions: Sequence[Condition]) -> Iterator[Mapping[str, str]]:
    """Every combination of the values that the conditions name for the source's open dimensions."""
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


def shape_of(source: LogSource) -> Predicate:
    """What is true of every record of the source."""
    return _true_of(source, source.shape)


def shape_at(source: LogSource, emitter: Emitter) -> Predicate:
    """What is true of every record of the emitter besides, but for its constant fields.

    It is said of the text as it is written, too: of text in general, neither follows from the other.
    """
    written = all_of(*(_test(shape, "text") for shape in emitter.shape))
    return all_of(written, _true_of(source, emitter.shape))


def _true_of(source: LogSource, shapes: Iterable[Shape]) -> Predicate:
    folded = {field.name for field in source.fields if field.case == "insensitive"}
    return all_of(*(_test(shape, "fold" if shape.field in folded else "text") for shape in shapes))


def _test(shape: Shape, kind: Kind) -> Predicate:
    if shape.op == "lacks":
        return negate(atom(shape.field, "contains", shape.value, kind))
    return atom(shape.field, shape.op, shape.value, kind)


def required_of(
    source: LogSource, requirement: Requirement, logs: Logs, dimensions: Mapping[str, str]
) -> tuple[Predicate, Predicate]:
    """What is asked for before exceptions, and what is left after them."""
    asked = all_of(
        shape_of(source),
        condition(logs.only, source),
        condition(requirement.only, source),
        condition({name: (value,) for name, value in dimensions.items()}, source),
    )
    excepted = any_of(*(condition(exception.records, source) for exception in requirement.excepting))
    return asked, all_of(asked, negate(excepted))


def any_asked(source: LogSource, items: Sequence[Logs]) -> Predicate | None:
    """The records of the source that any of the items means; None if none of them is about the source."""
    tests = [condition(logs.only, source) for logs in items if glob_matches(logs.pattern, source.id)]
    return all_of(shape_of(source), any_of(*tests)) if tests else None
