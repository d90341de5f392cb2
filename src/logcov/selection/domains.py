"""What a record can hold in one field: a value, several, or none.

A literal is a test and whether it must hold. `settle` finds what the field holds so that all literals of a branch are
true, or tests whose literals clash. A repeated field may hold several values; then each wanted test needs
one value that passes it and no unwanted test, and these values together are enough.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from logcov.inventory.rows import Field, LogSource
from logcov.selection.budget import Budget
from logcov.selection.clashes import Clash, Unsure
from logcov.selection.fields import RecordFields
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Atom,
    Leaf,
    Predicate,
    Value,
    compare,
    fold,
    number,
    pieces,
    pieces_match,
    rebuild,
)
from logcov.selection.values import value_of

Domains = Mapping[str, Field]
"""The fields of a record by their canonical names. Of a field that is not among them nothing is known."""

NUMBER_OPS = frozenset({"=", "<", "<=", ">", ">="})


def domains_of(source: LogSource) -> Domains:
    """The fields of a log source's records by their names. Aliases are not among them: callers resolve those."""
    return RecordFields(source)


def field_of(domains: Domains, name: str) -> Field:
    """The field, or for one of which nothing is known: text that may be missing, or be there several times."""
    return domains.get(name) or Field(name=name, repeated=True)


def is_finite(field: Field) -> bool:
    """Whether all values of the field are known. A finite field without values is taken for any text."""
    return field.kind == "finite" and bool(field.values)


def simplify(predicate: Predicate, domains: Domains) -> Predicate:
    """The predicate with the tests that hold of every record, or of none, as what they are."""

    def change(leaf: Leaf) -> Predicate:
        return _simplified(leaf, field_of(domains, leaf.field)) if isinstance(leaf, Atom) else leaf

    return rebuild(predicate, change)


def _simplified(test: Atom, field: Field) -> Predicate:
    if test.op == "present":
        return test if field.optional else TRUE
    if not can_hold(test):
        return FALSE
    if is_finite(field):
        passing = sum(compare(test, value) for value in field.values)
        if not passing:
            return FALSE
        if passing == len(field.values) and not field.optional:
            return TRUE
    return test


def can_hold(test: Atom) -> bool:
    """Whether the operator means something for the kind of the test, and its value too."""
    if test.kind == "number":
        return test.op in NUMBER_OPS and number(test.value) is not None
    return test.op not in NUMBER_OPS - {"="}


def consequences(given: Atom, tests: Iterable[tuple[int, Atom]], field: Field) -> Iterator[tuple[int, bool]]:
    """What tests of the same field say of a value that passes `given`, by their numbers.

    Of tests whose outcome differs between such values, nothing; nor of some others, which `settle` finds. Other
    values of a repeated field are not spoken of.
    """
    if is_finite(field):
        values = [value for value in field.values if compare(given, value)]
        for variable, test in tests:
            outcomes = {compare(test, value) for value in values}
            if len(outcomes) == 1:
                yield variable, outcomes.pop()
        return
    form, folded = given.value, fold(given.value)
    for variable, test in tests:
        if test.op == "present":
            yield variable, True
        elif given.op != "=":
            continue
        elif given.kind not in {"text", test.kind}:
            if given.kind == "fold" and test.kind == "text" and test.op == "=" and fold(test.value) != folded:
                yield variable, False
        elif test.kind == "number":
            yield variable, compare(test, form)
        else:
            yield variable, pieces_match(pieces(test), folded if test.kind == "fold" else form)


def settle(
    field: Field, wanted: Sequence[Atom], unwanted: Sequence[Atom], budget: Budget
) -> Value | Clash | Unsure | None:
    """What the field holds so that the wanted tests hold of it and the unwanted ones don't; None: it is absent.

    Absent comes last: only where no value passes, or where absence is asked for.

    Raises:
        OutOfSteps: the budget is spent.
    """
    gone = next((test for test in unwanted if test.op == "present"), None)
    if gone is not None:
        return Clash((wanted[0], gone)) if wanted else None
    tests = [test for test in wanted if test.op != "present"]
    found = _single(field, tests, unwanted, budget)
    if isinstance(found, str):
        return found
    if not wanted and field.optional:
        return None
    if field.repeated and len(tests) > 1:
        return _several(field, tests, unwanted, budget)
    return _anchored(found, wanted)


def _single(
    field: Field, wanted: Sequence[Atom], unwanted: Sequence[Atom], budget: Budget
) -> str | Clash | Unsure:
    if is_finite(field):
        return _listed(field.values, wanted, unwanted, budget)
    return value_of(field, wanted, unwanted, budget)


def _several(
    field: Field, wanted: Sequence[Atom], unwanted: Sequence[Atom], budget: Budget
) -> Value | Clash | Unsure:
    """One value per wanted test that no earlier value passes."""
    values: list[str] = []
    unsure: Unsure | None = None
    for test in wanted:
        if any(compare(test, value) for value in values):
            continue
        found = _single(field, [test], unwanted, budget)
        if isinstance(found, Clash):
            return _anchored(found, [test])
        if isinstance(found, Unsure):
            unsure = found
        else:
            values.append(found)
    return unsure or tuple(values)


def _anchored(found: Clash | Unsure, wanted: Sequence[Atom]) -> Clash | Unsure:
    """Tests that must not hold clash only where the field is there. It is a wanted test that says that it is."""
    if isinstance(found, Clash) and not any(test in wanted for test in found.tests):
        return Clash((*found.tests, *wanted[:1]))
    return found


def _listed(
    values: Iterable[str], wanted: Iterable[Atom], unwanted: Iterable[Atom], budget: Budget
) -> str | Clash:
    """The first of the values that passes; else the tests that rule them out, each of which took a value away."""
    left = list(values)
    blamed: list[Atom] = []
    for test, sense in (*((test, True) for test in wanted), *((test, False) for test in unwanted)):
        budget.spend()
        passing = [value for value in left if compare(test, value) is sense]
        if len(passing) < len(left):
            blamed.append(test)
        left = passing
    return left[0] if left else Clash(tuple(blamed))
