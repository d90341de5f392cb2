"""The decision procedure against an oracle that tries every record. One wrong ALL is a defect of the first order."""

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.selection.decide import Found, Refuted, Undecided, decide, find
from logcov.selection.predicate import (
    Doubt,
    Opaque,
    all_of,
    any_of,
    atom,
    holds,
    leaves,
    negate,
    opaque,
    present,
    sampled,
)
from selection.brute import CONSTANTS, FIELDS, GLOBS, random_predicate, satisfiable

NAMES = (*FIELDS, "unknown")
ONE_KIND = ("text", "text", "fold", "number")


def check(formula, *, exact):
    """Of fields that are tested in one way, `find` knows everything; of others, it is never wrong."""
    outcome = find(formula, FIELDS)
    exists = satisfiable(formula)
    if isinstance(outcome, Found):
        assert holds(formula, outcome.record, outcome.assumed) is True
    elif isinstance(outcome, Refuted):
        assert exists is None
    else:
        assert not exact, outcome.because
    return outcome


def test_thousands_of_predicates_over_fields_that_are_tested_in_one_way():
    dice = random.Random(20261122)
    outcomes = []
    for _ in range(2400):
        names = dice.sample(NAMES, dice.randint(1, 3))
        kinds = {name: (dice.choice(ONE_KIND),) for name in names}
        formula = random_predicate(dice, names, kinds=kinds, depth=dice.randint(1, 4), free=True)
        outcomes.append(type(check(formula, exact=True)))
    assert outcomes.count(Refuted) > 400
    assert outcomes.count(Found) > 400


def test_predicates_over_one_field_where_everything_overlaps():
    dice = random.Random(7)
    outcomes = []
    for _ in range(1500):
        name = dice.choice(("text", "always", "many", "some", "unknown"))
        literals = []
        for _ in range(dice.randint(2, 6)):
            op = dice.choice(("prefix", "suffix", "contains", "glob", "glob", "="))
            test = atom(name, op, dice.choice(GLOBS if op == "glob" else CONSTANTS))
            literals.append(test if dice.random() < 0.5 else negate(test))
        outcomes.append(type(check(all_of(*literals), exact=True)))
    assert outcomes.count(Refuted) > 300
    assert outcomes.count(Found) > 300


def test_fields_that_are_tested_in_several_ways_are_never_decided_wrongly():
    dice = random.Random(11)
    outcomes = []
    for _ in range(1200):
        names = dice.sample(NAMES, dice.randint(1, 2))
        kinds = dict.fromkeys(names, ("text", "fold", "number"))
        formula = random_predicate(dice, names, kinds=kinds, depth=dice.randint(1, 3), free=True)
        outcomes.append(type(check(formula, exact=False)))
    assert outcomes.count(Undecided) < len(outcomes) / 20


def outcomes_of(formula, kind):
    """Every outcome of the leaves of a kind."""
    free = [leaf.digest for leaf in leaves(formula) if isinstance(leaf, kind)]
    for row in product((False, True), repeat=len(free)):
        yield dict(zip(free, row, strict=True))


def test_decisions_mean_what_they_say():
    dice = random.Random(3)
    verdicts = []
    for _ in range(1000):
        names = dice.sample(NAMES, dice.randint(1, 2))
        kinds = {name: (dice.choice(ONE_KIND),) for name in names}
        required = random_predicate(
            dice, names, kinds=kinds, depth=dice.randint(0, 2), free=dice.random() < 0.3
        )
        carried = random_predicate(dice, names, kinds=kinds, depth=dice.randint(1, 3), free=True)
        lost, kept = all_of(required, negate(carried)), all_of(required, carried)
        decision = decide(required, carried, FIELDS)
        verdicts.append(decision.verdict)
        for witness, formula in ((decision.lost, lost), (decision.kept, kept)):
            if witness:
                for outcomes in outcomes_of(formula, (Opaque, Doubt)):
                    assert holds(formula, witness.record, {**witness.assumed, **outcomes}) is True
        match decision.verdict:
            case "ALL":
                assert satisfiable(lost) is None
                assert decision.lost is None
            case "NONE":
                assert satisfiable(kept) is None
                assert decision.lost is not None
            case "SOME":
                assert decision.lost is not None
                assert decision.kept is not None
            case _:
                assert decision.because
                assert any(
                    isinstance(leaf, Opaque | Doubt) for part in (required, carried) for leaf in leaves(part)
                )
    assert {one: verdicts.count(one) > 40 for one in ("ALL", "SOME", "NONE", "UNKNOWN")} == dict.fromkeys(
        ("ALL", "SOME", "NONE", "UNKNOWN"), True
    )


def test_one_more_path_never_makes_a_verdict_worse():
    dice = random.Random(9)
    rank = {"NONE": 0, "UNKNOWN": 1, "SOME": 1, "ALL": 2}
    for _ in range(400):
        names = dice.sample(NAMES, 2)
        kinds = {name: (dice.choice(ONE_KIND),) for name in names}
        required, carried, more = (
            random_predicate(dice, names, kinds=kinds, depth=2, free=free) for free in (False, True, True)
        )
        before = decide(required, carried, FIELDS)
        after = decide(required, any_of(carried, more), FIELDS)
        assert rank[after.verdict] >= rank[before.verdict] or before.verdict == "NONE"
        assert not (before.kept and not after.kept)
        assert not (after.lost and not before.lost)


TEXT_ATOMS = st.builds(
    atom,
    st.sampled_from(("text", "many")),
    st.sampled_from(("=", "prefix", "suffix", "contains")),
    st.sampled_from(CONSTANTS),
) | st.builds(atom, st.sampled_from(("text", "many")), st.just("glob"), st.sampled_from(GLOBS))
ATOMS = (
    TEXT_ATOMS
    | st.builds(atom, st.just("level"), st.just("="), st.sampled_from(FIELDS["level"].values))
    | st.builds(
        atom,
        st.just("size"),
        st.sampled_from(("=", "<", ">=")),
        st.sampled_from(("1", "2", "4")),
        st.just("number"),
    )
    | st.sampled_from((present("text"), present("size"), opaque("o", "odd"), sampled("s", "0.5")))
)
FORMULAS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds(negate, inner)
        | st.lists(inner, min_size=2, max_size=4).map(lambda parts: all_of(*parts))
        | st.lists(inner, min_size=2, max_size=4).map(lambda parts: any_of(*parts))
    ),
    max_leaves=10,
)


@given(FORMULAS)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_predicate_agrees_with_trying_all_records(formula):
    check(formula, exact=True)


@pytest.mark.parametrize("steps", [0, 5, 20, 60, 200])
def test_a_bound_makes_an_answer_undecided_and_never_wrong(steps):
    dice = random.Random(13)
    for _ in range(150):
        names = dice.sample(NAMES, 2)
        kinds = {name: (dice.choice(ONE_KIND),) for name in names}
        formula = random_predicate(dice, names, kinds=kinds, depth=3)
        bounded, free = find(formula, FIELDS, steps=steps), find(formula, FIELDS)
        assert isinstance(bounded, Undecided) or type(bounded) is type(free)
