"""YAML is read strictly, by either of PyYAML's parsers, and every problem has a place."""

import time
from collections.abc import Callable

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logcov.documents import (
    MAX_ALIASED,
    MAX_DEPTH,
    Document,
    WrittenFloat,
    WrittenInt,
    parse_json,
    parse_yaml,
    written,
)
from logcov.documents.yaml_text import _from_events
from logcov.errors import ConfigError, DocumentError, PolicyError, Problem

Parse = Callable[[str], Document]


@pytest.fixture(params=["C parser", "Python parser"])
def parse(request) -> Parse:
    loader = yaml.CSafeLoader if request.param == "C parser" else yaml.SafeLoader
    return lambda text: _from_events(text, "a.yaml", loader)


def complaint(parse: Parse, text: str) -> str:
    with pytest.raises(DocumentError) as raised:
        parse(text)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("a:", {"a": None}),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("0", 0),
        ("0.5", 0.5),
        ("2026-11-22", "2026-11-22"),
        ("12:30:45", "12:30:45"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("'12'", "12"),
        ('"true"', "true"),
        ('""', ""),
        ("4.0.1", "4.0.1"),
        ("365d", "365d"),
        ("50%", "50%"),
        ("|\n a\n b\n", "a\nb\n"),
        ("[a, 1, {b: ~}]", ["a", 1, {"b": None}]),
        ("gcp:folders/4711", "gcp:folders/4711"),
        ("[ap-*, sa-*]", ["ap-*", "sa-*"]),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!int 12", 12),
        ('!!int "12"', 12),
        ("!!float 1", 1),
        ("!!bool true", True),
        ("!!null ''", None),
        ("!!map {a: 1}", {"a": 1}),
        ("!!seq [1]", [1]),
        ("? a\n: 1", {"a": 1}),
        ("'<<': 1", {"<<": 1}),
        ("x: &a [1, 2]\ny: *a", {"x": [1, 2], "y": [1, 2]}),
        ("[&a x, *a]", ["x", "x"]),
        ("[&a x, {*a : 2}]", ["x", {"x": 2}]),
        ("- &a 1\n- &a 2\n- *a", [1, 2, 2]),
        ("---\na: 1\n...\n", {"a": 1}),
        ("%YAML 1.2\n---\na", "a"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(parse, text, value):
    data = parse(text).data
    assert data == value
    assert isinstance(data, type(value))


def test_numbers_remember_how_they_were_written(parse):
    data = parse("[4.10, 1e3, +5, true, ~, x]").data
    assert [written(value) for value in data] == ["4.10", "1e3", "+5", "true", "null", "x"]
    assert written(False) == "false"
    assert (WrittenInt(5).text, WrittenFloat(0.5).text) == ("5", "0.5")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.yaml:1:1: the file is empty"),
        ("a: 1\na: 2\n", "a.yaml:2:1: the key `a` stands here twice; the first is at line 1, column 1"),
        (
            "x:\n  - {k: 1, j: 2, k: 3}\n",
            "a.yaml:2:18: the key `k` stands here twice; the first is at line 2, column 6",
        ),
        ("true: 1", "a.yaml:1:1: the key `true` is not text; put it in quotes"),
        ("4.7: 1", "a.yaml:1:1: the key `4.7` is not text; put it in quotes"),
        ("? [a]\n: 1", "a.yaml:1:3: a key must be text, not a list or a mapping"),
        ("? {a: 1}\n: 1", "a.yaml:1:3: a key must be text, not a list or a mapping"),
        ("[&a 1, {*a : 2}]", "a.yaml:1:9: a key must be text, not a list or a mapping"),
        ("<<: {a: 1}", "a.yaml:1:1: merge keys (`<<`) are not allowed; write the keys out"),
        (
            "a: !!python/object:os.system x",
            "a.yaml:1:4: the tag `tag:yaml.org,2002:python/object:os.system` is not allowed here; remove it",
        ),
        ("a: !mine x", "a.yaml:1:4: the tag `!mine` is not allowed here; remove it"),
        ("a: !int 1", "a.yaml:1:4: the tag `!int` is not allowed here; remove it"),
        ("!!set {a: 1}", "a.yaml:1:1: the tag `tag:yaml.org,2002:set` is not allowed here; remove it"),
        ("!mine [a]", "a.yaml:1:1: the tag `!mine` is not allowed here; remove it"),
        ("a: !!int x", "a.yaml:1:4: this is no `!!int`"),
        ("a: *b", "a.yaml:1:4: the alias `*b` stands before its anchor `&b`, or inside it"),
        ("a: &a [*a]", "a.yaml:1:8: the alias `*a` stands before its anchor `&a`, or inside it"),
        ("a: &x [1]\nb: &x [*x]", "a.yaml:2:8: the alias `*x` stands before its anchor `&x`, or inside it"),
        ("a: 1\n---\nb: 2", "a.yaml:2:1: a second document begins here; a file holds one"),
        (
            "a: 012345678901",
            "a.yaml:1:4: a number with a leading zero is read differently by different programs; put it in quotes",
        ),
        (
            "a: -007",
            "a.yaml:1:4: a number with a leading zero is read differently by different programs; put it in quotes",
        ),
        ("a: .inf", "a.yaml:1:4: this is not a finite number; if it is text, put it in quotes"),
        ("a: .nan", "a.yaml:1:4: this is not a finite number; if it is text, put it in quotes"),
        ("a: 1e999", "a.yaml:1:4: this is not a finite number; if it is text, put it in quotes"),
        (f"a: {'9' * 5000}", "a.yaml:1:4: this number is too long; if it is text, put it in quotes"),
        (
            'a: "\\0"',
            "a.yaml:1:4: this text holds a character that no file may hold (NUL or half a surrogate pair)",
        ),
        ("a: " + "[" * 60, f"a.yaml:1:{3 + MAX_DEPTH}: this nests deeper than {MAX_DEPTH} levels"),
    ],
)
def test_what_breaks_the_rules_is_said_with_its_place(parse, text, message):
    assert complaint(parse, text) == message


def test_all_problems_are_told_at_once_in_order_of_place(parse):
    text = "b: !x 1\nb: 2\n7: 3\nc: [01, .nan]\n"
    assert complaint(parse, text).splitlines() == [
        "a.yaml:1:4: the tag `!x` is not allowed here; remove it",
        "a.yaml:2:1: the key `b` stands here twice; the first is at line 1, column 1",
        "a.yaml:3:1: the key `7` is not text; put it in quotes",
        "a.yaml:4:5: a number with a leading zero is read differently by different programs; put it in quotes",
        "a.yaml:4:9: this is not a finite number; if it is text, put it in quotes",
    ]


def test_broken_syntax_names_its_place_and_what_was_expected(parse):
    message = complaint(parse, "a: [1,\nb: 2\n")
    assert message.startswith("a.yaml:")
    assert "this is not YAML: while parsing a flow sequence, " in message


def test_problems_before_broken_syntax_are_kept(parse):
    assert len(complaint(parse, "a: 1\na: 2\nb: [").splitlines()) == 2


def test_a_tab_as_indent_gets_a_hint(parse):
    assert complaint(parse, "a:\n\tb: 1\n").endswith("; indent with spaces, not with tabs")


def test_an_escape_beyond_unicode_is_refused(parse):
    assert "this is not YAML" in complaint(parse, '"\\Uffffffff"')


def test_half_a_surrogate_pair_is_refused(parse):
    complaint(parse, '"\\ud800"')


def test_an_alias_bomb_is_refused_at_once(parse):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    started = time.monotonic()
    assert complaint(parse, "\n".join(lines)).endswith(f"aliases stand for more than {MAX_ALIASED} values")
    assert time.monotonic() - started < 5


def test_aliases_cannot_nest_without_end(parse):
    lines = ["- &a0 [x]"] + [f"- &a{i} [*a{i - 1}]" for i in range(1, 60)]
    assert complaint(parse, "\n".join(lines)).endswith(f"this nests deeper than {MAX_DEPTH} levels")


def test_the_deepest_nesting_that_is_allowed_is_read(parse):
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH).data
    complaint(parse, "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


def test_a_very_deep_text_does_no_harm(parse):
    complaint(parse, "[" * 100_000)
    complaint(parse, "{a: " * 3_000)


def test_places_of_keys_and_values(parse):
    document = parse("require:\n  - id: x\n    reach: {to: [a, b]}\nalone: v\n")
    assert document.place(()) == (1, 1)
    assert document.place(("require",)) == (2, 3)
    assert document.place_of_key(("require",)) == (1, 1)
    assert document.place(("require", 0)) == (2, 5)
    assert document.place(("require", 0, "reach", "to", 1)) == (3, 21)
    assert document.place_of_key(("require", 0, "reach", "to")) == (3, 13)
    assert document.place_of_key(()) == (1, 1)
    assert document.place_of_key(("require", 0, "nothing")) == (2, 5)


def test_a_place_leaves_out_what_the_document_does_not_have(parse):
    document = parse("alone: v\nmany: [{to: x}]")
    assert document.known(("alone", 0)) == ("alone",)
    assert document.place(("alone", 0)) == (1, 8)
    assert document.place(("many", 0, "a mapping", "to")) == (2, 13)


def test_an_alias_stands_where_it_is_written_and_its_parts_at_the_anchor(parse):
    document = parse("x: &a {k: 1}\ny: *a\n")
    assert document.place(("y",)) == (2, 4)
    assert document.place(("y", "k")) == (1, 11)
    assert document.place_of_key(("y", "k")) == (1, 8)


def test_the_caller_says_which_error_it_is():
    with pytest.raises(ConfigError):
        parse_yaml("a: [", "logcov.yaml", error=ConfigError)
    with pytest.raises(PolicyError, match=r"p\.yaml:2:3: a character that no YAML file may hold \(U\+0007\)"):
        parse_yaml("a: 1\nb:\a", "p.yaml", error=PolicyError)


def test_a_byte_order_mark_is_skipped_and_columns_stay_right():
    assert parse_yaml("\ufeffa: 1", "a.yaml").place(("a",)) == (1, 4)


@pytest.mark.parametrize("text", ["a\0", "\ud800", "\x1b[0m", "\x7f"])
def test_characters_that_yaml_forbids_are_refused(text):
    with pytest.raises(DocumentError, match="a character that no YAML file may hold"):
        parse_yaml(text, "a.yaml")


YAMLISH = st.text(alphabet=st.sampled_from(list("ab01.:-?*&!|>[]{},'\"#%@`~<\\ \n\t")), max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), YAMLISH))
@example("\x85")
@example("? ")
@example("- - -")
@example("%TAG ! x\n---\n!a b")
@example("&a *a")
def test_no_text_raises_anything_but_a_document_error(text):
    readers = (
        lambda: parse_yaml(text, "fuzz"),
        lambda: _from_events(text, "fuzz", yaml.SafeLoader),
        lambda: parse_json(text, "fuzz"),
    )
    for read in readers:
        problems = problems_of_reading(read)
        assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


def problems_of_reading(read) -> tuple[Problem, ...]:
    try:
        read()
    except DocumentError as error:
        return error.problems
    return ()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(PLAIN.filter(lambda data: data not in ("", None)))
@example(["0E0"])
def test_what_pyyaml_writes_is_read_back_the_same_or_refused(data):
    # All texts in quotes: to YAML 1.1, which PyYAML writes, `0E0` is a text, and to YAML 1.2 a number.
    text = yaml.safe_dump(data, default_style='"')
    try:
        read = parse_yaml(text, "a.yaml").data
    except DocumentError:
        return
    # PyYAML writes YAML 1.1: words such as `no` are quoted by it, so that they are text to both.
    assert read == data
