"""VPC Flow Logs: configurations of the Network Management API, of a project or of a whole organisation.

What a subnet says itself and what these say add up: a flow is logged by each configuration that wants it. Those for VPN
tunnels and VLAN attachments concern no subnet. One call a project and organisation, and page, is the least that
the API allows.
Sources: https://cloud.google.com/vpc/docs/flow-logs and networkmanagement v1, `VpcFlowLogsConfig` (`state`: "If not
specified, will default to ENABLED", `flowSampling`: "Default value is 1.0", `network`: "Traffic will be logged from VMs,
VPN tunnels and Interconnect Attachments within the network").
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.gcp import apis
from logcov.providers.gcp.aggregated import aggregated
from logcov.providers.gcp.client import PAGE_SIZE, About, GcpPlace, Listed
from logcov.providers.gcp.fields import entry, needed_text, picked, text
from logcov.providers.gcp.links import Link, is_own, link_of
from logcov.providers.gcp.logs.vpc_flows import (
    CONFIG_KIND,
    SOURCE,
    SUBNETWORKS_LIST,
    exported,
    path_of,
    share_of,
)
from logcov.providers.gcp.operations import Method
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

API = "networkmanagement.googleapis.com"


def _method(kind: str, one: str) -> Method:
    return Method(
        operation=Operation(
            call=f"networkmanagement.{kind}.vpcFlowLogsConfigs.list",
            permission="networkmanagement.vpcflowlogsconfigs.list",
            wire=f"GET v1/{kind}/{{{one}}}/locations/global/vpcFlowLogsConfigs",
            why="which flows are logged by configurations that are not the subnets' own",
        ),
        api="networkmanagement",
        version="v1",
        collection=(kind, "locations", "vpcFlowLogsConfigs"),
        name="list",
        items="vpcFlowLogsConfigs",
    )


PROJECT_CONFIGS_LIST = _method("projects", "project")
ORGANIZATION_CONFIGS_LIST = _method("organizations", "organization")

STATES = {"": True, "STATE_UNSPECIFIED": True, "ENABLED": True, "DISABLED": False}
TARGETS = ("network", "subnet", "vpnTunnel", "interconnectAttachment")


def observe_configs(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The configurations of an organisation, or of a project.

    Raises:
        ReadFailure: not all of them could be read.
    """
    if scope.kind == "gcp.organization":
        yield from _organization(place, scope)
    else:
        yield from _IN_PROJECTS(place, scope, location)


def _listed(place: GcpPlace, method: Method) -> Listed:
    """All configurations; with a failure if a location did not answer."""
    missing: list[str] = []

    def items_of(body: Mapping[str, Any]) -> list[Any]:
        items, unreachable = body.get(method.items, []), body.get("unreachable", [])
        if not isinstance(items, list) or not isinstance(unreachable, list):
            raise ReadFailure(
                call=method.operation.call, kind="unparseable", detail="the list has an odd form"
            )
        missing.extend(str(name) for name in unreachable)
        return items

    listed = place.session.list_all(
        method,
        place.scope.id,
        items_of=items_of,
        parent=f"{place.container}/locations/global",
        pageSize=PAGE_SIZE,
    )
    if missing and listed.failure is None:
        detail = f"no answer from {', '.join(sorted(set(missing)))}"
        failure = ReadFailure(call=method.operation.call, kind="server-error", detail=detail)
        return replace(listed, failure=failure)
    return listed


def _organization(place: GcpPlace, scope: Scope) -> Iterator[Fact]:
    listed = _listed(place, ORGANIZATION_CONFIGS_LIST)
    yield from _routes(place, ORGANIZATION_CONFIGS_LIST, listed)
    listed.complete()
    yield Listing(kind=CONFIG_KIND, at=scope.id, readings=listed.readings)


def _project(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    listed = _listed(place, PROJECT_CONFIGS_LIST)
    yield from _routes(place, PROJECT_CONFIGS_LIST, listed)
    listed.complete()
    yield Listing(kind=CONFIG_KIND, at=scope.id, readings=listed.readings)


_IN_PROJECTS = apis.where_on(
    _project, api=API, title="Network Management API", sources=(), listings=(CONFIG_KIND,)
)


def _routes(place: GcpPlace, method: Method, listed: Listed) -> Iterator[Fact]:
    """The routes of every configuration.

    Raises:
        ReadFailure: one of them is no configuration.
    """
    broken: MalformedAnswerError | None = None
    for item in listed.items:
        try:
            config = entry(item, method.items)
            name = needed_text(config, "name")
        except MalformedAnswerError as error:
            broken = error
            continue
        yield from _config(place, method, name, config, listed.readings)
    if broken is not None:
        raise ReadFailure(call=method.operation.call, kind="unparseable", detail=str(broken))


def _config(
    place: GcpPlace, method: Method, name: str, config: Mapping[str, Any], readings: tuple[str, ...]
) -> Iterator[Fact]:
    about = place.session.about(method, place.scope.id, name)
    setting = f"gcp:networkmanagement/{name}"
    what: Filter | Unread | None = None
    enabled: bool | Unread
    try:
        state = text(config, "state")
        enabled = STATES[state] if state in STATES else about.odd("state", f"the state is {state!r}")
        share = share_of(config, about)
        if share == 0:
            share = about.odd("flowSampling", "a share of 0 cannot be set")
        what = share if isinstance(share, Unread) else exported(text(config, "filterExpr"), share or 1.0)
        targets = {kind: text(config, kind) for kind in TARGETS if text(config, kind)}
    except MalformedAnswerError as error:
        enabled, targets = about.odd("configuration", str(error)), {}
    route = Route(
        id=setting,
        kind=CONFIG_KIND,
        setting=setting,
        effect="generate",
        origin=place.scope.id,
        descends=method is ORGANIZATION_CONFIGS_LIST,
        sources=(SOURCE,),
        enabled=enabled,
        filter=what.id if isinstance(what, Filter) else what,
        readings=readings,
        raw=picked(config, "name", "state", "flowSampling", "filterExpr", *TARGETS),
    )
    acting = list(_aimed(place, route, targets, about))
    if acting and isinstance(what, Filter):
        yield what
    yield from acting


def _aimed(place: GcpPlace, route: Route, targets: Mapping[str, str], about: About) -> Iterator[Route]:
    """The route at each subnet that the configuration is for; at all, in doubt, where that is not understood."""
    if route.descends and not targets:
        yield route
        return
    kind, url = next(iter(targets.items()), ("", ""))
    link = link_of(url)
    if len(targets) != 1 or route.descends or (link is None and kind in {"network", "subnet"}):
        yield replace(route, enabled=about.odd("target", "what the configuration is for is not understood"))
    elif link is not None and kind in {"network", "subnet"}:
        own = is_own(place, link.project)
        if own is not True:
            # Whether a configuration may be for another project's resources is not documented.
            doubt = about.unseen("target", f"whether it acts on {url} is not known")
            route = replace(route, enabled=doubt)
        if own is False:
            project = place.session.projects.get(link.project, link.project)
            yield replace(route, origin=f"gcp:projects/{project}")
            return
        if kind == "subnet":
            yield replace(route, id=f"{route.setting}#{link.path}", resource=link.path)
            return
        for resource, sure in _subnets_in(place, link):
            unsure = (
                about.unseen("network", f"whether {resource} is in {url} is not known") if not sure else None
            )
            yield replace(
                route,
                id=f"{route.setting}#{resource}",
                resource=resource,
                enabled=unsure if unsure is not None else route.enabled,
            )


def _subnets_in(place: GcpPlace, network: Link) -> Iterator[tuple[str, bool]]:
    """The subnets of the network, and whether they surely are, as far as they are known: only those can be judged."""
    for item in aggregated(place, SUBNETWORKS_LIST).items:
        try:
            subnet = entry(item, "subnetworks")
            resource = path_of(subnet)
        except MalformedAnswerError:
            continue  # it is no emitter either, and noted as a blind spot where the subnets are read
        url = subnet.get("network")
        link = link_of(url) if isinstance(url, str) else None
        if link is None or link.path == network.path:
            yield resource, link is not None
