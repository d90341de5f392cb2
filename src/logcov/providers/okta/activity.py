"""Whether the org wrote records lately: the newest entry of the System Log."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from logcov.errors import ReadFailure
from logcov.inventory import Activity, Fact, Listing, Scope
from logcov.providers.moments import moment
from logcov.providers.okta.client import OktaPlace
from logcov.providers.okta.system_log import SOURCE
from logcov.providers.rows import Operation

LIST_LOGS = Operation(
    call="okta.logs.list",
    permission="okta.logs.read",
    wire="GET /api/v1/logs",
    why="the newest record: whether there was anything to deliver",
)
ACTIVITY_CALLS = (LIST_LOGS,)

WINDOW = timedelta(days=7)


def observe_activity(place: OktaPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - orgs have no locations
    """Yields when the newest record of the last week was written, if there was one, and that it was asked.

    `since` and `until` are always sent: without `until`, Okta takes the call for a poll that never ends.

    Raises:
        ReadFailure: the System Log could not be read, or its entry has no time.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    query = {
        "since": _text(now - WINDOW),
        "until": _text(now),
        "limit": "1",
        "sortOrder": "DESCENDING",
    }
    answer = place.call(LIST_LOGS, query)
    if not isinstance(answer.data, list):
        raise ReadFailure(call=LIST_LOGS.call, kind="unparseable", detail="the answer is no list")
    for entry in answer.data[:1]:
        at = moment(entry.get("published")) if isinstance(entry, dict) else None
        if at is None:
            raise ReadFailure(call=LIST_LOGS.call, kind="unparseable", detail="an entry without its time")
        yield Activity(source=SOURCE, scope=scope.id, at=at, readings=(answer.reading,))
    yield Listing(kind="activity", at=scope.id, readings=(answer.reading,))


def _text(moment_: datetime) -> str:
    return moment_.strftime("%Y-%m-%dT%H:%M:%S.000Z")
