"""An oracle for the decision procedure: tries every record over a small alphabet. Knows nothing of how `find` works."""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from logcov.inventory.records import Field
from logcov.selection.predicate import (
    Atom,
    Kind,
    Op,
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


def contents(field: Field, tests: Sequence[Atom]) -> list[Value | None]:
    """What the field can hold, one of each kind that the tests tell apart; None is absent."""
    seen: dict[tuple[bool, ...], Value | None] = {}
    if field.optional:
        seen[(False,) * len(tests)] = None
    for value in possible_values(field, tests):
        seen.setdefault(tuple(compare(test, value) for test in tests), value)
    if field.repeated:
        grown = True
        while grown:
            grown = False
            for (left, one), (right, other) in list(product(seen.items(), repeat=2)):
                both = tuple(a or b for a, b in zip(left, right, strict=True))
                if both not in seen and one is not None and other is not None:
                    seen[both] = (*_several(one), *_several(other))
                    grown = True
    return list(seen.values())


def _several(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,)


def records(predicate: Predicate) -> Iterator[dict[str, Value]]:
    """Every record over the alphabet, one of each kind that the predicate tells apart."""
    atoms = [leaf for leaf in leaves(predicate) if isinstance(leaf, Atom)]
    names = sorted({test.field for test in atoms})
    columns = [contents(field_of(name), [test for test in atoms if test.field == name]) for name in names]
    for row in product(*columns):
        yield {name: value for name, value in zip(names, row, strict=True) if value is not None}


def satisfiable(predicate: Predicate) -> tuple[dict[str, Value], dict[bytes, bool]] | None:
    free = [leaf.digest for leaf in leaves(predicate) if not isinstance(leaf, Atom)]
    for record in records(predicate):
        for outcomes in product((False, True), repeat=len(free)):
            assumed = dict(zip(free, outcomes, strict=True))
            if holds(predicate, record, assumed):
                return record, assumed
    return None


# --- Random predicates --------------------------------------------------------------------------------------

CONSTANTS = ("a", "b", "ab", "ba", "abc", "aa", "bb", "aba")
GLOBS = ("a*b", "ab*ba", "*a*b*", "a*a", "*ab*a", "b*a*", "ab*b", "*b*a*", "a*c*b", "*a*a*")
OPS: tuple[Op, ...] = ("=", "=", "=", "prefix", "suffix", "contains", "glob", "present")


def random_atom(dice: random.Random, name: str, kinds: Sequence[Kind]) -> Predicate:
    field = field_of(name)
    if field.kind == "number" or (kind := dice.choice(kinds)) == "number":
        if dice.random() < 0.1:
            return present(name)
        return atom(name, dice.choice(("=", "<", "<=", ">", ">=")), dice.choice(("1", "2", "2.0", "4", "5")), "number")
    op = dice.choice(OPS)
    if field.kind == "finite" and dice.random() < 0.8:
        return atom(name, op if op != "glob" else "=", dice.choice((*field.values, "a", "H")), kind)
    constant = dice.choice(GLOBS if op == "glob" else CONSTANTS)
    if kind == "fold" and dice.random() < 0.5:
        constant = dice.choice((constant.upper(), constant.capitalize()))
    return present(name) if op == "present" else atom(name, op, constant, kind)


def random_predicate(
    dice: random.Random, names: Sequence[str], *, kinds: Mapping[str, Sequence[Kind]], depth: int = 3, free: bool = False
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
        random_predicate(dice, names, kinds=kinds, depth=depth - 1, free=free) for _ in range(dice.randint(2, 4))
    ]
    return (all_of if dice.random() < 0.6 else any_of)(*parts)
