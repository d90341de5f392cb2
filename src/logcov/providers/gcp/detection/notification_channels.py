"""Notification channels: whether somebody is told.

Source: NotificationChannel in monitoring.v3, one list a project; for Pub/Sub,
https://cloud.google.com/monitoring/support/notification-options: the topic takes messages of the project's own service
account. A notification tells of an entry; it is no copy of it, so nothing leads on from here. Addresses and tokens,
which a channel holds in its labels, are not kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Admission, Destination, Fact, Route, Unread
from logcov.providers.gcp.client import PAGE_SIZE, About, GcpSession, Listed
from logcov.providers.gcp.fields import entry, mapping, needed_text, picked, text
from logcov.providers.gcp.operations import Method
from logcov.providers.gcp.routing.sinks import KIND as SINK
from logcov.providers.gcp.stores.pubsub import NOT_KEPT, read_topic
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

KIND = "gcp.notification"

CHANNELS_LIST = Method(
    operation=Operation(
        call="monitoring.notificationChannels.list",
        permission="monitoring.notificationChannels.list",
        wire="GET v3/{parent}/notificationChannels",
        why="whether those whom an alert tells are there, and hear it",
    ),
    api="monitoring",
    version="v3",
    collection=("projects", "notificationChannels"),
    name="list",
    items="notificationChannels",
)

_NAME = re.compile(r"gcp:monitoring/(?P<project>projects/[^/]+)/channels/(?P<id>[^/]+)")
_TOPIC = re.compile(r"projects/(?P<project>[^/]+)/topics/(?P<topic>[^/]+)")
_AGENT = "serviceAccount:service-{}@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
_WORKING = frozenset({"", "VERIFIED", "VERIFICATION_STATUS_UNSPECIFIED"})
"""What is neither needs no verification: "otherwise, it is assumed that the channel works"."""


@dataclass(frozen=True, slots=True)
class _Hearing:
    """Whether somebody behind a channel hears what it is told, and whether it takes anything at all."""

    usable: bool | Unread
    because: str = ""
    consumed: bool | Unread | None = None


def read_channel(session: GcpSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """The channel, and whether anybody hears what it is told."""
    del routes
    about = session.about(CHANNELS_LIST, destination)
    found = _NAME.fullmatch(destination)
    if found is None:
        yield _channel(destination, None, about.odd("name", "this is no notification channel's name"))
        return
    project = found["project"]
    owner = session.owner(project)
    listed = session.once.get(
        ("channels", project),
        lambda: session.list_all(CHANNELS_LIST, f"gcp:{project}", name=project, pageSize=PAGE_SIZE),
    )
    body, failure = _named(listed, found["id"])
    if body is None:
        exists = about.failed(failure) if failure is not None else False
        yield _channel(destination, owner, exists, readings=listed.readings)
        return
    hearing = _hearing(session, destination, project, body, about)
    yield _channel(destination, owner, exists=True, hearing=hearing, body=body, readings=listed.readings)


def _named(listed: Listed, channel: str) -> tuple[Mapping[str, Any] | None, ReadFailure | None]:
    """The channel of this id, if it came; else why it may be there all the same."""
    failure = listed.failure
    for item in listed.items:
        try:
            body = entry(item, "notificationChannels")
            if needed_text(body, "name").rpartition("/")[2] == channel:
                return body, None
        except MalformedAnswerError as error:
            failure = failure or ReadFailure(
                call=CHANNELS_LIST.operation.call, kind="unparseable", detail=str(error)
            )
    return None, failure


def _channel(
    destination: str,
    owner: str | Unread | None,
    exists: bool | Unread,  # noqa: FBT001 - the value of a fact
    *,
    hearing: _Hearing | None = None,
    body: Mapping[str, Any] | None = None,
    readings: tuple[str, ...] = (),
) -> Destination:
    unread = exists if isinstance(exists, Unread) else None
    heard = hearing or _Hearing(unread or True, "", unread)
    return Destination(
        id=destination,
        kind=KIND,
        end=False,
        exists=exists,
        owner=owner,
        usable=heard.usable,
        unusable_because=heard.because,
        consumed=heard.consumed,
        retained=NOT_KEPT,
        online=NOT_KEPT,
        searchable=NOT_KEPT,
        readings=readings,
        raw=picked(body or {}, "type", "enabled", "verificationStatus"),
    )


def _hearing(
    session: GcpSession, destination: str, project: str, body: Mapping[str, Any], about: About
) -> _Hearing:
    enabled = body.get("enabled")
    if enabled is False:
        return _Hearing(usable=False, because="the channel is switched off")
    try:
        kind, status = needed_text(body, "type"), text(body, "verificationStatus")
    except MalformedAnswerError as error:
        return _Hearing(about.odd("type", str(error)))
    if status == "UNVERIFIED":
        return _Hearing(usable=False, because="the channel was never verified")
    if status not in _WORKING:
        return _Hearing(about.odd("verificationStatus", f"verificationStatus is {status!r}"))
    if enabled is not True:
        return _Hearing(about.odd("enabled", "enabled is neither true nor false"))
    if kind != "pubsub":
        return _Hearing(usable=True)
    try:
        to = _topic(session, body)
    except MalformedAnswerError as error:
        return _Hearing(about.odd("labels.topic", str(error)))
    except ReadFailure as failure:
        return _Hearing(about.failed(failure))
    return _behind(session, destination, project, to, about)


def _topic(session: GcpSession, body: Mapping[str, Any]) -> str:
    """The topic that a channel of this type publishes to.

    Raises:
        MalformedAnswerError: the channel names none.
        ReadFailure: its project is not known by id.
    """
    topic = _TOPIC.fullmatch(text(mapping(body, "labels"), "topic"))
    if topic is None:
        raise MalformedAnswerError("topic is no topic's name")
    return f"gcp:pubsub/projects/{session.project_id(topic['project'])}/topics/{topic['topic']}"


def _behind(session: GcpSession, destination: str, project: str, to: str, about: About) -> _Hearing:
    """A topic: it must be there, take what Cloud Monitoring publishes, and somebody must take that out."""
    numbers = [number for number, name in session.projects.items() if f"projects/{name}" == project]
    writer = _AGENT.format(numbers[0]) if numbers else ""
    # As if it were a sink: what a writer needs is the same.
    told = Route(
        id=f"{destination}>{to}",
        kind=SINK,
        setting=destination,
        effect="carry",
        origin=destination,
        to=to,
        writer=writer,
    )
    facts = list(read_topic(session, to, [told]))
    topic = next(fact for fact in facts if isinstance(fact, Destination))
    allowed = next((fact.allowed for fact in facts if isinstance(fact, Admission)), None)
    if topic.exists is False:
        return _Hearing(usable=False, because=f"its topic {to} does not exist")
    if isinstance(topic.exists, Unread):
        return _Hearing(topic.exists, "", topic.consumed)
    if allowed is False:
        because = f"nothing lets Cloud Monitoring publish to {to}"
        return _Hearing(usable=False, because=because, consumed=topic.consumed)
    if allowed is None:
        allowed = about.unseen("publisher", "the number of the channel's project is not known")
    usable = topic.usable if topic.usable is not True else allowed
    return _Hearing(usable, topic.unusable_because, topic.consumed)
