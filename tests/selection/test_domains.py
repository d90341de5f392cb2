import pytest

from logcov.inventory.rows import Field, LogSource
from logcov.selection.budget import Budget
from logcov.selection.clashes import Clash, Unsure
from logcov.selection.domains import can_hold, consequences, domains_of, field_of, is_finite, settle, simplify
from logcov.selection.predicate import FALSE, TRUE, Atom, all_of, any_of, atom, doubt, negate, present

LEVELS = ("LOW", "MID", "HIGH")
TEXT = Field(name="f")
ALWAYS = Field(name="f", optional=False)
LEVEL = Field(name="f", kind="finite", values=LEVELS, optional=False)
MAYBE_LEVEL = Field(name="f", kind="finite", values=LEVELS)
TAGS = Field(name="f", repeated=True)
LEVEL_TAGS = Field(name="f", kind="finite", values=LEVELS, repeated=True, optional=False)
COUNTS = Field(name="f", kind="number", repeated=True)


def atoms(*said, kind="text"):
    made = [atom("f", *one.split(" ", 1), kind) for one in said]
    assert all(isinstance(one, Atom) for one in made)
    return made


def settled(field, wanted, unwanted=()):
    return settle(field, wanted, list(unwanted), Budget(1000))


def said(clash):
    assert isinstance(clash, Clash)
    return [f"{one.op} {one.value}".strip() for one in clash.tests]


def test_the_domains_of_a_log_source_are_its_fields():
    source = LogSource(id="a.b", title="", provider="a", scope_kinds=(), fields=(ALWAYS,))
    assert domains_of(source) == {"f": ALWAYS}
    assert field_of({"f": ALWAYS}, "f") is ALWAYS
    unknown = field_of({"f": ALWAYS}, "g")
    assert (unknown.name, unknown.kind, unknown.optional, unknown.repeated) == ("g", "text", True, True)


def test_a_finite_field_without_values_is_any_text():
    assert is_finite(LEVEL)
    assert not is_finite(Field(name="f", kind="finite"))
    assert settled(Field(name="f", kind="finite"), atoms("prefix x.")) == "x.other"


@pytest.mark.parametrize(
    ("field", "test", "what"),
    [
        (TEXT, present("f"), present("f")),
        (ALWAYS, present("f"), TRUE),
        (ALWAYS, atom("f", "=", "a"), atom("f", "=", "a")),
        (ALWAYS, atom("f", "<", "a"), FALSE),
        (ALWAYS, atom("f", "<", "1", "fold"), FALSE),
        (ALWAYS, atom("f", "=", "x", "number"), FALSE),
        (ALWAYS, atom("f", "prefix", "1", "number"), FALSE),
        (ALWAYS, atom("f", "<", "1", "number"), atom("f", "<", "1", "number")),
        (LEVEL, atom("f", "=", "NONE"), FALSE),
        (LEVEL, atom("f", "=", "low", "fold"), atom("f", "=", "low", "fold")),
        (LEVEL, atom("f", "glob", "*I*"), atom("f", "contains", "I")),
        (LEVEL, any_of(atom("f", "contains", "H"), negate(atom("f", "contains", "Z"))), TRUE),
        (Field(name="f", kind="finite", values=("ab", "ac"), optional=False), atom("f", "prefix", "a"), TRUE),
        (
            Field(name="f", kind="finite", values=("ab", "ac")),
            atom("f", "prefix", "a"),
            atom("f", "prefix", "a"),
        ),
        (TEXT, all_of(doubt("d"), atom("f", "<", "a")), FALSE),
        (TEXT, doubt("d"), doubt("d")),
    ],
)
def test_tests_that_hold_of_all_or_of_none_are_constants(field, test, what):
    assert simplify(test, {"f": field}) is what


def test_only_operators_that_mean_something_can_hold():
    assert all(map(can_hold, atoms("= a", "prefix a", "glob a*b")))
    assert not any(map(can_hold, atoms("< 1", ">= 1")))
    assert all(map(can_hold, atoms("= 1", "< 1", kind="number")))
    assert not any(map(can_hold, atoms("= a", "contains 1", kind="number")))


def test_an_optional_field_is_absent_only_if_nothing_else_does():
    gone = present("f")
    assert settled(TEXT, [], [gone]) is None
    assert settled(TEXT, [], atoms("= other")) == "other-1"
    assert settled(MAYBE_LEVEL, [], atoms("= LOW")) == "MID"
    assert settled(MAYBE_LEVEL, [], atoms("contains L", "contains I", "contains H")) is None
    assert said(settled(TEXT, atoms("= a"), [gone])) == ["= a", "present"]


def test_a_finite_field_holds_one_of_its_values():
    assert settled(LEVEL, atoms("contains I"), atoms("= MID")) == "HIGH"
    assert said(settled(LEVEL, atoms("contains I", "= LOW"))) == ["contains I", "= LOW"]
    assert said(settled(LEVEL, [], atoms("= HIGH", "contains X", "= MID", "= LOW"))) == [
        "= HIGH",
        "= MID",
        "= LOW",
    ]


def test_a_clash_of_unwanted_tests_names_the_test_that_wants_the_field_there():
    """Without it, the clash would claim too much: the field could be absent."""
    wanted = [present("f")]
    assert said(settled(MAYBE_LEVEL, wanted, atoms("= LOW", "= MID", "= HIGH")))[-1] == "present"
    never = atoms("> 2", "<= 4", kind="number")
    assert said(settled(Field(name="f", kind="number"), wanted, never)) == ["<= 4", "> 2", "present"]
    must = atoms("= 1", "= 2", kind="number")
    assert said(settled(COUNTS, must, never)) == ["= 1", "<= 4"]
    assert said(
        settled(COUNTS, atoms("> 0", "< 9", kind="number"), [*never, *atoms("= 5", kind="number")])
    ) == [
        "<= 4",
        "> 2",
        "> 0",
    ]


def test_a_repeated_field_prefers_one_value_and_takes_several_where_it_must():
    assert settled(TAGS, atoms("prefix a.", "contains b")) == "a.other-b"
    assert settled(TAGS, atoms("= a", "= b", "prefix a")) == ("a", "b")
    assert settled(LEVEL_TAGS, atoms("= LOW", "= MID"), atoms("= HIGH")) == ("LOW", "MID")
    assert said(settled(LEVEL_TAGS, atoms("= LOW", "= MID"), atoms("contains I"))) == ["= MID", "contains I"]
    assert said(settled(TAGS, atoms("= a", "= b"), atoms("prefix b"))) == ["= b", "prefix b"]
    assert said(settled(TAGS, atoms("= a"), atoms("prefix a"))) == ["= a", "prefix a"]
    odd = [*atoms("prefix storage"), *atoms("= a"), *atoms("= b")]
    assert isinstance(settled(TAGS, odd, atoms("prefix storage", kind="fold")), Unsure)


def test_a_test_that_holds_says_what_others_do():
    def told(given, others, field):
        return dict(consequences(given, list(enumerate(others, 1)), field))

    exact = atoms("= a.b")[0]
    folded = atoms("= A.B", kind="fold")[0]
    others = [
        present("f"),
        *atoms("= a.b", "prefix a", "= x"),
        *atoms("= A.b", "suffix X", kind="fold"),
        *atoms("= 1", kind="number"),
    ]
    assert told(exact, others, TEXT) == {1: True, 2: True, 3: True, 4: False, 5: True, 6: False, 7: False}
    # Which of its spellings it is, is not known.
    assert told(folded, others, TEXT) == {1: True, 4: False, 5: True, 6: False}
    assert told(atoms("prefix a")[0], others, TEXT) == {1: True}
    five = atoms("= 5.0", kind="number")[0]
    assert told(five, [*atoms("> 4", "= 5", "< 3", kind="number"), *atoms("= 5")], TEXT) == {
        1: True,
        2: True,
        3: False,
    }
    assert told(atoms("contains I")[0], atoms("= LOW", "= MID", "contains H"), LEVEL) == {1: False}
