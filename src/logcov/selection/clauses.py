"""A predicate as clauses: lists of literals of which one must be true.

A variable is a number from 1; a literal is a variable, or minus it for "not". Variables stand for leaves, and for parts
that stand inside other parts: helpers. A helper's clauses say only what follows if it is true. That is enough: if the
predicate can be true, so can all clauses be, and if some literals make all clauses true, they make the predicate true.
"""

from collections import deque
from dataclasses import dataclass, field

from logcov.selection.predicate import And, Atom, Constant, Leaf, Not, Or, Predicate

Clause = list[int]
_Signed = tuple[Predicate, bool]


@dataclass(slots=True)
class Clauses:
    """The clauses, and what the variables stand for: `leaves[variable]`, None for helpers and for number 0."""

    rows: list[Clause] = field(default_factory=list)
    leaves: list[Leaf | None] = field(default_factory=lambda: [None])


def clauses_of(predicate: Predicate) -> Clauses:
    """The clauses of a predicate that holds no constant, unless it is one.

    Within a clause come first the literals that make the most natural records: values that the predicate mentions,
    other comparisons, absence, and last the outcome of what cannot be told.
    """
    made = Clauses()
    variables: dict[tuple[bytes, bool], int] = {}
    waiting: deque[tuple[Clause, Predicate, bool]] = deque([([], predicate, True)])

    def literal(part: Predicate, sign: bool) -> int:  # noqa: FBT001 - of a pair
        inner = isinstance(part, And | Or)
        key = (part.digest, sign or not inner)
        variable = variables.get(key)
        if variable is None:
            variable = variables[key] = len(made.leaves)
            made.leaves.append(None if isinstance(part, And | Or | Not | Constant) else part)
            if inner:
                waiting.append(([-variable], part, sign))
        return variable if sign or inner else -variable

    def add(row: Clause) -> None:
        once = dict.fromkeys(row)
        if not any(-one in once for one in once):
            made.rows.append(sorted(once, key=lambda one: _rank(one, made.leaves[abs(one)])))

    while waiting:
        guard, part, sign = waiting.popleft()
        if isinstance(part, Constant):
            if part.value is not sign:
                made.rows.append([])
            continue
        for one, kept in _spread(part, sign, every=True):
            either = _spread(one, kept, every=False)
            add([*guard, *(literal(*alternative) for alternative in either)])
    return made


def _spread(part: Predicate, sign: bool, *, every: bool) -> list[_Signed]:  # noqa: FBT001 - of a pair
    """The parts that must all be true (`every`), or of which one must be, without `Not` around them."""
    found: list[_Signed] = []
    stack = [(part, sign)]
    while stack:
        part, sign = stack.pop()
        if isinstance(part, Not):
            stack.append((part.part, not sign))
        elif isinstance(part, And | Or) and (isinstance(part, And) is sign) is every:
            stack.extend((inner, sign) for inner in reversed(part.parts))
        else:
            found.append((part, sign))
    return found


def _rank(literal: int, leaf: Leaf | None) -> int:
    if leaf is None:
        return 4
    if not isinstance(leaf, Atom):
        return 5
    if literal > 0:
        return 0 if leaf.op == "=" else 1
    return 3 if leaf.op == "present" else 2
