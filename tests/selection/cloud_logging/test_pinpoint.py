"""The part of a filter that decides: where it stands, and what it does."""

import random

import pytest

from logcov.inventory.records import Exclusion, Filter
from logcov.inventory.rows import LogSource
from logcov.selection.cloud_logging import pinpoint
from logcov.selection.explain import FilterResult, filter_results
from selection_rows import AUDIT, FLOWS

ACTIVITY = 'log_id("cloudaudit.googleapis.com/activity")'


def judged(text: str, *excluded: str, source: LogSource = AUDIT) -> FilterResult:
    taken = tuple(Exclusion(name=f"exclusion {at}", text=one) for at, one in enumerate(excluded, 1))
    sink = Filter(id="f", dialect="gcp.logging", text=text, exclusions=taken)
    (found,) = filter_results(sink, (source,), scope="projects/acme")
    return found


def decides(text: str, *excluded: str, source: LogSource = AUDIT) -> tuple[str, list[tuple[str, str]]]:
    found = judged(text, *excluded, source=source)
    return found.verdict, [(one.within, one.place.text) for one in found.decides]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (ACTIVITY, ACTIVITY),
        (f'log_id("stdout") OR {ACTIVITY}', ACTIVITY),
        (f'(severity<DEFAULT OR trace=a) OR (NOT NOT log_id("x") OR ({ACTIVITY}))', ACTIVITY),
        ('NOT log_id("stdout")', 'log_id("stdout")'),
        ('NOT (log_id("stdout") AND trace=a)', 'log_id("stdout")'),
        ("severity>=DEFAULT AND insertId:*", "severity>=DEFAULT AND insertId:*"),
        ("severity<ERROR OR severity>=ERROR OR trace=a", "severity<ERROR OR severity>=ERROR OR trace=a"),
    ],
)
def test_of_all_the_smallest_part_that_holds_of_everything(text: str, part: str) -> None:
    assert decides(text) == ("ALL", [("filter", part)])


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_filter_has_no_part_that_decides(text: str) -> None:
    assert decides(text) == ("ALL", [])


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('log_id("stdout")', 'log_id("stdout")'),
        ('severity>=INFO AND log_id("stdout") AND trace=a', 'log_id("stdout")'),
        ('log_id("stdout") OR log_id("stderr")', 'log_id("stdout") OR log_id("stderr")'),
        (f"-({ACTIVITY} OR trace=a)", ACTIVITY),
        ("trace=a AND (spanId=b AND jsonPayload.x=c)", "jsonPayload.x=c"),
    ],
)
def test_of_none_the_smallest_part_that_holds_of_nothing(text: str, part: str) -> None:
    assert decides(text) == ("NONE", [("filter", part)])


def test_of_none_an_exclusion_that_takes_everything() -> None:
    found = judged("", 'protoPayload.serviceName="k8s.io"', f"trace=a OR {ACTIVITY}")
    (part,) = found.decides
    assert (found.verdict, part.within, part.place.text) == ("NONE", "exclusion 2", ACTIVITY)
    assert "every record" in part.says
    assert f"in the exclusion 2, `{ACTIVITY}` (1:12)" in found.because


def test_of_parts_that_drop_everything_only_together_the_one_that_drops_the_witness() -> None:
    assert decides("severity>=ERROR AND severity<ERROR") == (
        "NONE",
        [("filter", "severity>=ERROR AND severity<ERROR")],
    )
    verdict, found = decides("severity>=ERROR", "severity>=ERROR")
    assert (verdict, found) in [
        ("NONE", [("filter", "severity>=ERROR")]),
        ("NONE", [("exclusion 1", "severity>=ERROR")]),
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('protoPayload.serviceName!="k8s.io"', 'protoPayload.serviceName!="k8s.io"'),
        ('trace:*\nNOT protoPayload.methodName="get"\n trace:*', "trace:*"),
        (
            'insertId:* AND NOT (trace=a OR protoPayload.methodName="get")',
            ("trace=a", 'protoPayload.methodName="get"'),
        ),
        ("protoPayload.serviceName=(a OR b)", "a OR b"),
        ("severity=(ERROR OR ALERT) AND insertId:*", "ERROR OR ALERT"),
    ],
)
def test_of_some_the_part_that_drops_the_witness(text: str, part: str | tuple[str, ...]) -> None:
    verdict, found = decides(text)
    assert verdict == "SOME"
    assert [within for within, _ in found] == ["filter"]
    assert found[0][1] in part if isinstance(part, tuple) else found[0][1] == part


def test_of_some_the_exclusion_that_takes_the_witness() -> None:
    assert decides("", "trace=a AND trace=b", "spanId=x", 'trace=c AND -trace="d"')[0] == "SOME"
    (one,) = judged("", "trace=a AND trace=b", "spanId=x").decides
    assert (one.within, one.place.text, one.says) == (
        "exclusion 2",
        "spanId=x",
        "holds of the record that is lost",
    )


def test_a_sample_says_so() -> None:
    (one,) = judged("sample(insertId, 0.5)").decides
    assert one.place.text == "sample(insertId, 0.5)"
    assert "if it is sampled so" in one.says


def test_exclusions_that_are_switched_off_play_no_part() -> None:
    sink = Filter(
        id="f",
        dialect="gcp.logging",
        text="",
        exclusions=(Exclusion(name="off", text=ACTIVITY, disabled=True),),
    )
    (found,) = filter_results(sink, (AUDIT,), scope=None)
    assert (found.verdict, found.decides) == ("ALL", ())


def test_of_unknown_the_parts_that_nobody_can_decide() -> None:
    text = f'{ACTIVITY} AND (trace="a" OR NOT "unicorn") AND search("x")'
    assert decides(text) == ("UNKNOWN", [("filter", '"unicorn"'), ("filter", 'search("x")')])
    assert decides("", "trace=a OR unicorn") == ("UNKNOWN", [("exclusion 1", "unicorn")])


def test_where_the_text_cannot_be_read_is_pointed_at() -> None:
    found = judged("trace=a\nAND (spanId=b", "x==b")
    assert found.verdict == "UNKNOWN"
    assert [(one.within, str(one.place), one.place.text) for one in found.decides] == [
        ("filter", "2:5", "("),
        ("exclusion 1", "1:3", "="),
    ]
    assert "a bracket is never closed (line 2, column 5)" in found.because


def test_a_question_that_takes_too_long_points_at_nothing() -> None:
    clauses = [" OR ".join(f"labels.p{at}=h{hole}" for hole in range(8)) for at in range(9)]
    clauses += [
        f"(NOT labels.p{at}=h{hole} OR NOT labels.p{other}=h{hole})"
        for hole in range(8)
        for at in range(9)
        for other in range(at)
    ]
    found = judged(" AND ".join(clauses))
    assert found.verdict == "UNKNOWN"
    assert "steps" in found.because
    assert found.decides == ()


def test_an_exclusion_that_is_empty_is_not_pointed_at() -> None:
    assert decides("", " ") == ("UNKNOWN", [])


def test_what_decides_only_together_with_what_is_open_is_not_pointed_at() -> None:
    """The record is lost whether the part that is open holds (then the exclusion takes it) or not."""
    assert decides("trace=a OR unicorn", "trace=a OR unicorn") == ("NONE", [])


def test_however_many_parts_there_are_few_are_tried() -> None:
    text = " OR ".join(f"trace=t{at}" for at in range(pinpoint.TRIES * 2)) + " OR severity>=DEFAULT"
    verdict, found = decides(text)
    assert verdict == "ALL"
    assert found[0][1].startswith("trace=t0 OR ")


def test_where_it_cannot_be_told_which_part_decides_none_is_pointed_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pinpoint, "TRIES", 0)
    assert decides(ACTIVITY) == ("ALL", [])


def test_the_part_that_drops_a_record_says_no_of_it_and_the_part_that_takes_it_yes() -> None:
    dice = random.Random(3)
    fields = ("trace", "spanId", "labels.k", "protoPayload.serviceName", "jsonPayload.a")
    pointed = 0
    for _ in range(300):
        parts = [
            f"{dice.choice(('', 'NOT '))}{dice.choice(fields)}{dice.choice(('=', ':', '!='))}{dice.choice('ab')}"
            for _ in range(5)
        ]
        text = f"{parts[0]} OR {parts[1]} AND ({parts[2]} OR {parts[3]})"
        source = dice.choice((AUDIT, FLOWS))
        found = judged(text, parts[4], source=source)
        for one in found.decides:
            origin = text if one.within == "filter" else parts[4]
            assert one.place.text in origin
            pointed += 1
            if one.within == "filter" and found.verdict == "SOME" and not one.says.startswith("holds"):
                alone = judged(one.place.text, source=source)
                assert alone.verdict in {"SOME", "NONE"}
    assert pointed > 250
