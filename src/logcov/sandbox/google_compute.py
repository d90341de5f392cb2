"""Compute Engine: networks and what is in them, firewalls, load balancers. Its errors have the older shape."""

from collections.abc import Iterator, Mapping

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Json, Operation, invalid, missing
from logcov.sandbox.google_tables import AGGREGATED, FILTERED, PROJECT, Row, operation
from logcov.sandbox.world import World

HOST = "compute.googleapis.com"

_V1 = "/compute/v1"
_POLICIES = "compute.firewallPolicies"


def _listed(collection: str) -> Row:
    return Row(
        name=f"compute.{collection}.list",
        service=HOST,
        path=rf"{_V1}/{PROJECT}/global/{collection}",
        permission=f"compute.{collection}.list",
        style="legacy",
        holds=f"compute.{collection}",
        items="items",
        parameters=FILTERED,
        size="maxResults",
    )


def _aggregated(collection: str, *, path: str = "", everywhere: bool = False) -> Row:
    known = path or collection
    return Row(
        name=f"compute.{collection}.aggregatedList",
        service=HOST,
        path=rf"{_V1}/{PROJECT}/aggregated/{known}",
        permission=f"compute.{known}.list",
        style="legacy",
        holds=f"compute.{collection}",
        items=known,
        parameters=AGGREGATED,
        size="maxResults",
        aggregated=True,
        everywhere=everywhere,
    )


def _hierarchical(world: World) -> Iterator[Json]:
    for container in world.gcp.containers.values():
        yield from container.resources.get(_POLICIES, ())


def _associations(world: World, request: Request, _parts: Mapping[str, str]) -> Answer:
    target = request.query.get("targetResource", "")
    if world.gcp.container(target) is None:
        return invalid(f"Invalid value for field 'targetResource': '{target}'.", "legacy")
    found = [
        {**each, "firewallPolicyId": policy["id"], "shortName": policy["shortName"]}
        for policy in _hierarchical(world)
        for each in policy.get("associations", ())
        if each["attachmentTarget"] == target
    ]
    body: Json = {"kind": "compute#firewallPoliciesListAssociationsResponse"}
    return Answer(body=body | ({"associations": found} if found else {}))


def _policy(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    for policy in _hierarchical(world):
        if policy["id"] == parts["policy"]:
            return Answer(body=policy)
    return missing(
        f"The resource 'locations/global/firewallPolicies/{parts['policy']}' was not found", "legacy"
    )


OPERATIONS = (
    *map(
        operation,
        (
            _listed("networks"),
            _listed("firewalls"),
            _aggregated("subnetworks"),
            _aggregated("routers"),
            _aggregated("networkFirewallPolicies", path="firewallPolicies", everywhere=True),
            _aggregated("backendServices", everywhere=True),
            _aggregated("backendBuckets", everywhere=True),
        ),
    ),
    Operation(
        name="compute.firewallPolicies.listAssociations",
        service=HOST,
        path=rf"{_V1}/locations/global/firewallPolicies/listAssociations",
        place=("?targetResource",),
        permission="compute.organizations.listAssociations",
        parameters=frozenset({"targetResource", "includeInheritedPolicies"}),
        style="legacy",
        handle=_associations,
    ),
    Operation(
        name="compute.firewallPolicies.get",
        service=HOST,
        path=rf"{_V1}/locations/global/firewallPolicies/(?P<policy>[0-9]+)",
        permission="compute.firewallPolicies.get",
        style="legacy",
        handle=_policy,
    ),
)
"""What is answered. Source: the discovery document compute v1."""
