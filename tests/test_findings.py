"""Findings: exit codes and ids, which others rely on."""

import dataclasses
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logcov.findings import SEVERITIES, STATUSES, Severity, Status, exit_code, finding_id
from nimbus import estate, judged, pipe, vault

ONE = judged(estate(pipe(), vault())).findings[0]


def code(*findings: tuple[Status, Severity], **options):
    made = tuple(dataclasses.replace(ONE, status=status, severity=severity) for status, severity in findings)
    return exit_code(dataclasses.replace(judged(estate(pipe(), vault())), findings=made), **options)


@pytest.mark.parametrize(
    ("statuses", "expected", "forgiving"),
    [
        ((), 11, 11),
        (("covered",), 0, 0),
        (("exempt",), 0, 0),
        (("not-applicable",), 11, 11),
        (("not-applicable", "covered"), 0, 0),
        (("not-applicable", "exempt"), 0, 0),
        (("gap",), 10, 10),
        (("unknown",), 11, 0),
        (("gap", "unknown"), 12, 10),
        (("gap", "unknown", "covered", "exempt", "not-applicable"), 12, 10),
        (("gap", "covered"), 10, 10),
        (("unknown", "covered"), 11, 0),
    ],
)
def test_the_exit_code_tells_gaps_from_what_could_not_be_told(statuses, expected, forgiving):
    findings = [(status, "low") for status in statuses]

    assert code(*findings) == expected
    assert code(*findings, allow_unknown=True) == forgiving


@pytest.mark.parametrize(("severity", "fail_on"), list(product(SEVERITIES, SEVERITIES)))
def test_findings_below_the_threshold_do_not_count(severity, fail_on):
    counts = SEVERITIES.index(severity) >= SEVERITIES.index(fail_on)

    assert code(("gap", severity), fail_on=fail_on) == (10 if counts else 0)
    assert code(("unknown", severity), fail_on=fail_on) == (11 if counts else 0)
    assert code(("gap", severity), ("unknown", severity), fail_on=fail_on) == (12 if counts else 0)


def test_nothing_judged_is_incomplete_whatever_the_threshold():
    assert code(("not-applicable", "low"), fail_on="critical", allow_unknown=True) == 11
    assert code(fail_on="critical", allow_unknown=True) == 11


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.sampled_from(SEVERITIES)), max_size=6))
def test_a_lower_threshold_never_hides_anything(findings):
    order = [code(*findings, fail_on=severity) for severity in SEVERITIES]

    for stricter, laxer in pairwise(order):
        assert stricter in {laxer, 12} or laxer == 0


def test_ids_are_the_same_in_every_version():
    assert (
        finding_id("acme:x", "aws.cloudtrail.management", "aws:accounts/1", "eu-west-1", None, {})
        == "lc-27c3a7cc7a74"
    )


def test_ids_depend_on_everything_that_is_judged_and_on_nothing_else():
    place = ("p:r", "s", "scope", "north", "net-1", {"a": "1", "b": "2"})
    other = [
        ("p:q", *place[1:]),
        (place[0], "t", *place[2:]),
        (*place[:2], "other", *place[3:]),
        (*place[:3], None, *place[4:]),
        (*place[:4], "net-2", place[5]),
        (*place[:5], {"a": "1"}),
        (*place[:5], {"a": "1", "b": "3"}),
    ]

    ids = {finding_id(*one) for one in (place, *other)}

    assert len(ids) == 8
    assert finding_id(*place[:5], {"b": "2", "a": "1"}) == finding_id(*place)


def test_half_a_surrogate_pair_has_an_id_too():
    assert finding_id("p:r", "s", "\ud800", None, None, {}).startswith("lc-")
