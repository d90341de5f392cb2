"""Suppression rules of GuardDuty: findings that are archived at once, and so sent nowhere.

Sources: guardduty:ListFilters, GetFilter; GuardDuty user guide, "Suppression rules in GuardDuty": findings that match
a filter with the action ARCHIVE are not sent to Security Hub, S3, Detective or EventBridge.
"""

import json
from collections.abc import Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Exclusion, Filter, Unread
from logcov.providers.aws.client import AwsPlace

FILTERS, FILTER = "guardduty:ListFilters", "guardduty:GetFilter"
EQUAL = frozenset({"Eq", "Equals"})
NEW = {"service.archived": ["false"]}
"""What every finding is before a rule archives it; the console adds it to criteria."""


def suppressed(place: AwsPlace, detector: str, setting: str) -> Filter | Unread | None:
    """What passes the rules of a detector: all but what they archive. None if there are no such rules.

    A rule that only asks for values to be equal is exact; of any other, what it takes is not decided.
    """
    try:
        listed = place.pages(
            "guardduty",
            "ListFilters",
            "FilterNames",
            subject=detector,
            DetectorId=detector,
        )
    except ReadFailure as failure:
        return place.unread(failure, detector)
    exclusions = []
    for name in sorted(map(str, listed.data)):
        told = place.value("guardduty", "GetFilter", subject=name, DetectorId=detector, FilterName=name)
        assert told is not None
        if isinstance(told, Unread):
            return told
        match told.data.get("Action"):
            case "NOOP":
                continue
            case "ARCHIVE":
                text = _exact(told.data.get("FindingCriteria"))
            case action:
                return place.misread(FILTER, f"a filter with the unknown action {action}", name)
        if text is None:
            return place.not_told(FILTER, f"what the suppression rule {name} archives is not decided", name)
        exclusions.append(Exclusion(name=name, text=text))
    if not exclusions:
        return None
    return Filter(id=f"{setting}#suppression", dialect="fields", text="{}", exclusions=tuple(exclusions))


def _exact(criteria: object) -> str | None:
    """The criteria as a condition on fields; None where that cannot be said."""
    fields = criteria.get("Criterion") if isinstance(criteria, Mapping) else None
    if not isinstance(fields, Mapping):
        return None
    only: dict[str, Any] = {}
    for name, condition in fields.items():
        values = _values(condition)
        if values is None:
            return None
        if {name: values} != NEW:
            only[name] = values
    return json.dumps(only, sort_keys=True)


def _values(condition: object) -> list[str] | None:
    if not isinstance(condition, Mapping):
        return None
    told = {word: values for word, values in condition.items() if values not in (None, [])}
    if not told or not told.keys() <= EQUAL:
        return None
    # The API may say the same in its old word and in its new one.
    values, *others = told.values()
    if any(one != values for one in others):
        return None
    return list(values) if all(isinstance(one, str) and "*" not in one for one in values) else None
