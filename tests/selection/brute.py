"""An oracle for the decision procedure: tries every record over a small alphabet. Knows nothing of how `find` works."""

import random
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import combinations, product
from math import prod
from operator import and_, or_

from logcov.inventory.rows import Field
from logcov.selection.predicate import (
    And,
    Atom,
    Constant,
    Kind,
    Not,
    Op,
    Or,
    Predicate,
    Value,
    all_of,
    any_of,
    atom,
    compare,
    doubt,
    holds,
    leaves,
    negate,
    opaque,
    present,
    sampled,
)


def words(alphabet: str, longest: int) -> list[str]:
    return ["".join(letters) for length in range(longest + 1) for letters in product(alphabet, repeat=length)]


TEXTS = words("abc", 4)
CASED = words("abAB", 3) + words("abc", 4)
NUMBERS = ["-1", "0", "1", "1.5", "2", "2.5", "3", "4", "4.25", "4.5", "5", "6"]

FIELDS: Mapping[str, Field] = {
    "text": Field(name="text"),
    "always": Field(name="always", optional=False),
    "many": Field(name="many", repeated=True),
    "some": Field(name="some", repeated=True, optional=False),
    "level": Field(name="level", kind="finite", values=("LOW", "MID", "HIGH", "TOP"), optional=False),
    "word": Field(name="word", kind="finite", values=("ab", "ba", "Ab"), optional=True),
    "words": Field(name="words", kind="finite", values=("a", "ab", "b"), repeated=True, optional=False),
    "count": Field(name="count", kind="number", optional=False),
    "size": Field(name="size", kind="number"),
    "counts": Field(name="counts", kind="number", repeated=True),
}


def field_of(name: str) -> Field:
    return FIELDS.get(name, Field(name=name, repeated=True))


def possible_values(field: Field, tests: Sequence[Atom]) -> list[str]:
    if field.kind == "finite":
        return list(field.values)
    if field.kind == "number":
        return NUMBERS
    kinds = {test.kind for test in tests}
    return (CASED if "fold" in kinds else TEXTS) + (NUMBERS if "number" in kinds else [])


def contents(field: Field, tests: Sequence[Atom]) -> dict[tuple[bool, ...], Value | None]:
    """What the field can hold, one of each kind that the tests tell apart, by their outcomes; None is absent."""
    seen: dict[tuple[bool, ...], Value | None] = {}
    for value in possible_values(field, tests):
        seen.setdefault(tuple(compare(test, value) for test in tests), value)
    if field.repeated:
        alone = [(outcomes, str(value)) for outcomes, value in seen.items()]
        for size in (2, 3) if len(alone) < 20 else (2,):
            for several in combinations(alone, size):
                outcomes = tuple(map(any, zip(*(one for one, _ in several), strict=True)))
                seen.setdefault(outcomes, tuple(value for _, value in several))
    if field.optional:
        seen.setdefault((False,) * len(tests), None)
    return seen


def satisfiable(predicate: Predicate) -> tuple[dict[str, Value], dict[bytes, bool]] | None:
    """A record over the alphabet, and outcomes, that satisfy the predicate: by a truth table over all of them.

    A column of the table is one number with a bit per row.
    """
    everything = list(leaves(predicate))
    free = [leaf.digest for leaf in everything if not isinstance(leaf, Atom)]
    by_field: dict[str, list[Atom]] = {}
    for leaf in everything:
        if isinstance(leaf, Atom):
            by_field.setdefault(leaf.field, []).append(leaf)
    axes: list[tuple[list[bytes], list[tuple[bool, ...]], list[object]]] = []
    for name, tests in sorted(by_field.items()):
        found = contents(field_of(name), tests)
        axes.append(
            ([test.digest for test in tests], list(found), [(name, value) for value in found.values()])
        )
    axes.extend(([digest], [(False,), (True,)], [(digest, False), (digest, True)]) for digest in free)
    rows = prod(len(outcomes) for _, outcomes, _ in axes)
    columns: dict[bytes, int] = {}
    stride = 1
    for digests, outcomes, _ in axes:
        for index, digest in enumerate(digests):
            block = "".join("01"[row[index]] * stride for row in reversed(outcomes))
            columns[digest] = int(block * (rows // (stride * len(outcomes))), 2)
        stride *= len(outcomes)
    table = _table(predicate, columns, (1 << rows) - 1)
    if not table:
        return None
    row = (table & -table).bit_length() - 1
    record: dict[str, Value] = {}
    assumed: dict[bytes, bool] = {}
    for _, outcomes, contents_ in axes:
        key, value = contents_[row % len(outcomes)]
        row //= len(outcomes)
        if isinstance(key, bytes):
            assumed[key] = value
        elif value is not None:
            record[key] = value
    assert holds(predicate, record, assumed) is True
    return record, assumed


def _table(part: Predicate, columns: Mapping[bytes, int], full: int) -> int:
    match part:
        case Constant():
            return full if part.value else 0
        case Not():
            return full & ~_table(part.part, columns, full)
        case And():
            return reduce(and_, (_table(inner, columns, full) for inner in part.parts))
        case Or():
            return reduce(or_, (_table(inner, columns, full) for inner in part.parts))
        case _:
            return columns[part.digest]


# --- Random predicates --------------------------------------------------------------------------------------

CONSTANTS = ("a", "b", "ab", "ba", "abc", "aa", "bb", "aba")
GLOBS = ("a*b", "ab*ba", "*a*b*", "a*a", "*ab*a", "b*a*", "ab*b", "*b*a*", "a*c*b", "*a*a*")
OPS: tuple[Op, ...] = ("=", "=", "=", "prefix", "suffix", "contains", "glob", "present")


def random_atom(dice: random.Random, name: str, kinds: Sequence[Kind]) -> Predicate:
    field = field_of(name)
    if field.kind == "number" or (kind := dice.choice(kinds)) == "number":
        if dice.random() < 0.1:
            return present(name)
        return atom(
            name, dice.choice(("=", "<", "<=", ">", ">=")), dice.choice(("1", "2", "2.0", "4", "5")), "number"
        )
    op = dice.choice(OPS)
    if field.kind == "finite" and dice.random() < 0.8:
        return atom(name, op if op != "glob" else "=", dice.choice((*field.values, "a", "H")), kind)
    constant = dice.choice(GLOBS if op == "glob" else CONSTANTS)
    if kind == "fold" and dice.random() < 0.5:
        constant = dice.choice((constant.upper(), constant.capitalize()))
    return present(name) if op == "present" else atom(name, op, constant, kind)


def random_predicate(
    dice: random.Random,
    names: Sequence[str],
    *,
    kinds: Mapping[str, Sequence[Kind]],
    depth: int = 3,
    free: bool = False,
) -> Predicate:
    shape = dice.random()
    if depth == 0 or shape < 0.15:
        if free and dice.random() < 0.2:
            return dice.choice((opaque("o", "odd"), doubt("d"), doubt("e"), sampled("s", "0.5")))
        name = dice.choice(names)
        return random_atom(dice, name, kinds[name])
    if shape < 0.3:
        return negate(random_predicate(dice, names, kinds=kinds, depth=depth - 1, free=free))
    parts = [
        random_predicate(dice, names, kinds=kinds, depth=depth - 1, free=free)
        for _ in range(dice.randint(2, 4))
    ]
    return (all_of if dice.random() < 0.6 else any_of)(*parts)
