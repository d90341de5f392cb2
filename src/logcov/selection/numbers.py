"""A number that passes some comparisons and fails others, or the proof that there is none.

Numbers are dense: strictly between two bounds there are more of them than the tests can forbid one by one. So two
bounds that leave nothing between them clash, or two that leave one number and the test that forbids it; nothing
else does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from logcov.selection.clashes import Clash, Unsure, only
from logcov.selection.predicate import Atom, Op, number

LONGEST = 1000
"""Numbers with more digits, or of more than so many powers of ten, are compared but not reckoned with."""

_OPPOSITE: dict[Op, Op] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class _Bound:
    at: Decimal
    strict: bool
    test: Atom


def number_between(wanted: Sequence[Atom], unwanted: Sequence[Atom]) -> str | Clash | Unsure:
    """A number, as text, that passes all wanted and no unwanted tests.

    Args:
        wanted: comparisons of kind `number` that must hold, each with a number.
        unwanted: likewise, that must not hold.

    Returns:
        The number as it was written in a test, if one fits; else a whole one, if one is near; or the proof that there
        is none; or that its constants are too long to reckon with.
    """
    given = next((test for test in wanted if test.op == "="), None)
    if given is not None:
        return only(given, wanted, unwanted)
    low, high, holes = _bounds(wanted, unwanted)
    if low and high:
        if low.at > high.at or (low.at == high.at and (low.strict or high.strict)):
            return _clash(wanted, low.test, high.test)
        if low.at == high.at and low.at in holes:
            return _clash(wanted, low.test, high.test, holes[low.at])
    for bound in (low, high):
        if bound and not bound.strict and bound.at not in holes:
            return bound.test.value.strip()
    constants = (*holes, *(bound.at for bound in (low, high) if bound))
    if any(abs(one.adjusted()) > LONGEST or len(one.as_tuple().digits) > LONGEST for one in constants):
        return Unsure("numbers too long to reckon with")
    with localcontext(Context(prec=4 * LONGEST + 4 * len(holes))):
        return next(
            f"{one.normalize():f}"
            for one in _near(low, high, holes)
            if one not in holes and _within(one, low, high)
        )


def _clash(wanted: Sequence[Atom], *tests: Atom) -> Clash:
    """Tests that must not hold clash only for numbers. It is a wanted test that says that there is one."""
    return Clash(tests if any(test in wanted for test in tests) else (*tests, *wanted[:1]))


def _bounds(
    wanted: Sequence[Atom], unwanted: Sequence[Atom]
) -> tuple[_Bound | None, _Bound | None, dict[Decimal, Atom]]:
    """The narrowest bounds, and the single numbers that are not allowed."""
    low: _Bound | None = None
    high: _Bound | None = None
    holes: dict[Decimal, Atom] = {}
    said = [(test, test.op) for test in wanted]
    said += [(test, _OPPOSITE.get(test.op, test.op)) for test in unwanted]
    for test, op in said:
        at = number(test.value)
        assert at is not None
        if op == "=":
            holes[at] = test
            continue
        bound = _Bound(at, op in {"<", ">"}, test)
        if op in {">", ">="}:
            if low is None or (at, bound.strict) > (low.at, low.strict):
                low = bound
        elif high is None or (at, not bound.strict) < (high.at, not high.strict):
            high = bound
    return low, high, holes


def _within(one: Decimal, low: _Bound | None, high: _Bound | None) -> bool:
    return (low is None or one > low.at) and (high is None or one < high.at)


def _near(low: _Bound | None, high: _Bound | None, holes: dict[Decimal, Atom]) -> Iterator[Decimal]:
    """Whole numbers next to a constant, then ever nearer ones to the lower bound: more than there are holes."""
    if low:
        first, step = low.at.to_integral_value("ROUND_FLOOR") + 1, 1
    elif high:
        first, step = high.at.to_integral_value("ROUND_CEILING") - 1, -1
    else:
        first, step = max(holes, default=Decimal(0)).to_integral_value("ROUND_FLOOR") + 1, 1
    for count in range(len(holes) + 1):
        yield first + count * step
    if low and high:
        width = high.at - low.at
        for _ in range(len(holes) + 1):
            width /= 2
            yield low.at + width
