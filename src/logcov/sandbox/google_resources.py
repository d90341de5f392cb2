"""Resource Manager and Cloud Billing: organisations, folders, projects, billing accounts and their IAM policies."""

import json
from collections.abc import Mapping

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Json, Operation, google_error, iam_policy, invalid, listed, missing
from logcov.sandbox.world import Container, World, etag_of

HOST = "cloudresourcemanager.googleapis.com"
BILLING = "cloudbilling.googleapis.com"

_PAGED = frozenset({"pageSize", "pageToken"})


def _refused() -> Answer:
    """What Resource Manager says of things that are not there: it does not tell them from forbidden ones."""
    return google_error(403, "The caller does not have permission")


def _get(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = world.gcp.container(f"{parts['kind']}/{parts['id']}")
    return Answer(body=found.resource) if found else _refused()


def _children(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    parent = request.query.get("parent", "")
    if not parent.startswith(("organizations/", "folders/")):
        return invalid("parent: must be organizations/{id} or folders/{id}")
    if parent not in world.gcp.containers:
        return _refused()
    deleted = request.query.get("showDeleted", "false").lower() == "true"
    found = [
        container.resource
        for container in world.gcp.containers.values()
        if container.parent == parent
        and container.name.startswith(f"{parts['kind']}/")
        and (deleted or container.active)
    ]
    return listed(found, parts["kind"], request, world_size=world.gcp.page_size)


def _search(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    """`query` may hold `field:value` terms, separated by blanks or AND; others are refused."""
    wanted: list[tuple[str, str]] = []
    for term in request.query.get("query", "").replace(" AND ", " ").split():
        name, sign, value = term.replace("=", ":", 1).partition(":")
        if not sign or name not in {
            "state",
            "parent",
            "projectId",
            "id",
            "displayName",
            "domain",
            "directoryCustomerId",
        }:
            return invalid(f"Request contains an invalid argument: {term}")
        wanted.append((name, value.strip('"')))

    def fits(container: Container) -> bool:
        values = {**container.resource, "id": container.resource.get("projectId", "")}
        values["domain"] = values.get("displayName", "")
        return all(str(values.get(name, "")).lower() == value.lower() for name, value in wanted)

    found = [
        container.resource
        for container in world.gcp.containers.values()
        if container.name.startswith(f"{parts['kind']}/") and fits(container)
    ]
    return listed(found, parts["kind"], request, world_size=world.gcp.page_size)


def _policy(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    found = world.gcp.container(f"{parts['kind']}/{parts['id']}")
    if not found:
        return _refused()
    try:
        body = json.loads(request.body or b"{}")
        version = int(body.get("options", {}).get("requestedPolicyVersion", 0))
    except (ValueError, AttributeError, TypeError):
        return invalid("Invalid JSON payload received.")
    return Answer(body=iam_policy(found.iam, etag_of(found.iam), version))


def _test(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    """Whoever asks may do whatever the world does not refuse by a fault."""
    if not world.gcp.container(f"{parts['kind']}/{parts['id']}"):
        return _refused()
    try:
        asked = json.loads(request.body or b"{}").get("permissions", [])
    except (ValueError, AttributeError):
        return invalid("Invalid JSON payload received.")
    return Answer(body={"permissions": asked} if asked else {})


def _ancestry(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = world.gcp.container(f"projects/{parts['id']}")
    if not found:
        return _refused()
    ancestor: list[Json] = [{"resourceId": {"type": "project", "id": found.resource["projectId"]}}]
    for above in world.gcp.ancestors(found):
        kind, _, ident = above.name.partition("/")
        ancestor.append({"resourceId": {"type": kind.removesuffix("s"), "id": ident}})
    return Answer(body={"ancestor": ancestor})


def _accounts(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    parent = parts.get("parent") or request.query.get("parent", "")
    found = [
        container.resource
        for container in world.gcp.containers.values()
        if container.name.startswith("billingAccounts/")
        and (not parent or container.resource.get("parent") == parent)
    ]
    return listed(found, "billingAccounts", request, world_size=world.gcp.page_size)


def _account(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = world.gcp.container(f"billingAccounts/{parts['id']}")
    return Answer(body=found.resource) if found else missing("Requested entity was not found.")


def _account_policy(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    found = world.gcp.container(f"billingAccounts/{parts['id']}")
    if not found:
        return missing("Requested entity was not found.")
    version = request.query.get("options.requestedPolicyVersion", "0")
    if not version.isdecimal():
        return invalid("Invalid value at 'options.requested_policy_version'")
    return Answer(body=iam_policy(found.iam, etag_of(found.iam), int(version)))


def _crm(kind: str) -> tuple[Operation, ...]:
    """The operations of one kind of container."""
    one = kind.removesuffix("s")
    ident = r"[0-9]+" if kind != "projects" else r"[a-z0-9:.-]+"
    path = rf"/v3/(?P<kind>{kind})/(?P<id>{ident})"
    return (
        Operation(
            name=f"cloudresourcemanager.{kind}.get",
            service=HOST,
            path=path,
            place=("kind", "id"),
            permission=f"resourcemanager.{kind}.get",
            handle=_get,
        ),
        Operation(
            name=f"cloudresourcemanager.{kind}.search",
            service=HOST,
            path=rf"/v3/(?P<kind>{kind}):search",
            permission=f"resourcemanager.{kind}.get",
            parameters=_PAGED | {"query"},
            handle=_search,
        ),
        Operation(
            name=f"cloudresourcemanager.{kind}.getIamPolicy",
            service=HOST,
            method="POST",
            path=rf"{path}:getIamPolicy",
            place=("kind", "id"),
            permission=f"resourcemanager.{one}s.getIamPolicy",
            handle=_policy,
        ),
    )


def _list(kind: str) -> Operation:
    return Operation(
        name=f"cloudresourcemanager.{kind}.list",
        service=HOST,
        path=rf"/v3/(?P<kind>{kind})",
        place=("?parent",),
        permission=f"resourcemanager.{kind}.list",
        parameters=_PAGED | {"parent", "showDeleted"},
        handle=_children,
    )


OPERATIONS = (
    *_crm("organizations"),
    *_crm("folders"),
    *_crm("projects"),
    _list("folders"),
    _list("projects"),
    Operation(
        name="cloudresourcemanager.organizations.testIamPermissions",
        service=HOST,
        method="POST",
        path=r"/v3/(?P<kind>organizations)/(?P<id>[0-9]+):testIamPermissions",
        place=("kind", "id"),
        permission="resourcemanager.organizations.testIamPermissions",
        handle=_test,
    ),
    Operation(
        name="cloudresourcemanager.projects.getAncestry",
        service=HOST,
        method="POST",
        path=r"/v1/(?P<kind>projects)/(?P<id>[a-z0-9:.-]+):getAncestry",
        place=("kind", "id"),
        permission="resourcemanager.projects.get",
        handle=_ancestry,
    ),
    Operation(
        name="cloudbilling.billingAccounts.list",
        service=BILLING,
        path=r"/v1/(?:(?P<parent>organizations/[0-9]+)/)?billingAccounts",
        permission="billing.accounts.list",
        parameters=_PAGED | {"filter", "parent"},
        handle=_accounts,
    ),
    Operation(
        name="cloudbilling.billingAccounts.get",
        service=BILLING,
        path=r"/v1/(?P<kind>billingAccounts)/(?P<id>[0-9A-Z-]+)",
        place=("kind", "id"),
        permission="billing.accounts.get",
        handle=_account,
    ),
    Operation(
        name="cloudbilling.billingAccounts.getIamPolicy",
        service=BILLING,
        path=r"/v1/(?P<kind>billingAccounts)/(?P<id>[0-9A-Z-]+):getIamPolicy",
        place=("kind", "id"),
        permission="billing.accounts.getIamPolicy",
        parameters=frozenset({"options.requestedPolicyVersion"}),
        handle=_account_policy,
    ),
)
"""What is answered. Source: the discovery documents cloudresourcemanager v1 and v3, cloudbilling v1."""
