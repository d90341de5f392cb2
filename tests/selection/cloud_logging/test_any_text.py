"""No text, however odd, makes the reader raise or hang."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.selection.cloud_logging import compile_logging, lints
from logcov.selection.predicate import holds
from selection_rows import AUDIT, FLOWS

PIECES = (
    *"\"'()=:<>!~-,.*\\%$@#",
    *("\n", " ", "\t", "\r\n", "--", "-- x\n", "AND", "OR", "NOT", "and", "=~", "!~", "!=", ">=", ":*"),
    *("trace", "severity", "logName", "protoPayload.status.code", "jsonPayload.a", 'labels."a.b"', "thud"),
    *("ERROR", "5", "1e9", '"x"', '"a\\', "'x'", '"/logs/"', "log_id(", "sample(insertId, 0.5)", "source(", "cast(trace, INT64)"),
    *("é", "ß", "\u00a0", "\u0000", "\u2028", "\ud800", "“", "😀", "NULL_VALUE", "${x}", "%s"),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
def test_any_text_becomes_a_predicate(text: str) -> None:
    for source in (AUDIT, FLOWS):
        holds(compile_logging(text, source), {})
    lints(text)


LONG = {
    "minus signs": "-" * 19_999 + "a",
    "apart minus signs": " -a" * 6_666,
    "nots": "NOT " * 4_998 + "a=b",
    "comparisons": "severity>=ERROR " * 1_249,
    "different alternatives": " OR ".join(f"jsonPayload.a{at}!=x" for at in range(800)),
    "quotation marks": '"' * 19_999,
    "backslashes": '"' + "\\" * 19_998,
    "brackets": "(" * 20_000,
    "closed brackets": "(" * 9_999 + "a" + ")" * 9_999,
    "operators": "=" * 20_000,
    "remarks": "--\n" * 6_666,
    "blanks": " " * 20_000,
    "dots": "a." * 9_998 + "=b",
    "segments": "jsonPayload." + ".".join("a" * 9_000) + "=b",
    "slashes": "logName:" + "/" * 19_000,
    "digits": "httpRequest.status=" + "9" * 19_000,
    "a huge number": "jsonPayload.a=1e999999999 jsonPayload.a=1e99999999999999999999",
    "a tiny share": "sample(insertId, 0." + "0" * 19_000 + "1)",
    "a long group": "trace=(" + " OR ".join(["a"] * 3_900) + ")",
    "commas": "f(" + "," * 19_000,
    "nested arguments": "f(" + "(" * 9_000 + ")" * 9_000 + ")",
    "a long pattern": 'trace=~"' + ".*" * 9_000 + '"',
    "a mixture": "".join(f"(a{at} OR -b{at} AND trace=c{at}) " for at in range(500)),
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_the_longest_texts_take_no_time(text: str) -> None:
    assert len(text) <= 20_000
    began = time.process_time()
    for source in (AUDIT, FLOWS):
        holds(compile_logging(text, source), {})
    lints(text)
    assert time.process_time() - began < 5  # a tenth of that without coverage, on a slow machine
