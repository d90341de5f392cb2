"""Cloud DNS: the queries that VPC networks ask, and those that public zones answer.

* A network's queries are logged if the DNS policy that is bound to it says so. Without a policy they are resolved all
  the same, and nothing is logged. Networks are told by the Compute Engine API, policies by the Cloud DNS API; they are
  joined by the network's project and name, never by its name alone. A policy is bound to networks of its own project.
  Where the Cloud DNS API is switched off, there is no policy.
* A public zone has a switch of its own. Private zones have none: what they answer is logged for the network that asks.

Entries are written in the project of the network or zone. One call a project and page for each of networks, policies
and zones is the least that the APIs allow.
Sources: https://cloud.google.com/dns/docs/monitoring (who owns the entries, fields, switches),
https://cloud.google.com/dns/docs/policies, dns v1 `Policy.enableLogging` ("defaults to no logging if not set") and
`ManagedZoneCloudLoggingConfig` ("for publicly visible zones … false by default").
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Listing, Route, Scope, Unread
from logcov.providers.gcp.aggregated import BENIGN, PAGE_SIZE
from logcov.providers.gcp.client import About, GcpPlace, Listed
from logcov.providers.gcp.fields import entry, flag, labels, mapping, mappings, needed_text, picked
from logcov.providers.gcp.links import is_own, link_of
from logcov.providers.gcp.log_entries import log_name
from logcov.providers.gcp.operations import Method
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

QUERY, QUERY_KIND = "gcp.dns.query", "gcp.dns_policy"
ZONE, ZONE_KIND = "gcp.dns.zone_query", "gcp.dns_zone_logging"
LOG_ID = "dns.googleapis.com/dns_queries"
PRIVATE = "it is a private zone: its queries are logged for the networks that ask (gcp.dns.query)"

NETWORKS_LIST = Method(
    operation=Operation(
        call="compute.networks.list",
        permission="compute.networks.list",
        wire="GET compute/v1/projects/{project}/global/networks",
        why="the VPC networks whose DNS queries may be logged",
    ),
    api="compute",
    version="v1",
    collection=("networks",),
    name="list",
    items="items",
)
POLICIES_LIST = Method(
    operation=Operation(
        call="dns.policies.list",
        permission="dns.policies.list",
        wire="GET dns/v1/projects/{project}/policies",
        why="which VPC networks have their DNS queries logged",
    ),
    api="dns",
    version="v1",
    collection=("policies",),
    name="list",
    items="policies",
)
ZONES_LIST = Method(
    operation=Operation(
        call="dns.managedZones.list",
        permission="dns.managedZones.list",
        wire="GET dns/v1/projects/{project}/managedZones",
        why="which public DNS zones have their queries logged",
    ),
    api="dns",
    version="v1",
    collection=("managedZones",),
    name="list",
    items="managedZones",
)


def _odd(method: Method, detail: object) -> ReadFailure:
    return ReadFailure(call=method.operation.call, kind="unparseable", detail=str(detail))


def _listed(place: GcpPlace, method: Method) -> Listed:
    return place.session.list_all(
        method, place.scope.id, project=place.container.removeprefix("projects/"), maxResults=PAGE_SIZE
    )


# --- networks -----------------------------------------------------------------------------------------------


def _networks(place: GcpPlace) -> Listed:
    """The networks of the project, with a failure if the answer warns that some are missing. Asked once."""

    def items_of(body: Mapping[str, Any]) -> list[Any]:
        items, warning = body.get(NETWORKS_LIST.items, []), body.get("warning", {})
        if not isinstance(items, list) or not isinstance(warning, dict):
            raise _odd(NETWORKS_LIST, "items or warning have an odd form")
        if warning and warning.get("code") not in BENIGN:
            warned.append(str(warning.get("code")))
        return items

    def ask() -> Listed:
        project = place.container.removeprefix("projects/")
        listed = place.session.list_all(
            NETWORKS_LIST, place.scope.id, items_of=items_of, project=project, maxResults=PAGE_SIZE
        )
        if warned and listed.failure is None:
            detail = f"the list warns of {', '.join(sorted(set(warned)))}"
            failure = ReadFailure(call=NETWORKS_LIST.operation.call, kind="server-error", detail=detail)
            return Listed(listed.items, listed.readings, failure)
        return listed

    warned: list[str] = []
    return place.session.once.get(("networks", place.container), ask)


def observe_networks(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """One emitter for each VPC network of a project.

    Raises:
        ReadFailure: not all networks could be read.
    """
    listed = _networks(place)
    failure = listed.failure
    for item in listed.items:
        try:
            name = needed_text(entry(item, "items"), "name")
        except MalformedAnswerError as error:
            failure = failure or _odd(NETWORKS_LIST, error)
            continue
        yield Emitter(
            source=QUERY,
            scope=scope.id,
            resource=f"global/networks/{name}",
            fields={"logName": log_name(place.container, LOG_ID)},
            readings=listed.readings,
        )
    if failure is not None:
        raise failure
    yield Listing(kind=QUERY, at=scope.id, readings=listed.readings)


def _named(place: GcpPlace, path: str) -> str | None:
    """The path of an own network by name, where it is told by its number: names begin with a letter."""
    kind, _, last = path.rpartition("/")
    if not last.isdigit():
        return path
    for item in _networks(place).items:
        if isinstance(item, dict) and item.get("id") == last and isinstance(item.get("name"), str):
            return f"{kind}/{item['name']}"
    return None


# --- policies -----------------------------------------------------------------------------------------------


def observe_policies(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """The switch of each network that a DNS policy of the project is bound to.

    Raises:
        ReadFailure: not all policies could be read, or not which networks one is bound to.
    """
    listed = _listed(place, POLICIES_LIST)
    failure = listed.failure
    for item in listed.items:
        try:
            policy = entry(item, "policies")
            name = needed_text(policy, "name")
            urls = [needed_text(network, "networkUrl") for network in mappings(policy, "networks")]
        except MalformedAnswerError as error:
            failure = failure or _odd(POLICIES_LIST, error)
            continue
        about = place.session.about(POLICIES_LIST, scope.id, name)
        enabled = flag(policy, "enableLogging", about)
        setting = f"gcp:dns/{place.container}/policies/{name}"
        for url in urls:
            bound = _bound(place, url, about, enabled=enabled)
            if bound is None:
                continue
            origin, resource, switch = bound
            yield Route(
                id=f"{setting}#{url}",
                kind=QUERY_KIND,
                setting=setting,
                effect="generate",
                origin=origin,
                resource=resource,
                sources=(QUERY,),
                enabled=switch,
                readings=listed.readings,
                raw=picked(policy, "name", "enableLogging", "networks"),
            )
    if failure is not None:
        raise failure
    yield Listing(kind=QUERY_KIND, at=scope.id, readings=listed.readings)


def _bound(
    place: GcpPlace, url: str, about: About, *, enabled: bool | Unread
) -> tuple[str, str | None, bool | Unread] | None:
    """Origin, network and switch of one binding; None where it says nothing of any audited network.

    A binding that is not understood leaves a doubt over every network of the project.
    """
    origin = place.scope.id
    link = link_of(url)
    if link is None or not link.path.startswith("global/networks/"):
        return origin, None, about.odd("networks", f"{url!r} is no link to a network")
    own = is_own(place, link.project)
    if own is None:
        return origin, None, about.unseen("networks", f"whether {link.project} is this project was not told")
    if own:
        path = _named(place, link.path)
        if path is None:
            return origin, None, about.unseen("networks", f"which network {link.path} is was not told")
        return origin, path, enabled
    if enabled is False:
        return None
    # Policies are bound to networks of their own project. Should one ever be bound to another's, that is no gap there.
    other = place.session.projects.get(link.project, link.project)
    last = link.path.rpartition("/")[2]
    why = f"a policy of {place.container} is bound to {link.path} of {link.project}"
    return f"gcp:projects/{other}", None if last.isdigit() else link.path, about.unseen("networks", why)


# --- zones --------------------------------------------------------------------------------------------------


def observe_zones(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """One emitter for each zone of a project, and the switch of the public ones.

    Raises:
        ReadFailure: not all zones could be read.
    """
    listed = _listed(place, ZONES_LIST)
    failure = listed.failure
    for item in listed.items:
        try:
            zone = entry(item, "managedZones")
            name = needed_text(zone, "name")
        except MalformedAnswerError as error:
            failure = failure or _odd(ZONES_LIST, error)
            continue
        yield from _zone(place, scope, name, zone, listed.readings)
    if failure is not None:
        raise failure
    for kind in (ZONE, ZONE_KIND):
        yield Listing(kind=kind, at=scope.id, readings=listed.readings)


def _zone(
    place: GcpPlace, scope: Scope, name: str, zone: Mapping[str, Any], readings: tuple[str, ...]
) -> Iterator[Fact]:
    about = place.session.about(ZONES_LIST, scope.id, name)
    resource = f"managedZones/{name}"
    visibility = zone.get("visibility")
    yield Emitter(
        source=ZONE,
        scope=scope.id,
        resource=resource,
        fields={"logName": log_name(place.container, LOG_ID)},
        not_applicable=PRIVATE if visibility == "private" else "",
        labels=labels(zone, "labels", about),
        readings=readings,
    )
    if visibility == "private":
        return
    enabled: bool | Unread
    if visibility == "public":
        try:
            enabled = flag(mapping(zone, "cloudLoggingConfig"), "enableLogging", about)
        except MalformedAnswerError as error:
            enabled = about.odd("cloudLoggingConfig", str(error))
    else:
        enabled = about.odd("visibility", f"the visibility is {visibility!r}")
    setting = f"gcp:dns/{place.container}/{resource}"
    yield Route(
        id=setting,
        kind=ZONE_KIND,
        setting=setting,
        effect="generate",
        origin=scope.id,
        resource=resource,
        sources=(ZONE,),
        enabled=enabled,
        readings=readings,
        raw=picked(zone, "name", "visibility", "cloudLoggingConfig"),
    )
