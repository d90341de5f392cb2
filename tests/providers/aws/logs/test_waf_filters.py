import json
from typing import Any

import pytest

from logcov.providers.aws.logs.waf_filters import COUNTED, EXCLUDED, LABEL, Kept, kept
from logcov.providers.aws.logs.wafv2 import WAF_FAMILY
from logcov.selection import compile_filter
from logcov.selection.predicate import holds

(SOURCE,) = WAF_FAMILY.sources


def action(name: str) -> dict[str, Any]:
    return {"ActionCondition": {"Action": name}}


def label(name: str) -> dict[str, Any]:
    return {"LabelNameCondition": {"LabelName": name}}


def rule(behaviour: str, *conditions: dict[str, Any], requirement: str = "MEETS_ANY") -> dict[str, Any]:
    return {"Behavior": behaviour, "Requirement": requirement, "Conditions": list(conditions)}


def told(default: str, *filters: dict[str, Any]) -> dict[str, Any]:
    return {"DefaultBehavior": default, "Filters": list(filters)}


def texts(found: tuple[Kept | None, ...] | str) -> list[Any]:
    assert not isinstance(found, str), found
    return [one and json.loads(one.filter.text) for one in found]


def keeps(found: tuple[Kept | None, ...] | str, **record: str | tuple[str, ...]) -> bool | None:
    """Whether the only way keeps a record; None where nobody can tell."""
    assert not isinstance(found, str)
    (way,) = found
    assert way is not None
    named = {name.replace("__", "."): value for name, value in record.items()}
    return holds(compile_filter(way.filter, SOURCE), named, {})


def test_without_a_filter_everything_is_kept() -> None:
    assert kept(None, "x") == (None,)


def test_a_filter_that_keeps_what_is_kept_anyway_keeps_everything() -> None:
    assert kept(told("KEEP", rule("KEEP", action("BLOCK"))), "x") == (None,)


def test_a_filter_that_drops_what_is_dropped_anyway_keeps_nothing() -> None:
    found = kept(told("DROP", rule("DROP", action("BLOCK"))), "x")
    assert keeps(found, action="ALLOW") is False
    assert keeps(found, action="BLOCK") is False


def test_only_what_is_named_is_kept() -> None:
    found = kept(told("DROP", rule("KEEP", action("BLOCK"), action("CAPTCHA"))), "x")
    assert texts(found) == [{"action": ["BLOCK", "CAPTCHA"]}]
    assert keeps(found, action="BLOCK") is True
    assert keeps(found, action="ALLOW") is False


def test_conditions_on_other_fields_are_ways_of_their_own() -> None:
    conditions = (action("BLOCK"), action("COUNT"), action("EXCLUDED_AS_COUNT"), label("awswaf:a"))
    found = kept(told("DROP", rule("KEEP", *conditions)), "x")
    assert texts(found) == [
        {"action": ["BLOCK"]},
        {COUNTED: ["COUNT"]},
        {EXCLUDED: ["EXCLUDED_AS_COUNT"]},
        {LABEL: ["awswaf:a"]},
    ]


def test_conditions_that_must_all_be_met_are_one_way() -> None:
    both = rule("KEEP", action("BLOCK"), label("awswaf:a"), requirement="MEETS_ALL")
    found = kept(told("DROP", both), "x")
    assert texts(found) == [{"action": ["BLOCK"], LABEL: ["awswaf:a"]}]
    assert keeps(found, action="BLOCK", labels__name=("awswaf:b",)) is False
    assert keeps(found, action="BLOCK", labels__name=("awswaf:a", "awswaf:b")) is True


def test_labels_that_are_dropped_are_told_exactly() -> None:
    found = kept(told("KEEP", rule("DROP", label("awswaf:bot"))), "x")
    assert keeps(found, action="ALLOW", labels__name=("awswaf:bot",)) is False
    assert keeps(found, action="ALLOW", labels__name=("awswaf:good",)) is True


def test_of_dropped_actions_more_than_they_ended_may_be_lost() -> None:
    found = kept(told("KEEP", rule("DROP", action("BLOCK"))), "x")
    assert keeps(found, action="BLOCK") is False
    # A rule of a group may have blocked, and been overridden.
    assert keeps(found, action="ALLOW") is None


@pytest.mark.parametrize(
    "filters",
    [
        told("DROP", rule("KEEP", action("BLOCK")), rule("DROP", label("awswaf:a"))),
        told("DROP", rule("KEEP", label("awswaf:a"), label("awswaf:b"), requirement="MEETS_ALL")),
        told("DROP", rule("KEEP", action("SOMETHING_NEW"))),
        told("DROP", rule("KEEP", {})),
        told("DROP", rule("KEEP")),
        told("DROP", rule("KEEP", {**action("BLOCK"), **label("awswaf:a")})),
        told("DROP", rule("KEEP", action("BLOCK"), requirement="MEETS_SOME")),
        told("DROP", rule("HIDE", action("BLOCK"))),
        told("HIDE", rule("KEEP", action("BLOCK"))),
        {},
    ],
)
def test_what_cannot_be_told_says_why(filters: dict[str, Any]) -> None:
    assert isinstance(kept(filters, "x"), str)


def test_a_drop_that_cannot_be_told_leaves_every_record_in_doubt() -> None:
    both = rule("DROP", label("awswaf:a"), label("awswaf:b"), requirement="MEETS_ALL")
    assert keeps(kept(told("KEEP", both), "x"), action="ALLOW") is None
