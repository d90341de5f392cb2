"""What runs in projects besides Compute Engine: DNS, clusters, databases, intrusion detection; which APIs are on."""

from collections.abc import Mapping

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Json, Operation
from logcov.sandbox.google_tables import CONTAINER, PAGED, PROJECT, RESULTS, Row, asked_of, operation
from logcov.sandbox.world import World

_LOCATION = r"/locations/(?P<location>[a-z0-9-]+)"
_ORGANIZATION = r"(?P<kind>organizations)/(?P<id>[0-9]+)"


def _dns(collection: str, filters: frozenset[str] = frozenset()) -> Row:
    return Row(
        name=f"dns.{collection}.list",
        service="dns.googleapis.com",
        path=rf"/dns/v1/{PROJECT}/{collection}",
        permission=f"dns.{collection}.list",
        style="legacy",
        holds=f"dns.{collection}",
        items=collection,
        parameters=RESULTS | filters,
        size="maxResults",
    )


def _flow_configs(kind: str, container: str) -> Row:
    return Row(
        name=f"networkmanagement.{kind}.vpcFlowLogsConfigs.list",
        service="networkmanagement.googleapis.com",
        path=rf"/v1/{container}{_LOCATION}/vpcFlowLogsConfigs",
        permission="networkmanagement.vpcflowlogsconfigs.list",
        holds="networkmanagement.vpcFlowLogsConfigs",
        items="vpcFlowLogsConfigs",
        parameters=PAGED,
        size="pageSize",
    )


ROWS = (
    _dns("policies"),
    _dns("managedZones", frozenset({"dnsName"})),
    _flow_configs("projects", PROJECT),
    _flow_configs("organizations", _ORGANIZATION),
    Row(
        name="container.clusters.list",
        service="container.googleapis.com",
        path=rf"/v1/{PROJECT}{_LOCATION}/clusters",
        permission="container.clusters.list",
        holds="container.clusters",
        items="clusters",
        silent="missingZones",
    ),
    Row(
        name="cloudsql.instances.list",
        service="sqladmin.googleapis.com",
        path=rf"/v1/{PROJECT}/instances",
        permission="cloudsql.instances.list",
        style="legacy",
        holds="cloudsql.instances",
        items="items",
        parameters=RESULTS | {"filter"},
        size="maxResults",
        silent="warnings",
        silence="warning",
        extra={"kind": "sql#instancesList"},
    ),
    Row(
        name="ids.endpoints.list",
        service="ids.googleapis.com",
        path=rf"/v1/{PROJECT}{_LOCATION}/endpoints",
        permission="ids.endpoints.list",
        holds="ids.endpoints",
        items="endpoints",
        parameters=PAGED,
        size="pageSize",
        silent="unreachable",
    ),
    Row(
        name="cloudasset.feeds.list",
        service="cloudasset.googleapis.com",
        path=rf"/v1/{CONTAINER}/feeds",
        permission="cloudasset.feeds.list",
        holds="cloudasset.feeds",
        items="feeds",
    ),
)


def _service(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = asked_of(world, parts, "rpc")
    if isinstance(found, Answer):
        return found
    parent = f"projects/{found.number}"
    name = parts["service"]
    state = "DISABLED" if name in found.apis_off else "ENABLED"
    body = {"name": f"{parent}/services/{name}", "parent": parent, "config": {"name": name}, "state": state}
    return Answer(body=body)


def _effective_policy(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    """The policy of the nearest container that has one; without any, everything is allowed."""
    found = asked_of(world, parts, "rpc")
    if isinstance(found, Answer):
        return found
    specs: list[Json] = [
        policy["spec"]
        for container in (found, *world.gcp.ancestors(found))
        for policy in container.resources.get("orgpolicy.policies", ())
        if policy["name"].rpartition("/")[2] == parts["constraint"]
    ]
    spec = specs[0] if specs else {"rules": [{"allowAll": True}]}
    return Answer(body={"name": f"projects/{found.number}/policies/{parts['constraint']}", "spec": spec})


OPERATIONS = (
    *map(operation, ROWS),
    Operation(
        name="serviceusage.services.get",
        service="serviceusage.googleapis.com",
        path=rf"/v1/{PROJECT}/services/(?P<service>[a-z0-9.-]+)",
        place=("kind", "id"),
        permission="serviceusage.services.get",
        handle=_service,
    ),
    Operation(
        name="orgpolicy.policies.getEffectivePolicy",
        service="orgpolicy.googleapis.com",
        path=rf"/v2/{PROJECT}/policies/(?P<constraint>[A-Za-z.]+):getEffectivePolicy",
        place=("kind", "id"),
        permission="orgpolicy.policy.get",
        handle=_effective_policy,
    ),
)
"""What is answered. Source: the discovery documents dns v1, networkmanagement v1, container v1, sqladmin v1, ids v1,
cloudasset v1, serviceusage v1 and orgpolicy v2."""
