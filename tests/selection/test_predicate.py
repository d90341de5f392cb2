import gc
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.selection.predicate import (
    FALSE,
    TRUE,
    And,
    Atom,
    Constant,
    Doubt,
    Not,
    Opaque,
    Or,
    Predicate,
    Sampled,
    all_of,
    any_of,
    atom,
    compare,
    doubt,
    doubts,
    fold,
    glob_matches,
    holds,
    leaves,
    negate,
    number,
    opaque,
    pieces,
    present,
    rebuild,
    resolve,
    sampled,
    substitute,
    written_pieces,
)

A = atom("a", "=", "1")
B = atom("b", "=", "2")
C = atom("c", "=", "3")


def test_equal_predicates_are_the_same_object_in_whatever_order_they_were_built():
    assert all_of(A, B, any_of(C, negate(A))) is all_of(any_of(negate(A), C), B, A)
    assert atom("a", "=", "1") is A
    assert atom("a", "=", "1", "fold") is not A
    assert atom("ab", "=", "1") is not atom("a", "=", "b1")


def test_joins_are_flat_and_drop_what_says_nothing():
    assert all_of() is TRUE
    assert any_of() is FALSE
    assert all_of(A) is A
    assert all_of(A, TRUE) is A
    assert any_of(A, FALSE) is A
    assert all_of(A, FALSE) is FALSE
    assert any_of(A, TRUE) is TRUE
    assert all_of(A, A) is A
    assert all_of(A, all_of(B, C)) is all_of(A, B, C)
    assert any_of(A, any_of(B, C)) is any_of(A, B, C)
    assert all_of(A, negate(A)) is FALSE
    assert any_of(A, negate(A)) is TRUE
    assert isinstance(all_of(A, B), And)
    assert isinstance(any_of(A, B), Or)


def test_negating_twice_is_nothing():
    assert negate(TRUE) is FALSE
    assert negate(FALSE) is TRUE
    assert negate(negate(A)) is A
    assert isinstance(negate(A), Not)


@pytest.mark.parametrize(
    ("op", "value", "same_op", "same_value"),
    [
        ("glob", "ab", "=", "ab"),
        ("glob", "", "=", ""),
        ("glob", "ab*", "prefix", "ab"),
        ("glob", "ab**", "prefix", "ab"),
        ("glob", "*ab", "suffix", "ab"),
        ("glob", "*ab*", "contains", "ab"),
        ("glob", "a**b", "glob", "a*b"),
        ("glob", "*", "present", ""),
        ("glob", "***", "present", ""),
        ("prefix", "", "present", ""),
        ("suffix", "", "present", ""),
        ("contains", "", "present", ""),
    ],
)
def test_a_comparison_is_said_in_the_simplest_way(op, value, same_op, same_value):
    assert atom("a", op, value) is atom("a", same_op, same_value)
    if same_op == "present":
        assert atom("a", op, value, "number") is present("a")


@pytest.mark.parametrize(
    ("op", "value", "passing", "failing"),
    [
        ("=", "ab", ["ab"], ["", "a", "AB", "abc"]),
        ("=", "", [""], ["a"]),
        ("prefix", "ab", ["ab", "abc"], ["", "a", "cab", "ABC"]),
        ("suffix", "ab", ["ab", "cab"], ["", "b", "abc"]),
        ("contains", "ab", ["ab", "cabc"], ["", "acb"]),
        ("present", "", ["", "x"], []),
        ("glob", "a*b", ["ab", "axb", "abab"], ["a", "ba", "abx", "xab"]),
        ("glob", "a*a", ["aa", "aba"], ["a"]),
        ("glob", "a*b*c", ["abc", "axbxc"], ["ac", "acb"]),
        ("glob", "*a*b*", ["ab", "xaxbx"], ["ba"]),
        ("<", "1", [], ["0", "1", "x"]),
        (">=", "a", [], ["a", "b"]),
    ],
)
def test_text_compares_exactly(op, value, passing, failing):
    test = atom("f", op, value)
    assert isinstance(test, Atom)
    assert [one for one in passing if not compare(test, one)] == []
    assert [one for one in failing if compare(test, one)] == []


@pytest.mark.parametrize(
    ("op", "value", "passing", "failing"),
    [
        ("=", "Straße", ["STRASSE", "strasse"], ["strase"]),
        ("=", "ﬁle", ["FILE", "ﬁLE"], ["fle"]),
        ("=", "Å", ["å", "a\u030a", "\u212b"], ["a"]),
        ("prefix", "Ab", ["ABc", "abc"], ["bab"]),
        ("suffix", "Ab", ["cAB"], ["abc"]),
        ("contains", "Ab", ["xABx"], ["a b"]),
        ("glob", "A*B", ["axB"], ["bxa"]),
        ("glob", "a*＊b", ["aX*b", "a＊b"], ["ab", "axb"]),
        ("<", "1", [], ["0"]),
    ],
)
def test_folded_text_compares_without_regard_to_case(op, value, passing, failing):
    test = atom("f", op, value, "fold")
    assert isinstance(test, Atom)
    assert [one for one in passing if not compare(test, one)] == []
    assert [one for one in failing if compare(test, one)] == []


@pytest.mark.parametrize(
    ("op", "value", "passing", "failing"),
    [
        ("=", "5", ["5", "5.0", " 5 ", "05", "5e0"], ["6", "five", "", "NaN"]),
        ("<", "5", ["4.9", "-1"], ["5", "x"]),
        ("<=", "5", ["5", "4"], ["5.01"]),
        (">", "5", ["5.01", "1e9"], ["5"]),
        (">=", "5", ["5", "6"], ["4", "inf"]),
        ("=", "five", [], ["five", "5"]),
        ("<", "", [], ["5"]),
        ("prefix", "5", [], ["5", "55"]),
    ],
)
def test_numbers_compare_as_numbers(op, value, passing, failing):
    test = atom("f", op, value, "number")
    assert isinstance(test, Atom)
    assert [one for one in passing if not compare(test, one)] == []
    assert [one for one in failing if compare(test, one)] == []


def test_a_comparison_with_several_values_holds_if_it_does_for_one():
    test = atom("f", "=", "x")
    assert isinstance(test, Atom)
    assert compare(test, ("a", "x"))
    assert not compare(test, ("a", "b"))
    assert not compare(test, ())


def test_a_comparison_with_an_absent_field_never_holds_and_its_negation_does():
    assert holds(A, {}) is False
    assert holds(negate(A), {}) is True
    assert holds(present("a"), {}) is False
    assert holds(present("a"), {"a": ""}) is True
    assert holds(present("a"), {"a": ()}) is False


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        (" 2.5 ", 2.5),
        ("-3e2", -300),
        ("inf", None),
        ("NaN", None),
        ("sNaN", None),
        ("", None),
        ("0x1", None),
    ],
)
def test_a_number_is_what_reads_as_a_finite_one(text, value):
    assert number(text) == value


def test_pieces_are_what_a_text_comparison_looks_for():
    def cut(op, value, kind="text"):
        test = atom("f", op, value, kind)
        assert isinstance(test, Atom)
        return written_pieces(test), pieces(test)

    assert cut("=", "Ab") == (("Ab",), ("Ab",))
    assert cut("prefix", "Ab", "fold") == (("Ab", ""), ("ab", ""))
    assert cut("suffix", "Ab") == (("", "Ab"), ("", "Ab"))
    assert cut("contains", "Ab") == (("", "Ab", ""), ("", "Ab", ""))
    assert cut("glob", "A*b*", "fold") == (("A", "b", ""), ("a", "b", ""))
    with pytest.raises(ValueError, match="< has no pieces"):
        cut("<", "1")


@given(st.text("ab*", max_size=6), st.text("ab", max_size=6))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_glob_matches_as_the_textbook_says(pattern, text):
    def matches(wanted, left):
        if not wanted:
            return not left
        if wanted[0] == "*":
            return any(matches(wanted[1:], left[at:]) for at in range(len(left) + 1))
        return left[:1] == wanted[0] and matches(wanted[1:], left[1:])

    assert glob_matches(pattern, text) == matches(pattern, text)
    test = atom("f", "glob", pattern)
    assert isinstance(test, Atom)
    assert compare(test, text) == matches(pattern, text)


@given(st.text(max_size=8))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_folding_leaves_upper_and_lower_case_alike(text):
    assert fold(text.casefold()) == fold(fold(text))


def test_a_sample_of_everything_or_nothing_is_none():
    assert sampled("insertId", "1") is TRUE
    assert sampled("insertId", "2.5") is TRUE
    assert sampled("insertId", "0") is FALSE
    assert sampled("insertId", "-1") is FALSE
    half = sampled("insertId", "0.5")
    assert isinstance(half, Sampled)
    assert half is sampled("insertId", "0.5")
    assert isinstance(sampled("insertId", "half"), Opaque)
    assert isinstance(sampled("insertId", "NaN"), Opaque)


def test_leaves_come_once_each_and_in_the_same_order():
    formula = any_of(all_of(A, negate(B)), all_of(negate(A), C, opaque("o", "odd"), doubt("d"), TRUE))
    found = list(leaves(formula))
    assert len(found) == len(set(found)) == 5
    assert found == list(leaves(formula))
    assert list(leaves(TRUE)) == []
    assert doubts(formula) == {"d"}


def test_known_fields_are_replaced_by_what_they_say():
    formula = any_of(all_of(A, B), all_of(negate(A), C))
    assert substitute(formula, {"a": "1"}) is B
    assert substitute(formula, {"a": "2"}) is C
    assert substitute(formula, {"a": ("2", "1")}) is B
    assert substitute(any_of(A, opaque("o", "odd")), {"a": "x"}) is opaque("o", "odd")
    assert substitute(TRUE, {"a": "x"}) is TRUE


def test_rebuilding_replaces_leaves():
    formula = all_of(any_of(A, B), negate(C))
    assert rebuild(formula, lambda leaf: TRUE if leaf is C else leaf) is FALSE
    assert rebuild(formula, lambda leaf: leaf) is formula


def test_opaque_parts_are_the_same_only_if_text_and_reason_are():
    assert opaque("x", "odd") is opaque("x", "odd")
    assert opaque("x", "odd") is not opaque("x", "no JSON")
    assert any_of(opaque("x", "odd"), negate(opaque("x", "no JSON"))) is not TRUE


def test_doubts_and_opaque_parts_resolve_to_the_most_and_the_least():
    d, o = doubt("d"), opaque("o", "odd")
    formula = all_of(any_of(A, d), negate(any_of(B, o)))
    assert resolve(formula, hopeful=True) is negate(B)
    assert resolve(formula, hopeful=False) is FALSE
    half = sampled("s", "0.5")
    assert resolve(all_of(half, negate(d)), hopeful=True) is half
    assert resolve(TRUE, hopeful=False) is TRUE


FREE = (doubt("d"), doubt("e"), opaque("o", "odd"))


@given(
    st.recursive(
        st.sampled_from([A, B, *FREE, TRUE]),
        lambda inner: (
            st.builds(negate, inner)
            | st.builds(lambda parts: all_of(*parts), st.lists(inner, max_size=3))
            | st.builds(lambda parts: any_of(*parts), st.lists(inner, max_size=3))
        ),
        max_leaves=12,
    )
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_most_is_never_less_and_the_least_never_more_than_what_may_be(formula):
    least, most = resolve(formula, hopeful=False), resolve(formula, hopeful=True)
    for a, b, *outcomes in product((False, True), repeat=2 + len(FREE)):
        record = {**({"a": "1"} if a else {}), **({"b": "2"} if b else {})}
        assumed = {leaf.digest: outcome for leaf, outcome in zip(FREE, outcomes, strict=True)}
        answer = holds(formula, record, assumed)
        assert answer is not None
        assert not (holds(least, record) and not answer)
        assert not (answer and not holds(most, record))
        # Knowing less never turns an answer into its opposite.
        assert holds(formula, record, {}) in {None, answer}


def test_what_is_not_known_decides_only_where_it_matters():
    o = opaque("o", "odd")
    assert isinstance(o, Opaque)
    assert holds(o, {}) is None
    assert holds(negate(o), {}) is None
    assert holds(all_of(A, o), {}) is False
    assert holds(any_of(A, o), {"a": "1"}) is True
    assert holds(all_of(A, o), {"a": "1"}) is None
    assert holds(any_of(A, o), {}) is None
    assert holds(any_of(A, o), {}, {o.digest: True}) is True
    assert holds(TRUE, {}) is True
    assert isinstance(TRUE, Constant)
    assert isinstance(doubt("x"), Doubt)


def test_a_predicate_may_be_nested_deeper_than_the_stack():
    formula: Predicate = A
    for index in range(20_000):
        formula = (all_of if index % 2 else any_of)(negate(formula), doubt(str(index)))
    assert holds(formula, {}) is False
    assert holds(formula, {"a": "1"}) is None
    assert len(list(leaves(formula))) == 20_001
    assert rebuild(formula, lambda leaf: TRUE if isinstance(leaf, Doubt) else leaf) is FALSE
    assert resolve(formula, hopeful=True) is A
    assert resolve(formula, hopeful=False) is FALSE
    assert substitute(formula, {"b": "2"}) is formula
    assert isinstance(substitute(formula, {"a": "1"}), And)
    del formula
    gc.collect()
