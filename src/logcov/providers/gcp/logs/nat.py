"""Cloud NAT: which connections of a gateway are logged.

Every gateway has its own switch and filter, in the router that holds it. Its entries are written in the project of the
router, and routed like all others. One call a project and page is the least that the API allows.
Source: https://cloud.google.com/nat/docs/monitoring (log format, filters) and compute v1, `Router.nats[].logConfig`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import (
    Emitter,
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
from logcov.providers.gcp.aggregated import aggregated
from logcov.providers.gcp.client import About, GcpPlace
from logcov.providers.gcp.fields import entry, flag, mapping, mappings, needed_text, picked, text
from logcov.providers.gcp.filters import canonical, filter_of
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, entry_field, log_name
from logcov.providers.gcp.operations import Method, operations
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Family, ObserverRow, Operation

SOURCE = "gcp.nat.flow"
KIND = "gcp.nat_logging"
LOG_ID = "compute.googleapis.com/nat_flows"

ROUTERS_LIST = Method(
    operation=Operation(
        call="compute.routers.aggregatedList",
        permission="compute.routers.list",
        wire="GET compute/v1/projects/{project}/aggregated/routers",
        why="which connections NAT gateways log",
    ),
    api="compute",
    version="v1",
    collection=("routers",),
    name="aggregatedList",
    items="routers",
)

STATUSES = {"ALL": None, "ERRORS_ONLY": "DROPPED", "TRANSLATIONS_ONLY": "OK"}
"""Filter of the gateway → the `allocation_status` of the connections that it logs; None: any."""


def observe_gateways(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """One emitter for each NAT gateway of a project, and its switch.

    Raises:
        ReadFailure: not all routers could be read.
    """
    listed = aggregated(place, ROUTERS_LIST)
    failure = listed.failure
    for item in listed.items:
        try:
            router = entry(item, "routers")
            where = f"regions/{_last(needed_text(router, 'region'))}/routers/{needed_text(router, 'name')}"
            gateways = [(needed_text(nat, "name"), nat) for nat in mappings(router, "nats")]
        except MalformedAnswerError as error:
            failure = failure or ReadFailure(
                call=ROUTERS_LIST.operation.call, kind="unparseable", detail=str(error)
            )
            continue
        for name, gateway in gateways:
            yield from _gateway(place, scope, f"{where}/nats/{name}", gateway, listed.readings)
    if failure is not None:
        raise failure
    for kind in (SOURCE, KIND):
        yield Listing(kind=kind, at=scope.id, readings=listed.readings)


def _last(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def _gateway(
    place: GcpPlace, scope: Scope, resource: str, gateway: Mapping[str, Any], readings: tuple[str, ...]
) -> Iterator[Fact]:
    yield Emitter(
        source=SOURCE,
        scope=scope.id,
        resource=resource,
        fields={"logName": log_name(place.container, LOG_ID)},
        readings=readings,
    )
    about = place.session.about(ROUTERS_LIST, scope.id, resource)
    enabled: bool | Unread
    what: Filter | Unread | None
    try:
        config = mapping(gateway, "logConfig")
        enabled = flag(config, "enable", about)
        what = _filter(config, about)
    except MalformedAnswerError as error:
        enabled = what = about.odd("logConfig", str(error))
    if isinstance(what, Filter):
        yield what
    setting = f"gcp:compute/{place.container}/{resource}"
    yield Route(
        id=setting,
        kind=KIND,
        setting=setting,
        effect="generate",
        origin=scope.id,
        resource=resource,
        sources=(SOURCE,),
        enabled=enabled,
        filter=what.id if isinstance(what, Filter) else what,
        readings=readings,
        raw=picked(gateway, "name", "logConfig"),
    )


def _filter(config: Mapping[str, Any], about: About) -> Filter | Unread | None:
    """Which connections are logged. A filter that is not set logs all: the API's documentation has no other default."""
    word = text(config, "filter") or "ALL"
    if word not in STATUSES:
        return about.odd("logConfig.filter", f"the filter is {word!r}")
    status = STATUSES[word]
    return (
        None if status is None else filter_of("fields", canonical({"jsonPayload.allocation_status": status}))
    )


_LISTINGS = (SOURCE, KIND)

NAT_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Connections through NAT gateways, and those that found no port",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(
                *ENTRY_FIELDS,
                Field(
                    name="jsonPayload.allocation_status",
                    aliases=("allocation_status",),
                    kind="finite",
                    values=("OK", "DROPPED"),
                    optional=False,
                    case="insensitive",
                ),
                entry_field("jsonPayload.connection.src_ip", "source_ip"),
                entry_field("jsonPayload.connection.dest_ip", "destination_ip"),
                entry_field("jsonPayload.endpoint.vm_name"),
                entry_field("jsonPayload.gateway_identifiers.gateway_name"),
            ),
            shape=(
                Shape(field="logName", op="suffix", value="/logs/compute.googleapis.com%2Fnat_flows"),
                Shape(field="resource.type", op="=", value="nat_gateway"),
            ),
            needs=(KIND, "gcp.sink"),
            emitters=SOURCE,
            limits=(
                "Gateways log TCP and UDP only, and at most 50 to 100 entries a second and virtual CPU.",
            ),
            documentation="https://cloud.google.com/nat/docs/monitoring",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=KIND,
            title="The logging switch of a NAT gateway",
            effects=("generate",),
            origins=("gcp.project",),
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.nat",
            provider="gcp",
            scope_kinds=("gcp.project",),
            observe=apis.where_on(
                observe_gateways,
                api="compute.googleapis.com",
                title="Compute Engine API",
                sources=(SOURCE,),
                listings=_LISTINGS,
            ),
            listings=_LISTINGS,
            sources=(SOURCE,),
            operations=(*operations(ROUTERS_LIST), *apis.OPERATIONS),
        ),
    ),
)
