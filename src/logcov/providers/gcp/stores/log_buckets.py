"""Log buckets: how long Cloud Logging itself keeps entries.

Source: LogBucket in logging.v2. `_Required` keeps 400 days; neither that nor its being locked can be changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from logcov.errors import ReadFailure
from logcov.inventory import Admission, Destination, Fact, Keep, Listing, Lock, Route, Unread
from logcov.providers.gcp.client import About, GcpSession
from logcov.providers.gcp.detection.alert_policies import KIND as ALERT
from logcov.providers.gcp.detection.log_alerts import onward_queries
from logcov.providers.gcp.detection.log_metrics import KIND as METRIC
from logcov.providers.gcp.detection.log_metrics import onward_metrics
from logcov.providers.gcp.fields import first_moment, flag, number, picked
from logcov.providers.gcp.keys import sealed
from logcov.providers.gcp.operations import LOG_BUCKETS_GET
from logcov.providers.gcp.roles import LOG_BUCKETS
from logcov.providers.gcp.routing.destinations import Parts, parts_of
from logcov.providers.gcp.routing.sinks import DEFAULT, container_of
from logcov.providers.gcp.routing.sinks import KIND as SINK
from logcov.providers.gcp.stores.admissions import admit
from logcov.providers.gcp.stores.deleters import OF_LOGS, deleters
from logcov.providers.gcp.unread import unread_destination
from logcov.providers.google import MalformedAnswerError

KIND = "gcp.logging"
ONWARD = (METRIC, ALERT)
REQUIRED = "_Required"
REQUIRED_DAYS = 400

_TAKING = frozenset({"ACTIVE", "UPDATING"})
"""States in which entries are stored. UPDATING: a change (of the key, say) is under way."""


def read_log_bucket(session: GcpSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """The log bucket, and whether each sink's writer may write to it."""
    about = session.about(LOG_BUCKETS_GET, destination)
    parts = parts_of("logging", destination)
    if parts is None:
        unread = about.odd("name", "this is no log bucket's name")
        yield unread_destination(destination, KIND, unread)
        return
    owner = session.owner(parts.container)
    try:
        within = parts.name.removeprefix(f"{parts.container}/")
        told = session.assets.log_bucket(parts.container, within) if session.assets is not None else None
        answer = told or session.get(LOG_BUCKETS_GET, destination, name=parts.name)
    except ReadFailure as failure:
        if failure.code == "404":
            yield Destination(id=destination, kind=KIND, exists=False, owner=owner)
            return
        yield unread_destination(destination, KIND, about.failed(failure), owner=owner)
    else:
        found = _bucket(session, destination, parts.leaf, answer.body, answer.reading, owner, about)
        yield replace(found, deleters=_deleters(session, destination, parts))
    others = [route for route in routes if not _at_home(route, parts.container)]
    for route in routes:
        if route not in others and route.kind == SINK:
            because = "a sink needs no grant for a log bucket of its own project"
            yield Admission(route=route.id, destination=destination, allowed=True, because=because)
    yield from admit(session, destination, others, LOG_BUCKETS, container=parts.container)
    yield from _watched(session, destination, parts)


def _watched(session: GcpSession, destination: str, parts: Parts) -> Iterator[Fact]:
    """Metrics and alerts on what is in the bucket: only buckets of projects have such."""
    if parts.container.startswith("projects/"):
        yield from onward_metrics(session, parts.container, destination, bucket=parts.name)
        yield from onward_queries(session, parts.container, destination)
        return
    for kind in ONWARD:
        yield Listing(kind=kind, at=destination)


def _deleters(session: GcpSession, destination: str, parts: Parts) -> tuple[str, ...] | Unread:
    """Who can delete entries, or shorten their retention: of `_Required`, nobody.

    Every project has a `_Default`: for its sake, policies that nothing else asks for are not read.
    """
    if parts.leaf == REQUIRED:
        return ()
    if parts.leaf == DEFAULT:
        return Unread(f"!resourcemanager.projects.getIamPolicy {destination}")
    return deleters(session, destination, (), parts.container, OF_LOGS)


def _at_home(route: Route, container: str) -> bool:
    """Whether the sink is of the same container: documented for projects; elsewhere only if no writer is named."""
    if route.kind != SINK or container_of(route.setting) != container:
        return False
    return container.startswith("projects/") or not route.writer


def _days(body: Mapping[str, Any], leaf: str, about: About) -> int | Unread:
    if leaf == REQUIRED:
        return REQUIRED_DAYS
    try:
        days = number(body, "retentionDays")
    except MalformedAnswerError as error:
        return about.odd("retentionDays", str(error))
    # Zero is no retention: the documentation calls it "the default", which the answer should have named.
    return days or about.odd("retentionDays", "retentionDays is missing")


def _bucket(
    session: GcpSession,
    destination: str,
    leaf: str,
    body: Mapping[str, Any],
    reading: str,
    owner: str | Unread | None,
    about: About,
) -> Destination:
    days = _days(body, leaf, about)
    kept = days if isinstance(days, Unread) else (Keep(days=days),)
    lock = _lock(body, leaf, days, about)
    usable, because = _usable(body, about)
    seal = sealed(session, destination, body, ("cmekSettings", "kmsKeyName"), usable, about, because)
    return Destination(
        id=destination,
        kind=KIND,
        owner=owner,
        usable=seal.usable,
        unusable_because=seal.because,
        retained=kept,
        online=kept,
        searchable=kept,
        lock=lock,
        encrypted=seal.encrypted,
        since=first_moment(body, "createTime"),
        readings=(reading, *seal.readings),
        raw=picked(body, "name", "retentionDays", "locked", "lifecycleState", "cmekSettings"),
    )


def _lock(
    body: Mapping[str, Any], leaf: str, days: int | Unread, about: About
) -> Lock | Literal[False] | Unread:
    """A locked bucket's retention cannot be shortened, and it can be deleted only when it is empty."""
    locked = True if leaf == REQUIRED else flag(body, "locked", about)
    if locked is False or isinstance(locked, Unread):
        return locked
    return days if isinstance(days, Unread) else Lock(mode="locked", days=days)


def _usable(body: Mapping[str, Any], about: About) -> tuple[bool | Unread, str]:
    state = body.get("lifecycleState")
    if state in _TAKING:
        return True, ""
    if state == "DELETE_REQUESTED":
        return False, "the log bucket is about to be deleted"
    return about.odd("lifecycleState", f"lifecycleState is {state!r}"), ""
