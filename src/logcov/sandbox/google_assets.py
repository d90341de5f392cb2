"""Cloud Asset Inventory: what the world holds, as assets of an organisation, a folder or a project.

Assets without an IAM policy are not among the policies. Names and data have the forms that Google's have: projects
are told as version 1 of Resource Manager does, folders as version 2, and both by number.
Sources: cloudasset.v1 `assets.list`, https://cloud.google.com/asset-inventory/docs/asset-names.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Json, Operation, google_error, iam_policy, invalid, listed
from logcov.sandbox.world import Container, World, etag_of

HOST = "cloudasset.googleapis.com"
MANAGER = "cloudresourcemanager.googleapis.com"
LOGGING = "logging.googleapis.com"
MONITORING = "monitoring.googleapis.com"

_MOST = 1000
READ_TIME = "2026-01-01T00:00:00Z"


def _project(container: Container) -> Json:
    resource = container.resource
    kind, _, ident = container.parent.partition("/")
    data = {
        "projectNumber": container.number,
        "projectId": resource["projectId"],
        "lifecycleState": resource["state"],
        "name": resource.get("displayName", ""),
        "parent": {"type": kind.removesuffix("s"), "id": ident},
    }
    return data | {name: resource[name] for name in ("labels", "createTime") if name in resource}


def _folder(container: Container) -> Json:
    data = {name: value for name, value in container.resource.items() if name != "state"}
    return data | {"lifecycleState": container.resource["state"]}


def _containers(
    kind: str, data: Callable[[Container], Json]
) -> Callable[[Container], Iterator[tuple[str, Json]]]:
    def of(container: Container) -> Iterator[tuple[str, Json]]:
        if container.name.startswith(f"{kind}/"):
            yield f"//{MANAGER}/{_numbered(container)}", data(container)

    return of


def _sinks(container: Container) -> Iterator[tuple[str, Json]]:
    for sink in container.sinks:
        yield f"//{LOGGING}/{container.name}/sinks/{sink['name']}", sink


def _buckets(container: Container) -> Iterator[tuple[str, Json]]:
    for bucket in container.log_buckets:
        within = bucket["name"].removeprefix(f"{container.name}/")
        yield f"//{LOGGING}/{_numbered(container)}/{within}", bucket


def _metrics(container: Container) -> Iterator[tuple[str, Json]]:
    for metric in container.metrics:
        yield f"//{LOGGING}/{container.name}/metrics/{metric['name']}", metric


def _alerts(container: Container) -> Iterator[tuple[str, Json]]:
    for policy in container.alert_policies:
        yield f"//{MONITORING}/{policy['name']}", policy


_KINDS: Mapping[str, Callable[[Container], Iterator[tuple[str, Json]]]] = {
    f"{MANAGER}/Organization": _containers("organizations", lambda one: one.resource),
    f"{MANAGER}/Folder": _containers("folders", _folder),
    f"{MANAGER}/Project": _containers("projects", _project),
    f"{LOGGING}/LogSink": _sinks,
    f"{LOGGING}/LogBucket": _buckets,
    f"{LOGGING}/LogMetric": _metrics,
    f"{MONITORING}/AlertPolicy": _alerts,
}


def _numbered(container: Container) -> str:
    return f"projects/{container.number}" if container.number else container.name


def _ancestors(world: World, container: Container) -> list[str]:
    return [_numbered(container), *(above.name for above in world.gcp.ancestors(container))]


def _assets(world: World, root: Container, types: list[str], content: str) -> Iterator[Json]:
    for now in world.gcp.containers.values():
        container = world.gcp.earlier.get(now.name, now)
        if container is None or container.name.startswith("billingAccounts/"):
            continue
        if root.name not in {container.name, *(above.name for above in world.gcp.ancestors(container))}:
            continue
        for kind in types:
            for name, data in _KINDS[kind](container):
                asset: dict[str, Any] = {
                    "name": name,
                    "assetType": kind,
                    "ancestors": _ancestors(world, container),
                    "updateTime": READ_TIME,
                }
                if content == "RESOURCE":
                    asset["resource"] = {
                        "version": "v1",
                        "discoveryName": kind.partition("/")[2],
                        "data": data,
                    }
                    yield asset
                elif kind.startswith(f"{MANAGER}/") and (
                    container.iam.get("bindings") or container.iam.get("auditConfigs")
                ):
                    # Assets show conditions, as version 3 of policies does.
                    asset["iamPolicy"] = iam_policy(container.iam, etag_of(container.iam), 3)
                    yield asset


def _list(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    root = world.gcp.container(f"{parts['kind']}/{parts['id']}")
    if root is None:
        return google_error(403, "The caller does not have permission")
    types = parse_qs(urlsplit(request.target).query).get("assetTypes", list(_KINDS))
    unknown = [kind for kind in types if kind not in _KINDS]
    if unknown:
        return invalid(f"Asset type {unknown[0]} is not supported.")
    content = request.query.get("contentType", "")
    if content not in {"RESOURCE", "IAM_POLICY"}:
        return invalid("The sandbox plays contentType RESOURCE and IAM_POLICY only.")
    assets = list(_assets(world, root, types, content))
    return listed(assets, "assets", request, world_size=_MOST, extra={"readTime": READ_TIME})


OPERATIONS = (
    Operation(
        name="cloudasset.assets.list",
        service=HOST,
        path=r"/v1/(?P<kind>organizations|folders|projects)/(?P<id>[a-z0-9:.-]+)/assets",
        place=("kind", "id"),
        permission="cloudasset.assets.listResource",
        parameters=frozenset({"assetTypes", "contentType", "pageSize", "pageToken", "readTime"}),
        handle=_list,
    ),
)
"""What is answered. Source: the discovery document cloudasset v1."""
