import re

from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.providers.aws.globs import matches, matches_from

PATTERNS = st.text("ab*?", max_size=8)
TEXTS = st.text("ab", max_size=6)


def by_regex(pattern: str, text: str) -> bool:
    wild = {"*": ".*", "?": "."}
    return re.fullmatch("".join(wild.get(one, re.escape(one)) for one in pattern), text) is not None


@settings(max_examples=400)
@given(PATTERNS, TEXTS)
def test_a_pattern_matches_what_its_regular_expression_matches(pattern: str, text: str) -> None:
    assert matches(pattern, text) == by_regex(pattern, text)


@settings(max_examples=400)
@given(PATTERNS, TEXTS, TEXTS.filter(bool))
def test_of_a_text_known_in_part_yes_and_no_hold_for_all_that_may_follow(
    pattern: str, start: str, rest: str
) -> None:
    match matches_from(pattern, start):
        case True:
            assert by_regex(pattern, start + rest)
        case False:
            assert not by_regex(pattern, start + rest)


def test_some_continuations_are_neither_yes_nor_no() -> None:
    assert matches_from("logs/AWSLogs/*", "logs/AWSLogs/1111/") is True
    assert matches_from("logs/AWSLogs/1111/CloudTrail/*", "logs/AWSLogs/1111/") is None
    assert matches_from("other/*", "logs/") is False
    assert matches_from("*.gz", "logs/") is None
    assert matches_from("logs/?", "logs/") is None
