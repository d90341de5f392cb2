"""Cloud IDS: threats that its endpoints find, and the traffic that they inspect.

An endpoint reports every threat of at least its severity, except those whose numbers it is told to leave out; that
cannot be switched off. Traffic is reported only where its flag says so. Entries are written in the project of the
endpoint. One call a project and page is the least that the API allows: the location `-` stands for all of them.
Sources: https://cloud.google.com/intrusion-detection-system/docs/logging (log ids, fields, severities),
https://cloud.google.com/sdk/gcloud/reference/ids/endpoints/create and ids v1, `Endpoint`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import (
    Emitter,
    Exclusion,
    Fact,
    Field,
    Filter,
    HopKind,
    Listing,
    LogSource,
    Route,
    Scope,
    Shape,
    Unread,
)
from logcov.providers.gcp import apis
from logcov.providers.gcp.client import PAGE_SIZE, About, GcpPlace
from logcov.providers.gcp.fields import entry, flag, labels, needed_text, picked, text, texts
from logcov.providers.gcp.filters import canonical, filter_of
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, entry_field, log_name
from logcov.providers.gcp.operations import Method, operations
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Family, ObserverRow, Operation

THREAT, THREAT_KIND, THREAT_LOG = "gcp.ids.threat", "gcp.ids_endpoint", "ids.googleapis.com/threat"
TRAFFIC, TRAFFIC_KIND, TRAFFIC_LOG = (
    "gcp.ids.traffic",
    "gcp.ids_traffic_logging",
    "ids.googleapis.com/traffic",
)

ENDPOINTS_LIST = Method(
    operation=Operation(
        call="ids.endpoints.list",
        permission="ids.endpoints.list",
        wire="GET v1/{parent}/locations/{location}/endpoints",
        why="which threats intrusion detection reports, and whether it reports traffic",
    ),
    api="ids",
    version="v1",
    collection=("projects", "locations", "endpoints"),
    name="list",
    items="endpoints",
)

SEVERITIES = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
"""Of threats, in their order: an endpoint reports those of its own severity and above."""

AT_WORK = frozenset({"READY", "UPDATING"})
NOT_AT_WORK = {"CREATING": "the endpoint is being created", "DELETING": "the endpoint is being deleted"}


def observe_endpoints(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """Two emitters for each endpoint of a project: the threats that it finds, and the traffic that it inspects.

    Raises:
        ReadFailure: not all endpoints could be read.
    """
    call = ENDPOINTS_LIST.operation.call
    missing: list[str] = []

    def items_of(body: Mapping[str, Any]) -> list[Any]:
        items, unreachable = body.get(ENDPOINTS_LIST.items, []), body.get("unreachable", [])
        if not isinstance(items, list) or not isinstance(unreachable, list):
            detail = "endpoints or unreachable is no list"
            raise ReadFailure(call=call, kind="unparseable", detail=detail)
        missing.extend(str(name) for name in unreachable)
        return items

    parent = f"{place.container}/locations/-"
    listed = place.session.list_all(
        ENDPOINTS_LIST, scope.id, items_of=items_of, parent=parent, pageSize=PAGE_SIZE
    )
    failure = listed.failure
    for item in listed.items:
        try:
            endpoint = entry(item, "endpoints")
            resource = _resource(needed_text(endpoint, "name"))
        except MalformedAnswerError as error:
            failure = failure or ReadFailure(call=call, kind="unparseable", detail=str(error))
            continue
        yield from _endpoint(place, scope, resource, endpoint, listed.readings)
    if missing and failure is None:
        detail = f"no answer from {', '.join(sorted(set(missing)))}"
        failure = ReadFailure(call=call, kind="server-error", detail=detail)
    if failure is not None:
        raise failure
    for kind in _LISTINGS:
        yield Listing(kind=kind, at=scope.id, readings=listed.readings)


def _resource(name: str) -> str:
    """The endpoint within its project: `locations/europe-west1-b/endpoints/edge`.

    Raises:
        MalformedAnswerError: the name has another form.
    """
    found = re.fullmatch(r"projects/[^/]+/(locations/[^/]+/endpoints/[^/]+)", name)
    if found is None:
        raise MalformedAnswerError("name is no name of an endpoint")
    return found.group(1)


def _endpoint(
    place: GcpPlace, scope: Scope, resource: str, endpoint: Mapping[str, Any], readings: tuple[str, ...]
) -> Iterator[Fact]:
    about = place.session.about(ENDPOINTS_LIST, scope.id, resource)
    # Not always a text: what is no text must not pass for a known state.
    state = str(endpoint.get("state"))
    idle = NOT_AT_WORK.get(state, "")
    tags = labels(endpoint, "labels", about)
    for source, log in ((THREAT, THREAT_LOG), (TRAFFIC, TRAFFIC_LOG)):
        yield Emitter(
            source=source,
            scope=scope.id,
            resource=resource,
            fields={"logName": log_name(place.container, log)},
            not_applicable=idle,
            labels=tags,
            readings=readings,
        )
    if idle:
        return
    working = True if state in AT_WORK else about.odd("state", f"the state is {state!r}")
    what = _threats(endpoint, about)
    if isinstance(what, Filter):
        yield what
    setting = f"gcp:ids/{place.container}/{resource}"
    yield Route(
        id=f"{setting}#threats",
        kind=THREAT_KIND,
        setting=setting,
        effect="generate",
        origin=scope.id,
        resource=resource,
        sources=(THREAT,),
        enabled=working,
        filter=what.id if isinstance(what, Filter) else what,
        readings=readings,
        raw=picked(endpoint, "name", "state", "severity", "threatExceptions"),
    )
    switch = flag(endpoint, "trafficLogs", about)
    yield Route(
        id=f"{setting}#traffic",
        kind=TRAFFIC_KIND,
        setting=setting,
        effect="generate",
        origin=scope.id,
        resource=resource,
        sources=(TRAFFIC,),
        enabled=working if switch is True else switch,
        readings=readings,
        raw=picked(endpoint, "name", "state", "trafficLogs"),
    )


def _threats(endpoint: Mapping[str, Any], about: About) -> Filter | Unread | None:
    """Which threats are reported; None: all."""
    try:
        severity, left_out = text(endpoint, "severity"), texts(endpoint, "threatExceptions")
    except MalformedAnswerError as error:
        return about.odd("severity, threatExceptions", str(error))
    if not all(left.isdigit() for left in left_out):
        return about.odd("threatExceptions", "the number of a threat is no number")
    if severity not in SEVERITIES:
        return about.odd("severity", f"the severity is {severity!r}")
    reported = SEVERITIES[SEVERITIES.index(severity) :]
    if reported == SEVERITIES and not left_out:
        return None
    asked = {} if reported == SEVERITIES else {"jsonPayload.alert_severity": list(reported)}
    excluded = canonical({"jsonPayload.threat_id": sorted(left_out)})
    exclusions = (Exclusion(name="threatExceptions", text=excluded),) if left_out else ()
    return filter_of("fields", canonical(asked), exclusions)


_LISTINGS = (THREAT, TRAFFIC, THREAT_KIND, TRAFFIC_KIND)
_DOCUMENTATION = "https://cloud.google.com/intrusion-detection-system/docs/logging"
_MIRRORED = (
    "An endpoint sees only what packet mirroring policies send to it; those policies are not read.",
    "Networks without an endpoint are not looked for.",
)
_ADDRESSES = (
    entry_field("jsonPayload.source_ip_address", "source_ip"),
    entry_field("jsonPayload.destination_ip_address", "destination_ip"),
    entry_field("jsonPayload.application"),
)


def _log(log_id: str) -> tuple[Shape, ...]:
    return (
        Shape(field="logName", op="suffix", value=f"/logs/{log_id.replace('/', '%2F')}"),
        Shape(field="resource.type", op="=", value="ids.googleapis.com/Endpoint"),
    )


IDS_FAMILY = Family(
    sources=(
        LogSource(
            id=THREAT,
            title="Threats that Cloud IDS finds in network traffic",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(
                *ENTRY_FIELDS,
                Field(
                    name="jsonPayload.alert_severity",
                    aliases=("alert_severity",),
                    kind="finite",
                    values=SEVERITIES,
                    optional=False,
                    case="insensitive",
                ),
                entry_field("jsonPayload.threat_id"),
                entry_field("jsonPayload.name"),
                entry_field("jsonPayload.category"),
                *_ADDRESSES,
            ),
            shape=_log(THREAT_LOG),
            needs=(THREAT_KIND, "gcp.sink"),
            emitters=THREAT,
            limits=_MIRRORED,
            documentation=_DOCUMENTATION,
        ),
        LogSource(
            id=TRAFFIC,
            title="Network traffic that Cloud IDS inspects",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(*ENTRY_FIELDS, *_ADDRESSES),
            shape=_log(TRAFFIC_LOG),
            needs=(TRAFFIC_KIND, "gcp.sink"),
            emitters=TRAFFIC,
            limits=_MIRRORED,
            documentation=_DOCUMENTATION,
        ),
    ),
    hop_kinds=(
        HopKind(
            id=THREAT_KIND,
            title="A Cloud IDS endpoint: the threats that it reports",
            effects=("generate",),
            origins=("gcp.project",),
        ),
        HopKind(
            id=TRAFFIC_KIND,
            title="The traffic logging switch of a Cloud IDS endpoint",
            effects=("generate",),
            origins=("gcp.project",),
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.ids",
            provider="gcp",
            scope_kinds=("gcp.project",),
            observe=apis.where_on(
                observe_endpoints,
                api="ids.googleapis.com",
                title="Cloud IDS API",
                sources=(THREAT, TRAFFIC),
                listings=_LISTINGS,
            ),
            listings=_LISTINGS,
            sources=(THREAT, TRAFFIC),
            operations=(*operations(ENDPOINTS_LIST), *apis.OPERATIONS),
        ),
    ),
)
