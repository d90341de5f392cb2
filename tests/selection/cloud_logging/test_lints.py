"""Remarks on filters that are legal and hardly what was meant."""

import pytest

from logcov.selection.cloud_logging import lints
from logcov.selection.cloud_logging.lints import MOST


@pytest.mark.parametrize(
    ("text", "code", "about", "instead"),
    [
        (
            'logName:"cloudaudit.googleapis.com/activity"',
            "log-name-unescaped",
            'logName:"cloudaudit.googleapis.com/activity"',
            'logName:"cloudaudit.googleapis.com%2Factivity"',
        ),
        (
            'NOT logName="projects/acme/logs/cloudaudit.googleapis.com/activity"',
            "log-name-unescaped",
            'logName="projects/acme/logs/cloudaudit.googleapis.com/activity"',
            'logName="projects/acme/logs/cloudaudit.googleapis.com%2Factivity"',
        ),
        (
            'severity=ERROR\nlogName = "/projects/acme/logs/stdout"',
            "log-name-slash",
            'logName = "/projects/acme/logs/stdout"',
            'logName="projects/acme/logs/stdout"',
        ),
        ("logName=projects/123/logs/stdout", "log-name-number", "logName=projects/123/logs/stdout", "project's id"),
        ('log_id("a.com%2Fx")', "log-id-escaped", 'log_id("a.com%2Fx")', 'log_id("a.com/x")'),
        ('log_id("projects/p/logs/a%2Fx")', "log-id-escaped", 'log_id("projects/p/logs/a%2Fx")', "log_id("),
        ("log_id(projects/p/logs/x)", "log-id-name", "log_id(projects/p/logs/x)", 'log_id("x")'),
        ("source(projects/123)", "source-number", "source(projects/123)", "project's id"),
        ("sample(insertId, 2)", "sample-share", "sample(insertId, 2)", "insertId"),
        ("sample(insertId, half)", "sample-share", "sample(insertId, half)", "0.25"),
        ('insertId="A" OR "B"', "global-term", '"B"', 'insertId=("A" OR "B")'),
        ("trace=a AND trace=b OR trace=c", "or-before-and", "trace=b OR trace=c", "(trace=b OR trace=c)"),
        ("trace=a\ntrace=b OR\ntrace=c", "or-before-and", "trace=b OR\ntrace=c", "(trace=b OR trace=c)"),
        ("trace=(a AND b OR c)", "or-before-and", "b OR c", "(b OR c)"),
        ("trace=a AND " + "trace=b OR " * 9 + "trace=c", "or-before-and", "trace=b OR ", "…)"),
        ("trace='a'", "single-quotes", "'a'", '"a"'),
        ("log_id('a')", "single-quotes", "'a'", '"a"'),
        (f"trace='{'a' * 99}'", "single-quotes", "'aaa", "double quotes"),
        ("trace=a and trace=b", "lower-case-operator", "and", "AND"),
        ("severity=HIGH", "unknown-severity", "severity=HIGH", "ERROR, CRITICAL"),
        ('logName="projects/${project}/logs/x"', "placeholder", '"projects/${project}/logs/x"', "stands for"),
        ('log_id("${log}")', "placeholder", '"${log}"', "stands for"),
        ("labels.compute.googleapis.com/name=x", "unknown-field", "labels.compute.googleapis.com/name", 'labels."compute.googleapis.com/name"'),
        ("resource.labels.a.b=x", "unknown-field", "resource.labels.a.b", 'resource.labels."a.b"'),
        ("operation.thud=x", "unknown-field", "operation.thud", "whole path"),
        ("trace=~abc", "unquoted-pattern", "trace=~abc", 'trace=~"abc"'),
        ('trace=~"a(?=b)"', "bad-pattern", '"a(?=b)"', "RE2"),
        ("trace=(a", "unreadable", "(", "Logs Explorer"),
        ("trace=a\n  trace=='b", "unreadable", "'b", "Logs Explorer"),
        ("-- nothing else", "only-comments", "-- nothing else", "leave it empty"),
    ],
)  # fmt: skip
def test_a_trap_has_a_code_a_place_and_what_to_write_instead(
    text: str, code: str, about: str, instead: str
) -> None:
    (found,) = [one for one in lints(text) if one.code == code]
    assert text[slice(*found.span)].startswith(about)
    assert instead in found.instead
    assert found.says


def test_the_place_is_a_line_and_a_column() -> None:
    text = 'severity>=ERROR\n  AND logName:"a.com/b"'
    (found,) = lints(text)
    assert str(found.at(text)) == "2:7"
    assert found.at(text).text == 'logName:"a.com/b"'


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "trace=a AND (trace=b OR trace=c)",
        "(trace=a AND trace=b) OR trace=c",
        "severity>=error",
        "severity>=500",
        "severity:HIGH",
        'logName:"cloudaudit.googleapis.com%2Factivity"',
        'logName:("/logs/stdout" OR "projects/acme/logs/")',
        'logName:"projects/123"',
        'logName=~"^projects/[^/]+/logs/"',
        'unicorn OR "phoenix"',
        "unicorn OR trace=a",
        'search("x", "y")',
        "f(g(x))",
        "f()",
        "sample(insertId, 0.25)",
        'log_id("cloudaudit.googleapis.com/activity")',
        "source(projects/acme)",
        'trace=~"[[:alpha:]]"',
    ],
)
def test_what_is_plain_has_no_remark(text: str) -> None:
    assert lints(text) == ()


def test_remarks_come_in_the_order_of_the_text_and_each_once() -> None:
    found = lints("trace='a' OR trace='b' AND severity=HIGH AND a and b")
    assert [one.code for one in found] == [
        "or-before-and", "single-quotes", "single-quotes", "unknown-severity", "lower-case-operator",
    ]  # fmt: skip
    assert len(set(found)) == len(found)


def test_of_a_filter_with_thousands_of_traps_some_are_named() -> None:
    assert len(lints(" ".join(f"trace='{at}'" for at in range(1_000)))) == MOST
