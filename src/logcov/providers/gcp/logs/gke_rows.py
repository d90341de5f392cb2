"""The rows of Google Kubernetes Engine: three log sources, and the switch of a cluster's components."""

from logcov.inventory import Dimension, Field, HopKind, LogSource, Shape
from logcov.providers.gcp import apis
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, entry_field
from logcov.providers.gcp.logs.gke import (
    CLUSTERS_LIST,
    COMPONENTS,
    CONTROL_PLANE,
    KIND,
    SOURCES,
    SYSTEM,
    WORKLOAD,
    observe_clusters,
)
from logcov.providers.gcp.operations import operations
from logcov.providers.rows import Family, ObserverRow

_LISTINGS = (*SOURCES, KIND)

_CLUSTER_FIELDS = (
    *ENTRY_FIELDS,
    entry_field("resource.labels.cluster_name", "cluster"),
    entry_field("resource.labels.location"),
)

_AUDIT = "Kubernetes audit records are Cloud Audit Logs: gcp.audit.activity and .data_access, service k8s.io."
_NODES = (
    "Whether the service account of the nodes may write log entries (roles/logging.logWriter) is not read.",
    "Agents that people install in clusters, and what they collect, are not seen.",
)


def _source(
    id_: str,
    title: str,
    *,
    fields: tuple[Field, ...] = (),
    dimensions: tuple[Dimension, ...] = (),
    shape: tuple[Shape, ...] = (),
    limits: tuple[str, ...] = (),
) -> LogSource:
    return LogSource(
        id=id_,
        title=title,
        provider="gcp",
        scope_kinds=("gcp.project",),
        fields=(*_CLUSTER_FIELDS, *fields),
        dimensions=dimensions,
        shape=shape,
        needs=(KIND, "gcp.sink"),
        emitters=id_,
        limits=(*limits, _AUDIT),
        documentation="https://cloud.google.com/kubernetes-engine/docs/concepts/about-logs",
    )


GKE_FAMILY = Family(
    sources=(
        _source(
            CONTROL_PLANE,
            "Control plane of a GKE cluster: API server, scheduler, controllers, and access to it",
            fields=(Field(name="component", kind="finite", values=COMPONENTS, optional=False),),
            dimensions=(Dimension(name="component", closed=True, examples=COMPONENTS),),
            limits=(
                "Log names of the KCP components are not known: only sinks that take all entries surely take them.",
                "Which components a cluster can log depends on its version; those that it cannot are gaps.",
            ),
        ),
        _source(
            SYSTEM,
            "System components of a GKE cluster: nodes, system pods, Kubernetes events",
            limits=_NODES,
        ),
        _source(
            WORKLOAD,
            "What containers of a GKE cluster write to standard output and standard error",
            shape=(Shape(field="resource.type", op="=", value="k8s_container"),),
            limits=_NODES,
        ),
    ),
    hop_kinds=(
        HopKind(
            id=KIND,
            title="The logging components of a GKE cluster",
            effects=("generate",),
            origins=("gcp.project",),
        ),
    ),
    observers=(
        ObserverRow(
            name="gcp.gke",
            provider="gcp",
            scope_kinds=("gcp.project",),
            observe=apis.where_on(
                observe_clusters,
                api="container.googleapis.com",
                title="Kubernetes Engine API",
                sources=SOURCES,
                listings=_LISTINGS,
            ),
            listings=_LISTINGS,
            sources=SOURCES,
            operations=(*operations(CLUSTERS_LIST), *apis.OPERATIONS),
        ),
    ),
)
