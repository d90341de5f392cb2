"""What `logcov filter` prints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from logcov.report.filter_marks import marked
from logcov.report.filter_results import as_json, as_notes, as_table


@dataclass(frozen=True)
class Stands:
    """Where a part stands."""

    line: int = 2
    column: int = 5
    text: str = "trace=a"
    shown: str = "AND trace=a"
    mark: tuple[int, int] = (4, 11)


@dataclass(frozen=True)
class Part:
    """A part that decides."""

    within: str = "filter"
    place: Stands = Stands()
    says: str = "does not hold of the record that is lost"


@dataclass(frozen=True)
class Remark:
    """A remark on a filter."""

    code: str = "or-before-and"
    says: str = "OR binds tighter"
    instead: str = "brackets"


@dataclass(frozen=True)
class Judged:
    """A verdict, as `logcov filter` gets it."""

    source: str = "gcp.audit.activity"
    verdict: str = "ALL"
    dimensions: Mapping[str, str] = field(default_factory=dict)
    witness: Mapping[str, str] | None = None
    because: str = ""
    decides: tuple[Part, ...] = ()


SOME = Judged(verdict="SOME", witness={"severity": "INFO"}, because="not shown in the table")
DATA = Judged(
    "aws.cloudtrail.data", "NONE", {"resource_type": "AWS::S3::Object"}, because="no selector names it"
)


def table(*results, width=80, color=False):
    return as_table(results, width=width, color=color)


def test_the_json_is_the_contract():
    assert json.loads(as_json([SOME, DATA])) == {
        "results": [
            {
                "source": "gcp.audit.activity",
                "dimensions": {},
                "verdict": "SOME",
                "witness": {"severity": "INFO"},
                "because": "not shown in the table",
                "decides": [],
            },
            {
                "source": "aws.cloudtrail.data",
                "dimensions": {"resource_type": "AWS::S3::Object"},
                "verdict": "NONE",
                "witness": None,
                "because": "no selector names it",
                "decides": [],
            },
        ]
    }


def test_no_result_is_an_empty_list():
    assert json.loads(as_json([])) == {"results": []}


def test_the_table_shows_a_lost_record_or_else_the_reason():
    lines = table(SOME, DATA).splitlines()
    assert lines[0].split() == ["log", "source", "verdict", "a", "record", "that", "is", "lost,", "or", "why"]
    assert lines[1].split() == ["gcp.audit.activity", "SOME", "severity=INFO"]
    assert lines[2].split(maxsplit=3) == [
        "aws.cloudtrail.data",
        "AWS::S3::Object",
        "NONE",
        "no selector names it",
    ]


def test_colour_is_only_an_addition():
    assert "\x1b[" in table(SOME, color=True)
    assert "\x1b" not in table(SOME)


@settings(max_examples=50)
@given(st.text(max_size=60), st.integers(60, 120))
def test_no_text_breaks_the_table(text, width):
    shown = table(
        Judged(verdict="UNKNOWN", because=text), Judged(verdict="SOME", witness={text: text}), width=width
    )
    assert max(cell_len(line) for line in shown.split("\n")) <= width
    assert all(line.isprintable() for line in shown.split("\n"))


@given(st.text(st.characters(), max_size=60))
def test_the_json_can_be_written_and_read_whatever_the_text(text):
    printed = as_json([Judged(because=text)])
    printed.encode("utf-8")
    assert json.loads(printed)["results"][0]["because"] == text


def test_the_json_says_which_part_decides():
    (found,) = json.loads(as_json([Judged(decides=(Part(),))]))["results"]
    assert found["decides"] == [
        {
            "within": "filter",
            "line": 2,
            "column": 5,
            "text": "trace=a",
            "says": "does not hold of the record that is lost",
        }
    ]


def test_beneath_the_table_each_part_that_decides_is_marked_once_for_all_its_log_sources():
    same = {"verdict": "SOME", "decides": (Part(),)}
    shown = table(Judged("gcp.a", **same), Judged("gcp.b", **same), Judged("gcp.c"))
    assert shown.splitlines()[-4:] == [
        "SOME gcp.a, gcp.b",
        "filter, line 2, column 5: does not hold of the record that is lost",
        "  AND trace=a",
        "      ^^^^^^^",
    ]


def test_notes_have_a_code_a_place_and_what_to_write_instead():
    assert as_notes([("exclusion 1", Remark(), Stands())], width=80, encoding="utf-8").splitlines() == [
        "note: exclusion 1:2:5: or-before-and: OR binds tighter. Instead: brackets",
        "  AND trace=a",
        "      ^^^^^^^",
    ]
    assert as_notes([], width=80, encoding="utf-8") == ""


@given(st.text(max_size=40), st.text(min_size=1, max_size=20), st.text(max_size=40), st.integers(20, 120))
def test_a_mark_stands_under_its_part_and_within_the_width(before, part, after, width):
    line, mark = marked(
        Stands(shown=before + part + after, mark=(len(before), len(before) + len(part))), width
    )
    assert cell_len(line) <= width
    assert len(mark.rstrip("^")) <= width // 3
    assert set(mark) <= {" ", "^"}
    assert "^" in mark


def test_a_mark_is_moved_by_signs_that_are_written_out_or_wide():
    line, mark = marked(Stands(shown="a\t🙈b=c", mark=(3, 6)), 80)
    assert line == "a\\t🙈b=c"
    assert mark == "     ^^^"
