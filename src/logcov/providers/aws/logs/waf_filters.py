"""Which requests a logging filter of AWS WAF keeps, as far as that is documented.

Source: WAF API reference, "LoggingFilter", "Filter", "Condition", "ActionCondition"; WAF developer guide, "Log fields".
A condition on an action is met by a record that *contains* it, so that more may be kept, or dropped, than what ended
with that action. What happens to a record that is to be kept by one filter and dropped by another is not documented.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logcov.inventory import Exclusion, Filter

ACTIONS = ("ALLOW", "BLOCK", "CAPTCHA", "CHALLENGE", "MONETIZE")
"""The actions that end a request; the record's `action` is one of them."""
LABEL = "labels.name"
COUNTED = "nonTerminatingMatchingRules.action"
EXCLUDED = "ruleGroupList.excludedRules.exclusionType"
FIELDS = dict.fromkeys(ACTIONS, "action") | {"COUNT": COUNTED, "EXCLUDED_AS_COUNT": EXCLUDED}
"""An action of a condition → a field of which such a record surely holds it."""
BEHAVIOURS = frozenset({"KEEP", "DROP"})

Branch = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """One way in which a record is kept."""

    filter: Filter


def kept(told: Any, setting: str) -> tuple[Kept | None, ...] | str:
    """The ways in which a record is kept, None standing for all records; or why that is not known.

    `told` is `LoggingConfiguration.LoggingFilter`, None where there is none. `setting` names the filters.
    """
    if told is None:
        return (None,)
    default, filters = told.get("DefaultBehavior"), told.get("Filters")
    if default not in BEHAVIOURS or not isinstance(filters, list):
        return f"a logging filter with the unknown default {default}"
    does = {one.get("Behavior") for one in filters}
    if not does <= BEHAVIOURS:
        return "a logging filter that neither keeps nor drops"
    if does == BEHAVIOURS:
        return "what a logging filter does with records that it is to keep and to drop is not documented"
    if default in does or not does:
        # Nothing is left for the filters to do.
        return (None,) if default == "KEEP" else (_kept(f"{setting}#none", {"action": []}),)
    found = [_branches(one) for one in filters]
    if default == "DROP":
        known = [branches for branches in found if branches is not None]
        if len(known) < len(found):
            return "a logging filter whose conditions cannot all be told"
        ways = [branch for branches in known for branch in branches]
        return tuple(_kept(f"{setting}#{number}", branch) for number, branch in enumerate(ways))
    return (_dropped(setting, filters, found),)


def _kept(name: str, branch: Branch, exclusions: Iterable[Exclusion] = ()) -> Kept:
    text = json.dumps(branch, sort_keys=True)
    return Kept(Filter(id=name, dialect="fields", text=text, exclusions=tuple(exclusions)))


def _dropped(
    setting: str, filters: Sequence[Mapping[str, Any]], found: Sequence[Sequence[Branch] | None]
) -> Kept:
    """Everything is kept but what is dropped for sure, and what might be."""
    exclusions: list[Exclusion] = []
    for number, (told, branches) in enumerate(zip(filters, found, strict=True), start=1):
        exclusions += [
            Exclusion(name=f"filter {number}", text=json.dumps(branch, sort_keys=True))
            for branch in branches or ()
        ]
        if branches is None or any(set(branch) - {LABEL} for branch in branches):
            # The filter as it is: no plain condition on fields, so that nobody takes it for one.
            text = json.dumps({"Filter": told}, sort_keys=True)
            exclusions.append(Exclusion(name=f"filter {number}, records that contain the action", text=text))
    return _kept(f"{setting}#but", {}, exclusions)


def _branches(told: Mapping[str, Any]) -> list[Branch] | None:
    """Conditions on fields, any of which meets the filter; None if they cannot be told."""
    conditions = told.get("Conditions")
    if not isinstance(conditions, list) or not conditions:
        return None
    tests = [_test(one) for one in conditions]
    if None in tests:
        return None
    by_field: dict[str, list[str]] = {}
    for field, value in (test for test in tests if test is not None):
        if value not in by_field.setdefault(field, []):
            by_field[field].append(value)
    match told.get("Requirement"):
        case "MEETS_ANY":
            return [{field: values} for field, values in by_field.items()]
        case "MEETS_ALL" if all(len(values) == 1 for values in by_field.values()):
            return [by_field]
        case _:
            return None


def _test(condition: Mapping[str, Any]) -> tuple[str, str] | None:
    """The field and value that a condition asks for; None for an unknown condition, or two in one."""
    match dict(condition):
        case {"ActionCondition": {"Action": str(action)}, **rest} if not rest and action in FIELDS:
            return FIELDS[action], action
        case {"LabelNameCondition": {"LabelName": str(label)}, **rest} if not rest and "*" not in label:
            return LABEL, label
        case _:
            return None
