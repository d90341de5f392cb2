"""Cloud Load Balancing: what backend services and backend buckets log, also what Cloud Armor says of a request.

* Every backend service has a switch of its own and a share of requests that is logged. They are listed from the
  services, not from URL maps: a URL map leads to many.
* Requests to backend buckets of external Application Load Balancers are logged always.
* What a security policy decides is written into the load balancer's own entry: without that, it is written nowhere.
* Where a load balancer of one project uses a service of another, entries are written in the load balancer's project.
  `usedBy` tells who uses a service. What is logged elsewhere is in doubt here.

Two calls a project and page, for services and for buckets, are the least that the API allows.
Sources: the pages of `load_balancer_logs`; https://cloud.google.com/cdn/docs/cdn-logging-monitoring ("for external
Application Load Balancers with backend buckets, logging is automatically enabled and cannot be disabled");
https://cloud.google.com/armor/docs/request-logging (part of load balancer logs and their sampling; written in the
project of the frontend); compute v1, `BackendService.logConfig` (`enable` is false, `sampleRate` is 1.0 by default).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Filter, Listing, Route, Scope, Shape, Unread
from logcov.providers.gcp.aggregated import aggregated
from logcov.providers.gcp.client import About, GcpPlace
from logcov.providers.gcp.fields import entry, flag, mapping, mappings, needed_text, picked, text
from logcov.providers.gcp.filters import filter_of
from logcov.providers.gcp.links import is_own, project_of
from logcov.providers.gcp.log_entries import log_name, some_log
from logcov.providers.gcp.logs.load_balancer_logs import (
    ARMOR,
    FLOW,
    GLOBAL_HTTP,
    MESH,
    PASSTHROUGH,
    REQUEST,
    Log,
    log_of,
)
from logcov.providers.gcp.operations import Method
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

KIND = "gcp.lb_logging"
SOURCES = (REQUEST, FLOW, ARMOR)
LISTINGS = (*SOURCES, KIND)
NO_POLICY = "no security policy is attached to it"
NO_REQUESTS = "packets pass through: a security policy judges no requests there"


def _aggregated_list(collection: str, why: str) -> Method:
    return Method(
        operation=Operation(
            call=f"compute.{collection}.aggregatedList",
            permission=f"compute.{collection}.list",
            wire=f"GET compute/v1/projects/{{project}}/aggregated/{collection}",
            why=why,
        ),
        api="compute",
        version="v1",
        collection=(collection,),
        name="aggregatedList",
        items=collection,
    )


SERVICES_LIST = _aggregated_list("backendServices", "which requests load balancers log")
BUCKETS_LIST = _aggregated_list(
    "backendBuckets", "the buckets behind load balancers, whose requests are logged"
)


_SHARED = frozenset({"EXTERNAL_MANAGED", "INTERNAL_MANAGED"})
"""Schemes whose services load balancers of other projects may use:
https://cloud.google.com/load-balancing/docs/https#cross-project."""

_UNNAMED = "no load balancer is named; one of another project may use it, and entries are written there"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Backend:
    """A backend service or bucket.

    Attributes:
        resource: `global/backendServices/shop`, `regions/europe-west1/backendServices/shop`.
        log: where its entries are written; None where that is not known.
        mesh: it belongs to a service mesh.
        judged: a security policy is attached to it.
        references: who uses it.
    """

    resource: str
    body: Mapping[str, Any]
    log: Log | None
    mesh: bool = False
    judged: bool
    references: tuple[str, ...]
    about: About
    readings: tuple[str, ...]


def observe_load_balancers(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """Emitters for each backend service and backend bucket of a project, and their switch.

    Raises:
        ReadFailure: not all of them could be read.
    """
    services = aggregated(place, SERVICES_LIST)
    if services.failure is not None and services.failure.kind == "api-disabled":
        raise services.failure
    buckets = aggregated(place, BUCKETS_LIST)
    failure = services.failure or buckets.failure
    for method, listed in ((SERVICES_LIST, services), (BUCKETS_LIST, buckets)):
        for item in listed.items:
            try:
                backend = _backend(place, method, entry(item, method.items), listed.readings)
            except MalformedAnswerError as error:
                call = method.operation.call
                failure = failure or ReadFailure(call=call, kind="unparseable", detail=str(error))
                continue
            yield from _emitters(place, backend)
            yield from _switch(place, backend)
    if failure is not None:
        raise failure
    for kind in LISTINGS:
        yield Listing(kind=kind, at=scope.id, readings=(*services.readings, *buckets.readings))


def _backend(place: GcpPlace, method: Method, body: Mapping[str, Any], readings: tuple[str, ...]) -> _Backend:
    """What was told of a backend.

    Raises:
        MalformedAnswerError: a field is not what the API's documentation says.
    """
    region = text(body, "region").rstrip("/").rpartition("/")[2]
    where = f"regions/{region}" if region else "global"
    resource = f"{where}/{method.items}/{needed_text(body, 'name')}"
    scheme = text(body, "loadBalancingScheme")
    if method is BUCKETS_LIST:
        # A bucket without a scheme serves external load balancers: see `BackendBucket.loadBalancingScheme`.
        log = GLOBAL_HTTP if scheme in {"", "EXTERNAL_MANAGED"} and not region else None
    else:
        log = log_of(scheme, text(body, "protocol"), regional=bool(region))
    return _Backend(
        resource=resource,
        body=body,
        log=log,
        mesh=scheme == "INTERNAL_SELF_MANAGED",
        judged=bool(text(body, "securityPolicy") or text(body, "edgeSecurityPolicy")),
        references=tuple(needed_text(each, "reference") for each in mappings(body, "usedBy")),
        about=place.session.about(method, place.scope.id, resource),
        readings=readings,
    )


def _is_bucket(backend: _Backend) -> bool:
    return backend.about.method is BUCKETS_LIST


def _why_not(backend: _Backend) -> Mapping[str, str]:
    """Source → why no such record exists of this backend; empty if some can."""
    passing = backend.log is not None and backend.log.source == FLOW
    if backend.mesh:
        found = {REQUEST: MESH}
    elif passing:
        found = {REQUEST: PASSTHROUGH, FLOW: ""}
    elif backend.log is None and not _is_bucket(backend):
        found = {REQUEST: "", FLOW: ""}
    else:
        found = {REQUEST: ""}
    found[ARMOR] = NO_POLICY if not backend.judged else NO_REQUESTS if passing else ""
    return found


def _emitters(place: GcpPlace, backend: _Backend) -> Iterator[Fact]:
    fields: dict[str, str] = {}
    shape: tuple[Shape, ...] = ()
    if backend.log is not None and backend.log.id:
        fields["logName"] = log_name(place.container, backend.log.id)
    else:
        shape = some_log(place.container)
    if backend.log is not None and backend.log.resource_type:
        fields["resource.type"] = backend.log.resource_type
    for source, why in _why_not(backend).items():
        yield Emitter(
            source=source,
            scope=place.scope.id,
            resource=backend.resource,
            fields=fields,
            shape=shape,
            not_applicable=why,
            in_use=_in_use(backend),
            readings=backend.readings,
        )


def _in_use(backend: _Backend) -> bool | Unread:
    """Whether a load balancer uses it. Where one of another project may, nobody named is not nobody."""
    if backend.references or backend.body.get("loadBalancingScheme") not in _SHARED:
        return bool(backend.references)
    return backend.about.unseen("usedBy", _UNNAMED)


def _switch(place: GcpPlace, backend: _Backend) -> Iterator[Fact]:
    if all(_why_not(backend).values()):
        return
    what: Filter | Unread | None = None
    enabled: bool | Unread = True
    if not _is_bucket(backend):
        enabled, what = _configured(backend)
    if isinstance(what, Filter):
        yield what
    setting = f"gcp:compute/{place.container}/{backend.resource}"
    yield Route(
        id=setting,
        kind=KIND,
        setting=setting,
        effect="generate",
        origin=place.scope.id,
        resource=backend.resource,
        sources=SOURCES,
        enabled=_here(place, backend, enabled=enabled),
        filter=what.id if isinstance(what, Filter) else what,
        readings=backend.readings,
        raw=picked(
            backend.body,
            "name",
            "loadBalancingScheme",
            "protocol",
            "logConfig",
            "securityPolicy",
            "edgeSecurityPolicy",
            "usedBy",
        ),
    )


def _configured(backend: _Backend) -> tuple[bool | Unread, Filter | Unread | None]:
    """Whether requests are logged, and which share of them."""
    about = backend.about
    try:
        config = mapping(backend.body, "logConfig")
    except MalformedAnswerError as error:
        unread = about.odd("logConfig", str(error))
        return unread, unread
    enabled = flag(config, "enable", about)
    share = config.get("sampleRate", 1)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        return enabled, about.odd("logConfig.sampleRate", f"the share is {share!r}")
    if share == 0:
        # "Equivalent to disabling logging", as the documentation has it.
        return False, None
    return enabled, None if share == 1 else filter_of("sample", f"{Decimal(str(share)):f}")


def _here(place: GcpPlace, backend: _Backend, *, enabled: bool | Unread) -> bool | Unread:
    """Whether entries are written in the project of the backend, and in the log that its emitter names."""
    about = backend.about
    if backend.log is None:
        kind = f"{backend.body.get('loadBalancingScheme')} {backend.body.get('protocol')}"
        return about.unseen("loadBalancingScheme", f"what is logged of {kind} backends is not documented")
    if enabled is not True:
        return enabled
    if not backend.log.id:
        return about.unseen("logConfig", "in which log the entries are written is not documented")
    if not backend.references and backend.body.get("loadBalancingScheme") in _SHARED:
        return about.unseen("usedBy", _UNNAMED)
    for reference in backend.references:
        project = project_of(reference)
        if project is None:
            return about.odd("usedBy", f"{reference!r} names no project")
        if is_own(place, project) is not True:
            why = f"{project} has a load balancer that uses it, and entries are written there"
            return about.unseen("usedBy", why)
    return True
