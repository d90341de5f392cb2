"""Cloud Storage usage logs: the requests that a bucket got, as objects in another bucket.

They do not go through Cloud Logging. One call a project and page tells of all its buckets. A group of Google's writes the
objects, `PREFIX_usage_TIME_ID_v0`, where PREFIX is the bucket's name unless something else is set.
Source: https://cloud.google.com/storage/docs/access-logs and storage v1, `Bucket.logging`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Field, HopKind, Listing, LogSource, Route, Scope, Unread
from logcov.providers.gcp.client import About, GcpPlace
from logcov.providers.gcp.fields import entry, labels, mapping, needed_text, picked, text, texts
from logcov.providers.gcp.operations import Method, operations
from logcov.providers.gcp.partial import listed_whole
from logcov.providers.gcp.scopes import not_in_use
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Family, ObserverRow, Operation

SOURCE = "gcp.storage.usage"
KIND = "gcp.storage_usage_logging"
WRITER = "group:cloud-storage-analytics@google.com"
PAGE_SIZE = 1000
"""The most that one answer holds."""

BUCKETS_LIST = Method(
    operation=Operation(
        call="storage.buckets.list",
        permission="storage.buckets.list",
        wire="GET storage/v1/b",
        why="storage buckets, and where their usage logs go",
    ),
    api="storage",
    version="v1",
    collection=("buckets",),
    name="list",
    items="items",
)

_KNOWN = frozenset({"logBucket", "logObjectPrefix"})


def observe_buckets(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """The buckets of a project, and where the usage log of each goes.

    Where the Cloud Storage API is switched off there may be buckets all the same: they outlive it, and others can use
    them. So that is something that could not be read.

    Raises:
        ReadFailure: not all buckets could be listed.
    """
    if not scope.audited:
        return
    if why := not_in_use(scope):
        yield Emitter(source=SOURCE, scope=scope.id, not_applicable=why, readings=scope.readings)
        yield from _listings(scope, scope.readings)
        return
    listed = listed_whole(
        place,
        BUCKETS_LIST,
        lambda body: texts(body, "unreachable"),
        project=place.container.removeprefix("projects/"),
        maxResults=PAGE_SIZE,
        returnPartialSuccess=True,
    )
    failure = listed.failure
    for item in listed.items:
        try:
            body = entry(item, "items")
            name = needed_text(body, "name")
        except MalformedAnswerError as error:
            failure = failure or ReadFailure(
                call=BUCKETS_LIST.operation.call, kind="unparseable", detail=str(error)
            )
            continue
        yield from _bucket(place, scope, name, body, listed.readings)
    if failure is not None:
        raise failure
    yield from _listings(scope, listed.readings)


def _listings(scope: Scope, readings: tuple[str, ...]) -> Iterator[Listing]:
    for kind in (SOURCE, KIND):
        yield Listing(kind=kind, at=scope.id, readings=readings)


def _bucket(
    place: GcpPlace, scope: Scope, name: str, body: Mapping[str, Any], readings: tuple[str, ...]
) -> Iterator[Fact]:
    about = place.session.about(BUCKETS_LIST, scope.id, name)
    setting = f"gcp:storage/{name}"
    yield Emitter(
        source=SOURCE,
        scope=scope.id,
        resource=name,
        fields={"cs_bucket": name},
        labels=labels(body, "labels", about),
        store=setting,
        # Data Access records of Cloud Audit Logs tell of requests to objects just as well.
        known_as={"protoPayload.resourceName": f"projects/_/buckets/{name}/objects/*"},
        readings=readings,
    )
    target = _target(name, body, about)
    if target is None:
        return
    to, prefix = (target, "") if isinstance(target, Unread) else target
    yield Route(
        id=f"{setting}#usage-log",
        kind=KIND,
        setting=setting,
        effect="carry",
        origin=scope.id,
        resource=name,
        sources=(SOURCE,),
        enabled=target if isinstance(target, Unread) else True,
        to=to,
        prefix=prefix,
        writer=WRITER,
        readings=readings,
        raw=picked(body, "logging"),
    )


def _target(name: str, body: Mapping[str, Any], about: About) -> tuple[str, str] | Unread | None:
    """The destination and how the names of the objects in it begin; None where nothing is logged."""
    try:
        logging = mapping(body, "logging")
        if not logging:
            return None
        bucket, prefix = needed_text(logging, "logBucket"), text(logging, "logObjectPrefix")
    except MalformedAnswerError as error:
        return about.odd("logging", str(error))
    strangers = sorted(set(logging) - _KNOWN)
    if strangers:
        return about.unseen("logging", f"this version does not know {', '.join(strangers)} of usage logging")
    return f"gcp:storage/{bucket}", f"{prefix or name}_usage_"


STORAGE_USAGE_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Requests to a Cloud Storage bucket, as its usage log tells them",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(
                Field(name="cs_bucket", aliases=("bucket",), optional=False),
                Field(name="cs_method"),
                Field(name="cs_operation", aliases=("operation",)),
                Field(name="cs_object", aliases=("object",)),
                Field(name="c_ip", aliases=("source_ip",)),
                Field(name="sc_status", aliases=("status",), kind="number"),
            ),
            needs=(KIND,),
            emitters=SOURCE,
            limits=(
                "Google does not guarantee that usage logs arrive in time, or complete.",
                "Data Access audit logs, which can tell the same, are the log source gcp.audit.data_access.",
            ),
            documentation="https://cloud.google.com/storage/docs/access-logs",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=KIND,
            title="Usage logging of a Cloud Storage bucket",
            effects=("carry",),
            origins=("gcp.project",),
            leads_to=("gcp:storage/*",),
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.storage_usage",
            provider="gcp",
            scope_kinds=("gcp.project",),
            observe=observe_buckets,
            listings=(SOURCE, KIND),
            sources=(SOURCE,),
            operations=operations(BUCKETS_LIST),
        ),
    ),
)
