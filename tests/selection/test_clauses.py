import random
from itertools import product

from logcov.selection.clauses import clauses_of
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Atom,
    all_of,
    any_of,
    atom,
    doubt,
    holds,
    leaves,
    negate,
    present,
    rebuild,
)
from selection.brute import random_predicate

A, B, C, D = (atom("f", "=", name) for name in "abcd")


def named(predicate):
    clauses = clauses_of(predicate)

    def spell(literal):
        leaf = clauses.leaves[abs(literal)]
        name = leaf.value if isinstance(leaf, Atom) else str(abs(literal))
        return ("" if literal > 0 else "-") + name

    return sorted(" ".join(sorted(map(spell, row))) for row in clauses.rows)


def test_flat_formulas_need_no_helpers():
    assert named(TRUE) == []
    assert named(FALSE) == [""]
    assert named(A) == ["a"]
    assert named(negate(A)) == ["-a"]
    assert named(all_of(A, any_of(B, negate(C)))) == ["-c b", "a"]
    assert named(negate(any_of(A, all_of(B, C)))) == ["-a", "-b -c"]
    assert named(all_of(A, negate(any_of(B, negate(all_of(C, D)))))) == ["-b", "a", "c", "d"]


def test_a_part_within_an_alternative_gets_a_helper_that_is_shared():
    inner = all_of(A, B)
    clauses = clauses_of(all_of(any_of(inner, C), any_of(inner, D)))
    assert clauses.leaves.count(None) == 2  # number 0, and the helper
    assert len(clauses.rows) == 4


def test_a_clause_that_is_always_true_is_left_out():
    part = any_of(A, negate(any_of(negate(B), C)))
    assert named(any_of(part, negate(A))) == []


def test_the_most_natural_literal_comes_first():
    clauses = clauses_of(
        any_of(doubt("d"), negate(present("g")), negate(A), atom("f", "prefix", "x"), B, all_of(C, D))
    )
    row = clauses.rows[0]
    kinds = [clauses.leaves[abs(literal)] for literal in row]
    assert kinds[:4] == [B, atom("f", "prefix", "x"), A, present("g")]
    assert kinds[4] is None
    assert kinds[5] is doubt("d")


def test_clauses_can_be_true_exactly_if_the_predicate_can():
    dice = random.Random(3)
    for _ in range(400):
        names = ["text", "always"]
        formula = random_predicate(dice, names, kinds=dict.fromkeys(names, ("text",)), depth=3, free=True)
        # Leaves as mere yes or no.
        formula = rebuild(formula, lambda leaf: doubt(leaf.digest.hex()) if isinstance(leaf, Atom) else leaf)
        clauses = clauses_of(formula)
        everything = list(leaves(formula))
        if len(clauses.leaves) > 13:
            continue
        expected = any(
            holds(formula, {}, dict(zip((leaf.digest for leaf in everything), row, strict=True)))
            for row in product((False, True), repeat=len(everything))
        )
        found = any(
            all(any((literal > 0) is row[abs(literal) - 1] for literal in clause) for clause in clauses.rows)
            for row in product((False, True), repeat=len(clauses.leaves) - 1)
        )
        assert found == expected
