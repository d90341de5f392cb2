"""VPC Flow Logs: what subnets say themselves (Compute Engine API).

Subnets belong to the project of their network: with a Shared VPC, to the host project. One call a project and page, and
one more for the organisation policy where some subnet leaves its switch or its sampling unsaid, is the least that the
APIs allow. Configurations of the Network Management API come on top: see `flow_configs`.
Sources: https://cloud.google.com/vpc/docs/flow-logs, https://cloud.google.com/vpc/docs/about-flow-logs-records and
compute v1, `Subnetwork.purpose`, `.enableFlowLogs` (older than `.logConfig.enable`), `SubnetworkLogConfig`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.gcp.aggregated import aggregated
from logcov.providers.gcp.client import About, GcpPlace
from logcov.providers.gcp.fields import entry, mapping, needed_text, picked, text
from logcov.providers.gcp.filters import canonical, filter_of
from logcov.providers.gcp.log_entries import log_name
from logcov.providers.gcp.logs.flow_policy import defaults_apply
from logcov.providers.gcp.operations import Method
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

SOURCE = "gcp.vpc.flow"
SUBNET_KIND = "gcp.subnet_flow_logging"
CONFIG_KIND = "gcp.flow_logs_config"

SUBNETWORKS_LIST = Method(
    operation=Operation(
        call="compute.subnetworks.aggregatedList",
        permission="compute.subnetworks.list",
        wire="GET compute/v1/projects/{project}/aggregated/subnetworks",
        why="which flows subnets log",
    ),
    api="compute",
    version="v1",
    collection=("subnetworks",),
    name="aggregatedList",
    items="subnetworks",
)

PROXIES = frozenset({"REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY", "INTERNAL_HTTPS_LOAD_BALANCER"})
"""Purposes of subnets for load balancers' proxies, for which the API does not support flow logs."""

ORDINARY = frozenset({"", "PRIVATE", "PRIVATE_RFC_1918"})
"""Purposes of subnets for machines; one that is not set is PRIVATE."""

DEFAULT_SHARE = 0.5
"""Of the flows of a subnet, "unless otherwise specified by the org policy"."""


def observe_subnets(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """One emitter for each subnet of a project, and its own switch.

    Raises:
        ReadFailure: not all subnets could be read.
    """
    listed = aggregated(place, SUBNETWORKS_LIST)
    failure = listed.failure
    for item in listed.items:
        try:
            subnet = entry(item, "subnetworks")
            resource, purpose = path_of(subnet), text(subnet, "purpose")
        except MalformedAnswerError as error:
            failure = failure or ReadFailure(
                call=SUBNETWORKS_LIST.operation.call, kind="unparseable", detail=str(error)
            )
            continue
        proxy = "proxy-only subnets have no flow logs" if purpose in PROXIES else ""
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            resource=resource,
            written_as=forms_at(place.container),
            not_applicable=proxy,
            readings=listed.readings,
        )
        if not proxy:
            yield from _switch(place, scope, resource, purpose, subnet, listed.readings)
    if failure is not None:
        raise failure
    for kind in (SOURCE, SUBNET_KIND):
        yield Listing(kind=kind, at=scope.id, readings=listed.readings)


def path_of(subnet: Mapping[str, Any]) -> str:
    """`regions/europe-west1/subnetworks/web`.

    Raises:
        MalformedAnswerError: the subnet tells no name or region.
    """
    region = needed_text(subnet, "region").rstrip("/").rpartition("/")[2]
    return f"regions/{region}/subnetworks/{needed_text(subnet, 'name')}"


def forms_at(container: str) -> Mapping[str, Mapping[str, str]]:
    """As what a flow is written down: that depends on the API by which it was configured.

    Source: https://cloud.google.com/vpc/docs/access-flow-logs (log names and resource types).
    """
    return {
        SUBNET_KIND: {
            "logName": log_name(container, "compute.googleapis.com/vpc_flows"),
            "resource.type": "gce_subnetwork",
        },
        CONFIG_KIND: {
            "logName": log_name(container, "networkmanagement.googleapis.com/vpc_flows"),
            "resource.type": "vpc_flow_logs_config",
        },
    }


def exported(expression: str, share: float) -> Filter | None:
    """The flows that an expression and a share let through; None for all of them."""
    if expression.strip() in {"", "true"} and share >= 1:
        return None
    return filter_of("gcp.flow-export", canonical({"expr": expression, "sample": str(share)}))


def share_of(config: Mapping[str, Any], about: About) -> float | Unread | None:
    """The share of flows that is kept, between 0 and 1; None where it is not set."""
    share = config.get("flowSampling")
    if share is None:
        return None
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        return about.odd("flowSampling", "flowSampling is no share between 0 and 1")
    return share


def _switch(
    place: GcpPlace,
    scope: Scope,
    resource: str,
    purpose: str,
    subnet: Mapping[str, Any],
    readings: tuple[str, ...],
) -> Iterator[Fact]:
    about = place.session.about(SUBNETWORKS_LIST, scope.id, resource)
    enabled: bool | Unread
    what: Filter | Unread | None = None
    try:
        config = mapping(subnet, "logConfig")
        enabled = _enabled(place, config, subnet, about)
        if enabled is not False:
            what = _filter(place, config, about)
        elif purpose not in ORDINARY:
            enabled = about.unseen("purpose", f"whether subnets for {purpose} have flows to log is not known")
    except MalformedAnswerError as error:
        enabled = what = about.odd("logConfig", str(error))
    if isinstance(what, Filter):
        yield what
    setting = f"gcp:compute/{place.container}/{resource}"
    yield Route(
        id=setting,
        kind=SUBNET_KIND,
        setting=setting,
        effect="generate",
        origin=scope.id,
        resource=resource,
        sources=(SOURCE,),
        enabled=enabled,
        filter=what.id if isinstance(what, Filter) else what,
        readings=readings,
        raw=picked(subnet, "name", "purpose", "enableFlowLogs", "logConfig"),
    )


def _enabled(
    place: GcpPlace, config: Mapping[str, Any], subnet: Mapping[str, Any], about: About
) -> bool | Unread:
    """What the switch says, and the older one where it says nothing; off if neither does and no policy decides."""
    told = [value for value in (config.get("enable"), subnet.get("enableFlowLogs")) if value is not None]
    said = {value for value in told if isinstance(value, bool)}
    if len(said) > 1 or any(not isinstance(value, bool) for value in told):
        return about.odd("logConfig.enable", "the switches are not true or false, or contradict each other")
    if said:
        return True in said
    default = defaults_apply(place)
    return default if isinstance(default, Unread) else False


def _filter(place: GcpPlace, config: Mapping[str, Any], about: About) -> Filter | Unread | None:
    expression = text(config, "filterExpr")
    share = share_of(config, about)
    if share is None:
        default = defaults_apply(place)
        share = default if isinstance(default, Unread) else DEFAULT_SHARE
    return share if isinstance(share, Unread) else exported(expression, share)
