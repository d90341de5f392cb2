"""What `logcov filter` prints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from logcov.report.filter_results import as_json, as_table


@dataclass(frozen=True)
class Judged:
    """A verdict, as `logcov filter` gets it."""

    source: str = "gcp.audit.activity"
    verdict: str = "ALL"
    dimensions: Mapping[str, str] = field(default_factory=dict)
    witness: Mapping[str, str] | None = None
    because: str = ""


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
            },
            {
                "source": "aws.cloudtrail.data",
                "dimensions": {"resource_type": "AWS::S3::Object"},
                "verdict": "NONE",
                "witness": None,
                "because": "no selector names it",
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
