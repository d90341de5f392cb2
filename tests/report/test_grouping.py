"""Findings put together: nothing is lost, nothing is counted twice."""

from logcov.findings import Evidence, ScopeLine
from logcov.report.grouping import (
    Counts,
    answers,
    count,
    covered_lines,
    doubts,
    gap_groups,
    matrices,
    obtained,
    place,
    requirements_satisfied,
    scopes_satisfied,
    short_names,
    unmatched,
)
from report.specimen import AT, assessment, finding


def test_counts_hold_every_finding(sample):
    counts = count(sample.findings)
    assert counts == Counts(covered=5, attested=2, gap=7, unknown=2, exempt=1, not_applicable=1)
    assert counts.judged == 15
    assert counts.judged + counts.not_applicable == len(sample.findings)


def test_a_matrix_holds_every_finding_once(sample):
    found = matrices(sample)
    assert [matrix.provider for matrix in found] == ["aws", "gcp", "okta"]
    cells = [cell for matrix in found for row in matrix.rows for cell in row.cells.values()]
    assert sum(cell.judged + cell.not_applicable for cell in cells) == len(sample.findings)
    totals = [cell for matrix in found for cell in matrix.total.values()]
    assert sum(cell.judged + cell.not_applicable for cell in totals) == len(sample.findings)


def test_rows_are_groups_of_scopes_and_a_scope_that_nobody_listed_is_its_own():
    scopes = tuple(
        ScopeLine(
            id=f"aws:accounts/{name}",
            kind="account",
            name=name,
            parent=None,
            state="active",
            unreadable=False,
            group="top",
        )
        for name in "ab"
    )
    made = assessment([finding(scope=f"aws:accounts/{name}") for name in ("a", "b", "unread")], scopes=scopes)
    (matrix,) = matrices(made)
    assert [(row.group, row.cells["aws.cloudtrail.management"].gap) for row in matrix.rows] == [
        ("aws:accounts/unread", 1),
        ("top", 2),
    ]


def test_short_names_leave_out_what_all_share():
    assert short_names(["gcp.audit.policy", "gcp.audit.activity"]) == {
        "gcp.audit.policy": "policy",
        "gcp.audit.activity": "activity",
    }
    assert short_names(["aws.vpc.flow", "aws.cloudtrail.data"])["aws.vpc.flow"] == "vpc.flow"
    assert short_names(["okta.system_log"]) == {"okta.system_log": "system_log"}
    assert short_names(["a", "a.b"]) == {"a": "a", "a.b": "a.b"}


def test_gaps_of_one_cause_are_one_group_the_worst_severity_first():
    made = assessment(
        [
            finding(location="a", severity="low"),
            finding(location="b", severity="critical"),
            finding(location="c", severity="critical"),
            finding(location="d", severity="critical", cause="another"),
            finding("unknown", location="e"),
        ]
    )
    assert [(one.severity, one.cause, len(one.findings)) for one in gap_groups(made)] == [
        ("critical", finding().cause, 2),
        ("critical", "another", 1),
        ("low", finding().cause, 1),
    ]


def test_unknowns_are_grouped_by_what_they_wait_for():
    made = assessment(
        [
            finding("unknown", location="a", cause="x"),
            finding("unknown", location="b", cause="y"),
            finding("unknown", location="c", cause="y", requirement="acme:other", remediation=None),
        ]
    )
    first, second = doubts(made)
    assert (first.cause, len(first.findings), first.scopes) == ("y", 2, 1)
    assert len(first.remedies) == 1
    assert second.cause == "x"


def test_in_effect_since_is_the_latest_day_and_says_how_many_do_not_tell():
    made = assessment(
        [
            finding("covered", location="a", effective_since="2025-01-01T00:00:00Z"),
            finding("covered", location="b", effective_since="2026-01-01T00:00:00Z"),
            finding("covered", location="c", basis="attested"),
            finding("gap", location="d", effective_since=None),
        ]
    )
    (line,) = covered_lines(made)
    assert (line.proven, line.attested, line.judged) == (2, 1, 4)
    assert (line.since, line.untold) == ("2026-01-01T00:00:00Z", 1)


def test_a_requirement_is_covered_everywhere_only_if_nothing_else_was_found():
    made = assessment(
        [
            finding("covered", requirement="a"),
            finding("covered", requirement="b"),
            finding("unknown", requirement="b", location="x"),
            finding("gap", requirement="c", scope="other"),
            finding("not-applicable", requirement="d", scope="idle"),
        ]
    )
    of_requirements = requirements_satisfied(made)
    assert (of_requirements.fully, of_requirements.undecided, of_requirements.total) == (1, 1, 3)
    of_scopes = scopes_satisfied(made)
    assert (of_scopes.fully, of_scopes.undecided, of_scopes.total) == (0, 1, 2)


def test_requirements_that_found_nothing_are_named(sample):
    assert [line.id for line in unmatched(sample)] == ["acme:nothing-there"]


def test_a_place_names_all_that_tells_it_apart():
    one = finding(scope="s", location="l", resource="r", dimensions={"b": "2", "a": "1"})
    assert place(one) == "s l r a=1 b=2"
    assert place(finding(scope="s", location=None)) == "s"


def test_answers_that_gave_one_value_together_are_shown_once():
    def answer(api, value):
        return Evidence(api=api, at=AT, value=value)

    first, last = answers(
        [answer("a", {}), answer("b", {"x": 1}), answer("c", {"x": 1}), answer("a", {}), answer("d", {})]
    )
    assert first.calls == (("b", AT, "", 1), ("c", AT, "", 1))
    assert first.value == {"x": 1}
    assert last.calls == (("a", AT, "", 2), ("d", AT, "", 1))
    assert last.value == {}


def test_answers_of_an_inventory_service_say_so_and_how_old_they_may_be():
    heard = Evidence(api="config:Select", at=AT, value={}, via="config-aggregator", as_old_as=90_000)
    direct = Evidence(api="config:Select", at=AT, value={})
    (together,) = answers([direct, heard, heard])

    assert together.calls == (
        ("config:Select", AT, "", 1),
        ("config:Select", AT, "from config-aggregator, may be 25 hours old", 2),
    )
    assert obtained(finding(evidence=(direct, heard))) == "from config-aggregator, may be 25 hours old"
    assert obtained(finding(evidence=(direct,))) == ""
