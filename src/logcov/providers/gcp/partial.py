"""Lists that say themselves what is missing from them: zones, regions, buckets that could not be reached.

Google calls such an answer a success. What it leaves out may hold anything, so the list is not complete.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.providers.gcp.client import GcpPlace, Listed
from logcov.providers.gcp.operations import Method
from logcov.providers.google import MalformedAnswerError


def listed_whole(
    place: GcpPlace, method: Method, missing_of: Callable[[Mapping[str, Any]], list[str]], **params: Any
) -> Listed:
    """All items of a project's list; with a failure if a page names something that is missing. Asked once per project.

    `missing_of` takes the names of what is missing out of a page. Where it raises `MalformedAnswerError`, nobody knows.
    """
    call = method.operation.call

    def ask() -> Listed:
        missing: set[str] = set()

        def items_of(body: Mapping[str, Any]) -> list[Any]:
            try:
                missing.update(missing_of(body))
            except MalformedAnswerError as error:
                raise ReadFailure(call=call, kind="unparseable", detail=str(error)) from error
            items = body.get(method.items, [])
            if not isinstance(items, list):
                raise ReadFailure(call=call, kind="unparseable", detail=f"{method.items} is no list")
            return items

        listed = place.session.list_all(method, place.scope.id, items_of=items_of, **params)
        if not missing or listed.failure is not None:
            return listed
        detail = f"the list is not complete: {', '.join(sorted(missing))}"
        return replace(listed, failure=ReadFailure(call=call, kind="server-error", detail=detail))

    return place.session.once.get(("listed", call, place.container), ask)
