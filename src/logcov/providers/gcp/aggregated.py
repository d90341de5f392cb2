"""Lists of the Compute Engine API over all zones and regions of a project at once.

Answers are maps of places, each with its items or a warning. What a place that did not answer holds is missing from
the list; so may be anything if the answer as a whole carries a warning that is not known to be harmless.
Source: https://cloud.google.com/compute/docs/reference/rest/v1/routers/aggregatedList, fields `items`, `unreachables`
and `warning`.
"""

from collections.abc import Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.providers.gcp.client import GcpPlace, Listed
from logcov.providers.gcp.operations import Method

PAGE_SIZE = 500
"""The most that one answer holds."""

BENIGN = frozenset({"NO_RESULTS_ON_PAGE"})
"""Warnings that say only that there is nothing at a place."""


def aggregated(place: GcpPlace, method: Method, **params: Any) -> Listed:
    """All items of all zones and regions; with a failure if any of it may be missing. Asked once per project."""

    def ask() -> Listed:
        missing: list[str] = []

        def items_of(body: Mapping[str, Any]) -> list[Any]:
            return _items(method, body, missing)

        project = place.container.removeprefix("projects/")
        listed = place.session.list_all(
            method, place.scope.id, items_of=items_of, project=project, maxResults=PAGE_SIZE, **params
        )
        if missing and listed.failure is None:
            failure = ReadFailure(
                call=method.operation.call,
                kind="server-error",
                detail=f"the list is not complete: {', '.join(sorted(set(missing)))}",
            )
            return Listed(listed.items, listed.readings, failure)
        return listed

    return place.session.once.get(("aggregated", method.operation.call, place.container), ask)


def _items(method: Method, body: Mapping[str, Any], missing: list[str]) -> list[Any]:
    """The items of one page; what says that some are missing is added to `missing`.

    Raises:
        ReadFailure: the answer has another form.
    """
    call = method.operation.call
    places = body.get("items", {})
    unreachables = body.get("unreachables", [])
    if not isinstance(places, dict) or not isinstance(unreachables, list):
        raise ReadFailure(call=call, kind="unparseable", detail="items or unreachables have an odd form")
    missing += [f"no answer from {name}" for name in unreachables]
    missing += [f"warning {code}" for code in _warnings(body)]
    found: list[Any] = []
    for name, held in places.items():
        here = held.get(method.items, []) if isinstance(held, dict) else None
        if not isinstance(here, list):
            raise ReadFailure(call=call, kind="unparseable", detail=f"{method.items} of {name} is no list")
        if _warnings(held):
            missing.append(f"no answer from {name}")
        found += here
    return found


def _warnings(body: Mapping[str, Any]) -> list[str]:
    """The code of the warning that a page, or a place on it, carries, unless it is harmless. One without a code is not."""
    warning = body.get("warning")
    if warning is None or warning == {}:
        return []
    code = warning.get("code") if isinstance(warning, dict) else warning
    return [] if isinstance(code, str) and code in BENIGN else [str(code)]
