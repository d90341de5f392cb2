"""Whatever a name holds, Markdown shows it and does nothing else with it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from logcov.report.plain import visible
from logcov.report.safe_markdown import Markdown, block, code, finalize, json_block, prose, record_block

ODD = st.text(alphabet="|`\\<>&@#!~$1a_*[]() \n-.:'\"", max_size=25) | st.text(max_size=20)
MENTION = re.compile(r"(?<!\w)[@#!~$%&^]\w")


def parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def spans(tokens):
    """Text inside code, and text outside of it."""
    inside, outside, opened = [], [], False
    for token in tokens:
        for child in token.children or []:
            if child.type == "html_inline":
                opened = child.content == "<code>"
                assert child.content in {"<code>", "</code>"}
            elif child.type == "code_inline" or opened:
                inside.append(child.content)
            elif child.type == "text":
                outside.append(child.content)
            else:
                assert child.type in {"softbreak", "text_special"}, child
    return inside, outside


@settings(max_examples=300)
@given(ODD)
def test_a_code_span_holds_exactly_the_text(text):
    inside, outside = spans(parser().parse(f"x {code(text)} y"))
    assert "".join(inside) == visible(text)
    assert "".join(outside).split() == (["x", "y"] if text else ["x", "–", "y"])


@settings(max_examples=300)
@given(ODD, ODD)
def test_a_table_cell_holds_exactly_the_text(one, other):
    tokens = parser().parse(
        f"| a | b |\n| --- | --- |\n| {code(one)} | {prose(other)} |\n| {code(other)} | z |\n"
    )
    assert [token.type for token in tokens].count("td_open") == 4
    assert [token.type for token in tokens].count("tr_open") == 3
    cells = [token for token in tokens if token.type == "inline"][2:]
    assert "".join(spans([cells[0]])[0]) == visible(one)
    assert "".join(spans([cells[2]])[0]) == visible(other)


@settings(max_examples=300)
@given(ODD)
def test_prose_stays_one_paragraph_that_calls_nobody(text):
    tokens = parser().parse(str(prose(text)) or "empty")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert not any(MENTION.search(part) for part in spans(tokens)[1])


@settings(max_examples=300)
@given(ODD)
def test_a_block_cannot_be_ended_by_what_it_holds(text):
    tokens = parser().parse(f"{block(text)}\n\nafter")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[0].content == "\n".join(visible(line) for line in text.split("\n")) + "\n"


def test_prose_leaves_plain_words_alone():
    said = 'Okta\'s System Log (90-day) is "read", and/or kept: e.g. 30 days.'
    assert prose(said) == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("of gcp:projects/acme-prod.", "of `gcp:projects/acme-prod`."),
        ("ask @all about #1, !2 ~bug $3", "ask `@all` about `#1`, `!2` `~bug` `$3`"),
        ("siem-owner@acme.example stated", "`siem-owner@acme.example` stated"),
        ("in ap-southeast-2, vpc-0abc, SEC-90", "in `ap-southeast-2`, `vpc-0abc`, `SEC-90`"),
        ("commit deadbeef1", "commit `deadbeef1`"),
        ("goes after 60.", "goes after 60."),
        ("no `acme:x`, it says", "no `acme:x`, it says"),
        ("1. first", "`1`. first"),
        ("- item", "`-` item"),
        ("__init__ *x*", "`__init__` `*x*`"),
        ("/close", "`/close`"),
        ("two\nlines", "two lines"),
    ],
)
def test_prose_puts_anything_else_into_code(text, shown):
    assert prose(text) == shown


def test_a_pipe_is_written_so_that_no_renderer_splits_the_cell():
    assert code("a|b") == "<code>a&#124;b</code>"


def test_backticks_get_a_longer_fence():
    assert code("a`b``c") == "```a`b``c```"
    assert code("`") == "`` ` ``"
    assert code("") == "–"


def test_long_values_are_cut_and_say_so():
    assert "more characters" in code("x" * 2000)
    assert "more characters in the JSON report" in block("x" * 5000)


def test_json_and_records_are_blocks():
    assert json_block({"a": "`````"}) == '``````json\n{\n  "a": "`````"\n}\n``````'
    assert record_block({"a\n": "b\nc"}) == "```\na\\n = b\\nc\n```"


def test_a_template_prints_markdown_as_it_is_and_makes_all_else_safe():
    assert finalize(Markdown("*a*")) == "*a*"
    assert finalize("*a*") == "`*a*`"
    assert finalize(1234) == "1,234"
    assert finalize(True) == "True"
