"""Remarks on filters that are legal and hardly what was meant."""

import pytest

from logcov.selection.cloud_logging import lints


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ('logName:"cloudaudit.googleapis.com/activity"', "can never match"),
        ('NOT logName="projects/acme/logs/cloudaudit.googleapis.com/activity"', "can never match"),
        ('logName="/projects/acme/logs/stdout"', "do not start with a slash"),
        ('insertId="A" OR "B"', "in every field"),
        ("trace=a AND trace=b OR trace=c", "OR binds tighter"),
        ("trace=a\ntrace=b OR trace=c", "OR binds tighter"),
        ("trace=(a AND b OR c)", "OR binds tighter"),
        ("trace='a'", "single quotes"),
        ("log_id('a')", "single quotes"),
        ("trace=a and trace=b", "lower-case `and`"),
        ("severity=HIGH", "no severity 'HIGH'"),
        ('logName="projects/${project}/logs/x"', "placeholder"),
        ("trace=(a", "cannot read"),
    ],
)
def test_a_trap_is_named(text: str, remark: str) -> None:
    assert any(remark in one for one in lints(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-- a remark",
        "trace=a AND (trace=b OR trace=c)",
        "(trace=a AND trace=b) OR trace=c",
        "severity>=error",
        "severity:HIGH",
        'logName:"cloudaudit.googleapis.com%2Factivity"',
        'logName:("/logs/stdout" OR "projects/acme/logs/")',
        'unicorn OR "phoenix"',
        'search("x", "y")',
        "f(g(x))",
    ],
)
def test_what_is_plain_has_no_remark(text: str) -> None:
    assert lints(text) == []


def test_each_remark_is_made_once() -> None:
    assert len(lints("trace='a' OR trace='a'")) == 1
