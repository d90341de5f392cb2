"""Filters as a whole: dialects, exclusions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.inventory.records import Exclusion, Filter
from logcov.selection import DIALECTS, compile_filter, compile_parts, compile_text
from logcov.selection.predicate import FALSE, TRUE, Opaque, all_of, any_of, atom, holds, leaves, negate
from selection_rows import AUDIT, DATA

DEBUG = atom("severity", "=", "DEBUG")
INFO = atom("severity", "=", "INFO")


def sink(*exclusions: Exclusion, text: str = "") -> Filter:
    return Filter(id="f", dialect="gcp.logging", text=text, exclusions=exclusions)


def test_enabled_exclusions_take_away_and_disabled_ones_do_not() -> None:
    given = sink(
        Exclusion(name="a", text="severity=DEBUG"),
        Exclusion(name="b", text="severity=INFO"),
        Exclusion(name="c", text="severity=ERROR", disabled=True),
    )
    assert compile_parts(given, AUDIT) == (TRUE, any_of(DEBUG, INFO))
    assert compile_filter(given, AUDIT) is negate(any_of(DEBUG, INFO))


def test_a_filter_without_exclusions_is_its_text() -> None:
    assert compile_parts(sink(text="severity=DEBUG"), AUDIT) == (DEBUG, FALSE)
    assert compile_filter(sink(text="severity=DEBUG"), AUDIT) is DEBUG


def test_filter_and_exclusion_are_of_one_language() -> None:
    given = sink(Exclusion(name="a", text="severity=DEBUG"), text="severity<=INFO")
    assert holds(compile_filter(given, AUDIT), {"severity": "INFO"}) is True
    assert holds(compile_filter(given, AUDIT), {"severity": "DEBUG"}) is False


def test_an_exclusion_without_text_may_take_anything() -> None:
    assert holds(compile_filter(sink(Exclusion(name="a", text=" ")), AUDIT), {}) is None


def test_an_exclusion_that_cannot_be_read_may_take_anything() -> None:
    assert holds(compile_filter(sink(Exclusion(name="a", text="(")), AUDIT), {}) is None


def test_an_unknown_dialect_is_opaque() -> None:
    assert isinstance(compile_text("acme.filters", "x", AUDIT), Opaque)


def test_what_is_compiled_twice_is_the_same() -> None:
    text = "severity=DEBUG OR trace=a"
    first = compile_text("gcp.logging", text, AUDIT)
    compile_text.cache_clear()
    assert compile_text("gcp.logging", text, AUDIT) is first
    assert all_of(first, TRUE) is first


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(DIALECTS)), st.text(alphabet=st.sampled_from('{}[]":, aA1*\\\n'), max_size=60))
def test_no_text_makes_any_dialect_raise(dialect: str, text: str) -> None:
    for source in (AUDIT, DATA):
        holds(compile_text(dialect, text, source), {})


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize(
    "text", ["[" * 20_000, '{"a":' * 20_000, "9" * 20_000, "\ud800", '{"a": 1e999}', '"' * 20_000]
)
def test_texts_that_break_readers_do_not_break_these(dialect: str, text: str) -> None:
    holds(compile_text(dialect, text, AUDIT), {})


def test_exclusions_beyond_what_can_be_followed_are_open_and_say_so() -> None:
    long = [Exclusion(name=f"e{at}", text=f"severity=DEBUG -- {at} " + "x" * 50_000) for at in range(4)]
    long[1] = Exclusion(name="off", text="x" * 200_000, disabled=True)
    _, taken = compile_parts(sink(*long), AUDIT)
    found = [leaf for leaf in leaves(taken) if isinstance(leaf, Opaque)]
    assert [leaf.text for leaf in found if "more than 120,000 characters" in leaf.because] == ["e3 of f"]
