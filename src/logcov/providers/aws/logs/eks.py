"""Amazon EKS: what the control plane of each cluster logs, component by component.

Sources: eks:ListClusters, DescribeCluster; EKS user guide, "Send control plane logs to CloudWatch Logs": logs go
to the log group `/aws/eks/CLUSTER/cluster` of the cluster's own account and region, and nowhere else.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import (
    Dimension,
    Emitter,
    Fact,
    Field,
    HopKind,
    Listing,
    LogSource,
    Route,
    Scope,
    Unread,
)
from logcov.providers.aws import scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.logs import security_lake
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.tags import tags_of
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.eks.control_plane"
CLUSTER, LOGGING = "aws.eks.cluster", "aws.eks.logging"
LIST, DESCRIBE = "eks:ListClusters", "eks:DescribeCluster"
COMPONENTS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""`ClusterLogging.types` of the EKS API."""


def observe_clusters(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The clusters of one account and region: an emitter per component, and a route for each that is logged.

    Raises:
        ReadFailure: ListClusters failed. A cluster that can't be described is known all the same, its logging unread.
    """
    listed = place.pages("eks", "ListClusters", "clusters", token=("nextToken", "nextToken"))
    if not all(isinstance(name, str) for name in listed.data):
        raise unparseable(LIST, "a cluster without a name")
    for name in sorted(listed.data):
        told = _described(place, name)
        if told is None:
            continue
        readings = (listed.reading,) if isinstance(told, Unread) else (listed.reading, told.reading)
        labels = (
            told if isinstance(told, Unread) else tags_of(place, DESCRIBE, told.data.get("tags", {}), name)
        )
        for component in COMPONENTS:
            yield Emitter(
                source=SOURCE,
                scope=scope.id,
                location=location,
                resource=name,
                dimensions={"component": component},
                labels=labels,
                readings=readings,
            )
        yield from _routes(place, scope, location, name, told, readings)
    for kind in (CLUSTER, LOGGING):
        yield Listing(kind=kind, at=scope.id, location=location, readings=(listed.reading,))


def _described(place: AwsPlace, name: str) -> Answer | Unread | None:
    """One cluster; None for one that was deleted since it was listed."""
    try:
        answer = place.call("eks", "DescribeCluster", subject=name, name=name)
    except ReadFailure as failure:
        return None if failure.code == "ResourceNotFoundException" else place.unread(failure, name)
    if not isinstance(answer.data.get("cluster"), dict):
        return place.misread(DESCRIBE, "the answer has no cluster", name)
    return Answer(answer.data["cluster"], answer.reading)


def _switches(place: AwsPlace, name: str, cluster: Mapping[str, Any]) -> Mapping[str, bool] | Unread:
    """Component → whether it is logged. `clusterLogging` names types that are on, and types that are off."""
    logging = cluster.get("logging")
    setups = logging.get("clusterLogging") if isinstance(logging, dict) else None
    if not isinstance(setups, list):
        return place.misread(DESCRIBE, "a cluster without clusterLogging", name)
    switches: dict[str, bool] = {}
    for setup in setups:
        enabled, types = setup.get("enabled"), setup.get("types", [])
        if not isinstance(enabled, bool):
            return place.misread(DESCRIBE, "a logging setup that is neither on nor off", name)
        switches |= {component: enabled for component in types if component not in switches or enabled}
    return switches


def _routes(
    place: AwsPlace,
    scope: Scope,
    location: str | None,
    name: str,
    told: Answer | Unread,
    readings: Sequence[str],
) -> Iterator[Route]:
    switches = told if isinstance(told, Unread) else _switches(place, name, told.data)
    setting = f"aws:eks/{location}/{place.account}/{name}"
    for component in COMPONENTS:
        yield Route(
            id=f"{setting}#{component}",
            kind=LOGGING,
            setting=setting,
            effect="carry",
            origin=scope.id,
            location=location,
            resource=name,
            dimensions={"component": component},
            sources=(SOURCE,),
            enabled=switches if isinstance(switches, Unread) else switches.get(component, False),
            to=f"aws:logs/{location}/{place.account}//aws/eks/{name}/cluster",
            readings=tuple(readings),
            raw={} if isinstance(told, Unread) else {"logging": told.data.get("logging")},
        )


EKS_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Control plane of an EKS cluster: API server, audit, authenticator, controllers, scheduler",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(Field(name="component", kind="finite", values=COMPONENTS, optional=False),),
            dimensions=(Dimension(name="component", closed=True, examples=COMPONENTS),),
            needs=(LOGGING,),
            emitters=CLUSTER,
            per_location=True,
            limits=("Logs that agents collect inside of clusters are not seen.", security_lake.LIMIT),
            documentation="https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Control plane logging of an EKS cluster",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:logs/*",),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.eks",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_clusters, service="eks", sources=(SOURCE,), listings=(CLUSTER, LOGGING)
            ),
            listings=(CLUSTER, LOGGING),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *reads({LIST: "clusters", DESCRIBE: "which components a cluster logs"}),
            ),
            per_location=True,
        ),
    ),
)
