"""Log streams: the only built-in way by which *all* of an org's System Log leaves Okta.

A stream that is ACTIVE takes every record, without a filter; after two failed deliveries Okta makes it
INACTIVE, and what is written from then on is lost to it (help.okta.com, "Log streaming").
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import BlindKind, ReadFailure
from logcov.inventory import Destination, Fact, Listing, Route, Scope, Unread
from logcov.providers.moments import moment
from logcov.providers.okta.client import OktaPlace, OktaSession
from logcov.providers.okta.system_log import SOURCE
from logcov.providers.rows import Operation

LOG_STREAM = "okta.log_stream"
SPLUNK = "okta.stream_target"
EVENT_SOURCE = "okta.partner_event_source"

LIST_LOG_STREAMS = Operation(
    call="okta.logStreams.list",
    permission="okta.logStreams.read",
    wire="GET /api/v1/logStreams",
    why="where the System Log is streamed to, and whether the stream is on",
)
LOG_STREAM_CALLS = (LIST_LOG_STREAMS,)

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z0-9]+)+")
_SOURCE_NAME = re.compile(r"[^\s/*]+")
_SHOWN = ("id", "name", "type", "status", "created", "lastUpdated")
_SHOWN_SETTINGS = ("accountId", "region", "eventSourceName", "host", "edition")


def _words(value: Any) -> str:
    """A text or a whole number as text; empty for everything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _scalars(record: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {
        name: record[name]
        for name in names
        if isinstance(record.get(name), str | int | float | bool | None) and name in record
    }


def evidence(stream: Any) -> dict[str, Any]:
    """The deciding fields as Okta gave them; a Splunk token (never sent, but who knows) is not among them."""
    if not isinstance(stream, Mapping):
        return {}
    shown = _scalars(stream, _SHOWN)
    settings = stream.get("settings")
    if isinstance(settings, Mapping):
        shown["settings"] = _scalars(settings, _SHOWN_SETTINGS)
    return shown


def destination_of(stream: Mapping[str, Any]) -> str | tuple[BlindKind, str]:
    """Where a stream leads, or why that cannot be told: the kind of blind spot, and what is odd.

    Splunk: `okta:splunk-cloud/{host}`. EventBridge: `okta:eventbridge/{account}/{region}/{event source}`.
    """
    kind = stream.get("type")
    settings = stream.get("settings")
    if not isinstance(kind, str) or not kind:
        return "unparseable", "the stream has no type"
    if kind not in {"splunk_cloud_logstreaming", "aws_eventbridge"}:
        return "not-observable", "the stream is of a type that this version of logcov does not know"
    if not isinstance(settings, Mapping):
        return "unparseable", "the stream has no settings"
    if kind == "splunk_cloud_logstreaming":
        host = _words(settings.get("host")).lower()
        if not _HOST.fullmatch(host):
            return "unparseable", "the stream's host is missing, or is none"
        return f"okta:splunk-cloud/{host}"
    account = settings.get("accountId")
    # An account id that somebody wrote down as a number has lost the noughts it began with.
    number = _words(account)
    number = number.zfill(12) if number and isinstance(account, int) else number
    region, source = _words(settings.get("region")), _words(settings.get("eventSourceName"))
    if not (_ACCOUNT.fullmatch(number) and _REGION.fullmatch(region) and _SOURCE_NAME.fullmatch(source)):
        return "unparseable", "the stream's account, region or event source name is missing, or is none"
    return f"okta:eventbridge/{number}/{region}/{source}"


def _name(stream: Any, index: int, taken: set[str]) -> str:
    """The stream's id, else its name, else its place in the list; never one that another stream has."""
    known = _words(stream.get("id")) or _words(stream.get("name")) if isinstance(stream, Mapping) else ""
    name = known or f"?{index}"
    while name in taken:
        name += "'"
    taken.add(name)
    return name


def _route(place: OktaPlace, scope: Scope, name: str, stream: Any, reading: str) -> Route:
    def unread(kind: BlindKind, detail: str, field: str) -> Unread:
        failure = ReadFailure(call=LIST_LOG_STREAMS.call, kind=kind, detail=detail)
        return place.unread(failure, f"{name} {field}")

    to: str | Unread
    enabled: bool | Unread
    if not isinstance(stream, Mapping):
        to = unread("unparseable", "a stream that is no object", "destination")
        enabled = unread("unparseable", "a stream that is no object", "status")
        since = None
    else:
        found = destination_of(stream)
        to = found if isinstance(found, str) else unread(*found, "destination")
        status = stream.get("status")
        if status in ("ACTIVE", "INACTIVE"):
            enabled = status == "ACTIVE"
        else:
            enabled = unread("unparseable", "the stream's status is missing, or is a new one", "status")
        since = moment(stream.get("lastUpdated"))
    return Route(
        id=f"{scope.id}/logStreams/{name}",
        kind=LOG_STREAM,
        setting=f"okta:logStreams/{name}",
        effect="carry",
        origin=scope.id,
        sources=(SOURCE,),
        enabled=enabled,
        to=to,
        since=since,
        readings=(reading,),
        raw=evidence(stream),
    )


def observe_log_streams(place: OktaPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - orgs have no locations
    """Yields one route per log stream, and that these are all.

    A stream that cannot be understood stays in the list, with its destination or status unread.
    Whether 401 E0000015 means that the org has no streams is not documented: it is a blind spot like any other.

    Raises:
        ReadFailure: the list could not be read to its end.
    """
    answer = place.pages(LIST_LOG_STREAMS, {"limit": "200"})
    taken: set[str] = set()
    for index, stream in enumerate(answer.data):
        yield _route(place, scope, _name(stream, index, taken), stream, answer.reading)
    yield Listing(kind=LOG_STREAM, at=scope.id, readings=(answer.reading,))


def read_splunk(session: OktaSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:  # noqa: ARG001 - the shape of readers
    """Yields the Splunk Cloud stack that streams lead to: a door, behind which no API shows anything.

    It counts as there and usable: a stream to a host that does not take records does not stay ACTIVE, and
    whether it is ACTIVE is a fact of the route.
    """
    yield Destination(
        id=destination,
        kind=SPLUNK,
        end=False,
        readings=tuple(dict.fromkeys(reading for route in routes for reading in route.readings)),
    )
