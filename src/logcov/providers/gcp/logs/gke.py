"""Google Kubernetes Engine: what each cluster logs of its control plane, its own parts, and its workloads.

One call a project, for all zones and regions at once; the API has no pages. A cluster names the components that it logs.
Sources: https://cloud.google.com/kubernetes-engine/docs/concepts/about-logs and
https://cloud.google.com/kubernetes-engine/docs/how-to/view-logs (which entries there are); container v1, fields
`Cluster.loggingService` and `LoggingComponentConfig.enableComponents` ("An empty set would disable all logging").

Kubernetes audit records are Cloud Audit Logs of the service k8s.io: https://cloud.google.com/kubernetes-engine/docs/how-to/audit-logging.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Listing, Route, Scope, Shape, Unread
from logcov.providers.gcp.client import About, GcpPlace
from logcov.providers.gcp.fields import entry, labels, mapping, needed_text, picked, text, texts
from logcov.providers.gcp.log_entries import log_name
from logcov.providers.gcp.operations import Method
from logcov.providers.gcp.partial import listed_whole
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

CONTROL_PLANE, SYSTEM, WORKLOAD = "gcp.gke.control_plane", "gcp.gke.system", "gcp.gke.workload"
SOURCES = (CONTROL_PLANE, SYSTEM, WORKLOAD)
KIND = "gcp.gke_logging"

CLUSTERS_LIST = Method(
    operation=Operation(
        call="container.clusters.list",
        permission="container.clusters.list",
        wire="GET v1/{parent}/locations/{location}/clusters",
        why="which components Kubernetes clusters log",
    ),
    api="container",
    version="v1",
    collection=("projects", "locations", "clusters"),
    name="list",
    items="clusters",
)

LOG_IDS: Mapping[str, str] = {
    "APISERVER": "container.googleapis.com/apiserver",
    "SCHEDULER": "container.googleapis.com/scheduler",
    "CONTROLLER_MANAGER": "container.googleapis.com/controller-manager",
    "KCP_SSHD": "",
    "KCP_CONNECTION": "",
    "KCP_HPA": "",
    "KCP_VPA": "",
}
"""Component of the control plane → the id of its log; empty where the log's name and resource type are not known."""

COMPONENTS = tuple(LOG_IDS)
_OTHERS = ("SYSTEM_COMPONENTS", "WORKLOADS")
_KNOWN = frozenset({*COMPONENTS, *_OTHERS})

_SERVICE = "logging.googleapis.com/kubernetes"
_NO_SERVICE = "none"


def observe_clusters(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """The clusters of a project in whatever state they are: an emitter and a switch for each component.

    Raises:
        ReadFailure: not all clusters could be read.
    """
    listed = listed_whole(
        place,
        CLUSTERS_LIST,
        lambda body: texts(body, "missingZones"),
        parent=f"{place.container}/locations/-",
    )
    failure = listed.failure
    for item in listed.items:
        try:
            body = entry(item, "clusters")
            where = f"locations/{needed_text(body, 'location')}/clusters/{needed_text(body, 'name')}"
        except MalformedAnswerError as error:
            failure = failure or ReadFailure(
                call=CLUSTERS_LIST.operation.call, kind="unparseable", detail=str(error)
            )
            continue
        yield from _cluster(place, scope, where, body, listed.readings)
    if failure is not None:
        raise failure
    for kind in (*SOURCES, KIND):
        yield Listing(kind=kind, at=scope.id, readings=listed.readings)


def _cluster(
    place: GcpPlace, scope: Scope, resource: str, body: Mapping[str, Any], readings: tuple[str, ...]
) -> Iterator[Fact]:
    about = place.session.about(CLUSTERS_LIST, scope.id, resource)
    tagged = labels(body, "resourceLabels", about)
    setting = f"gcp:container/{place.container}/{resource}"
    switches = _switches(body, about)
    # Labels of the monitored resource, by which filters name a cluster.
    named = {"resource.labels.location": body["location"], "resource.labels.cluster_name": body["name"]}
    for part in _parts(place.container, named):
        yield Emitter(
            source=part.source,
            scope=scope.id,
            resource=resource,
            dimensions=part.dimensions,
            fields=part.fields,
            shape=part.shape,
            labels=tagged,
            readings=readings,
        )
        yield Route(
            id=f"{setting}#{part.component}",
            kind=KIND,
            setting=setting,
            effect="generate",
            origin=scope.id,
            resource=resource,
            dimensions=part.dimensions,
            sources=(part.source,),
            enabled=switches.of(part.component),
            readings=readings,
            raw=picked(body, "loggingService", "loggingConfig", "autopilot"),
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """A component, whose log source it is, and what is true of each of its entries."""

    component: str
    source: str
    dimensions: Mapping[str, str]
    fields: Mapping[str, str]
    shape: tuple[Shape, ...]


def _parts(container: str, named: Mapping[str, str]) -> Iterator[_Part]:
    logs = f"{container}/logs/"
    # Whatever names these logs have: that of an audit log is none of them.
    unknown = (_starts(logs), Shape(field="logName", op="lacks", value="audit.googleapis.com%2F"))
    for component, log_id in LOG_IDS.items():
        fields: Mapping[str, str] = {}
        if log_id:
            name = log_name(container, log_id)
            fields = {"logName": name, "resource.type": "k8s_control_plane_component", **named}
        yield _Part(component, CONTROL_PLANE, {"component": component}, fields, () if log_id else unknown)
    # Entries of system components have several resource types, those of the nodes' serial ports among them.
    yield _Part("SYSTEM_COMPONENTS", SYSTEM, {}, {}, unknown)
    # Their logs are `stdout` and `stderr`.
    plain = (_starts(f"{logs}std"), Shape(field="logName", op="lacks", value="%2F"))
    yield _Part("WORKLOADS", WORKLOAD, {}, named, plain)


def _starts(text: str) -> Shape:
    return Shape(field="logName", op="prefix", value=text)


@dataclass(frozen=True, slots=True)
class _Switches:
    """The components that are logged, and what is said of each that is not among them."""

    on: frozenset[str]
    otherwise: bool | Unread = False
    always: Unread | None = None
    """Why it is in doubt that parts which are always logged are not among them."""

    def of(self, component: str) -> bool | Unread:
        if component in self.on:
            return True
        if self.always is not None and component in _OTHERS:
            return self.always
        return self.otherwise


def _switches(body: Mapping[str, Any], about: About) -> _Switches:
    """What the cluster logs; all in doubt where its two settings do not agree, or are not of the documented form."""
    nothing: frozenset[str] = frozenset()
    try:
        service = text(body, "loggingService")
        always = mapping(body, "autopilot").get("enabled", False) is not False
        config = mapping(body, "loggingConfig")
        named = texts(mapping(config, "componentConfig"), "enableComponents")
    except MalformedAnswerError as error:
        return _Switches(nothing, about.odd("loggingConfig", str(error)))
    if service not in {"", _SERVICE, _NO_SERVICE}:
        # Entries of the legacy service have other names and resource types.
        return _Switches(nothing, about.unseen("loggingService", f"the logging service is {service!r}"))
    if service == _NO_SERVICE and named:
        return _Switches(
            nothing, about.odd("loggingService", "the logging service is none, yet components are logged")
        )
    if service != _NO_SERVICE and "componentConfig" not in config:
        return _Switches(nothing, about.odd("loggingConfig", "it is not told which components are logged"))
    doubt = None
    if always and not set(_OTHERS) <= set(named):
        # Autopilot clusters always log these two: https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-overview.
        doubt = about.odd("autopilot", "an Autopilot cluster does not name what such clusters always log")
    strangers = sorted(set(named) - _KNOWN)
    if strangers:
        unknown = about.unseen(
            "enableComponents", f"this version does not know the components {', '.join(strangers)}"
        )
        return _Switches(frozenset(named), unknown, doubt)
    return _Switches(frozenset(named), otherwise=False, always=doubt)
