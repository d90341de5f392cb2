"""Patterns between what surely matches and what may, against a library that runs them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.selection.cloud_logging.regexes import MOST, UnreadablePatternError, check, matches
from logcov.selection.cloud_logging.tree import Value
from logcov.selection.predicate import FALSE, Opaque, Predicate, any_of, atom, holds, leaves, present


def compiled(body: str) -> Predicate:
    return matches("f", Value(body, body, '"'), "f =~ pattern")


def is_open(body: str) -> str:
    """Why some of it is left open; empty if it is decided."""
    return next((leaf.because for leaf in leaves(compiled(body)) if isinstance(leaf, Opaque)), "")


@pytest.mark.parametrize(
    ("body", "op", "value"),
    [
        ("", "present", ""),
        ("^", "present", ""),
        ("a*", "present", ""),
        ("|a", "present", ""),
        ("()", "present", ""),
        ("x{0}", "present", ""),
        ("get", "contains", "get"),
        ("^get", "prefix", "get"),
        ("get$", "suffix", "get"),
        ("^get$", "=", "get"),
        ("^$", "=", ""),
        (".*get.*", "contains", "get"),
        ("^get.*", "prefix", "get"),
        (r"^storage\.buckets\.", "prefix", "storage.buckets."),
        ("(((get)))$", "suffix", "get"),
        ("(?:get)+", "contains", "get"),
        ("a{2}", "contains", "aa"),
        ("a{1}", "contains", "a"),
        ("a{2,}", "contains", "aa"),
        ("a{2,3}", "contains", "aa"),
        ("a{2", "contains", "a{2"),
        ("a{,2}", "contains", "a{,2}"),
        ("b$.*", "suffix", "b"),
        (".*^b", "prefix", "b"),
        ("^^b$$", "=", "b"),
        ("a+?", "contains", "a"),
        ("[a]b", "contains", "ab"),
        (r"[\-]b", "contains", "-b"),
        ("a\\*", "contains", "a*"),
        ("Straße", "contains", "Straße"),
    ],
)
def test_a_pattern_that_says_no_more_than_a_comparison_is_one(body: str, op: str, value: str) -> None:
    assert compiled(body) is atom("f", op, value)


@pytest.mark.parametrize(
    ("body", "alternatives"),
    [
        ("^(a|b)$", [("=", "a"), ("=", "b")]),
        ("^a|b$", [("prefix", "a"), ("suffix", "b")]),
        ("[]x]y", [("contains", "]y"), ("contains", "xy")]),
        ("[a-]", [("contains", "a"), ("contains", "-")]),
        ("[-a]", [("contains", "a"), ("contains", "-")]),
        ("colou?r", [("contains", "color"), ("contains", "colour")]),
        ("^((a|b)|c)|d", [("prefix", "a"), ("prefix", "b"), ("prefix", "c"), ("contains", "d")]),
    ],
)
def test_alternatives_are_decided_each(body: str, alternatives: list[tuple[str, str]]) -> None:
    assert compiled(body) is any_of(*(atom("f", op, value) for op, value in alternatives))


def test_what_can_never_match_is_false() -> None:
    assert compiled("a^b") is FALSE
    assert compiled("a$b") is FALSE


@pytest.mark.parametrize(
    ("body", "surely", "never"),
    [
        ("storage.googleapis.com", "storage.googleapis.com", "compute"),
        ("^https://[^/]+/api/", "https://x/api/", "http://x/api/"),
        ("^(Create|Delete).*Role$", "CreateRole", "CreateRoles"),
        ("a.b", "a.b", "ba"),
        ("[a-c]x", "ax", "y"),
        ("^.*x", "x", "y"),
        (r"a\*.*b", "a*b", "ba"),
        ("[ab]{2}", "aa", "c"),
        (r"[^\d]x", None, "y"),
        (r"[\d-z]x", None, "y"),
        ("[^a-c]x", None, "y"),
        ("[^abc]x", "xx", "y"),
        (r"\dx", None, "y"),
        (r"^\bx", None, None),
        ("(?i)get", "get", None),
        ("(a$)+b", None, None),
    ],
)
def test_other_patterns_are_decided_where_it_is_certain(
    body: str, surely: str | None, never: str | None
) -> None:
    predicate = compiled(body)
    assert is_open(body)
    if surely is not None:
        assert holds(predicate, {"f": surely}) is True
    if never is not None:
        assert holds(predicate, {"f": never}) is False


@pytest.mark.parametrize(
    ("body", "because"),
    [
        (r"a\\.b", "backslash"),
        (r"\x41", "backslash"),
        ("a\\", "backslash"),
        (r"\pL", "backslash"),
        ("[[:alpha:]]", "classes"),
        ("(?s)a", "flags"),
        ("(?P<n>a)", "flags"),
        ("(a|b)" * 7, "alternatives"),
        ("|".join(f"a{at}" for at in range(MOST + 1)), "alternatives"),
        ("[a-z]" * 300, "parts"),
        ("a{500}", "too often"),
        ("(" * 31 + "a" + ")" * 31, "deep"),
        ("a\x00b", "no character"),
        ("a\ud800b", "no character"),
    ],
)
def test_what_is_not_followed_is_open_as_a_whole(body: str, because: str) -> None:
    assert because in is_open(body)
    assert isinstance(compiled(body), Opaque)
    check(Value(body, body, '"'))


@pytest.mark.parametrize(
    ("body", "because"),
    [
        ("*", "nothing stands before"),
        ("a|+", "nothing stands before"),
        ("a**", "repeated"),
        ("(a", "never closed"),
        ("a)", "never opened"),
        ("[a", "never closed"),
        ("[]", "never closed"),
        ("a(?=b)", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "references"),
        ("a{3,2}", "less than"),
        ("a{1001}", "more than 1000"),
    ],
)
def test_what_re2_refuses_is_told(body: str, because: str) -> None:
    with pytest.raises(UnreadablePatternError, match=because):
        compiled(body)
    with pytest.raises(UnreadablePatternError, match=because):
        check(Value(body, body, '"'))


PARTS = st.sampled_from(
    ("a", "b", "c", ".", ".*", ".+", "a*", "b+", "c?", "a{2}", "a{1,2}", "b{2,}", "(a|b)", "(?:ab)?", "(a|)", "[ab]", "[^a]", "[a-b]",
     "^", "$", "|", r"\.", r"\d", r"\w", "(^a|b)", "(a$|b)", "(ab)+", ".*?", r"\*", "[^ab]*")
)  # fmt: skip
SUBJECTS = st.text(alphabet="abc.*1\n", max_size=6)


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(st.lists(PARTS, max_size=5).map("".join), st.lists(SUBJECTS, min_size=8, max_size=8))
def test_patterns_say_of_texts_what_they_match(body: str, subjects: list[str]) -> None:
    try:
        pattern = re.compile(re.sub(r"(?<!\\)\$", r"\\Z", body), re.ASCII)
        predicate = compiled(body)
    except (re.error, UnreadablePatternError):
        return
    for subject in subjects:
        said = holds(predicate, {"f": subject})
        assert said is None or said is (pattern.search(subject) is not None), (body, subject)


def test_of_a_field_that_is_not_there_no_pattern_holds() -> None:
    assert holds(compiled("a.b"), {}) is False
    assert compiled("x*") is present("f")
