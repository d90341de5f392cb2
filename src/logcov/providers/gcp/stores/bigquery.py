"""BigQuery datasets: how long the tables that sinks write are kept.

Source: Dataset and TableList in bigquery.v2, BigQueryOptions in logging.v2. A sink writes one table a day, to
which the dataset's table expiration applies, or, with `usePartitionedTables`, one table for each log, to which the
partition expiration applies if there is one, else the table expiration. Tables keep what they were made with.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Keep, Route, Unread
from logcov.providers.gcp.client import PAGE_SIZE, About, Answer, GcpSession
from logcov.providers.gcp.fields import entry, mapping, number, picked, texts
from logcov.providers.gcp.keys import sealed
from logcov.providers.gcp.operations import DATASETS_GET, TABLES_LIST
from logcov.providers.gcp.roles import TABLES
from logcov.providers.gcp.routing.destinations import parts_of
from logcov.providers.gcp.stores.admissions import Policy, admit, bindings_of_access
from logcov.providers.gcp.stores.deleters import OF_TABLES, deleters
from logcov.providers.gcp.unread import unread_destination
from logcov.providers.google import MalformedAnswerError

KIND = "gcp.bigquery"
DAY = 86_400_000
"""Milliseconds."""

_OTHER_TABLES = "tables with an expiration of their own: "


def read_dataset(session: GcpSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """The dataset, and whether each sink's writer may write to it."""
    about = session.about(DATASETS_GET, destination)
    parts = parts_of("bigquery", destination)
    if parts is None:
        unread = about.odd("name", "this is no dataset's name")
        yield unread_destination(destination, KIND, unread, private=unread)
        return
    owner = session.owner(parts.container)
    project = parts.container.removeprefix("projects/")
    try:
        answer = session.get(
            DATASETS_GET, destination, projectId=project, datasetId=parts.leaf, accessPolicyVersion=3
        )
    except ReadFailure as failure:
        if failure.code == "404":
            yield Destination(id=destination, kind=KIND, exists=False, owner=owner)
            return
        unread = about.failed(failure)
        yield unread_destination(destination, KIND, unread, owner=owner, private=unread)
        own = Policy("the dataset's access list", failure, about)
    else:
        own = _access(answer, about)
        found = _dataset(session, destination, (project, parts.leaf), routes, answer, own, owner, about)
        yield replace(found, deleters=deleters(session, destination, [own], parts.container, OF_TABLES))
    yield from admit(session, destination, routes, TABLES, own=[own], container=parts.container)


def _access(answer: Answer, about: About) -> Policy:
    label = "the dataset's access list"
    try:
        return Policy(label, bindings_of_access(answer.body), about, (answer.reading,))
    except MalformedAnswerError as error:
        failure = ReadFailure(call=about.method.operation.call, kind="unparseable", detail=str(error))
        return Policy(label, failure, about)


def _dataset(
    session: GcpSession,
    destination: str,
    name: tuple[str, str],
    routes: Sequence[Route],
    answer: Answer,
    own: Policy,
    owner: str | Unread | None,
    about: About,
) -> Destination:
    body = answer.body
    readings = [answer.reading]
    kept, seen = _kept(session, destination, name, routes, body, about)
    readings += seen
    kind = body.get("type", "DEFAULT")
    usable: bool | Unread = True
    if kind != "DEFAULT":
        usable = about.unseen("type", f"whether a dataset of type {kind!r} takes records is not known")
    seal = sealed(session, destination, body, ("defaultEncryptionConfiguration", "kmsKeyName"), usable, about)
    return Destination(
        id=destination,
        kind=KIND,
        owner=owner,
        usable=seal.usable,
        unusable_because=seal.because,
        retained=kept,
        online=kept,
        searchable=kept,
        lock=False,
        encrypted=seal.encrypted,
        private=_private(own),
        readings=(*readings, *seal.readings),
        raw=picked(
            body,
            "datasetReference",
            "defaultTableExpirationMs",
            "defaultPartitionExpirationMs",
            "defaultEncryptionConfiguration",
            "type",
        ),
    )


def _private(own: Policy) -> bool | Unread:
    if isinstance(own.bindings, ReadFailure):
        return own.about.failed(own.bindings)
    public = {"allUsers", "allAuthenticatedUsers"}
    return not any(public.intersection(texts(each, "members")) for each in own.bindings)


def _partitioned(route: Route) -> bool | None:
    """Whether the sink writes partitioned tables; None if that is not told in the documented form."""
    options = route.raw.get("bigqueryOptions", {})
    chosen = options.get("usePartitionedTables", False) if isinstance(options, dict) else None
    return chosen if isinstance(chosen, bool) else None


def _kept(
    session: GcpSession,
    destination: str,
    name: tuple[str, str],
    routes: Sequence[Route],
    body: Mapping[str, Any],
    about: About,
) -> tuple[tuple[Keep, ...] | Unread, tuple[str, ...]]:
    """How long tables last: between the shortest and the longest time that one of them may have."""
    try:
        tables = _days(number(body, "defaultTableExpirationMs"))
        partitions = _days(number(body, "defaultPartitionExpirationMs"))
    except MalformedAnswerError as error:
        return about.odd("expiration", str(error)), ()
    chosen = {_partitioned(route) for route in routes}
    spans: set[int | None] = set()
    readings: tuple[str, ...] = ()
    if chosen != {True}:
        spans.add(tables)
        if partitions is not None:
            # Daily tables have no partitions; should the sink have been switched over, these are the older ones.
            spans.add(partitions)
    if chosen != {False}:
        spans.add(partitions if partitions is not None else tables)
        listed = session.list_all(
            TABLES_LIST, destination, projectId=name[0], datasetId=name[1], maxResults=PAGE_SIZE
        )
        of_tables = session.about(TABLES_LIST, destination)
        if listed.failure is not None:
            return of_tables.failed(listed.failure), listed.readings
        readings = listed.readings
        try:
            for table in listed.items:
                spans |= _own_span(table)
        except MalformedAnswerError as error:
            return of_tables.odd("tables", str(error)), readings
    return _between(spans), readings


def _days(milliseconds: int | None) -> int | None:
    """Whole days; None (kept for ever) where there is no expiration. Zero is how an expiration is taken away."""
    return milliseconds // DAY if milliseconds else None


def _own_span(table: Any) -> set[int | None]:
    """How long an existing partitioned table keeps records; nothing for others: sinks don't write on to them.

    Raises:
        MalformedAnswerError: it is not of the documented form.
    """
    body = entry(table, "tables")
    partitioning = mapping(body, "timePartitioning")
    if not partitioning:
        return set()
    spans = {_days(number(partitioning, "expirationMs"))}
    ends, made = number(body, "expirationTime"), number(body, "creationTime")
    if ends:
        if made is None:
            raise MalformedAnswerError("creationTime is missing")
        spans = {_days(max(ends - made, 1)) or 0}
    return spans


def _between(spans: set[int | None]) -> tuple[Keep, ...]:
    """The longest span for all records, and the shortest for those in tables that may have it."""
    finite = [span for span in spans if span is not None]
    longest = None if None in spans else max(finite)
    if not finite or min(finite) == longest:
        return (Keep(days=longest),)
    return (Keep(days=longest), Keep(prefix=_OTHER_TABLES, days=min(finite)))
